import { refOf, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { belongsTo } from "../cluster/mark";
import { remove } from "../../kube/wait";

/**
 * Removes objects that an interrupted `up` made without having had the time to write them down, before what they hold
 * on to is deleted; a moment later there are none any more that the engine does not know.
 */
export async function removeVolumeUsers(
  cluster: Cluster,
  { installation, users }: { readonly installation: string; readonly users: readonly Ref[] },
): Promise<void> {
  const found = await cluster.getAll(users, "metadata");
  const ours = found.filter((object) => object !== undefined && belongsTo(installation, object));
  await remove(
    cluster,
    ours.flatMap((object) => (object ? [refOf(object)] : [])),
    10,
  );
}
