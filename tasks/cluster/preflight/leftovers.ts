import { isOfPackage } from "../../../config/csv";
import { inParallel } from "../../../kube/parallel";
import { nameOf, refOf, type KubeObject } from "../../../kube/objects";
import { describeLeaving, type Namespace } from "../namespaces";
import { csvsOf, operators } from "../../operators/olm";
import type { Package } from "../../../config/operators";
import { and, emptyIfForbidden, refusal, warning, type Finding } from "./finding";
import { namespaceRef, operatorNamespaces, pending, type Scene } from "./scene";

const rbac = "rbac.authorization.k8s.io/v1";

/** The packages that are to be installed, and are not. */
function absent(scene: Scene): Package[] {
  const { subscriptions, input } = scene;
  const coming = pending(scene);
  if (coming.length === 0) return [];
  const all: Package[] = [
    ...coming.map(({ made, spec }) => ({ package: spec.name, namespace: made.namespace })),
    ...(input.platform?.dependencies ?? []),
  ];
  return all.filter(
    (of) =>
      !subscriptions.some(
        ({ metadata, spec }) => spec.name === of.package && metadata.namespace === of.namespace,
      ),
  );
}

/** Those in namespaces that are not the stack's own: there, all is its own, and is looked after once it is subscribed to. */
async function elsewhere<T extends Package>(scene: Scene, packages: readonly T[]): Promise<T[]> {
  const homes = await inParallel(packages, ({ namespace }) =>
    emptyIfForbidden(scene.cluster.getAll([namespaceRef(namespace)], "metadata")),
  );
  return packages.filter((_, index) => !homes[index]?.some((home) => home && scene.isMarked(home)));
}

/**
 * An operator whose Subscription is gone, but which runs: OLM installs nothing beside it, in whichever namespace that is,
 * since both would own the same CRDs.
 */
export async function orphans(scene: Scene): Promise<Finding[]> {
  const { cluster, subscriptions } = scene;
  const packages = absent(scene).map((of) => of.package);
  if (packages.length === 0) return [];
  // OLM has one such object for each package in each namespace; of CSVs there may be thousands.
  const known = await cluster.list(operators, { part: "metadata" });
  const places = known.flatMap(({ metadata: { name } }): Package[] => {
    const found = packages.find((candidate) => name.startsWith(`${candidate}.`));
    return found === undefined ? [] : [{ package: found, namespace: name.slice(found.length + 1) }];
  });
  const unsubscribed = places.filter(
    (of) =>
      !subscriptions.some(
        ({ metadata, spec }) => spec.name === of.package && metadata.namespace === of.namespace,
      ),
  );
  const left = await inParallel(await elsewhere(scene, unsubscribed), (of) =>
    csvsOf(cluster, of, "metadata"),
  );
  return left.flat().map((csv) => {
    const { name, namespace = "" } = csv.metadata;
    return refusal(
      `${nameOf(refOf(csv))} is left from an earlier install: it has no Subscription, and OLM installs none of its package beside it. ` +
        `Remove it with: oc delete csv ${name} -n ${namespace}; or, if this stack has made it, with: pulumi destroy`,
    );
  });
}

/** Namespaces that are on their way out, and take in nothing new. */
export async function terminating(scene: Scene): Promise<Finding[]> {
  const { cluster, input } = scene;
  const made = input.planned.flatMap(({ kind, name, namespace = "" }) =>
    kind === "Namespace" ? [name] : [namespace],
  );
  const used = [...made, ...input.labels.map(({ namespace }) => namespace), ...operatorNamespaces(scene)];
  const serving = input.platform ? ["knative-serving", "knative-eventing"] : [];
  const names = new Set([...used, ...serving]);
  const refs = [...names].filter((name) => name !== "").map(namespaceRef);
  const found = await inParallel(refs, (ref) => emptyIfForbidden(cluster.getAll<Namespace>([ref])));
  return found.flat().flatMap((namespace) => {
    if (namespace?.metadata.deletionTimestamp === undefined) return [];
    return [refusal(`${describeLeaving(namespace)}. Wait until it is gone, or remove what holds it`)];
  });
}

