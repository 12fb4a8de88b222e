import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { inventory, leftovers, Stack, type Result, type Sandbox } from "../../sandbox/src";
import { kill } from "./kill";
import type { Command, Durations, Plan } from "./plan";

/** How a round ended. */
export interface Outcome {
  /** What was killed, or that the run was over by then. */
  readonly killed: string;
  /** What is on the cluster that was not there before the round, or the other way round. */
  readonly left: readonly string[];
  /** A run that should have succeeded and has not, with what it said. @default - each did what it should */
  readonly failure?: string | undefined;
}

/** The longest that a run may take, in seconds. */
const limit = 600;

/** Plays a round: the run that is hit, the one that puts things right, and at last a destroy. */
export async function play(sandbox: Sandbox, release: string, name: string, plan: Plan): Promise<Outcome> {
  const before = await inventory(sandbox.kubeconfig);
  const stack = stackOf(sandbox, release, name);
  let killed = "";
  let failure: string | undefined;
  try {
    if (plan.hit === "destroy") await succeed("up", stack.up());
    killed = await hit(sandbox, stack, plan);
    await sandbox.revivePlugins();
    const last = await again(stack, plan.next);
    if (plan.next === "up") {
      if (said(last).includes(pending)) await succeed("refresh", stack.refresh(["--clear-pending-creates"]));
      const destroy = await succeed("destroy", stack.destroy());
      if (said(destroy).includes(pending))
        throw new Error("a refresh has not cleared the pending operations");
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return { killed, failure, left: await leftovers(sandbox.kubeconfig, before) };
}

/** How long the runs take that nothing hits. */
export async function measure(sandbox: Sandbox, release: string, name: string): Promise<Durations> {
  const stack = stackOf(sandbox, release, name);
  const up = await succeed("up", stack.up());
  const destroy = await succeed("destroy", stack.destroy());
  return { up: up.seconds, destroy: destroy.seconds };
}

const stackOf = (sandbox: Sandbox, release: string, name: string): Stack =>
  new Stack(sandbox, { name, config: { orchestrator: JSON.stringify({ version: release }) }, limit });

async function hit(sandbox: Sandbox, stack: Stack, plan: Plan): Promise<string> {
  await stack.init();
  const moment = sleep(plan.after * 1_000).then(() => false);
  const { child, over } = await started(stack, plan.hit);
  if (await Promise.race([over.then(() => true), moment])) return "nothing: it was over";
  const killed = await kill(sandbox, plan, child.pid ?? 0);
  await over;
  return killed;
}

/** Starts a run. It is over when its engine is, though what that has started may live on, and hold on to its output. */
const started = (stack: Stack, command: Command): Promise<{ child: ChildProcess; over: Promise<unknown> }> =>
  new Promise((resolve, reject) => {
    const onStart = (child: ChildProcess) => {
      resolve({ child, over: once(child, "exit") });
    };
    stack[command](undefined, { onStart }).catch(reject);
  });

/** What an admin does after a kill: the same again, or the other; and what Pulumi asks for, where it does. */
async function again(stack: Stack, command: Command): Promise<Result> {
  const first = stack[command]();
  if (!said(await first).includes("pulumi cancel")) return succeed(`${command} after the kill`, first);
  await succeed("cancel", stack.cancel());
  return succeed(`${command} after the kill`, stack[command]());
}

/** What a run warns of after one that was killed, until it is cleared. */
const pending = "pending operations";

async function succeed(what: string, run: Promise<Result>): Promise<Result> {
  const result = await run;
  if (result.code !== 0)
    throw new Error(
      `${what} failed (${String(result.code)}) after ${result.seconds.toFixed(0)} s:\n${said(result)}`,
    );
  return result;
}

const said = ({ stdout, stderr }: Result): string => stdout + stderr;
