import { beforeAll, describe, expect, it } from "vitest";
import { crowd, waitFor, type Inventory, type Stack } from "../../sandbox/src";
import { fails, ok, said, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const rbac = "rbac.authorization.k8s.io/v1";
const workflows = ["test/e2e/workflows/plain.yaml"];
const database = "sonataflow-psql-postgresql";

/** What anybody has been sent as lists of ClusterServiceVersions until now, in MB, as the API server counts it. */
async function listedCsvs(): Promise<number> {
  const metrics = await world.kubectl("get", "--raw", "/metrics");
  const sums = metrics
    .split("\n")
    .filter((line) => line.startsWith("apiserver_response_sizes_sum{"))
    .filter((line) => line.includes('resource="clusterserviceversions"') && line.includes('verb="LIST"'));
  return sums.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0) / 1e6;
}

/** A user of its own, who may do nothing but what these rules say. @returns the path of a kubeconfig. */
async function userWith(everywhere: object[], inside: Readonly<Record<string, object[]>>): Promise<string> {
  const subjects = [{ kind: "ServiceAccount", name: "team", namespace: "default" }];
  await world.kubectl("create", "serviceaccount", "team", "-n", "default");
  const give = async (scope: "Cluster" | "", rules: object[], metadata: object) => {
    await world.apply({ apiVersion: rbac, kind: `${scope}Role`, metadata, rules });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: `${scope}Role`, name: "team" };
    await world.apply({ apiVersion: rbac, kind: `${scope}RoleBinding`, metadata, roleRef, subjects });
  };
  await give("Cluster", everywhere, { name: "team" });
  for (const [namespace, rules] of Object.entries(inside)) await give("", rules, { name: "team", namespace });
  return world.kubeconfigOf((await world.kubectl("create", "token", "team", "-n", "default")).trim());
}

const rule = (group: string, resources: string[], ...verbs: string[]) => ({
  apiGroups: [group],
  resources,
  verbs,
});

describe("a cluster of many namespaces, each with a copy of every operator", () => {
  let before: Inventory;
  let platform: Stack;

  beforeAll(async () => {
    await crowd(world.sandbox.api, { namespaces: 40 });
    await world.kubectl("create", "namespace", "team-a");
    before = await world.inventory();
    platform = world.stack("platform");
  });

  it("is no burden to an up", async () => {
    const listed = await listedCsvs();
    await ok(platform.up(), "up, on a large cluster");
    expect((await listedCsvs()) - listed).toBeLessThan(8);
  });

  it("has an API without a server, and a user with rights in one namespace, for whom all goes well", async () => {
    await world.apply({
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.dead.example" },
      spec: {
        group: "dead.example",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { namespace: "default", name: "gone" },
      },
    });
    // The operator may still be about to make it when the platform is said to be there.
    await waitFor("Developer Hub", () => world.exists("backstage", "-A"), { timeout: 60 });
    const all = ["get", "list", "watch", "create", "patch", "delete"];
    const KUBECONFIG = await userWith(
      [
        rule("sonataflow.org", ["sonataflowplatforms", "sonataflowclusterplatforms"], "list"),
        rule("rhdh.redhat.com", ["backstages"], "list"),
      ],
      {
        "team-a": [
          rule("", ["namespaces"], "get", "patch"),
          rule("", ["secrets"], ...all),
          rule("networking.k8s.io", ["networkpolicies"], ...all),
          rule("sonataflow.org", ["sonataflows", "sonataflowplatforms"], ...all),
        ],
        "crowd-000": [rule("", ["namespaces"], "get")],
        "sonataflow-infra": [
          rule("", ["secrets"], "get"),
          rule("networking.k8s.io", ["networkpolicies"], "get"),
        ],
      },
    );
    const as = { env: { KUBECONFIG } };
    const stackOf = (name: string, namespace: string) =>
      world.stack(name, {
        install: "false",
        workflowNamespaces: [{ name: namespace, existing: true, workflows }],
      });
    const stack = stackOf("team", "team-a");
    const preview = said(await ok(stack.preview([], as), "preview, by a team"));
    expect(preview).not.toContain("you may not");
    await ok(stack.up(undefined, as), "up, by a team");
    await ok(stack.up(unchanged, as), "up, by a team, unchanged");
    expect(await world.secret("team-a", database, "postgres-username")).not.toBe("");
    await ok(stack.destroy(undefined, as), "destroy, by a team");
    expect(await world.exists("secret", database, "-n", "team-a")).toBe(false);

    // What else it would take is named.
    const missing = / patch namespaces in crowd-000/;
    expect(
      await fails(stackOf("elsewhere", "crowd-000").up(undefined, as), "up, by a team elsewhere"),
    ).toMatch(missing);
    await world.kubectl("delete", "apiservice", "v1beta1.dead.example");
    await world.kubectl("delete", "clusterrole,clusterrolebinding", "team");
    for (const namespace of ["team-a", "crowd-000", "sonataflow-infra"])
      await world.kubectl("delete", "role,rolebinding", "team", "-n", namespace);
    await world.kubectl("delete", "serviceaccount", "team", "-n", "default");
  });

  it("is no burden to a destroy", async () => {
    const listed = await listedCsvs();
    await ok(platform.destroy(), "destroy, on a large cluster");
    // A single list of all of them is of more than 60 MB.
    expect((await listedCsvs()) - listed).toBeLessThan(8);
    expect(await world.leftovers(before)).toEqual([]);
  });
});
