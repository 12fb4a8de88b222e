import type { Config } from "../../config";
import {
  gitopsPackage,
  logicPackages,
  orchestratorPackage,
  pipelinesPackage,
  sonataFlowClusterPlatform,
  sonataFlowPlatform,
  tektonConfig,
  serverlessPackage,
} from "../../config/names";
import type { OperatorSource } from "../../config/operators";
import type { PlannedObject } from "../../tasks/cluster/adoption";
import type { PackageClaim } from "../../tasks/cluster/conflicts";
import type { SwitchInput } from "../../tasks/operators/switches";
import type { ReleaseInput } from "../../tasks/orchestrator/upgradePath";
import { existingOperators, leanDependencies } from "./expectations";

/* What the stack claims for itself of what others on the cluster may have, too. */

/** What only one on a cluster can have, and so must not be there from somebody else. */
export function singletons({ platform }: Config): PlannedObject[] {
  const clusterPlatform = {
    ...sonataFlowClusterPlatform,
    hint:
      "a cluster has one platform for all its workflows. To serve only those beside it with this stack's: " +
      "pulumi config set --path platform.clusterWide false",
  };
  return [
    ...(platform?.installedBy === "program" && platform.sonataFlow.isClusterWide ? [clusterPlatform] : []),
    ...(platform?.pipelines?.install ? [{ ...tektonConfig, by: pipelinesPackage }] : []),
  ];
}

/** The release, for the check that there is a way to it. */
export const plannedRelease = ({ platform }: Config): ReleaseInput | undefined =>
  platform?.installedBy === "operator"
    ? {
        package: orchestratorPackage,
        namespace: platform.subscription.namespace,
        version: platform.profile.version,
        api: platform.profile.api,
        startingCSV: platform.subscription.startingCSV,
      }
    : undefined;

/** Serverless Logic is moved to another minor version, or to another package, only without workflows. */
const heldAt = ({ name, approval, startingCSV, formerPackages }: OperatorSource) =>
  name === "serverlessLogic" ? { formerPackages, ...(approval === "Manual" && { pin: startingCSV }) } : {};

/** The operators that the program subscribes to, of each of which a cluster can have but one. */
export function packageClaims({ platform }: Config): PackageClaim[] {
  if (!platform) return [];
  const { gitops, pipelines } = platform;
  const use = (setting: string) =>
    `use what is there, which then also stays, with: pulumi config set --path ${setting}`;
  const own = (name: string, namespace: string, settings: string, hint: string): PackageClaim[] => [
    { package: name, namespace, packages: [name], settings, hint },
  ];
  return [
    ...(platform.installedBy === "operator"
      ? own(
          orchestratorPackage,
          platform.subscription.namespace,
          "operator",
          "remove it, or leave the platform to it with: pulumi config set install false",
        )
      : Object.values(platform.operators)
          .filter(({ install }) => install)
          .map((source) => ({
            ...heldAt(source),
            package: source.package,
            namespace: source.namespace,
            packages: source.packages,
            settings: source.settings,
            sourceSettings: source.sourceSettings,
            hint: use(source.useExistingHint),
          }))),
    ...(gitops?.install
      ? own(gitopsPackage, gitops.operator.namespace, "gitops.operator", use("gitops.install false"))
      : []),
    ...(pipelines?.install
      ? own(pipelinesPackage, pipelines.operator.namespace, "tekton.operator", use("tekton.install false"))
      : []),
  ];
}

/** What the configuration says exists without the stack. */
export function switchesOf({ platform }: Config): Omit<SwitchInput, "installation"> {
  if (!platform) {
    const packages = [orchestratorPackage, ...logicPackages];
    return { existing: [{ packages, kinds: [sonataFlowPlatform], installHint: "install true" }] };
  }
  const { pipelines } = platform;
  const ofPipelines =
    pipelines && !pipelines.install
      ? [{ packages: [pipelinesPackage], installHint: "tekton.install true" }]
      : [];
  if (platform.installedBy === "program")
    return { existing: [...existingOperators(platform), ...ofPipelines] };
  const { installs, orchestrator, dependencies } = platform;
  const others = (part: keyof typeof installs, packages: readonly string[]) =>
    installs[part] ? [] : [{ packages, installHint: `${part}.install true` }];
  return {
    existing: [
      ...others("serverless", [serverlessPackage]),
      ...others("serverlessLogic", logicPackages),
      ...ofPipelines,
    ],
    resource: { namespace: orchestrator.namespace, name: orchestrator.name },
    dependencies: leanDependencies(dependencies),
  };
}
