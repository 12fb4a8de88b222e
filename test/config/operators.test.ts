import { describe, expect, it } from "vitest";
import { packageClaims, plannedRelease, singletons } from "../../components/cluster/claims";
import { expectationsOf } from "../../components/cluster/expectations";
import { prerequisitesOf } from "../../components/cluster/plan";
import { developerHubPlatformOf, platformOf, type Values } from "../support/config";
import { parse } from "../support/release";

const sourcesOf = (version: string, values?: Values) =>
  developerHubPlatformOf(parse(version, values)).operators;

describe("the operators of a release", () => {
  it.each([
    ["1.7", "logic-operator-rhel8", "alpha", "logic-operator-rhel8.v1.36.0", "fast-1.7"],
    ["1.8", "logic-operator-rhel8", "alpha", "logic-operator-rhel8.v1.36.0", "fast-1.8"],
    ["1.9", "logic-operator", "stable", "logic-operator.v1.37.2", "fast-1.9"],
    ["1.10", "logic-operator", "stable", "logic-operator.v1.38.1", "fast-1.10"],
    ["2.1", "logic-operator", "stable", "logic-operator.v1.39.2", "fast-2.1"],
  ])("%s are those of upstream's script", (version, package_, channel, startingCSV, hub) => {
    const { serverless, serverlessLogic, rhdh } = sourcesOf(version);
    expect(serverless).toMatchObject({
      package: "serverless-operator",
      namespace: "openshift-serverless",
      operatorGroup: "serverless-operator-group",
      channel: "stable",
      source: "redhat-operators",
      approval: "Automatic",
      install: true,
    });
    expect(serverlessLogic).toMatchObject({
      package: package_,
      namespace: "openshift-serverless-logic",
      operatorGroup: "openshift-serverless-logic",
      channel,
      startingCSV,
      approval: "Manual",
    });
    expect(rhdh?.approval).toBe("Automatic");
    expect([...serverlessLogic.packages].sort()).toEqual(["logic-operator", "logic-operator-rhel8"]);
    expect(rhdh).toMatchObject({ package: "rhdh", namespace: "rhdh-operator", channel: hub });
  });

  it("are what the settings say, where these say anything", () => {
    const subscription = {
      channel: "c",
      installPlanApproval: "Manual",
      name: "n",
      namespace: "ns",
      sourceName: "mirror",
      startingCSV: "n.v1.2.3",
    };
    expect(sourcesOf("1.10", { rhdh: { subscription } }).rhdh).toMatchObject({
      channel: "c",
      approval: "Manual",
      package: "n",
      namespace: "ns",
      source: "mirror",
      startingCSV: "n.v1.2.3",
    });
  });

  it("hold nobody else's: Serverless Logic is Manual only in a namespace without others", () => {
    const approvalIn = (subscription: object) =>
      sourcesOf("2.1", { serverlessLogic: { subscription } }).serverlessLogic.approval;
    expect(approvalIn({ namespace: "logic" })).toBe("Manual");
    expect(approvalIn({ namespace: "openshift-operators" })).toBe("Automatic");
    expect(approvalIn({ installPlanApproval: "Automatic" })).toBe("Automatic");
  });

  it("say to a claim what they are held at, and which packages make way for theirs", () => {
    const claimOf = (values?: Values) =>
      packageClaims(parse("2.1", values)).map(({ package: name, pin, formerPackages }) => [
        name,
        pin,
        formerPackages,
      ]);
    expect(claimOf()).toEqual([
      ["serverless-operator", undefined, undefined],
      ["logic-operator", "logic-operator.v1.39.2", ["logic-operator-rhel8"]],
      ["rhdh", undefined, undefined],
    ]);
    const automatic = { serverlessLogic: { subscription: { installPlanApproval: "Automatic" } } };
    expect(claimOf(automatic)[1]).toEqual(["logic-operator", undefined, ["logic-operator-rhel8"]]);
  });

  it("are those of each other release, too, as far as settings do not say otherwise", () => {
    const { otherReleases: others } = developerHubPlatformOf(
      parse("2.1", { serverless: { install: false }, rhdh: { subscription: { sourceName: "mirror" } } }),
    );
    expect(others.map(({ version }) => version)).toEqual(["1.7", "1.8", "1.9", "1.10"]);
    expect(others.at(-1)?.subscriptions).toEqual([
      {
        name: "logic-operator",
        channel: "stable",
        source: "redhat-operators",
        sourceNamespace: "openshift-marketplace",
        startingCSV: "logic-operator.v1.38.1",
      },
      {
        name: "rhdh",
        channel: "fast-1.10",
        source: "mirror",
        sourceNamespace: "openshift-marketplace",
      },
    ]);
  });

  it("are those of each other release of an operator of its own, too, and from there also of what came after", () => {
    const { otherReleases: others } = platformOf(
      parse("1.2", {
        operator: { source: "mirror" },
        serverless: { install: false },
        rhdh: { install: false },
      }),
    );
    expect(others.map(({ version }) => version)).toEqual(["1.3", "1.4", "1.7", "1.8", "1.9", "1.10", "2.1"]);
    const openshift = { sourceNamespace: "openshift-marketplace" };
    expect(others[1]?.subscriptions).toEqual([
      {
        name: "orchestrator-operator",
        channel: "stable",
        source: "mirror",
        startingCSV: "orchestrator-operator.v1.4.0",
        ...openshift,
      },
      {
        name: "logic-operator-rhel8",
        channel: "alpha",
        source: "redhat-operators",
        startingCSV: "logic-operator-rhel8.v1.35.0",
        ...openshift,
      },
    ]);
    expect(others.at(-1)?.subscriptions.map(({ name }) => name)).toEqual(["logic-operator"]);
  });

  // Red Hat Developer Hub 2.1, "Orchestrator version compatibility matrix"; 1.9 is not in it.
  it.each([
    ["1.7", { from: "4.16", to: "4.19" }, "1.36", "1.36", true],
    ["1.8", { from: "4.16", to: "4.19" }, "1.36", "1.36", true],
    ["1.9", undefined, undefined, undefined, true],
    ["1.10", { from: "4.18", to: "4.22" }, "1.37", "1.38", false],
    ["2.1", { from: "4.19", to: "4.22" }, "1.37", "1.39", false],
  ])("%s are looked at by the product's matrix", (version, openshift, serverless, logic, isOnlyAmd64) => {
    const expected = expectationsOf(parse(version));
    expect(expected?.openshift).toEqual(openshift && { release: version, ...openshift });
    expect(expected?.validated?.map(({ packages, version: minor }) => [packages[0], minor])).toEqual(
      serverless === undefined
        ? []
        : [
            ["serverless-operator", serverless],
            [expect.stringMatching(/^logic-operator/), logic],
          ],
    );
    expect(expected?.unavailableOnArm).toEqual([
      "Serverless",
      "Serverless Logic",
      ...(isOnlyAmd64 ? ["Developer Hub"] : []),
    ]);
    // The pin is of the minor version that is validated.
    const { startingCSV = "" } = sourcesOf(version).serverlessLogic;
    if (logic !== undefined) expect(startingCSV).toContain(`.v${logic}.`);
  });

  it("up to 1.4 have no images for ARM64 either", () => {
    expect(expectationsOf(parse("1.4"))?.unavailableOnArm).toEqual([
      "Serverless",
      "Orchestrator",
      "Developer Hub",
    ]);
  });

  it("are validated in one minor version each, as far as that is known", () => {
    const of = (version: string, values?: Values) =>
      expectationsOf(parse(version, values))?.validated?.map(({ packages, version: wanted, settings }) => [
        packages[0],
        wanted,
        settings,
      ]);
    expect(of("2.1", { serverless: { install: false } })).toEqual([
      ["serverless-operator", "1.37", undefined],
      ["logic-operator", "1.39", "serverlessLogic.subscription"],
    ]);
    expect(of("1.9")).toEqual([]);
  });

  it("are not subscribed to where they are there, nor one for a Developer Hub that is not wanted", () => {
    const names = (values?: Values) =>
      Object.values(sourcesOf("1.9", values)).flatMap(({ name, install }) => (install ? [name] : []));
    expect(names()).toEqual(["serverless", "serverlessLogic", "rhdh"]);
    expect(names({ serverless: { install: false }, serverlessLogic: { install: false } })).toEqual(["rhdh"]);
    expect(names({ rhdh: { existingOperator: true } })).toEqual(["serverless", "serverlessLogic"]);
    expect(names({ rhdh: { install: false } })).toEqual(["serverless", "serverlessLogic"]);
    expect(
      packageClaims(parse("1.9", { rhdh: { install: false } })).map(({ package: name }) => name),
    ).toEqual(["serverless-operator", "logic-operator"]);
  });

  it("have nothing of the meta-operator about them", () => {
    const config = parse("1.8");
    expect(plannedRelease(config)).toBeUndefined();
    expect(singletons(config)).toMatchObject([{ kind: "SonataFlowClusterPlatform" }]);
    expect(prerequisitesOf(config)).toEqual([]);
    expect(config.platform?.namespaces.rhdh.name).toBe("rhdh");
  });
});
