import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { profileOf, profiles } from "../../config/profiles";
import { instructionsFor } from "../../config/upgrades/instructions";
import { wayTo } from "../../config/upgrades/ways";
import { waitFor, type Inventory, type Stack } from "../../sandbox/src";
import { killedUp } from "./kill";
import { contentsOf, insert } from "./volume";
import { fails, ok, said, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const volume = ["sonataflow-infra", "data-sonataflow-psql-postgresql-0"] as const;
const contents = () => contentsOf(world, ...volume);
const services = ["sonataflow-platform-data-index-service", "sonataflow-platform-jobs-service"] as const;
const [index] = services;
/** What Data Index has of an instance that waits. */
const rows = ["greeting 7f3a0c41: waits for a timer"];

const field = (path: string, ...ref: string[]) => world.kubectl("get", ...ref, "-o", `jsonpath={${path}}`);
const greeting = (team: string) => ["sonataflow", "greeting", "-n", team];
/** With their group, since Knative has Subscriptions, too. */
const subscriptions = async () =>
  (await world.kubectl("get", "subscriptions.operators.coreos.com", "-A", "-o", "jsonpath={..metadata.name}"))
    .split(" ")
    .sort();

/** What is on the volume, once the services of a version have migrated it. @default - the version that runs */
async function migratedBy(version?: string) {
  const isDone = async () => {
    const { schemas = {} } = await contents();
    const wanted = version ?? (await runningLogic());
    return services.every((name) => schemas[name]?.migratedBy === wanted);
  };
  await waitFor(`the migration by ${version ?? "the version that runs"}`, isDone, { timeout: 120 });
  return contents();
}

/** The version of Serverless Logic, while it is not on its way to another. */
async function runningLogic(): Promise<string | undefined> {
  const [csv, ...others] = (await world.csvs()).filter((csv) => csv.startsWith("logic-operator"));
  return others.length === 0 ? /\.v(\S+) Succeeded$/.exec(csv ?? "")?.[1] : undefined;
}

describe("the way from 1.7 to 2.1", () => {
  const team = "ladder";
  const move = (version: string) => stack.setConfig("orchestrator", JSON.stringify({ version }));
  const uids = () =>
    Promise.all(
      [
        ["backstage", "backstage", "-n", "rhdh"],
        ["sonataflowplatform", "sonataflow-platform", "-n", "sonataflow-infra"],
        ["pvc", volume[1], "-n", volume[0]],
      ].map((ref) => field(".metadata.uid", ...ref)),
    );
  let stack: Stack;
  let before: Inventory;
  let there: readonly string[];
  let system: string;

  beforeAll(async () => {
    before = await world.inventory();
    stack = world.stack("ladder", {
      orchestrator: { version: "1.7" },
      workflowNamespaces: [{ name: team, workflows: ["test/e2e/workflows/greeting"] }],
    });
    await ok(stack.up(), "up of 1.7, with a workflow");
    ({ system } = await migratedBy("1.36.0"));
    await insert(world, volume, index, rows);
    there = await uids();
  });

  /** Whether all is as it was before a rung, but for the versions. */
  const isKept = async (logic: string, rhdh: string) => {
    expect(await world.csvs()).toEqual([
      `${logic} Succeeded`,
      `${rhdh} Succeeded`,
      "serverless-operator.v1.37.1 Succeeded",
    ]);
    expect(await subscriptions()).toEqual(["rhdh", "serverless-operator", logic.split(".")[0]].sort());
    expect(await world.says("Running", ...greeting(team))).toBe(true);
    expect(await uids()).toEqual(there);
    const data = await migratedBy(logic.split(".v")[1] ?? "");
    expect([data.system, data.starts, data.schemas?.[index]?.rows]).toEqual([system, 1, rows]);
    await ok(stack.up(unchanged), `up after the move to ${rhdh}, unchanged`);
  };

  /** Whether the workflow was out while the operator was moved. */
  const hasMadeWay = async (before: string, csv: string) => {
    expect(await field(".metadata.uid", ...greeting(team))).not.toBe(before);
    const [made, moved] = await Promise.all([
      field(".metadata.creationTimestamp", ...greeting(team)),
      field(".metadata.creationTimestamp", "csv", csv, "-n", "openshift-serverless-logic"),
    ]);
    expect(Date.parse(made)).toBeGreaterThanOrEqual(Date.parse(moved));
  };

  it("goes to 1.8 with the workflow where it is, since Serverless Logic stays", async () => {
    const workflow = await field(".metadata.uid", ...greeting(team));
    await move("1.8");
    await ok(stack.up(), "up of 1.8, from 1.7");
    expect(await field(".metadata.uid", ...greeting(team))).toBe(workflow);
    await isKept("logic-operator-rhel8.v1.36.0", "rhdh-operator.v1.8.1");
  });

  it("does not pass by a release, nor move under workflows of others, and says what to type", async () => {
    const workflow = await field(".metadata.uid", ...greeting(team));
    const versions = await world.csvs();
    await move("1.10");
    expect(await fails(stack.up(), "up of 1.10, from 1.8")).toContain(
      "logic-operator-rhel8.v1.36.0 is not moved to logic-operator.v1.38.1 at once: its databases are migrated by one minor version after the other. " +
        "Go by Orchestrator 1.9: pulumi config set --path orchestrator.version 1.9; pulumi up",
    );
    await world.kubectl("create", "namespace", "theirs");
    await world.kubectl("apply", "-n", "theirs", "-f", "test/e2e/workflows/plain.yaml");
    await waitFor("their workflow", () => world.says("Running", "sonataflow", "plain", "-n", "theirs"));
    await move("1.9");
    for (const message of [
      await fails(stack.preview(), "preview of 1.9, with a workflow of others"),
      await fails(stack.up(), "up of 1.9, with a workflow of others"),
    ]) {
      expect(message).toContain("SonataFlow theirs/plain: oc delete sonataflow plain -n theirs");
      expect(message).not.toContain(`SonataFlow ${team}/greeting:`);
    }
    expect(await world.csvs()).toEqual(versions);
    expect(await field(".metadata.uid", ...greeting(team))).toBe(workflow);
    await world.kubectl("delete", "sonataflow", "plain", "-n", "theirs");
    await world.kubectl("delete", "namespace", "theirs");
  });

  it("goes to 1.9, to another package, also where the up is killed without an operator", async () => {
    const workflow = await field(".metadata.uid", ...greeting(team));
    const isWithout = async () => !(await world.csvs()).some((csv) => csv.startsWith("logic-operator"));
    await killedUp(world, stack, "the moment without Serverless Logic", isWithout);
    expect(await world.exists(...greeting(team))).toBe(false);
    await ok(stack.up(), "up of 1.9, after the kill");
    await hasMadeWay(workflow, "logic-operator.v1.37.2");
    await isKept("logic-operator.v1.37.2", "rhdh-operator.v1.9.1");
  });

  it("goes to 1.10, and from there to 2.1, by each version on the way", async () => {
    for (const [version, passed, logic, rhdh] of [
      ["1.10", "logic-operator.v1.38.0", "logic-operator.v1.38.1", "rhdh-operator.v1.10.1"],
      ["2.1", "logic-operator.v1.39.0", "logic-operator.v1.39.2", "rhdh-operator.v2.1.0"],
    ] as const) {
      const workflow = await field(".metadata.uid", ...greeting(team));
      await move(version);
      const isOnTheWay = async () => (await world.csvs()).some((csv) => csv.startsWith(passed));
      // Once with the workflow out and the move under way: it is to come back, and to stay.
      if (version === "1.10") await killedUp(world, stack, `the installation of ${passed}`, isOnTheWay);
      const up = said(await ok(stack.up(), `up of ${version}`));
      if (version !== "1.10") expect(up).toContain(`which installs ${passed}`);
      await hasMadeWay(workflow, logic);
      await isKept(logic, rhdh);
    }
  });

  it("does not go back, before anything changes", async () => {
    const workflow = await field(".metadata.uid", ...greeting(team));
    await move("1.10");
    expect(await fails(stack.up(), "up of 1.10, from 2.1")).toContain(
      "logic-operator.v1.39.2 is installed, and OLM does not go back to logic-operator.v1.38.1",
    );
    expect(await field(".metadata.uid", ...greeting(team))).toBe(workflow);
    await move("2.1");
  });

  it("ends without a trace", async () => {
    await ok(stack.destroy(), "destroy of 2.1, from 1.7");
    expect(await world.csvs()).toEqual([]);
    expect(await world.leftovers(before)).toEqual([]);
  });
});

/** Types what a guide says, and answers yes. */
async function type(stack: Stack, command: string): Promise<void> {
  const words = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
  const [program = "", ...args] = words;
  const typed = `${program} ${args.slice(0, program === "npm" ? 2 : 1).join(" ")}`;
  switch (typed) {
    case "pulumi config": {
      const of = ["--stack", stack.name, "--non-interactive"];
      await ok(stack.run([...args, ...of], { cwd: dirname(stack.configFile) }), command);
      return;
    }
    case "pulumi preview":
      await ok(stack.preview(), command);
      return;
    case "pulumi up":
      await ok(stack.up(), command);
      return;
    case "pulumi destroy":
      await ok(stack.destroy(), command);
      return;
    case "npm run plan-destroy":
      expect((await world.reportOf(stack, "advice/planDestroy.ts")).code).toBe(0);
      return;
    case "oc delete":
      await world.kubectl(...args);
      return;
    default:
      throw new Error(`the guide says "${command}", which this does not know`);
  }
}

describe("the guide from 1.2 to today, as it is written", () => {
  const team = "walker";
  const [first, newest] = ["1.2" as const, profiles.at(-1)];
  let stack: Stack;
  let before: Inventory;

  beforeAll(async () => {
    await world.forget();
    before = await world.inventory();
    stack = world.stack("walker", {
      orchestrator: { version: first },
      workflowNamespaces: [{ name: team, workflows: ["test/e2e/workflows/greeting"] }],
    });
    // The commands that the guide has, know the cluster by the stack.
    await stack.setSecret("kubeconfig", readFileSync(world.sandbox.kubeconfig, "utf8"));
    await ok(stack.up(), `up of ${first}, with a workflow`);
  });

  it("leads there with the database, and the workflow that it is of", async () => {
    // Up to 1.4, OLM moves it on by itself.
    await migratedBy();
    await insert(world, volume, index, rows);
    const { system, starts } = await contents();
    const claim = await field(".metadata.uid", "pvc", volume[1], "-n", volume[0]);
    const steps = wayTo(profileOf(first), newest ?? profileOf(first));
    expect(steps.map(({ from, to }) => `${from.version} to ${to.version}`)).toEqual([
      "1.2 to 1.4",
      `1.4 to ${newest?.version ?? ""}`,
    ]);
    for (const step of steps) {
      const commands = instructionsFor(step, { hasOwnDatabase: true }).flatMap(
        ({ commands }) => commands ?? [],
      );
      for (const command of commands) await type(stack, command);
      expect(await world.says("Running", ...greeting(team))).toBe(true);
    }
    expect(await field(".metadata.uid", "pvc", volume[1], "-n", volume[0])).toBe(claim);
    const data = await migratedBy("1.39.2");
    expect([data.system, data.schemas?.[index]?.rows]).toEqual([system, rows]);
    expect(data.starts).toBe(starts + steps.length);
    await ok(stack.up(unchanged), "up at the end of the guide, unchanged");
  });

  it("leaves nothing but the namespace that it has made one of others", async () => {
    await ok(stack.destroy(), "destroy, at the end of the guide");
    await world.kubectl("delete", "namespace", volume[0]);
    expect(await world.leftovers(before)).toEqual([]);
  });
});
