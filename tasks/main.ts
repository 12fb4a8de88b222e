/*
 * What the components cannot say as Kubernetes resources; see components/task.ts, which runs this. The input comes as
 * JSON on stdin, the result of the last run in the environment. Only the result goes to stdout.
 */
import { text } from "node:stream/consumers";
import { keepCredentials, type KeepInput, type KeepResult } from "./adoption";
import { awaitApis, type AwaitApisInput, type AwaitApisResult } from "./apis";
import { findArgoCD, type FindArgoCDInput, type FindArgoCDResult } from "./argocd";
import { claim, release, removeUsers, type ClaimInput, type ClaimResult } from "./claim";
import { Cluster } from "./cluster";
import { checkCrds, removeWithCrds, type CheckCrdsInput } from "./crds";
import { awaitDeveloperHub, type AwaitDeveloperHubInput, type AwaitDeveloperHubResult } from "./developerHub";
import * as operator from "./operator";
import { awaitOrchestrator, type AwaitOrchestratorInput, type AwaitOrchestratorResult } from "./orchestrator";
import { findPlatform, type FindPlatformInput, type FindPlatformResult } from "./platform";
import { awaitReady, type AwaitReadyInput, type AwaitReadyResult } from "./ready";
import { TaskError } from "./wait";
import * as workflows from "./workflows";

/** Each task's input and result. */
export interface Tasks {
  readonly claim: { input: ClaimInput; result: ClaimResult };
  readonly release: { input: ClaimInput; result: unknown };
  readonly "remove-users": { input: Parameters<typeof removeUsers>[1]; result: unknown };
  readonly "keep-credentials": { input: KeepInput; result: KeepResult };
  readonly "prepare-removal": { input: operator.RemovalInput; result: operator.RemovalResult };
  readonly "remove-operator": { input: operator.RemovalInput; result: unknown };
  readonly "await-operator": { input: operator.AwaitOperatorInput; result: operator.AwaitOperatorResult };
  readonly "find-operator": { input: operator.FindOperatorInput; result: operator.FindOperatorResult };
  readonly drain: { input: operator.DrainInput; result: unknown };
  readonly "check-crds": { input: CheckCrdsInput; result: unknown };
  readonly "find-argocd": { input: FindArgoCDInput; result: FindArgoCDResult };
  readonly "await-apis": { input: AwaitApisInput; result: AwaitApisResult };
  readonly "await-ready": { input: AwaitReadyInput; result: AwaitReadyResult };
  readonly "await-developer-hub": { input: AwaitDeveloperHubInput; result: AwaitDeveloperHubResult };
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
  "keep-credentials": keepCredentials,
  "prepare-removal": operator.prepareRemoval,
  "remove-operator": removeWithCrds,
  "await-operator": operator.awaitOperator,
  "find-operator": operator.findOperator,
  drain: operator.drain,
  "check-crds": checkCrds,
  "find-argocd": findArgoCD,
  "await-apis": awaitApis,
  "await-ready": awaitReady,
  "await-developer-hub": awaitDeveloperHub,
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
  const result = await run(await Cluster.connect(), JSON.parse(await text(process.stdin)), previous);
  if (result !== undefined) process.stdout.write(JSON.stringify(result));
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error instanceof TaskError ? error.message : error);
  process.exitCode = 1;
});
