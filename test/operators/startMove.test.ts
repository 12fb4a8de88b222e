import { describe, expect, it } from "vitest";
import { startMove } from "../../tasks/operators/startMove";
import { object } from "../support/apiServer";
import { api, label, mark, messageOf, olm } from "../support/api";

const namespace = "openshift-serverless-logic";
const former = "logic-operator-rhel8";
const input = {
  installation: "me",
  package: "logic-operator",
  namespace,
  pin: "logic-operator.v1.37.2",
  formerPackages: [former],
};

const component = (name: string) => ({ [`operators.coreos.com/${name}.${namespace}`]: "" });
const subscribed = (name: string, csv: string, labels: object = mark) =>
  object(
    olm,
    "Subscription",
    `${namespace}/${name}`,
    { spec: { name }, status: { installedCSV: csv, currentCSV: csv } },
    { labels },
  );
const version = (name: string, csv: string) =>
  object(olm, "ClusterServiceVersion", `${namespace}/${csv}`, {}, { labels: component(name) });
const crd = (name: string) =>
  object("apiextensions.k8s.io/v1", "CustomResourceDefinition", name, {}, { labels: component(former) });
const workflow = (path: string, labels = {}) =>
  object("sonataflow.org/v1alpha08", "SonataFlow", path, {}, { labels });
const platform = (path: string, strategy?: string) =>
  object("sonataflow.org/v1alpha08", "SonataFlowPlatform", path, {
    spec: { services: { dataIndex: { persistence: { dbMigrationStrategy: strategy } } } },
  });
const migration = (of: string) => object("batch/v1", "Job", `${of}/sonataflow-db-migrator-job`);

describe("the start of a move to another package", () => {
  const installed = () => {
    api.put(
      subscribed(former, "logic-operator-rhel8.v1.36.0"),
      version(former, "logic-operator-rhel8.v1.36.0"),
      object("operators.coreos.com/v1", "Operator", `${former}.${namespace}`),
      crd("sonataflows.sonataflow.org"),
      platform("infra"),
    );
  };

  it("removes the operator of before, and neither platforms nor CRDs", async () => {
    installed();
    await startMove(api.cluster, input);
    expect(api.has("Subscription", former)).toBe(false);
    expect(api.has("ClusterServiceVersion", "logic-operator-rhel8.v1.36.0")).toBe(false);
    expect(api.has("Operator", `${former}.${namespace}`)).toBe(false);
    expect(api.has("SonataFlowPlatform", "infra")).toBe(true);
    expect(api.has("CustomResourceDefinition", "sonataflows.sonataflow.org")).toBe(true);
  });

  it("goes on where a run was killed that had removed the Subscription, and no more", async () => {
    installed();
    api.objects.delete(`Subscription ${namespace}/${former}`);
    await startMove(api.cluster, input);
    expect(api.has("ClusterServiceVersion", "logic-operator-rhel8.v1.36.0")).toBe(false);
    expect(api.has("Operator", `${former}.${namespace}`)).toBe(false);
  });

  it("touches nothing while there is a workflow, also one of the stack's own", async () => {
    installed();
    api.put(workflow("mine/greeting", mark), workflow("theirs/other"));
    const message = await messageOf(startMove(api.cluster, input));
    expect(message).toContain(
      "SonataFlow mine/greeting: of this stack, and did not make way for the move from logic-operator-rhel8.v1.36.0 to logic-operator.v1.37.2. Set orchestrator.version back",
    );
    expect(message).toContain("SonataFlow theirs/other: oc delete sonataflow other -n theirs");
    expect(api.writes).toEqual([]);
  });

  it("removes no operator that another stack has subscribed to", async () => {
    api.put(subscribed(former, "logic-operator-rhel8.v1.36.0", { [label]: "other" }));
    await expect(startMove(api.cluster, input)).rejects.toThrow(`Subscription ${namespace}/${former}`);
    expect(api.writes).toEqual([]);
  });
});

describe("the start of a move to another minor version", () => {
  const move = { ...input, pin: "logic-operator.v1.38.1" };

  it("lets databases be migrated anew, where a platform leaves that to a Job, and does no more", async () => {
    api.put(
      subscribed("logic-operator", "logic-operator.v1.37.2"),
      version("logic-operator", "logic-operator.v1.37.2"),
      platform("by-job/platform", "job"),
      migration("by-job"),
      platform("by-service/platform", "service"),
      migration("by-service"),
    );
    await startMove(api.cluster, move);
    expect(api.writes).toEqual(["DELETE Job by-job/sonataflow-db-migrator-job"]);
  });

  it("does nothing where nothing is moved, whatever there is", async () => {
    await startMove(api.cluster, move);
    api.put(workflow("mine/greeting", mark), platform("by-job/platform", "job"), migration("by-job"));
    await startMove(api.cluster, move);
    api.put(subscribed("logic-operator", "logic-operator.v1.38.0"));
    await startMove(api.cluster, move);
    await startMove(api.cluster, { ...move, pin: undefined });
    expect(api.writes).toEqual([]);
  });
});
