import { beforeEach, describe, expect, it } from "vitest";
import { awaitOperator, type AwaitOperatorInput } from "../../tasks/operators/awaitOperator";
import { object } from "../support/apiServer";
import { api, olm } from "../support/api";

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

  it("has OLM resolve again, which does not notice that the version of before is gone", async () => {
    const conflict = condition("ResolutionFailed", "ConstraintsNotSatisfiable", "op.v0 exists");
    api.put(
      subscription({ installedCSV: "op.v1", currentCSV: "op.v1", ...conflict }),
      csv("op.v1", { phase: "Succeeded" }),
    );
    api.onRequest = () => {
      if (api.writes.length === 0) return;
      api.put(
        subscription({ installedCSV: "op.v2", currentCSV: "op.v2" }),
        csv("op.v2", { phase: "Succeeded" }),
      );
    };
    expect(await awaitOperator(api.cluster, { ...input, startingCSV: "op.v2" })).toEqual({ csv: "op.v2" });
    expect(api.writes).toEqual(["PATCH Subscription ops/op"]);
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
    const expectedKind = { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Orchestrator" };
    api.put(...at("op.v1"));
    api.lacks.add(expectedKind.kind);
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 20) api.lacks.delete(expectedKind.kind);
    };
    expect(await awaitOperator(api.cluster, { ...input, expectedKind })).toEqual({ csv: "op.v1" });
    expect(looks).toBeGreaterThanOrEqual(20);
    api.lacks.add(expectedKind.kind);
    api.onRequest = () => undefined;
    expect(await failure({ expectedKind: { ...expectedKind, kind: "Other" } })).toContain(
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
