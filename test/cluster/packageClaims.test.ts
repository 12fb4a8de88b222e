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

describe("the claim of an operator that is held", () => {
  const drained = { apiVersion: "sonataflow.org/v1alpha08", kind: "SonataFlow" };
  const moved = (pin?: string) => ({
    installation: "me",
    planned: [],
    prerequisites: [],
    labels: [],
    packages: [
      {
        package: "logic-operator",
        namespace: "ns",
        packages: ["logic-operator"],
        settings: "serverlessLogic.subscription",
        hint: "say so",
        ...(pin !== undefined && { pin, drained }),
      },
    ],
  });
  const installed = (csv: string, labels = mine) => {
    api.put(subscription("ns/logic-operator", "logic-operator", { status: { installedCSV: csv } }, labels));
  };
  const workflow = (path: string) => object("sonataflow.org/v1alpha08", "SonataFlow", path);

  it("refuses another minor version while there are workflows, of whom ever, and says the way", async () => {
    installed("logic-operator.v1.38.1");
    api.put(workflow("team-a/greeting"), workflow("theirs/other"));
    const refused = claim(api.cluster, moved("logic-operator.v1.39.2"), undefined);
    await expect(refused).rejects.toThrow(
      "logic-operator.v1.38.1 is moved to logic-operator.v1.39.2 without workflows, and there are SonataFlow team-a/greeting, SonataFlow theirs/other. Set orchestrator.version back",
    );
    expect(api.writes).toEqual([]);
  });

  it("lets it pass without workflows, within a minor version, and where it is not held", async () => {
    installed("logic-operator.v1.38.1");
    await expect(claim(api.cluster, moved("logic-operator.v1.39.2"), undefined)).resolves.toBeDefined();
    api.put(workflow("team-a/greeting"));
    await expect(claim(api.cluster, moved(), undefined)).resolves.toBeDefined();
    await expect(claim(api.cluster, moved("logic-operator.v1.38.1"), undefined)).resolves.toBeDefined();
    await expect(claim(api.cluster, moved("logic-operator.v1.37.2"), undefined)).resolves.toBeDefined();
    installed("logic-operator.v1.38.0");
    await expect(claim(api.cluster, moved("logic-operator.v1.38.1"), undefined)).resolves.toBeDefined();
  });

  it("counts no more of them than a line holds", async () => {
    installed("logic-operator.v1.38.1");
    for (let i = 0; i < 12; i++) api.put(workflow(`team/w${i}`));
    await expect(claim(api.cluster, moved("logic-operator.v1.39.2"), undefined)).rejects.toThrow(
      "and 2 others. Set",
    );
  });
});
