import { beforeAll, describe, expect, it } from "vitest";
import { type Inventory } from "../../sandbox/src";
import { fails, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const folder = "test/e2e/workflows/as-kubectl";
const planted = "planted0secret0in0a0structure";

describe("what is given to the program", () => {
  let before: Inventory;

  beforeAll(async () => {
    before = await world.inventory();
  });

  it("is refused with a secret in a structure, or with a cut into what the program sets, and nothing is made", async () => {
    const secretive = world.stack("secretive", { orchestrator: { version: "1.10" } });
    await secretive.setSecret(
      "spec",
      JSON.stringify({ application: { extraEnvs: { envs: [{ name: "A", value: planted }] } } }),
    );
    await secretive.setConfig(
      "workflowNamespaces",
      JSON.stringify([{ name: "loans", workflows: [`${folder}/refused`] }]),
    );
    const text = await fails(secretive.up(), "up with a secret in a structure");
    expect(text).toContain("orchestrator:spec: has an encrypted value");
    expect(text).toContain(
      `${folder}/refused/merge.yaml:9: app is overridden by the << below it; put << first`,
    );
    expect(text).toContain(
      `${folder}/refused/role.yaml:1: ClusterRole everything would be the whole cluster's`,
    );
    expect(text + world.stateFiles()).not.toContain(planted);
    await secretive.setConfig("spec", JSON.stringify({ application: { extraEnvs: null } }));
    expect(await fails(secretive.preview(), "preview with a cut")).toContain(
      "orchestrator:spec.application.extraEnvs is null: is what this program sets itself",
    );
    expect(await world.leftovers(before)).toEqual([]);
  });
});
