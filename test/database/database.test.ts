import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeDatabaseTroubles } from "../../tasks/database/database";
import { ApiServer, object } from "../support/apiServer";
import { parseConfig } from "../support/config";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
  api.put(
    object("storage.k8s.io/v1", "StorageClass", "fixed"),
    object("storage.k8s.io/v1", "StorageClass", "elastic", { allowVolumeExpansion: true }),
  );
});
afterEach(() => {
  api.stop();
});

const name = "sonataflow-psql-postgresql";
const keep = { "orchestrator-on-openshift/keep": "" };

interface Volume {
  readonly path?: string;
  readonly storageClassName?: string;
  readonly labels?: object;
  readonly annotations?: object;
  readonly metadata?: object;
  readonly volumeName?: string | undefined;
}

/** The volume of a stack `me` that has run with the defaults. */
const volume = ({ path = `sonataflow-infra/data-${name}-0`, labels, metadata, ...more }: Volume = {}) =>
  object(
    "v1",
    "PersistentVolumeClaim",
    path,
    {
      spec: {
        storageClassName: more.storageClassName ?? "fixed",
        resources: { requests: { storage: "2Gi" } },
        ...("volumeName" in more ? { volumeName: more.volumeName } : { volumeName: "pvc-1" }),
      },
    },
    {
      labels: {
        "orchestrator-on-openshift/installation": "me",
        "app.kubernetes.io/instance": name,
        ...labels,
      },
      annotations: more.annotations ?? {
        "orchestrator-on-openshift/postgres-user": "sonataflow",
        "orchestrator-on-openshift/postgres-version": "15",
      },
      ...metadata,
    },
  );

const wanted = (settings: Readonly<Record<string, object | string>>) => {
  const texts = Object.entries(settings).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const values = Object.fromEntries(texts) as Record<string, string>;
  const secrets = Object.keys(values).filter((key) => key.endsWith("Password"));
  return parseConfig({
    project: "orchestrator",
    values,
    isSecret: (key) => secrets.includes(key),
    folder: ".",
  }).cluster.database;
};
const troubles = (
  settings: Readonly<Record<string, object | string>>,
  installation: string | undefined = "me",
) => describeDatabaseTroubles(api.cluster, installation, wanted(settings));

const external = { serviceName: "pg", serviceNamespace: "theirs", existingSecret: { name: "login" } };
const claim = `PersistentVolumeClaim sonataflow-infra/data-${name}-0`;
const giveUp = `Who needs the data no more deletes it first: oc scale statefulset ${name} --replicas=0 -n sonataflow-infra && oc delete pvc data-${name}-0 -n sonataflow-infra && pulumi up --refresh`;

