import {
  gitopsPackage,
  logicPackages,
  orchestratorGroup,
  orchestratorPackage,
  sonataFlowKind,
  sonataFlowPlatform,
  serverlessPackage,
} from "../../config/names";
import type { Cluster } from "../../kube/cluster";
import type { KubeObject } from "../../kube/objects";
import type { Ownership } from "../cluster/ownership";
import type { Package } from "../../config/operators";

/** Kinds of one group whose objects stand on an operator, or on what that runs. */
interface Dependents {
  readonly group: string;
  /** @default - all */
  readonly kinds?: readonly string[];
}

const [sonataFlowGroup = ""] = sonataFlowKind.apiVersion.split("/");

/** What only its operator can take down, by its package. */
const operands: Readonly<Record<string, readonly Dependents[]>> = {
  [serverlessPackage]: [
    { group: "operator.knative.dev" },
    { group: "operator.serverless.openshift.io", kinds: ["KnativeKafka"] },
  ],
  ...Object.fromEntries(
    logicPackages.map((name) => [name, [{ group: sonataFlowGroup, kinds: [sonataFlowPlatform.kind] }]]),
  ),
  rhdh: [{ group: orchestratorGroup, kinds: ["Backstage"] }],
  [orchestratorPackage]: [{ group: orchestratorGroup, kinds: ["Orchestrator"] }],
  [gitopsPackage]: [{ group: "argoproj.io", kinds: ["ArgoCD"] }],
};

/** What stands on what the operator runs, beside that. Workflows are looked after on their own. */
const standing: Readonly<Record<string, readonly Dependents[]>> = {
  // What Knative makes for a Knative Service, it controls.
  [serverlessPackage]: [
    { group: "serving.knative.dev", kinds: ["Service", "Configuration", "Route", "DomainMapping"] },
    { group: "eventing.knative.dev", kinds: ["Broker", "Trigger"] },
    { group: "messaging.knative.dev" },
    { group: "flows.knative.dev" },
    { group: "sources.knative.dev" },
  ],
};

/** What others have that would lose what it stands on when these packages go. */
export async function dependentsOf(
  cluster: Cluster,
  ownership: Ownership,
  packages: readonly Package[],
): Promise<KubeObject[]> {
  const wanted = packages.flatMap(({ package: name }) => [
    ...(operands[name] ?? []),
    ...(standing[name] ?? []),
  ]);
  const kinds = (await Promise.all(wanted.map((group) => kindsOf(cluster, group)))).flat();
  const lists = await Promise.all(kinds.map((kind) => listed(cluster, kind)));
  return ownership.others(lists.flat().filter((object) => !isBare(object)));
}

/** The kinds that an operator itself looks after, as the API server has them. */
export const kindsOn = async (cluster: Cluster, name: string) =>
  (await Promise.all((operands[name] ?? []).map((group) => kindsOf(cluster, group)))).flat();

async function kindsOf(cluster: Cluster, { group, kinds }: Dependents) {
  const served = await cluster.kindsOf(group);
  return kinds ? served.filter(({ kind }) => kinds.includes(kind)) : served;
}

/** Of a platform, what it has counts; of all else, that it is there. */
const listed = (cluster: Cluster, kind: { readonly apiVersion: string; readonly kind: string }) =>
  cluster.list<KubeObject>(kind, { part: kind.kind === sonataFlowPlatform.kind ? "whole" : "metadata" });

interface Platform extends KubeObject {
  readonly spec?: { readonly services?: object };
}

/** The operator makes a SonataFlowPlatform without services of its own beside workflows that have none. */
export const isBare = ({ kind, spec }: Platform): boolean =>
  kind === sonataFlowPlatform.kind && spec?.services === undefined;
