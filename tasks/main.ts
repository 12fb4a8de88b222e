/*
 * What the components cannot say as Kubernetes resources; see components/cluster/task.ts, which runs this. The input comes as
 * JSON on stdin, the answer of the last run in the environment. Only the answer goes to stdout.
 */
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { awaitApis } from "./readiness/awaitApis";
import { awaitDeveloperHub } from "./developerHub/awaitDeveloperHub";
import { awaitOrchestrator } from "./orchestrator/awaitOrchestrator";
import { awaitReady } from "./readiness/awaitReady";
import { claim } from "./cluster/claim";
import { Cluster } from "../kube/cluster";
import { findArgoCD } from "./delivery/findArgoCD";
import { findPlatform } from "./platform/findPlatform";
import { checkIdentity } from "./cluster/identity";
import { keepCredentials } from "./access/keepCredentials";
import { awaitOperator } from "./operators/awaitOperator";
import { checkCrds } from "./operators/checkCrds";
import { drain } from "./operators/drain";
import { findOperator } from "./operators/findOperator";
import { prepareRemoval } from "./operators/removal";
import { removeWithCrds } from "./operators/removeWithCrds";
import { takeDown } from "./operators/takeDown";
import { removeVolumeUsers } from "./database/removeVolumeUsers";
import { sweep } from "./cluster/sweep";
import { take } from "./cluster/take";
import { isForUser, TaskError } from "../kube/wait";
import { awaitWorkflows } from "./workflows/awaitWorkflows";
import { checkWorkflows } from "./workflows/checkWorkflows";
import { drainWorkflows } from "./workflows/drainWorkflows";

/** By the verb that is in a stack's state. A third argument is the result of the last run of the task that creates. */
const tasks = {
  claim,
  take,
  sweep,
  "remove-volume-users": removeVolumeUsers,
  "keep-credentials": keepCredentials,
  "prepare-removal": prepareRemoval,
  "remove-operator": removeWithCrds,
  "await-operator": awaitOperator,
  "find-operator": findOperator,
  drain,
  "check-crds": checkCrds,
  "find-argocd": findArgoCD,
  "await-apis": awaitApis,
  "await-ready": awaitReady,
  "await-developer-hub": awaitDeveloperHub,
  "await-orchestrator": awaitOrchestrator,
  "take-down": takeDown,
  "find-platform": findPlatform,
  "check-workflows": checkWorkflows,
  "drain-workflows": drainWorkflows,
  "await-workflows": awaitWorkflows,
};

/** What a task leaves in the state. */
export interface Answer {
  /** Tells one input of one task from all others. */
  readonly question: string;
  /** @default - it has none */
  readonly result?: unknown;
}

export type Verb = keyof typeof tasks;
export type InputOf<V extends Verb> = Parameters<(typeof tasks)[V]>[1];
export type ResultOf<V extends Verb> = Awaited<ReturnType<(typeof tasks)[V]>>;

async function main(verb: string | undefined): Promise<void> {
  if (verb === undefined || !(verb in tasks))
    throw new TaskError(`no task "${String(verb)}"; there are ${Object.keys(tasks).join(", ")}`);
  const run = tasks[verb as Verb] as (
    cluster: Cluster,
    input: unknown,
    previous: unknown,
  ) => Promise<unknown>;
  const input = await text(process.stdin);
  const question = createHash("sha256").update(`${verb}\n${input}`).digest("hex");
  const last = told("PULUMI_COMMAND_STDOUT");
  const { question: answered, result: previous }: Partial<Answer> =
    last === undefined ? {} : (JSON.parse(last) as Partial<Answer>);
  if (answered === question) {
    // Only the way to the cluster is another: a new kubeconfig is no reason to go through all of the stack's waits.
    process.stdout.write(last ?? "");
    return;
  }
  const identity = told("ORCHESTRATOR_CLUSTER");
  const cluster = Cluster.connect({
    kubeconfig: told("ORCHESTRATOR_KUBECONFIG"),
    context: told("ORCHESTRATOR_CONTEXT"),
  });
  if (identity !== undefined) await checkIdentity(cluster, identity);
  const result = await run(cluster, JSON.parse(input), previous);
  process.stdout.write(JSON.stringify({ question, result } satisfies Answer));
}

/** What components/cluster/task.ts gives a task beside its input; nothing of it is empty. */
const told = (name: string): string | undefined => process.env[name] || undefined;

main(process.argv[2]).catch((error: unknown) => {
  console.error(isForUser(error) ? error.message : error);
  process.exitCode = 1;
});