describe("a database that is there", () => {
  it("is no trouble to settings that leave it as it is", async () => {
    api.put(volume());
    expect(await troubles({})).toEqual([]);
    expect(await troubles({ postgres: { storageClass: "fixed", storage: "2048Mi" } })).toEqual([]);
    expect(await troubles({ postgres: { image: "mirror.example/postgresql-15@sha256:0" } })).toEqual([]);
    expect(await troubles({ postgres: { resources: { limits: { memory: "1Gi" } } } })).toEqual([]);
  });

  it("may grow where its class lets it", async () => {
    api.put(volume({ storageClassName: "elastic" }));
    expect(await troubles({ postgres: { storage: "10Gi" } })).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, object | string>>, string]>([
    [
      "another class",
      { postgres: { storageClass: "elastic" } },
      `postgres.storageClass is "elastic", but ${claim} has "fixed", and the class of a volume cannot be changed; set it back with: pulumi config set --path postgres.storageClass fixed. ${giveUp}`,
    ],
    [
      "a smaller size",
      { postgres: { storage: "1Gi" } },
      `postgres.storage is "1Gi", but ${claim} has 2Gi, and a volume cannot shrink; set it back with: pulumi config set --path postgres.storage 2Gi. ${giveUp}`,
    ],
    [
      "growth, of a class that has none",
      { postgres: { storage: "10Gi" } },
      `postgres.storage is "10Gi", but ${claim} has 2Gi, and its StorageClass fixed does not let it grow (allowVolumeExpansion); set it back with: pulumi config set --path postgres.storage 2Gi. ${giveUp}`,
    ],
    [
      "another role",
      { postgres: { user: "flows" } },
      `postgres.user is "flows", but the database in ${claim} is of "sonataflow", and has no other; set it back with: pulumi config set --path postgres.user sonataflow. ${giveUp}`,
    ],
    [
      "another major version",
      { postgres: { image: "registry.redhat.io/rhel9/postgresql-16:9.8" } },
      `postgres.image has PostgreSQL 16, but the data in ${claim} is of version 15, on which no other starts; take an image of 15. ${giveUp}`,
    ],
    [
      "a move to another namespace",
      { namespaces: { sonataflow: { name: "flows" } } },
      `${claim} has a database in it, and would be deleted, since namespaces.sonataflow.name is "flows". To keep it, set that back, run: pulumi config set --path postgres.keepData true && pulumi up, and only then set it again. ${giveUp}`,
    ],
    [
      "a database of others",
      { externalPostgres: external },
      `${claim} has a database in it, and would be deleted, since externalPostgres is set. To keep it, set that back, run: pulumi config set --path postgres.keepData true && pulumi up, and only then set it again. ${giveUp}`,
    ],
    [
      "another claim",
      { postgres: { existingClaim: "theirs" } },
      `${claim} has a database in it, and would be deleted, since postgres.existingClaim is "theirs". To keep it, set that back, run: pulumi config set --path postgres.keepData true && pulumi up, and only then set it again. ${giveUp}`,
    ],
    [
      "no platform",
      { install: "false" },
      `${claim} has a database in it, and would be deleted, since install is false. To keep it, set that back, run: pulumi config set --path postgres.keepData true && pulumi up, and only then set it again. ${giveUp}`,
    ],
  ])("is not lost or broken by %s", async (_, settings, text) => {
    api.put(volume());
    expect(await troubles(settings)).toEqual([text]);
    // Of what has no volume yet, nothing can be lost.
    api.put(volume({ volumeName: undefined }));
    expect(await troubles(settings)).toEqual([]);
  });

  it("is kept without a word where the stack leaves it behind for good", async () => {
    api.put(volume({ labels: keep }));
    expect(await troubles({ externalPostgres: external, postgres: { keepData: true } })).toEqual([]);
    expect(await troubles({ namespaces: { sonataflow: { name: "flows" } } })).toEqual([]);
    expect(await troubles({ externalPostgres: external })).toEqual([
      `${claim} has a database in it, and would go with its namespace at the next destroy; keep both with: pulumi config set --path postgres.keepData true. ${giveUp}`,
    ]);
  });

  it("says so when it is on its way out", async () => {
    api.put(volume({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }));
    expect((await troubles({})).join()).toContain(`${claim} is being deleted`);
  });

  it("leaves growth to the API server where the class may not be read", async () => {
    api.put(volume());
    api.hides.add("StorageClass");
    expect(await troubles({ postgres: { storage: "10Gi" } })).toEqual([]);
  });
});

describe("a volume of an earlier stack", () => {
  const settings = (more: object = {}) => ({
    namespaces: { sonataflow: { existing: true } },
    postgres: { existingClaim: `data-${name}-0`, ...more },
  });

  it("says what is on it", async () => {
    api.put(volume({ labels: keep }));
    expect(await troubles(settings(), "another")).toEqual([]);
    expect(await troubles(settings({ user: "flows", image: "x/postgresql:16-el9" }), undefined)).toEqual([
      `postgres.user is "flows", but the database in ${claim} is of "sonataflow", and has no other; set it back with: pulumi config set --path postgres.user sonataflow. Or use another volume: postgres.existingClaim`,
      `postgres.image has PostgreSQL 16, but the data in ${claim} is of version 15, on which no other starts; take an image of 15. Or use another volume: postgres.existingClaim`,
    ]);
  });

  it("without a note is judged by the server that runs on it, if one does", async () => {
    api.put(volume({ annotations: {} }));
    expect(await troubles(settings({ user: "flows" }), "another")).toEqual([]);
    const pod = {
      containers: [{ image: "quay.io/sclorg/postgresql-13-c9s" }],
      volumes: [{ persistentVolumeClaim: { claimName: `data-${name}-0` } }],
    };
    api.put(
      object("apps/v1", "StatefulSet", `sonataflow-infra/${name}`, { spec: { template: { spec: pod } } }),
      object("v1", "Secret", `sonataflow-infra/${name}`, {
        data: { "postgres-username": Buffer.from("old").toString("base64") },
      }),
    );
    expect(await troubles(settings(), "another")).toEqual([
      expect.stringContaining('is of "old"'),
      expect.stringContaining("is of version 13"),
    ]);
  });
});
