import { describe, expect, it } from "vitest";
import { appConfig, backstageSpec } from "../../components/developerHub/manifests";
import { hubPolicies } from "../../components/developerHub/policies";
import { platformSpec } from "../../components/sonataFlow/manifests";
import { withPersistence } from "../../components/workflows/persistence";
import { expectationsOf } from "../../components/cluster/expectations";
import { prerequisitesOf } from "../../components/cluster/plan";
import { directProfiles } from "../../config/profiles";
import type { Manifest } from "../../config/workflowFiles";
import { authority as certificate, certificate as another } from "../support/certificates";
import { developerHubPlatformOf, texts, type Values } from "../support/config";
import * as program from "../support/program";
import { find, ids } from "../support/program";
import { mistakes, parse } from "../support/release";
import { crdSpec, violations } from "../support/schema";

const tls = { ca: certificate };
const login = { username: "app" };
const passwords = { externalPostgresPassword: "planted-flows", rhdhPostgresPassword: "planted-hub" };
/** The whole program. */
const run = (version: string, values: Values) => {
  const external = "externalPostgres" in values;
  const { externalPostgresPassword, rhdhPostgresPassword } = passwords;
  return program.run(texts({ orchestrator: { version }, ...values }), {
    ...(external && { externalPostgresPassword }),
    ...("rhdh" in values && { rhdhPostgresPassword }),
  });
};
const services = (spec: unknown) => (spec as ReturnType<typeof platformSpec>).services;
const secretRef = {
  name: "sonataflow-external-postgresql",
  userKey: "postgres-username",
  passwordKey: "postgres-password",
};
const trust = {
  volumes: [{ name: "postgresql-ca", configMap: { name: "sonataflow-external-postgresql-ca" } }],
  container: { volumeMounts: [{ name: "postgresql-ca", mountPath: "/etc/postgresql-ca", readOnly: true }] },
};
const verified = "sslmode=verify-full&sslrootcert=/etc/postgresql-ca/ca.crt";
const plain: Values = {
  workflowNamespaces: [{ name: "loans", workflows: ["test/e2e/workflows/plain.yaml"] }],
};

describe("the platform's database", () => {
  it("is named by its Service, with port and database, while that says all", async () => {
    const server = { serviceName: "pg", serviceNamespace: "db", port: 5433, database: "flows" };
    const seen = await run("1.10", { externalPostgres: { ...server, ...login } });
    const persistence = {
      postgresql: {
        secretRef,
        serviceRef: { name: "pg", namespace: "db", port: 5433, databaseName: "flows" },
      },
    };
    expect(services(find(seen, "SonataFlowPlatform platform").inputs["spec"])).toEqual({
      dataIndex: { enabled: true, persistence },
      jobService: { enabled: true, persistence, podTemplate: expect.any(Object) as unknown },
    });
    expect(ids(seen).filter((id) => id.endsWith("-ca"))).toEqual([]);
  });

  it("is named by a URL where it is outside of the cluster, in the schemas that the operator would take", async () => {
    const values = { externalPostgres: { host: "db.example.com", database: "flows", ...login } };
    const { dataIndex, jobService } = services(
      find(await run("1.10", values), "SonataFlowPlatform platform").inputs["spec"],
    );
    const url = "jdbc:postgresql://db.example.com:5432/flows?currentSchema=sonataflow-platform";
    expect(dataIndex.persistence.postgresql).toEqual({ secretRef, jdbcUrl: `${url}-data-index-service` });
    expect(jobService.persistence.postgresql).toEqual({ secretRef, jdbcUrl: `${url}-jobs-service` });
    expect(dataIndex).not.toHaveProperty("podTemplate");
    expect(prerequisitesOf(parse("1.10", { ...values, ...flows }))).toEqual([]);
    await expect(program.outputs(texts({ orchestrator: { version: "1.10" }, ...values }))).rejects.toThrow();
  });

  it("is known by its certificate, to the platform and to each workflow", async () => {
    const values = {
      externalPostgres: { serviceName: "pg", serviceNamespace: "db", tls, ...login },
      platform: { dataIndexImage: "mine" },
      ...plain,
    };
    const seen = await run("1.10", values);
    const { dataIndex, jobService } = services(find(seen, "SonataFlowPlatform platform").inputs["spec"]);
    for (const service of [dataIndex, jobService]) {
      expect(service.podTemplate).toMatchObject(trust);
      const { jdbcUrl } = service.persistence.postgresql as { jdbcUrl: string };
      expect(jdbcUrl).toMatch(/^jdbc:postgresql:\/\/pg\.db\.svc:5432\/sonataflow\?currentSchema=/);
      expect(jdbcUrl.endsWith(`&${verified}`)).toBe(true);
    }
    expect(dataIndex.podTemplate).toMatchObject({ container: { image: "mine" } });
    // The reactive driver of Job Service does not read the URL.
    const { env } = (jobService.podTemplate as { container: { env: { name: string; value: string }[] } })
      .container;
    expect(
      Object.fromEntries(
        env.filter(({ name }) => name.startsWith("QUARKUS_")).map(({ name, value }) => [name, value]),
      ),
    ).toEqual({
      QUARKUS_DATASOURCE_REACTIVE_POSTGRESQL_SSL_MODE: "verify-full",
      QUARKUS_DATASOURCE_REACTIVE_HOSTNAME_VERIFICATION_ALGORITHM: "HTTPS",
      QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM: "true",
      QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM_CERTS: "/etc/postgresql-ca/ca.crt",
    });
    const { persistence, podTemplate } = find(seen, "SonataFlow loans/plain").inputs["spec"] as unknown as {
      persistence: object;
      podTemplate: object;
    };
    expect(persistence).toEqual({
      postgresql: {
        secretRef,
        jdbcUrl: `jdbc:postgresql://pg.db.svc:5432/sonataflow?currentSchema=plain&${verified}`,
      },
    });
    expect(podTemplate).toMatchObject(trust);
    for (const [id, namespace] of [
      ["ConfigMap sonataflow-external-postgresql-ca", "sonataflow-infra"],
      ["ConfigMap loans-ca", "loans"],
    ] as const) {
      expect(find(seen, id).inputs).toMatchObject({
        metadata: { name: "sonataflow-external-postgresql-ca", namespace },
        data: { "ca.crt": certificate },
      });
    }
  });

  it("is not put over what a workflow says of its own", () => {
    const connection = {
      serviceName: "pg",
      serviceNamespace: "db",
      port: 5432,
      databaseName: "sonataflow",
      authSecret: secretRef,
      url: { host: "pg.db.svc", hasTls: true },
    };
    const own = { postgresql: { secretRef: { name: "x" }, jdbcUrl: "jdbc:postgresql://own/x" } };
    const manifest: Manifest = {
      apiVersion: "sonataflow.org/v1alpha08",
      kind: "SonataFlow",
      metadata: { name: "greeting", namespace: "loans" },
      spec: { flow: {}, persistence: own },
    };
    expect(withPersistence(manifest, connection, [])).toEqual(manifest);
    const mine = { flow: {}, podTemplate: { container: { env: [{ name: "A", value: "b" }] } } };
    expect(withPersistence({ ...manifest, spec: mine }, connection, [])["spec"]).toMatchObject({
      podTemplate: {
        volumes: trust.volumes,
        container: { env: expect.arrayContaining([{ name: "A", value: "b" }]) as object },
      },
    });
  });
});

