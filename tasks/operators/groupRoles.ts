import type { Cluster } from "../../kube/cluster";
import type { Ref } from "../../kube/objects";
import { clusterRolesOf, operatorGroups } from "./olm";

/**
 * The cluster roles that OLM has made for OperatorGroups which a namespace has no more. OLM removes them, unless it has
 * missed that a group went, as it does while the API server restarts.
 */
export async function rolesOfGoneGroups(cluster: Cluster, namespace: string): Promise<Ref[]> {
  const groups = await cluster.list(operatorGroups, { namespace, part: "metadata" });
  const isGone = (owner: string) => !groups.some(({ metadata: { name } }) => name === owner);
  return clusterRolesOf(cluster, "OperatorGroup", namespace, isGone);
}
