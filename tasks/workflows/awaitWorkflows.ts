import { sonataFlowKind } from "../../config/names";
import { reasonOf, nameOf, type Condition, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { troubleOf } from "../readiness/rollOut";
import { TaskError, PersistentProblems, until } from "../../kube/wait";
import { markPlatforms } from "./platforms";

export interface SonataFlow extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

export interface AwaitWorkflowsInput {
  readonly installation: string;
  /** The namespaces of others that this stack uses. */
  readonly used: readonly string[];
  readonly workflows: readonly Workflow[];
  /** The longest wait for all of them, in minutes. */
  readonly minutes: number;
}

export interface Workflow {
  readonly namespace: string;
  readonly name: string;
  /** Changes with the manifest, so that a change is waited for again. */
  readonly digest: string;
}

export interface AwaitWorkflowsResult {
  /** How many; their names would be more than a variable may hold, which is how a result comes back. */
  readonly running: number;
}

/** How long the operator may say that a workflow has failed before it is believed: it tries again, in seconds. */
const lasting = 60;

/**
 * Waits until all of these workflows run, in the state that the operator last saw them in.
 * @throws TaskError with the operator's reason once it keeps saying that one has failed, or with all that do not run.
 */
export async function awaitWorkflows(
  cluster: Cluster,
  { workflows, minutes, ...stack }: AwaitWorkflowsInput,
): Promise<AwaitWorkflowsResult> {
  const troubles = new PersistentProblems();
  let waiting: readonly Ref[] = workflows.map(({ namespace, name }) => ({
    ...sonataFlowKind,
    namespace,
    name,
  }));
  await until({ minutes, what: "the start of all workflows" }, async (status) => {
    troubles.nextLook();
    const states: { ref: Ref; trouble: string }[] = [];
    const objects = await cluster.getAll<SonataFlow>(waiting);
    for (const [index, ref] of waiting.entries()) {
      const workflow = objects[index];
      if (!workflow) throw new TaskError(`${nameOf(ref)} is gone; run pulumi up again`);
      const said = notRunning(workflow);
      if (said === undefined) continue;
      const trouble = `${nameOf(ref)} does not run: ${said}`;
      states.push({ ref, trouble });
      const seconds = hasFailed(said) ? lasting : troubleOf(said).lasting;
      if (seconds !== undefined) troubles.report(nameOf(ref), seconds, trouble);
    }
    waiting = states.map(({ ref }) => ref);
    status(states.map(({ trouble }) => trouble).join("; "));
    return waiting.length === 0 ? true : undefined;
  });
  await markPlatforms(cluster, stack.installation, stack.used);
  return { running: workflows.length };
}

/** Whether the operator says that it has failed, in what {@link notRunning} tells. */
export const hasFailed = (said: string): boolean => /Fail|Exhausted|NotFound/.test(said);

/** Why a workflow does not run, in the operator's words; undefined where it does. */
export function notRunning({ metadata, status }: SonataFlow): string | undefined {
  if ((status?.observedGeneration ?? metadata.generation ?? 0) < (metadata.generation ?? 0))
    return "it has changed";
  const conditions = status?.conditions ?? [];
  const running = conditions.find(({ type }) => type === "Running");
  if (running?.status === "True") return undefined;
  // With the profile gitops, which Developer Hub's list asks for, an image is never built, and that is no failure.
  const broken = conditions.find(
    ({ type, status, reason }) => type === "Built" && status === "False" && reason !== "BuildSkipped",
  );
  return reasonOf(broken ?? running ?? { reason: "not yet seen by the operator" });
}
