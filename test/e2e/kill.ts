import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { waitFor, type Stack } from "../../sandbox/src";
import { ok, type World } from "./world";

/** Kills an `up`, its engine, its plugins' work and its program at once, as soon as `when` is seen, and takes its lock away. */
export async function killedUp(
  world: World,
  stack: Stack,
  what: string,
  when: () => Promise<boolean>,
): Promise<void> {
  const child = await stack.spawnUp();
  let output = "";
  child.stdout?.on("data", (text: Buffer) => (output += text.toString()));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    await waitFor(what, when, { timeout: 180, interval: 50 });
  } catch (error) {
    throw new Error(`the up did not get to ${what}:\n${output}`, { cause: error });
  } finally {
    process.kill(-(child.pid ?? 0), "SIGKILL");
  }
  await ended;
  expect(child.signalCode).toBe("SIGKILL");
  await waitFor("the program to end with its engine", () => Promise.resolve(programsIn(world) === 0), {
    timeout: 60,
  });
  await ok(stack.cancel(), `cancel, killed at ${what}`);
}

/** How many runs of the program there are in the sandbox. */
const programsIn = ({ sandbox }: World) =>
  readdirSync("/proc").filter((pid) => {
    try {
      const read = (file: string) => readFileSync(join("/proc", pid, file), "utf8");
      return /pulumi\/cmd\/run/.test(read("cmdline")) && read("environ").includes(sandbox.dir);
    } catch {
      return false; // it has ended, or is no process
    }
  }).length;
