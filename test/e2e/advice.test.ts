import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { DestroyPlan } from "../../advice/destroyPlan";
import type { UpgradeAdvice } from "../../advice/upgrade";
import { diff, type Inventory, type Stack } from "../../sandbox/src";
import type { ReportedTask } from "../../tasks/run/report";
import { fails, githubToken, ok, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

async function planOf(stack: Stack) {
  const { code, report } = await world.reportOf(stack, "advice/planDestroy.ts");
  return { code, report: report as DestroyPlan };
}

function reportAt(file: string): ReportedTask[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as ReportedTask);
}

/** The CSVs that are none of OLM's copies, which go with theirs. */
async function installedVersions(): Promise<readonly string[]> {
  const path = "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name}{'\\n'}{end}";
  return (await world.kubectl("get", "csv", "-A", "-l", "!olm.copiedFrom", "-o", path)).split("\n");
}

/** What has gone of the kinds that a plan is about, as it names them. */
function gone(before: Inventory, after: Inventory, csvs: readonly string[]): string[] {
  const kinds = [
    "/Namespace",
    "/PersistentVolumeClaim",
    "apiextensions.k8s.io/CustomResourceDefinition",
    "operators.coreos.com/ClusterServiceVersion",
    "operators.coreos.com/Operator",
    "operators.coreos.com/Subscription",
    "sonataflow.org/SonataFlow",
  ];
  const lines = diff(before, after).removed.map((line) => {
    const [kind = "", name = ""] = line.split(" ");
    return { kind, name };
  });
  return lines
    .filter(({ kind, name }) => kinds.includes(kind) && (!kind.endsWith("Version") || csvs.includes(name)))
    .map(({ kind, name }) => `${kind.split("/")[1] ?? ""} ${name}`)
    .sort();
}

/** The same of a plan. */
const going = ({ goes }: DestroyPlan): string[] =>
  [
    ...goes.operators,
    ...goes.namespaces.map((name) => `Namespace ${name}`),
    ...goes.volumes.map((line) => line.split(",")[0] ?? ""),
    ...goes.crds.map((name) => `CustomResourceDefinition ${name}`),
    ...goes.workflows,
  ].sort();

it("reports each wait of an up, says what would go, advises on the next release, and destroys what it said", async () => {
  const stack = world.stack("advice", {
    orchestrator: { version: "1.10" },
    rhdh: { guestProvider: true },
    workflowNamespaces: [{ name: "loans", workflows: ["test/e2e/workflows/greeting"] }],
  });
  await stack.setSecret("kubeconfig", readFileSync(world.sandbox.kubeconfig, "utf8"));
  await stack.setSecret("githubToken", githubToken);
  const reported = join(world.sandbox.dir, "report.jsonl");
  const env = { ORCHESTRATOR_REPORT: reported };

  await ok(stack.up(undefined, { env }), "up, with a report");
  const tasks = reportAt(reported);
  const waits = tasks.flatMap(({ waits }) => waits);
  expect(waits.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      "the installation of rhdh",
      "the installation of logic-operator",
      "the start of Backstage rhdh/backstage",
      "the start of all workflows",
    ]),
  );
  expect(waits.every(({ outcome }) => outcome === "succeeded")).toBe(true);
  expect(waits.some(({ seconds }) => seconds > 1)).toBe(true);

  const advice = (await world.reportOf(stack, "advice/upgradeAdvice.ts")).report as UpgradeAdvice;
  expect(advice).toMatchObject({
    release: "1.10",
    follows: [{ release: "2.1", how: ["workflows out"] }],
    steps: [{ from: "1.10", to: "2.1", how: "workflows out" }],
  });
  expect(advice.installed).toContainEqual(
    expect.stringMatching(/^rhdh-operator\.v1\.10\.\d+ \(Subscription rhdh-operator\/rhdh\)$/),
  );
  const [step] = advice.steps;
  expect(step?.instructions.flatMap(({ commands = [] }) => commands)).toEqual([
    "pulumi config set --path orchestrator.version 2.1",
    "pulumi preview",
    "pulumi up",
  ]);
  // The stack's own workflow is in nobody's way.
  expect(step?.findings?.filter(({ level }) => level === "refusal")).toEqual([]);

  // Somebody else's: a destroy refuses, and so does the plan.
  await world.kubectl("create", "deployment", "theirs", "-n", "loans", "--image=example.com/theirs");
  const refused = await planOf(stack);
  expect([refused.code, refused.report.refuses]).toEqual([
    1,
    [expect.stringContaining("would not survive it: Deployment loans/theirs.")],
  ]);
  const [reason = ""] = refused.report.refuses;
  expect(await fails(stack.destroy(undefined, { env }), "destroy")).toContain(reason);
  expect(reportAt(reported).at(-1)).toMatchObject({
    task: "drain-workflows",
    outcome: "failed",
    why: reason,
  });
  await world.kubectl("delete", "deployment", "theirs", "-n", "loans");

  const before = await world.inventory();
  const csvs = await installedVersions();
  const { code, report: plan } = await planOf(stack);
  expect([code, plan.refuses]).toEqual([0, []]);
  await ok(stack.destroy(undefined, { env }), "destroy");
  expect(gone(before, await world.inventory(), csvs)).toEqual(going(plan));
  expect(plan.stays.map(({ what }) => what)).toContain("CustomResourceDefinition backstages.rhdh.redhat.com");

  const text = readFileSync(reported, "utf8");
  expect(text).toContain("the removal of ");
  for (const planted of [githubToken, "client-key-data"]) expect(text).not.toContain(planted);
});

it("reports an up that fails, with the reason", async () => {
  const stack = world.stack("failed", {
    orchestrator: { version: "1.10", timeoutMinutes: 1 },
    rhdh: { guestProvider: true },
    preflight: "false",
    serverless: { subscription: { channel: "missing" } },
  });
  const reported = join(world.sandbox.dir, "failed.jsonl");
  const said = await fails(stack.up(undefined, { env: { ORCHESTRATOR_REPORT: reported } }), "up");
  const failure = reportAt(reported).find(({ outcome }) => outcome === "failed");
  expect(failure).toMatchObject({
    task: "await-operator",
    waits: [{ what: "the installation of serverless-operator", outcome: "failed" }],
  });
  expect(said).toContain(failure?.why);
  expect(said).toContain("waiting for the installation of serverless-operator, for ");
  await ok(stack.destroy(), "destroy");
});
