import { beforeEach, describe, expect, it } from "vitest";
import { findPlatform, type FindPlatformInput } from "../../tasks/platform/findPlatform";
import { object } from "../support/apiServer";
import { api, messageOf } from "../support/api";

const version = "sonataflow.org/v1alpha08";

const platform = (path: string, spec: object = {}, metadata: object = {}) =>
  object(version, "SonataFlowPlatform", path, { spec }, metadata);

describe("finding the platform", () => {
  const persistence = {
    postgresql: {
      secretRef: { name: "login", userKey: "user", passwordKey: "pass" },
      serviceRef: { name: "pg", namespace: "db", port: 5433, databaseName: "state" },
    },
  };
  const serving = { services: { dataIndex: { enabled: true, persistence }, jobService: { enabled: true } } };
  const clusterPlatform = (name: string, path: string) => {
    const [namespace, platform] = path.split("/");
    const platformRef = { namespace, name: platform };
    return object(version, "SonataFlowClusterPlatform", name, { spec: { platformRef } });
  };
  const backstage = (path: string) => object("rhdh.redhat.com/v1alpha3", "Backstage", path);
  const find = (input: Partial<FindPlatformInput> = {}) =>
    findPlatform(api.cluster, { admitsWorkflowsBy: "label", ...input });
  beforeEach(() => {
    api.put(backstage("hub/backstage"));
  });

  it("takes the one that the cluster's platform points to, whatever else serves", async () => {
    api.put(
      platform("a/sonataflow-platform", serving),
      platform("b/sonataflow-platform", serving),
      platform("b/other", serving),
      clusterPlatform("cluster-platform", "b/sonataflow-platform"),
    );
    expect(await find()).toEqual({
      sonataflowNamespace: "b",
      rhdhNamespace: "hub",
      database: {
        serviceName: "pg",
        serviceNamespace: "db",
        port: 5433,
        databaseName: "state",
        authSecret: { name: "login", userKey: "user", passwordKey: "pass" },
      },
    });
  });

  it("ignores the empty ones that the operator makes beside workflows", async () => {
    api.put(
      platform("a/sonataflow-platform"),
      platform("b/sonataflow-platform", serving),
      platform("c/sonataflow-platform", { services: { dataIndex: { enabled: false, persistence } } }),
    );
    expect(await find()).toMatchObject({ sonataflowNamespace: "b" });
    api.put(clusterPlatform("stale", "gone/sonataflow-platform"));
    expect(await find()).toMatchObject({ sonataflowNamespace: "b" });
  });

  it("does without the kind of the cluster's platform, which older operators have not", async () => {
    api.lacks.add("SonataFlowClusterPlatform");
    api.put(platform("a/sonataflow-platform", serving));
    expect(await find()).toMatchObject({ sonataflowNamespace: "a" });
  });

  it("says how to come by one where there is none", async () => {
    api.put(platform("a/sonataflow-platform"));
    expect(await messageOf(find())).toBe(
      "there is no SonataFlowPlatform with a Data Index on this cluster. " +
        "Install the platform first, by a stack of its own or with: pulumi config set install true",
    );
  });

  it("names those there are, where they are several or the one that is asked for is not among them", async () => {
    api.put(platform("a/one", serving), platform("b/two", serving));
    expect(await messageOf(find())).toBe(
      "there are several platforms: SonataFlowPlatform a/one, SonataFlowPlatform b/two. " +
        "Choose with: pulumi config set --path existingPlatform.sonataflowNamespace <namespace>",
    );
    expect(await messageOf(find({ sonataflowNamespace: "c" }))).toContain(
      "in namespace c; there are SonataFlowPlatform a/one, SonataFlowPlatform b/two.",
    );
  });

  it("takes the one that is chosen, even if the cluster's platform points elsewhere", async () => {
    api.put(platform("a/one", serving), platform("b/two", serving), clusterPlatform("c", "a/one"));
    expect(await find({ sonataflowNamespace: "b" })).toMatchObject({ sonataflowNamespace: "b" });
  });

  it("fills in what the operator takes for granted: keys, port, database and the platform's namespace", async () => {
    const short = { postgresql: { secretRef: { name: "login" }, serviceRef: { name: "pg" } } };
    const expected = {
      serviceName: "pg",
      serviceNamespace: "a",
      port: 5432,
      databaseName: "sonataflow",
      authSecret: { name: "login", userKey: "POSTGRESQL_USER", passwordKey: "POSTGRESQL_PASSWORD" },
    };
    for (const spec of [
      { services: { dataIndex: { enabled: true, persistence: short } } },
      { services: { dataIndex: { enabled: true }, jobService: { persistence: short } } },
      { services: { dataIndex: { enabled: true } }, persistence: short },
    ]) {
      api.put(platform("a/one", spec));
      expect((await find()).database).toEqual(expected);
    }
  });

  it("refuses a platform whose database its workflows cannot share", async () => {
    const url = { postgresql: { secretRef: { name: "login" }, jdbcUrl: "jdbc:postgresql://pg/state" } };
    for (const spec of [
      { dataIndex: { enabled: true } },
      { dataIndex: { enabled: true, persistence: url } },
    ]) {
      api.put(platform("a/one", { services: spec }));
      expect(await messageOf(find())).toMatch(
        /^SonataFlowPlatform a\/one names no PostgreSQL with a secretRef and a serviceRef/,
      );
    }
  });

  it("asks for Developer Hub's namespace where it has no Backstage, or several have one", async () => {
    api.put(platform("a/one", serving), backstage("elsewhere/backstage"));
    const set = "pulumi config set --path existingPlatform.rhdhNamespace <namespace>";
    expect(await messageOf(find())).toBe(
      `there are Developer Hubs in several namespaces: elsewhere, hub. Choose with: ${set}`,
    );
    expect(await find({ rhdhNamespace: "helm" })).toMatchObject({ rhdhNamespace: "helm" });
    api.objects.delete("Backstage hub/backstage");
    api.objects.delete("Backstage elsewhere/backstage");
    const missing = new RegExp(`^there is no Backstage on this cluster: .*${set}$`);
    expect(await messageOf(find())).toMatch(missing);
    api.lacks.add("Backstage");
    expect(await messageOf(find())).toMatch(missing);
  });

  it("does not mind two Developer Hubs in one namespace", async () => {
    api.put(platform("a/one", serving), backstage("hub/second"));
    expect(await find()).toMatchObject({ rhdhNamespace: "hub" });
  });
});

