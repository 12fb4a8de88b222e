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
import { startMove } from "./operators/startMove";
import { prepareRemoval } from "./operators/removal";
import { removeWithCrds } from "./operators/removeWithCrds";
import { takeDown } from "./operators/takeDown";
import { removeVolumeUsers } from "./database/removeVolumeUsers";
import { expectationOf, progress, usual } from "./run/progress";
import { RunReport } from "./run/report";
import { sweep } from "./cluster/sweep";
import { take } from "./cluster/take";
import { isForUser, onWait, TaskError } from "../kube/wait";
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
  "start-move": startMove,
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
  /** How long it took. @default - it is not one that waits */
  readonly seconds?: number;
}

export type Verb = keyof typeof tasks;
export type InputOf<V extends Verb> = Parameters<(typeof tasks)[V]>[1];
export type ResultOf<V extends Verb> = Awaited<ReturnType<(typeof tasks)[V]>>;

async function main(verb: string | undefined): Promise<void> {
  if (!isVerb(verb))
    throw new TaskError(`no task "${String(verb)}"; there are ${Object.keys(tasks).join(", ")}`);
  const input = await text(process.stdin);
  const question = createHash("sha256").update(`${verb}\n${input}`).digest("hex");
  const last = told("PULUMI_COMMAND_STDOUT");
  const {
    question: answered,
    result: previous,
    seconds,
  }: Partial<Answer> = last === undefined ? {} : (JSON.parse(last) as Partial<Answer>);
  if (answered === question) {
    // Only the way to the cluster is another: a new kubeconfig is no reason to go through all of the stack's waits.
    process.stdout.write(last ?? "");
    return;
  }
  onWait(progress(console.error, expectationOf(verb, seconds)));
  const began = performance.now();
  const result = await reported(verb, () => run(verb, JSON.parse(input), previous));
  const took = verb in usual ? { seconds: Math.round((performance.now() - began) / 1_000) } : {};
  process.stdout.write(JSON.stringify({ question, result, ...took } satisfies Answer));
}

const isVerb = (verb: string | undefined): verb is Verb => verb !== undefined && verb in tasks;

async function run(verb: Verb, input: unknown, previous: unknown): Promise<unknown> {
  const task = tasks[verb] as (cluster: Cluster, input: unknown, previous: unknown) => Promise<unknown>;
  const identity = told("ORCHESTRATOR_CLUSTER");
  const cluster = Cluster.connect({
    kubeconfig: told("ORCHESTRATOR_KUBECONFIG"),
    context: told("ORCHESTRATOR_CONTEXT"),
  });
  if (identity !== undefined) await checkIdentity(cluster, identity);
  return task(cluster, input, previous);
}

/** Adds what a task does to the report, where the shell of the run names a file for one. */
async function reported<T>(verb: Verb, work: () => Promise<T>): Promise<T> {
  const file = told("ORCHESTRATOR_REPORT");
  if (file === undefined) return work();
  const report = new RunReport(file, verb);
  onWait(report.onWait);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      report.end("interrupted");
      process.exit(1);
    });
  try {
    const result = await work();
    report.end("succeeded");
    return result;
  } catch (error) {
    report.end("failed", isForUser(error) ? error.message : String(error));
    throw error;
  }
}

/** What components/cluster/task.ts gives a task beside its input; nothing of it is empty. */
const told = (name: string): string | undefined => process.env[name] || undefined;

main(process.argv[2]).catch((error: unknown) => {
  console.error(isForUser(error) ? error.message : error);
  process.exitCode = 1;
});
