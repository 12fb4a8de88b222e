import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sonataFlowPlatform } from "../../config/names";
import type { Ref } from "../../kube/objects";
import { findUnready } from "../../tasks/readiness/readiness";
import { ApiServer, object } from "../support/apiServer";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
});
afterEach(() => {
  api.stop();
});

const platform: Ref = { ...sonataFlowPlatform, namespace: "s" };
const condition = (type: string, status = "True", more: object = {}) => ({
  conditions: [{ type, status, ...more }],
});
const say = async (...refs: Ref[]) => (await findUnready(api.cluster, refs)).map(({ text }) => text);

function putPlatform(): void {
  const services = { dataIndex: { enabled: true }, jobService: { enabled: true }, other: { enabled: true } };
  const { apiVersion, kind, name } = platform;
  api.put(object(apiVersion, kind, `s/${name}`, { spec: { services }, status: condition("Succeed") }));
}
function putDeployment(name: string, status: object, generation = 1): void {
  const spec = {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { spec: { containers: [] } },
  };
  api.put(object("apps/v1", "Deployment", `s/${name}`, { spec, status }, { generation }));
}
const running = {
  ...condition("Available"),
  observedGeneration: 1,
  replicas: 1,
  updatedReplicas: 1,
  availableReplicas: 1,
};

