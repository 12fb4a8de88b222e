import type { Cluster } from "../../kube/cluster";
import { clear, type GuardInput, type GuardResult } from "./clearing";
import { markPlatforms } from "./platforms";

/**
 * Looks after the namespaces that are about to leave the stack, before the engine deletes anything.
 * @throws TaskError that names workflows and workloads of others.
 */
export async function checkWorkflows(
  cluster: Cluster,
  input: GuardInput,
  previous: GuardResult | undefined,
): Promise<GuardResult> {
  const { made, used, goes } = input;
  const without = (before: readonly string[] = [], now: readonly string[]) =>
    before.filter((name) => !now.includes(name));
  const reach = { served: without(previous?.made, made), leaving: without(previous?.goes, goes) };
  await clear(cluster, input, reach);
  await markPlatforms(cluster, input.installation, without(previous?.used, used));
  return { made, used, goes };
}
