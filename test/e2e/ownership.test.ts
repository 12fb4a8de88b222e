import { beforeAll, describe, expect, it } from "vitest";
import type { Inventory, Result, Stack } from "../../sandbox/src";
import { fails, handMadeSpec, ok, said, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const set = (stack: Stack, config: Readonly<Record<string, object | string>>) =>
  Promise.all(
    Object.entries(config).map(([key, value]) =>
      stack.setConfig(key, typeof value === "string" ? value : JSON.stringify(value)),
    ),
  );

describe("two stacks of the same names, begun at once", () => {
  let before: Inventory;
  let stack: Stack;
  const operators = () => world.kubectl("get", "csv", "-A", "-l", "!olm.copiedFrom", "--no-headers");

  beforeAll(async () => {
    before = await world.inventory();
  });

  it("end as one stack, and one that says so and has changed nothing", async () => {
    const config = { orchestrator: { version: "1.9" } };
    const both = [world.stack("first", config), world.stack("second", config)];
    const results = await Promise.all(both.map((each): Promise<Result> => each.up()));
    const winners = results.flatMap(({ code }, index) => (code === 0 ? [index] : []));
    expect(winners, results.map(said).join("\n")).toHaveLength(1);
    const [winner = 0] = winners;
    const [loser = 1] = [0, 1].filter((index) => index !== winner);
    expect(said(results[loser] as Result)).toMatch(/nothing was created, because .* Namespace/s);
    await ok((both[loser] as Stack).destroy(), "destroy of the one that lost");
    stack = both[winner] as Stack;
    await ok(stack.up(unchanged), "up of the one that won, unchanged");
  });

  it.each([
    ["rhdh", { existingOperator: true }, "rhdh.existingOperator false"],
    [
      "serverless",
      { subscription: { namespace: "elsewhere" } },
      "serverless.subscription.namespace openshift-serverless",
    ],
  ])("cannot have what it runs on made somebody else's: %s %j", async (key, value, way) => {
    await set(stack, { [key]: value });
    const message = await fails(stack.preview(), `preview, with another ${key}`);
    expect(message).toMatch(/made by this stack, and would be deleted|is of this stack, and does not move/);
    expect(message).toContain(`pulumi config set --path ${way}`);
    await stack.removeConfig(key);
  });

  it("does not go from under what others run on its operators", async () => {
    await world.kubectl("create", "namespace", "team");
    const metadata = (name: string) => ({ namespace: "team", name });
    await world.apply({ apiVersion: "serving.knative.dev/v1", kind: "Service", metadata: metadata("hello") });
    await world.apply({
      apiVersion: "eventing.knative.dev/v1",
      kind: "Trigger",
      metadata: metadata("orders"),
    });
    const backstage = {
      apiVersion: "rhdh.redhat.com/v1alpha5",
      kind: "Backstage",
      metadata: metadata("hub"),
    };
    await world.apply({ ...backstage, spec: {} });
    const there = await operators();
    expect(await fails(stack.destroy(), "destroy, under others")).toContain(
      "nothing was deleted, because operators of this stack run what is not of it: Service team/hello, Trigger team/orders, Backstage team/hub",
    );
    expect(await operators()).toBe(there);
    for (const kind of [
      "services.serving.knative.dev",
      "triggers.eventing.knative.dev",
      "backstages.rhdh.redhat.com",
    ])
      await world.kubectl("delete", kind, "--all", "-n", "team");
    await world.kubectl("delete", "namespace", "team");
  });

  it("takes what an operator has made for the stack for the stack's own", async () => {
    // The Developer Hub operator makes one where a plugin, or a flavour of the user's, asks for it.
    expect(await world.exists("sonataflowplatform", "-n", "rhdh")).toBe(false);
    interface Hub {
      readonly apiVersion: string;
      readonly metadata: { readonly uid: string };
    }
    const hub = await world.json<Hub>("backstage", "backstage", "-n", "rhdh");
    const { apiVersion, metadata } = hub;
    const owner = { apiVersion, kind: "Backstage", name: "backstage", uid: metadata.uid, controller: true };
    await world.apply({
      apiVersion: "sonataflow.org/v1alpha08",
      kind: "SonataFlowPlatform",
      metadata: { namespace: "rhdh", name: "sonataflow-platform", ownerReferences: [owner] },
      spec: { services: { dataIndex: { enabled: true } } },
    });
    await ok(stack.destroy(), "destroy");
    expect(await world.leftovers(before)).toEqual([]);
  });
});

/** As the console makes it, beside an operator of others. */
describe("an Orchestrator in a namespace of the cluster itself", () => {
  const shared = "openshift-operators";
  let neighbours: string;
  let stack: Stack;

  const subscription = (name: string, spec: object) => ({
    apiVersion: "operators.coreos.com/v1alpha1",
    kind: "Subscription",
    metadata: { name, namespace: shared },
    spec: { name, source: "redhat-operators", sourceNamespace: "openshift-marketplace", ...spec },
  });
  const running = (csv: string) =>
    world.kubectl(
      "wait",
      `csv/${csv}`,
      "-n",
      shared,
      "--for=jsonpath={.status.phase}=Succeeded",
      "--timeout=120s",
    );
  const appears = async (kind: string, named: (name: string) => boolean): Promise<string> => {
    for (;;) {
      const names = (await world.kubectl("get", kind, "-n", shared, "-o", "name")).trim().split("\n");
      const found = names.find(named);
      if (found !== undefined) return found.slice(found.indexOf("/") + 1);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  const theirs = async () => {
    const gitops = ["subscription.operators.coreos.com", "openshift-gitops-operator", "-n", shared];
    const parts = ["-o", "jsonpath={.metadata.uid} {.metadata.labels}"];
    const namespace = await world.kubectl("get", "namespace", shared, ...parts);
    return namespace + (await world.kubectl("get", ...gitops, ...parts));
  };

  beforeAll(async () => {
    await world.forget();
    await world.apply(
      subscription("openshift-gitops-operator", { channel: "latest", installPlanApproval: "Automatic" }),
    );
    await running(await appears("csv", (name) => name.includes("gitops")));
    neighbours = await theirs();

    for (const name of ["rhdh-operator", "sonataflow-infra"])
      await world.kubectl("create", "namespace", name);
    await world.kubectl("label", "namespace", "sonataflow-infra", "rhdh.redhat.com/workflow-namespace=");
    const database = ["sonataflow-psql-postgresql", "-n", "sonataflow-infra"];
    const login = ["--from-literal=postgres-username=flows", "--from-literal=postgres-password=x"];
    await world.kubectl("create", "secret", "generic", ...database, ...login);
    await world.kubectl("create", "service", "clusterip", ...database, "--tcp=5432");
    const backend = [
      "backstage-backend-auth-secret",
      "-n",
      "rhdh-operator",
      "--from-literal=BACKEND_SECRET=x",
    ];
    await world.kubectl("create", "secret", "generic", ...backend);
    await world.apply(
      subscription("orchestrator-operator", {
        channel: "stable",
        installPlanApproval: "Manual",
        startingCSV: "orchestrator-operator.v1.2.3",
      }),
    );
    const isPlanned = async () => {
      const { items } = await world.json<{ items: Plan[] }>("installplan", "-n", shared);
      return items.find(({ spec }) =>
        spec.clusterServiceVersionNames.includes("orchestrator-operator.v1.2.3"),
      );
    };
    let plan: Plan | undefined;
    while (!(plan = await isPlanned())) await new Promise((resolve) => setTimeout(resolve, 500));
    const approval = ["--type", "merge", "-p", '{"spec":{"approved":true}}'];
    await world.kubectl("patch", "installplan", plan.metadata.name, "-n", shared, ...approval);
    await appears("csv", (name) => name.includes("orchestrator-operator.v1.2.3"));
    await running("orchestrator-operator.v1.2.3");
    await world.apply({
      apiVersion: "rhdh.redhat.com/v1alpha1",
      kind: "Orchestrator",
      metadata: { name: "orchestrator-sample", namespace: shared },
      spec: handMadeSpec,
    });
    const sample = ["orchestrator/orchestrator-sample", "-n", shared];
    await world.kubectl("wait", ...sample, "--for=condition=Deployed", "--timeout=180s");
    stack = world.stack("shared", {
      adopt: "true",
      orchestrator: { deleteTimeoutMinutes: 5 },
      namespaces: { rhdh: { existing: true }, sonataflow: { existing: true } },
      externalPostgres: {
        serviceName: "sonataflow-psql-postgresql",
        serviceNamespace: "sonataflow-infra",
        existingSecret: { name: "sonataflow-psql-postgresql" },
      },
    });
  });

  interface Plan {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly clusterServiceVersionNames: readonly string[] };
  }

  it("is taken over with the namespace left to whom it belongs", async () => {
    const message = await fails(stack.preview(), "preview, under the documented names");
    const way = (setting: string) => {
      expect(message).toContain(`pulumi config set --path ${setting}`);
    };
    way("orchestrator.name orchestrator-sample");
    way(`namespaces.orchestrator.name ${shared}`);
    way("namespaces.orchestrator.existing true");
    const namespaces = { rhdh: { existing: true }, sonataflow: { existing: true } };
    await set(stack, {
      orchestrator: { name: "orchestrator-sample", deleteTimeoutMinutes: 5 },
      namespaces: { ...namespaces, orchestrator: { name: shared } },
    });
    expect(await fails(stack.preview(), "preview, of a namespace of the cluster")).toContain(
      "is of the cluster itself",
    );
    await set(stack, { namespaces: { ...namespaces, orchestrator: { name: shared, existing: true } } });
    await ok(stack.up(), "up, adopting");
    expect(await theirs()).toBe(neighbours);
  });

  it("is not begun to be taken down while its operator is gone, which is said at once", async () => {
    await world.kubectl("delete", "subscription.operators.coreos.com", "orchestrator-operator", "-n", shared);
    await world.kubectl("delete", "csv", "orchestrator-operator.v1.2.3", "-n", shared);
    const begun = Date.now();
    const message = await fails(stack.destroy(), "destroy, without the operator");
    expect(message).toMatch(
      /nothing was deleted.*Orchestrator openshift-operators\/orchestrator-sample can be taken down only by orchestrator-operator in openshift-operators, which does not run/s,
    );
    expect(message).toContain("pulumi up");
    expect(Date.now() - begun).toBeLessThan(60_000);
    await ok(stack.up(), "up, which installs it again");
  });

  it("goes without anything of its neighbours", async () => {
    await ok(stack.destroy(), "destroy");
    expect(await theirs()).toBe(neighbours);
    await running(await appears("csv", (name) => name.includes("gitops")));
    expect(await world.exists("orchestrator", "-A")).toBe(false);
    expect(await world.exists("csv", "orchestrator-operator.v1.2.3", "-n", shared)).toBe(false);
    expect(await world.exists("service", "sonataflow-psql-postgresql", "-n", "sonataflow-infra")).toBe(true);
  });
});
