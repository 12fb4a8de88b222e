import { nameOf, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { conditionOf, findUnready } from "./readiness";
import { TaskError, PersistentProblems, until } from "../../kube/wait";

export interface AwaitReadyInput {
  readonly objects: readonly Awaited[];
  /** The longest wait for all of them, in minutes. */
  readonly minutes: number;
}

export interface Awaited extends Ref {
  /** Changes with what this stack makes of it, so that a change is waited for again. @default - it is somebody else's */
  readonly version?: string | undefined;
  /** What to do where it does not exist. @default - to make it again */
  readonly hint?: string | undefined;
}

export interface AwaitReadyResult {
  /** What each of them said, such as `KnativeServing knative-serving/knative-serving: Ready`. */
  readonly ready: readonly string[];
}

/**
 * Waits until all of these objects, and what their operators make of them, work.
 * @throws TaskError with the operator's reason once it keeps saying that one has failed, or with what is not ready.
 */
export async function awaitReady(
  cluster: Cluster,
  { objects, minutes }: AwaitReadyInput,
): Promise<AwaitReadyResult> {
  const troubles = new PersistentProblems();
  const what = `the start of ${objects.map(nameOf).join(" and ")}`;
  return until({ minutes, what }, async (status) => {
    troubles.nextLook();
    const waiting = await findUnready(cluster, objects);
    for (const { ref, text, isMissing, lasting } of waiting) {
      const own = objects.find((object) => nameOf(object) === nameOf(ref));
      if (isMissing && own)
        throw new TaskError(`${nameOf(ref)} does not exist; ${own.hint ?? "run pulumi up again"}`);
      if (lasting !== undefined) troubles.report(nameOf(ref), lasting, text);
    }
    status(waiting.map(({ text }) => text).join("; "));
    return waiting.length === 0
      ? { ready: objects.map((object) => `${nameOf(object)}: ${conditionOf(object)}`) }
      : undefined;
  });
}
