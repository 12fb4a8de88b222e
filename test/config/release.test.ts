import { describe, expect, it } from "vitest";
import { mistakes } from "../support/release";

describe("settings that make no sense from 1.7 on", () => {
  it.each([
    [
      { operator: { namespace: "x" } },
      'operator.namespace is "x": Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it',
    ],
    [
      { operator: { startingCSV: "orchestrator-operator.v1.4.0" } },
      'operator.startingCSV is "orchestrator-operator.v1.4.0": Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it',
    ],
    [
      { orchestrator: { name: "mine" } },
      'orchestrator.name is "mine": Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it',
    ],
    [{ adopt: true }, "adopt is true: Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it"],
    [
      { plugins: { scope: "@x" } },
      'plugins.scope is "@x": Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it',
    ],
    [
      { gitops: {}, tekton: { pipeline: "operator" } },
      'tekton.pipeline is "operator": Orchestrator 1.9 has no such choice; 1.2, 1.3 have it',
    ],
    [
      { serverless: { subscription: { installPlanApproval: "Manual" } } },
      "serverless.subscription.startingCSV: is missing beside installPlanApproval Manual, which approves that version of serverless-operator and no other",
    ],
    [
      { namespaces: { sonataflow: { name: "knative-serving" } } },
      'namespaces.sonataflow.name is "knative-serving": is the namespace of "serverless" too; each needs its own',
    ],
    [
      { rhdh: { subscription: { namespace: "rhdh" } } },
      'rhdh.subscription.namespace is "rhdh": is the namespace of "rhdh" too; the operator needs its own',
    ],
  ])("are refused: %j", (values, message) => {
    expect(mistakes("1.9", values)).toEqual([`  - orchestrator:${message}`]);
  });

  it("and the other way round", () => {
    const message = "Orchestrator 1.4 has no such choice; 1.7, 1.8, 1.9, 1.10, 2.1 have it";
    expect(mistakes("1.4", { rhdh: { existingOperator: true } })).toEqual([
      `  - orchestrator:rhdh.existingOperator is true: ${message}`,
    ]);
  });

  it("leave those alone that make sense for both", () => {
    const values = {
      rhdh: { name: "hub", guestProvider: true, catalogBranch: "b" },
      rhdhSecret: { keys: { githubToken: "TOKEN" } },
      platform: { dataIndexImage: "i", monitoring: { enabled: false } },
      serverlessLogic: { subscription: { installPlanApproval: "Manual" } },
      gitops: {},
      tekton: {},
      spec: { deployment: {} },
    };
    expect(mistakes("1.7", values)).toEqual([]);
  });
});
