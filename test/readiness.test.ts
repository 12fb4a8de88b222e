import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sonataFlowPlatform } from "../config/names";
import type { Ref } from "../tasks/cluster";
import { unready } from "../tasks/readiness";
import { ApiServer, object } from "./support/apiServer";

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
const say = async (...refs: Ref[]) => (await unready(api.cluster, refs)).map(({ text }) => text);

function putPlatform(): void {
  const services = { dataIndex: { enabled: true }, jobService: { enabled: true }, other: { enabled: true } };
  const { apiVersion, kind, name } = platform;
  api.put(object(apiVersion, kind, `s/${name}`, { spec: { services }, status: condition("Succeed") }));
}
function putDeployment(name: string, status: object, generation = 1): void {
  const spec = { replicas: 1 };
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
    expect(await unready(api.cluster, [platform])).toMatchObject([
      {
        hasFailed: true,
        text: "Deployment s/sonataflow-platform-data-index-service is not ready: ProgressDeadlineExceeded: timed out",
      },
    ]);
  });
});
