import { beforeEach, describe, expect, it } from "vitest";
import type { Ref } from "../../kube/objects";
import { awaitOrchestrator } from "../../tasks/orchestrator/awaitOrchestrator";
import { object } from "../support/apiServer";
import { api, olm } from "../support/api";

describe("waiting for the Orchestrator", () => {
  const ref = {
    apiVersion: "rhdh.redhat.com/v1alpha1",
    kind: "Orchestrator",
    namespace: "o",
    name: "orchestrator",
  };
  const input = {
    ref,
    digest: "1",
    uid: "u",
    dependencies: [],
    packages: [],
    objects: [],
    rhdh: { name: "backstage", namespace: "rhdh" },
    secret: { namespace: "rhdh", name: "s" },
    minutes: 20,
  } as const;
  const orchestrator = (conditions: object[], statusTime = "2026-01-01T00:00:05Z") =>
    object(
      ref.apiVersion,
      ref.kind,
      "o/orchestrator",
      { status: { conditions } },
      {
        managedFields: [
          { manager: "pulumi", time: "2026-01-01T00:00:03Z" },
          { manager: "operator", subresource: "status", time: statusTime },
        ],
      },
    );
  const deployed = { type: "Deployed", status: "True", reason: "InstallSuccessful" };
  const failed = (message: string) => ({
    type: "ReleaseFailed",
    status: "True",
    reason: "InstallError",
    message,
  });

  it("ends when it is deployed", async () => {
    api.put(orchestrator([deployed]));
    expect(await awaitOrchestrator(api.cluster, input)).toEqual({
      condition: "Deployed (InstallSuccessful)",
      rhdhUrl: "unknown",
    });
  });

  describe("that is deployed, which says only that its chart was applied", () => {
    const dependencies = [
      { namespace: "rhdh", subscription: "rhdh", settings: "rhdh.subscription", sourceSettings: [] },
    ];
    const knative: Ref = {
      apiVersion: "operator.knative.dev/v1beta1",
      kind: "KnativeServing",
      namespace: "knative-serving",
      name: "knative-serving",
    };
    const wait = (minutes = 5) =>
      awaitOrchestrator(api.cluster, { ...input, dependencies, objects: [knative], minutes });
    const subscription = (status: object, more: object = {}, time = "2026-01-01T00:00:01Z") =>
      object(
        olm,
        "Subscription",
        "rhdh/rhdh",
        {
          spec: {
            name: "rhdh",
            channel: "fast-1.2",
            source: "redhat-operators",
            sourceNamespace: "openshift-marketplace",
            ...more,
          },
          status,
        },
        { managedFields: [{ manager: "helm", time }] },
      );
    const csv = object(olm, "ClusterServiceVersion", "rhdh/rhdh-operator.v1", {
      status: { phase: "Succeeded" },
    });
    const installed = { installedCSV: "rhdh-operator.v1", currentCSV: "rhdh-operator.v1" };
    const serving = (status: string, more: object = {}) =>
      object(knative.apiVersion, knative.kind, "knative-serving/knative-serving", {
        status: { conditions: [{ type: "Ready", status, ...more }] },
      });
    beforeEach(() => {
      api.put(
        orchestrator([deployed]),
        object(olm, "CatalogSource", "openshift-marketplace/redhat-operators", {
          status: { connectionState: { lastObservedState: "READY" } },
        }),
      );
    });

    it("waits for its Subscriptions, for their operators, and for what these run", async () => {
      await expect(wait(1)).rejects.toThrow(/Subscription rhdh\/rhdh does not exist yet$/);
      api.put(subscription({}));
      await expect(wait(1)).rejects.toThrow(/Subscription rhdh is new$/);
      api.put(subscription(installed), csv);
      await expect(wait(1)).rejects.toThrow(
        /KnativeServing knative-serving\/knative-serving does not exist yet$/,
      );
      api.put(serving("False", { reason: "NotReady", message: "Waiting on deployments" }));
      await expect(wait(1)).rejects.toThrow(/not ready: NotReady: Waiting on deployments$/);
      api.put(serving("True"));
      expect(await wait()).toMatchObject({ condition: "Deployed (InstallSuccessful)" });
    });

    it("ends with OLM's reason where an operator cannot come, and with that of an operator that fails", async () => {
      const message = "no operators found in channel fast-1.2 of package rhdh";
      const reason = "ConstraintsNotSatisfiable";
      api.put(subscription({ conditions: [{ type: "ResolutionFailed", status: "True", reason, message }] }));
      await expect(wait()).rejects.toThrow(
        `OLM cannot install rhdh. ResolutionFailed (${reason}): ${message}. It looked for channel fast-1.2 in ` +
          "CatalogSource openshift-marketplace/redhat-operators: check rhdh.subscription.channel",
      );
      api.put(
        subscription(installed),
        csv,
        serving("False", { reason: "InstallFailed", message: "no image" }),
      );
      await expect(wait()).rejects.toThrow(
        /^KnativeServing knative-serving\/knative-serving is not ready: InstallFailed: no image$/,
      );
    });

    it("names a catalog that is not there, and what can be done where the release has it as it is", async () => {
      api.put(subscription({}, { source: "mirror" }));
      await expect(wait()).rejects.toThrow(
        "CatalogSource openshift-marketplace/mirror does not exist; the CatalogSources there are: redhat-operators. " +
          "Set orchestrator.version to 1.4, or to 1.7 or later, which can take another catalog; or make a CatalogSource of that name",
      );
    });

    it("approves the version that a Manual Subscription starts at, and tells of any other", async () => {
      const plan = (version: string) =>
        object(olm, "InstallPlan", "rhdh/install-1", {
          spec: { approved: false, clusterServiceVersionNames: [version] },
          status: { phase: "RequiresApproval" },
        });
      const manual = { installPlanApproval: "Manual", startingCSV: "rhdh-operator.v1" };
      const status = { installPlanRef: { name: "install-1" }, state: "UpgradePending" };
      api.put(subscription(status, manual), plan("rhdh-operator.v2"));
      await expect(wait()).rejects.toThrow("InstallPlan rhdh/install-1 waits for approval");
      expect(api.writes).toEqual([]);
      api.put(plan("rhdh-operator.v1"), serving("True"));
      api.onRequest = () => {
        if (api.writes.length > 0) api.put(subscription(installed, manual), csv);
      };
      expect(await wait()).toMatchObject({ condition: "Deployed (InstallSuccessful)" });
    });

    it("gives OLM the time to look at a Subscription that the roll-out has changed", async () => {
      api.put(subscription(installed, {}, "2026-01-01T00:00:04Z"), csv, serving("True"));
      let looks = 0;
      api.onRequest = () => {
        if (++looks === 60)
          api.put(
            subscription({ ...installed, installedCSV: "rhdh-operator.v2", currentCSV: "rhdh-operator.v2" }),
            object(olm, "ClusterServiceVersion", "rhdh/rhdh-operator.v2", { status: { phase: "Succeeded" } }),
          );
      };
      await wait();
      expect(looks).toBeGreaterThan(40);
    });
  });

  it("passes the operator's message on", async () => {
    api.put(orchestrator([failed('namespaces "rhdh" not found')]));
    await expect(awaitOrchestrator(api.cluster, input)).rejects.toThrow(
      'Orchestrator o/orchestrator: ReleaseFailed (InstallError): namespaces "rhdh" not found',
    );
  });

  it("does not take the answer to the spec before for the answer to this one", async () => {
    api.put(orchestrator([deployed], "2026-01-01T00:00:01Z"));
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 6) api.put(orchestrator([failed("the new spec is wrong")]));
    };
    await expect(awaitOrchestrator(api.cluster, input)).rejects.toThrow("the new spec is wrong");
  });

  it("wakes the operator that pauses after a failure, and believes what it says then", async () => {
    api.put(orchestrator([failed("BACKEND_SECRET is missing")], "2026-01-01T00:00:01Z"));
    api.onRequest = () => {
      if (api.writes.includes("PATCH Orchestrator o/orchestrator")) api.put(orchestrator([deployed]));
    };
    expect(await awaitOrchestrator(api.cluster, input)).toMatchObject({
      condition: "Deployed (InstallSuccessful)",
    });
  });

  it("hides the Secret that the operator prints", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    api.put(object("v1", "Secret", "rhdh/s", { data: { GITHUB_TOKEN: base64("ghp_planted") } }));
    api.put(
      orchestrator([
        failed(`no key in {"data":{"GITHUB_TOKEN":"${base64("ghp_planted")}"},"kind":"Secret"}, ghp_planted`),
      ]),
    );
    const error = await awaitOrchestrator(api.cluster, input).then(
      String,
      (reason: unknown) => (reason as Error).message,
    );
    expect(error).toContain("no key in");
    expect(error).not.toContain("ghp_planted");
    expect(error).not.toContain(base64("ghp_planted"));
  });
});
