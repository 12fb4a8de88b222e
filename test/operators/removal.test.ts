import { describe, expect, it } from "vitest";
import { drain } from "../../tasks/operators/drain";
import { prepareRemoval, removeOperator } from "../../tasks/operators/removal";
import { markBundles } from "../../tasks/operators/settling";
import { takeDown } from "../../tasks/operators/takeDown";
import { sweep } from "../../tasks/cluster/sweep";
import { object } from "../support/apiServer";
import { api, olm, mark, namespace, ownedRole } from "../support/api";

describe("removing an operator", () => {
  const packages = [
    { package: "op", namespace: "ops" },
    { package: "child", namespace: "kids" },
  ];
  const of = (name: string, ns: string) => ({ labels: { [`operators.coreos.com/${name}.${ns}`]: "" } });
  const csv = (path: string, metadata: object) => object(olm, "ClusterServiceVersion", path, {}, metadata);

  const subscribed = (status: object) =>
    object(olm, "Subscription", "ops/op", { spec: { name: "op" }, status });

  it("lets OLM finish what an interrupted up has begun, which it would install later on", async () => {
    api.put(subscribed({}));
    let requests = 0;
    api.onRequest = () => {
      requests++;
      if (requests === 20)
        api.put(subscribed({ currentCSV: "op.v1", installPlanRef: { name: "install-1" } }));
      if (requests === 40) api.put(csv("ops/op.v1", of("op", "ops")));
      if (requests === 50) api.put(subscribed({ currentCSV: "op.v1", installedCSV: "op.v1" }));
    };
    await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    expect(requests).toBeGreaterThan(50);
    expect(api.writes).toEqual(["DELETE Subscription ops/op", "DELETE ClusterServiceVersion ops/op.v1"]);
  });

  it("reminds OLM of a CSV that it does not let go of", async () => {
    api.put(namespace("ops"), csv("ops/op.v1", { ...of("op", "ops"), finalizers: ["csv-cleanup"] }));
    api.onRequest = () => {
      if (api.writes.includes("PATCH ClusterServiceVersion ops/op.v1"))
        api.objects.delete("ClusterServiceVersion ops/op.v1");
    };
    await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    expect(api.has("ClusterServiceVersion", "op.v1")).toBe(false);
  });

  it("deletes a CSV again that OLM was about to install when it went", async () => {
    api.put(csv("ops/op.v1", { ...of("op", "ops"), uid: "first" }));
    let isMade = false;
    api.onRequest = () => {
      if (isMade || api.has("ClusterServiceVersion", "op.v1")) return;
      isMade = true;
      api.put(csv("ops/op.v1", { ...of("op", "ops"), uid: "second" }));
    };
    await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    const deleted = "DELETE ClusterServiceVersion ops/op.v1";
    expect(api.writes).toEqual([deleted, deleted]);
  });

  it("lets go of a CSV itself where its namespace is gone, which OLM does not look at", async () => {
    api.put(csv("ops/op.v1", { ...of("op", "ops"), finalizers: ["csv-cleanup"] }));
    await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    expect(api.has("ClusterServiceVersion", "op.v1")).toBe(false);
  });

  it.each([
    ["cannot resolve", { conditions: [{ type: "ResolutionFailed", status: "True" }] }],
    ["waits for an approval", { currentCSV: "op.v1", installPlanRef: { name: "install-1" } }],
  ])("does not wait for what OLM %s", async (_, status) => {
    api.put(
      subscribed(status),
      object(olm, "InstallPlan", "ops/install-1", {
        spec: { approved: false, clusterServiceVersionNames: ["op.v1"] },
        status: { phase: "RequiresApproval" },
      }),
    );
    let requests = 0;
    api.onRequest = () => requests++;
    await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    expect(api.writes).toEqual(["DELETE Subscription ops/op"]);
    expect(requests).toBeLessThan(80);
  });

  it("waits for what OLM has resolved just before the Subscription went, if only for a while", async () => {
    let requests = 0;
    api.onRequest = () => {
      if (++requests === 12) api.put(csv("ops/op.v1", of("op", "ops")));
    };
    const remove = () =>
      removeOperator(
        api.cluster,
        { installation: "me", packages, createdNamespaces: [] },
        { own: packages, preexisting: [], createdNamespaces: [] },
      );
    await remove();
    expect(api.writes).toEqual(["DELETE ClusterServiceVersion ops/op.v1"]);
    requests = 100;
    await remove();
    expect(requests).toBeLessThan(200);
  });

  it("removes each package's CSV at whatever version, and its copies last, but not CRDs and others' packages", async () => {
    api.put(
      csv("ops/op.v7", of("op", "ops")),
      csv("kids/op.v7", { labels: { "olm.copiedFrom": "ops" } }),
      csv("ops/other.v1", of("other", "ops")),
      csv("kids/other.v1", { labels: { "olm.copiedFrom": "ops" } }),
      csv("kids/child.v2", of("child", "kids")),
      object("operators.coreos.com/v1", "OperatorGroup", "ops/group"),
      ownedRole("OperatorGroup", "ops/group", "of-a-group"),
      ownedRole("OperatorGroup", "ops/gone", "of-a-group-that-is-gone"),
      ownedRole("OperatorGroup", "elsewhere/gone", "of-another-namespace"),
      ownedRole("ClusterServiceVersion", "ops/op.v6", "of-a-version-that-is-gone"),
      ownedRole("ClusterServiceVersion", "ops/other.v1", "of-a-version"),
      ownedRole("ClusterServiceVersion", "ops/another.v1", "of-another-package"),
      object("operators.coreos.com/v1", "Operator", "op.ops", { status: { components: { refs: [] } } }),
      object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "ops.example.com",
        {},
        {
          ...of("op", "ops"),
          annotations: { "operatorframework.io/installed-alongside-1": "ops/op.v7" },
        },
      ),
      object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "others.example.com",
        {},
        {
          annotations: { "operatorframework.io/installed-alongside-1": "ops/other.v1" },
        },
      ),
    );
    const kept = await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    expect(api.writes).toEqual([
      "DELETE ClusterServiceVersion ops/op.v7",
      "DELETE ClusterServiceVersion kids/op.v7",
      "DELETE ClusterRole of-a-group-that-is-gone",
      "DELETE ClusterRole of-a-version-that-is-gone",
      "PATCH CustomResourceDefinition ops.example.com",
      "DELETE Operator op.ops",
      "DELETE ClusterServiceVersion kids/child.v2",
    ]);
    expect(api.has("CustomResourceDefinition", "ops.example.com")).toBe(true);
    expect(kept).toEqual(["ops.example.com"]);
  });

  it("deletes the Operator only when OLM knows of nothing that belongs to it, and so does not make it again", async () => {
    const operator = (refs: readonly object[]) =>
      object("operators.coreos.com/v1", "Operator", "op.ops", { status: { components: { refs } } });
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "ops.example.com",
    };
    api.put(operator([crd]), object(crd.apiVersion, crd.kind, crd.name, {}, of("op", "ops")));
    let requests = 0;
    api.onRequest = () => {
      // As after a restart of the API server: OLM looks at its cache, and that is out of date for a while.
      if (++requests === 60) api.put(operator([]));
      else if (requests < 60 && !api.has("Operator", "op.ops")) api.put(operator([crd]));
    };
    await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    expect(api.writes.filter((write) => write === "DELETE Operator op.ops")).toHaveLength(1);
    expect(api.has("Operator", "op.ops")).toBe(false);
  });

  it("does not wait for ever for OLM to forget what is gone, nor for what was made for a CSV that is", async () => {
    const condition = object("operators.coreos.com/v2", "OperatorCondition", "ops/op.v1");
    const { apiVersion, kind } = condition;
    const refs = [{ apiVersion, kind, namespace: "ops", name: "op.v1" }];
    api.put(
      condition,
      object("operators.coreos.com/v1", "Operator", "op.ops", { status: { components: { refs } } }),
    );
    await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    expect(api.writes).toEqual(["DELETE OperatorCondition ops/op.v1", "DELETE Operator op.ops"]);
  });

  it("looks again, for a CSV that OLM was about to install when its Subscription went", async () => {
    const late = csv("ops/op.v8", of("op", "ops"));
    let came = false;
    api.put(csv("ops/op.v7", of("op", "ops")));
    api.onRequest = () => {
      if (came || api.writes.length === 0) return;
      came = true;
      api.put(late);
    };
    await removeOperator(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      { own: packages, preexisting: [], createdNamespaces: [] },
    );
    expect(came).toBe(true);
    expect(api.has("ClusterServiceVersion", "op.v8")).toBe(false);
  });

  it("removes the namespaces that operators make themselves, unless they were there before", async () => {
    api.put(namespace("older"));
    const input = { installation: "me", packages: [], createdNamespaces: ["older", "newer"] };
    const prepared = await prepareRemoval(api.cluster, input, undefined);
    api.put(namespace("newer"));
    await removeOperator(api.cluster, input, await prepareRemoval(api.cluster, input, prepared));
    expect(api.writes).toEqual(["DELETE Namespace newer"]);
  });

  it("spares a package that was there before", async () => {
    api.put(csv("kids/child.v2", of("child", "kids")));
    const prepared = await prepareRemoval(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [] },
      undefined,
    );
    expect(prepared).toEqual({ own: [packages[0]], preexisting: [packages[1]], createdNamespaces: [] });
    await removeOperator(api.cluster, { installation: "me", packages, createdNamespaces: [] }, prepared);
    expect(api.has("ClusterServiceVersion", "child.v2")).toBe(true);
  });

  it("does not take its own packages for older ones when it prepares again", async () => {
    api.put(csv("kids/child.v2", of("child", "kids")));
    const previous = { own: packages, preexisting: [], createdNamespaces: [] };
    expect(
      await prepareRemoval(api.cluster, { installation: "me", packages, createdNamespaces: [] }, previous),
    ).toEqual(previous);
  });

  it("forgets a package that has made way for another, and is gone", async () => {
    const input = {
      installation: "me",
      packages: [{ package: "op", namespace: "ops" }],
      createdNamespaces: [],
      formerPackages: ["op-rhel8"],
    };
    const previous = {
      own: [{ package: "op-rhel8", namespace: "ops" }],
      preexisting: [],
      createdNamespaces: [],
    };
    expect(await prepareRemoval(api.cluster, input, previous)).toEqual({ ...previous, own: input.packages });
  });

  it("marks the cluster roles that a bundle brought, for the sweep to find", async () => {
    const role = (name: string) => object("rbac.authorization.k8s.io/v1", "ClusterRole", name);
    const step = (resolving: string, name: string) => ({
      resolving,
      resource: { kind: "ClusterRole", name },
    });
    const plan = {
      spec: { approved: true, clusterServiceVersionNames: ["op.v7", "other.v1"] },
      status: { plan: [step("op.v7", "metrics"), step("other.v1", "theirs")] },
    };
    api.put(role("metrics"), role("theirs"), object(olm, "InstallPlan", "ops/install-1", plan));
    await markBundles(api.cluster, { installation: "me", packages });
    const places = [{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" }];
    await sweep(api.cluster, { installation: "me", planned: [], prerequisites: [], labels: [], places });
    expect([api.has("ClusterRole", "metrics"), api.has("ClusterRole", "theirs")]).toEqual([false, true]);
  });

  const kind = { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Orchestrator" };

  describe("taking a custom resource down", () => {
    const ref = { ...kind, namespace: "ns", name: "orchestrator" };
    const resource = (metadata: object, ...conditions: object[]) =>
      object(kind.apiVersion, kind.kind, "ns/orchestrator", { status: { conditions } }, metadata);
    const mark = { labels: { "orchestrator-on-openshift/installation": "me" } };
    const down = () => takeDown(api.cluster, { installation: "me", ref, packages, deleteMinutes: 1 });

    it("waits until its operator has installed it all, which is when it marks it", async () => {
      const finalizers = ["uninstall"];
      let requests = 0;
      api.put(resource(mark));
      api.onRequest = () => {
        if (++requests === 20) api.put(resource({ ...mark, finalizers }));
        if (api.writes.length > 0) api.objects.delete("Orchestrator ns/orchestrator");
      };
      await down();
      expect(requests).toBeGreaterThan(20);
      expect(api.writes).toEqual(["DELETE Orchestrator ns/orchestrator"]);
    });

    it.each([
      ["cannot install it", resource(mark, { type: "ReleaseFailed", status: "True" }), 30],
      ["never looks at it", resource(mark), 200],
    ])("does not wait for ever for one that %s", async (_, object, most) => {
      let requests = 0;
      api.put(object);
      api.onRequest = () => requests++;
      await down();
      expect(api.writes).toEqual(["DELETE Orchestrator ns/orchestrator"]);
      expect(requests).toBeLessThan(most);
    });

    it("leaves that of others alone, and one that is gone", async () => {
      await down();
      api.put(resource({}));
      await down();
      expect(api.writes).toEqual([]);
    });
  });

  it("is refused while others need it", async () => {
    api.put(object(kind.apiVersion, kind.kind, "team/theirs"));
    const input = { ...kind, installation: "me", deleteMinutes: 1, packages: [] };
    await expect(drain(api.cluster, input)).rejects.toThrow("Orchestrator team/theirs");
    expect(api.writes).toEqual([]);
  });

  it("takes along what the operator made itself, but not where the operator is somebody else's", async () => {
    const made = {
      apiVersion: "operator.tekton.dev/v1alpha1",
      kind: "TektonConfig",
      createdObjects: ["config"],
    };
    const input = { ...made, installation: "me", deleteMinutes: 1 };
    api.put(object(made.apiVersion, made.kind, "config"));
    await expect(drain(api.cluster, { ...input, packages: [] })).rejects.toThrow("TektonConfig config");
    await drain(api.cluster, { ...input, packages });
    expect(api.writes).toEqual(["DELETE TektonConfig config"]);
  });

  it("leaves the operator its environment, which OLM takes back with the Subscription", async () => {
    const container = {
      name: "manager",
      env: [
        { name: "A", value: "old" },
        { name: "B", value: "b" },
      ],
    };
    const deployments = [
      { name: "d", spec: { replicas: 1, template: { spec: { containers: [container] } } } },
    ];
    api.put({
      ...csv("ops/op.v7", of("op", "ops")),
      spec: { version: "7", install: { spec: { deployments } } },
    });
    const input = { ...kind, installation: "me", deleteMinutes: 1, packages };
    await drain(api.cluster, input);
    expect(api.writes).toEqual([]);
    await drain(api.cluster, { ...input, env: { A: "new" } });
    const env = [
      { name: "B", value: "b" },
      { name: "A", value: "new" },
    ];
    const kept = {
      name: "d",
      spec: { replicas: 1, template: { spec: { containers: [{ ...container, env }] } } },
    };
    expect(api.objects.get("ClusterServiceVersion ops/op.v7")?.["spec"]).toEqual({
      version: "7",
      install: { spec: { deployments: [kept] } },
    });
  });

  it("has what stays behind swept up, unless it was there before the Subscription", async () => {
    const volume = (name: string, time: string) =>
      object("v1", "PersistentVolumeClaim", `hub/${name}`, {}, { creationTimestamp: `2026-01-01T${time}Z` });
    const made = { creationTimestamp: "2026-01-01T10:00:00Z" };
    api.put(object(olm, "Subscription", "ops/op", { spec: { name: "op" } }, made));
    api.put(volume("old", "09:59:59"), volume("new", "10:00:01"));
    const leftovers = ["old", "new", "gone"].map((name) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: "hub",
      name,
    }));
    const op = [{ package: "op", namespace: "ops" }];
    await drain(api.cluster, { ...kind, installation: "me", deleteMinutes: 1, packages: op, leftovers });
    expect(api.writes).toEqual(["PATCH PersistentVolumeClaim hub/new"]);
  });

  it("comes after its own objects", async () => {
    api.put(object(kind.apiVersion, kind.kind, "team/ours", {}, { labels: mark }));
    await drain(api.cluster, { ...kind, installation: "me", deleteMinutes: 1, packages: [] });
    expect(api.writes).toEqual(["DELETE Orchestrator team/ours"]);
  });

  it("waits for the namespaces that went with its Orchestrator, and for no others", async () => {
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    const annotations = { "meta.helm.sh/release-name": "orchestrator" };
    const input = { ...kind, installation: "me", deleteMinutes: 1, packages: [] };
    const requests: string[] = [];
    api.onRequest = (path) => requests.push(path);
    api.put(namespace("theirs", { deletionTimestamp }));
    await drain(api.cluster, input);
    api.put(namespace("knative-serving", { deletionTimestamp, annotations }));
    await expect(drain(api.cluster, input)).rejects.toThrow("Namespace knative-serving is still there");
    // OLM shows every operator in every namespace: thousands, on a large cluster.
    const ofCsvs = requests.filter((path) => path.includes("/clusterserviceversions"));
    expect(ofCsvs.map((path) => path.split("?")[0])).toEqual([
      `/apis/${olm}/namespaces/knative-serving/clusterserviceversions`,
    ]);
  });
});
