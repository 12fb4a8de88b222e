import { describe, expect, it } from "vitest";
import { clusterPlatformSpec, networkPolicies, platformSpec } from "../../components/sonataFlow/manifests";
import { crdSpec, violations } from "../support/schema";

const database = {
  serviceName: "pg",
  serviceNamespace: "db",
  port: 5432,
  databaseName: "sonataflow",
  authSecret: { name: "login", userKey: "user", passwordKey: "password" },
};

const crds = "sandbox/catalog/crds";

describe("the platform's services", () => {
  const fourHours = { name: "KOGITO_JOBS_SERVICE_MAXINTERVALLIMITTORETRYMILLIS", value: "14400000" };
  const schema = crdSpec(`${crds}/sonataflowplatforms.sonataflow.org.yaml`);

  it("have the stack's database, and are what the CRD allows", () => {
    const spec = platformSpec(undefined, database);
    expect(violations(schema, spec)).toEqual([]);
    const persistence = {
      postgresql: {
        secretRef: database.authSecret,
        serviceRef: { name: "pg", namespace: "db", port: 5432, databaseName: "sonataflow" },
      },
    };
    expect(spec).toEqual({
      monitoring: { enabled: true },
      services: {
        dataIndex: { enabled: true, persistence },
        jobService: { enabled: true, persistence, podTemplate: { container: { env: [fourHours] } } },
      },
    });
  });

  it("take every setting that is about them", () => {
    const resources = { requests: { cpu: "1" }, limits: { memory: "1Gi" } };
    const broker = { name: "b", namespace: "ns" };
    const settings = {
      resources,
      dataIndexImage: "i",
      jobServiceImage: "j",
      monitoring: { enabled: false },
      eventing: { broker },
    };
    const spec = platformSpec(settings, database);
    expect(violations(schema, spec)).toEqual([]);
    expect(spec).toMatchObject({
      build: { template: { resources } },
      eventing: { broker: { ref: { apiVersion: "eventing.knative.dev/v1", kind: "Broker", ...broker } } },
      monitoring: { enabled: false },
      services: {
        dataIndex: { podTemplate: { container: { image: "i" } } },
        jobService: { podTemplate: { container: { image: "j", env: [fourHours] } } },
      },
    });
  });

  it("would be caught without a part of the login", () => {
    const wrong = { services: { dataIndex: { persistence: { postgresql: { secretRef: { name: "x" } } } } } };
    expect(violations(schema, wrong)).not.toEqual([]);
  });

  it("are those of all namespaces", () => {
    const spec = clusterPlatformSpec("infra");
    expect(violations(crdSpec(`${crds}/sonataflowclusterplatforms.sonataflow.org.yaml`), spec)).toEqual([]);
    expect(spec).toEqual({ platformRef: { name: "sonataflow-platform", namespace: "infra" } });
  });

  it("let in whom upstream's policies let in, Developer Hub from its own namespace, and the API server", () => {
    const policies = networkPolicies("infra", { rhdhNamespace: "rhdh", logicNamespace: "logic" });
    const called = (name: string) => ({
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
    });
    expect(policies.map(({ metadata }) => metadata.name)).toEqual([
      "allow-infra-ns-to-workflow-ns",
      "allow-external-communication",
      "allow-intra-network",
      "allow-monitoring-to-sonataflow-and-workflows",
      "allow-rhdh-to-sonataflow-and-workflows",
      "allow-api-server",
    ]);
    const from = policies.map(({ spec }) => (spec as { ingress: { from: unknown }[] }).ingress[0]?.from);
    expect(from[0]).toEqual([called("knative-eventing"), called("knative-serving"), called("logic")]);
    expect(from[2]).toEqual([{ podSelector: {} }]);
    expect(from[4]).toEqual([called("rhdh")]);
    expect(from[5]).toEqual([
      { namespaceSelector: { matchLabels: { "policy-group.network.openshift.io/host-network": "" } } },
    ]);
    for (const { spec } of policies)
      expect(spec).toMatchObject({ podSelector: {}, policyTypes: ["Ingress"] });
  });
});
