import { sonataFlowKind, workloads } from "../../config/names";
import { inParallel } from "../../kube/parallel";
import { nameOf, refOf, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { belongsTo } from "../cluster/mark";
import { isReleased, type Release } from "../operators/helm";
import type { Package } from "../../config/operators";
import { Ownership } from "../cluster/ownership";
import { waitUntilGone, remove, TaskError } from "../../kube/wait";

export interface GuardInput {
  readonly installation: string;
  /** The workflow namespaces that this stack makes, and those of others that it uses. */
  readonly made: readonly string[];
  readonly used: readonly string[];
  /** The namespaces that go with the stack, whatever is in them. */
  readonly goes: readonly string[];
  /** Every workflow of the cluster depends on what goes with this stack. */
  readonly isClusterWide: boolean;
  /** The packages that go with this stack. @default - none */
  readonly packages?: readonly Package[] | undefined;
  /** What the Orchestrator operator makes without a mark. @default - nothing */
  readonly createdObjects?: readonly Ref[] | undefined;
  /** The custom resource by which it makes all else. @default - there is none */
  readonly resource?: Release | undefined;
  /** Delete workflows and workloads of others that are in the way. */
  readonly deleteForeign: boolean;
  /** The longest wait for their removal, in minutes. */
  readonly minutes: number;
}

/** Which namespaces there were at the last run. */
export type GuardResult = Pick<GuardInput, "made" | "used" | "goes">;

/** What of a cluster is the stack's own. */
export const ownershipOf = (
  cluster: Cluster,
  { installation, createdObjects = [], resource }: GuardInput,
) => {
  const made = createdObjects.map(nameOf);
  return new Ownership(
    cluster,
    (object) =>
      belongsTo(installation, object) || isReleased(resource, object) || made.includes(nameOf(refOf(object))),
  );
};

/**
 * What OLM puts on the Deployments of a CSV, which go as their operator does (operator-lifecycle-manager,
 * pkg/lib/ownerutil/util.go).
 */
const ofOperator = "olm.owner.kind";

/**
 * Makes sure that others have nothing that would go along.
 * @param served the namespaces whose workflows would be left without a platform; `undefined` stands for all.
 * @param leaving those that go with whatever is in them.
 */
export async function clear(
  cluster: Cluster,
  input: GuardInput,
  served: readonly (string | undefined)[],
  leaving: readonly string[],
): Promise<void> {
  const { deleteForeign, minutes } = input;
  const places = [
    ...served.map((namespace) => ({ ...sonataFlowKind, namespace })),
    ...leaving.flatMap((namespace) => workloads.map((kind) => ({ ...kind, namespace }))),
  ];
  const found = await inParallel(places, ({ namespace, ...kind }) =>
    cluster.list(kind, {
      namespace,
      part: "metadata",
      where: ({ metadata: { labels } }) => labels?.[ofOperator] === undefined,
    }),
  );
  const foreign = await ownershipOf(cluster, input).others(found.flat());
  const staying = foreign.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (staying.length > 0 && !deleteForeign) {
    throw new TaskError(
      `nothing was deleted, because there are objects that are not of this stack and would not survive it: ${staying.map((object) => nameOf(refOf(object))).join(", ")}. ` +
        "Delete them, or have them deleted with: pulumi config set --path workflows.deleteForeign true, which takes effect with the next pulumi up",
    );
  }
  for (const object of staying)
    console.error(`deleting ${nameOf(refOf(object))}, which is not of this stack`);
  await remove(cluster, staying.map(refOf), minutes);
  await waitUntilGone(cluster, foreign.map(refOf), minutes);
}
