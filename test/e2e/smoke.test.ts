import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import { waitFor, type Inventory, type Stack } from "../../sandbox/src";
import type { Report } from "../../smoke/report";
import { ok, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const home = "sonataflow-infra";
const name = "orchestrator-smoke";
const dataIndex = ["deployment", "sonataflow-platform-data-index-service", "-n", home] as const;

/** Starts a run as npm does, in a process group of its own, so that a kill leaves nothing of it. */
function start(...args: string[]) {
  const child = spawn(resolve("node_modules/.bin/tsx"), [resolve("smoke/cli.ts"), "-o", "json", ...args], {
    env: world.sandbox.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const end = async () => {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit") as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  };
  return { signal: (which: NodeJS.Signals) => process.kill(-(child.pid ?? 0), which), ended: end() };
}

interface Ended {
  readonly code: number | null;
  readonly report: Report;
}

async function smoke(...args: string[]): Promise<Ended> {
  const { code, stdout, stderr } = await start(...args).ended;
  if (stdout === "") throw new Error(`it said nothing but: ${stderr}`);
  const report = JSON.parse(stdout) as Report;
  const seconds = report.steps.map((step) => `${step.text}: ${step.seconds} s`);
  console.log([report.outcome, ...seconds, report.trouble?.text ?? ""].join("\n  "));
  return { code, report };
}

const isThere = () => world.exists("sonataflow", name, "-n", home);

interface Subscription {
  readonly spec: {
    readonly name: string;
    readonly channel: string;
    readonly installPlanApproval?: "Automatic" | "Manual";
  };
}

/** Whether OLM has moved on what it may: those that come with 1.4, by several versions, between which it rests for a while. */
async function isUpgraded(): Promise<boolean> {
  const { items } = await world.json<{ items: Subscription[] }>("subscriptions.operators.coreos.com", "-A");
  const csvs = await world.csvs();
  const heads = items
    .filter(({ spec }) => spec.installPlanApproval !== "Manual")
    .map(({ spec: { name, channel } }) => {
      const head = `jsonpath={.status.channels[?(@.name=="${channel}")].currentCSV}`;
      return world.kubectl("get", "packagemanifest", name, "-n", "openshift-marketplace", "-o", head);
    });
  return (await Promise.all(heads)).every((head) => csvs.includes(`${head} Succeeded`));
}

/** The tests on a release that is installed; those of `meanwhile` are handed what says what a run has left. */
const works = (version: string, meanwhile: (left: () => Promise<string[]>) => void = () => undefined) => {
  let stack: Stack;
  let before: Inventory;
  let installed: Inventory;

  beforeAll(async () => {
    await world.forget();
    before = await world.inventory();
    stack = world.stack(`smoke-${version.replace(".", "-")}`, {
      orchestrator: { version },
      workflowNamespaces: [{ name: "loans" }],
    });
    await ok(stack.up(), `up of ${version}`);
    await waitFor("OLM to be done with upgrades", isUpgraded, { timeout: 400, interval: 3_000 });
    installed = await world.atRest(15);
  });

  /** What a run has left; nothing, as it should be. */
  const left = () => world.leftovers(installed);

  it("passes, and leaves nothing", async () => {
    const { code, report } = await smoke();
    expect(report).toMatchObject({ outcome: "passed", namespace: home });
    expect(report.instance).toMatch(/^[0-9a-f-]{36}$/);
    expect(code).toBe(0);
    expect(await left()).toEqual([]);
  });

  it("passes with a prebuilt image, in a namespace without a platform", async () => {
    const { code, report } = await smoke("--namespace", "loans", "--image", "registry.example.com/smoke:1.0");
    expect(report).toMatchObject({ outcome: "passed", namespace: "loans" });
    expect(code).toBe(0);
    expect(await left()).toEqual([]);
  });

  meanwhile(left);

  it("tells that a policy keeps the API server out, and up lets it in again", async () => {
    await world.kubectl("delete", "networkpolicy", "allow-api-server", "-n", home);
    const { code, report } = await smoke();
    expect(report.trouble?.text).toContain("keeps the API server out, pulumi up lets it in");
    expect(code).toBe(1);
    await ok(stack.up(), "up, which lets the API server in again");
    installed = await world.inventory();
    expect((await smoke()).report.outcome).toBe("passed");
    expect(await left()).toEqual([]);
  });

  it("tells that Data Index is down, and makes nothing", async () => {
    await world.kubectl("scale", ...dataIndex, "--replicas=0");
    const { code, report } = await smoke();
    expect(report.trouble?.text).toContain("sonataflow-platform-data-index-service is not ready");
    expect(code).toBe(1);
    expect(await isThere()).toBe(false);
    await world.kubectl("scale", ...dataIndex, "--replicas=1");
    await world.kubectl("wait", ...dataIndex, "--for=condition=Available", "--timeout=60s");
    expect((await smoke()).report.outcome).toBe("passed");
  });

  it("is in the way of nothing when the stack goes", async () => {
    await ok(stack.destroy(), `destroy of ${version}`);
    expect(await world.leftovers(before)).toEqual([]);
  });
};

/** What does not depend on the release. */
const copes = (left: () => Promise<string[]>) => {
  it("takes over what a killed run has left", async () => {
    const killed = start("--image", "registry.example.com/smoke:missing");
    await waitFor("the workflow", isThere, { timeout: 60 });
    killed.signal("SIGKILL");
    await killed.ended;
    expect(await isThere()).toBe(true);
    const { code, report } = await smoke();
    expect(report.steps.map(({ text }) => text)).toContain("what an earlier run had left is removed");
    expect(report.outcome).toBe("passed");
    expect(code).toBe(0);
    expect(await left()).toEqual([]);
  });

  it("takes over one that ran, with its Deployment and what Data Index knows of it", async () => {
    const killed = start();
    const isAvailable = () =>
      world.kubectl("get", "deployment", name, "-n", home, "-o", "jsonpath={.status.availableReplicas}").then(
        (replicas) => replicas === "1",
        () => false,
      );
    await waitFor("its Deployment", isAvailable, { timeout: 60, interval: 100 });
    killed.signal("SIGKILL");
    await killed.ended;
    expect(await isThere()).toBe(true);
    const { report } = await smoke();
    expect(report.outcome).toBe("passed");
    expect(report.steps).toHaveLength(6);
    expect(await left()).toEqual([]);
  });

  it("removes what it has made when it is interrupted", async () => {
    const interrupted = start("--image", "registry.example.com/smoke:missing");
    await waitFor("the workflow", isThere, { timeout: 60 });
    interrupted.signal("SIGINT");
    const { code, stdout } = await interrupted.ended;
    expect((JSON.parse(stdout) as Report).trouble?.text).toBe("it was interrupted");
    expect(code).toBe(1);
    expect(await left()).toEqual([]);
  });

  it("refuses where somebody else has a workflow of its name, and leaves that alone", async () => {
    await world.apply({
      apiVersion: "sonataflow.org/v1alpha08",
      kind: "SonataFlow",
      metadata: { name, namespace: home },
      spec: {
        flow: { start: "Done", states: [{ name: "Done", type: "inject", data: { a: 1 }, end: true }] },
      },
    });
    const { code, report } = await smoke();
    expect(report.trouble?.text).toContain(`SonataFlow ${home}/${name} is somebody else's`);
    expect(code).toBe(3);
    expect(await isThere()).toBe(true);
    await world.kubectl("delete", "sonataflow", name, "-n", home);
    expect(await left()).toEqual([]);
  });

  it("tells that the image cannot be pulled, in the operator's words", async () => {
    const { code, report } = await smoke("--image", "registry.example.com/smoke:missing");
    expect(report.trouble?.text).toContain('Back-off pulling image "registry.example.com/smoke:missing"');
    expect(code).toBe(1);
    expect(await left()).toEqual([]);
  });

  it("tells how a workflow ends that does so in an error", async () => {
    const { code, report } = await smoke("--image", "registry.example.com/smoke:failing");
    expect(report.trouble?.text).toContain("the image's workflow ends in an error");
    expect(code).toBe(1);
    expect(await left()).toEqual([]);
  });
};

describe("a smoke test of Orchestrator 1.4", () => {
  works("1.4");
});

describe("a smoke test of Orchestrator 2.1", () => {
  works("2.1", copes);
});