interface Webhooks extends KubeObject {
  readonly webhooks?: readonly {
    readonly failurePolicy?: string;
    readonly clientConfig?: { readonly service?: { readonly namespace: string; readonly name: string } };
  }[];
}

/** Webhooks whose operator is gone with its namespace: whatever they are to judge can no longer be written. */
export async function webhooks(scene: Scene): Promise<Finding[]> {
  const { cluster, input } = scene;
  if (absent(scene).length === 0) return [];
  const kinds = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];
  const lists = await Promise.all(
    kinds.map((kind) => cluster.list<Webhooks>({ apiVersion: "admissionregistration.k8s.io/v1", kind })),
  );
  const concerned = [
    ...operatorNamespaces(scene),
    ...(input.platform ? ["knative-serving", "knative-eventing"] : []),
  ];
  const gone = new Set<string>();
  await Promise.all(
    concerned.map(async (name) => {
      if (!(await cluster.get(namespaceRef(name)))) gone.add(name);
    }),
  );
  return lists.flat().flatMap((object) => {
    const dead = (object.webhooks ?? []).find(
      ({ failurePolicy, clientConfig }) =>
        failurePolicy !== "Ignore" && gone.has(clientConfig?.service?.namespace ?? ""),
    );
    if (!dead) return [];
    const { name } = object.metadata;
    return [
      refusal(
        `${nameOf(refOf(object))} is left from an earlier install: it asks a Service in namespace ${dead.clientConfig?.service?.namespace ?? ""}, which is gone, and so refuses all. ` +
          `Remove it with: oc delete ${object.kind.toLowerCase()} ${name}`,
      ),
    ];
  });
}

/** Cluster roles of versions that are gone. They are in nobody's way, but grant what nobody grants any more. */
export async function roles(scene: Scene): Promise<Finding[]> {
  const { cluster } = scene;
  const packages = await elsewhere(scene, absent(scene));
  if (packages.length === 0) return [];
  const lists = await Promise.all(
    ["ClusterRole", "ClusterRoleBinding"].map((kind) =>
      cluster.list({ apiVersion: rbac, kind }, { label: "olm.owner", part: "metadata" }),
    ),
  );
  const left = lists
    .flat()
    .filter(({ metadata: { labels = {} } }) =>
      packages.some(
        (of) =>
          labels["olm.owner.namespace"] === of.namespace &&
          isOfPackage(of.package, labels["olm.owner"] ?? ""),
      ),
    );
  return left.length === 0
    ? []
    : [
        warning(
          `left from an earlier install, and worth removing: ${and(left.map((object) => nameOf(refOf(object))))}`,
        ),
      ];
}

interface Binding extends KubeObject {
  readonly roleRef: { readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
}

/** Upstream's script makes the account of Developer Hub's token a cluster-admin, and nothing takes that back. */
export async function grants({ cluster, input, isMine }: Scene): Promise<Finding[]> {
  const { account } = input.platform ?? {};
  if (!account) return [];
  const isAdmins = ({ roleRef, subjects = [] }: Binding) =>
    roleRef.name === "cluster-admin" &&
    subjects.some(
      ({ kind, name, namespace }) =>
        kind === "ServiceAccount" && name === account.name && namespace === account.namespace,
    );
  const bindings = await cluster.list<Binding>(
    { apiVersion: rbac, kind: "ClusterRoleBinding" },
    { where: (binding) => isAdmins(binding) && !isMine(binding) },
  );
  return bindings.map((binding) =>
    warning(
      `${nameOf(refOf(binding))} makes the account ${account.namespace}/${account.name}, whose token Developer Hub has, a cluster-admin; ` +
        `take that back with: oc delete clusterrolebinding ${binding.metadata.name}`,
    ),
  );
}
