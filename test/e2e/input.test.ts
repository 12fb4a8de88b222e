import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Inventory, type Stack } from "../../sandbox/src";
import { fails, ok, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const folder = "test/e2e/workflows/as-kubectl";
const files = ["10-merge.yaml", "20-octal.yaml", "30-yes.yaml"];
const planted = "planted0secret0in0a0structure";

interface Deployment {
  readonly spec: { readonly template: object };
}

/** What of a Deployment its manifest has a say in. */
const template = async (namespace: string, name: string) =>
  (await world.json<Deployment>("deployment", name, "-n", namespace)).spec.template;

describe("what is given to the program", () => {
  let before: Inventory;
  let stack: Stack;

  beforeAll(async () => {
    // What a team has beside Developer Hub is there before that is.
    await world.kubectl("create", "namespace", "rhdh");
    await world.kubectl(
      "create",
      "configmap",
      "our-login",
      "-n",
      "rhdh",
      "--from-literal=app-config-login.yaml={}",
    );
    await world.kubectl(
      "create",
      "secret",
      "generic",
      "our-login-client",
      "-n",
      "rhdh",
      "--from-literal=OUR_LOGIN=x",
    );
    before = await world.inventory();
    stack = world.stack("input", {
      orchestrator: { version: "1.10" },
      namespaces: { rhdh: { existing: true } },
      workflowNamespaces: [{ name: "billing", workflows: [folder] }],
      spec: {
        application: {
          appConfig: { configMaps: [{ name: "our-login" }] },
          extraEnvs: { secrets: [{ name: "our-login-client" }] },
        },
      },
    });
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

  it("is on the cluster as kubectl would have it", async () => {
    await ok(stack.up(), "up with a team's files");
    await world.kubectl("create", "namespace", "baseline");
    for (const file of files) await world.kubectl("apply", "-n", "baseline", "-f", join(folder, file));
    for (const name of ["rates", "ledger", "mailer"])
      expect(await template("billing", name), name).toEqual(await template("baseline", name));
    expect(await template("billing", "ledger")).toMatchObject({
      spec: { volumes: [{ secret: { defaultMode: 288 } }] },
    });
    expect(readFileSync(join(folder, "20-octal.yaml"), "utf8")).toContain("0440");
    await world.kubectl("delete", "namespace", "baseline", "--wait");
    expect(await world.json("sonataflow", "dunning", "-n", "billing")).toMatchObject({
      spec: {
        podTemplate: {
          container: { name: "workflow", resources: { limits: { memory: "256Mi", cpu: "200m" } } },
        },
      },
    });
  });

  it("is added to what Developer Hub needs", async () => {
    expect(await world.json("backstage", "backstage", "-n", "rhdh")).toMatchObject({
      spec: {
        application: {
          appConfig: { configMaps: [{ name: "app-config-rhdh" }, { name: "our-login" }] },
          extraEnvs: { secrets: [{ name: "backstage-backend-auth-secret" }, { name: "our-login-client" }] },
        },
      },
    });
    await ok(stack.up(unchanged), "up again");
  });

  it("goes", async () => {
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});
