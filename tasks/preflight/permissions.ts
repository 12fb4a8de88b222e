import type { Action, Cluster } from "../cluster";
import { and, refusal, type Finding } from "./finding";
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
  // The last step of a destroy looks among all kinds for what an interrupted run has left.
  { verbs: ["list"], group: "*", resource: "*" },
  { verbs: ["delete"], group: "operators.coreos.com", resource: "operators" },
  { verbs: ["patch"], group: "apiextensions.k8s.io", resource: "customresourcedefinitions" },
  { verbs: ["patch", "delete"], group: "rbac.authorization.k8s.io", resource: "clusterroles" },
  { verbs: ["patch", "delete"], group: "rbac.authorization.k8s.io", resource: "clusterrolebindings" },
];

/** What they do besides where the CRDs go with their operators. */
const onCrds: Right = {
  verbs: ["delete"],
  group: "apiextensions.k8s.io",
  resource: "customresourcedefinitions",
};

interface Right extends Omit<Action, "verb"> {
  readonly verbs: readonly string[];
}

/** All rights that an `up` and a later `destroy` take, from what the program makes. */
export async function permissions(scene: Scene): Promise<Finding[]> {
  const { cluster } = scene;
  // Nearly always an admin, for whom one question is enough.
  if (await cluster.may({ verb: "*", group: "*", resource: "*" })) return [];
  const rights = await rightsOf(scene);
  const asked = await Promise.all(
    rights.map(async ({ verbs, ...right }) => {
      const allowed = await Promise.all(verbs.map((verb) => cluster.may({ verb, ...right })));
      return { ...right, verbs: verbs.filter((_, index) => !allowed[index]) };
    }),
  );
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
  return [
    refusal(
      `you may not, and would have to; log in as a cluster-admin, or have these rights granted:${all.join("")}`,
    ),
  ];
}

async function rightsOf(scene: Scene): Promise<Right[]> {
  const { cluster, input } = scene;
  const verbs = ["get", "create", "patch", "delete"];
  const made = await Promise.all(
    input.makes.map(async (ref) => ({ ...(await ruleOf(cluster, ref)), namespace: ref.namespace, verbs })),
  );
  const labelled =
    input.labels.length > 0 ? [{ group: "", resource: "namespaces", verbs: ["get", "patch"] }] : [];
  const tasks = scene.own.length === 0 ? [] : onOperators;
  const all: Right[] = [
    ...made,
    ...labelled,
    ...tasks.flatMap((right) => operatorNamespaces(scene).map((namespace) => ({ ...right, namespace }))),
    ...(scene.own.length === 0 ? onCluster.slice(0, 1) : onCluster),
    ...(input.platform?.removesCrds ? [onCrds] : []),
  ];
  const byPlace = new Map<string, Right>();
  for (const right of all) {
    const key = [right.group, right.resource, right.namespace].join();
    byPlace.set(key, { ...right, verbs: [...new Set([...(byPlace.get(key)?.verbs ?? []), ...right.verbs])] });
  }
  return [...byPlace.values()];
}

/** How rules name a kind. One that an operator is yet to bring is named as kinds are by custom. */
async function ruleOf(
  cluster: Cluster,
  kind: { readonly apiVersion: string; readonly kind: string },
): Promise<{ group: string; resource: string }> {
  const [group = ""] = kind.apiVersion.includes("/") ? kind.apiVersion.split("/") : [];
  return { group, resource: (await cluster.pluralOf(kind)) ?? `${kind.kind.toLowerCase()}s` };
}
