import { beforeAll, describe, expect, it } from "vitest";
import { type Inventory, type Stack } from "../../sandbox/src";
import { fails, githubToken, ok, rhdhSecret, said, unchanged, useWorld, type World } from "./world";

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
] as const;

/** Those of the parts that do not work, as of now. */
async function missing(): Promise<string[]> {
  const found = await Promise.all(
    parts.map(async ([kind, name, namespace, condition]) => {
      const what = [kind, name, ...(namespace === "" ? [] : ["-n", namespace])];
      const works = await world.says(condition, ...what).catch(() => false);
      return works ? [] : [`${kind} ${name}`];
    }),
  );
  return found.flat();
}

describe("the default install, from the first preview to the destroy", () => {
  let stack: Stack;
  let before: Inventory;
  let backendSecret: string;

  beforeAll(async () => {
    before = await world.inventory();
    stack = world.stack("default");
    await stack.setSecret("githubToken", githubToken);
  });

  it("is previewed on a cluster that has none of its CRDs, and touches nothing", async () => {
    const preview = await ok(stack.preview(), "preview");
    expect(preview.stdout).toMatch(/Orchestrator orchestrator create/);
    expect(said(preview)).toContain("what to know before you go on:");
    expect(said(preview)).not.toContain("nothing was made");
    expect(await world.leftovers(before)).toEqual([]);
    await stack.setConfig("preflight", "false");
    expect(said(await ok(stack.preview(), "preview, without a look"))).not.toMatch(
      /what to know|nothing was/,
    );
    await stack.removeConfig("preflight");
  });

  it("comes up: the operator's CSV has succeeded, and all runs that it has others bring", async () => {
    await ok(stack.up(), "up");
    expect(await missing()).toEqual([]);
    const outputs = await stack.outputs();
    expect(outputs).toMatchObject({
      operatorVersion: "orchestrator-operator.v1.2.3",
      readiness: "Deployed (InstallSuccessful)",
      rhdhUrl: "https://backstage-backstage-rhdh-operator.apps.sandbox.example",
    });
    const csv = await world.json<{ status: { phase: string } }>(
      "csv",
      "orchestrator-operator.v1.2.3",
      "-n",
      "orchestrator-operator",
    );
    expect(csv.status.phase).toBe("Succeeded");
    const deployed = '{.status.conditions[?(@.type=="Deployed")].status}';
    expect(
      await world.kubectl(
        "get",
        "orchestrator",
        "orchestrator",
        "-n",
        "orchestrator",
        "-o",
        `jsonpath=${deployed}`,
      ),
    ).toBe("True");
    const postgres = await world.json<{ status: { readyReplicas: number } }>(
      "statefulset",
      "sonataflow-psql-postgresql",
      "-n",
      "sonataflow-infra",
    );
    expect(postgres.status.readyReplicas).toBe(1);
  });

  it("makes the Secrets that the documentation names", async () => {
    backendSecret = await world.secret(...rhdhSecret, "BACKEND_SECRET");
    expect(backendSecret).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(await world.rhdhKeys()).toEqual([
      "BACKEND_SECRET",
      "GITHUB_TOKEN",
      "K8S_CLUSTER_TOKEN",
      "K8S_CLUSTER_URL",
    ]);
    expect(await world.secret(...rhdhSecret, "GITHUB_TOKEN")).toBe(githubToken);
    expect(await world.secret("sonataflow-infra", "sonataflow-psql-postgresql", "postgres-username")).toBe(
      "sonataflow",
    );
    expect(await world.secret("sonataflow-infra", "sonataflow-psql-postgresql", "postgres-password")).toMatch(
      /^[A-Za-z0-9]{32}$/,
    );
  });

  it("keeps secrets out of the state's plain text", async () => {
    const password = await world.secret(
      "sonataflow-infra",
      "sonataflow-psql-postgresql",
      "postgres-password",
    );
    const state = world.stateFiles();
    expect(state).toContain("backstage-backend-auth-secret");
    for (const secret of [githubToken, backendSecret, password]) {
      expect(state).not.toContain(secret);
      expect(state).not.toContain(Buffer.from(secret).toString("base64"));
    }
  });

  it("changes nothing when it is run again, and says no more what there was to know", async () => {
    expect(said(await ok(stack.up(unchanged), "up, unchanged"))).not.toMatch(/what to know|not checked/);
  });

  it("puts back what was changed, or deleted, by hand", async () => {
    const [namespace, name] = rhdhSecret;
    await world.kubectl(
      "patch",
      "secret",
      name,
      "-n",
      namespace,
      "--type",
      "merge",
      "-p",
      '{"data":{"GITHUB_TOKEN":"aGFja2Vk"}}',
    );
    await world.kubectl("delete", "service", "sonataflow-psql-postgresql", "-n", "sonataflow-infra");
    await world.kubectl("label", "namespace", "sonataflow-infra", "rhdh.redhat.com/workflow-namespace-");
    // Neither its own traces nor a mark that somebody has taken off are in its way.
    await world.kubectl("label", "namespace", "rhdh-operator", "orchestrator-on-openshift/installation-");
    await world.kubectl(
      "patch",
      "orchestrator",
      "orchestrator",
      "-n",
      "orchestrator",
      "--type",
      "merge",
      "-p",
      '{"spec":{"tekton":{"enabled":true}}}',
    );
    expect(said(await ok(stack.up(), "up, after drift"))).not.toMatch(/what to know|exists, and/);
    expect(await world.secret(...rhdhSecret, "GITHUB_TOKEN")).toBe(githubToken);
    expect(await world.secret(...rhdhSecret, "BACKEND_SECRET")).toBe(backendSecret);
    expect(await world.exists("service", "sonataflow-psql-postgresql", "-n", "sonataflow-infra")).toBe(true);
    expect(await world.exists("namespace", "-l", "rhdh.redhat.com/workflow-namespace=")).toBe(true);
    expect(
      await world.kubectl(
        "get",
        "orchestrator",
        "orchestrator",
        "-n",
        "orchestrator",
        "-o",
        "jsonpath={.spec.tekton.enabled}",
      ),
    ).toBe("false");
    await ok(stack.up(unchanged), "up, unchanged after drift");
  });

  it("follows a change of the configuration, and keeps the backend secret", async () => {
    await stack.setConfig("rhdh", '{"guestProvider":true}');
    await stack.setConfig("emailHostname", "smtp.example.com");
    await ok(stack.up(), "up, after a change");
    const guests = "{.spec.rhdhOperator.enableGuestProvider}";
    expect(
      await world.kubectl(
        "get",
        "orchestrator",
        "orchestrator",
        "-n",
        "orchestrator",
        "-o",
        `jsonpath=${guests}`,
      ),
    ).toBe("true");
    expect(await world.secret(...rhdhSecret, "NOTIFICATIONS_EMAIL_HOSTNAME")).toBe("smtp.example.com");
    expect(await world.secret(...rhdhSecret, "BACKEND_SECRET")).toBe(backendSecret);
  });

  it("exchanges its database for an external one, not before its volume is gone, and takes another name", async () => {
    const volume = ["pvc", "data-sonataflow-psql-postgresql-0", "-n", "sonataflow-infra"] as const;
    await world.kubectl("create", "namespace", "databases");
    await world.kubectl("create", "service", "clusterip", "pg", "--tcp=5432", "-n", "databases");
    await stack.setConfig(
      "externalPostgres",
      '{"serviceName":"pg","serviceNamespace":"databases","username":"app"}',
    );
    await stack.setSecret("externalPostgresPassword", "planted-pg");
    // Not at once: its volume would go. The error has what to type for those who mean it.
    expect(await fails(stack.up(), "up, with an external database")).toContain("has a database in it, and");
    expect(await world.json(...volume)).toMatchObject({ status: { phase: "Bound" } });
    const database = ["-n", "sonataflow-infra"];
    await world.kubectl("scale", "statefulset", "sonataflow-psql-postgresql", "--replicas=0", ...database);
    await world.kubectl("delete", ...volume);
    await stack.setConfig("orchestrator", '{"name":"renamed"}');
    await ok(stack.up(), "up, with an external database, and renamed");
    expect(
      await world.secret("sonataflow-infra", "sonataflow-external-postgresql", "postgres-password"),
    ).toBe("planted-pg");
    const own = ["statefulset,secret,service,pvc", ...database, "-l", "app.kubernetes.io/name=postgresql"];
    expect(await world.exists(...own)).toBe(false);
    expect((await world.kubectl("get", "orchestrator", "-A", "-o", "name")).trim()).toBe(
      "orchestrator.rhdh.redhat.com/renamed",
    );
  });

  it("refuses to go while an Orchestrator of somebody else needs the operator", async () => {
    await world.kubectl("create", "namespace", "team");
    await world.apply({
      apiVersion: "rhdh.redhat.com/v1alpha1",
      kind: "Orchestrator",
      metadata: { name: "theirs", namespace: "team" },
      spec: { rhdhOperator: { secretRef: { name: "none" } } },
    });
    expect(await fails(stack.destroy(), "destroy, with an Orchestrator of others")).toContain(
      "Orchestrator team/theirs",
    );
    expect(
      await world.exists(
        "subscription.operators.coreos.com",
        "orchestrator-operator",
        "-n",
        "orchestrator-operator",
      ),
    ).toBe(true);
    await world.kubectl("delete", "orchestrator", "theirs", "-n", "team");
    await world.kubectl("delete", "namespace", "team");
  });

  it("goes, and leaves the cluster as it was, but for the CRDs that it names", async () => {
    const destroy = await ok(stack.destroy(), "destroy");
    await world.kubectl("delete", "namespace", "databases");
    expect(await world.leftovers(before)).toEqual([]);
    const crds = await world.kubectl("get", "crd", "-o", "jsonpath={.items[*].metadata.name}");
    // Those of Knative's own kinds come with KnativeServing and KnativeEventing, and not with an operator.
    const kept = crds
      .split(" ")
      .filter((name) => /knative|sonataflow|rhdh/.test(name) && !/\.(serving|eventing|sources)\./.test(name));
    expect(kept.length).toBeGreaterThan(7);
    for (const name of kept) expect(said(destroy)).toContain(name);
  });
});

