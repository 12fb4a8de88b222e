import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { awaitApis } from "../tasks/readiness/awaitApis";
import { findArgoCD } from "../tasks/delivery/findArgoCD";
import { claim, digestsOf } from "../tasks/cluster/claim";
import type { Ref } from "../kube/cluster";
import { awaitOperator, type AwaitOperatorInput } from "../tasks/operators/awaitOperator";
import { drain } from "../tasks/operators/drain";
import { prepareRemoval, removeOperator } from "../tasks/operators/removal";
import { markBundles } from "../tasks/operators/settling";
import { takeDown } from "../tasks/operators/takeDown";
import { awaitOrchestrator, redact } from "../tasks/orchestrator/awaitOrchestrator";
import { findPlatform } from "../tasks/platform/findPlatform";
import { removeUsers } from "../tasks/database/removeUsers";
import { sweep } from "../tasks/cluster/sweep";
import { Troubles, until } from "../kube/wait";
import { ApiServer, hurry, object } from "./support/apiServer";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  hurry();
});
afterEach(() => {
  api.stop();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const olm = "operators.coreos.com/v1alpha1";
const label = "orchestrator-on-openshift/installation";
const mark = { [label]: "me" };

const namespace = (name: string, metadata?: object) => object("v1", "Namespace", name, {}, metadata);

describe("a request", () => {
  it("is made again while the API server restarts, or makes the storage of a new kind", async () => {
    api.put(namespace("there"));
    api.failures.push(429, 503);
    const ref = { apiVersion: "v1", kind: "Namespace", name: "there" };
    expect(await api.cluster.get(ref)).toMatchObject({ metadata: { name: "there" } });
    api.failures.push(403);
    await expect(api.cluster.get(ref)).rejects.toThrow("403");
  });
});

describe("many objects", () => {
  it("are asked for as one list where they are of one kind and namespace, and come in order", async () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    api.put(...names.map((name) => object("v1", "Secret", `team/${name}`)));
    const requests: string[] = [];
    api.onRequest = (path) => requests.push(path);
    const wanted = ["f", "gone", "e", "d", "c", "b"];
    const refs = wanted.map((name) => ({ apiVersion: "v1", kind: "Secret", namespace: "team", name }));
    const found = await api.cluster.getAll(refs);
    expect(found.map((object) => object?.metadata.name)).toEqual(["f", undefined, "e", "d", "c", "b"]);
    expect(requests.length).toBeLessThan(4);
  });

  it("are asked for by name where they are in no namespace: not all may be listed by everybody", async () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    api.put(...names.map((name) => namespace(name)));
    const requests: string[] = [];
    api.onRequest = (path) => requests.push(path);
    await api.cluster.getAll(names.map((name) => ({ apiVersion: "v1", kind: "Namespace", name })));
    expect(requests.filter((path) => /namespaces(\?|$)/.test(path))).toEqual([]);
  });

  it("come page by page, and from the start again where the API server has forgotten the next page", async () => {
    const names = Array.from({ length: 1_203 }, (_, index) => `n${String(index).padStart(4, "0")}`);
    api.put(...names.map((name) => namespace(name)));
    const pages: string[] = [];
    api.onRequest = (path) => {
      if (!path.includes("/namespaces?")) return;
      pages.push(path);
      if (pages.length === 2) api.failures.push(410);
    };
    const found = await api.cluster.list({ apiVersion: "v1", kind: "Namespace" }, { part: "metadata" });
    expect(found.map(({ metadata: { name } }) => name)).toEqual(names);
    expect(found[0]).toMatchObject({ apiVersion: "v1", kind: "Namespace" });
    expect(pages.length).toBe(5);
  });
});

describe("the claim", () => {
  const makes: Ref[] = [
    { apiVersion: "v1", kind: "Namespace", name: "rhdh" },
    { apiVersion: olm, kind: "Subscription", namespace: "ops", name: "op" },
  ];

  it("finds an empty cluster in order", async () => {
    const result = await claim(api.cluster, { installation: "me", makes, needs: [], labels: [] }, undefined);
    expect(result).toEqual({ claimed: digestsOf(["Namespace rhdh", "Subscription ops/op"]) });
  });

  it("names all that is in the way, and all that is missing, at once", async () => {
    api.put(
      namespace("rhdh"),
      object(olm, "Subscription", "ops/op", {}, { labels: { [label]: "somebody else" } }),
    );
    const needs = [
      { apiVersion: "v1", kind: "Secret", namespace: "db", name: "login", otherwise: "make it" },
    ];
    await expect(
      claim(api.cluster, { installation: "me", makes, needs, labels: [] }, undefined),
    ).rejects.toThrow(
      /Namespace rhdh exists, and is not of this stack\n.*Subscription ops\/op exists, and is not of this stack\n.*Secret db\/login does not exist, though the configuration says so; make it\n.*namespaces\.<which>\.existing true/,
    );
  });

  it("does not take a label of a namespace from whoever set it, unless that was this stack", async () => {
    api.put(namespace("flows", { labels: { "managed-by": "theirs", same: "" } }));
    const labels = [
      { namespace: "flows", label: "managed-by", value: "ours" },
      { namespace: "flows", label: "same", value: "" },
      { namespace: "flows", label: "new", value: "" },
    ];
    const input = { installation: "me", makes: [], needs: [], labels };
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow(
      /holds:\n {2}- label managed-by of Namespace flows is "theirs", and would have to be "ours"$/,
    );
    const previous = { claimed: digestsOf(["label managed-by of Namespace flows"]) };
    expect(await claim(api.cluster, input, previous)).toEqual({
      claimed: digestsOf(["managed-by", "same", "new"].map((label) => `label ${label} of Namespace flows`)),
    });
  });

  it("does not give up what is its own, which would be its end", async () => {
    api.put(namespace("rhdh", { labels: mark }));
    const needs = [{ apiVersion: "v1", kind: "Namespace", name: "rhdh" }];
    const input = { installation: "me", makes: [], needs, labels: [] };
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow(
      "Namespace rhdh was made by this stack, and would be deleted if it were taken for existing",
    );
  });

  it("names the keys that a Secret of others lacks, or has nothing usable under, without what is there", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const data = { username: base64("flows"), password: base64("planted\r\n"), port: base64("5432") };
    api.put(object("v1", "Secret", "db/login", { data }));
    const secret = { apiVersion: "v1", kind: "Secret", namespace: "db", name: "login" };
    const claimWith = (keys: Record<string, string>) =>
      claim(
        api.cluster,
        { installation: "me", makes: [], needs: [{ ...secret, keys }], labels: [] },
        undefined,
      );
    await expect(
      claimWith({ "external.userKey": "user", "external.passwordKey": "password" }),
    ).rejects.toThrow(
      /holds:\n {2}- Secret db\/login has no key user; its keys are: password, port, username\. Name the right one with: pulumi config set --path external\.userKey <key>\n {2}- Secret db\/login has nothing under password, or a line end or another control character in it$/,
    );
    await expect(claimWith({ "external.userKey": "username" })).resolves.toBeDefined();
  });

  it("remembers thousands of objects in less than a variable of the environment may hold", async () => {
    const many = Array.from({ length: 12_000 }, (_, index) => ({
      apiVersion: "v1",
      kind: "Secret",
      namespace: `a-namespace-of-a-team-${index % 500}`,
      name: `a-workflow-with-a-long-name-${index}`,
    }));
    const input = { installation: "me", makes: many, needs: [], labels: [] };
    const result = await claim(api.cluster, input, undefined);
    expect(JSON.stringify(result).length).toBeLessThan(128 * 1_024);
    const [first] = many;
    api.put(object("v1", "Secret", `${first?.namespace ?? ""}/${first?.name ?? ""}`));
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow("exists, and is not of this stack");
    await expect(claim(api.cluster, input, result)).resolves.toEqual(result);
  });

  it("goes on with what an interrupted run of the same stack made", async () => {
    api.put(namespace("rhdh", { labels: mark }));
    await expect(
      claim(api.cluster, { installation: "me", makes, needs: [], labels: [] }, undefined),
    ).resolves.toBeDefined();
  });

  it("looks only at what is new since the last claim", async () => {
    api.put(namespace("rhdh"));
    const previous = { claimed: digestsOf(["Namespace rhdh"]) };
    await expect(
      claim(api.cluster, { installation: "me", makes, needs: [], labels: [] }, previous),
    ).resolves.toBeDefined();
  });
});

