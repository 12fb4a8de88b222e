import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { record, type Registration } from "./support/record";

/** Runs the whole program with a configuration; a value marked secret is one that was encrypted. */
async function run(
  values: Record<string, string> = {},
  secrets: Record<string, string> = {},
): Promise<Registration[]> {
  const prefixed = Object.entries({ ...values, ...secrets }).map(([key, value]) => [
    `orchestrator:${key}`,
    value,
  ]);
  const encrypted = Object.keys(secrets).map((key) => `orchestrator:${key}`);
  vi.stubEnv("PULUMI_CONFIG_SECRET_KEYS", JSON.stringify(encrypted));
  vi.stubEnv("KUBECONFIG", undefined);
  vi.resetModules();
  return record(() => {
    pulumi.runtime.setAllConfig(Object.fromEntries(prefixed) as Record<string, string>, encrypted);
    return import("../index.js");
  });
}

const find = (seen: readonly Registration[], id: string): Registration => {
  const found = seen.find((resource) => resource.id === id);
  if (!found) throw new Error(`no ${id}; there are ${seen.map((resource) => resource.id).join(", ")}`);
  return found;
};
const ids = (seen: readonly Registration[]) => seen.map(({ id }) => id);
/** The component and its custom resource share a kind and a name. */
const customResource = (seen: readonly Registration[]) =>
  find(
    seen.filter(({ type }) => type.startsWith("kubernetes:")),
    "Orchestrator orchestrator",
  );
const stdin = (resource: Registration): unknown => JSON.parse(resource.inputs["stdin"] ?? "null");

