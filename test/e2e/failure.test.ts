import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { waitFor } from "../../sandbox/src";
import { fails, githubToken, ok, rhdhSecret, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const olm = "operators.coreos.com/v1alpha1";

describe("a failure to install the operator", () => {
  const condition = async (config: object, setUp?: () => Promise<void>, tearDown?: () => Promise<void>) => {
    const before = await world.inventory();
    await setUp?.();
    const stack = world.stack(`failure-${failures++}`, { operator: config, preflight: "warn" });
    const begun = Date.now();
    const message = await fails(stack.up(), `up, ${JSON.stringify(config)}`);
    expect(Date.now() - begun).toBeLessThan(150_000);
    await ok(stack.destroy(), "destroy");
    await tearDown?.();
    expect(await world.leftovers(before)).toEqual([]);
    return message;
  };
  let failures = 0;

  it("names a channel that does not exist", async () => {
    const message = await condition({ channel: "alpha" });
    expect(message).toMatch(
      /ResolutionFailed \(ConstraintsNotSatisfiable\): .*no operators found in channel alpha/,
    );
    expect(message).toContain("check operator.channel, operator.startingCSV and operator.source");
  });

  it("names a version that does not exist", async () => {
    expect(await condition({ startingCSV: "orchestrator-operator.v9.9.9" })).toMatch(
      /ConstraintsNotSatisfiable.*v9\.9\.9/s,
    );
  });

  it("names a catalog that does not exist", async () => {
    expect(await condition({ source: "community" })).toContain(
      "CatalogSource openshift-marketplace/community does not exist; the CatalogSources there are: redhat-operators",
    );
  });

  it("names a catalog that does not answer", async () => {
    const broken = {
      apiVersion: olm,
      kind: "CatalogSource",
      metadata: { name: "broken", namespace: "openshift-marketplace" },
      spec: { sourceType: "grpc", address: "127.0.0.1:1", displayName: "broken" },
    };
    const message = await condition(
      { source: "broken" },
      () => world.apply(broken),
      async () => {
        await world.kubectl("delete", "catalogsource", "broken", "-n", "openshift-marketplace");
      },
    );
    expect(message).toMatch(/broken/);
    expect(message).toMatch(/not healthy|CatalogSourcesUnhealthy|ErrorPreventedResolution/);
  });

  it("names what a version requires and the cluster does not have", async () => {
    const message = await condition({ channel: "unhealthy", approval: "Automatic" });
    expect(message).toMatch(/orchestrator-operator\.v\S+ is Pending \(RequirementsNotMet\)/);
  });

  it("tells of a plan that a neighbour keeps waiting, and how to approve it", async () => {
    const neighbour = {
      apiVersion: olm,
      kind: "Subscription",
      metadata: { name: "serverless-operator", namespace: "openshift-operators" },
      spec: {
        name: "serverless-operator",
        channel: "stable",
        source: "redhat-operators",
        sourceNamespace: "openshift-marketplace",
        installPlanApproval: "Manual",
      },
    };
    const message = await condition(
      { approval: "Automatic", namespace: "openshift-operators" },
      () => world.apply(neighbour),
      async () => {
        await world.kubectl(
          "delete",
          "subscription.operators.coreos.com",
          "serverless-operator",
          "-n",
          "openshift-operators",
        );
        // What OLM leaves of any Subscription; of ours, the destroy has removed it.
        await world.kubectl(
          "delete",
          "operator.operators.coreos.com",
          "serverless-operator.openshift-operators",
        );
      },
    );
    expect(message).toMatch(/InstallPlan openshift-operators\/install-\S+ waits for approval/);
    expect(message).toContain("another Subscription in openshift-operators is Manual");
    expect(message).toContain("oc patch installplan");
  });
});

describe("a failure to roll the Orchestrator out", () => {
  it("has the reason why an operator cannot come that this one subscribes to", async () => {
    const before = await world.inventory();
    const rhdh = { subscription: { channel: "fast-1.1" } };
    const stack = world.stack("childless", { rhdh, preflight: "false" });
    const message = await fails(stack.up(), "up, with a channel that the catalog does not have");
    expect(message).toContain("no operators found in channel fast-1.1 of package rhdh");
    expect(message).toContain("check rhdh.subscription.channel");
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });

  it("passes on what the operator says, without the Secret that it prints, and can be mended", async () => {
    const before = await world.inventory();
    const stack = world.stack("unrolled");
    await stack.setSecret("githubToken", githubToken);
    const up = fails(stack.up(), "up, with a key that is no more in the Secret");
    const [namespace, name] = rhdhSecret;
    const secret = ["secret", name, "-n", namespace] as const;
    await waitFor("the Secret", () => world.exists(...secret));
    const without = JSON.stringify([{ op: "remove", path: "/data/BACKEND_SECRET" }]);
    await world.kubectl("patch", ...secret, "--type", "json", "-p", without);
    const message = await up;
    expect(message).toContain("ReleaseFailed (InstallError)");
    expect(message).toContain("BACKEND_SECRET");
    expect(message).not.toContain(githubToken);
    expect(message).not.toContain(Buffer.from(githubToken).toString("base64"));
    await sleep(45_000); // By then, the operator pauses for 41 seconds at a time.
    await ok(stack.up(), "up, mended");
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});
