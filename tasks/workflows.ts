import { sonataFlowKind, workloads } from "../config/names";
import { isOf, mark } from "./mark";
import {
  inParallel,
  nameOf,
  refOf,
  type Cluster,
  type Condition,
  type KubeObject,
  type Ref,
} from "./cluster";
import { dependentsOf } from "./operators/dependents";
import { isReleased, type Release } from "./operators/helm";
import type { Package } from "./operators/olm";
import { stranded } from "./operators/running";
import { Ownership } from "./ownership";
import { troubleOf } from "./rollOut";
import { gone, removed, TaskError, Troubles, until } from "./wait";

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
  const troubles = new Troubles();
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
      const seconds = /Fail|Exhausted|NotFound/.test(said) ? lasting : troubleOf(said).lasting;
      if (seconds !== undefined) troubles.report(nameOf(ref), seconds, trouble);
    }
    waiting = states.map(({ ref }) => ref);
    status(states.map(({ trouble }) => trouble).join("; "));
    return waiting.length === 0 ? true : undefined;
  });
  await markPlatforms(cluster, stack.installation, stack.used);
  return { running: workflows.length };
}

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
  const { reason = "", message = "" } = broken ?? running ?? { reason: "not yet seen by the operator" };
  return [reason, message].filter((text) => text !== "").join(": ");
}

export interface GuardInput {
  readonly installation: string;
  /** The workflow namespaces that this stack makes, and those of others that it uses. */
  readonly made: readonly string[];
  readonly used: readonly string[];
  /** The namespaces that go with the stack, whatever is in them. */
  readonly goes: readonly string[];
  /** Every workflow of the cluster depends on what goes with this stack. */
  readonly everywhere: boolean;
  /** The packages that go with this stack. @default - none */
  readonly packages?: readonly Package[] | undefined;
  /** What the Orchestrator operator makes without a mark. @default - nothing */
  readonly makes?: readonly Ref[] | undefined;
  /** The custom resource by which it makes all else. @default - there is none */
  readonly resource?: Release | undefined;
  /** Delete workflows and workloads of others that are in the way. */
  readonly deleteForeign: boolean;
  /** The longest wait for their removal, in minutes. */
  readonly minutes: number;
}

/** Which namespaces there were at the last run. */
export type GuardResult = Pick<GuardInput, "made" | "used" | "goes">;

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
  await clear(cluster, input, without(previous?.made, made), without(previous?.goes, goes));
  await markPlatforms(cluster, input.installation, without(previous?.used, used));
  return { made, used, goes };
}

/**
 * Looks after all of the stack's namespaces, and with the platform at all others, before the engine deletes anything.
 * @throws TaskError that names workflows and workloads of others, or what they have on operators that go.
 */
export async function drainWorkflows(cluster: Cluster, input: GuardInput): Promise<void> {
  const { packages = [] } = input;
  const ownership = ownershipOf(cluster, input);
  const theirs = await dependentsOf(cluster, ownership, packages);
  if (theirs.length > 0) {
    throw new TaskError(
      `nothing was deleted, because operators of this stack run what is not of it: ${theirs.map((object) => nameOf(refOf(object))).join(", ")}. ` +
        "Delete that first, then run pulumi destroy again",
    );
  }
  const held = await stranded(cluster, ownership, packages);
  if (held.length > 0)
    throw new TaskError(
      `nothing was deleted, because it could not be to the end:\n${held.map((line) => `  - ${line}`).join("\n")}`,
    );
  await clear(cluster, input, input.everywhere ? [undefined] : input.made, input.goes);
  await markPlatforms(cluster, input.installation, input.used);
}

const ownershipOf = (cluster: Cluster, { installation, makes = [], resource }: GuardInput) => {
  const made = makes.map(nameOf);
  return new Ownership(
    cluster,
    (object) =>
      isOf(installation, object) || isReleased(resource, object) || made.includes(nameOf(refOf(object))),
  );
};

/**
 * What OLM puts on the Deployments of a CSV, which go as their operator does (operator-lifecycle-manager,
 * pkg/lib/ownerutil/util.go).
 */
const ofOperator = "olm.owner.kind";

/**
 * Makes sure that others have nothing that would go along.
 * @param served the namespaces whose workflows would be left without a platform; `undefined` stands for all.
 * @param leaving those that go with whatever is in them.
 */
async function clear(
  cluster: Cluster,
  input: GuardInput,
  served: readonly (string | undefined)[],
  leaving: readonly string[],
): Promise<void> {
  const { deleteForeign, minutes } = input;
  const places = [
    ...served.map((namespace) => ({ ...sonataFlowKind, namespace })),
    ...leaving.flatMap((namespace) => workloads.map((kind) => ({ ...kind, namespace }))),
  ];
  const found = await inParallel(places, ({ namespace, ...kind }) =>
    cluster.list(kind, {
      namespace,
      part: "metadata",
      where: ({ metadata: { labels } }) => labels?.[ofOperator] === undefined,
    }),
  );
  const foreign = await ownershipOf(cluster, input).others(found.flat());
  const staying = foreign.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (staying.length > 0 && !deleteForeign) {
    throw new TaskError(
      `nothing was deleted, because there are objects that are not of this stack and would not survive it: ${staying.map((object) => nameOf(refOf(object))).join(", ")}. ` +
        "Delete them, or have them deleted with: pulumi config set --path workflows.deleteForeign true, which takes effect with the next pulumi up",
    );
  }
  for (const object of staying)
    console.error(`deleting ${nameOf(refOf(object))}, which is not of this stack`);
  await removed(cluster, staying.map(refOf), minutes);
  await gone(cluster, foreign.map(refOf), minutes);
}

/**
 * The operator makes a SonataFlowPlatform in each namespace that has a workflow but no platform, and never removes it.
 * In a namespace of others, what it has made because of this stack's workflows gets the stack's mark, for the last sweep.
 */
async function markPlatforms(
  cluster: Cluster,
  installation: string,
  namespaces: readonly string[],
): Promise<void> {
  for (const namespace of namespaces) {
    const workflows = await cluster.list(sonataFlowKind, { namespace, part: "metadata" });
    const first = workflows.map(({ metadata }) => metadata.creationTimestamp ?? "").sort()[0];
    if (first === undefined || !workflows.every((workflow) => isOf(installation, workflow))) continue;
    const platforms = await cluster.list(
      { ...sonataFlowKind, kind: "SonataFlowPlatform" },
      { namespace, part: "metadata" },
    );
    for (const platform of platforms.filter(({ metadata }) => (metadata.creationTimestamp ?? "") >= first)) {
      await mark(cluster, refOf(platform), installation);
    }
  }
}
