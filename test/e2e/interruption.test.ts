import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { waitFor, type Result } from "../../sandbox/src";
import { killedUp } from "./kill";
import { ok, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

describe("an up that is killed", () => {
  const subscribed = () =>
    world.exists("subscription.operators.coreos.com", "orchestrator-operator", "-n", "orchestrator-operator");
  const requested = () => world.exists("orchestrator", "orchestrator", "-n", "orchestrator");
  const stored = () => world.exists("statefulset", "-n", "sonataflow-infra");
  const namespaced = () => world.exists("namespace", "rhdh-operator");
  const moments = [
    ["its first namespace", namespaced],
    ["its Subscription", subscribed],
    ["its Orchestrator", requested],
  ] as const;

  it("at one moment after the other goes on with the next up", async () => {
    const before = await world.inventory();
    const stack = world.stack("resumed");
    for (const [what, when] of moments) await killedUp(world, stack, what, when);
    await ok(stack.up(), "up, after the last kill");
    await ok(stack.up(unchanged), "up, unchanged");
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });

  // A server that is waited for is on the cluster, and not yet in the state: its volume must not wait for it in vain.
  it.each([...moments, ["its database", stored] as const])(
    "at %s is destroyed without a trace",
    async (what, when) => {
      const before = await world.inventory();
      const stack = world.stack(`abandoned-${what.split(" ").at(-1)?.toLowerCase() ?? ""}`);
      await killedUp(world, stack, what, when);
      await ok(stack.destroy(), `destroy, after a kill at ${what}`);
      expect(await world.leftovers(before)).toEqual([]);
    },
  );

  it("goes on, and goes away, even where what it had made was never written down", async () => {
    const before = await world.inventory();
    const stack = world.stack("amnesia");
    await killedUp(world, stack, "its Subscription", subscribed);
    // The worst moment: made on the cluster, and the engine died before it wrote that to the state.
    const urns = (await ok(stack.run(["stack", "--show-urns", "--stack", "amnesia"]), "stack")).stdout;
    const forgotten = [/urn:\S+Namespace::rhdh\b/, /urn:\S+Subscription::orchestrator-operator\b/].flatMap(
      (pattern) => pattern.exec(urns) ?? [],
    );
    for (const urn of forgotten) {
      await ok(
        stack.run(["state", "delete", urn, "--target-dependents", "--yes", "--stack", "amnesia"]),
        "state delete",
      );
    }
    expect(forgotten.length).toBeGreaterThan(0);
    await ok(stack.up(), "up, after amnesia");
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});

describe("an API server that is killed, and comes back", () => {
  /** Takes the API server away for some seconds as soon as `when` is seen. A run may survive that; the next one has to. */
  async function shaken(
    run: () => Promise<Result>,
    what: string,
    when: () => Promise<boolean>,
  ): Promise<void> {
    const first = run();
    await waitFor(what, when, { timeout: 180, interval: 50 });
    await world.sandbox.killApiServer();
    await sleep(3_000);
    await world.sandbox.restartApiServer();
    if ((await first).code !== 0) await ok(run(), `again, after the API server was away at ${what}`);
  }

  it("costs no more than another run, be it an up or a destroy", async () => {
    const before = await world.inventory();
    const stack = world.stack("shaken");
    const subscribed = () =>
      world.exists(
        "subscription.operators.coreos.com",
        "orchestrator-operator",
        "-n",
        "orchestrator-operator",
      );
    await shaken(() => stack.up(), "an up's Subscription", subscribed);
    await ok(stack.up(unchanged), "up, unchanged");
    const leaving = async () => !(await world.exists("orchestrator", "orchestrator", "-n", "orchestrator"));
    await shaken(() => stack.destroy(), "the end of the Orchestrator", leaving);
    expect(await world.leftovers(before)).toEqual([]);
  });
});
