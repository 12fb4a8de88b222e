import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import type { Stack } from "../../sandbox/src";
import type { Report } from "../../status/report";
import { ok, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

/** Runs the command as `npm run status` does, without a kubeconfig: the stack's settings have it. */
async function statusOf(stack: Stack): Promise<{ readonly code: number; readonly report: Report }> {
  const args = [resolve("status/cli.ts"), "--stack", stack.name, "-o", "json"];
  const env = { ...world.sandbox.env, KUBECONFIG: "" };
  const { code, stdout } = await promisify(execFile)(resolve("node_modules/.bin/tsx"), args, {
    cwd: dirname(stack.configFile),
    env,
  }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: unknown) => error as { readonly code: number; readonly stdout: string },
  );
  return { code, report: JSON.parse(stdout) as Report };
}

const troublesOf = ({ categories }: Report) =>
  categories.flatMap(({ lines }) =>
    lines
      .filter(({ state }) => state === "waiting" || state === "broken")
      .map(({ state, text }) => `${state}: ${text}`),
  );

it("tells that an install is well, and what is wrong with one that is not", async () => {
  const before = await world.inventory();
  const stack = world.stack("status", { orchestrator: { version: "1.10" } });
  await stack.setSecret(
    "kubeconfig",
    await world.kubectl("config", "view", "--raw", "--minify", "-o", "json"),
  );
  await ok(stack.up(), "up");

  const well = await statusOf(stack);
  expect(troublesOf(well.report)).toEqual([]);
  expect(well.code).toBe(0);
  expect(well.report.categories.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["Operators", "Knative", "Platform", "Database", "Developer Hub", "Workflows"]),
  );

  await world.kubectl("delete", "subscription.operators.coreos.com", "rhdh", "-n", "rhdh-operator");
  await world.kubectl(
    "scale",
    "statefulset",
    "sonataflow-psql-postgresql",
    "-n",
    "sonataflow-infra",
    "--replicas=0",
  );
  await world.kubectl(
    "wait",
    "pod",
    "-n",
    "sonataflow-infra",
    "sonataflow-psql-postgresql-0",
    "--for=delete",
    "--timeout=60s",
  );
  const ill = await statusOf(stack);
  expect(ill.code).toBe(1);
  expect(troublesOf(ill.report)).toContain(
    "broken: Service sonataflow-infra/sonataflow-psql-postgresql has no pod that is ready behind it",
  );

  await ok(stack.up(), "up, which mends both");
  expect(troublesOf((await statusOf(stack)).report)).toEqual([]);
  await ok(stack.destroy(), "destroy");
  expect(await world.leftovers(before)).toEqual([]);
});
