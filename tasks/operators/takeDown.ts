import type { Cluster } from "../../kube/cluster";
import { type Condition, type KubeObject, type Ref, refOf } from "../../kube/objects";
import { inParallel, sleep } from "../../kube/parallel";
import type { Departure } from "../cluster/departure";
import { belongsTo } from "../cluster/mark";
import { waitUntilGone, remove } from "../../kube/wait";
import { removeByOlm } from "./csvRemoval";
import { helmRelease, isReleased } from "./helm";
import { csvs, namespaces } from "./olm";
import type { Package } from "../../config/operators";
import { markBundles } from "./settling";

export interface TakeDownInput {
  readonly installation: string;
  /** The custom resource. */
  readonly ref: Ref;
  /** The packages that go with it. */
  readonly packages: readonly Package[];
  /** The longest wait for the removal, in minutes. */
  readonly deleteMinutes: number;
}

/** Has the operator take a custom resource down with all that it has installed for it. */
export async function takeDown(cluster: Cluster, input: TakeDownInput): Promise<void> {
  const { installation, ref } = input;
  await markBundles(cluster, input); // before it deletes the Subscriptions that it has made
  const object = await cluster.get(ref);
  const isOurs = object !== undefined && belongsTo(installation, object);
  if (isOurs) await waitForFinalizer(cluster, ref);
  await uninstall(cluster, isOurs ? [ref] : [], input.deleteMinutes);
}

/** What {@link takeDown} would have the operator take down: the custom resource, and the namespaces that came with it. */
export async function previewTakeDown(
  cluster: Cluster,
  { installation, ref }: TakeDownInput,
): Promise<Departure> {
  const object = await cluster.get(ref, "metadata");
  if (!object || !belongsTo(installation, object)) return {};
  const release = { namespace: ref.namespace ?? "", name: ref.name };
  const where = (namespace: KubeObject) => isReleased(release, namespace);
  const came = await cluster.list(namespaces, { part: "metadata", where });
  return { goes: [ref, ...came.map(refOf)] };
}

/** Deletes the objects of an operator, and waits for all that it has installed for them to be gone. */
export async function uninstall(cluster: Cluster, refs: readonly Ref[], minutes: number): Promise<void> {
  await remove(cluster, refs, minutes);
  await waitForNamespaceDeletion(cluster, minutes);
}

/** The operator lets go of its object before the namespaces that came with it have finished terminating. */
async function waitForNamespaceDeletion(cluster: Cluster, minutes: number): Promise<void> {
  const leaving = await cluster.list(namespaces, {
    part: "metadata",
    where: ({ metadata }) =>
      metadata.deletionTimestamp !== undefined && metadata.annotations?.[helmRelease] !== undefined,
  });
  // A cluster has thousands of CSVs, since OLM shows each in every namespace.
  const inside = await inParallel(leaving, ({ metadata: { name: namespace } }) =>
    cluster.list(csvs, { namespace, part: "metadata" }),
  );
  await removeByOlm(cluster, inside.flat().map(refOf));
  await waitUntilGone(cluster, leaving.map(refOf), minutes);
}

/** How long the operator may take to install what a custom resource asks for, in seconds. */
const grasp = 60;

/**
 * Waits until the operator holds on to an object, or says that it cannot install it. Its finalizer is the last thing that
 * a Helm operator does when it installs (operator-sdk, internal/helm/controller/reconcile.go); for one that goes before, it
 * installs everything, and takes nothing down.
 */
async function waitForFinalizer(cluster: Cluster, ref: Ref): Promise<void> {
  for (let second = 0; second < grasp; second++) {
    const object = await cluster.get<Resource>(ref);
    const failed = object?.status?.conditions?.some(
      ({ type, status }) => type === "ReleaseFailed" && status === "True",
    );
    if (!object || failed || (object.metadata.finalizers ?? []).length > 0) return;
    await sleep(1_000);
  }
}

interface Resource extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}