describe("the default stack", () => {
  let seen: Registration[];
  beforeAll(async () => {
    seen = await run();
  });

  it("keeps its resources' names, which are a promise to every stack already installed", () => {
    expect(seen.map(({ id, parent }) => `${id} < ${parent ?? ""}`)).toMatchInlineSnapshot(`
      [
        "Command installation-claim < Installation installation",
        "Command orchestrator-operator-guard < Operator orchestrator-operator",
        "Command orchestrator-operator-ready < Operator orchestrator-operator",
        "Command orchestrator-operator-removal < Operator orchestrator-operator",
        "Command orchestrator-ready < Orchestrator orchestrator",
        "Installation installation < ",
        "kubernetes installation < Installation installation",
        "Namespace orchestrator < PlatformNamespace orchestrator",
        "Namespace rhdh < PlatformNamespace rhdh",
        "Namespace sonataflow < PlatformNamespace sonataflow",
        "Operator orchestrator-operator < ",
        "Orchestrator orchestrator < ",
        "Orchestrator orchestrator < Orchestrator orchestrator",
        "PersistentVolumeClaim sonataflow-psql-postgresql-data < Postgres sonataflow-psql-postgresql",
        "PlatformNamespace orchestrator < ",
        "PlatformNamespace rhdh < ",
        "PlatformNamespace sonataflow < ",
        "Postgres sonataflow-psql-postgresql < ",
        "RandomId installation-id < Installation installation",
        "RandomPassword rhdh-credentials-backend < RhdhSecret rhdh-credentials",
        "RandomPassword sonataflow-psql-postgresql-password < Postgres sonataflow-psql-postgresql",
        "RhdhSecret rhdh-credentials < ",
        "Secret rhdh-credentials < RhdhSecret rhdh-credentials",
        "Secret sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "Service sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "StatefulSet sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "Subscription orchestrator-operator < Operator orchestrator-operator",
      ]
    `);
  });

  it("installs the Orchestrator once everything that the operator looks for is there", () => {
    const component = find(
      seen.filter(({ type }) => !type.startsWith("kubernetes:")),
      "Orchestrator orchestrator",
    );
    expect(component.dependsOn).toEqual(
      expect.arrayContaining([
        "Command orchestrator-operator-ready",
        "Namespace orchestrator",
        "Namespace rhdh",
        "Namespace sonataflow",
        "Secret rhdh-credentials",
        "Secret sonataflow-psql-postgresql",
        "StatefulSet sonataflow-psql-postgresql",
      ]),
    );
  });

  it("cleans up after OLM when the Subscription is gone, and after the Orchestrator before it goes", () => {
    expect(find(seen, "Subscription orchestrator-operator").dependsOn).toContain(
      "Command orchestrator-operator-removal",
    );
    expect(find(seen, "Command orchestrator-operator-guard").dependsOn).toContain(
      "Subscription orchestrator-operator",
    );
    expect(find(seen, "Command orchestrator-operator-ready").dependsOn).toContain(
      "Command orchestrator-operator-guard",
    );
    expect(find(seen, "Command orchestrator-operator-removal").inputs["delete"]).toMatch(/remove-operator$/);
    expect(find(seen, "Command orchestrator-operator-guard").inputs["delete"]).toMatch(/drain$/);
  });

  it("makes nothing on the cluster before the claim, and destroys the claim after everything", () => {
    expect(find(seen, "kubernetes installation").dependsOn).toContain("Command installation-claim");
    const others = seen.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(others.length).toBeGreaterThan(8);
    for (const { provider } of others) expect(provider).toMatch(/::installation::/);
  });

  it("claims what it makes, but for what is inside its own namespaces", () => {
    expect(stdin(find(seen, "Command installation-claim"))).toEqual({
      installation: "0123456789abcdef",
      needs: [],
      makes: [
        { apiVersion: "v1", kind: "Namespace", name: "orchestrator" },
        { apiVersion: "v1", kind: "Namespace", name: "rhdh-operator" },
        { apiVersion: "v1", kind: "Namespace", name: "sonataflow-infra" },
        {
          apiVersion: "operators.coreos.com/v1alpha1",
          kind: "Subscription",
          name: "orchestrator-operator",
          namespace: "openshift-operators",
        },
      ],
    });
  });

  it("marks every object with the stack's id", () => {
    for (const { id, inputs } of seen.filter(({ type }) => type.startsWith("kubernetes:"))) {
      expect(inputs["metadata"]?.["labels"], id).toMatchObject({
        "orchestrator-on-openshift/installation": "0123456789abcdef",
      });
    }
  });

  it("names every object itself, and every namespaced one's namespace", () => {
    for (const { id, inputs, type } of seen.filter(({ type }) => type.startsWith("kubernetes:"))) {
      expect(inputs["metadata"]?.["name"], id).toBeTypeOf("string");
      if (!type.endsWith(":Namespace")) expect(inputs["metadata"]?.["namespace"], id).toBeTypeOf("string");
    }
  });

  it("labels the SonataFlow namespace, without which Data Index cannot reach PostgreSQL", () => {
    expect(find(seen, "Namespace sonataflow").inputs["metadata"]?.["labels"]).toHaveProperty(
      ["rhdh.redhat.com/workflow-namespace"],
      "",
    );
    expect(find(seen, "Namespace rhdh").inputs["metadata"]?.["labels"]).not.toHaveProperty([
      "rhdh.redhat.com/workflow-namespace",
    ]);
  });

  it("pins the operator to a version that has the custom resource it makes", () => {
    expect(find(seen, "Subscription orchestrator-operator").inputs["spec"]).toEqual({
      name: "orchestrator-operator",
      channel: "stable",
      source: "redhat-operators",
      sourceNamespace: "openshift-marketplace",
      installPlanApproval: "Manual",
      startingCSV: "orchestrator-operator.v1.2.3",
    });
  });

  it("leaves keys without a value out of Developer Hub's Secret", () => {
    expect(find(seen, "Secret rhdh-credentials").inputs["stringData"]).toEqual({
      BACKEND_SECRET: "rhdh-credentials-backend-result",
    });
  });

  it("gives the removal of the Orchestrator time for its operator's five minutes and a second try", () => {
    expect(customResource(seen).deleteTimeout).toBe("30m");
  });

  it("removes the operators that the Orchestrator brings along with it", () => {
    expect(stdin(find(seen, "Command orchestrator-operator-removal"))).toEqual({
      packages: [
        { package: "orchestrator-operator", namespace: "openshift-operators" },
        { package: "rhdh", namespace: "rhdh-operator" },
        { package: "logic-operator-rhel8", namespace: "openshift-serverless-logic" },
        { package: "serverless-operator", namespace: "openshift-serverless" },
      ],
    });
  });
});

describe("secrets", () => {
  const planted = {
    githubToken: "ghp_planted",
    clusterToken: "sha256~planted",
    emailPassword: "planted-mail",
  };

  it("go into the Secret as secrets, and nowhere else", async () => {
    const seen = await run({ githubClientId: "Iv1.abc" }, planted);
    const secret = find(seen, "Secret rhdh-credentials");
    expect(secret.inputs["stringData"]).toMatchObject({
      GITHUB_TOKEN: "ghp_planted",
      K8S_CLUSTER_TOKEN: "sha256~planted",
      NOTIFICATIONS_EMAIL_PASSWORD: "planted-mail",
      GITHUB_CLIENT_ID: "Iv1.abc",
    });
    expect(secret.secrets.join()).toContain("stringData");
    for (const other of seen.filter((resource) => resource !== secret)) {
      for (const value of Object.values(planted))
        expect(JSON.stringify(other.inputs), other.id).not.toContain(value);
    }
  });
});