const flows = { externalPostgresPassword: passwords.externalPostgresPassword };

describe("Developer Hub's database", () => {
  const rhdh = { externalPostgres: { host: "db.example.com", port: 5433, tls, ...login } };
  const values = { rhdh, rhdhPostgresPassword: passwords.rhdhPostgresPassword };

  it.each(directProfiles)("is said in the words of $version", ({ version }) => {
    const { developerHub } = developerHubPlatformOf(parse(version, values));
    if (!developerHub) throw new Error("no Developer Hub");
    const spec = backstageSpec(developerHub);
    expect(spec).toMatchObject({
      database: { enableLocalDb: false },
      application: {
        extraFiles: {
          configMaps: [{ name: "rhdh-external-postgresql-ca", mountPath: "/opt/app-root/src/postgresql-ca" }],
        },
      },
    });
    expect(violations(crdSpec("sandbox/catalog/crds/backstages.rhdh.redhat.com.yaml"), spec)).toEqual([]);
    expect(appConfig(developerHub) + JSON.stringify(spec)).not.toContain("planted");
    // From 2.1 on, its pods are closed but for 5432.
    expect(JSON.stringify(hubPolicies(developerHub)).includes("5433")).toBe(version === "2.1");
  });

  it("is logged in to by Developer Hub's Secret, and known by its certificate", async () => {
    const seen = await run("1.10", { rhdh });
    const { inputs, secrets } = find(seen, "Secret rhdh-credentials");
    expect(inputs["stringData"]).toMatchObject({
      POSTGRES_HOST: "db.example.com",
      POSTGRES_PORT: "5433",
      POSTGRES_USER: "app",
      POSTGRES_PASSWORD: "planted-hub",
      PGSSLMODE: "verify-full",
      NODE_EXTRA_CA_CERTS: "/opt/app-root/src/postgresql-ca/ca.crt",
    });
    expect(secrets.join()).toContain("stringData");
    expect(find(seen, "ConfigMap developer-hub-ca").inputs).toMatchObject({
      metadata: { name: "rhdh-external-postgresql-ca", namespace: "rhdh" },
      data: { "ca.crt": certificate },
    });
    // It is read when Developer Hub starts.
    const renewed = { externalPostgres: { ...rhdh.externalPostgres, tls: { ca: another } } };
    const specOf = (all: typeof seen) => JSON.stringify(find(all, "Backstage developer-hub").inputs["spec"]);
    expect(specOf(await run("1.10", { rhdh: renewed }))).not.toBe(specOf(seen));
  });

  it("may be in plain text, by a Service", async () => {
    const plain = { externalPostgres: { serviceName: "pg", serviceNamespace: "db", ...login } };
    const { inputs } = find(await run("1.10", { rhdh: plain }), "Secret rhdh-credentials");
    expect(inputs["stringData"]).toMatchObject({ POSTGRES_HOST: "pg.db.svc", POSTGRES_PORT: "5432" });
    expect(inputs["stringData"]).not.toHaveProperty("PGSSLMODE");
    expect(prerequisitesOf(parse("1.10", { ...values, rhdh: plain }))).toEqual([
      { apiVersion: "v1", kind: "Service", namespace: "db", name: "pg" },
    ]);
  });

  it("needs no storage, and is looked at like the platform's", () => {
    const seen = (of: Values) => {
      const { databases, needsStorage } = expectationsOf(parse("1.10", of)) ?? {};
      return { databases, needsStorage };
    };
    const server = { serviceName: "pg", serviceNamespace: "db", ...login };
    const both = { ...values, ...flows, externalPostgres: server, rhdh: { externalPostgres: server } };
    const named = { namespace: "db", name: "pg" };
    expect(seen(both)).toEqual({
      databases: [
        { settings: "externalPostgres", ...named },
        { settings: "rhdh.externalPostgres", ...named },
      ],
      needsStorage: false,
    });
    expect(seen({})).toEqual({ databases: undefined, needsStorage: true });
  });

  it("is its operator's where nobody says so", async () => {
    const seen = await program.run(texts({ orchestrator: { version: "1.10" } }));
    expect(find(seen, "Secret rhdh-credentials").inputs["stringData"]).not.toHaveProperty("POSTGRES_HOST");
    expect(find(seen, "Backstage developer-hub").inputs["spec"]).not.toHaveProperty("database");
  });
});

