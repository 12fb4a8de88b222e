import * as k8s from "@pulumi/kubernetes";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as components from "../../components";
import { find, ids, objects, outputs, run, stdin } from "../support/program";
import { record, type Registration } from "../support/record";

/** What a component alone needs of the stack's cluster. */
const cluster = () =>
  ({
    connection: { identity: "Namespace/kube-system/x" },
    provider: new k8s.Provider("x"),
    options: {},
  }) as unknown as components.Cluster;

const workflow = (name: string, spec: object = {}) => ({
  apiVersion: "sonataflow.org/v1alpha08",
  kind: "SonataFlow",
  metadata: { name },
  spec: { flow: { start: { stateName: "Done" } }, ...spec },
});
const base64 = (text: string) => Buffer.from(text).toString("base64");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "workflows-"));
  mkdirSync(join(folder, "greeting"));
  const metadata = (name: string) => ({ apiVersion: "v1", metadata: { name } });
  write("greeting/1.json", { ...metadata("greeting-props"), kind: "ConfigMap", data: { a: "1" } });
  write("greeting/2.json", workflow("greeting"));
  write("greeting/3.json", {
    ...metadata("greeting-secrets"),
    kind: "Secret",
    stringData: { TOKEN: "planted-text" },
    data: { KEY: base64("planted-data") },
  });
  write("plain.json", workflow("plain"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const write = (file: string, object: object) => {
  writeFileSync(join(folder, file), JSON.stringify(object));
};

const namespaces = (...entries: object[]) => ({ workflowNamespaces: JSON.stringify(entries) });
const loans = () => ({
  name: "loans",
  argocdNamespace: "cd",
  quota: { pods: 10 },
  access: [{ group: "team" }, { user: "boss", role: "admin" }],
  workflows: [join(folder, "greeting")],
});
const theirs = () => ({ name: "theirs", existing: true, workflows: [join(folder, "plain.json")] });
const home = () => ({ name: "sonataflow-infra", workflows: [join(folder, "plain.json")] });

/** What a stack has beyond that of another configuration. */
const beyond = (seen: readonly Registration[], base: readonly Registration[]) =>
  seen.filter(({ id }) => !ids(base).includes(id));
const metadata = (seen: readonly Registration[], id: string) => find(seen, id).inputs["metadata"];
const mark = { "orchestrator-on-openshift/installation": "0123456789abcdef" };

describe("workflow namespaces", () => {
  let plain: Registration[];
  let seen: Registration[];
  beforeAll(async () => {
    plain = await run();
    seen = await run(namespaces(loans(), theirs(), home()));
  });

  it("keep their resources' names, which are a promise to every stack already installed", () => {
    const added = beyond(seen, plain);
    expect(added.map(({ id, parent }) => `${id} < ${parent ?? ""}`)).toMatchInlineSnapshot(`
      [
        "Command workflows-ready < Workflows workflows",
        "ConfigMap loans/greeting-props < WorkflowNamespaces workflow-namespaces",
        "Namespace loans < WorkflowNamespaces workflow-namespaces",
        "NamespacePatch theirs < WorkflowNamespaces workflow-namespaces",
        "NetworkPolicy loans < WorkflowNamespaces workflow-namespaces",
        "NetworkPolicy theirs < WorkflowNamespaces workflow-namespaces",
        "ResourceQuota loans < WorkflowNamespaces workflow-namespaces",
        "RoleBinding loans-workflows-admin < WorkflowNamespaces workflow-namespaces",
        "RoleBinding loans-workflows-edit < WorkflowNamespaces workflow-namespaces",
        "Secret loans < WorkflowNamespaces workflow-namespaces",
        "Secret loans/greeting-secrets < WorkflowNamespaces workflow-namespaces",
        "Secret theirs < WorkflowNamespaces workflow-namespaces",
        "SonataFlow loans/greeting < WorkflowNamespaces workflow-namespaces",
        "SonataFlow sonataflow-infra/plain < WorkflowNamespaces workflow-namespaces",
        "SonataFlow theirs/plain < WorkflowNamespaces workflow-namespaces",
      ]
    `);
  });

  it("hold objects of the types that the SDK's own have, which replace none by a change of their code", () => {
    const typeOf = (id: string) => find(seen, id).type;
    expect(typeOf("Secret loans/greeting-secrets")).toBe("kubernetes:core/v1:Secret");
    expect(typeOf("ConfigMap loans/greeting-props")).toBe("kubernetes:core/v1:ConfigMap");
    expect(typeOf("SonataFlow loans/greeting")).toBe("kubernetes:sonataflow.org/v1alpha08:SonataFlow");
  });

  it("change nothing of the platform", () => {
    const tasks = /^Command (installation-(claim|take)|workflows-guard)$|^Workflows workflows$/;
    for (const before of plain.filter(({ id }) => !tasks.test(id)))
      expect(seen.filter(({ id, type }) => id === before.id && type === before.type)).toEqual([before]);
  });

  it("are labelled for the platform's NetworkPolicy and for their Argo CD, and marked where they are made", () => {
    const forPlatform = { "rhdh.redhat.com/workflow-namespace": "" };
    expect(metadata(seen, "Namespace loans")).toEqual({
      name: "loans",
      labels: { ...forPlatform, "argocd.argoproj.io/managed-by": "cd", ...mark },
    });
    expect(metadata(seen, "NamespacePatch theirs")).toEqual({ name: "theirs", labels: forPlatform });
  });

  it("hold only what is marked with the stack's id, and is in them", () => {
    const inside = objects(beyond(seen, plain)).filter(({ id }) => !/^Namespace/.test(id));
    expect(inside).toHaveLength(12);
    for (const { id, inputs } of inside) {
      expect(inputs["metadata"]?.["labels"], id).toMatchObject(mark);
      expect(inputs["metadata"]?.["namespace"], id).toBe(/ (loans|theirs|sonataflow-infra)\b/.exec(id)?.[1]);
    }
  });

  it("get only workflows where they are the platform's own", () => {
    const made = objects(beyond(seen, plain)).filter(({ id }) => / sonataflow-infra\b/.test(id));
    expect(ids(made)).toEqual(["SonataFlow sonataflow-infra/plain"]);
  });

  it("get a copy of the database's Secret, as a secret", () => {
    const login = find(seen, "Secret sonataflow-psql-postgresql").inputs["stringData"];
    for (const namespace of ["loans", "theirs"]) {
      const copy = find(seen, `Secret ${namespace}`);
      expect(copy.inputs["metadata"]).toMatchObject({ name: "sonataflow-psql-postgresql", namespace });
      expect(copy.inputs["data"]).toEqual(
        Object.fromEntries(Object.entries(login ?? {}).map(([key, text]) => [key, base64(text)])),
      );
      expect(Object.keys(copy.inputs["data"] ?? {})).toHaveLength(2);
      expect(copy.secrets.join()).toContain("data");
    }
  });

  it("let in the platform that this stack installs", () => {
    const policy = JSON.stringify(find(seen, "NetworkPolicy loans").inputs);
    expect(policy).toContain('"kubernetes.io/metadata.name":"rhdh-operator"');
    expect(policy).toContain('"kubernetes.io/metadata.name":"sonataflow-infra"');
  });

  it("take along what is in them where they are made, and never what was there", () => {
    const deletedWith = (namespace: string) =>
      objects(seen).filter((resource) => resource.deletedWith === `Namespace ${namespace}`);
    expect(ids(deletedWith("loans"))).toEqual([
      "NetworkPolicy loans",
      "ResourceQuota loans",
      "RoleBinding loans-workflows-admin",
      "RoleBinding loans-workflows-edit",
      "Secret loans",
    ]);
    expect(ids(seen.filter((resource) => resource.deletedWith !== undefined))).toHaveLength(5);
  });

  it("come after the Orchestrator, and what is in them after them", () => {
    expect(find(seen, "WorkflowNamespaces workflow-namespaces").dependsOn).toContain(
      "Command orchestrator-ready",
    );
    expect(find(seen, "NetworkPolicy loans").dependsOn).toContain("Namespace loans");
    expect(find(seen, "Secret theirs").dependsOn).toContain("NamespacePatch theirs");
  });

  it("get a workflow once all that it may need is there", () => {
    expect(find(seen, "SonataFlow loans/greeting").dependsOn).toEqual(
      expect.arrayContaining([
        "ConfigMap loans/greeting-props",
        "Secret loans/greeting-secrets",
        "Secret loans",
        "NetworkPolicy loans",
        "ResourceQuota loans",
        "RoleBinding loans-workflows-edit",
      ]),
    );
    expect(find(seen, "ConfigMap loans/greeting-props").dependsOn).toContain("Secret loans");
  });

  it("get workflows that know the platform's database", () => {
    expect(find(seen, "SonataFlow loans/greeting").inputs["spec"]).toEqual({
      flow: { start: { stateName: "Done" } },
      persistence: {
        postgresql: {
          secretRef: {
            name: "sonataflow-psql-postgresql",
            userKey: "postgres-username",
            passwordKey: "postgres-password",
          },
          serviceRef: {
            name: "sonataflow-psql-postgresql",
            namespace: "sonataflow-infra",
            port: 5432,
            databaseName: "sonataflow",
            databaseSchema: "greeting",
          },
        },
      },
    });
  });

  it("get Secrets whose values are Pulumi's secrets, and told to nobody else", () => {
    const secret = find(seen, "Secret loans/greeting-secrets");
    expect(secret.inputs["stringData"]).toEqual({ TOKEN: "planted-text" });
    expect(secret.inputs["data"]).toEqual({ KEY: base64("planted-data") });
    expect(secret.secrets).toEqual(["data", "stringData"]);
    expect(find(seen, "ConfigMap loans/greeting-props").secrets).toEqual([]);
    for (const { id, inputs } of seen.filter((resource) => resource !== secret))
      expect(JSON.stringify(inputs), id).not.toMatch(new RegExp(`planted-text|${base64("planted-data")}`));
  });

  it("are claimed where they are made, with what is in those of others, and what they are labelled with", () => {
    const claim = stdin(find(seen, "Command installation-claim")) as Claim;
    const before = stdin(find(plain, "Command installation-claim")) as Claim;
    const known = before.planned.map((ref) => JSON.stringify(ref));
    expect(claim.planned.filter((ref) => !known.includes(JSON.stringify(ref)))).toEqual([
      { apiVersion: "v1", kind: "Namespace", name: "loans" },
      { apiVersion: "v1", kind: "Secret", name: "sonataflow-psql-postgresql", namespace: "theirs" },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        name: "allow-rhdh-to-sonataflow-and-workflows",
        namespace: "theirs",
      },
      { apiVersion: "sonataflow.org/v1alpha08", kind: "SonataFlow", name: "plain", namespace: "theirs" },
    ]);
    expect(claim.prerequisites).toEqual([{ apiVersion: "v1", kind: "Namespace", name: "theirs" }]);
    expect(claim.labels).toEqual([
      { namespace: "theirs", label: "rhdh.redhat.com/workflow-namespace", value: "" },
    ]);
  });
});

interface Claim {
  readonly planned: readonly object[];
  readonly prerequisites: readonly object[];
  readonly labels: readonly object[];
}

describe("the look after workflows", () => {
  it("is at all that is in the namespaces, and comes before anything goes", async () => {
    const seen = await run(namespaces(loans(), theirs(), home()));
    const guard = find(seen, "Command workflows-guard");
    expect(guard.parent).toBe("Workflows workflows");
    expect(guard.inputs["create"]).toMatch(/ check-workflows$/);
    expect(guard.inputs["delete"]).toMatch(/ drain-workflows$/);
    expect(stdin(guard)).toMatchObject({
      installation: "0123456789abcdef",
      made: ["loans"],
      used: ["theirs"],
      goes: ["orchestrator", "rhdh-operator", "sonataflow-infra", "loans"],
      resource: { namespace: "orchestrator", name: "orchestrator" },
      isClusterWide: true,
      deleteForeign: false,
      minutes: 10,
      packages: [{ package: "orchestrator-operator", namespace: "orchestrator-operator" }],
      createdObjects: [
        { kind: "KnativeServing", name: "knative-serving" },
        { kind: "KnativeEventing", name: "knative-eventing" },
        { kind: "SonataFlowPlatform", namespace: "sonataflow-infra" },
        { kind: "Backstage", namespace: "rhdh-operator", name: "backstage" },
      ],
    });
    // What is on the cluster, and what is waited for there, but for the hold on it that all else depends on.
    const all = [...objects(seen), ...seen.filter(({ id }) => /^Command .*-(ready|found|served)$/.test(id))];
    const others = all.filter(({ id }) => id !== "Command workflows-ready");
    expect(others.length).toBeGreaterThan(25);
    expect(find(seen, "Workflows workflows").dependsOn).toEqual(expect.arrayContaining(ids(others)));
  });

  it("depends on Argo CD, the pipeline and the database of others too", async () => {
    const seen = await run(
      {
        gitops: JSON.stringify({ install: true }),
        tekton: JSON.stringify({ install: true }),
        externalPostgres: JSON.stringify({ serviceName: "pg", serviceNamespace: "db", username: "app" }),
      },
      { externalPostgresPassword: "planted-pg" },
    );
    expect(find(seen, "Workflows workflows").dependsOn).toEqual(
      expect.arrayContaining([
        "ArgoCD gitops",
        "Pipeline pipelines",
        "Subscription pipelines-operator",
        "Secret sonataflow-external-postgresql",
      ]),
    );
  });

  it("takes its choices from the configuration", async () => {
    const seen = await run({ workflows: JSON.stringify({ deleteForeign: true, timeoutMinutes: 3 }) });
    expect(stdin(find(seen, "Command workflows-guard"))).toMatchObject({
      made: [],
      used: [],
      deleteForeign: true,
      minutes: 3,
    });
  });

  it("waits for workflows only where there are any, and anew with each change of their manifests", async () => {
    const ready = async (...entries: object[]) => {
      const seen = await run(namespaces(...entries));
      return seen.find(({ id }) => id === "Command workflows-ready");
    };
    const digestOf = (task: Registration | undefined) => {
      if (!task) throw new Error("there is nothing that waits");
      const { workflows, minutes } = stdin(task) as { workflows: { digest: string }[]; minutes: number };
      expect(minutes).toBe(10);
      expect(task.dependsOn).toContain("Command workflows-guard");
      return workflows.map(({ digest, ...ref }) => {
        expect(digest).toMatch(/^[0-9a-f]{12}$/);
        return [ref, digest] as const;
      });
    };
    expect(await ready()).toBeUndefined();
    expect(await ready({ name: "loans", workflows: [join(folder, "greeting/1.json")] })).toBeUndefined();

    write("changing.json", workflow("changing", { podTemplate: { replicas: 1 } }));
    const entry = { name: "loans", workflows: [join(folder, "changing.json"), join(folder, "greeting")] };
    const [[ref, before] = [], [other, same] = []] = digestOf(await ready(entry));
    expect([ref, other]).toEqual([
      { namespace: "loans", name: "changing" },
      { namespace: "loans", name: "greeting" },
    ]);
    write("changing.json", workflow("changing", { podTemplate: { replicas: 2 } }));
    const [[, after] = [], [, still] = []] = digestOf(await ready(entry));
    expect(after).not.toBe(before);
    expect(still).toBe(same);
  });
});

describe("one namespace less", () => {
  it("changes no input but those of the claim and of what looks after workflows", async () => {
    const cards = { name: "cards", workflows: [join(folder, "plain.json")] };
    const before = await run(namespaces(loans(), cards, theirs()));
    const after = await run(namespaces(loans(), theirs()));
    const inputs = (seen: readonly Registration[]) =>
      new Map(seen.map(({ id, type, inputs }) => [`${type} ${id}`, JSON.stringify(inputs)]));
    const old = inputs(before);
    const changed = [...inputs(after)].filter(([key, value]) => old.get(key) !== value);
    expect(changed.map(([key]) => key.split(" ").at(-1))).toEqual([
      "installation-claim",
      "installation-take",
      "workflows-guard",
      "workflows-ready",
    ]);
    expect(ids(beyond(before, after))).toEqual([
      "Namespace cards",
      "NetworkPolicy cards",
      "Secret cards",
      "SonataFlow cards/plain",
    ]);
  });
});

describe("workflows beside a database of others", () => {
  const external = { serviceName: "pg", serviceNamespace: "databases" };

  it("get a copy of the Secret that is made for the platform", async () => {
    const seen = await run(
      { externalPostgres: JSON.stringify({ ...external, username: "app" }), ...namespaces(loans()) },
      { externalPostgresPassword: "planted-pg" },
    );
    const copy = find(seen, "Secret loans");
    expect(copy.inputs).toMatchObject({
      metadata: { name: "sonataflow-external-postgresql", namespace: "loans" },
      data: { "postgres-username": base64("app"), "postgres-password": base64("planted-pg") },
    });
    expect(copy.secrets.join()).toContain("data");
  });

  it("get a copy of the Secret that is there, under its name, as it is on the cluster", async () => {
    const existingSecret = { name: "pg-app", userKey: "user", passwordKey: "pass" };
    const seen = await run({
      externalPostgres: JSON.stringify({ ...external, existingSecret }),
      ...namespaces(loans()),
    });
    const source = find(seen, "Secret sonataflow-external-postgresql");
    expect(source.reads).toBe("sonataflow-infra/pg-app");
    const copy = find(seen, "Secret loans");
    expect(copy.inputs["metadata"]).toMatchObject({ name: "pg-app" });
    expect(copy.inputs["data"]).toHaveProperty("token", base64("planted-token"));
    expect(copy.secrets.join()).toContain("data");
    expect(find(seen, "SonataFlow loans/greeting").inputs["spec"]).toMatchObject({
      persistence: { postgresql: { secretRef: existingSecret, serviceRef: { namespace: "databases" } } },
    });
  });
});

describe("the credentials that a platform hands on", () => {
  const existingSecret = { name: "pg-app", userKey: "user", passwordKey: "pass" };
  const where = { serviceName: "pg", serviceNamespace: "databases", port: 5432, databaseName: "sonataflow" };
  const external = { ...where, namespace: "flows" };
  const role = { username: "app", password: "planted-pg" };

  it.each<[string, (known: typeof components) => components.ExistingPlatform["credentials"]]>([
    [
      "of a given role",
      (known) => new known.ExternalPostgres("x", { cluster: cluster(), ...external, ...role }).credentials,
    ],
    [
      "in a Secret that is there",
      (known) =>
        new known.ExternalPostgres("x", { cluster: cluster(), ...external, existingSecret }).credentials,
    ],
    [
      "of a platform that is there",
      (known) =>
        new known.ExistingPlatform("x", {
          cluster: cluster(),
          admitsWorkflowsBy: "label",
        }).credentials,
    ],
  ])("are secret, whatever copies them: those %s", async (_, credentialsOf) => {
    let isSecret: unknown;
    await record(async () => {
      const credentials = credentialsOf(await import("../../components/index.js"));
      isSecret = await (credentials as unknown as { isSecret: Promise<boolean> }).isSecret;
    });
    expect(isSecret).toBe(true);
  });
});

describe("a stack that installs no platform", () => {
  let seen: Registration[];
  beforeAll(async () => {
    seen = await run({ install: "false", ...namespaces(loans(), theirs()) });
  });

  it("makes nothing of one", () => {
    const namespaced = objects(seen).filter(({ id }) => !/ (loans|theirs)\b/.test(id));
    expect(namespaced).toEqual([]);
    expect(ids(seen).filter((id) => !/ (loans|theirs)\b/.test(id))).toEqual([
      "Cluster installation",
      "Command installation-claim",
      "Command installation-take",
      "Command platform-found",
      "Command workflows-guard",
      "Command workflows-ready",
      "ExistingPlatform platform",
      "Installation installation",
      "kubernetes installation",
      "orchestrator-cluster installation",
      "RandomId installation-id",
      "Secret platform-database",
      "WorkflowNamespaces workflow-namespaces",
      "Workflows workflows",
    ]);
  });

  it("finds the one that is there before it claims anything, and only reads its Secret", () => {
    expect(find(seen, "Command platform-found").inputs["create"]).toMatch(/ find-platform$/);
    expect(find(seen, "Command platform-found").inputs["delete"]).toBeUndefined();
    expect(stdin(find(seen, "Command platform-found"))).toEqual({ admitsWorkflowsBy: "label" });
    expect(find(seen, "Command installation-claim").dependsOn).toContain("Command platform-found");
    const secret = find(seen, "Secret platform-database");
    expect(secret.reads).toBe("their-sonataflow/their-login");
    expect(secret.provider).toMatch(/::installation::/);
  });

  it("looks where it is told to", async () => {
    const existingPlatform = { sonataflowNamespace: "flows", rhdhNamespace: "hub" };
    const told = await run({ install: "false", existingPlatform: JSON.stringify(existingPlatform) });
    expect(stdin(find(told, "Command platform-found"))).toMatchObject(existingPlatform);
  });

  it("takes names and database from what it finds", () => {
    const policy = JSON.stringify(find(seen, "NetworkPolicy loans").inputs);
    expect(policy).toContain('"kubernetes.io/metadata.name":"their-rhdh"');
    expect(policy).toContain('"kubernetes.io/metadata.name":"their-sonataflow"');
    const copy = find(seen, "Secret loans");
    expect(copy.inputs["metadata"]).toMatchObject({ name: "their-login", namespace: "loans" });
    expect(copy.inputs["data"]).toHaveProperty("token", base64("planted-token"));
    expect(copy.secrets.join()).toContain("data");
    expect(copy.secrets.join()).not.toContain("metadata");
    expect(find(seen, "SonataFlow loans/greeting").inputs["spec"]?.["persistence"]).toEqual({
      postgresql: {
        secretRef: { name: "their-login", userKey: "user", passwordKey: "pass" },
        serviceRef: {
          name: "their-postgres",
          namespace: "databases",
          port: 5433,
          databaseName: "flows",
          databaseSchema: "greeting",
        },
      },
    });
  });

  it("looks after its own namespaces only", () => {
    expect(stdin(find(seen, "Command workflows-guard"))).toMatchObject({
      made: ["loans"],
      used: ["theirs"],
      goes: ["loans"],
      isClusterWide: false,
    });
    const all = objects(seen);
    expect(find(seen, "Workflows workflows").dependsOn).toEqual(expect.arrayContaining(ids(all)));
  });

  it("exports where to look, and what stays", async () => {
    expect(await outputs({ install: "false", ...namespaces(loans(), theirs()) })).toEqual({
      where: { rhdh: "their-rhdh", sonataflow: "their-sonataflow", workflows: ["loans", "theirs"] },
      keptOnDestroy: ["Namespace theirs: it was there before"],
    });
  });
});