describe("the claim on a release", () => {
  const release = {
    package: "orchestrator-operator",
    namespace: "ops",
    version: "1.4",
    api: "v1alpha2",
    startingCSV: "orchestrator-operator.v1.4.0",
  } as const;
  const check = (changes: object = {}) =>
    claim(
      api.cluster,
      { installation: "me", makes: [], needs: [], labels: [], release: { ...release, ...changes } },
      undefined,
    ).then(
      () => "fine",
      (error: unknown) => (error as Error).message,
    );
  const subscription = (installedCSV: string, name: string = release.package) =>
    object(
      olm,
      "Subscription",
      `ops/${name}`,
      { spec: { name }, status: { installedCSV } },
      { labels: mark },
    );
  const crd = (...storedVersions: string[]) =>
    object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "orchestrators.rhdh.redhat.com", {
      status: { storedVersions },
    });

  it("finds a cluster in order that has none, or has the same API", async () => {
    expect(await check()).toBe("fine");
    api.put(crd("v1alpha2"));
    expect(await check()).toBe("fine");
    api.put(subscription("orchestrator-operator.v1.4.0"));
    expect(await check()).toBe("fine");
    expect(await check({ startingCSV: "orchestrator-operator.v1.4.1" })).toBe("fine");
    expect(console.error).not.toHaveBeenCalled();
  });

  it("refuses a way that OLM would not go for the custom resources, and says the one round", async () => {
    api.put(crd("v1alpha1"), subscription("orchestrator-operator.v1.3.1"));
    const message = await check();
    expect(message).toMatch(
      /orchestrator-operator\.v1\.3\.1 cannot be moved to orchestrator-operator\.v1\.4\.0: .* stores v1alpha1, which Orchestrator 1\.4 does not know/,
    );
    expect(message).toMatch(
      /postgres\.keepData true, .*destroy; then oc delete crd .*postgres\.existingClaim data-sonataflow-psql-postgresql-0/,
    );
    // This has nothing to do with what is in the way of a first install.
    expect(message).not.toContain("namespaces.<which>.existing");
    expect(api.writes).toEqual([]);
  });

  it("refuses the CRD that an earlier install left, and says whether anybody still needs it", async () => {
    api.put(crd("v1alpha1"));
    expect(await check()).toMatch(
      /there is no Orchestrator: oc delete crd orchestrators\.rhdh\.redhat\.com$/,
    );
    api.put(object("rhdh.redhat.com/v1alpha1", "Orchestrator", "team/theirs"));
    expect(await check()).toMatch(
      /there are Orchestrator team\/theirs: remove them by the operator that made them$/,
    );
  });

  it("refuses to go back, within a release too", async () => {
    api.put(crd("v1alpha2"), subscription("orchestrator-operator.v1.4.1"));
    expect(await check()).toContain(
      "orchestrator-operator.v1.4.1 is installed, and OLM does not go back to orchestrator-operator.v1.4.0; set orchestrator.version and operator.startingCSV",
    );
    expect(await check({ startingCSV: undefined })).toBe("fine");
  });
});

/** What OLM makes for an OperatorGroup, or for a CSV. */
const ownedRole = (ownerKind: string, path: string, name: string) => {
  const [namespace, owner] = path.split("/");
  const labels = {
    "olm.owner": owner,
    "olm.owner.namespace": namespace,
    "olm.owner.kind": ownerKind,
  };
  return object("rbac.authorization.k8s.io/v1", "ClusterRole", name, {}, { labels });
};

