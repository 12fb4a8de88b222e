import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { claim, release } from "../tasks/claim";
import type { Ref } from "../tasks/cluster";
import {
  awaitOperator,
  drain,
  markBundles,
  prepareRemoval,
  removeOperator,
  type AwaitOperatorInput,
} from "../tasks/operator";
import { awaitOrchestrator, redact } from "../tasks/orchestrator";
import { Troubles, until } from "../tasks/wait";
import { ApiServer, type Stored } from "./support/apiServer";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  // Only the clock that the tasks look at: a minute passes with each of their seconds.
  let now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => (now += 1_000));
  const real = setTimeout;
  vi.stubGlobal("setTimeout", (done: () => void, ms: number) => real(done, ms / 1_000));
});
afterEach(() => {
  api.stop();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const olm = "operators.coreos.com/v1alpha1";
const label = "orchestrator-on-openshift/installation";
const mark = { [label]: "me" };

const object = (
  apiVersion: string,
  kind: string,
  path: string,
  more: object = {},
  metadata: object = {},
): Stored => {
  const [name = "", namespace] = path.split("/").reverse();
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }), ...metadata },
    ...more,
  };
};
const namespace = (name: string, metadata?: object) => object("v1", "Namespace", name, {}, metadata);

describe("the claim", () => {
  const makes: Ref[] = [
    { apiVersion: "v1", kind: "Namespace", name: "rhdh" },
    { apiVersion: olm, kind: "Subscription", namespace: "ops", name: "op" },
  ];

  it("finds an empty cluster in order", async () => {
    const result = await claim(api.cluster, { installation: "me", makes, needs: [] }, undefined);
    expect(result).toEqual({ claimed: ["Namespace rhdh", "Subscription ops/op"] });
  });

  it("names all that is in the way, and all that is missing, at once", async () => {
    api.put(
      namespace("rhdh"),
      object(olm, "Subscription", "ops/op", {}, { labels: { [label]: "somebody else" } }),
    );
    const needs = [{ apiVersion: "v1", kind: "Secret", namespace: "db", name: "login" }];
    await expect(claim(api.cluster, { installation: "me", makes, needs }, undefined)).rejects.toThrow(
      /Namespace rhdh exists, and is not of this stack\n.*Subscription ops\/op exists, and is not of this stack\n.*Secret db\/login does not exist.*\n.*namespaces\.<which>\.existing true/,
    );
  });

  it("does not give up what is its own, which would be its end", async () => {
    api.put(namespace("rhdh", { labels: mark }));
    const needs = [{ apiVersion: "v1", kind: "Namespace", name: "rhdh" }];
    await expect(claim(api.cluster, { installation: "me", makes: [], needs }, undefined)).rejects.toThrow(
      "Namespace rhdh was made by this stack, and would be deleted if it were taken for existing",
    );
  });

  it("goes on with what an interrupted run of the same stack made", async () => {
    api.put(namespace("rhdh", { labels: mark }));
    await expect(
      claim(api.cluster, { installation: "me", makes, needs: [] }, undefined),
    ).resolves.toBeDefined();
  });

  it("looks only at what is new since the last claim", async () => {
    api.put(namespace("rhdh"));
    const previous = { claimed: ["Namespace rhdh"] };
    await expect(
      claim(api.cluster, { installation: "me", makes, needs: [] }, previous),
    ).resolves.toBeDefined();
  });
});

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
        { labels: mark, ownerReferences: [{ kind: "X", name: "x", controller: true }] },
      ),
    );
    await release(api.cluster, { installation: "me", makes: [], needs: [] });
    expect(api.writes).toEqual(["DELETE Secret ours/s", "DELETE Namespace ours"]);
  });

  it("says what holds an object that does not go", async () => {
    api.put(namespace("stuck", { labels: mark, finalizers: ["example.com/never"] }));
    await expect(release(api.cluster, { installation: "me", makes: [], needs: [] })).rejects.toThrow(
      "the removal did not happen within 10 minutes: Namespace stuck is still there (finalizers example.com/never)",
    );
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
    minutes: 10,
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

  it("leaves the next version of a pinned operator waiting", async () => {
    api.put(
      subscription({ ...pending, installedCSV: "op.v1", currentCSV: "op.v2" }),
      csv("op.v1", { phase: "Succeeded" }),
      plan(["op.v2"], "RequiresApproval"),
    );
    expect(await awaitOperator(api.cluster, input)).toEqual({ csv: "op.v1" });
    expect(api.writes).toEqual([]);
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

  it("removes each package's CSV at whatever version, but not copies, CRDs and others' packages", async () => {
    api.put(
      csv("ops/op.v7", of("op", "ops")),
      csv("kids/op.v7", { labels: { ...of("op", "ops").labels, "olm.copiedFrom": "ops" } }),
      csv("ops/other.v1", of("other", "ops")),
      csv("kids/child.v2", of("child", "kids")),
      object("operators.coreos.com/v1", "Operator", "op.ops"),
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
    await removeOperator(api.cluster, { packages }, { ours: packages, theirs: [] });
    expect(api.writes).toEqual([
      "DELETE ClusterServiceVersion ops/op.v7",
      "PATCH CustomResourceDefinition ops.example.com",
      "DELETE Operator op.ops",
      "DELETE ClusterServiceVersion kids/child.v2",
    ]);
    expect(api.has("CustomResourceDefinition", "ops.example.com")).toBe(true);
    expect(console.error).toHaveBeenCalledWith(expect.stringMatching(/^kept, .*: ops\.example\.com$/));
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
    await removeOperator(api.cluster, { packages }, { ours: packages, theirs: [] });
    expect(came).toBe(true);
    expect(api.has("ClusterServiceVersion", "op.v8")).toBe(false);
  });

  it("spares a package that was there before", async () => {
    api.put(csv("kids/child.v2", of("child", "kids")));
    const prepared = await prepareRemoval(api.cluster, { packages }, undefined);
    expect(prepared).toEqual({ ours: [packages[0]], theirs: [packages[1]] });
    await removeOperator(api.cluster, { packages }, prepared);
    expect(api.has("ClusterServiceVersion", "child.v2")).toBe(true);
  });

  it("does not take its own packages for older ones when it prepares again", async () => {
    api.put(csv("kids/child.v2", of("child", "kids")));
    const previous = { ours: packages, theirs: [] };
    expect(await prepareRemoval(api.cluster, { packages }, previous)).toEqual(previous);
  });

  it("marks the cluster roles that a bundle brought, for the sweep to find", async () => {
    const role = (name: string) => object("rbac.authorization.k8s.io/v1", "ClusterRole", name);
    const step = (resolving: string, name: string) => ({
      resolving,
      resource: { kind: "ClusterRole", name },
    });
    const plan = {
      spec: { approved: true },
      status: { plan: [step("op.v7", "metrics"), step("other.v1", "theirs")] },
    };
    api.put(role("metrics"), role("theirs"), object(olm, "InstallPlan", "ops/install-1", plan));
    await markBundles(api.cluster, { installation: "me", packages });
    await release(api.cluster, { installation: "me", makes: [], needs: [] });
    expect([api.has("ClusterRole", "metrics"), api.has("ClusterRole", "theirs")]).toEqual([false, true]);
  });

  const kind = { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Orchestrator" };

  it("is refused while others need it", async () => {
    api.put(object(kind.apiVersion, kind.kind, "team/theirs"));
    const input = { ...kind, installation: "me", deleteMinutes: 1, packages: [] };
    await expect(drain(api.cluster, input)).rejects.toThrow("Orchestrator team/theirs");
    expect(api.writes).toEqual([]);
  });

  it("comes after its own objects", async () => {
    api.put(object(kind.apiVersion, kind.kind, "team/ours", {}, { labels: mark }));
    await drain(api.cluster, { ...kind, installation: "me", deleteMinutes: 1, packages: [] });
    expect(api.writes).toEqual(["DELETE Orchestrator team/ours"]);
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
    generation: 1,
    rhdhNamespace: "rhdh",
    secret: { namespace: "rhdh", name: "s" },
    minutes: 20,
  };
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
