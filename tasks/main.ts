/*
 * What the components cannot say as Kubernetes resources; see components/task.ts, which runs this. The input comes as
 * JSON on stdin, the result of the last run in the environment. Only the result goes to stdout.
 */
import { text } from "node:stream/consumers";
import { awaitApis, type AwaitApisInput, type AwaitApisResult } from "./apis";
import { findArgoCD, type FindArgoCDInput, type FindArgoCDResult } from "./argocd";
import { claim, release, removeUsers, type ClaimInput, type ClaimResult } from "./claim";
import { Cluster } from "./cluster";
import * as operator from "./operator";
import { awaitOrchestrator, type AwaitOrchestratorInput, type AwaitOrchestratorResult } from "./orchestrator";
import { findPlatform, type FindPlatformInput, type FindPlatformResult } from "./platform";
import { TaskError } from "./wait";
import * as workflows from "./workflows";

/** Each task's input and result. */
export interface Tasks {
  readonly claim: { input: ClaimInput; result: ClaimResult };
  readonly release: { input: ClaimInput; result: unknown };
  readonly "remove-users": { input: Parameters<typeof removeUsers>[1]; result: unknown };
  readonly "prepare-removal": { input: operator.RemovalInput; result: operator.RemovalResult };
  readonly "remove-operator": { input: operator.RemovalInput; result: unknown };
  readonly "await-operator": { input: operator.AwaitOperatorInput; result: operator.AwaitOperatorResult };
  readonly drain: { input: operator.DrainInput; result: unknown };
  readonly "find-argocd": { input: FindArgoCDInput; result: FindArgoCDResult };
  readonly "await-apis": { input: AwaitApisInput; result: AwaitApisResult };
  readonly "await-orchestrator": {
    input: AwaitOrchestratorInput;
    result: AwaitOrchestratorResult;
  };
  readonly "take-down": { input: operator.TakeDownInput; result: unknown };
  readonly "find-platform": { input: FindPlatformInput; result: FindPlatformResult };
  readonly "check-workflows": { input: workflows.GuardInput; result: workflows.GuardResult };
  readonly "drain-workflows": { input: workflows.GuardInput; result: unknown };
  readonly "await-workflows": {
    input: workflows.AwaitWorkflowsInput;
    result: workflows.AwaitWorkflowsResult;
  };
}

/** `previous` is the result of the last run of the creating task. */
type Run<I, R> = (cluster: Cluster, input: I, previous: never) => Promise<R>;

const tasks: { readonly [K in keyof Tasks]: Run<Tasks[K]["input"], Tasks[K]["result"]> } = {
  claim,
  release,
  "remove-users": removeUsers,
  "prepare-removal": operator.prepareRemoval,
  "remove-operator": operator.removeOperator,
  "await-operator": operator.awaitOperator,
  drain: operator.drain,
  "find-argocd": findArgoCD,
  "await-apis": awaitApis,
  "await-orchestrator": awaitOrchestrator,
  "take-down": operator.takeDown,
  "find-platform": findPlatform,
  "check-workflows": workflows.checkWorkflows,
  "drain-workflows": workflows.drainWorkflows,
  "await-workflows": workflows.awaitWorkflows,
};

async function main(verb: string | undefined): Promise<void> {
  if (verb === undefined || !(verb in tasks))
    throw new TaskError(`no task "${String(verb)}"; there are ${Object.keys(tasks).join(", ")}`);
  const run = tasks[verb as keyof Tasks] as Run<unknown, unknown>;
  const last = process.env["PULUMI_COMMAND_STDOUT"];
  const previous = (last ? JSON.parse(last) : undefined) as never;
  const result = await run(Cluster.connect(), JSON.parse(await text(process.stdin)), previous);
  if (result !== undefined) process.stdout.write(JSON.stringify(result));
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error instanceof TaskError ? error.message : error);
  process.exitCode = 1;
});
