import type { Cluster, Ref } from "./cluster";
import { rhdhUrl } from "./orchestrator";
import { conditionOf } from "./readiness";
import { awaitReady } from "./ready";

export interface AwaitDeveloperHubInput {
  /** The Backstage. */
  readonly ref: Ref & { readonly namespace: string };
  /** Changes with the spec, so that a change is waited for again. */
  readonly generation: number;
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
 * Waits until Developer Hub is deployed.
 * @throws TaskError with its operator's reason once it keeps failing.
 */
export async function awaitDeveloperHub(
  cluster: Cluster,
  { ref, generation, minutes }: AwaitDeveloperHubInput,
): Promise<AwaitDeveloperHubResult> {
  await awaitReady(cluster, { objects: [{ ...ref, generation }], minutes });
  return { condition: conditionOf(ref), rhdhUrl: await rhdhUrl(cluster, ref) };
}
