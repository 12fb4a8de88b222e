import { describe, expect, it } from "vitest";
import { claim } from "../../tasks/cluster/claim";
import { object } from "../support/apiServer";
import { api, olm } from "../support/api";

const mine = { "orchestrator-on-openshift/installation": "me" };

const subscription = (path: string, name: string, more: object = {}, labels = {}) =>
  object(olm, "Subscription", path, { spec: { name }, ...more }, { labels });

describe("the claim", () => {
  const packages = [
    {
      package: "logic-operator",
      namespace: "ns",
      packages: ["logic-operator", "logic-operator-rhel8"],
      settings: "serverlessLogic.subscription",
      hint: "say so",
    },
  ];
  const input = { installation: "me", planned: [], prerequisites: [], labels: [], packages };

  it("finds an operator of others wherever it is, under whichever name it brings the same kinds", async () => {
    api.put(subscription("anywhere/logic", "logic-operator-rhel8"), subscription("anywhere/x", "other"));
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow(
      "  - Subscription anywhere/logic, to logic-operator-rhel8, exists, and is not of this stack; say so",
    );
  });

  it("lets the stack's own pass, but not one that nothing leads on from", async () => {
    api.put(subscription("ns/logic-operator", "logic-operator", {}, mine));
    await expect(claim(api.cluster, input, undefined)).resolves.toBeDefined();
    api.put(subscription("ns/logic-operator-rhel8", "logic-operator-rhel8", {}, mine));
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow(
      "is of this stack, and nothing leads from there to logic-operator",
    );
  });
});

describe("the claim of an operator that is moved without workflows", () => {
  const held = { namespace: "ns", settings: "serverlessLogic.subscription", hint: "say so" };
  const both = ["logic-operator", "logic-operator-rhel8"];
  const moved = (pin?: string) => ({
    installation: "me",
    planned: [],
    prerequisites: [],
    labels: [],
    packages: [
      {
        ...held,
        package: "logic-operator",
        packages: both,
        formerPackages: ["logic-operator-rhel8"],
        ...(pin !== undefined && { pin }),
      },
    ],
  });
  const installed = (csv: string, labels = mine) => {
    const name = csv.split(".")[0] ?? "";
    api.put(subscription(`ns/${name}`, name, { status: { installedCSV: csv } }, labels));
  };
  const workflow = (path: string, labels = {}) =>
    object("sonataflow.org/v1alpha08", "SonataFlow", path, {}, { labels });
  const claimed = (pin?: string) => claim(api.cluster, moved(pin), undefined);

  it("refuses another minor version while others have workflows, each with the command for it", async () => {
    installed("logic-operator.v1.38.1");
    api.put(
      workflow("mine/greeting", mine),
      workflow("theirs/other"),
      workflow("team-a/paying", { "orchestrator-on-openshift/installation": "team" }),
    );
    const refused = claimed("logic-operator.v1.39.2");
    await expect(refused).rejects.toThrow(
      "logic-operator.v1.38.1 is moved to logic-operator.v1.39.2 without workflows, and these are not of this stack",
    );
    await expect(refused).rejects.toThrow(
      "SonataFlow theirs/other: oc delete sonataflow other -n theirs; SonataFlow team-a/paying: in the stack that has it, pulumi config set",
    );
    await expect(refused).rejects.not.toThrow("greeting");
    expect(api.writes).toEqual([]);
  });

  it("lets it pass without workflows of others, within a minor version, and where OLM moves it", async () => {
    installed("logic-operator.v1.38.1");
    api.put(workflow("mine/greeting", mine));
    await expect(claimed("logic-operator.v1.39.2")).resolves.toBeDefined();
    api.put(workflow("theirs/other"));
    await expect(claimed()).resolves.toBeDefined();
    await expect(claimed("logic-operator.v1.38.1")).resolves.toBeDefined();
    installed("logic-operator.v1.38.0");
    await expect(claimed("logic-operator.v1.38.1")).resolves.toBeDefined();
  });

  it("lets the package of before make way, without workflows of others, even where OLM moves it", async () => {
    installed("logic-operator-rhel8.v1.36.0");
    await expect(claimed("logic-operator.v1.37.2")).resolves.toBeDefined();
    await expect(claimed()).resolves.toBeDefined();
    api.put(workflow("theirs/other"));
    for (const pin of ["logic-operator.v1.37.2", undefined])
      await expect(claimed(pin)).rejects.toThrow("oc delete sonataflow other -n theirs");
  });

  it("refuses to pass by a minor version, and says by which release to go", async () => {
    installed("logic-operator-rhel8.v1.36.0");
    await expect(claimed("logic-operator.v1.38.1")).rejects.toThrow(
      "Go by Orchestrator 1.9: pulumi config set --path orchestrator.version 1.9; pulumi up",
    );
    api.objects.clear();
    installed("logic-operator.v1.37.2");
    await expect(claimed("logic-operator.v1.39.2")).rejects.toThrow("Go by Orchestrator 1.10: ");
  });

  it("refuses to go back, before any workflow is out", async () => {
    installed("logic-operator.v1.38.1");
    await expect(claimed("logic-operator.v1.37.2")).rejects.toThrow(
      "logic-operator.v1.38.1 is installed, and OLM does not go back to logic-operator.v1.37.2",
    );
    const back = {
      ...held,
      package: "logic-operator-rhel8",
      packages: both,
      formerPackages: [],
      pin: "logic-operator-rhel8.v1.36.0",
    };
    await expect(claim(api.cluster, { ...moved(), packages: [back] }, undefined)).rejects.toThrow(
      "is of this stack, and nothing leads from there to logic-operator-rhel8",
    );
  });

  it("counts no more of them than a line holds", async () => {
    installed("logic-operator.v1.38.1");
    for (let i = 0; i < 12; i++) api.put(workflow(`team/w${i}`));
    await expect(claimed("logic-operator.v1.39.2")).rejects.toThrow("; and 2 others");
  });
});