describe("what is not the stack's own", () => {
  it("is not taken over: an up names it all, and makes nothing", async () => {
    const before = await world.inventory();
    await world.kubectl("create", "namespace", "rhdh-operator");
    await world.kubectl("create", "namespace", "orchestrator");
    const stack = world.stack("foreign");
    const message = await fails(stack.up(), "up, with namespaces of others");
    expect(message).toContain("Namespace rhdh-operator exists, and is not of this stack");
    expect(message).toContain("Namespace orchestrator exists, and is not of this stack");
    expect(message).toContain("namespaces.<which>.existing true");
    expect(await world.exists("namespace", "sonataflow-infra")).toBe(false);
    await ok(stack.destroy(), "destroy");
    await world.kubectl("delete", "namespace", "rhdh-operator", "orchestrator");
    expect(await world.leftovers(before)).toEqual([]);
  });

  it("is named when it is missing", async () => {
    const stack = world.stack("missing", { namespaces: { rhdh: { existing: true } } });
    expect(await fails(stack.up(), "up, with a namespace that is missing")).toContain(
      "Namespace rhdh-operator does not exist, though the configuration says so",
    );
    await ok(stack.destroy(), "destroy");
  });
});

describe("a configuration with mistakes", () => {
  it("is refused before anything is made", async () => {
    const before = await world.inventory();
    const stack = world.stack("mistaken", { operator: { chanel: "stable" }, tekton: "maybe" });
    const message = await fails(stack.up(), "up, with two mistakes");
    expect(message).toContain("The configuration has 2 mistakes");
    expect(message).toContain("orchestrator:operator.chanel: no such setting; did you mean channel?");
    expect(await world.leftovers(before)).toEqual([]);
  });
});
