import { expect, it } from "vitest";
import { fails, ok, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

/** What the notes of the chart say to wait for, as kind, name, namespace and condition. */
const parts = [
  ["deployment.apps", "knative-openshift", "openshift-serverless", "Available"],
  ["knativeserving", "knative-serving", "knative-serving", "Ready"],
  ["knativeeventing", "knative-eventing", "knative-eventing", "Ready"],
  ["deployment.apps", "logic-operator-rhel8-controller-manager", "openshift-serverless-logic", "Available"],
  ["sonataflowplatform", "sonataflow-platform", "sonataflow-infra", "Succeed"],
  ["sonataflowclusterplatform", "cluster-platform", "", "Succeed"],
  ["deployment.apps", "sonataflow-platform-data-index-service", "sonataflow-infra", "Available"],
  ["deployment.apps", "sonataflow-platform-jobs-service", "sonataflow-infra", "Available"],
  ["backstage", "backstage", "rhdh-operator", "Deployed"],
  ["deployment.apps", "backstage-backstage", "rhdh-operator", "Available"],
];

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Those of the parts that do not work, as of now. */
async function missing(): Promise<string[]> {
  const found = await Promise.all(
    parts.map(async ([kind = "", name = "", namespace = "", type]) => {
      const what = [kind, name, ...(namespace === "" ? [] : ["-n", namespace])];
      const text = await world.kubectl("get", ...what, "-o", "json", "--ignore-not-found").catch(() => "");
      const object = JSON.parse(text || "{}") as Conditioned;
      const isTrue = object.status?.conditions?.some((each) => each.type === type && each.status === "True");
      return isTrue === true ? [] : [`${kind} ${name}`];
    }),
  );
  return found.flat();
}

it("an up of 1.2 ends when all runs that its operator has others bring, or with the reason why not", async () => {
  const before = await world.inventory();
  const channel = { rhdh: { subscription: { channel: "fast-1.1" } } };
  const stack = world.stack("children", { ...channel, preflight: "false" });
  const message = await fails(stack.up(), "up, with a channel that the catalog does not have");
  expect(message).toContain("no operators found in channel fast-1.1 of package rhdh");
  expect(message).toContain("check rhdh.subscription.channel");

  await stack.setConfig("preflight", "true");
  await stack.setConfig("rhdh", "{}");
  await ok(stack.up(), "up");
  expect(await missing()).toEqual([]);
  await ok(stack.up(unchanged), "up, unchanged");
  await ok(stack.destroy(), "destroy");
  expect(await world.leftovers(before)).toEqual([]);
});
