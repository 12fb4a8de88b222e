import { orchestratorGroup, sonataFlowKind } from "../../../config/names";
import type { Place } from "../conflicts";
import { inParallel } from "../../../kube/parallel";
import type { Action, Cluster } from "../../../kube/cluster";
import { thePlatform, type FindPlatformInput } from "../../platform/findPlatform";
import { and, refusal, warning, type Finding } from "./finding";
import { operatorNamespaces, type Scene } from "./scene";

/** What the tasks do beside the provider, in the namespaces of the operators; `delete` is for `pulumi destroy`. */
const onOperators: readonly Right[] = [
  { verbs: ["get", "list", "delete"], group: "operators.coreos.com", resource: "subscriptions" },
  {
    verbs: ["get", "list", "patch", "delete"],
    group: "operators.coreos.com",
    resource: "clusterserviceversions",
  },
  { verbs: ["get", "list", "patch"], group: "operators.coreos.com", resource: "installplans" },
];

/** What they do on the whole cluster. */
const onCluster: readonly Right[] = [
  { verbs: ["get", "list", "delete"], group: "operators.coreos.com", resource: "operators" },
  { verbs: ["list"], group: "operators.coreos.com", resource: "subscriptions" },
  { verbs: ["list"], group: "operators.coreos.com", resource: "operatorgroups" },
  // OLM shows each in every namespace, and may forget to take one away.
  { verbs: ["list", "delete"], group: "operators.coreos.com", resource: "clusterserviceversions" },
  // Those that an operator has made may take longer to go than its object.
  { verbs: ["list"], group: "", resource: "namespaces" },
  { verbs: ["list", "patch"], group: "apiextensions.k8s.io", resource: "customresourcedefinitions" },
];

/** What they do besides where the CRDs go with their operators. */
const onCrds: Right = {
  verbs: ["delete"],
  group: "apiextensions.k8s.io",
  resource: "customresourcedefinitions",
};

const onSonataFlow = { verbs: ["list"], group: sonataFlowKind.apiVersion.split("/")[0] ?? "" } as const;

const ofNamespaces = { group: "", resource: "namespaces" } as const;

interface Right extends Omit<Action, "verb"> {
  readonly verbs: readonly string[];
}

/** All rights that an `up` and a later `destroy` take, from what the program makes. */
export async function permissions(scene: Scene): Promise<Finding[]> {
  const { cluster } = scene;
  // Nearly always an admin, for whom one question is enough.
  if (await cluster.may({ verb: "*", group: "*", resource: "*" })) return [];
  const rights = await rightsOf(scene);
  const asked = await inParallel(rights, async ({ verbs, ...right }) => {
    const allowed = await Promise.all(verbs.map((verb) => cluster.may({ verb, ...right })));
    return { ...right, verbs: verbs.filter((_, index) => !allowed[index]) };
  });
  const missing = asked.filter(({ verbs }) => verbs.length > 0);
  if (missing.length === 0) return [];
  const texts = new Map<string, string[]>();
  for (const { verbs, group, resource, namespace } of missing) {
    const what = `${and(verbs)} ${group === "" || group === "*" ? resource : `${resource}.${group}`}`;
    texts.set(what, [...(texts.get(what) ?? []), ...(namespace === undefined ? [] : [namespace])]);
  }
  const all = [...texts].map(
    ([what, where]) => `\n      ${what}${where.length > 0 ? ` in ${and([...new Set(where)])}` : ""}`,
  );
  const text = `you may not, and would have to; log in as a cluster-admin, or have these rights granted:${all.join("")}`;
  // Who only previews needs none of them.
  return [scene.input.isDryRun ? warning(text) : refusal(text)];
}

/** What the provider does with an object; it waits for one by watching a list. */
const ofMade = ["get", "list", "watch", "create", "patch", "delete"];

async function rightsOf(scene: Scene): Promise<Right[]> {
  const { cluster, input, own } = scene;
  const { planned, prerequisites, labels, places = [], guardedPlaces = [] } = input;
  const on = async (verbs: readonly string[], places: readonly Place[]): Promise<Right[]> =>
    inParallel(places, async (place) => ({
      verbs,
      ...(await ruleOf(cluster, place)),
      namespace: place.namespace,
    }));
  // A namespace counts as being in itself: who has a role there may have it for the namespace, too.
  const used = prerequisites.flatMap(({ kind, name }) => (kind === "Namespace" ? [name] : []));
  const inside = (namespace: string, verbs: readonly string[]): Right => ({
    ...ofNamespaces,
    namespace,
    verbs,
  });
  const all: Right[] = [
    ...(await on(ofMade, planned)),
    ...(await on(["list", "patch", "delete"], places)),
    ...(await on(["get", "list"], guardedPlaces)),
    ...(await on(
      ["get"],
      prerequisites.filter(({ kind }) => kind !== "Namespace"),
    )),
    ...used.map((name) => inside(name, ["get"])),
    ...labels.map(({ namespace }) => inside(namespace, ["get", "patch"])),
    ...(input.existing ? await onPlatform(cluster, input.existing) : []),
    ...(own.length === 0 ? [] : onCluster),
    ...(own.length === 0 ? [] : operatorNamespaces(scene)).flatMap((namespace) =>
      onOperators.map((right) => ({ ...right, namespace })),
    ),
    ...(input.platform?.removesCrds ? [onCrds] : []),
  ];
  const byPlace = new Map<string, Right>();
  for (const right of all) {
    const key = [right.group, right.resource, right.namespace].join();
    byPlace.set(key, { ...right, verbs: [...new Set([...(byPlace.get(key)?.verbs ?? []), ...right.verbs])] });
  }
  return [...byPlace.values()];
}

/** What is read of a platform of others, wherever it is, and in its namespace. */
async function onPlatform(cluster: Cluster, wanted: FindPlatformInput): Promise<Right[]> {
  const { namespace } =
    (await thePlatform(cluster, wanted.sonataflowNamespace).catch(() => undefined))?.metadata ?? {};
  const wide = [
    { ...onSonataFlow, resource: "sonataflowclusterplatforms" },
    { ...onSonataFlow, resource: "sonataflowplatforms" },
    ...(wanted.rhdhNamespace === undefined
      ? [{ verbs: ["list"], group: orchestratorGroup, resource: "backstages" }]
      : []),
  ];
  const inside = [
    { verbs: ["get"], group: "networking.k8s.io", resource: "networkpolicies", namespace },
    { verbs: ["get"], group: "", resource: "secrets", namespace },
  ];
  return [...wide, ...(namespace === undefined ? [] : inside)];
}

/** How rules name a kind. One that an operator is yet to bring is named as kinds are by custom. */
async function ruleOf(
  cluster: Cluster,
  kind: { readonly apiVersion: string; readonly kind: string },
): Promise<{ group: string; resource: string }> {
  const [group = ""] = kind.apiVersion.includes("/") ? kind.apiVersion.split("/") : [];
  return { group, resource: (await cluster.pluralOf(kind)) ?? `${kind.kind.toLowerCase()}s` };
}
