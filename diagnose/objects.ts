import {
  knativeEventing,
  knativeServing,
  orchestratorGroup,
  sonataFlowClusterPlatform,
  sonataFlowKind,
  sonataFlowPlatform,
  tektonConfig,
  workloads,
} from "../config/names";
import { knownPackages } from "../status/operators";
import { ApiError } from "../kube/requests";
import { inParallel } from "../kube/parallel";
import type { Cluster } from "../kube/cluster";
import type { KubeObject } from "../kube/objects";
import {
  catalogSources,
  csvs,
  installPlans,
  operatorGroups,
  subscriptions,
  type Subscription,
} from "../tasks/operators/olm";

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What there are few of, in whichever namespace they are. */
const clusterWide: readonly Kind[] = [
  { apiVersion: "config.openshift.io/v1", kind: "ClusterVersion" },
  subscriptions,
  installPlans,
  catalogSources,
  operatorGroups,
  knativeServing,
  knativeEventing,
  sonataFlowPlatform,
  sonataFlowClusterPlatform,
  sonataFlowKind,
  tektonConfig,
];

/** Kinds that have had several versions. */
const versioned = [
  [orchestratorGroup, "Orchestrator"],
  [orchestratorGroup, "Backstage"],
  ["argoproj.io", "ArgoCD"],
] as const;

/** What runs, and what leads there, in the namespaces of Orchestrator. */
const inNamespaces: readonly Kind[] = [
  csvs,
  ...workloads,
  ...["Pod", "Event", "Service", "ConfigMap", "PersistentVolumeClaim"].map((kind) => ({
    apiVersion: "v1",
    kind,
  })),
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "route.openshift.io/v1", kind: "Route" },
];

/** What was found, by kind, and what could not be read. */
export interface Collected {
  readonly namespaces: readonly string[];
  readonly objects: ReadonlyMap<string, readonly KubeObject[]>;
  readonly unread: readonly string[];
}

/** All objects that say something of an install, whoever has made it. */
export async function collect(cluster: Cluster): Promise<Collected> {
  const objects = new Map<string, readonly KubeObject[]>();
  const unread: string[] = [];
  const read = async (kind: Kind, namespace?: string) => {
    try {
      // A cluster shows each CSV in every namespace; only the originals say something.
      const label = kind === csvs ? "!olm.copiedFrom" : undefined;
      const found = await cluster.list(kind, { namespace, label });
      objects.set(kind.kind, [...(objects.get(kind.kind) ?? []), ...found]);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      unread.push(error.message);
    }
  };
  await inParallel(clusterWide, (kind) => read(kind));
  await inParallel(versioned, async ([group, name]) => {
    const kind = await cluster.served(group, name);
    if (kind) await read(kind);
  });
  const namespaces = namespacesOf(objects);
  const places = namespaces.flatMap((namespace) => inNamespaces.map((kind) => ({ kind, namespace })));
  await inParallel(places, ({ kind, namespace }) => read(kind, namespace));
  return { namespaces, objects, unread };
}

/** Where Orchestrator is: the namespaces of its operators, and of all that belongs to them. */
function namespacesOf(objects: Collected["objects"]): string[] {
  const own = (objects.get(subscriptions.kind) ?? []).filter((object) =>
    knownPackages.includes((object as Subscription).spec.name),
  );
  const kinds = ["Orchestrator", "Backstage", "ArgoCD", "KnativeServing", "KnativeEventing"];
  const others = [...kinds, sonataFlowPlatform.kind, sonataFlowKind.kind].flatMap(
    (kind) => objects.get(kind) ?? [],
  );
  return [...new Set([...own, ...others].flatMap(({ metadata }) => metadata.namespace ?? []))].sort();
}
