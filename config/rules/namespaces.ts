import type { Report } from "../mistakes";
import { globalOperatorsNamespace, isReserved, knativeEventing, knativeServing } from "../names";
import type { OperatorSource } from "../operators";
import type { Settings } from "../settings";
import type { Config } from "../types";
import type { Rule } from "./rule";

/** Who uses a namespace, by its name. */
type Users = Map<string, string>;

const ofTheCluster = "is of the cluster itself, and no stack's to make or to remove";

export const eachNamespaceIsUsedOnce: Rule = ({ settings, config }, report) => {
  const own = ownOperators(config);
  const knative = own.some(({ name }) => name === "serverless") ? [knativeServing, knativeEventing] : [];
  const users: Users = new Map(knative.map(({ namespace }) => [namespace, "serverless"]));
  checkPlatform(settings, users, report);
  checkOperators(settings, own, users, report);
  checkWorkflows(settings, config, users, report);
};

const ownOperators = ({ platform }: Config): OperatorSource[] =>
  platform?.installedBy === "program"
    ? Object.values(platform.operators).filter(({ install }) => install)
    : [];

function checkPlatform({ install, namespaces, gitops }: Settings, users: Users, report: Report): void {
  for (const [key, { name, existing }] of Object.entries(namespaces)) {
    if (install) checkReserved(`namespaces.${key}`, name, existing, report);
    const other = users.get(name);
    if (other)
      report(`namespaces.${key}.name`, name, `is the namespace of "${other}" too; each needs its own`);
    users.set(name, key);
  }
  if (!gitops) return;
  if (gitops.install && isReserved(gitops.namespace))
    report(
      "gitops.namespace",
      gitops.namespace,
      `${ofTheCluster}; name another, or use the Argo CD there: pulumi config set --path gitops.install false`,
    );
  const other = users.get(gitops.namespace);
  if (other)
    report("gitops.namespace", gitops.namespace, `is the namespace of "${other}" too; each needs its own`);
  users.set(gitops.namespace, "gitops");
}

/** Each operator outside the global namespace makes its own, so that must be nobody else's. */
function checkOperators(
  { profile, operator, gitops, tekton }: Settings,
  own: readonly OperatorSource[],
  users: Users,
  report: Report,
): void {
  const operators = {
    ...(profile.kind === "operator" && { "operator.namespace": operator }),
    ...Object.fromEntries(own.map((source) => [`${source.settings}.namespace`, source])),
    ...(gitops?.install && { "gitops.operator.namespace": gitops.operator }),
    ...(tekton?.install && { "tekton.operator.namespace": tekton.operator }),
  };
  for (const [key, { namespace }] of Object.entries(operators)) {
    if (isReserved(namespace) && !namespace.startsWith("openshift-"))
      report(key, namespace, `${ofTheCluster}; the operator needs its own, or ${globalOperatorsNamespace}`);
    const other = users.get(namespace);
    if (namespace !== globalOperatorsNamespace) {
      if (other) report(key, namespace, `is the namespace of "${other}" too; the operator needs its own`);
      users.set(namespace, key);
    } else if (
      profile.kind === "operator" &&
      namespace === operator.namespace &&
      operator.approval === "Manual" &&
      key !== "operator.namespace"
    ) {
      report(
        key,
        namespace,
        "operator.approval Manual would hold this operator's InstallPlans there too; give one of the two another namespace",
      );
    }
  }
}

function checkWorkflows(settings: Settings, { platform }: Config, ofPlatform: Users, report: Report): void {
  const users: Users = new Map(settings.install ? ofPlatform : []);
  const isLimited = platform?.installedBy === "program" && !platform.sonataFlow.isClusterWide;
  for (const [index, entry] of settings.workflowNamespaces.entries()) {
    const { name, existing, argocdNamespace, quota, containers, access, isPlatformNamespace } = entry;
    const key = `workflowNamespaces[${index}]`;
    checkReserved(key, name, existing, report);
    const other = users.get(name);
    if (isPlatformNamespace && other === "sonataflow") {
      const more = { existing: existing || undefined, argocdNamespace, quota, containers, access: access[0] };
      for (const [field, value] of Object.entries(more)) {
        if (value !== undefined)
          report(`${key}.${field}`, undefined, `is not for the platform's own namespace ${name}`);
      }
    } else if (other !== undefined) {
      report(`${key}.name`, name, `is the namespace of "${other}" too; each needs its own`);
    }
    if (isLimited && !isPlatformNamespace) {
      report(
        `${key}.name`,
        name,
        `platform.clusterWide is false: the platform serves the workflows in its own namespace ${settings.namespaces.sonataflow.name}, and no others`,
      );
    }
    users.set(name, key);
  }
}

function checkReserved(key: string, name: string, existing: boolean, report: Report): void {
  if (isReserved(name) && !existing)
    report(
      `${key}.name`,
      name,
      `${ofTheCluster}; name another, or use it as it is: pulumi config set --path ${key}.existing true`,
    );
}