describe("the sweep", () => {
  it("removes what carries the stack's mark, contents first, and nothing else", async () => {
    api.put(
      namespace("ours", { labels: mark }),
      namespace("theirs", { labels: { [label]: "somebody else" } }),
      namespace("kept", { labels: { ...mark, "orchestrator-on-openshift/keep": "" } }),
      object("v1", "Secret", "ours/s", {}, { labels: mark }),
      object(
        "v1",
        "Secret",
        "ours/copy",
        {},
        {
          labels: mark,
          ownerReferences: [{ apiVersion: "x.io/v1", kind: "X", name: "x", uid: "x", controller: true }],
        },
      ),
    );
    const places = [
      { apiVersion: "v1", kind: "Namespace" },
      { apiVersion: "v1", kind: "Secret", namespace: "ours" },
    ];
    await sweep(api.cluster, { installation: "me", makes: [], needs: [], labels: [], places });
    expect(api.writes).toEqual(["DELETE Secret ours/s", "DELETE Namespace ours"]);
  });

  it("removes the cluster roles that OLM has forgotten when their OperatorGroup went", async () => {
    const group = { apiVersion: "operators.coreos.com/v1", kind: "OperatorGroup", namespace: "ops" };
    api.put(
      object(group.apiVersion, group.kind, "ops/another"),
      ownedRole("OperatorGroup", "ops/gone", "forgotten"),
      ownedRole("OperatorGroup", "ops/another", "of-another-group"),
      ownedRole("OperatorGroup", "theirs/gone", "of-another-namespace"),
    );
    await sweep(api.cluster, { installation: "me", makes: [], needs: [], labels: [], places: [group] });
    expect(api.writes).toEqual(["DELETE ClusterRole forgotten"]);
  });

  it("looks only where the stack has ever made something, whatever else the user may not read", async () => {
    const secrets = { apiVersion: "v1", kind: "Secret" };
    const first = { installation: "me", makes: [], needs: [], labels: [] };
    const before = await claim(
      api.cluster,
      { ...first, places: [{ ...secrets, namespace: "before" }] },
      undefined,
    );
    const now = await claim(api.cluster, { ...first, places: [{ ...secrets, namespace: "now" }] }, before);
    api.put(...["before", "now"].map((name) => namespace(name)));
    api.put(
      ...["before", "now", "theirs"].map((name) => object("v1", "Secret", `${name}/s`, {}, { labels: mark })),
    );
    for (const kind of ["ClusterRole", "Node", "Service"]) api.hides.add(kind);
    const requests: string[] = [];
    api.onRequest = (path) => requests.push(path);
    await sweep(api.cluster, first, now);
    expect(api.writes).toEqual(["DELETE Secret before/s", "DELETE Secret now/s"]);
    expect(requests).not.toContain("/apis");
  });

  it("does not pass over a kind of the stack's that it cannot read", async () => {
    api.put(namespace("ours"));
    api.hides.add("Secret");
    const places = [{ apiVersion: "v1", kind: "Secret", namespace: "ours" }];
    await expect(
      sweep(api.cluster, { installation: "me", makes: [], needs: [], labels: [], places }),
    ).rejects.toThrow("(403)");
  });

  it("says what holds an object that does not go", async () => {
    api.put(namespace("stuck", { labels: mark, finalizers: ["example.com/never"] }));
    await expect(
      sweep(api.cluster, {
        installation: "me",
        makes: [],
        needs: [],
        labels: [],
        places: [{ apiVersion: "v1", kind: "Namespace" }],
      }),
    ).rejects.toThrow(
      "the removal did not happen within 10 minutes: Namespace stuck is still there (finalizers example.com/never)",
    );
  });
});

describe("a volume's users", () => {
  it("go before it where they are of this stack, known or not", async () => {
    const server = (name: string, of: string) =>
      object("apps/v1", "StatefulSet", `db/${name}`, {}, { labels: { [label]: of } });
    api.put(server("ours", "me"), server("theirs", "somebody else"));
    const users = ["ours", "theirs", "gone"].map((name) => ({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      namespace: "db",
      name,
    }));
    await removeUsers(api.cluster, { installation: "me", users });
    expect(await api.cluster.getAll(users)).toMatchObject([
      undefined,
      { metadata: { name: "theirs" } },
      undefined,
    ]);
  });
});

