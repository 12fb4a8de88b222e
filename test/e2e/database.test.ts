import { beforeAll, describe, expect, it } from "vitest";
import { waitFor, type Inventory, type Stack } from "../../sandbox/src";
import { authority as certificate } from "../support/certificates";
import { contentsOf, type Contents } from "./volume";
import { fails, ok, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => {
  world = fresh;
});

const namespace = "sonataflow-infra";
const server = "sonataflow-psql-postgresql";
const pod = `${server}-0`;
const claim = `data-${server}-0`;

const contents = () => contentsOf(world, namespace, claim);
interface Pod {
  readonly metadata: { readonly uid: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
const running = () => world.json<Pod>("pod", pod, "-n", namespace);
/** Waits for a server that runs, and is not the one of before. */
const ready = (before?: Pod) =>
  waitFor(
    "the server",
    async () => {
      const { metadata, status } = await running();
      const isReady = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
      return metadata.uid !== before?.metadata.uid && isReady;
    },
    { timeout: 60 },
  );

/** Restarts the server, as the drain of a node would. @returns what it then has. */
const restarted = async (): Promise<Contents> => {
  const before = await running();
  // It would wait for the name to be gone, which the next pod takes at once.
  await world.kubectl("delete", "pod", pod, "-n", namespace, "--wait=false");
  await ready(before);
  return contents();
};

const storageClass = (name: string, grows: boolean) =>
  world.apply({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
    provisioner: "sandbox.orchestrator/local",
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
    allowVolumeExpansion: grows,
  });

describe("the database of a live stack", () => {
  let before: Inventory;
  let stack: Stack;
  let first: Contents;
  const release = { orchestrator: { version: "1.10" }, rhdh: { install: false } };
  const postgres = { storageClass: "elastic" };
  const set = (key: string, value: object) => stack.setConfig(key, JSON.stringify(value));

  beforeAll(async () => {
    await storageClass("elastic", true);
    await storageClass("fixed", false);
    before = await world.inventory();
    stack = world.stack("database", { ...release, postgres });
  });

  it("comes up one step at a time", async () => {
    await ok(stack.up(["--skip-preview", "--parallel", "1"]), "up, one step at a time");
    first = await contents();
    expect(first).toMatchObject({ major: "15", user: "sonataflow", starts: 1 });
  });

  it("is not lost or broken by what its volume cannot follow", async () => {
    await set("postgres", {
      storageClass: "fixed",
      storage: "1Gi",
      user: "flows",
      image: "registry.redhat.io/rhel9/postgresql-16:9.8",
    });
    const message = await fails(stack.preview(), "preview of another volume");
    const volume = `PersistentVolumeClaim ${namespace}/${claim}`;
    for (const text of [
      `postgres.storageClass is "fixed", but ${volume} has "elastic"`,
      `postgres.storage is "1Gi", but ${volume} has 2Gi, and a volume cannot shrink`,
      `postgres.user is "flows", but the database in ${volume} is of "sonataflow", and has no other`,
      `postgres.image has PostgreSQL 16, but the data in ${volume} is of version 15`,
    ])
      expect(message).toContain(text);
    await set("postgres", postgres);
    await set("namespaces", { sonataflow: { name: "flows" } });
    expect(await fails(stack.preview(), "preview of another namespace")).toContain(
      'would be deleted, since namespaces.sonataflow.name is "flows"',
    );
    await stack.removeConfig("namespaces");
  });

  it("is not lost where the look is off, or to a database of others", async () => {
    await stack.removeConfig("postgres");
    await set("externalPostgres", {
      serviceName: "pg",
      serviceNamespace: "theirs",
      existingSecret: { name: "login" },
    });
    await stack.setConfig("preflight", "false");
    expect(await fails(stack.up(), "up, with a database of others")).toContain(
      "would be deleted, since externalPostgres is set",
    );
    for (const key of ["externalPostgres", "preflight"]) await stack.removeConfig(key);
    expect(await restarted()).toEqual({ ...first, starts: 2 });
  });

  it("grows, and takes another build of its image, with its data", async () => {
    // Without storageClass: the volume keeps the one that it has.
    await set("postgres", {
      storage: "3Gi",
      image: "quay.io/sclorg/postgresql-15-c9s:20260801",
      keepData: true,
    });
    await ok(stack.up(), "up, with a larger volume and another image");
    await ready();
    expect(await contents()).toEqual({ ...first, starts: 3 });
    const { spec, status } = await world.json<{
      spec: { storageClassName: string };
      status: { capacity: { storage: string } };
    }>("pvc", claim, "-n", namespace);
    expect([spec.storageClassName, status.capacity.storage]).toEqual(["elastic", "3Gi"]);
    expect(await restarted()).toEqual({ ...first, starts: 4 });
  });

  it("comes back from an image that there is not", async () => {
    const image = (name: string) =>
      world.kubectl("set", "image", `statefulset/${server}`, "-n", namespace, `postgresql=${name}`);
    const reason = "{.status.containerStatuses[0].state.waiting.reason}";
    await image("quay.io/sclorg/postgresql-15-c9s:missing");
    const isStuck = async () =>
      (
        await world.kubectl("get", "pod", "-n", namespace, "-o", `jsonpath={.items[*]${reason.slice(1)}`)
      ).includes("ImagePullBackOff");
    await waitFor("a pod without an image", isStuck, { timeout: 60 });
    await image("quay.io/sclorg/postgresql-15-c9s:20260801");
    const isBack = async () => (await contents()).starts === 5;
    await waitFor("the server", isBack, { timeout: 60 });
  });

  it("gives way to another once somebody has deleted it by hand", async () => {
    await world.kubectl("scale", "statefulset", server, "--replicas=0", "-n", namespace);
    await world.kubectl("delete", "pvc", claim, "-n", namespace);
    await set("postgres", { storageClass: "fixed", user: "flows", keepData: true });
    await ok(stack.up(["--skip-preview", "--refresh"]), "up, with another volume");
    await ready();
    const second = await contents();
    expect(second).toMatchObject({ user: "flows", starts: 1 });
    expect(second.system).not.toBe(first.system);
    await set("postgres", { storageClass: "fixed", user: "flows", keepData: true, storage: "10Gi" });
    expect(await fails(stack.preview(), "preview of growth")).toContain(
      "its StorageClass fixed does not let it grow (allowVolumeExpansion)",
    );
    first = second;
  });

  it("is kept by a destroy, and found by the next stack, which has to be of the same role", async () => {
    await ok(stack.destroy(), "destroy, with keepData");
    expect(await world.exists("pvc", claim, "-n", namespace)).toBe(true);
    const next = { ...release, namespaces: { sonataflow: { existing: true } } };
    stack = world.stack("again", { ...next, postgres: { existingClaim: claim } });
    expect(await fails(stack.preview(), "preview of another role")).toContain(
      'postgres.user is "sonataflow", but the database in PersistentVolumeClaim sonataflow-infra/data-sonataflow-psql-postgresql-0 is of "flows"',
    );
    await set("postgres", { existingClaim: claim, user: "flows" });
    await ok(stack.up(), "up, on kept data");
    expect(await contents()).toEqual({
      ...first,
      starts: 2,
      password: expect.any(String) as unknown,
      // Those of the services, which the new volume had not seen start.
      schemas: expect.any(Object) as unknown,
    });
  });

  it("goes with the stack and its namespace, and leaves nothing", async () => {
    await ok(stack.destroy(), "destroy, on kept data");
    await world.kubectl("delete", "namespace", namespace);
    expect(await world.leftovers(before)).toEqual([]);
  });
});

describe("a database of somebody else's, which lets nobody in without TLS", () => {
  const databases = "databases";
  const login = { serviceName: "pg", serviceNamespace: databases };
  const labels = { app: "pg" };
  let before: Inventory;
  let stack: Stack;
  const set = (key: string, value: object) => stack.setConfig(key, JSON.stringify(value));
  const external = (tls: object) => ({ ...login, username: "flows", ...tls });

  beforeAll(async () => {
    before = await world.inventory();
    await world.kubectl("create", "namespace", databases);
    const env = {
      POSTGRESQL_USER: "flows",
      POSTGRESQL_PASSWORD: "planted-flows",
      POSTGRESQL_DATABASE: "sonataflow",
      POSTGRESQL_ADMIN_PASSWORD: "planted-admin",
    };
    await world.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "pg", namespace: databases },
      spec: { selector: labels, ports: [{ port: 5432 }] },
    });
    await world.apply({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "pg", namespace: databases },
      spec: {
        serviceName: "pg",
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { "sandbox.orchestrator/postgresql-tls": certificate } },
          spec: {
            containers: [
              {
                name: "postgresql",
                image: "quay.io/sclorg/postgresql-16-c9s:20260801",
                env: Object.entries(env).map(([name, value]) => ({ name, value })),
                volumeMounts: [{ name: "data", mountPath: "/var/lib/pgsql/data" }],
              },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    });
    await world.kubectl("rollout", "status", "statefulset/pg", "-n", databases, "--timeout=60s");
    stack = world.stack("external", {
      orchestrator: { version: "1.10" },
      externalPostgres: external({}),
      rhdh: {
        guestProvider: true,
        externalPostgres: { ...login, username: "postgres", tls: { ca: certificate } },
      },
      workflowNamespaces: [{ name: "borrowers", workflows: ["test/e2e/workflows/plain.yaml"] }],
    });
    await stack.setSecret("externalPostgresPassword", "planted-flows");
    await stack.setSecret("rhdhPostgresPassword", "planted-admin");
  });

  it("is not reached in plain text, which up says", async () => {
    const message = await fails(stack.up(), "up, in plain text");
    expect(message).toContain("sonataflow-platform-jobs-service");
    expect(message).toContain("CrashLoopBackOff");
  });

  it("keeps the platform, Developer Hub and workflows, each by its certificate", async () => {
    await set("externalPostgres", external({ tls: { ca: certificate } }));
    await ok(stack.up(), "up, with TLS");
    const ready = "jsonpath={.status.readyReplicas}";
    for (const [name, where] of [
      ["sonataflow-platform-data-index-service", namespace],
      ["sonataflow-platform-jobs-service", namespace],
      ["backstage-backstage", "rhdh"],
      ["plain", "borrowers"],
    ] as const)
      expect(await world.kubectl("get", "deployment", name, "-n", where, "-o", ready), name).toBe("1");
    // Nobody has made a database of Developer Hub's own, nor one of the platform's.
    expect(await world.exists("statefulset", "-n", "rhdh")).toBe(false);
    expect(await world.exists("statefulset", "-n", namespace)).toBe(false);
    expect(world.stateFiles()).not.toMatch(/planted-(flows|admin)/);
    await ok(stack.up(unchanged), "up, unchanged");
  });

  it("stays when the stack goes", async () => {
    await ok(stack.destroy(), "destroy");
    expect(await world.exists("statefulset", "pg", "-n", databases)).toBe(true);
    await world.kubectl("delete", "namespace", databases);
    expect(await world.leftovers(before)).toEqual([]);
  });
});
