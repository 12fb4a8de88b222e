import type { Cluster } from "../../kube/cluster";
import type { Ref } from "../../kube/objects";
import { rhdhUrl } from "../orchestrator/awaitOrchestrator";
import { conditionOf } from "../readiness/readiness";
import { awaitReady } from "../readiness/awaitReady";

export interface AwaitDeveloperHubInput {
  /** The Backstage. */
  readonly ref: Ref & { readonly namespace: string };
  /** Changes with what this stack makes of it, so that a change is waited for again. */
  readonly version: string;
  /** The longest wait, in minutes. */
  readonly minutes: number;
}

export interface AwaitDeveloperHubResult {
  /** The condition that it has come to. */
  readonly condition: string;
  /** Where it is served, or "unknown". */
  readonly rhdhUrl: string;
}

/**
 * Waits until Developer Hub runs with its configuration as it is now.
 * @throws TaskError with its operator's reason, or that of a pod, once it keeps failing.
 */
export async function awaitDeveloperHub(
  cluster: Cluster,
  { ref, minutes }: AwaitDeveloperHubInput,
): Promise<AwaitDeveloperHubResult> {
  await awaitReady(cluster, { objects: [ref], minutes });
  return { condition: conditionOf(ref), rhdhUrl: await rhdhUrl(cluster, ref) };
}
