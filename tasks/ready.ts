import { nameOf, type Cluster, type Condition, type KubeObject, type Ref } from "./cluster";
import { TaskError, Troubles, until } from "./wait";

export interface AwaitReadyInput {
  readonly objects: readonly Awaited[];
  /** The longest wait for all of them, in minutes. */
  readonly minutes: number;
}

export interface Awaited extends Ref {
  /** The condition by which it says that it works. */
  readonly condition: string;
  /** Changes with the spec, so that a change is waited for again. @default - it is somebody else's */
  readonly generation?: number | undefined;
  /** What to do where it does not exist. @default - to make it again */
  readonly otherwise?: string | undefined;
}

export interface AwaitReadyResult {
  /** What each of them said, such as `KnativeServing knative-serving/knative-serving: Ready`. */
  readonly ready: readonly string[];
}

interface Conditioned extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** How long an operator may say that something has failed before it is believed: each tries again, in seconds. */
const lasting = 90;

/**
 * Waits until all of these objects say, by a condition of theirs, that they work.
 * @throws TaskError with the operator's reason once it keeps saying that one has failed, or with what is not ready.
 */
export async function awaitReady(
  cluster: Cluster,
  { objects, minutes }: AwaitReadyInput,
): Promise<AwaitReadyResult> {
  const troubles = new Troubles();
  const what = `the start of ${objects.map(nameOf).join(" and ")}`;
  return until({ minutes, what }, async (status) => {
    troubles.nextLook();
    const found = await cluster.getAll<Conditioned>(objects);
    const waiting = objects.flatMap((wanted, index) => {
      const object = found[index];
      if (!object) {
        throw new TaskError(`${nameOf(wanted)} does not exist; ${wanted.otherwise ?? "run pulumi up again"}`);
      }
      const trouble = notReady(object, wanted);
      if (trouble === undefined) return [];
      const text = `${nameOf(wanted)} is not ready: ${trouble}`;
      if (/Fail/.test(trouble)) troubles.report(nameOf(wanted), lasting, text);
      return [text];
    });
    status(waiting.join("; "));
    return waiting.length === 0
      ? { ready: objects.map((object) => `${nameOf(object)}: ${object.condition}`) }
      : undefined;
  });
}

/** Why an object does not work yet, in its operator's words; undefined where it does. */
function notReady({ metadata, status }: Conditioned, { condition: type }: Awaited): string | undefined {
  const { generation = 0 } = metadata;
  if ((status?.observedGeneration ?? generation) < generation) return "it has changed";
  const condition = status?.conditions?.find((entry) => entry.type === type);
  if (condition?.status === "True") return undefined;
  const { reason = "", message = "" } = condition ?? { reason: "not yet seen by its operator" };
  return [reason, message].filter((text) => text !== "").join(": ");
}
