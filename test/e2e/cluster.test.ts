import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describe as lines, diff, waitFor, type Inventory, type Result, type Stack } from "../../sandbox/src";
import { fails, ok, unchanged, World } from "./world";

/** Two clusters, and one kubeconfig file that leads to the one or to the other, as after another `oc login`. */
let own: World;
let other: World;
let stack: Stack;
let kubeconfig: string;

const clusterId = async (world: World): Promise<string> =>
  (await world.json<{ spec: { clusterID: string } }>("clusterversion", "version")).spec.clusterID;
/** What the state has of the stack, by URN: their order is that in which a run has registered them, and tells nothing. */
const resources = async (): Promise<Record<string, unknown>> => {
  const { deployment } = (await stack.export()) as { deployment: { resources: { urn: string }[] } };
  return Object.fromEntries(deployment.resources.map((resource) => [resource.urn, resource]));
};
const leadTo = (world: World) => {
  copyFileSync(world.sandbox.kubeconfig, kubeconfig);
};
const env = () => ({ env: { KUBECONFIG: kubeconfig } });

beforeAll(async () => {
  [own, other] = await Promise.all([World.boot(), World.boot()]);
  kubeconfig = join(own.sandbox.dir, "login");
  stack = own.stack("prod", { workflowNamespaces: [{ name: "team-a" }] });
});
afterAll(async () => {
  await Promise.all([own.stop(), other.stop()]);
});

describe("a kubeconfig that leads to another cluster", () => {
  let installed: Inventory;
  let others: Inventory;
  let state: Record<string, unknown>;

  beforeAll(async () => {
    leadTo(own);
    await ok(stack.up(undefined, env()), "up");
    state = await resources();
    for (const name of ["team-a", "rhdh-operator"]) {
      await other.kubectl("create", "namespace", name);
      await other.kubectl("create", "configmap", "theirs", "-n", name, "--from-literal=kept=yes");
    }
    others = await other.inventory();
    // Workflows' own children of the roll-out come a little later.
    await waitFor("Developer Hub", () => own.exists("route", "backstage-backstage", "-n", "rhdh-operator"));
    leadTo(other);
  });

  it.each<[string, () => Promise<Result>]>([
    ["preview", () => stack.preview([], env())],
    ["preview --refresh=false", () => stack.preview(["--refresh=false"], env())],
    ["up", () => stack.up(undefined, env())],
    ["up --refresh=false", () => stack.up(["--skip-preview", "--refresh=false"], env())],
    ["refresh", () => stack.refresh(undefined, env())],
    ["destroy", () => stack.destroy(undefined, env())],
    ["destroy --refresh=false", () => stack.destroy(["--skip-preview", "--refresh=false"], env())],
    ["destroy --run-program", () => stack.destroy(["--skip-preview", "--run-program"], env())],
  ])("stops %s, and says both clusters and how to go on", async (what, run) => {
    const refusal = await fails(run(), what);
    expect(refusal).toContain(await clusterId(own));
    expect(refusal).toContain(await clusterId(other));
    expect(refusal).toContain("pulumi state delete --all");
    expect(await resources(), "the state").toEqual(state);
    expect(lines(diff(others, await other.inventory()))).toEqual([]);
  });

  it("is no trouble once it leads back", async () => {
    leadTo(own);
    await ok(stack.up(unchanged, env()), "up, unchanged");
    installed = await own.inventory();
  });

  it("has one documented way where the stack's cluster is gone for good", async () => {
    leadTo(other);
    await other.kubectl("delete", "namespace", "team-a", "rhdh-operator");
    const before = await other.inventory();
    await ok(stack.run(["state", "delete", "--all", "--yes", "--stack", stack.name], env()), "state delete");
    await ok(stack.up(undefined, env()), "up on the new cluster");
    await ok(stack.destroy(undefined, env()), "destroy there");
    expect(await other.leftovers(before)).toEqual([]);
  });

  it("has touched nothing on the cluster that it was made on", async () => {
    expect(lines(diff(installed, await own.inventory()))).toEqual([]);
  });
});
