import { beforeAll, describe, expect, it } from "vitest";
import type { Inventory, Stack } from "../../sandbox/src";
import { fails, ok, said, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const crd = "orchestrators.rhdh.redhat.com";
/** With its version: kubectl remembers for hours which one the cluster had. */
const kind = (api: string) => `orchestrators.${api}.rhdh.redhat.com`;
const version = (value: string) => JSON.stringify({ version: value });
const config = (value: string, more: object = {}) => ({ orchestrator: { version: value }, ...more });
const uid = (...args: string[]) =>
  world.json<{ metadata: { uid: string } }>(...args).then(({ metadata }) => metadata.uid);
const installedCsv = async () => {
  const subscription = ["orchestrator-operator", "-n", "openshift-operators"];
  const { status } = await world.json<{ status: { installedCSV: string } }>(
    "subscription.operators.coreos.com",
    ...subscription,
  );
  return status.installedCSV;
};

const deployed = "Deployed (InstallSuccessful)";
const completed = "Completed (ReconciliationCompleted)";

/** Whatever of an earlier install would have the next one refused, or would be brought up to date by it. */
const forget = async () => {
  const names = (await world.kubectl("get", "crd", "-o", "jsonpath={.items[*].metadata.name}")).split(" ");
  const kept = names.filter((name) => /knative|sonataflow|rhdh/.test(name));
  if (kept.length > 0) await world.kubectl("delete", "crd", ...kept);
};
const isUp = async (
  name: string,
  csv: string,
  api: string,
  readiness: string,
  rhdh: string,
  stack: Stack,
) => {
  expect(await stack.outputs()).toMatchObject({
    operatorVersion: csv,
    readiness,
    rhdhUrl: `https://backstage-backstage-${rhdh}.apps.sandbox.example`,
  });
  expect(await world.exists(kind(api), "orchestrator", "-n", "orchestrator")).toBe(true);
  expect(await world.exists("namespace", "-l", "rhdh.redhat.com/workflow-namespace=")).toBe(name < "1.5");
};

describe("Orchestrator 1.3", () => {
  it("comes up, stays as it is, and goes without a trace", async () => {
    const before = await world.inventory();
    const stack = world.stack("release-1-3", config("1.3"));
    await ok(stack.up(), "up, 1.3");
    await isUp("1.3", "orchestrator-operator.v1.3.1", "v1alpha1", deployed, "rhdh-operator", stack);
    await ok(stack.up(unchanged), "up, unchanged, 1.3");
    await ok(stack.destroy(), "destroy, 1.3");
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
    await forget();
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

  it("goes by the way round, which keeps the database", async () => {
    await stack.setConfig("orchestrator", version("1.3"));
    await stack.setConfig("postgres", JSON.stringify({ keepData: true }));
    await ok(stack.up(), "up, to keep the data");
    await ok(stack.destroy(), "destroy, with the data kept");

    await stack.setConfig("orchestrator", version("1.4"));
    await stack.setConfig("namespaces", JSON.stringify({ sonataflow: { existing: true } }));
    await stack.setConfig("postgres", JSON.stringify({ existingClaim: claim[1] }));
    expect(await fails(stack.up(), "up, 1.4 with the CRD of 1.3")).toContain(`oc delete crd ${crd}`);
    await world.kubectl("delete", "crd", crd);
    await ok(stack.up(), "up, 1.4 with the data of 1.3");
    await isUp("1.4", "orchestrator-operator.v1.4.0", "v1alpha2", deployed, "rhdh-operator", stack);
    expect(await uid(...claim)).toBe(volume);
    await ok(stack.up(unchanged), "up, unchanged, 1.4");
    await ok(stack.destroy(), "destroy");
    await world.kubectl("delete", "namespace", "sonataflow-infra");
    expect(await world.leftovers(before)).toEqual([]);
  });
});

describe("from 1.5 on", () => {
  it("an operator moves to the next release", async () => {
    await forget();
    const before = await world.inventory();
    const stack = world.stack("moving-on", config("1.5"));
    await ok(stack.up(), "up, 1.5");
    await isUp("1.5", "orchestrator-operator.v1.5.2", "v1alpha3", completed, "rhdh", stack);
    await ok(stack.up(unchanged), "up, unchanged, 1.5");
    const resource = [kind("v1alpha3"), "orchestrator", "-n", "orchestrator"];
    const orchestrator = await uid(...resource);
    await stack.setConfig("orchestrator", version("1.6"));
    await ok(stack.up(), "up, from 1.5.2 to 1.6.1");
    expect(await installedCsv()).toBe("orchestrator-operator.v1.6.1");
    expect(await uid(...resource)).toBe(orchestrator);
    await ok(stack.up(unchanged), "up, unchanged at 1.6.1");
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });

  it("an Argo CD of others gets an AppProject and a pipeline, and loses both", async () => {
    await world.sandbox.fixture("existing-argocd");
    await world.sandbox.fixture("existing-pipelines");
    const before = await world.inventory();
    const stack = world.stack("delivering", config("1.6", { gitops: {}, tekton: {} }));
    await ok(stack.up(), "up, 1.6 with GitOps and Tekton");
    await isUp("1.6", "orchestrator-operator.v1.6.1", "v1alpha3", completed, "rhdh", stack);
    const project = ["appproject", "orchestrator-gitops", "-n", "orchestrator-gitops"];
    expect(await world.exists(...project)).toBe(true);
    const { metadata } = await world.json<{ metadata: { labels: object } }>(...project);
    expect(metadata.labels).not.toHaveProperty(["rhdh.redhat.com/created-by"]);
    await ok(stack.up(unchanged), "up, unchanged");
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});

describe("a release whose operator deletes namespaces by its label", () => {
  const theirs = ["openshift-serverless", "knative-eventing"];

  it("is not installed over namespaces of others, but beside them, and spares them when it goes", async () => {
    await world.kubectl("delete", "crd", crd, "--ignore-not-found");
    for (const name of theirs) {
      await world.kubectl("create", "namespace", name);
      await world.kubectl("create", "configmap", "precious", "-n", name);
    }
    // Left by an earlier install of Orchestrator.
    await world.kubectl(
      "label",
      "namespace",
      "openshift-serverless",
      "rhdh.redhat.com/created-by=orchestrator",
    );

    const refused = world.stack("over", config("1.6"));
    const message = await fails(refused.up(), "up, 1.6 over namespaces of others");
    expect(message).toMatch(/Namespace openshift-serverless exists, .* would delete it on destroy/);
    expect(message).toContain("Namespace knative-eventing exists");
    await ok(refused.destroy(), "destroy");

    const stack = world.stack("beside", config("1.6", { serverless: { install: false } }));
    await ok(stack.up(), "up, 1.6 beside namespaces of others");
    await ok(stack.destroy(), "destroy");
    for (const name of theirs) {
      expect(await world.exists("configmap", "precious", "-n", name)).toBe(true);
      await world.kubectl("delete", "namespace", name);
    }
  });
});