describe("existing namespaces", () => {
  it("are neither made nor removed, but get the label that 1.2 needs", async () => {
    const existing = { existing: true };
    const seen = await run({ namespaces: JSON.stringify({ sonataflow: existing, rhdh: existing }) });
    expect(ids(seen).filter((id) => /^Namespace/.test(id))).toEqual([
      "Namespace orchestrator",
      "NamespacePatch sonataflow",
    ]);
    expect(find(seen, "NamespacePatch sonataflow").inputs["metadata"]).toEqual({
      name: "sonataflow-infra",
      labels: { "rhdh.redhat.com/workflow-namespace": "" },
    });
    expect(stdin(find(seen, "Command installation-claim"))).toMatchObject({
      needs: [
        { kind: "Namespace", name: "rhdh-operator" },
        { kind: "Namespace", name: "sonataflow-infra" },
      ],
      makes: expect.arrayContaining([
        expect.objectContaining({
          kind: "Secret",
          namespace: "rhdh-operator",
          name: "backstage-backend-auth-secret",
        }),
        expect.objectContaining({ kind: "StatefulSet", namespace: "sonataflow-infra" }),
      ]) as unknown,
    });
  });
});

describe("an external database", () => {
  const external = { serviceName: "pg", serviceNamespace: "databases" };

  it("with a Secret of its own makes nothing of PostgreSQL", async () => {
    const existingSecret = { name: "pg-app", userKey: "user", passwordKey: "pass" };
    const seen = await run({ externalPostgres: JSON.stringify({ ...external, existingSecret }) });
    expect(ids(seen).filter((id) => /postgresql/.test(id))).toEqual([
      "ExternalPostgres sonataflow-external-postgresql",
    ]);
    expect(customResource(seen).inputs["spec"]?.["postgres"]).toEqual({
      serviceName: "pg",
      serviceNamespace: "databases",
      authSecret: existingSecret,
      database: "sonataflow",
    });
  });

  it("with given credentials makes only their Secret", async () => {
    const seen = await run(
      { externalPostgres: JSON.stringify({ ...external, username: "app" }) },
      { externalPostgresPassword: "planted-pg" },
    );
    expect(ids(seen).filter((id) => /postgresql/.test(id))).toEqual([
      "ExternalPostgres sonataflow-external-postgresql",
      "Secret sonataflow-external-postgresql",
    ]);
    expect(find(seen, "Secret sonataflow-external-postgresql").inputs["stringData"]).toEqual({
      "postgres-username": "app",
      "postgres-password": "planted-pg",
    });
  });
});

describe("kept data", () => {
  it("stays with its namespace, and is spared by the sweep", async () => {
    const seen = await run({ postgres: JSON.stringify({ keepData: true }) });
    const kept = seen.filter(({ retainOnDelete }) => retainOnDelete);
    expect(ids(kept)).toEqual([
      "Namespace sonataflow",
      "PersistentVolumeClaim sonataflow-psql-postgresql-data",
    ]);
    for (const { inputs } of kept) {
      expect(inputs["metadata"]?.["labels"]).toHaveProperty(["orchestrator-on-openshift/keep"]);
    }
  });

  it("is used again", async () => {
    const claim = { existingClaim: "data-sonataflow-psql-postgresql-0" };
    const seen = await run({
      postgres: JSON.stringify(claim),
      namespaces: '{"sonataflow":{"existing":true}}',
    });
    expect(ids(seen).filter((id) => /^PersistentVolumeClaim/.test(id))).toEqual([]);
    expect(JSON.stringify(find(seen, "StatefulSet sonataflow-psql-postgresql").inputs)).toContain(
      '"claimName":"data-sonataflow-psql-postgresql-0"',
    );
    expect(stdin(find(seen, "Command installation-claim"))).toMatchObject({
      needs: [{ kind: "Namespace" }, { kind: "PersistentVolumeClaim", namespace: "sonataflow-infra" }],
    });
  });

  it("is not the default", async () => {
    expect((await run()).filter(({ retainOnDelete }) => retainOnDelete)).toEqual([]);
  });
});

describe("an operator namespace of its own", () => {
  it("comes with an OperatorGroup, before the Subscription", async () => {
    const seen = await run({ operator: JSON.stringify({ namespace: "orchestrator-operator" }) });
    expect(find(seen, "OperatorGroup orchestrator-operator-group").inputs["spec"]).toEqual({});
    expect(find(seen, "Command orchestrator-operator-removal").dependsOn).toContain(
      "OperatorGroup orchestrator-operator-group",
    );
  });
});