describe("an object that says that it is ready", () => {
  it("is not, as long as what its operator makes of it is not there, or does not run", async () => {
    putPlatform();
    expect(await say(platform)).toEqual([
      "Deployment s/sonataflow-platform-data-index-service does not exist yet",
      "Deployment s/sonataflow-platform-jobs-service does not exist yet",
    ]);
    putDeployment("sonataflow-platform-data-index-service", condition("Available", "False"));
    putDeployment("sonataflow-platform-jobs-service", running);
    expect(await say(platform)).toEqual([
      "Deployment s/sonataflow-platform-data-index-service is not ready: 0 of 1 pods are available, 0 of them as they are to be",
    ]);
    putDeployment("sonataflow-platform-data-index-service", running);
    expect(await say(platform)).toEqual([]);
  });

  it("is not, as long as pods of before stand in for those to come", async () => {
    const name = "backstage-hub";
    api.put(
      object("rhdh.redhat.com/v1alpha1", "Backstage", "s/hub", { spec: {}, status: condition("Deployed") }),
    );
    const hub = { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Backstage", namespace: "s", name: "hub" };
    putDeployment(name, running, 2);
    expect(await say(hub)).toEqual([`Deployment s/${name} is not ready: it has changed`]);
    putDeployment(name, { ...running, updatedReplicas: 0 });
    expect(await say(hub)).toEqual([
      `Deployment s/${name} is not ready: 1 of 1 pods are available, 0 of them as they are to be`,
    ]);
    putDeployment(name, { ...running, replicas: 2 });
    expect(await say(hub)).toHaveLength(1);
    putDeployment(name, running);
    expect(await say(hub)).toEqual([]);
  });

  it("has failed where its operator, or Kubernetes, says so", async () => {
    putPlatform();
    putDeployment("sonataflow-platform-jobs-service", running);
    putDeployment(
      "sonataflow-platform-data-index-service",
      condition("Progressing", "False", { reason: "ProgressDeadlineExceeded", message: "timed out" }),
    );
    expect(await findUnready(api.cluster, [platform])).toMatchObject([
      {
        lasting: 60,
        text: "Deployment s/sonataflow-platform-data-index-service is not ready: ProgressDeadlineExceeded: timed out",
      },
    ]);
  });

  it("is not for the reason that what its operator makes has failed, while that only says that it is not done", async () => {
    const hub = { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Backstage", namespace: "s", name: "hub" };
    const put = (reason: string) => {
      api.put(
        object(hub.apiVersion, hub.kind, "s/hub", {
          spec: {},
          status: condition("Deployed", "False", { reason }),
        }),
      );
    };
    put("DeployInProgress");
    putDeployment("backstage-hub", condition("Available", "False"));
    expect(await say(hub)).toEqual(["Backstage s/hub is not ready: DeployInProgress"]);
    putDeployment("backstage-hub", condition("ReplicaFailure", "True", { message: "exceeded quota" }));
    expect(await findUnready(api.cluster, [hub])).toMatchObject([
      { text: "Deployment s/backstage-hub is not ready: exceeded quota", lasting: 60 },
    ]);
    put("DeployFailed");
    expect(await say(hub)).toEqual(["Backstage s/hub is not ready: DeployFailed"]);
  });

  it("is not, as long as its operator has not seen the configuration that it has now", async () => {
    const hub = { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Backstage", namespace: "s", name: "hub" };
    const envs = [
      { name: "ORCHESTRATOR_CONFIGURATION", value: "new" },
      { name: "OF_A_TEAM", value: "in another container" },
    ];
    const put = (value: string, kind = "Deployment") => {
      const env = [{ name: "ORCHESTRATOR_CONFIGURATION", value }];
      const template = { spec: { containers: [{ name: "backend", env }] } };
      const spec = { selector: {}, template };
      api.put(object("apps/v1", kind, "s/backstage-hub", { spec, status: running }));
    };
    const putHub = (more: object = {}) => {
      const spec = { application: { extraEnvs: { envs } }, ...more };
      api.put(object(hub.apiVersion, hub.kind, "s/hub", { spec, status: condition("Deployed") }));
    };
    putHub();
    put("old");
    expect(await say(hub)).toEqual([
      "Deployment s/backstage-hub is not ready: its operator has not taken in the present configuration yet",
    ]);
    put("new");
    expect(await say(hub)).toEqual([]);
    putHub({ deployment: { kind: "StatefulSet" } });
    expect(await say(hub)).toEqual(["StatefulSet s/backstage-hub does not exist yet"]);
    put("new", "StatefulSet");
    expect(await say(hub)).toEqual([]);
  });

  describe("tells why a pod does not start", () => {
    const name = "sonataflow-platform-data-index-service";
    const pod = (status: object) => {
      const created = { creationTimestamp: "2026-01-02T00:00:00Z", labels: { app: name } };
      api.put(object("v1", "Pod", "s/new", { status }, created));
    };
    const container = (state: object, more: object = {}) => ({ name: "main", ready: false, state, ...more });
    const waiting = (reason: string, message?: string) => ({ waiting: { reason, message } });

    beforeEach(() => {
      putPlatform();
      putDeployment("sonataflow-platform-jobs-service", running);
      putDeployment(name, { ...running, availableReplicas: 0 });
      const old = { creationTimestamp: "2026-01-01T00:00:00Z", labels: { app: name } };
      const status = { containerStatuses: [container(waiting("ErrImagePull", "of before"))] };
      api.put(object("v1", "Pod", "s/old", { status }, old));
      api.put(object("v1", "Pod", "s/other", { status }, { labels: { app: "other" } }));
    });

    it.each([
      [
        "ImagePullBackOff: no such image",
        60,
        { containerStatuses: [container(waiting("ImagePullBackOff", "no such image"))] },
      ],
      [
        "CrashLoopBackOff: its container main ends with code 1 (Error); see: oc logs --previous -n s new -c main",
        150,
        {
          containerStatuses: [
            // Just being started again.
            container({ running: {} }, { lastState: { terminated: { exitCode: 1, reason: "Error" } } }),
          ],
        },
      ],
      [
        "CrashLoopBackOff: its container main ends with code 2; see: oc logs --previous -n s new -c main",
        150,
        {
          initContainerStatuses: [container({ terminated: { exitCode: 2 } })],
          containerStatuses: [container(waiting("PodInitializing"))],
        },
      ],
      [
        "Unschedulable: too large",
        undefined,
        {
          conditions: [
            { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "too large" },
          ],
        },
      ],
    ])("%s", async (text, lasting, status) => {
      pod(status);
      expect(await findUnready(api.cluster, [platform])).toMatchObject([
        { text: `Deployment s/${name} is not ready: Pod s/new: ${text}`, ...(lasting && { lasting }) },
      ]);
    });

    it("or counts them, where nothing is wrong but that they take their time", async () => {
      const starting = { containerStatuses: [container(waiting("ContainerCreating"))] };
      pod(starting);
      api.put(object("v1", "Pod", "s/old", { status: starting }, { labels: { app: name } }));
      const unfinished = `Deployment s/${name} is not ready: 0 of 1 pods are available, 1 of them as they are to be`;
      expect(await say(platform)).toEqual([unfinished]);
    });

    it("or that none may be made, or is to be", async () => {
      api.put(object("v1", "Pod", "s/old", { status: {} }, { labels: { app: name } }));
      putDeployment(name, condition("ReplicaFailure", "True", { message: "exceeded quota" }));
      expect(await say(platform)).toEqual([`Deployment s/${name} is not ready: exceeded quota`]);
      const spec = { replicas: 0, selector: {}, template: { spec: { containers: [] } } };
      api.put(object("apps/v1", "Deployment", `s/${name}`, { spec, status: {} }));
      expect(await say(platform)).toEqual([`Deployment s/${name} is not ready: it is scaled to 0`]);
    });
  });
});