describe("waiting for an operator", () => {
  const input: AwaitOperatorInput = {
    package: "op",
    namespace: "ops",
    channel: "stable",
    source: "redhat-operators",
    sourceNamespace: "market",
    approval: "Manual",
    startingCSV: "op.v1",
    settings: "operator",
    packages: [],
    minutes: 10,
    repair: "",
  };
  const subscription = (status: object = {}) =>
    object(olm, "Subscription", "ops/op", { spec: { name: "op" }, status });
  const csv = (name: string, status: object) =>
    object(olm, "ClusterServiceVersion", `ops/${name}`, { status });
  const plan = (versions: string[], phase: string, more: object = {}) =>
    object(olm, "InstallPlan", "ops/install-1", {
      spec: { approved: false, clusterServiceVersionNames: versions },
      status: { phase, ...more },
    });
  const pending = { installPlanRef: { name: "install-1" }, state: "UpgradePending", currentCSV: "op.v1" };
  const catalog = (state: string) =>
    object(olm, "CatalogSource", "market/redhat-operators", {
      status: { connectionState: { lastObservedState: state } },
    });
  const condition = (type: string, reason: string, message: string) => ({
    conditions: [{ type, status: "True", reason, message }],
  });
  const failure = async (changes: Partial<AwaitOperatorInput> = {}): Promise<string> => {
    const error = await awaitOperator(api.cluster, { ...input, ...changes }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof Error ? error.message : `no error: ${String(error)}`;
  };
  beforeEach(() => {
    api.put(catalog("READY"));
  });

  it("ends with the version that has succeeded, not merely appeared", async () => {
    api.put(
      subscription({ installedCSV: "op.v1", currentCSV: "op.v1" }),
      csv("op.v1", { phase: "Installing" }),
    );
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 12) api.put(csv("op.v1", { phase: "Succeeded" }));
    };
    expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
    expect(looks).toBeGreaterThanOrEqual(12);
  });

  it("waits for the version whose bundle OLM unpacks, and with Manual approval only up to the pin", async () => {
    const of = (version: string, more: object = {}) => [
      subscription({ installedCSV: version, currentCSV: version, ...more }),
      csv(version, { phase: "Succeeded" }),
    ];
    const pulling = condition("BundleUnpacking", "UnpackingInProgress", "Bundle image pull failed.");
    api.put(...of("op.v1", pulling));
    expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
    const automatic = { ...input, approval: "Automatic", startingCSV: undefined } as const;
    expect(await failure({ ...automatic, minutes: 1 })).toMatch(
      /OLM unpacks the bundle of the next version\. Bundle image pull failed\./,
    );
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 60) api.put(...of("op.v2"));
    };
    expect(await awaitOperator(api.cluster, automatic)).toEqual({ csv: "op.v2" });
    // OLM leaves the condition behind where it resolves while the version of before is going.
    const { conditions } = condition("ResolutionFailed", "ConstraintsNotSatisfiable", "op.v1 exists");
    api.put(...of("op.v2", { conditions: [...pulling.conditions, ...conditions] }));
    expect(await awaitOperator(api.cluster, automatic)).toEqual({ csv: "op.v2" });
  });

  it("approves the plan of the pinned version", async () => {
    api.put(subscription(pending), plan(["op.v1"], "RequiresApproval"));
    api.onRequest = () => {
      if (api.writes.length === 0) return;
      api.put(
        subscription({ installedCSV: "op.v1", currentCSV: "op.v1" }),
        csv("op.v1", { phase: "Succeeded" }),
      );
    };
    expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
    expect(api.writes).toEqual(["PATCH InstallPlan ops/install-1"]);
  });

  it("has OLM install a CSV again that somebody has deleted, which OLM does not do by itself", async () => {
    api.put(subscription({ installedCSV: "op.v1", currentCSV: "op.v2", state: "UpgradePending" }));
    api.onRequest = () => {
      if (!api.writes.includes("POST Subscription ops/op")) return;
      api.put(
        subscription({ installedCSV: "op.v1", currentCSV: "op.v1" }),
        csv("op.v1", { phase: "Succeeded" }),
      );
    };
    expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
    expect(api.writes).toEqual(["DELETE Subscription ops/op", "POST Subscription ops/op"]);
  });

  it.each([
    ["replace one version by the next", "ResolutionFailed", "ConstraintsNotSatisfiable"],
    ["unpack the next bundle", "BundleUnpacking", "JobIncomplete"],
  ])("gives OLM time to %s on the way to a later one", async (_, type, reason) => {
    const between = condition(type, reason, "op.v0 exists");
    api.put(
      subscription({ state: "AtLatestKnown", installedCSV: "op.v1", currentCSV: "op.v1", ...between }),
      csv("op.v1", { phase: "Succeeded" }),
    );
    let looks = 0;
    api.onRequest = (path) => {
      if (path.endsWith("/subscriptions/op") && ++looks === 30)
        api.put(
          subscription({ installedCSV: "op.v2", currentCSV: "op.v2" }),
          csv("op.v2", { phase: "Succeeded" }),
        );
    };
    expect(await awaitOperator(api.cluster, { ...input, startingCSV: "op.v2" })).toEqual({ csv: "op.v2" });
  });

  it("believes a conflict that lasts, and that no version leads on", async () => {
    const status = { state: "AtLatestKnown", installedCSV: "op.v2", currentCSV: "op.v2" };
    api.put(subscription(status), csv("op.v2", { phase: "Succeeded" }));
    expect(await failure({ startingCSV: "op.v3" })).toContain("leads from op.v2 no further");
    const conflict = condition("ResolutionFailed", "ConstraintsNotSatisfiable", "op.v0 exists");
    api.put(subscription({ ...status, ...conflict }));
    expect(await failure({ startingCSV: "op.v3" })).toContain("op.v0 exists");
  });

  describe("that OLM has lost sight of", () => {
    const conflict = condition(
      "ResolutionFailed",
      "ConstraintsNotSatisfiable",
      "clusterserviceversion op.v1 exists and is not referenced by a subscription",
    );
    const ours = (status: object) =>
      object(olm, "Subscription", "ops/op", { spec: { name: "op" }, status }, { uid: "ours" });
    const planOf = (uid: string) =>
      object(
        olm,
        "InstallPlan",
        "ops/install-1",
        { spec: { approved: true, clusterServiceVersionNames: ["op.v1"] }, status: { phase: "Complete" } },
        { ownerReferences: [{ apiVersion: olm, kind: "Subscription", name: "op", uid }] },
      );
    const lost = () =>
      object(
        olm,
        "ClusterServiceVersion",
        "ops/op.v1",
        { status: { phase: "Succeeded" } },
        { labels: { "operators.coreos.com/op.ops": "" } },
      );

    it("has it installed again, which OLM does not do by itself", async () => {
      api.put(ours(conflict), planOf("ours"), lost());
      api.onRequest = () => {
        if (!api.writes.includes("DELETE ClusterServiceVersion ops/op.v1")) return;
        api.put(ours({ installedCSV: "op.v1", currentCSV: "op.v1" }), csv("op.v1", { phase: "Succeeded" }));
      };
      expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
      expect(api.writes).toEqual(["DELETE ClusterServiceVersion ops/op.v1"]);
    });

    it("has its own installed again, be it of a Subscription of before", async () => {
      api.put(ours(conflict), lost());
      api.onRequest = () => {
        if (!api.writes.includes("DELETE ClusterServiceVersion ops/op.v1")) return;
        api.put(ours({ installedCSV: "op.v1", currentCSV: "op.v1" }), csv("op.v1", { phase: "Succeeded" }));
      };
      expect(await awaitOperator(api.cluster, { ...input, packages: [input] })).toEqual({ csv: "op.v1" });
    });

    it("leaves what another Subscription has brought, and says what OLM says", async () => {
      api.put(ours(conflict), planOf("another"), lost());
      expect(await failure()).toContain("op.v1 exists and is not referenced by a subscription");
      expect(api.writes).toEqual([]);
    });
  });

  it("does not take a version that is being replaced for one that was deleted", async () => {
    api.put(
      subscription({ installedCSV: "op.v0", currentCSV: "op.v1" }),
      csv("op.v1", { phase: "Installing" }),
    );
    let looks = 0;
    api.onRequest = () => {
      if (++looks !== 120) return;
      api.put(
        subscription({ installedCSV: "op.v1", currentCSV: "op.v1" }),
        csv("op.v1", { phase: "Succeeded" }),
      );
    };
    expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
    expect(api.writes).toEqual([]);
  });

  it("leaves the next version of a pinned operator waiting", async () => {
    api.put(
      subscription({ ...pending, installedCSV: "op.v1", currentCSV: "op.v2" }),
      csv("op.v1", { phase: "Succeeded" }),
      plan(["op.v2"], "RequiresApproval"),
    );
    expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
    expect(api.writes).toEqual([]);
  });

  describe("that is installed, and gets a new pin", () => {
    const chain = ["op.v1.2.3", "op.v1.3.0", "op.v1.3.1", "op.v1.4.0"];
    /** OLM: an approved plan installs its version, after which the next one in the channel gets a plan. */
    const channel = (from: string, more: readonly string[] = []) => {
      const at = (index: number) => {
        const next = chain[index + 1];
        api.put(
          subscription({
            installedCSV: chain[index],
            currentCSV: next ?? chain[index],
            state: next === undefined ? "AtLatestKnown" : "UpgradePending",
            ...(next !== undefined && { installPlanRef: { name: `install-${next}` } }),
          }),
          csv(chain[index] ?? "", { phase: "Succeeded" }),
        );
        if (next === undefined) return;
        const names = [...more, next];
        api.put(
          object(olm, "InstallPlan", `ops/install-${next}`, {
            spec: { approved: false, clusterServiceVersionNames: names },
            status: { phase: "RequiresApproval" },
          }),
        );
      };
      let current = chain.indexOf(from);
      at(current);
      let seen = 0;
      api.onRequest = () => {
        if (api.writes.length === seen) return;
        seen = api.writes.length;
        at(++current);
      };
    };
    const approvals = () => api.writes.map((write) => write.replace("PATCH InstallPlan ops/install-", ""));

    it("goes there by each version on the way, and no further", async () => {
      channel("op.v1.2.3");
      expect(await awaitOperator(api.cluster, { ...input, startingCSV: "op.v1.3.1" })).toEqual({
        csv: "op.v1.3.1",
      });
      expect(approvals()).toEqual(["op.v1.3.0", "op.v1.3.1"]);
    });

    it("stays where it is when it is there", async () => {
      channel("op.v1.3.0");
      expect(await awaitOperator(api.cluster, { ...input, startingCSV: "op.v1.3.0" })).toEqual({
        csv: "op.v1.3.0",
      });
      expect(approvals()).toEqual([]);
    });

    it("is not moved where the channel leads past the pin", async () => {
      channel("op.v1.2.3");
      expect(await failure({ startingCSV: "op.v1.2.9" })).toMatch(
        /InstallPlan ops\/install-op\.v1\.3\.0 waits for approval\. .* only a plan that installs op\.v1\.2\.9, or a version on the way there, and nothing else/,
      );
      expect(approvals()).toEqual([]);
    });

    it("is not moved by a plan that would move a neighbour along", async () => {
      channel("op.v1.2.3", ["neighbour.v7"]);
      expect(await failure({ startingCSV: "op.v1.3.1" })).toContain(
        "It would install neighbour.v7, op.v1.3.0",
      );
      expect(approvals()).toEqual([]);
    });

    it("says so where the channel leads nowhere", async () => {
      channel("op.v1.4.0");
      expect(await failure({ startingCSV: "op.v1.5.0" })).toContain(
        "channel stable in CatalogSource market/redhat-operators leads from op.v1.4.0 no further, and so not to op.v1.5.0",
      );
    });

    it("does not go back", async () => {
      channel("op.v1.3.1");
      expect(await failure({ startingCSV: "op.v1.2.3" })).toContain(
        "op.v1.3.1 is installed, and OLM does not go back to op.v1.2.3",
      );
    });
  });

  it("does not approve a plan that would install anything else along", async () => {
    api.put(subscription(pending), plan(["neighbour.v7", "op.v1"], "RequiresApproval"));
    expect(await failure()).toMatch(
      /InstallPlan ops\/install-1 waits for approval\. It would install neighbour\.v7, op\.v1; only a plan that installs op\.v1.*oc patch installplan install-1/,
    );
    expect(api.writes).toEqual([]);
  });

  it("tells of a neighbour that makes an Automatic approval Manual", async () => {
    api.put(subscription(pending), plan(["op.v1"], "RequiresApproval"));
    expect(await failure({ approval: "Automatic", startingCSV: undefined })).toContain(
      "another Subscription in ops is Manual",
    );
  });

  it("passes on why OLM finds nothing to install, with what to check", async () => {
    api.put(
      subscription(
        condition("ResolutionFailed", "ConstraintsNotSatisfiable", "no operators found in channel alpha"),
      ),
    );
    expect(await failure({ channel: "alpha" })).toBe(
      "OLM cannot install op. ResolutionFailed (ConstraintsNotSatisfiable): no operators found in channel alpha. " +
        "It looked for channel alpha, version op.v1 in CatalogSource market/redhat-operators: check operator.channel, operator.startingCSV and operator.source",
    );
  });

  it.each([
    ["ResolutionFailed", "ErrorPreventedResolution", "catalog is broken"],
    ["CatalogSourcesUnhealthy", "UnhealthyCatalogSourceFound", "targeted catalogsource is unhealthy"],
    ["BundleUnpackFailed", "DeadlineExceeded", "bundle unpacking failed"],
    ["InstallPlanFailed", "InstallComponentFailed", "risk of data loss updating a CRD"],
  ])("passes on %s", async (type, reason, message) => {
    api.put(subscription(condition(type, reason, message)));
    expect(await failure()).toContain(`OLM cannot install op. ${type} (${reason}): ${message}`);
  });

  it("names the settings of the operator that it is about", async () => {
    api.put(subscription(condition("ResolutionFailed", "ConstraintsNotSatisfiable", "no operators found")));
    const changes = { settings: "gitops.operator", startingCSV: undefined, approval: "Automatic" } as const;
    expect(await failure(changes)).toMatch(/check gitops\.operator\.channel and gitops\.operator\.source$/);
  });

  it("names a catalog that does not exist, and those that do", async () => {
    api.put(subscription());
    expect(await failure({ source: "redhat" })).toBe(
      "CatalogSource market/redhat does not exist; the CatalogSources there are: redhat-operators. Set operator.source and operator.sourceNamespace",
    );
  });

  it("names a catalog that does not answer", async () => {
    api.put(subscription(), catalog("TRANSIENT_FAILURE"));
    expect(await failure()).toContain("is not healthy: its connection is TRANSIENT_FAILURE, not READY");
  });

  it("passes on why an InstallPlan failed", async () => {
    api.put(
      subscription(pending),
      plan(["op.v1"], "Failed", {
        conditions: [{ type: "Installed", status: "False", message: "no such kind" }],
      }),
    );
    expect(await failure()).toBe("InstallPlan ops/install-1 failed: no such kind");
  });

  it("names the requirements that a version misses", async () => {
    const requirementStatus = [
      { kind: "ClusterServiceVersion", name: "op.v1", status: "Present" },
      {
        kind: "CustomResourceDefinition",
        name: "x.example.com",
        status: "NotPresent",
        message: "CRD is not present",
      },
    ];
    api.put(
      subscription({ installedCSV: "op.v1", currentCSV: "op.v1" }),
      csv("op.v1", {
        phase: "Pending",
        reason: "RequirementsNotMet",
        message: "one or more requirements couldn't be found",
        requirementStatus,
      }),
    );
    const message = await failure();
    expect(message).toContain("op.v1 is Pending (RequirementsNotMet)");
    expect(message).toContain("CustomResourceDefinition x.example.com: CRD is not present");
    expect(message).not.toContain("Present (");
  });

  const at = (version: string) => [
    subscription({ installedCSV: version, currentCSV: version }),
    csv(version, { phase: "Succeeded" }),
  ];

  it("gives OLM time to look at a Subscription that has changed", async () => {
    const automatic: AwaitOperatorInput = { ...input, approval: "Automatic", startingCSV: undefined };
    api.put(...at("op.v1"));
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 9) api.put(...at("op.v2"));
    };
    expect(await awaitOperator(api.cluster, automatic, { csv: "op.v1" })).toEqual({ csv: "op.v2" });
    expect(await awaitOperator(api.cluster, automatic, { csv: "op.v2" })).toEqual({ csv: "op.v2" });
  });

  it("waits until it serves the kind that it is there for", async () => {
    const serves = { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Orchestrator" };
    api.put(...at("op.v1"));
    api.lacks.add(serves.kind);
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 20) api.lacks.delete(serves.kind);
    };
    expect(await awaitOperator(api.cluster, { ...input, serves })).toEqual({ csv: "op.v1" });
    expect(looks).toBeGreaterThanOrEqual(20);
    api.lacks.add(serves.kind);
    api.onRequest = () => undefined;
    expect(await failure({ serves: { ...serves, kind: "Other" } })).toContain(
      "op.v1 has succeeded, but does not serve Other in rhdh.redhat.com/v1alpha1",
    );
    api.lacks.clear();
  });

  it("gives a trouble that passes no weight", async () => {
    api.put(subscription(condition("ResolutionFailed", "ConstraintsNotSatisfiable", "of the spec before")));
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 9)
        api.put(
          subscription({ installedCSV: "op.v1", currentCSV: "op.v1" }),
          csv("op.v1", { phase: "Succeeded" }),
        );
    };
    expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
  });
});

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
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
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
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
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
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
    );
    const deleted = "DELETE ClusterServiceVersion ops/op.v1";
    expect(api.writes).toEqual([deleted, deleted]);
  });

  it("lets go of a CSV itself where its namespace is gone, which OLM does not look at", async () => {
    api.put(csv("ops/op.v1", { ...of("op", "ops"), finalizers: ["csv-cleanup"] }));
    await removeOperator(
      api.cluster,
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
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
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
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
        { installation: "me", packages, brings: [] },
        { ours: packages, theirs: [], brings: [] },
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
    await removeOperator(
      api.cluster,
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
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
    expect(console.error).toHaveBeenCalledWith(expect.stringMatching(/^kept, .*: ops\.example\.com$/));
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
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
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
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
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
      { installation: "me", packages, brings: [] },
      { ours: packages, theirs: [], brings: [] },
    );
    expect(came).toBe(true);
    expect(api.has("ClusterServiceVersion", "op.v8")).toBe(false);
  });

  it("removes the namespaces that operators make themselves, unless they were there before", async () => {
    api.put(namespace("older"));
    const input = { installation: "me", packages: [], brings: ["older", "newer"] };
    const prepared = await prepareRemoval(api.cluster, input, undefined);
    api.put(namespace("newer"));
    await removeOperator(api.cluster, input, await prepareRemoval(api.cluster, input, prepared));
    expect(api.writes).toEqual(["DELETE Namespace newer"]);
  });

  it("spares a package that was there before", async () => {
    api.put(csv("kids/child.v2", of("child", "kids")));
    const prepared = await prepareRemoval(
      api.cluster,
      { installation: "me", packages, brings: [] },
      undefined,
    );
    expect(prepared).toEqual({ ours: [packages[0]], theirs: [packages[1]], brings: [] });
    await removeOperator(api.cluster, { installation: "me", packages, brings: [] }, prepared);
    expect(api.has("ClusterServiceVersion", "child.v2")).toBe(true);
  });

  it("does not take its own packages for older ones when it prepares again", async () => {
    api.put(csv("kids/child.v2", of("child", "kids")));
    const previous = { ours: packages, theirs: [], brings: [] };
    expect(await prepareRemoval(api.cluster, { installation: "me", packages, brings: [] }, previous)).toEqual(
      previous,
    );
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
    await sweep(api.cluster, { installation: "me", makes: [], needs: [], labels: [], places });
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
    const made = { apiVersion: "operator.tekton.dev/v1alpha1", kind: "TektonConfig", makes: ["config"] };
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
    const leaves = ["old", "new", "gone"].map((name) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: "hub",
      name,
    }));
    const op = [{ package: "op", namespace: "ops" }];
    await drain(api.cluster, { ...kind, installation: "me", deleteMinutes: 1, packages: op, leaves });
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

describe("waiting for the Orchestrator", () => {
  const ref = {
    apiVersion: "rhdh.redhat.com/v1alpha1",
    kind: "Orchestrator",
    namespace: "o",
    name: "orchestrator",
  };
  const input = {
    ref,
    digest: "1",
    uid: "u",
    children: [],
    packages: [],
    parts: [],
    rhdh: { name: "backstage", namespace: "rhdh" },
    secret: { namespace: "rhdh", name: "s" },
    minutes: 20,
  } as const;
  const orchestrator = (conditions: object[], statusTime = "2026-01-01T00:00:05Z") =>
    object(
      ref.apiVersion,
      ref.kind,
      "o/orchestrator",
      { status: { conditions } },
      {
        managedFields: [
          { manager: "pulumi", time: "2026-01-01T00:00:03Z" },
          { manager: "operator", subresource: "status", time: statusTime },
        ],
      },
    );
  const deployed = { type: "Deployed", status: "True", reason: "InstallSuccessful" };
  const failed = (message: string) => ({
    type: "ReleaseFailed",
    status: "True",
    reason: "InstallError",
    message,
  });

  it("ends when it is deployed", async () => {
    api.put(orchestrator([deployed]));
    expect(await awaitOrchestrator(api.cluster, input)).toEqual({
      condition: "Deployed (InstallSuccessful)",
      rhdhUrl: "unknown",
    });
  });

  describe("that is deployed, which says only that its chart was applied", () => {
    const children = [
      { namespace: "rhdh", subscription: "rhdh", settings: "rhdh.subscription", sourceSettings: [] },
    ];
    const knative: Ref = {
      apiVersion: "operator.knative.dev/v1beta1",
      kind: "KnativeServing",
      namespace: "knative-serving",
      name: "knative-serving",
    };
    const wait = (minutes = 5) =>
      awaitOrchestrator(api.cluster, { ...input, children, parts: [knative], minutes });
    const subscription = (status: object, more: object = {}, time = "2026-01-01T00:00:01Z") =>
      object(
        olm,
        "Subscription",
        "rhdh/rhdh",
        {
          spec: {
            name: "rhdh",
            channel: "fast-1.2",
            source: "redhat-operators",
            sourceNamespace: "openshift-marketplace",
            ...more,
          },
          status,
        },
        { managedFields: [{ manager: "helm", time }] },
      );
    const csv = object(olm, "ClusterServiceVersion", "rhdh/rhdh-operator.v1", {
      status: { phase: "Succeeded" },
    });
    const installed = { installedCSV: "rhdh-operator.v1", currentCSV: "rhdh-operator.v1" };
    const serving = (status: string, more: object = {}) =>
      object(knative.apiVersion, knative.kind, "knative-serving/knative-serving", {
        status: { conditions: [{ type: "Ready", status, ...more }] },
      });
    beforeEach(() => {
      api.put(
        orchestrator([deployed]),
        object(olm, "CatalogSource", "openshift-marketplace/redhat-operators", {
          status: { connectionState: { lastObservedState: "READY" } },
        }),
      );
    });

    it("waits for its Subscriptions, for their operators, and for what these run", async () => {
      await expect(wait(1)).rejects.toThrow(/Subscription rhdh\/rhdh does not exist yet$/);
      api.put(subscription({}));
      await expect(wait(1)).rejects.toThrow(/Subscription rhdh is new$/);
      api.put(subscription(installed), csv);
      await expect(wait(1)).rejects.toThrow(
        /KnativeServing knative-serving\/knative-serving does not exist yet$/,
      );
      api.put(serving("False", { reason: "NotReady", message: "Waiting on deployments" }));
      await expect(wait(1)).rejects.toThrow(/not ready: NotReady: Waiting on deployments$/);
      api.put(serving("True"));
      expect(await wait()).toMatchObject({ condition: "Deployed (InstallSuccessful)" });
    });

    it("ends with OLM's reason where an operator cannot come, and with that of an operator that fails", async () => {
      const message = "no operators found in channel fast-1.2 of package rhdh";
      const reason = "ConstraintsNotSatisfiable";
      api.put(subscription({ conditions: [{ type: "ResolutionFailed", status: "True", reason, message }] }));
      await expect(wait()).rejects.toThrow(
        `OLM cannot install rhdh. ResolutionFailed (${reason}): ${message}. It looked for channel fast-1.2 in ` +
          "CatalogSource openshift-marketplace/redhat-operators: check rhdh.subscription.channel",
      );
      api.put(
        subscription(installed),
        csv,
        serving("False", { reason: "InstallFailed", message: "no image" }),
      );
      await expect(wait()).rejects.toThrow(
        /^KnativeServing knative-serving\/knative-serving is not ready: InstallFailed: no image$/,
      );
    });

    it("names a catalog that is not there, and what can be done where the release has it as it is", async () => {
      api.put(subscription({}, { source: "mirror" }));
      await expect(wait()).rejects.toThrow(
        "CatalogSource openshift-marketplace/mirror does not exist; the CatalogSources there are: redhat-operators. " +
          "Set orchestrator.version to 1.4, or to 1.7 or later, which can take another catalog; or make a CatalogSource of that name",
      );
    });

    it("approves the version that a Manual Subscription starts at, and tells of any other", async () => {
      const plan = (version: string) =>
        object(olm, "InstallPlan", "rhdh/install-1", {
          spec: { approved: false, clusterServiceVersionNames: [version] },
          status: { phase: "RequiresApproval" },
        });
      const manual = { installPlanApproval: "Manual", startingCSV: "rhdh-operator.v1" };
      const status = { installPlanRef: { name: "install-1" }, state: "UpgradePending" };
      api.put(subscription(status, manual), plan("rhdh-operator.v2"));
      await expect(wait()).rejects.toThrow("InstallPlan rhdh/install-1 waits for approval");
      expect(api.writes).toEqual([]);
      api.put(plan("rhdh-operator.v1"), serving("True"));
      api.onRequest = () => {
        if (api.writes.length > 0) api.put(subscription(installed, manual), csv);
      };
      expect(await wait()).toMatchObject({ condition: "Deployed (InstallSuccessful)" });
    });

    it("gives OLM the time to look at a Subscription that the roll-out has changed", async () => {
      api.put(subscription(installed, {}, "2026-01-01T00:00:04Z"), csv, serving("True"));
      let looks = 0;
      api.onRequest = () => {
        if (++looks === 60)
          api.put(
            subscription({ ...installed, installedCSV: "rhdh-operator.v2", currentCSV: "rhdh-operator.v2" }),
            object(olm, "ClusterServiceVersion", "rhdh/rhdh-operator.v2", { status: { phase: "Succeeded" } }),
          );
      };
      await wait();
      expect(looks).toBeGreaterThan(40);
    });
  });

  it("passes the operator's message on", async () => {
    api.put(orchestrator([failed('namespaces "rhdh" not found')]));
    await expect(awaitOrchestrator(api.cluster, input)).rejects.toThrow(
      'Orchestrator o/orchestrator: ReleaseFailed (InstallError): namespaces "rhdh" not found',
    );
  });

  it("does not take the answer to the spec before for the answer to this one", async () => {
    api.put(orchestrator([deployed], "2026-01-01T00:00:01Z"));
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 6) api.put(orchestrator([failed("the new spec is wrong")]));
    };
    await expect(awaitOrchestrator(api.cluster, input)).rejects.toThrow("the new spec is wrong");
  });

  it("hides the Secret that the operator prints", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    api.put(object("v1", "Secret", "rhdh/s", { data: { GITHUB_TOKEN: base64("ghp_planted") } }));
    api.put(
      orchestrator([
        failed(`no key in {"data":{"GITHUB_TOKEN":"${base64("ghp_planted")}"},"kind":"Secret"}, ghp_planted`),
      ]),
    );
    const error = await awaitOrchestrator(api.cluster, input).then(
      String,
      (reason: unknown) => (reason as Error).message,
    );
    expect(error).toContain("no key in");
    expect(error).not.toContain("ghp_planted");
    expect(error).not.toContain(base64("ghp_planted"));
  });
});

