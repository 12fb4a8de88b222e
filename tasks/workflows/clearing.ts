import { sonataFlowKind, workloads } from "../../config/names";
import { inParallel } from "../../kube/parallel";
import { nameOf, namesOf, refOf, type KubeObject, type Ref } from "../../kube/objects";
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

/** The namespaces whose workflows would be left without a platform, and those that go with whatever is in them. */
export interface Reach {
  /** `undefined` stands for all. */
  readonly served: readonly (string | undefined)[];
  readonly leaving: readonly string[];
}

/** How far a destroy of the whole stack reaches. */
export const reachOf = ({ isClusterWide, made, goes }: GuardInput): Reach => ({
  served: isClusterWide ? [undefined] : made,
  leaving: goes,
});

/** What others have there: what is on its way out already, and what stays. */
export interface Foreign {
  readonly going: readonly KubeObject[];
  readonly staying: readonly KubeObject[];
}

export async function foreignIn(
  cluster: Cluster,
  input: GuardInput,
  { served, leaving }: Reach,
): Promise<Foreign> {
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
  const isStaying = ({ metadata }: KubeObject) => metadata.deletionTimestamp === undefined;
  return {
    going: foreign.filter((object) => !isStaying(object)),
    staying: foreign.filter(isStaying),
  };
}

/** Why nothing is deleted; undefined where what is of others may go along, or there is nothing. */
export const whyNotCleared = (
  { staying }: Foreign,
  { deleteForeign }: Pick<GuardInput, "deleteForeign">,
): string | undefined =>
  staying.length === 0 || deleteForeign
    ? undefined
    : `nothing was deleted, because there are objects that are not of this stack and would not survive it: ${namesOf(staying)}. ` +
      "Delete them, or have them deleted with: pulumi config set --path workflows.deleteForeign true, which takes effect with the next pulumi up";

/** Makes sure that others have nothing that would go along. */
export async function clear(cluster: Cluster, input: GuardInput, reach: Reach): Promise<void> {
  const foreign = await foreignIn(cluster, input, reach);
  const trouble = whyNotCleared(foreign, input);
  if (trouble !== undefined) throw new TaskError(trouble);
  const { going, staying } = foreign;
  for (const object of staying)
    console.error(`deleting ${nameOf(refOf(object))}, which is not of this stack`);
  await remove(cluster, staying.map(refOf), input.minutes);
  await waitUntilGone(cluster, going.map(refOf), input.minutes);
}
