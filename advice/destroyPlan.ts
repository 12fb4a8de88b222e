import { layout, type Block, type Item } from "../cli/layout";
import type { StackState } from "../cli/state";
import { sonataFlowKind } from "../config/names";
import type { Cluster } from "../kube/cluster";
import { nameOf, refOf, type KubeObject, type Ref } from "../kube/objects";
import { inParallel } from "../kube/parallel";
import { ApiError } from "../kube/requests";
import type { Departure, Staying } from "../tasks/cluster/departure";
import { checkIdentity } from "../tasks/cluster/identity";
import { crds, csvs, namespaces, operators, subscriptions } from "../tasks/operators/olm";
import { previewTask } from "../tasks/run/previews";

/** What `pulumi destroy` would do to a cluster. */
export interface DestroyPlan {
  readonly stack: string;
  /** The address of the API server. */
  readonly cluster: string;
  /** Why it would end before it has deleted anything; none where it would not. */
  readonly refuses: readonly string[];
  /** What it would delete, by subject. */
  readonly goes: Readonly<Record<Subject, readonly string[]>>;
  /** What it would leave. */
  readonly stays: readonly Staying[];
}

const subjects = ["operators", "namespaces", "volumes", "crds", "workflows", "others"] as const;
type Subject = (typeof subjects)[number];

interface Claim extends KubeObject {
  readonly spec?: {
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
}

interface Volume extends KubeObject {
  readonly spec?: { readonly persistentVolumeReclaimPolicy?: string };
}

const claims = { apiVersion: "v1", kind: "PersistentVolumeClaim" } as const;

/**
 * Asks each task that a destroy runs what it would do. They are those of the stack's state, with their own checks, and the
 * marks on the cluster; so this is no second list of what goes.
 * @throws TaskError where this is not the stack's cluster.
 */
export async function planDestroy(cluster: Cluster, stack: string, state: StackState): Promise<DestroyPlan> {
  if (state.identity !== undefined) await checkIdentity(cluster, state.identity);
  const departures: Departure[] = [];
  // One after the other: they look at the same kinds, and share what is known of these.
  for (const task of state.tasks) departures.push(await previewTask(cluster, task));

  const going = distinct(departures.flatMap(({ goes = [] }) => goes));
  const places = going.filter(({ kind }) => kind === namespaces.kind).map(({ name }) => name);
  const inside = await inParallel(places, (namespace) => insideOf(cluster, namespace));
  const all = distinct([...going, ...inside.flat()]);
  const volumes = await inParallel(
    all.filter(({ kind }) => kind === claims.kind),
    (ref) => volumeOf(cluster, ref),
  );
  const stays = [
    ...departures.flatMap(({ stays = [] }) => stays),
    ...volumes.flatMap(({ stays }) => stays),
    ...state.kept.map(asStaying),
  ];
  return {
    stack,
    cluster: cluster.where,
    refuses: [...new Set(departures.flatMap(({ refuses = [] }) => refuses))],
    goes: { ...bySubject(all, places), volumes: volumes.map(({ text }) => text) },
    stays: [...new Map(stays.map((each) => [each.what, each])).values()],
  };
}

const distinct = (refs: readonly Ref[]): Ref[] => [
  // Versions of one kind are views of one object.
  ...new Map(refs.map((ref) => [`${ref.apiVersion.split("/")[0] ?? ""} ${nameOf(ref)}`, ref])).values(),
];

/** What of a namespace somebody may miss: it goes with all else that is in it. */
async function insideOf(cluster: Cluster, namespace: string): Promise<Ref[]> {
  const found = await Promise.all(
    [claims, sonataFlowKind].map((kind) => cluster.list(kind, { namespace, part: "metadata" })),
  );
  return found.flat().map(refOf);
}

function bySubject(all: readonly Ref[], places: readonly string[]): Record<Subject, string[]> {
  const goes: Record<Subject, string[]> = {
    operators: [],
    namespaces: [],
    volumes: [],
    crds: [],
    workflows: [],
    others: [],
  };
  for (const ref of all) {
    const subject = subjectOf(ref);
    // What is in a namespace that goes is told with that.
    if (subject === "others" && ref.namespace !== undefined && places.includes(ref.namespace)) continue;
    goes[subject].push(subject === "crds" || subject === "namespaces" ? ref.name : nameOf(ref));
  }
  for (const lines of Object.values(goes)) lines.sort();
  return goes;
}

function subjectOf({ apiVersion, kind }: Ref): Subject {
  if (kind === namespaces.kind) return "namespaces";
  if (kind === claims.kind) return "volumes";
  if (kind === crds.kind) return "crds";
  if (kind === sonataFlowKind.kind) return "workflows";
  const isOlms = [subscriptions, csvs, operators].some(
    (olm) => olm.kind === kind && olm.apiVersion === apiVersion,
  );
  return isOlms ? "operators" : "others";
}

/** How a claim goes: with the data on its volume, or without. */
async function volumeOf(
  cluster: Cluster,
  ref: Ref,
): Promise<{ readonly text: string; readonly stays: readonly Staying[] }> {
  const claim = await cluster.get<Claim>(ref);
  const name = claim?.spec?.volumeName;
  const size = claim?.spec?.resources?.requests?.storage;
  const text = `${nameOf(ref)}${size === undefined ? "" : `, ${size}`}`;
  const volume = name === undefined ? undefined : await volumeNamed(cluster, name);
  const isRetained = volume?.spec?.persistentVolumeReclaimPolicy === "Retain";
  const why = "its reclaim policy is Retain; the data stay on it, and it has to be deleted by hand";
  return volume && isRetained
    ? { text, stays: [{ what: nameOf(refOf(volume)), why }] }
    : { text: `${text}, with its data`, stays: [] };
}

/** Those who may see a namespace may not see volumes; then what becomes of the data is taken for the worst. */
async function volumeNamed(cluster: Cluster, name: string): Promise<Volume | undefined> {
  try {
    return await cluster.get<Volume>({ apiVersion: "v1", kind: "PersistentVolume", name });
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
}

/** An entry of the output `keptOnDestroy`: what, and after a colon why. */
function asStaying(text: string): Staying {
  const [what = "", ...why] = text.split(": ");
  return { what, why: why.join(": ") };
}

const names: Readonly<Record<Subject, string>> = {
  operators: "Operators that go",
  namespaces: "Namespaces that go, with all that is in them",
  volumes: "Volumes that go",
  crds: "CRDs that go, with all objects of their kinds",
  workflows: "Workflows that go",
  others: "Other objects that go",
};

/** The plan for a terminal. */
export function textOfPlan({ stack, cluster, refuses, goes, stays }: DestroyPlan): string {
  const block = (name: string, lines: readonly Item[]): Block[] =>
    lines.length === 0 ? [] : [{ name, lines }];
  const blocks = [
    ...block(
      "It would refuse",
      refuses.map((text) => ({ sign: "✗", text })),
    ),
    ...subjects.flatMap((subject) =>
      block(
        names[subject],
        goes[subject].map((text) => ({ sign: "-", text })),
      ),
    ),
    ...block(
      "What stays",
      stays.map(({ what, why }) => ({ sign: "=", text: why === "" ? what : `${what}: ${why}` })),
    ),
  ];
  const end =
    refuses.length > 0
      ? "It would end before it deletes anything."
      : blocks.length === 0
        ? "There is nothing to delete."
        : "Nothing is in its way.";
  return layout(`pulumi destroy of the stack ${stack} on ${cluster}`, blocks, end);
}
