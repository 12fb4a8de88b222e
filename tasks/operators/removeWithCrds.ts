import { refOf } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { remove } from "../../kube/wait";
import { crdsOf, objectsOf, refuse } from "./crds";
import { removeOperator, type RemovalInput, type RemovalResult } from "./removal";

/**
 * Removes the operators, and where told to also the CRDs that these have brought. One that a version of another package has
 * brought too stays.
 * @throws TaskError that names objects that are left; by now, none of the stack's is.
 */
export async function removeWithCrds(
  cluster: Cluster,
  input: RemovalInput,
  prepared: RemovalResult,
): Promise<void> {
  await removeOperator(cluster, input, prepared);
  if (!input.removeCrds) return;
  const { removable, shared } = await crdsOf(cluster, prepared.own);
  refuse("the CRDs were not deleted", await objectsOf(cluster, removable));
  await remove(cluster, removable.map(refOf), 5);
  const kept = shared.map(({ metadata }) => metadata.name).sort();
  if (kept.length > 0)
    console.error(`kept, because other operators have brought them too: ${kept.join(", ")}`);
}
