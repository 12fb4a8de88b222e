import { describe, expect, it } from "vitest";
import { orchestratorSpec } from "../../components/orchestrator/spec";
import { overlay } from "../../config/overlay";
import { plannedRelease } from "../../components/cluster/claims";
import { awaitedObjects } from "../../components/platform/leftovers";
import { compareCsvs, isOfPackage, parseCsv } from "../../config/csv";
import { operatorProfiles, type OperatorProfile } from "../../config/profiles";
import { operatorPlatformOf, type Values } from "../support/config";
import { mistakes, parse } from "../support/release";
import { database, subscription } from "../support/orchestrator";
import { crdSpec, leaves, violations } from "../support/schema";

function specOf(version: string, values?: Values): unknown {
  const { orchestrator } = operatorPlatformOf(parse(version, values));
  return JSON.parse(JSON.stringify(orchestratorSpec(orchestrator, database)));
}
const schemaOf = ({ api }: OperatorProfile) =>
  crdSpec(`sandbox/catalog/crds/orchestrators.rhdh.redhat.com_${api}.yaml`);

/** Of those of Developer Hub and Serverless, no chart reads the approval, and that of `v1alpha1` not the catalog. */
const read = {
  v1alpha1: { ...subscription, installPlanApproval: undefined, sourceName: undefined },
  v1alpha2: { ...subscription, installPlanApproval: undefined },
};
const unread = (...fields: string[]) =>
  ["serverlessOperator", "rhdhOperator"].flatMap((part) =>
    fields.map((field) => `${part}.subscription.${field}`),
  );
const plugin = { package: "p@1", integrity: "sha512-x" };
const email = { enabled: true, port: 25, sender: "a@example.com", replyTo: "b@example.com" };
const broker = { name: "b", namespace: "ns" };
const resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } };
const gitops = { namespace: "cd" };
const images = { dataIndexImage: "i", jobServiceImage: "j" };
const eventful = { monitoring: { enabled: true }, eventing: { broker } };

/** A value for every setting that a release can express. */
const helm = {
  rhdh: { install: false, guestProvider: true, catalogBranch: "b" },
  serverlessLogic: { subscription },
  gitops,
};
const plugins = {
  npmRegistry: "https://npm.example.com",
  scope: "@x",
  orchestrator: plugin,
  orchestratorBackend: plugin,
};
const everything: Readonly<Record<OperatorProfile["api"], Values>> = {
  v1alpha1: {
    ...helm,
    rhdh: { ...helm.rhdh, subscription: read.v1alpha1 },
    serverless: { subscription: { ...read.v1alpha1, startingCSV: undefined } },
    plugins: {
      ...plugins,
      notifications: plugin,
      notificationsBackend: plugin,
      signals: plugin,
      signalsBackend: plugin,
      notificationsEmail: { ...plugin, ...email },
    },
    platform: { resources, ...images },
    tekton: { pipeline: "operator" },
  },
  v1alpha2: {
    ...helm,
    rhdh: { ...helm.rhdh, subscription: read.v1alpha2 },
    serverless: { subscription: read.v1alpha2 },
    plugins: { ...plugins, notificationsEmail: email },
    platform: { resources, ...images, ...eventful },
    tekton: {},
  },
};

describe.each(operatorProfiles.map((profile) => [profile.version, profile] as const))(
  "Orchestrator %s",
  (...args) => {
    const [version, profile] = args;
    const schema = schemaOf(profile);

    it("has no field that its CRD would drop, and all that it requires", () => {
      expect(violations(schema, specOf(version))).toEqual([]);
      expect(violations(schema, specOf(version, everything[profile.api]))).toEqual([]);
    });

    it("reaches every field of its CRD from the configuration", () => {
      const spec = specOf(version, everything[profile.api]);
      const at = (path: string) =>
        path
          .split(".")
          .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], spec);
      // Up to 1.3 the chart reads values for it that it does not have, and fails; 1.4 does not read it.
      const broken = (path: string) => path.endsWith(".isReleaseCandidate");
      const unreachable = leaves(schema).filter((path) => !broken(path) && at(path) === undefined);
      // Of 1.4 open structures besides, for the overlay `spec`.
      const expected =
        profile.api === "v1alpha2"
          ? [...unread("installPlanApproval"), "rhdh.images", "sonataflow.images"]
          : unread("installPlanApproval", "sourceName");
      expect(unreachable.sort()).toEqual(expected.sort());
    });

    it("would be caught with a misspelled field", () => {
      const misspelled = overlay(specOf(version) as object, { postgres: { hostname: "x" } });
      expect(violations(schema, misspelled)).toEqual([expect.stringContaining("hostname")]);
    });

    it("is installed at the last version that was released of it", () => {
      expect(parseCsv(profile.startingCSV)).toMatchObject({
        package: "orchestrator-operator",
        release: version,
      });
      expect(plannedRelease(parse(version))).toMatchObject({
        version,
        api: profile.api,
        startingCSV: profile.startingCSV,
      });
    });

    it("refuses, by key and value, each setting that it has no field for, and says who has one", () => {
      const values = { ...everything.v1alpha1, rhdh: { ...helm.rhdh, name: "hub" } };
      const found = mistakes(version, values).join("\n");
      for (const path of ["rhdh.name", "plugins.signals.package", "serverless.subscription.channel"]) {
        const isLacking = profile.unsupportedSettings.some((lack) => path.startsWith(lack));
        expect(found.includes(`orchestrator:${path} is `), path).toBe(isLacking);
      }
    });
  },
);

