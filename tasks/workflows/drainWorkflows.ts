import { namesOf, refOf } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { TaskError } from "../../kube/wait";
import type { Departure } from "../cluster/departure";
import { dependentsOf } from "../operators/dependents";
import { stranded } from "../operators/running";
import { clear, foreignIn, ownershipOf, reachOf, whyNotCleared, type GuardInput } from "./clearing";
import { markPlatforms } from "./platforms";

/**
 * Looks after all of the stack's namespaces, and with the platform at all others, before the engine deletes anything.
 * @throws TaskError that names workflows and workloads of others, or what they have on operators that go.
 */
export async function drainWorkflows(cluster: Cluster, input: GuardInput): Promise<void> {
  for (const why of [operatorsAreUsed, operatorsAreGone]) {
    const trouble = await why(cluster, input);
    if (trouble !== undefined) throw new TaskError(trouble);
  }
  await clear(cluster, input, reachOf(input));
  await markPlatforms(cluster, input.installation, input.used);
}

/** What {@link drainWorkflows} would refuse for, all of it, and what of others it would delete. */
export async function previewDrainWorkflows(cluster: Cluster, input: GuardInput): Promise<Departure> {
  const foreign = await foreignIn(cluster, input, reachOf(input));
  const reasons = [
    await operatorsAreUsed(cluster, input),
    await operatorsAreGone(cluster, input),
    whyNotCleared(foreign, input),
  ];
  return {
    refuses: reasons.filter((reason) => reason !== undefined),
    goes: input.deleteForeign ? foreign.staying.map(refOf) : [],
  };
}

async function operatorsAreUsed(cluster: Cluster, input: GuardInput): Promise<string | undefined> {
  const theirs = await dependentsOf(cluster, ownershipOf(cluster, input), input.packages ?? []);
  return theirs.length === 0
    ? undefined
    : `nothing was deleted, because operators of this stack run what is not of it: ${namesOf(theirs)}. ` +
        "Delete that first, then run pulumi destroy again";
}

async function operatorsAreGone(cluster: Cluster, input: GuardInput): Promise<string | undefined> {
  const held = await stranded(cluster, ownershipOf(cluster, input), input.packages ?? []);
  return held.length === 0
    ? undefined
    : `nothing was deleted, because it could not be to the end:\n${held.map((line) => `  - ${line}`).join("\n")}`;
}