describe("finding how a platform lets workflows in", () => {
  const persistence = { postgresql: { secretRef: { name: "s" }, serviceRef: { name: "pg" } } };
  const platform = object("sonataflow.org/v1alpha08", "SonataFlowPlatform", "flows/p", {
    spec: { services: { dataIndex: { enabled: true, persistence } } },
  });
  const policy = (matchLabels: object) =>
    object("networking.k8s.io/v1", "NetworkPolicy", "flows/allow-rhdh-to-sonataflow-and-workflows", {
      spec: { ingress: [{ from: [{ namespaceSelector: { matchLabels } }] }] },
    });
  const find = (admits: "label" | "policy") =>
    findPlatform(api.cluster, { admitsWorkflowsBy: admits, rhdhNamespace: "rhdh" }).then(
      () => "fine",
      (error: unknown) => (error as Error).message,
    );

  it("takes it for one up to 1.4 where its policy has the label, or nothing keeps it closed", async () => {
    api.put(platform);
    expect(await find("label")).toBe("fine");
    expect(await find("policy")).toMatch(/as up to 1\.4\. .*existingPlatform\.version <version>$/);
    api.put(policy({ "rhdh.redhat.com/workflow-namespace": "" }));
    expect(await find("label")).toBe("fine");
  });

  it("takes it for a later one where its policy has names only", async () => {
    api.put(platform, policy({ "kubernetes.io/metadata.name": "rhdh" }));
    expect(await find("policy")).toBe("fine");
    expect(await find("label")).toMatch(/as from 1\.7 on\. .*existingPlatform\.version <version>$/);
  });
});
