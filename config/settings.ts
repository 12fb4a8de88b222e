import type { Target } from "../kube/kubeconfig";
import type { Report } from "./mistakes";
import {
  externalPostgresName,
  globalOperatorsNamespace,
  orchestratorPackage,
  postgresName,
  workflowLimits,
  workflowNetworkPolicy,
} from "./names";
import type { Parsed, RawConfig, Secrets } from "./parse";
import { profileOf, type Profile } from "./profiles";
import type { Scalar, Structured } from "./schema";
import { readManifests, type Manifest } from "./workflowFiles";

/** A namespace for workflows, with what its files hold. */
export type WorkflowNamespaceConfig = Structured["workflowNamespaces"][number] & {
  readonly manifests: readonly Manifest[];
  /** It is the platform's own, which has all it needs: only the workflows are deployed. */
  readonly isPlatformNamespace: boolean;
};

/** What a release decides where the settings do not. */
type Decided = "workflowNamespaces" | "namespaces" | "operator";

/** Every setting as it was given, or as the schema or the release has it: what the rules are about, by the settings' own names. */
export interface Settings extends Omit<Structured, Decided>, Omit<Scalar, "context"> {
  /** The release that is installed, or that of the existing platform. */
  readonly profile: Profile;
  readonly namespaces: Readonly<
    Record<"orchestrator" | "rhdh" | "sonataflow", { readonly name: string; readonly existing: boolean }>
  >;
  readonly operator: Structured["operator"] & { readonly namespace: string };
  readonly workflowNamespaces: readonly WorkflowNamespaceConfig[];
  readonly connection: Target;
  readonly secrets: Secrets;
}

/** Fills in what the release decides, and reads the files with workflows. */
export function completeSettings(
  { structures, scalars, secrets }: Parsed,
  raw: RawConfig,
  report: Report,
): Settings {
  const { operator, namespaces } = structures;
  const profile = profileOf(
    (structures.install ? structures.orchestrator : structures.existingPlatform).version,
  );
  const isPinned = profile.kind === "operator" && operator.approval === "Manual";
  const { startingCSV = isPinned ? profile.startingCSV : undefined } = operator;
  const { context, ...texts } = scalars;
  return {
    ...structures,
    ...texts,
    profile,
    // As plain text: the program itself looks at the cluster, too.
    connection: { kubeconfig: raw.values["kubeconfig"], context },
    namespaces: {
      ...namespaces,
      rhdh: { ...namespaces.rhdh, name: namespaces.rhdh.name ?? profile.rhdhNamespace },
    },
    operator: { ...operator, startingCSV, namespace: operator.namespace ?? operatorNamespace(structures) },
    workflowNamespaces: readWorkflows(structures, raw.folder, report),
    secrets,
  };
}

/** OLM extends Manual approval to a whole namespace, so by default it holds nobody else's updates. */
const operatorNamespace = ({ adopt }: Structured): string =>
  adopt ? globalOperatorsNamespace : orchestratorPackage;

const databaseSecret = (external: Structured["externalPostgres"]): string =>
  external ? (external.existingSecret?.name ?? externalPostgresName) : postgresName;

function readWorkflows(
  { install, namespaces, externalPostgres, workflowNamespaces }: Structured,
  folder: string,
  report: Report,
): WorkflowNamespaceConfig[] {
  return workflowNamespaces.map((entry, index) => {
    const isPlatformNamespace = install && entry.name === namespaces.sonataflow.name;
    const own = [
      `networking.k8s.io NetworkPolicy ${workflowNetworkPolicy}`,
      ...["ResourceQuota", "LimitRange"].map((kind) => ` ${kind} ${workflowLimits}`),
      ...(install ? [` Secret ${databaseSecret(externalPostgres)}`] : []),
    ];
    const seen = new Map(
      isPlatformNamespace ? [] : own.map((id) => [id, "what each workflow namespace gets"]),
    );
    const manifests = entry.workflows.flatMap((pattern, place) => {
      const key = `workflowNamespaces[${index}].workflows[${place}]`;
      const found = readManifests(pattern, entry.name, folder, (mistake) => {
        report(key, pattern, mistake);
      });
      for (const { apiVersion, kind, metadata } of found) {
        // A version is another view of one object, a group is another kind.
        const id = `${apiVersion.replace(/\/?[^/]*$/, "")} ${kind} ${metadata.name}`;
        const other = seen.get(id);
        if (other !== undefined) report(key, pattern, `${kind} ${metadata.name} is in ${other} too`);
        else seen.set(id, pattern);
      }
      return found;
    });
    return { ...entry, manifests, isPlatformNamespace };
  });
}