describe("refused is", () => {
  it.each<[string, Values, string[]]>([
    [
      "two places",
      { externalPostgres: { host: "h", serviceName: "s", serviceNamespace: "n", ...login }, ...flows },
      ['externalPostgres.host is "h": stands beside a Service; give one of the two'],
    ],
    [
      "none",
      { externalPostgres: login, ...flows },
      ["externalPostgres: expected serviceName and serviceNamespace, or host"],
    ],
    [
      "half of one",
      { rhdh: { externalPostgres: { serviceNamespace: "n", ...login } }, rhdhPostgresPassword: "x" },
      ["rhdh.externalPostgres.serviceName: is missing beside serviceNamespace"],
    ],
    [
      "a role without a password",
      { rhdh: { externalPostgres: { host: "h", ...login } } },
      [
        "rhdhPostgresPassword: is missing beside rhdh.externalPostgres; set it with: pulumi config set --secret rhdhPostgresPassword",
      ],
    ],
    [
      "a password of nobody",
      { rhdhPostgresPassword: "x" },
      ["rhdhPostgresPassword: has no effect without rhdh.externalPostgres"],
    ],
    [
      "a port that is none",
      { externalPostgres: { host: "h", port: 65536, ...login }, ...flows },
      ["externalPostgres.port is 65536: "],
    ],
    [
      "a host with its port",
      { externalPostgres: { host: "h:5432", ...login }, ...flows },
      ['externalPostgres.host is "h:5432": expected a host such as "db.example.com"'],
    ],
    [
      "an authority that is a path, or none",
      {
        externalPostgres: { host: "h", tls: { ca: "ca.crt" }, ...login },
        rhdh: {
          externalPostgres: {
            host: "h",
            tls: { ca: "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n" },
            ...login,
          },
        },
        ...passwords,
      },
      [
        'externalPostgres.tls.ca is "ca.crt": expected certificates in PEM, "-----BEGIN CERTIFICATE-----…"; set them with: pulumi config set --path externalPostgres.tls.ca < <file>',
        "rhdh.externalPostgres.tls.ca is ",
      ],
    ],
  ])("%s", (_, values, messages) => {
    const found = mistakes("1.10", values);
    expect(found).toHaveLength(messages.length);
    for (const [index, message] of messages.entries())
      expect(
        found.find((line) => line.includes(`orchestrator:${message}`)),
        `${index}`,
      ).toBeDefined();
  });

  it("up to 1.4 what its operator does not pass on", () => {
    const has = "Orchestrator 1.4 has no such choice; 1.7, 1.8, 1.9, 1.10, 2.1 have it";
    const server = { serviceName: "s", serviceNamespace: "n", ...login };
    const lines = mistakes("1.4", {
      externalPostgres: { ...server, port: 5433, database: "flows", tls },
      rhdh: { externalPostgres: { host: "h", ...login } },
      ...passwords,
    });
    for (const key of [
      "externalPostgres.port is 5433",
      'externalPostgres.database is "flows"',
      "externalPostgres.tls.ca is ",
      'rhdh.externalPostgres.host is "h"',
      "rhdhPostgresPassword",
    ])
      expect(
        lines.find((line) => line.includes(`orchestrator:${key}`) && line.endsWith(has)),
        key,
      ).toBeDefined();
    expect(mistakes("1.4", { externalPostgres: server, ...flows })).toEqual([]);
  });
});