describe("a release", () => {
  it("is refused what it cannot express, with those that can", () => {
    expect(mistakes("1.2", { platform: { monitoring: { enabled: true } } })).toEqual([
      "  - orchestrator:platform.monitoring.enabled is true: Orchestrator 1.2 has no such choice; 1.4, 1.7, 1.8, 1.9, 1.10, 2.1 have it",
    ]);
    expect(mistakes("1.4", { gitops, tekton: { pipeline: "operator" } })).toEqual([
      '  - orchestrator:tekton.pipeline is "operator": Orchestrator 1.4 has no such choice; 1.2, 1.3 have it',
    ]);
  });

  it("subscribes to what its chart says, unless set otherwise, and waits for what that runs", () => {
    const of = (version: string, values: Values = {}) =>
      operatorPlatformOf(parse(version, values)).dependencies.map(
        ({ package: name, namespace, channel, source, startingCSV }) =>
          [`${namespace}/${name}`, channel, source, startingCSV ?? "the head"].join(" "),
      );
    expect(of("1.2")).toEqual([
      "rhdh-operator/rhdh fast-1.2 redhat-operators the head",
      "openshift-serverless-logic/logic-operator-rhel8 alpha redhat-operators logic-operator-rhel8.v1.33.0",
      "openshift-serverless/serverless-operator stable redhat-operators the head",
    ]);
    const subscription = { channel: "beta", sourceName: "mirror" };
    expect(
      of("1.4", {
        serverlessLogic: { subscription },
        rhdh: { install: false },
        serverless: { install: false },
      }),
    ).toEqual(["openshift-serverless-logic/logic-operator-rhel8 beta mirror logic-operator-rhel8.v1.35.0"]);
    const spec = { rhdhOperator: { subscription: { startingCSV: "rhdh-operator.v1.2.4" } } };
    expect(of("1.2", { spec })[0]).toBe("rhdh-operator/rhdh fast-1.2 redhat-operators rhdh-operator.v1.2.4");
    expect(operatorPlatformOf(parse("1.2")).dependencies.map(({ sourceSettings }) => sourceSettings)).toEqual(
      [[], ["serverlessLogic.subscription.sourceName"], []],
    );
    const parts = (values: Values) =>
      awaitedObjects(operatorPlatformOf(parse("1.3", values))).map(({ kind }) => kind);
    expect(parts({})).toEqual([
      "KnativeServing",
      "KnativeEventing",
      "SonataFlowPlatform",
      "SonataFlowClusterPlatform",
      "Backstage",
    ]);
    expect(parts({ serverless: { install: false }, rhdh: { install: false } })).toEqual([
      "SonataFlowPlatform",
      "SonataFlowClusterPlatform",
    ]);
  });

  it("is refused a catalog and an approval that its chart does not read", () => {
    const subscription = { sourceName: "mirror", installPlanApproval: "Manual" };
    const found = mistakes("1.2", { serverless: { subscription } }).join("\n");
    expect(found).toContain("serverless.subscription.sourceName");
    expect(found).toContain("serverless.subscription.installPlanApproval");
    expect(mistakes("1.4", { serverless: { subscription: { sourceName: "mirror" } } })).toEqual([]);
    expect(mistakes("1.2", { serverlessLogic: { subscription } })).toEqual([]);
  });

  it("is not refused a value that it has anyway", () => {
    expect(mistakes("1.2", { rhdh: { name: "backstage" } })).toEqual([]);
  });

  it("that does not exist is refused with those that do", () => {
    expect(mistakes("1.11", {})).toEqual([
      '  - orchestrator:orchestrator.version is "1.11": expected "1.2" or "1.3" or "1.4" or "1.7" or "1.8" or "1.9" or "1.10" or "2.1"',
    ]);
  });

  const why =
    "Orchestrator 1.5 and 1.6 are not supported: their operator can delete namespaces of others, and both were a developer preview without a successor. " +
    "Choose 1.4, the last release with an operator of its own, or 1.7 or later. " +
    "Destroy a stack that runs 1.5 or 1.6 with the version of this project that installed it";

  it.each(["1.5", "1.6"])("that is not supported, such as %s, is refused with the reason", (version) => {
    const refusal = (value: unknown) => [
      `  - orchestrator:orchestrator.version is ${JSON.stringify(value)}: ${why}`,
    ];
    expect(mistakes(version, {})).toEqual(refusal(version));
    // Without quotes, YAML makes a number of it.
    expect(mistakes(version, { orchestrator: { version: Number(version) } })).toEqual(
      refusal(Number(version)),
    );
    // What the default release lacks is no concern of this one.
    expect(mistakes(version, { rhdh: { name: "hub" } })).toEqual(refusal(version));
    expect(mistakes("1.4", { operator: { startingCSV: `orchestrator-operator.v${version}.1` } })).toEqual([
      `  - orchestrator:operator.startingCSV is "orchestrator-operator.v${version}.1": ${why}`,
    ]);
  });

  it("is not installed at a version of another", () => {
    const pinned = (startingCSV: string) => ({ operator: { startingCSV } });
    expect(mistakes("1.3", pinned("orchestrator-operator.v1.4.0"))).toEqual([
      '  - orchestrator:operator.startingCSV is "orchestrator-operator.v1.4.0": is of Orchestrator 1.4, and orchestrator.version is 1.3; set the two alike',
    ]);
    expect(mistakes("1.3", pinned("orchestrator-operator.v1.3.0"))).toEqual([]);
    // A catalog of one's own may call its versions anything.
    expect(mistakes("1.3", pinned("mine"))).toEqual([]);
  });

  it("says of Developer Hub what the release before would otherwise have left behind", () => {
    const hub = (version: string) => (specOf(version) as { rhdhOperator: object }).rhdhOperator;
    expect(hub("1.2")).not.toHaveProperty("catalogBranch");
    expect(hub("1.2")).not.toHaveProperty("subscription.channel");
    expect(hub("1.3")).toMatchObject({ catalogBranch: "v1.3.x", subscription: { channel: "fast-1.3" } });
    expect(
      specOf("1.3", { rhdh: { catalogBranch: "mine", subscription: { channel: "fast" } } }),
    ).toMatchObject({
      rhdhOperator: { catalogBranch: "mine", subscription: { channel: "fast" } },
    });
  });

  it("knows where its operator subscribes to Developer Hub's", () => {
    const { dependencies } = operatorPlatformOf(parse("1.4"));
    expect(dependencies[0]).toMatchObject({ package: "rhdh", namespace: "rhdh-operator" });
    const named = { namespaces: { rhdh: { name: "hub" } } };
    expect(operatorPlatformOf(parse("1.4", named)).dependencies[0]?.namespace).toBe("hub");
  });
});