describe("finding Argo CD", () => {
  const argocd = (name: string) => object("argoproj.io/v1beta1", "ArgoCD", `cd/${name}`);
  const route = (name: string, of: string, spec: object, status: object = {}) =>
    object(
      "route.openshift.io/v1",
      "Route",
      `cd/${name}`,
      { spec, status },
      { labels: { "app.kubernetes.io/managed-by": of } },
    );
  const password = Buffer.from("planted-password").toString("base64");
  const secret = (of: string, data: object = { "admin.password": password }) =>
    object("v1", "Secret", `cd/${of}-cluster`, { data });
  const input = { namespace: "cd", minutes: 0 };
  const failure = (changes: object = {}) =>
    findArgoCD(api.cluster, { ...input, ...changes }).then(
      (result) => `no error: ${JSON.stringify(result)}`,
      (error: unknown) => (error as Error).message,
    );

  it("takes the first by name, and its server's address as the router has it", async () => {
    const served = { ingress: [{ host: "b.apps.example.com" }] };
    api.put(
      argocd("c"),
      argocd("b"),
      object("argoproj.io/v1beta1", "ArgoCD", "elsewhere/a"),
      route("b-prometheus", "b", { host: "metrics.example.com" }),
      route("b-server", "b", { host: "wanted.example.com" }, served),
      secret("b"),
    );
    expect(await findArgoCD(api.cluster, input)).toEqual({
      instance: "b",
      url: "https://b.apps.example.com",
      secret: "b-cluster",
    });
  });

  it("takes the one that is named, and the address of its Route before the router has answered", async () => {
    api.put(argocd("a"), argocd("b"), route("other", "b", { host: "b.example.com" }), secret("b"));
    expect(await findArgoCD(api.cluster, { ...input, instance: "b" })).toMatchObject({
      url: "https://b.example.com",
    });
  });

  it("never tells the password, which its result would keep in plain text", async () => {
    api.put(argocd("a"), route("a-server", "a", { host: "a.example.com" }), secret("a"));
    const told = JSON.stringify(await findArgoCD(api.cluster, input)) + (await failure({ instance: "x" }));
    expect(told).not.toContain("planted-password");
    expect(told).not.toContain(password);
  });

  it("says what to set where there is none, and does not wait for it", async () => {
    const expected =
      /^there is no ArgoCD in namespace cd\. .*--path gitops\.namespace <name>, .*--path gitops\.install true$/;
    expect(await failure()).toMatch(expected);
    api.lacks.add("ArgoCD");
    let looks = 0;
    api.onRequest = () => {
      looks++;
    };
    expect(await failure()).toMatch(expected);
    expect(looks).toBeLessThan(4);
  });

  it("says which there are where the named one is not", async () => {
    api.put(argocd("a"), argocd("b"));
    expect(await failure({ instance: "x" })).toBe(
      "ArgoCD cd/x does not exist; there are: a, b. Set gitops.instance",
    );
  });

  it("says what an Argo CD lacks: a Route, a host, a password", async () => {
    api.put(argocd("a"), route("z-server", "z", { host: "z.example.com" }));
    expect(await failure()).toContain("ArgoCD cd/a has no Route with a host");
    api.put(route("a-server", "a", { host: "" }));
    expect(await failure()).toContain("ArgoCD cd/a has no Route with a host");
    api.put(route("a-server", "a", { host: "a.example.com" }));
    expect(await failure()).toContain("Secret cd/a-cluster has no key admin.password");
    api.put(secret("a", {}));
    expect(await failure()).toContain("Secret cd/a-cluster has no key admin.password");
  });

  it("waits for one that is being installed, and says what it lacked when the time is up", async () => {
    api.put(argocd("a"), secret("a"));
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 12) api.put(route("a-server", "a", { host: "a.example.com" }));
    };
    expect(await findArgoCD(api.cluster, { ...input, minutes: 10 })).toMatchObject({ instance: "a" });
    expect(await failure({ instance: "b", minutes: 1 })).toMatch(
      /^the start of Argo CD in cd did not happen within 1 minutes: ArgoCD cd\/b does not exist/,
    );
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
    findPlatform(api.cluster, { admits, rhdhNamespace: "rhdh" }).then(
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

describe("waiting for kinds", () => {
  const apis = ["Task", "Pipeline"].map((kind) => ({
    apiVersion: "tekton.dev/v1",
    kind,
    otherwise: "install it",
  }));
  const config = { apiVersion: "operator.tekton.dev/v1alpha1", kind: "TektonConfig", name: "config" };
  const ready = (status: string) =>
    object(config.apiVersion, config.kind, "config", {
      status: { conditions: [{ type: "Ready", status, message: "webhook is starting" }] },
    });

  it("ends at once where they are there", async () => {
    expect(await awaitApis(api.cluster, { apis, minutes: 0 })).toEqual({
      served: ["tekton.dev/v1 Task", "tekton.dev/v1 Pipeline"],
    });
  });

  it("names what is missing, with what to do, at once where nobody brings it", async () => {
    api.lacks.add("Pipeline");
    await expect(awaitApis(api.cluster, { apis, minutes: 0 })).rejects.toThrow(
      /^the cluster does not serve tekton\.dev\/v1 Pipeline: install it$/,
    );
  });

  it("waits for kinds that come one by one, and for what they need to work", async () => {
    api.lacks.add("Task").add("Pipeline");
    let looks = 0;
    const steps = [
      () => api.lacks.delete("Task"),
      () => api.lacks.delete("Pipeline"),
      () => {
        api.put(ready("False"));
      },
      () => {
        api.put(ready("True"));
      },
    ];
    api.onRequest = () => {
      if (++looks % 6 === 0) steps.shift()?.();
    };
    await awaitApis(api.cluster, { apis, minutes: 10, readyWhen: config });
    expect(steps).toEqual([]);
  });

  it("says why it waited in vain", async () => {
    api.put(ready("False"));
    await expect(awaitApis(api.cluster, { apis, minutes: 1, readyWhen: config })).rejects.toThrow(
      "TektonConfig config is not ready: webhook is starting",
    );
  });

  it("does not ask for an object of a kind that this cluster has not", async () => {
    api.lacks.add("TektonConfig");
    await expect(awaitApis(api.cluster, { apis, minutes: 1, readyWhen: config })).resolves.toBeDefined();
  });
});

describe("what waiting is made of", () => {
  it("hides values of Secrets that it has not seen", () => {
    expect(redact('{"data": {"A":"c2VjcmV0"}} data:map[B:c2VjcmV0]', [])).toBe(
      '{"data": {[hidden]}} data:[hidden]',
    );
  });

  it("takes a trouble for lasting only when each look sees it", () => {
    const troubles = new Troubles();
    troubles.report("a", 10, "lasting", 0);
    troubles.nextLook();
    troubles.nextLook(); // a look without it
    expect(() => {
      troubles.report("a", 10, "lasting", 11_000);
    }).not.toThrow();
    troubles.nextLook();
    expect(() => {
      troubles.report("a", 10, "lasting", 22_000);
    }).toThrow("lasting");
  });

  it("sits out an API server that restarts, and says what was wrong when it does not come back", async () => {
    let tries = 0;
    const flaky = () =>
      ++tries < 3 ? Promise.reject(new Error("connect ECONNREFUSED")) : Promise.resolve("up");
    expect(await until({ minutes: 1, what: "it" }, flaky)).toBe("up");
    const down = () => Promise.reject(new Error("connect ECONNREFUSED"));
    await expect(until({ minutes: 1, what: "it" }, down)).rejects.toThrow(
      "it did not happen within 1 minutes: connect ECONNREFUSED",
    );
  });
});
