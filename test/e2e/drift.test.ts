import { beforeAll, describe, expect, it } from "vitest";
import { waitFor, type Inventory, type Stack } from "../../sandbox/src";
import { fails, ok, said, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const namespace = "orchestrator-operator";
const pinned = "orchestrator-operator.v1.2.3";

interface InstallPlan {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly approved: boolean; readonly clusterServiceVersionNames: readonly string[] };
}

/** What an admin does to an operator behind the stack's back, as public reports have it. */
describe("an operator that was changed by hand", () => {
  let stack: Stack;
  let before: Inventory;

  const phase = (csv: string) =>
    world.kubectl("get", "csv", csv, "-n", namespace, "--ignore-not-found", "-o", "jsonpath={.status.phase}");
  const remove = (kind: string, name: string) => world.kubectl("delete", kind, name, "-n", namespace);

  beforeAll(async () => {
    before = await world.inventory();
    stack = world.stack("drift", {
      operator: { timeoutMinutes: 4 },
      orchestrator: { deleteTimeoutMinutes: 4 },
    });
    await ok(stack.up(), "up");
    await ok(stack.up(unchanged), "up, unchanged");
  });

  it("is installed again after it was uninstalled in the console", async () => {
    await remove("subscription.operators.coreos.com", "orchestrator-operator");
    await remove("csv", pinned);
    expect(said(await ok(stack.preview(), "preview"))).toMatch(/orchestrator-operator-ready update/);
    await ok(stack.up(), "up, operator uninstalled");
    expect(await phase(pinned)).toBe("Succeeded");
    expect(await stack.outputs()).toMatchObject({ operatorVersion: pinned });
    await ok(stack.up(unchanged), "up, unchanged");
  });

  it("is installed again after its Subscription was deleted, which leaves it running", async () => {
    await remove("subscription.operators.coreos.com", "orchestrator-operator");
    const { stdout, stderr } = await ok(stack.up(), "up, Subscription deleted");
    expect(stdout + stderr).toContain(`OLM has lost sight of ClusterServiceVersion ${namespace}/${pinned}`);
    expect(await phase(pinned)).toBe("Succeeded");
    await ok(stack.up(unchanged), "up, unchanged");
  });

  it("is installed again after its CSV was deleted to restart it", async () => {
    await remove("csv", pinned);
    const { stdout, stderr } = await ok(stack.up(), "up, CSV deleted");
    expect(stdout + stderr).toContain(`${pinned} is gone`);
    expect(await phase(pinned)).toBe("Succeeded");
    await ok(stack.up(unchanged), "up, unchanged");
  });

  it("is installed again after OLM has lost sight of it", async () => {
    // As where the API server was down just after OLM had made the InstallPlan: only what OLM notes second is missing.
    const lose = ["currentCSV", "installedCSV", "installPlanRef", "installplan", "installPlanGeneration"].map(
      (field) => ({ op: "remove", path: `/status/${field}` }),
    );
    const subscription = ["subscription.operators.coreos.com", "orchestrator-operator", "-n", namespace];
    const has = Object.keys(
      (
        await world.json<{ status: object }>(
          "subscription.operators.coreos.com",
          "orchestrator-operator",
          "-n",
          namespace,
        )
      ).status,
    );
    const patch = JSON.stringify(lose.filter(({ path }) => has.includes(path.slice("/status/".length))));
    await world.kubectl("patch", ...subscription, "--subresource=status", "--type=json", "-p", patch);
    await waitFor("the conflict", async () =>
      (await world.kubectl("get", ...subscription, "-o", "jsonpath={.status.conditions}")).includes(
        "is not referenced by",
      ),
    );
    const { stdout, stderr } = await ok(stack.up(), "up, CSV lost");
    expect(stdout + stderr).toContain(`OLM has lost sight of ClusterServiceVersion ${namespace}/${pinned}`);
    expect(await phase(pinned)).toBe("Succeeded");
    await ok(stack.up(unchanged), "up, unchanged");
  });

  it("is told of where somebody has approved an InstallPlan beyond the pin", async () => {
    const next = async () => {
      const { items } = await world.json<{ items: InstallPlan[] }>("installplan", "-n", namespace);
      return items.find(({ spec }) => !spec.approved && !spec.clusterServiceVersionNames.includes(pinned));
    };
    await waitFor("the InstallPlan of the next version", async () => (await next()) !== undefined);
    const plan = await next();
    const [version = ""] = plan?.spec.clusterServiceVersionNames ?? [];
    const approval = ["--type", "merge", "-p", '{"spec":{"approved":true}}'];
    await world.kubectl("patch", "installplan", plan?.metadata.name ?? "", "-n", namespace, ...approval);
    await waitFor("the next version", async () => (await phase(version)) === "Succeeded", { timeout: 60 });

    for (const what of ["up, beyond the pin", "once more"]) {
      expect(await fails(stack.up(), what)).toContain(
        `${version} is installed, and OLM does not go back to ${pinned}`,
      );
    }
    await stack.setConfig("orchestrator", JSON.stringify({ version: "1.3", deleteTimeoutMinutes: 4 }));
    await ok(stack.up(), "up, with the release that is there");
  });

  it("goes with the stack all the same", async () => {
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});