describe("the name of a CSV", () => {
  it("are of one package, whatever another's name begins with", () => {
    const versions = ["logic-operator.v1.37.1", "logic-operator-rhel8.v1.33.0", "rhdh-operator.v1.9.0"];
    const of = (name: string) => versions.filter((csv) => isOfPackage(name, csv));
    expect(of("logic-operator")).toEqual(["logic-operator.v1.37.1"]);
    expect(of("logic-operator-rhel8")).toEqual(["logic-operator-rhel8.v1.33.0"]);
    expect(of("rhdh")).toEqual(["rhdh-operator.v1.9.0"]);
  });

  it("is a package and a version", () => {
    expect(parseCsv("logic-operator-rhel8.v1.33.0")).toMatchObject({
      package: "logic-operator-rhel8",
      release: "1.33",
    });
    expect(parseCsv("orchestrator-operator.v1.2.0-rc12")).toMatchObject({
      release: "1.2",
      version: { prerelease: ["rc12"] },
    });
    expect(parseCsv("anything")).toBeUndefined();
  });

  it.each([
    ["op.v1.2.3", "op.v1.2.3", 0],
    ["op.v1.2.3", "op.v1.10.0", -1],
    ["op.v2.0.0", "op.v1.10.0", 1],
    // As SemVer has it, and so OLM: rc2 is a word, and no number.
    ["op.v1.2.0-rc2", "op.v1.2.0-rc12", 1],
    ["op.v1.2.0-rc.2", "op.v1.2.0-rc.12", -1],
    ["op.v1.2.0-0830", "op.v1.2.0", -1],
    ["op.v1.2.0", "op.v1.2.0-rc12", 1],
    ["op.v1.2.0-rc12", "op.v1.2.0", -1],
    ["op.v1.2.0", "other.v1.3.0", undefined],
    ["op.v1", "op.v2", undefined],
  ])("%s against %s: %s", (a, b, sign) => {
    const difference = compareCsvs(a, b);
    expect(difference === undefined ? undefined : Math.sign(difference)).toBe(sign);
  });
});
