import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Stack } from "../../sandbox/src";
import type { Report } from "../../status/report";
import { ok, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

async function statusOf(stack: Stack): Promise<{ readonly code: number; readonly report: Report }> {
  const { code, stdout } = await world.commandOf(stack, "status/cli.ts", "-o", "json");
  return { code, report: JSON.parse(stdout) as Report };
}

const textsOf = ({ categories }: Report) => categories.flatMap(({ lines }) => lines.map(({ text }) => text));

const troublesOf = ({ categories }: Report) =>
  categories.flatMap(({ lines }) =>
    lines
      .filter(({ state }) => state === "waiting" || state === "broken")
      .map(({ state, text }) => `${state}: ${text}`),
  );

it("tells that an install is well, and what is wrong with one that is not", async () => {
  const before = await world.inventory();
  const stack = world.stack("status", {
    orchestrator: { version: "1.10" },
    workflowNamespaces: [{ name: "loans", workflows: ["test/e2e/workflows/plain.yaml"] }],
  });
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
  const listed = "SonataFlow loans/plain runs, is registered with Data Index, and is listed in Developer Hub";
  expect(textsOf(well.report)).toContain(listed);

  const out = join(world.sandbox.dir, "bundle");
  const { code } = await world.commandOf(stack, "diagnose/cli.ts", "--out", out);
  expect(code).toBe(0);
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const bundle = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
  expect(bundle).toContain("operatorVersions");
  for (const [namespace, name] of [
    ["sonataflow-infra", "sonataflow-psql-postgresql"],
    ["rhdh", "backstage-backend-auth-secret"],
  ] as const) {
    const { data } = await world.json<{ data: Record<string, string> }>("secret", name, "-n", namespace);
    const secrets = Object.entries(data).filter(([key]) => /PASSWORD|SECRET|TOKEN/i.test(key));
    expect(secrets).not.toEqual([]);
    for (const [key, value] of secrets)
      for (const form of [value, Buffer.from(value, "base64").toString("utf8")])
        expect(bundle.includes(form), key).toBe(false);
  }

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
