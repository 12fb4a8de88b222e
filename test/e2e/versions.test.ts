import { beforeAll, describe, expect, it } from "vitest";
import { type Inventory, type Stack } from "../../sandbox/src";
import { fails, ok, said, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

/** With its version: kubectl remembers for hours which one the cluster had. */
const kind = (api: string) => `orchestrators.${api}.rhdh.redhat.com`;
const version = (value: string) => JSON.stringify({ version: value });
const config = (value: string, more: object = {}) => ({ orchestrator: { version: value }, ...more });
const uid = (...args: string[]) =>
  world.json<{ metadata: { uid: string } }>(...args).then(({ metadata }) => metadata.uid);
const installedCsv = async () => {
  const subscription = ["orchestrator-operator", "-n", "orchestrator-operator"];
  const { status } = await world.json<{ status: { installedCSV: string } }>(
    "subscription.operators.coreos.com",
    ...subscription,
  );
  return status.installedCSV;
};

const isUp = async (csv: string, api: string, stack: Stack) => {
  expect(await stack.outputs()).toMatchObject({
    operatorVersion: csv,
    readiness: "Deployed (InstallSuccessful)",
    rhdhUrl: "https://backstage-backstage-rhdh-operator.apps.sandbox.example",
  });
  expect(await world.exists(kind(api), "orchestrator", "-n", "orchestrator")).toBe(true);
  expect(await world.exists("namespace", "-l", "rhdh.redhat.com/workflow-namespace=")).toBe(true);
};

describe("Orchestrator 1.3, which is to take the CRDs of its operators with it", () => {
  let before: Inventory;
  let stack: Stack;

  beforeAll(async () => {
    before = await world.inventory();
    stack = world.stack("release-1-3", config("1.3", { removeCrds: "true" }));
  });

  it("comes up, and stays as it is", async () => {
    await ok(stack.up(), "up, 1.3");
    await isUp("orchestrator-operator.v1.3.1", "v1alpha1", stack);
    await ok(stack.up(unchanged), "up, unchanged, 1.3");
  });

  it("does not take them with what others have of their kinds", async () => {
    await world.kubectl("create", "namespace", "team");
    const [namespace, name] = ["team", "theirs"];
    await world.apply({
      apiVersion: "rhdh.redhat.com/v1alpha1",
      kind: "Backstage",
      metadata: { namespace, name },
      spec: {},
    });
    const message = await fails(stack.destroy(), "destroy, with a Backstage of others");
    expect(message).toMatch(/nothing was deleted, because .*: Backstage team\/theirs/);
    expect(await world.exists("orchestrator", "orchestrator", "-n", "orchestrator")).toBe(true);
    await world.kubectl("delete", "backstage", name, "-n", namespace);
    await world.kubectl("delete", "namespace", namespace);

    // What is in no namespace is seen only when the operators are gone.
    await world.apply({
      apiVersion: "sonataflow.org/v1alpha08",
      kind: "SonataFlowClusterPlatform",
      metadata: { name },
      spec: { platformRef: { name: "none", namespace: "none" } },
    });
    expect(await fails(stack.destroy(), "destroy, with a cluster platform of others")).toContain(
      "SonataFlowClusterPlatform theirs",
    );
    await world.kubectl("delete", "sonataflowclusterplatform", name);
  });

  it("goes without a trace", async () => {
    expect(said(await ok(stack.destroy(), "destroy, 1.3"))).not.toContain("kept, because");
    const crds = await world.kubectl("get", "crd", "-o", "jsonpath={.items[*].metadata.name}");
    // Those of Knative's own kinds come with KnativeServing and KnativeEventing, and not with an operator.
    expect(crds.split(" ").filter((name) => /operator\.knative|sonataflow|rhdh/.test(name))).toEqual([]);
    expect(await world.leftovers(before)).toEqual([]);
  });
});

describe("an operator that is installed", () => {
  let stack: Stack;
  let before: Inventory;
  let orchestrator: string;
  let volume: string;
  const claim = ["pvc", "data-sonataflow-psql-postgresql-0", "-n", "sonataflow-infra"];
  const resource = [kind("v1alpha1"), "orchestrator", "-n", "orchestrator"];

  beforeAll(async () => {
    await world.forget();
    before = await world.inventory();
    stack = world.stack("moving");
    await ok(stack.up(), "up, 1.2");
    [orchestrator, volume] = [await uid(...resource), await uid(...claim)];
  });

  it("moves to a new pin, by each version on the way, and keeps what it looks after", async () => {
    await stack.setConfig("orchestrator", version("1.3"));
    const up = await ok(stack.up(), "up, from 1.2.3 to 1.3.1");
    expect(said(up)).toMatch(/approving .* installs orchestrator-operator\.v1\.3\.0/);
    expect(await stack.outputs()).toMatchObject({ operatorVersion: "orchestrator-operator.v1.3.1" });
    expect(await installedCsv()).toBe("orchestrator-operator.v1.3.1");
    expect([await uid(...resource), await uid(...claim)]).toEqual([orchestrator, volume]);
    await ok(stack.up(unchanged), "up, unchanged at 1.3.1");
  });

  it("does not go back", async () => {
    await stack.setConfig("orchestrator", version("1.2"));
    expect(await fails(stack.up(), "up, from 1.3.1 to 1.2.3")).toContain(
      "orchestrator-operator.v1.3.1 is installed, and OLM does not go back to orchestrator-operator.v1.2.3",
    );
  });

  it("does not go where its custom resources cannot follow, and says the way round", async () => {
    await stack.setConfig("orchestrator", version("1.4"));
    const message = await fails(stack.up(), "up, from 1.3.1 to 1.4.0");
    expect(message).toContain("orchestrator-operator.v1.3.1 cannot be moved to orchestrator-operator.v1.4.0");
    expect(message).toContain("postgres.keepData true");
    expect(await installedCsv()).toBe("orchestrator-operator.v1.3.1");
    expect([await uid(...resource), await uid(...claim)]).toEqual([orchestrator, volume]);
  });

  it("goes without a trace", async () => {
    await stack.setConfig("orchestrator", version("1.3"));
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});
