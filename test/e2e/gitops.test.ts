import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { waitFor, type Inventory, type Stack } from "../../sandbox/src";
import { example } from "../support/example";
import { fails, githubToken, ok, rhdhSecret, said, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const argocdPassword = "planted-Argo-CD-password";

const basicKeys = ["BACKEND_SECRET", "K8S_CLUSTER_TOKEN", "K8S_CLUSTER_URL"];
const argocdKeys = ["ARGOCD_PASSWORD", "ARGOCD_URL", "ARGOCD_USERNAME"];
const labelled = (label: string) => world.kubectl("get", "namespace", "-l", label, "-o", "name");
const spec = (path: string) =>
  world.kubectl(
    "get",
    "orchestrator",
    "orchestrator",
    "-n",
    "orchestrator",
    "-o",
    `jsonpath={.spec.${path}}`,
  );
interface Review {
  readonly user?: { readonly username: string };
  readonly allowed?: boolean;
}
const review = async (kind: string, spec: object): Promise<Review> => {
  const answer = await world.sandbox.api.request("POST", `/apis/${kind}`, { spec });
  return (answer as { status: Review }).status;
};
/** Whose token it is. */
const ownerOf = async (token: string) =>
  (await review("authentication.k8s.io/v1/tokenreviews", { token })).user?.username ?? "nobody";
/** Whether a user may do something in all namespaces. */
const may = async (user: string, verb: string, resource: string, group = "") => {
  const spec = { user, resourceAttributes: { verb, resource, group } };
  return (await review("authorization.k8s.io/v1/subjectaccessreviews", spec)).allowed;
};

/** What a stack has made, without ids and what counts up: to tell two ways to one configuration apart. */
const shape = (inventory: Inventory): string[] =>
  [...inventory.keys()].filter(
    (name) =>
      !/InstallPlan|sh\.helm\.release|\/Pod |ReplicaSet|\/Job |ControllerRevision|PersistentVolume /.test(
        name,
      ),
  );

/** The shape, once the operators have done for a while what they do in their own time. */
async function settledShape(): Promise<string[]> {
  let last: string[] = [];
  let quiet = 0;
  await waitFor(
    "the cluster to settle",
    async () => {
      const now = shape(await world.inventory());
      quiet = now.join() === last.join() ? quiet + 1 : 0;
      last = now;
      return quiet >= 4;
    },
    { timeout: 240, interval: 5_000 },
  );
  return last;
}

describe("what setup.sh finds out", () => {
  let stack: Stack;
  let before: Inventory;
  let bare: string[];
  const runs: string[] = [];
  const recorded = async (...args: Parameters<typeof ok>) => {
    const result = await ok(...args);
    runs.push(said(result));
    return result;
  };

  beforeAll(async () => {
    await world.sandbox.fixture("existing-argocd");
    await world.sandbox.fixture("existing-pipelines");
    before = await world.inventory();
    stack = world.stack("existing");
    await stack.setSecret("githubToken", githubToken);
  });

  it("is in the Secret: the address of the cluster, and a token that reads and no more", async () => {
    await recorded(stack.up(), "up");
    expect(await world.rhdhKeys()).toEqual([...basicKeys, "GITHUB_TOKEN"].sort());
    const url = await world.kubectl(
      "get",
      "infrastructure",
      "cluster",
      "-o",
      "jsonpath={.status.apiServerURL}",
    );
    expect(await world.secret(...rhdhSecret, "K8S_CLUSTER_URL")).toBe(url);
    const owner = await ownerOf(await world.secret(...rhdhSecret, "K8S_CLUSTER_TOKEN"));
    expect(owner).toBe("system:serviceaccount:orchestrator:orchestrator");
    expect(await may(owner, "list", "pods")).toBe(true);
    expect(await may(owner, "get", "routes", "route.openshift.io")).toBe(true);
    expect(await may(owner, "list", "secrets")).toBe(false);
    expect(await may(owner, "delete", "pods")).toBe(false);
    bare = await settledShape();
  });

  it("turns GitOps on with an existing Argo CD", async () => {
    await stack.setConfig("gitops", "{}");
    await recorded(stack.up(), "up, GitOps on");
    expect(await world.rhdhKeys()).toEqual([...basicKeys, ...argocdKeys, "GITHUB_TOKEN"].sort());
    expect(await world.secret(...rhdhSecret, "ARGOCD_PASSWORD")).toBe(argocdPassword);
    expect(await world.secret(...rhdhSecret, "ARGOCD_USERNAME")).toBe("admin");
    expect(await world.secret(...rhdhSecret, "ARGOCD_URL")).toMatch(
      /^https:\/\/argocd-server-orchestrator-gitops\./,
    );
    expect(await labelled("rhdh.redhat.com/argocd-namespace=")).toContain("namespace/orchestrator-gitops");
    expect(await labelled("argocd.argoproj.io/managed-by=orchestrator-gitops")).toContain(
      "namespace/sonataflow-infra",
    );
    expect(await spec("argocd")).toContain("orchestrator-gitops");
    await recorded(stack.up(unchanged), "up, unchanged");
  });

  it("turns Tekton on, with Tasks and a Pipeline that need no ClusterTask", async () => {
    await stack.setConfig("tekton", "{}");
    await recorded(stack.up(), "up, Tekton on");
    const tasks = await world.kubectl("get", "tasks.tekton.dev", "-n", "orchestrator-gitops", "-o", "name");
    for (const task of ["git-cli", "flattener", "build-manifests", "build-gitops"])
      expect(tasks).toContain(`/${task}`);
    const pipeline = await world.kubectl(
      "get",
      "pipelines.tekton.dev",
      "workflow-deployment",
      "-n",
      "orchestrator-gitops",
      "-o",
      "json",
    );
    expect(pipeline).not.toContain("ClusterTask");
    await recorded(stack.up(unchanged), "up, unchanged");
  });

  it("keeps all of it out of what others can read", async () => {
    const backend = await world.secret(...rhdhSecret, "BACKEND_SECRET");
    const token = await world.secret(...rhdhSecret, "K8S_CLUSTER_TOKEN");
    const seen = [
      world.stateFiles(),
      runs.join("\n"),
      execFileSync("ps", ["axww", "-o", "args"], { encoding: "utf8" }),
      ...readdirSync(join(world.sandbox.dir, "logs"))
        .filter((file) => file.startsWith("plugin-"))
        .map((file) => readFileSync(join(world.sandbox.dir, "logs", file), "utf8")),
      (await stack.preview(["--diff"])).stdout,
    ].join("\n");
    expect(seen).toContain(rhdhSecret[1]);
    for (const secret of [backend, token, argocdPassword, githubToken]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(seen).not.toContain(secret);
      expect(seen).not.toContain(Buffer.from(secret).toString("base64"));
    }
  });

  it("never rotates the backend secret, until it is asked to, and then once", async () => {
    const backend = () => world.secret(...rhdhSecret, "BACKEND_SECRET");
    const first = await backend();
    await stack.setConfig("rotateBackendSecret", "2026-11");
    await recorded(stack.up(), "up, rotating");
    const second = await backend();
    expect(second).not.toBe(first);
    await recorded(stack.up(unchanged), "up, unchanged");
    expect(await backend()).toBe(second);
  });

  it("leaves nothing of a feature that is turned off again", async () => {
    for (const key of ["tekton", "gitops"]) await stack.removeConfig(key);
    await recorded(stack.up(), "up, all off");
    expect(await world.rhdhKeys()).toEqual([...basicKeys, "GITHUB_TOKEN"].sort());
    expect(await labelled("rhdh.redhat.com/argocd-namespace=")).not.toContain("orchestrator-gitops");
    expect(await labelled("argocd.argoproj.io/managed-by")).toBe("");
    expect(await settledShape()).toEqual(bare);
  });

  it("goes with the stack, and does not stumble over a namespace that is gone, nor brings it back", async () => {
    await stack.setConfig("gitops", "{}");
    await recorded(stack.up(), "up, GitOps on again");
    await world.kubectl("delete", "namespace", "orchestrator-gitops");
    const isTheirs = (line: string) => line.includes("orchestrator-gitops");
    await recorded(stack.destroy(), "destroy, without its Argo CD");
    expect(await world.leftovers(before, (line) => !isTheirs(line))).toEqual([]);
    expect(await world.exists("namespace", "orchestrator-gitops")).toBe(false);
  });
});

describe("without Argo CD", () => {
  it("GitOps is refused, with what to set", async () => {
    const before = await world.inventory();
    await world.kubectl("create", "namespace", "empty");
    const stack = world.stack("without", { gitops: { namespace: "empty" } });
    const message = await fails(stack.up(), "up, without Argo CD");
    expect(message).toContain("there is no ArgoCD in namespace empty");
    expect(message).toContain("gitops.install true");
    await ok(stack.destroy(), "destroy");
    await world.kubectl("delete", "namespace", "empty");
    expect(await world.leftovers(before)).toEqual([]);
  });
});

describe("the operators of GitOps and Pipelines", () => {
  it("come and go with the stack", async () => {
    // Those of the fixtures: OLM marks CRDs that it finds, and those stay.
    const crds = await world.kubectl("get", "crd", "-o", "name");
    const ofFixtures = crds.split("\n").filter((name) => /\.(argoproj\.io|tekton\.dev)$/.test(name));
    await world.kubectl("delete", ...ofFixtures);
    const before = await world.inventory();
    const stack = world.stack("installed", example("gitops"));
    await ok(stack.up(), "up, installing GitOps and Pipelines");
    expect(await world.secret(...rhdhSecret, "ARGOCD_PASSWORD")).toBe(
      await world.secret("orchestrator-gitops", "argocd-cluster", "admin.password"),
    );
    expect(
      await world.exists("pipelines.tekton.dev", "workflow-deployment", "-n", "orchestrator-gitops"),
    ).toBe(true);
    expect(await world.exists("appproject", "orchestrator-gitops", "-n", "orchestrator-gitops")).toBe(true);
    await ok(stack.up(unchanged), "up, unchanged");
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});
