import { beforeEach, describe, expect, it } from "vitest";
import { awaitDeveloperHub } from "../../tasks/developerHub/awaitDeveloperHub";
import { awaitReady } from "../../tasks/readiness/awaitReady";
import { object } from "../support/apiServer";
import { api } from "../support/api";

describe("waiting for what an operator makes of an object", () => {
  const ref = {
    apiVersion: "operator.knative.dev/v1beta1",
    kind: "KnativeServing",
    namespace: "knative-serving",
    name: "knative-serving",
  };
  const knative = (status: object) =>
    object(ref.apiVersion, ref.kind, `${ref.namespace}/${ref.name}`, { status }, { generation: 2 });
  const ready = (status: string, more: object = {}) => ({
    conditions: [{ type: "Ready", status, ...more }],
  });
  const wait = (more: object = {}) => awaitReady(api.cluster, { objects: [{ ...ref, ...more }], minutes: 5 });

  it("ends when it says so, of the object as it is now", async () => {
    api.put(knative({ observedGeneration: 1, ...ready("True") }));
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 6) api.put(knative({ observedGeneration: 2, ...ready("True") }));
    };
    expect(await wait()).toEqual({ ready: ["KnativeServing knative-serving/knative-serving: Ready"] });
    expect(looks).toBeGreaterThan(5);
  });

  it("gives the operator's reason once it keeps failing, and at the end of the time", async () => {
    api.put(knative(ready("False", { reason: "InstallFailed", message: "no such image" })));
    await expect(wait()).rejects.toThrow(
      /^KnativeServing knative-serving\/knative-serving is not ready: InstallFailed: no such image$/,
    );
    api.put(knative(ready("Unknown", { message: "still at it" })));
    await expect(wait()).rejects.toThrow(/did not happen within 5 minutes: .*still at it/);
  });

  it("says what to do where it is missing", async () => {
    await expect(wait({ hint: "make it" })).rejects.toThrow("does not exist; make it");
    await expect(wait()).rejects.toThrow("does not exist; run pulumi up again");
  });

  describe("of Developer Hub", () => {
    const hub = {
      apiVersion: "rhdh.redhat.com/v1alpha1",
      kind: "Backstage",
      namespace: "rhdh",
      name: "hub",
    };
    const env = { name: "ORCHESTRATOR_CONFIGURATION", value: "new" };
    const input = { ref: hub, version: "1", minutes: 5 };
    const workload = (value: string, counts: object) =>
      object(
        "apps/v1",
        "Deployment",
        "rhdh/backstage-hub",
        {
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: "hub" } },
            template: { spec: { containers: [{ name: "backend", env: [{ ...env, value }] }] } },
          },
          status: {
            observedGeneration: 2,
            replicas: 1,
            updatedReplicas: 1,
            availableReplicas: 1,
            ...counts,
          },
        },
        { generation: 2 },
      );
    const pod = (status: object) => object("v1", "Pod", "rhdh/hub-1", { status }, { labels: { app: "hub" } });

    beforeEach(() => {
      api.put(
        object(hub.apiVersion, hub.kind, "rhdh/hub", {
          spec: { application: { extraEnvs: { envs: [env] } } },
          status: { conditions: [{ type: "Deployed", status: "True" }] },
        }),
        object("route.openshift.io/v1", "Route", "rhdh/backstage-hub", {
          spec: { host: "hub.example.com" },
        }),
      );
    });

    it("ends when its pods run the present configuration, and tells where it is", async () => {
      let looks = 0;
      const before = workload("old", {});
      const rolling = workload("new", { replicas: 2, updatedReplicas: 1, availableReplicas: 1 });
      const stages = [before, before, rolling, rolling, workload("new", {})];
      api.onRequest = (request) => {
        if (request.includes("/deployments/"))
          api.put(stages[Math.min(looks++, stages.length - 1)] ?? before);
      };
      expect(await awaitDeveloperHub(api.cluster, input)).toEqual({
        condition: "Deployed",
        rhdhUrl: "https://hub.example.com",
      });
      expect(looks).toBe(5);
    });

    it("tells of a configuration that its operator does not take in", async () => {
      api.put(workload("old", {}));
      await expect(awaitDeveloperHub(api.cluster, input)).rejects.toThrow(
        "within 5 minutes: Deployment rhdh/backstage-hub is not ready: its operator has not taken in the present configuration yet",
      );
    });

    it("says which container of a new pod ends, and where its log is, while the old one still runs", async () => {
      const ended = { terminated: { exitCode: 1, reason: "Error" } };
      const backOff = { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } };
      const installer = { name: "install-dynamic-plugins", ready: false, state: backOff, lastState: ended };
      const waiting = { waiting: { reason: "PodInitializing" } };
      api.put(
        workload("new", { replicas: 2 }),
        pod({
          initContainerStatuses: [installer],
          containerStatuses: [{ name: "backend", ready: false, state: waiting }],
        }),
      );
      await expect(awaitDeveloperHub(api.cluster, input)).rejects.toThrow(
        /^Deployment rhdh\/backstage-hub is not ready: Pod rhdh\/hub-1: CrashLoopBackOff: its container install-dynamic-plugins ends with code 1 \(Error\); see: oc logs --previous -n rhdh hub-1 -c install-dynamic-plugins$/,
      );
    });

    it("ends where it is asked to run no pods", async () => {
      const none = { replicas: 0, updatedReplicas: 0, availableReplicas: 0 };
      const object = workload("new", none);
      api.put({ ...object, spec: { ...(object["spec"] as object), replicas: 0 } });
      expect((await awaitDeveloperHub(api.cluster, input)).condition).toBe("Deployed");
    });
  });
});
