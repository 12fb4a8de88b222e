import { installationLabel } from "../../config/names";
import type { Cluster } from "../../kube/cluster";
import type { KubeObject, Ref } from "../../kube/objects";

/** Whether a stack has made it, by the id that {@link installationLabel} puts on all that it makes. */
export const belongsTo = (installation: string, { metadata: { labels } }: KubeObject): boolean =>
  labels?.[installationLabel] === installation;

/** Whether it is of no stack at all. */
export const isUnmarked = ({ metadata: { labels } }: KubeObject): boolean =>
  labels?.[installationLabel] === undefined;

/** Makes it a stack's, which its last sweep takes away. */
export const mark = (cluster: Cluster, ref: Ref, installation: string): Promise<unknown> =>
  cluster.patch(ref, { metadata: { labels: { [installationLabel]: installation } } });
