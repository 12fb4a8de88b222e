import { beforeAll, describe, expect, it } from "vitest";
import { type Stack } from "../../sandbox/src";
import { fails, ok, unchanged, useWorld, type World } from "./world";

let world: World;
// Slow, as clusters are: what only ends in time where all starts at once shows here.
// A bundle takes longer than OLM may take to look at a Subscription that has changed.
useWorld((fresh) => (world = fresh), { podsTake: 6, bundlesTake: 25 });

/** What an operator calls done, while what it has made does not run. */
describe("an up that ends when it runs", () => {
  let stack: Stack;

  beforeAll(() => {
    stack = world.stack("ready", {
      orchestrator: { version: "1.9" },
      platform: { dataIndexImage: "registry.example.com/data-index:missing" },
    });
  });

  it("does not end well over a Data Index that is dead, though the platform says Succeed", async () => {
    const message = await fails(stack.up(), "up, Data Index's image missing");
    expect(message).toMatch(
      /Deployment sonataflow-infra\/sonataflow-platform-data-index-service is not ready: Pod sonataflow-infra\/\S+: ImagePullBackOff: Back-off pulling image "registry.example.com\/data-index:missing"/,
    );
  });

  it("goes on once that is right, and changes nothing when it is run again", async () => {
    await stack.setConfig("platform", "{}");
    await ok(stack.up(), "up, Data Index's image right");
    await ok(stack.up(unchanged), "up, unchanged, though operators have written into what it made");
  });

  it("waits for the Developer Hub of this configuration, while that of before still runs", async () => {
    const image = "registry.example.com/hub:missing";
    const initContainers = [{ name: "install-dynamic-plugins", image }];
    await stack.setConfig(
      "spec",
      JSON.stringify({ deployment: { patch: { spec: { template: { spec: { initContainers } } } } } }),
    );
    expect(await fails(stack.up(), "up, Developer Hub's image missing")).toMatch(
      /Deployment rhdh\/backstage-backstage is not ready: Pod rhdh\/\S+: ImagePullBackOff: Back-off pulling image "registry.example.com\/hub:missing"/,
    );
    const deployed = 'jsonpath={.status.conditions[?(@.type=="Deployed")].status}';
    expect(await world.kubectl("get", "backstage", "backstage", "-n", "rhdh", "-o", deployed)).toBe("True");
  });

  it("waits for the operator of a later release, while its bundle is unpacked and that of before still runs", async () => {
    await stack.setConfig("spec", "{}");
    await stack.setConfig("orchestrator", '{"version":"1.10"}');
    await ok(stack.up(), "up of 1.10, from 1.9");
    const installed = "jsonpath={.status.installedCSV}";
    expect(await world.kubectl("get", "subscription", "rhdh", "-n", "rhdh-operator", "-o", installed)).toBe(
      "rhdh-operator.v1.10.1",
    );
    expect(await stack.outputs()).toMatchObject({ operatorVersions: { rhdh: "rhdh-operator.v1.10.1" } });
    await ok(stack.up(unchanged), "up of 1.10, unchanged");
  });
});
