import { nameOf, refOf } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { dependentsOf } from "../operators/dependents";
import { stranded } from "../operators/running";
import { TaskError } from "../../kube/wait";
import { clear, ownershipOf, type GuardInput } from "./clearing";
import { markPlatforms } from "./platforms";

/**
 * Looks after all of the stack's namespaces, and with the platform at all others, before the engine deletes anything.
 * @throws TaskError that names workflows and workloads of others, or what they have on operators that go.
 */
export async function drainWorkflows(cluster: Cluster, input: GuardInput): Promise<void> {
  const { packages = [] } = input;
  const ownership = ownershipOf(cluster, input);
  const theirs = await dependentsOf(cluster, ownership, packages);
  if (theirs.length > 0) {
    throw new TaskError(
      `nothing was deleted, because operators of this stack run what is not of it: ${theirs.map((object) => nameOf(refOf(object))).join(", ")}. ` +
        "Delete that first, then run pulumi destroy again",
    );
  }
  const held = await stranded(cluster, ownership, packages);
  if (held.length > 0)
    throw new TaskError(
      `nothing was deleted, because it could not be to the end:\n${held.map((line) => `  - ${line}`).join("\n")}`,
    );
  await clear(cluster, input, input.isClusterWide ? [undefined] : input.made, input.goes);
  await markPlatforms(cluster, input.installation, input.used);
}
