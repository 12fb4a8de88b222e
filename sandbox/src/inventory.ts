import { createHash } from "node:crypto";
import { Api, ApiError, type ApiResource, type KubeObject } from "./api";
import { waitFor } from "./wait";

/** Every object of a cluster: `group/kind namespace/name` to what would tell that it was changed or made anew. */
export type Inventory = Map<string, string>;

export interface InventoryDiff {
  readonly added: string[];
  readonly removed: string[];
  /** Same object, other labels or content. */
  readonly changed: string[];
  /** Same name, other object: it was deleted and made again. */
  readonly recreated: string[];
}

/** Kinds that come and go, or change, while nothing happens. */
const restless = new Set([
  "/Event",
  "/Endpoints",
  "/ComponentStatus",
  "events.k8s.io/Event",
  "coordination.k8s.io/Lease",
  "discovery.k8s.io/EndpointSlice",
]);
const restlessGroups = /(^|\.)metrics\.k8s\.io$|^packages\.operators\.coreos\.com$/;

/** Every object of every kind that can be listed, in every namespace. */
export async function inventory(kubeconfig: string): Promise<Inventory> {
  const api = new Api(kubeconfig);
  const kinds = (await api.discover()).filter((resource) => {
    const group = groupOf(resource);
    return (
      resource.verbs.includes("list") &&
      !restless.has(`${group}/${resource.kind}`) &&
      !restlessGroups.test(group)
    );
  });
  const lists = await Promise.all(kinds.map(async (kind) => ({ kind, objects: await list(api, kind) })));
  const entries = lists.flatMap(({ kind, objects }) =>
    objects.map(
      (object) => [key(kind, object), `${object.metadata.uid ?? ""} ${fingerprint(object)}`] as const,
    ),
  );
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What happened between two inventories. Empty lists mean: nothing. */
export function diff(before: Inventory, after: Inventory): InventoryDiff {
  const added: string[] = [];
  const changed: string[] = [];
  const recreated: string[] = [];
  for (const [name, value] of after) {
    const old = before.get(name);
    if (old === undefined) added.push(name);
    else if (old.split(" ")[0] !== value.split(" ")[0]) recreated.push(name);
    else if (old !== value) changed.push(name);
  }
  return { added, removed: [...before.keys()].filter((name) => !after.has(name)), changed, recreated };
}

/**
 * The difference without CRDs that were added and stay, and without what follows from a CRD, be it a new one or one
 * that another stack has left: its APIService, and the ClusterRoles that OLM makes for each kind, once an operator that
 * serves it has run for a moment. In the roles of each OperatorGroup, OLM gathers these in. What it has gathered is
 * computed and stays with the group, also when it gathers nothing any more (operator-lifecycle-manager v0.45.0,
 * pkg/controller/operators/olm/operatorgroup.go, `ensureOpGroupClusterRole`).
 * @param after what the difference leads to.
 */
export function withoutKeptKinds(difference: InventoryDiff, after: Inventory): InventoryDiff {
  const crd = "apiextensions.k8s.io/CustomResourceDefinition ";
  const service = "apiregistration.k8s.io/APIService ";
  const role = "rbac.authorization.k8s.io/ClusterRole ";
  const kinds = [...after.keys()]
    .filter((name) => name.startsWith(crd))
    .map((name) => name.slice(crd.length));
  const groups = new Set(kinds.map((kind) => kind.slice(kind.indexOf(".") + 1)));

  const follows = (name: string) =>
    name.startsWith(crd) ||
    (name.startsWith(service) && groups.has(name.slice(name.indexOf(".", service.length) + 1))) ||
    (name.startsWith(role) && kinds.some((kind) => name.startsWith(`${role}${kind}-v`)));
  const gathers = (name: string) => name.startsWith(`${role}olm.og.`);
  return {
    ...difference,
    added: difference.added.filter((name) => !follows(name)),
    changed: difference.changed.filter((name) => !gathers(name)),
  };
}

/** A difference as lines, `+` for added and so on; none when there is no difference. */
export function describe({ added, removed, changed, recreated }: InventoryDiff): string[] {
  const lines = (sign: string, names: string[]) => names.map((name) => `${sign} ${name}`);
  return [...lines("+", added), ...lines("-", removed), ...lines("~", changed), ...lines("±", recreated)];
}

/** The inventory once it is twice the same, `seconds` apart: controllers work in their own time. */
export async function settled(
  kubeconfig: string,
  { seconds = 1, timeout = 60 }: { readonly seconds?: number; readonly timeout?: number } = {},
): Promise<Inventory> {
  let last = await inventory(kubeconfig);
  const isSame = async () => {
    const now = await inventory(kubeconfig);
    const changes = describe(diff(last, now));
    last = now;
    return changes.length === 0;
  };
  await waitFor("the cluster to come to rest", isSame, { timeout, interval: seconds * 1_000 });
  return last;
}

/**
 * What tells a cluster from how it was, as lines, but for kinds that stay on purpose. Waits for up to two minutes for the
 * garbage collector and for OLM, which take away what nobody owns any more in their own time.
 * @param counts which lines are looked at. @default - all
 */
export async function leftovers(
  kubeconfig: string,
  before: Inventory,
  counts: (line: string) => boolean = () => true,
): Promise<string[]> {
  let left: string[] = [];
  const settled = async () => {
    const after = await inventory(kubeconfig);
    left = describe(withoutKeptKinds(diff(before, after), after)).filter(counts);
    return left.length === 0;
  };
  await waitFor("the cluster to settle", settled, { timeout: 120, interval: 1_000 }).catch(() => undefined);
  return left;
}

async function list(api: Api, kind: ApiResource): Promise<KubeObject[]> {
  try {
    return await api.list(kind);
  } catch (error) {
    // Its CRD went away between discovery and now.
    if (error instanceof ApiError && (error.status === 404 || error.status === 405)) return [];
    throw error;
  }
}

function groupOf({ groupVersion }: ApiResource): string {
  return groupVersion.includes("/") ? (groupVersion.split("/")[0] ?? "") : "";
}

function key(kind: ApiResource, { metadata }: KubeObject): string {
  const place = metadata.namespace === undefined ? "" : `${metadata.namespace}/`;
  return `${groupOf(kind)}/${kind.kind} ${place}${metadata.name}`;
}

/** Labels and content; not status, versions or who wrote what. */
function fingerprint({ metadata, ...object }: KubeObject): string {
  // The rules of an aggregated role are computed, as a status is.
  const computed = object["aggregationRule"] === undefined ? {} : { rules: undefined };
  const content = { ...object, ...computed, labels: metadata.labels ?? {}, status: undefined };
  return createHash("sha256")
    .update(JSON.stringify(sorted(content)))
    .digest("hex")
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
