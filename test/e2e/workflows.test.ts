import { beforeAll, describe, expect, it } from "vitest";
import { type Inventory, type Stack } from "../../sandbox/src";
import { fails, ok, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const greeting = "test/e2e/workflows/greeting";
const plain = "test/e2e/workflows/pl*.yaml";
const databaseSecret = "sonataflow-psql-postgresql";

interface Workflow {
  readonly metadata: { readonly uid: string };
  readonly spec: { readonly persistence: { readonly postgresql: object } };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

const workflow = (namespace: string, name: string) =>
  world.json<Workflow>("sonataflow", name, "-n", namespace);
const isRunning = ({ status }: Workflow) =>
  status.conditions.some(({ type, status }) => type === "Running" && status === "True");
const password = (namespace: string) => world.secret(namespace, databaseSecret, "postgres-password");

/** A workflow that no stack has made. */
const foreign = (namespace: string) => ({
  apiVersion: "sonataflow.org/v1alpha08",
  kind: "SonataFlow",
  metadata: { name: "by-hand", namespace },
  spec: { flow: { start: { stateName: "Done" }, states: [{ name: "Done", type: "inject", end: true }] } },
});

/** The cluster's objects in a namespace and their UIDs and versions, but for what controllers keep writing to. */
async function versionsIn(namespace: string): Promise<string> {
  const columns = "KIND:.kind,NAME:.metadata.name,UID:.metadata.uid,VERSION:.metadata.resourceVersion";
  const kinds = "secret,networkpolicy,rolebinding,configmap";
  return world.kubectl("get", kinds, "-n", namespace, "-o", `custom-columns=${columns}`, "--sort-by=.kind");
}

describe("workflow namespaces, of the platform's stack and of one beside it", () => {
  let before: Inventory;
  let platform: Stack;
  let team: Stack;
  const teamA = {
    name: "team-a",
    quota: { pods: 20, "limits.memory": "8Gi" },
    containers: { limits: { memory: "512Mi" } },
    access: [{ group: "team-a" }, { user: "grace", role: "view" }],
    workflows: [greeting, plain],
  };
  const teamC = { name: "team-c", workflows: [plain] };
  const shared = { name: "shared", existing: true, argocdNamespace: "argocd", workflows: [plain] };
  const list = (...entries: object[]) => JSON.stringify(entries);

  beforeAll(async () => {
    await world.kubectl("create", "namespace", "shared");
    before = await world.inventory();
    platform = world.stack("platform", { workflowNamespaces: [teamA, teamC, shared] });
    team = world.stack("team", {
      install: "false",
      workflowNamespaces: [{ name: "team-b", workflows: [plain] }],
    });
  });

  it("cannot be added where there is no platform, which is said", async () => {
    expect(await fails(team.up(), "up, without a platform")).toContain(
      "there is no SonataFlowPlatform with a Data Index on this cluster",
    );
  });

  it("come with the platform, and their workflows run in its database", async () => {
    await ok(platform.up(), "up, with three namespaces");
    for (const [namespace, name] of [
      ["team-a", "greeting"],
      ["team-a", "plain"],
      ["shared", "plain"],
    ] as const) {
      const object = await workflow(namespace, name);
      expect(isRunning(object), name).toBe(true);
      expect(object.spec.persistence.postgresql).toEqual({
        secretRef: {
          name: databaseSecret,
          userKey: "postgres-username",
          passwordKey: "postgres-password",
        },
        serviceRef: {
          name: databaseSecret,
          namespace: "sonataflow-infra",
          port: 5432,
          databaseName: "sonataflow",
          databaseSchema: name,
        },
      });
    }
    expect(await password("team-a")).toBe(await password("sonataflow-infra"));
    const labelled = await world.kubectl("get", "namespace", "-l", "rhdh.redhat.com/workflow-namespace=");
    for (const name of ["team-a", "team-c", "shared"]) expect(labelled).toContain(name);
    expect(await world.exists("namespace", "-l", "argocd.argoproj.io/managed-by=argocd")).toBe(true);
    expect(
      await world.exists("networkpolicy", "allow-rhdh-to-sonataflow-and-workflows", "-n", "shared"),
    ).toBe(true);
    expect(await world.json("quota", "workflows", "-n", "team-a")).toMatchObject({
      spec: { hard: { pods: "20", "limits.memory": "8Gi" } },
    });
    const may = (user: string, verb: string) =>
      world
        .kubectl("auth", "can-i", verb, "secrets", "-n", "team-a", "--as", user, "--as-group", "team-a")
        .catch(() => "no");
    expect((await may("anyone", "update")).trim()).toBe("yes");
    expect(await world.exists("rolebinding", "workflows-view", "-n", "team-a")).toBe(true);
  });

  it("keep a manifest's Secret out of the state's plain text", () => {
    expect(world.stateFiles()).not.toContain("planted-workflow-token");
  });

  it("change nothing when the stack is run again", async () => {
    await ok(platform.up(unchanged), "up, unchanged");
  });

  it("find the platform that somebody else's stack has made", async () => {
    await ok(team.up(), "up, beside the platform");
    expect(await team.outputs()).toMatchObject({
      where: { rhdh: "rhdh-operator", sonataflow: "sonataflow-infra", workflows: ["team-b"] },
    });
    expect(isRunning(await workflow("team-b", "plain"))).toBe(true);
    expect(await password("team-b")).toBe(await password("sonataflow-infra"));
    await ok(team.up(unchanged), "up, unchanged, beside the platform");
  });

  it("ask which, where there are several Developer Hubs", async () => {
    await world.kubectl("create", "namespace", "another-hub");
    const hub = { name: "hub", namespace: "another-hub" };
    await world.apply({ apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Backstage", metadata: hub, spec: {} });
    const undecided = world.stack("undecided", {
      install: "false",
      workflowNamespaces: [{ name: "team-d" }],
    });
    const message = await fails(undecided.up(), "up, with two Developer Hubs");
    expect(message).toContain("Developer Hubs in several namespaces: another-hub, rhdh-operator");
    expect(message).toContain("existingPlatform.rhdhNamespace");
    await undecided.setConfig("existingPlatform", '{"rhdhNamespace":"another-hub"}');
    await ok(undecided.up(), "up, with the one that was chosen");
    const policy = await world.kubectl("get", "networkpolicy", "-n", "team-d", "-o", "yaml");
    expect(policy).toContain("kubernetes.io/metadata.name: another-hub");
    await ok(undecided.destroy(), "destroy");
    await world.kubectl("delete", "namespace", "another-hub");
  });

  it("are named where a workflow does not start, with its operator's reason, and go nevertheless", async () => {
    const workflowNamespaces = [{ name: "team-e", workflows: ["test/e2e/workflows/broken.yaml"] }];
    const broken = world.stack("broken", {
      install: "false",
      workflowNamespaces,
      workflows: { timeoutMinutes: 1 },
    });
    const message = await fails(broken.up(), "up, with a workflow that lacks its Secret");
    expect(message).toContain("SonataFlow team-e/broken does not run");
    expect(message).toContain("no-such-secret");
    await world.apply(foreign("team-e"));
    expect(await fails(broken.destroy(), "destroy, with a workflow of others")).toContain(
      "SonataFlow team-e/by-hand",
    );
    await world.kubectl("delete", "sonataflow", "by-hand", "-n", "team-e");
    await ok(broken.destroy(), "destroy, with a workflow that does not run");
    expect(await world.exists("namespace", "team-e")).toBe(false);
  });

  it("follow a rotated password, in both stacks", async () => {
    const old = await password("sonataflow-infra");
    const urns = (await ok(platform.run(["stack", "--show-urns", "--stack", "platform"]), "stack")).stdout;
    const urn = /urn:\S+::sonataflow-psql-postgresql-password\b/.exec(urns)?.[0] ?? "";
    await ok(platform.up(["--skip-preview", "--replace", urn]), "up, with a new password");
    const fresh = await password("sonataflow-infra");
    expect(fresh).not.toBe(old);
    expect(await password("team-a")).toBe(fresh);
    await ok(team.up(), "up, after the password has changed");
    expect(await password("team-b")).toBe(fresh);
  });

  it("go one by one, and touch nothing else", async () => {
    const untouched = await versionsIn("team-a");
    const { metadata } = await workflow("team-a", "greeting");
    await platform.setConfig("workflowNamespaces", list(teamA, shared));
    await ok(platform.up(), "up, with one namespace less");
    expect(await world.exists("namespace", "team-c")).toBe(false);
    expect(await versionsIn("team-a")).toBe(untouched);
    expect((await workflow("team-a", "greeting")).metadata.uid).toBe(metadata.uid);
  });

  it("do not go while others run something in them, unless that is wished", async () => {
    await world.apply(foreign("team-a"));
    await world.kubectl("create", "deployment", "theirs", "--image=theirs", "-n", "team-a");
    await platform.setConfig("workflowNamespaces", list(shared));
    const message = await fails(platform.up(), "up, with a workflow of others in what goes");
    expect(message).toContain("survive it: SonataFlow team-a/by-hand, Deployment team-a/theirs. ");
    expect(message).toContain("workflows.deleteForeign true");
    expect(isRunning(await workflow("team-a", "greeting"))).toBe(true);
    await platform.setConfig("workflows", '{"deleteForeign":true}');
    await ok(platform.up(), "up, with leave to delete it");
    expect(await world.exists("namespace", "team-a")).toBe(false);
    await platform.removeConfig("workflows");
    await ok(platform.up(), "up, with that leave taken back");
  });

  it("keep the platform from going before them", async () => {
    const output = await fails(platform.destroy(), "destroy, with workflows of another stack");
    const message = /nothing was deleted.*/.exec(output)?.[0] ?? output;
    expect(message).toContain("not survive it: SonataFlow team-b/plain. ");
    expect(isRunning(await workflow("shared", "plain"))).toBe(true);
    expect(await world.exists("networkpolicy", "-n", "shared", "-o", "name")).toBe(true);
    await ok(platform.up(), "up, after a destroy that was refused"); // waits for the workflows anew
  });

  it("go with everything that came because of them, and leave the cluster as it was", async () => {
    await ok(team.destroy(), "destroy, beside the platform");
    expect(await world.exists("sonataflowplatform", "-n", "shared")).toBe(true);
    await ok(platform.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});
