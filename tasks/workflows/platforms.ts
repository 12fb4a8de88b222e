import { sonataFlowKind } from "../../config/names";
import { refOf } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { belongsTo, mark } from "../cluster/mark";

/**
 * The operator makes a SonataFlowPlatform in each namespace that has a workflow but no platform, and never removes it.
 * In a namespace of others, what it has made because of this stack's workflows gets the stack's mark, for the last sweep.
 */
export async function markPlatforms(
  cluster: Cluster,
  installation: string,
  namespaces: readonly string[],
): Promise<void> {
  for (const namespace of namespaces) {
    const workflows = await cluster.list(sonataFlowKind, { namespace, part: "metadata" });
    const first = workflows.map(({ metadata }) => metadata.creationTimestamp ?? "").sort()[0];
    if (first === undefined || !workflows.every((workflow) => belongsTo(installation, workflow))) continue;
    const platforms = await cluster.list(
      { ...sonataFlowKind, kind: "SonataFlowPlatform" },
      { namespace, part: "metadata" },
    );
    for (const platform of platforms.filter(({ metadata }) => (metadata.creationTimestamp ?? "") >= first)) {
      await mark(cluster, refOf(platform), installation);
    }
  }
}
