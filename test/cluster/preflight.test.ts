import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { texts } from "../../components/cluster/preflight";
import { preflight, type Expectations, type PreflightInput } from "../../tasks/cluster/preflight";
import type { Validated } from "../../tasks/cluster/preflight/scene";
import type { Action } from "../../kube/cluster";
import { ApiServer, object } from "../support/apiServer";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
  const real = setTimeout;
  vi.stubGlobal("setTimeout", (done: () => void, ms: number) => real(done, ms / 1_000));
  api.put(
    ...openShift("4.15.3"),
    ...catalog(),
    ...defaultStorage(),
    group("openshift-operators/global-operators"),
  );
});
afterEach(() => {
  api.stop();
  vi.unstubAllGlobals();
});

const olm = "operators.coreos.com/v1alpha1";
const rbac = "rbac.authorization.k8s.io/v1";
const csv = "orchestrator-operator.v1.2.3";
const marked = { labels: { "orchestrator-on-openshift/installation": "me" } };
const released = {
  annotations: {
    "meta.helm.sh/release-name": "orchestrator",
    "meta.helm.sh/release-namespace": "orchestrator",
  },
};

const namespace = (name: string, metadata?: object, more?: object) =>
  object("v1", "Namespace", name, more, metadata);
const group = (path: string, spec: object = {}, metadata?: object) =>
  object("operators.coreos.com/v1", "OperatorGroup", path, { spec }, metadata);
const openShift = (version: string) => [
  object("config.openshift.io/v1", "ClusterVersion", "version", {
    status: { history: [{ state: "Completed", version }] },
  }),
];
const catalog = (state = "READY") => [
  object(olm, "CatalogSource", "openshift-marketplace/redhat-operators", {
    status: { connectionState: { lastObservedState: state } },
  }),
  packageOf([
    { name: "stable", currentCSV: "x", entries: [{ name: csv }, { name: "orchestrator-operator.v1.6.1" }] },
  ]),
];
const packageOf = (channels: object[], source = "redhat-operators") =>
  object(
    "packages.operators.coreos.com/v1",
    "PackageManifest",
    "openshift-marketplace/orchestrator-operator",
    {
      status: { catalogSource: source, catalogSourceNamespace: "openshift-marketplace", channels },
    },
  );
const defaultStorage = () => [
  object(
    "storage.k8s.io/v1",
    "StorageClass",
    "standard",
    {},
    {
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
  ),
];
const spec = {
  name: "orchestrator-operator",
  channel: "stable",
  source: "redhat-operators",
  sourceNamespace: "openshift-marketplace",
  installPlanApproval: "Manual",
  startingCSV: csv,
};
const subscription = (path: string, more: object = {}, metadata: object = {}, status: object = {}) =>
  object(olm, "Subscription", path, { spec: { ...spec, ...more }, status }, metadata);

const resource = {
  apiVersion: "rhdh.redhat.com/v1alpha1",
  kind: "Orchestrator",
  namespace: "orchestrator",
  name: "orchestrator",
};
const platform: Expectations = {
  openshift: { release: "1.2", from: "4.14", to: "4.15" },
  resource,
  dependencies: [
    { package: "rhdh", namespace: "rhdh-operator", setting: "rhdh.install" },
    { package: "serverless-operator", namespace: "openshift-serverless", setting: "serverless.install" },
  ],
  account: { namespace: "orchestrator", name: "orchestrator" },
  needsStorage: true,
  channelHead: "orchestrator-operator.v1.6.1",
  unavailableOnArm: ["Serverless", "Orchestrator"],
};
const input: PreflightInput = {
  installation: undefined,
  planned: [
    { apiVersion: "v1", kind: "Namespace", name: "orchestrator" },
    { apiVersion: "v1", kind: "Namespace", name: "rhdh-operator" },
    {
      apiVersion: olm,
      kind: "Subscription",
      namespace: "openshift-operators",
      name: "orchestrator-operator",
      spec,
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      namespace: "sonataflow-infra",
      name: "data",
      spec: {},
    },
    {
      ...resource,
      spec: { tekton: { enabled: false } },
    },
  ],
  prerequisites: [],
  labels: [],
  adopt: false,
  packages: [
    {
      package: "orchestrator-operator",
      namespace: "openshift-operators",
      packages: ["orchestrator-operator"],
      settings: "operator",
      hint: "leave the platform to it",
    },
    {
      package: "openshift-gitops-operator",
      namespace: "openshift-gitops-operator",
      packages: ["openshift-gitops-operator"],
      settings: "gitops.operator",
      hint: "use it",
    },
  ],
  release: {
    package: "orchestrator-operator",
    namespace: "openshift-operators",
    version: "1.2",
    api: "v1alpha1",
    startingCSV: csv,
  },
  platform,
};

/** What is found, a line each, with its level. */
async function found(more: Partial<PreflightInput> = {}): Promise<string[]> {
  const { findings } = await preflight(api.cluster, { ...input, ...more });
  return findings.map(({ level, text }) => `${level}: ${text}`);
}

describe("a cluster that is ready", () => {
  it("gives nothing to say", async () => {
    expect(await found()).toEqual([]);
    expect(texts(await preflight(api.cluster, input))).toEqual({});
  });

  it("is only read", async () => {
    await found();
    expect(api.writes).toEqual([]);
  });

  it("is asked once for all rights of an admin", async () => {
    const asked: string[] = [];
    api.may = ({ verb, group, resource }) => {
      asked.push(`${verb} ${group} ${resource}`);
      return true;
    };
    await found();
    expect(asked).toEqual(["* * *"]);
  });
});

describe("the platform of the cluster", () => {
  it("is OpenShift", async () => {
    api.lacks.add("ClusterVersion");
    expect(await found()).toEqual([expect.stringMatching(/^refusal: this is no OpenShift/)]);
  });

  it.each(["4.13.9", "4.16.21"])("is %s, which its catalogs have to decide on", async (version) => {
    api.put(...openShift(version));
    expect(await found()).toEqual([
      expect.stringContaining(
        `warning: Orchestrator 1.2 is for OpenShift 4.14 to 4.15, and this is ${version}`,
      ),
    ]);
  });

  it("has nodes that there are images for", async () => {
    const node = (name: string, arch: string) =>
      object("v1", "Node", name, {}, { labels: { "kubernetes.io/arch": arch } });
    api.put(node("a", "arm64"));
    expect(await found()).toEqual([expect.stringContaining("warning: all nodes are ARM64")]);
    api.put(node("b", "amd64"));
    expect(await found()).toEqual([expect.stringContaining("warning: 1 of 2 nodes are ARM64")]);
  });

  it("has a StorageClass for volumes that name none", async () => {
    api.put(object("storage.k8s.io/v1", "StorageClass", "standard"));
    expect(await found()).toEqual([
      expect.stringContaining(
        "refusal: there is no default StorageClass for the database's volume (there are standard)",
      ),
    ]);
    const named = input.planned.map((made) =>
      made.kind === "PersistentVolumeClaim" ? { ...made, spec: { storageClassName: "standard" } } : made,
    );
    expect(await found({ planned: named })).toEqual([
      expect.stringContaining(
        "warning: there is no default StorageClass (there are standard), which Developer Hub's own",
      ),
    ]);
  });

  it("lets the user do all that it takes; where not, all of it is named", async () => {
    api.may = ({ verb, resource }) =>
      verb !== "*" && !(resource === "namespaces" && verb === "create") && verb !== "patch";
    const [finding = ""] = await found();
    expect(finding).toMatch(/^refusal: you may not, and would have to; log in as a cluster-admin/);
    expect(finding).toContain("create and patch namespaces");
    expect(finding).toContain("patch subscriptions.operators.coreos.com in openshift-operators");
    expect(finding).toContain(
      "patch installplans.operators.coreos.com in openshift-operators, rhdh-operator and openshift-serverless",
    );
    expect(finding).toContain("patch orchestrators.rhdh.redhat.com in orchestrator");
    expect(finding).not.toContain("delete");
  });

  it("warns of a database of somebody else's that is too old, where its image says so", async () => {
    const { platform } = input;
    const named = { settings: "externalPostgres", namespace: "db", name: "pg" };
    const databases = platform && { platform: { ...platform, databases: [named] } };
    expect(await found(databases)).toEqual([]);
    api.put(object("v1", "Service", "db/pg", { spec: { selector: { app: "pg" } } }));
    const pod = (name: string, image: string, app: string) =>
      object("v1", "Pod", `db/${name}`, { spec: { containers: [{ image }] } }, { labels: { app } });
    api.put(pod("other", "sclorg/postgresql-12-c9s", "other"), pod("new", "sclorg/postgresql-15-c9s", "pg"));
    expect(await found(databases)).toEqual([]);
    api.put(pod("old", "sclorg/postgresql-13-c9s", "pg"));
    expect(await found(databases)).toEqual([
      "warning: Service db/pg leads to PostgreSQL 13 (sclorg/postgresql-13-c9s), and Developer Hub and the platform's services are tested with 15 and later; choose another with externalPostgres",
    ]);
  });

  it("lets the user delete CRDs, where they are to go with the operators", async () => {
    api.may = ({ verb, resource }) =>
      verb !== "*" && !(resource === "customresourcedefinitions" && verb === "delete");
    expect(await found()).toEqual([]);
    const { platform } = input;
    const [finding = ""] = await found({ platform: platform && { ...platform, removesCrds: true } });
    expect(finding).toContain("delete customresourcedefinitions.apiextensions.k8s.io");
  });

  it("lets a team's user do what a stack of workflow namespaces takes, which is nothing elsewhere", async () => {
    const networking = "networking.k8s.io";
    const team: Partial<PreflightInput> = {
      planned: [
        { apiVersion: "v1", kind: "Secret", namespace: "team", name: "login" },
        { apiVersion: `${networking}/v1`, kind: "NetworkPolicy", namespace: "team", name: "open" },
        { apiVersion: "sonataflow.org/v1alpha08", kind: "SonataFlow", namespace: "team", name: "greeting" },
      ],
      prerequisites: [{ apiVersion: "v1", kind: "Namespace", name: "team" }],
      labels: [{ namespace: "team", label: "l", value: "" }],
      packages: undefined,
      release: undefined,
      platform: undefined,
      existing: { admitsWorkflowsBy: "label" },
      places: [{ apiVersion: "sonataflow.org/v1alpha08", kind: "SonataFlowPlatform", namespace: "team" }],
      guardedPlaces: [{ apiVersion: "sonataflow.org/v1alpha08", kind: "SonataFlow", namespace: "team" }],
    };
    const platforms = ["sonataflowclusterplatforms", "sonataflowplatforms", "backstages"];
    const admitted = ({ verb, resource, namespace }: Action) =>
      namespace === "team" ||
      (verb === "list" && platforms.includes(resource)) ||
      (verb === "get" && namespace === "flows" && ["secrets", "networkpolicies"].includes(resource));
    api.put(
      namespace("team"),
      object("sonataflow.org/v1alpha08", "SonataFlowPlatform", "flows/sonataflow-platform", {
        spec: {
          services: { dataIndex: { enabled: true } },
          persistence: { postgresql: { secretRef: { name: "db" }, serviceRef: { name: "db" } } },
        },
      }),
      object("rhdh.redhat.com/v1alpha3", "Backstage", "hub/backstage"),
    );
    api.may = admitted;
    expect(await found(team)).toEqual([]);
    api.may = (action) =>
      admitted(action) && action.namespace !== "flows" && action.resource !== "backstages";
    expect(await found(team)).toEqual([
      "refusal: you may not, and would have to; log in as a cluster-admin, or have these rights granted:" +
        "\n      list backstages.rhdh.redhat.com" +
        "\n      get networkpolicies.networking.k8s.io in flows" +
        "\n      get secrets in flows",
    ]);
  });

  it("lets a user preview who may make nothing, and says what an up would take", async () => {
    api.may = ({ verb }) => ["get", "list", "watch"].includes(verb);
    const [finding = ""] = await found({ isDryRun: true });
    expect(finding).toMatch(/^warning: you may not, and would have to/);
  });

  it("is said where a kind cannot be read for other reasons, such as an aggregated API without a server", async () => {
    api.answers.set("packages.operators.coreos.com", 503);
    expect(await found()).toEqual([
      expect.stringMatching(/^unchecked: whether the catalogs have the operators: .*\(503\)$/),
    ]);
  });

  it("is refused, not given up on, where the user may not even look", async () => {
    for (const kind of ["Subscription", "Namespace", "Node"]) api.hides.add(kind);
    api.may = () => false;
    const findings = await found();
    expect(findings).toContainEqual(expect.stringMatching(/^refusal: you may not/));
    expect(findings).toContainEqual(
      expect.stringMatching(/^unchecked: the architecture of the nodes, which you may not read$/),
    );
  });
});

describe("the catalogs", () => {
  it("need OLM", async () => {
    api.lacks.add("Subscription");
    expect(await found()).toContainEqual(expect.stringMatching(/^refusal: there is no OLM/));
  });

  it("are there, and healthy", async () => {
    api.put(...catalog("TRANSIENT_FAILURE"));
    expect(await found()).toEqual([
      expect.stringContaining(
        "redhat-operators is not healthy: its connection is TRANSIENT_FAILURE, not READY",
      ),
    ]);
    api.objects.delete("CatalogSource openshift-marketplace/redhat-operators");
    expect(await found()).toEqual([expect.stringContaining("the CatalogSources there are: none")]);
  });

  it("get some seconds to come back", async () => {
    api.put(...catalog("CONNECTING"));
    setTimeout(() => {
      api.put(...catalog());
    }, 5_000);
    expect(await found()).toEqual([]);
  });

  it("have the package, the channel and the version", async () => {
    api.put(packageOf([{ name: "alpha", currentCSV: "x" }]));
    expect(await found()).toEqual([
      "refusal: package orchestrator-operator of redhat-operators has no channel stable; it has alpha. Set operator.channel",
    ]);
    api.put(
      packageOf([{ name: "stable", currentCSV: "x", entries: [{ name: "orchestrator-operator.v1.6.1" }] }]),
    );
    expect(await found()).toEqual([
      expect.stringMatching(
        /has no orchestrator-operator\.v1\.2\.3: orchestrator-operator\.v1\.6\.1\. .*Set operator\.startingCSV$/,
      ),
    ]);
    api.put(packageOf([{ name: "stable", currentCSV: "x" }], "community"));
    expect(await found()).toEqual([
      "refusal: CatalogSource openshift-marketplace/redhat-operators has no package orchestrator-operator, but community has; set operator.source",
    ]);
  });

  it("have what the operator is going to subscribe to", async () => {
    const child = {
      namespace: "rhdh-operator",
      name: "rhdh",
      settings: "rhdh.subscription",
      sourceSettings: [],
      spec: {
        name: "rhdh",
        channel: "fast-1.2",
        source: "redhat-operators",
        sourceNamespace: "openshift-marketplace",
      },
    };
    const more = (spec: object = {}): Partial<PreflightInput> => ({
      platform: { ...platform, subscriptions: [{ ...child, spec: { ...child.spec, ...spec } }] },
    });
    expect(await found(more())).toEqual([
      expect.stringContaining(
        "refusal: CatalogSource openshift-marketplace/redhat-operators has no package rhdh",
      ),
    ]);
    expect(await found(more({ source: "mirror" }))).toEqual([
      "refusal: CatalogSource openshift-marketplace/mirror does not exist; the CatalogSources there are: redhat-operators. " +
        "Set orchestrator.version to 1.4, or to 1.7 or later, which can take another catalog; or make a CatalogSource of that name",
    ]);
    api.put(
      object("packages.operators.coreos.com/v1", "PackageManifest", "openshift-marketplace/rhdh", {
        status: {
          catalogSource: "redhat-operators",
          catalogSourceNamespace: "openshift-marketplace",
          channels: [{ name: "fast-1.2", currentCSV: "x", entries: [{ name: "rhdh-operator.v1.2.4" }] }],
        },
      }),
    );
    expect(await found(more())).toEqual([]);
    expect(await found(more({ startingCSV: "rhdh-operator.v1.2.9" }))).toEqual([
      expect.stringMatching(/has no rhdh-operator\.v1\.2\.9: .*Set rhdh\.subscription\.startingCSV$/),
    ]);
    const refused = [
      "refusal: package rhdh of redhat-operators has no channel fast-1.1; it has fast-1.2. Set rhdh.subscription.channel",
    ];
    expect(await found(more({ channel: "fast-1.1" }))).toEqual(refused);
    // What is there is looked at again where it is to be another, and is somebody else's business where it is theirs.
    const installed = { installedCSV: "rhdh-operator.v1.2.4" };
    const live = (metadata: object) =>
      subscription("rhdh-operator/rhdh", { name: "rhdh", channel: "fast-1.2" }, metadata, installed);
    api.put(live(released));
    expect(await found(more({ channel: "fast-1.1" }))).toEqual(expect.arrayContaining(refused));
    api.put(live({}));
    expect(await found(more({ channel: "fast-1.1" }))).not.toEqual(expect.arrayContaining(refused));
  });

  it("leads past the release with Automatic approval, unless they say otherwise", async () => {
    const automatic = (more: object = {}): Partial<PreflightInput> => ({
      planned: input.planned.map((made) =>
        made.kind === "Subscription"
          ? { ...made, spec: { ...spec, startingCSV: undefined, installPlanApproval: "Automatic", ...more } }
          : made,
      ),
    });
    const refused = expect.stringMatching(
      /^refusal: with Automatic approval OLM goes on to orchestrator-operator\.v1\.6\.1, where channel stable ends, .*pulumi config set --path operator\.approval Manual$/,
    ) as string;
    const channel = (currentCSV: string) => packageOf([{ name: "stable", currentCSV }]);
    api.put(channel("orchestrator-operator.v1.6.1"));
    expect(await found(automatic())).toEqual([refused]);
    // A mirrored catalog may end with the release; a pin is only where Automatic begins.
    api.put(channel(csv));
    expect(await found(automatic())).toEqual([]);
    api.put(channel("orchestrator-operator.v1.6.1"));
    expect(await found(automatic({ startingCSV: csv }))).toEqual([refused]);
    api.lacks.add("PackageManifest");
    expect(await found(automatic())).toEqual([refused, expect.stringMatching(/^unchecked/)]);
    // One that runs is let go of by the same setting.
    api.put(subscription("openshift-operators/orchestrator-operator", {}, marked, { installedCSV: csv }));
    expect(await found({ ...automatic(), installation: "me" })).toContainEqual(refused);
  });

  it("are looked at themselves where their packages cannot be", async () => {
    api.objects.delete("CatalogSource openshift-marketplace/redhat-operators");
    const unasked = expect.stringMatching(/^unchecked: whether the catalogs have the operators/) as string;
    api.answers.set("packages.operators.coreos.com", 503);
    expect(await found()).toEqual([expect.stringContaining("the CatalogSources there are: none"), unasked]);
    api.put(...catalog());
    const held = { ...spec, startingCSV: undefined, installPlanApproval: "Automatic" };
    const planned = input.planned.map((made) =>
      made.kind === "Subscription" ? { ...made, spec: held } : made,
    );
    // Where the channel is known to lead, its catalog need not say.
    expect(await found({ planned })).toEqual([expect.stringContaining("OLM goes on to"), unasked]);
    api.answers.clear();
    api.hides.add("PackageManifest");
    expect(await found({ planned })).toEqual([expect.stringContaining("OLM goes on to"), unasked]);
  });

  it("cannot be asked on a cluster without a package server, which is said", async () => {
    api.lacks.add("PackageManifest");
    expect(await found()).toEqual([
      "unchecked: whether the catalogs have the operators (packages.operators.coreos.com/v1 is not served)",
    ]);
  });
});

describe("a catalog without the release", () => {
  const operator = (channel: string, startingCSV?: string) => ({
    name: "rhdh",
    channel,
    source: "redhat-operators",
    sourceNamespace: "openshift-marketplace",
    ...(startingCSV !== undefined && { startingCSV }),
  });
  const made = { apiVersion: olm, kind: "Subscription", namespace: "rhdh-operator", name: "rhdh" };
  const alternatives = [
    { version: "1.8", subscriptions: [operator("fast-1.8")] },
    { version: "1.9", subscriptions: [operator("fast-1.9", "rhdh-operator.v1.9.9")] },
    { version: "1.10", subscriptions: [operator("fast-1.10")] },
  ];
  const wanted = {
    platform: { ...platform, alternatives },
    planned: [...input.planned, { ...made, spec: operator("fast-2.1") }],
  };
  const channels = (...names: string[]) =>
    object("packages.operators.coreos.com/v1", "PackageManifest", "openshift-marketplace/rhdh", {
      status: {
        catalogSource: "redhat-operators",
        catalogSourceNamespace: "openshift-marketplace",
        channels: names.map((name) => ({
          name,
          currentCSV: "rhdh-operator.v1.0.0",
          entries: [{ name: "rhdh-operator.v1.0.0" }],
        })),
      },
    });
  const choose =
    "refusal: the catalogs have all of another release; choose it with: pulumi config set --path";

  it("names those that it has, the newest first, as the command to type", async () => {
    api.put(channels("fast-1.8", "fast-1.9", "fast-1.10"));
    expect(await found(wanted)).toEqual([
      expect.stringContaining("refusal: package rhdh of redhat-operators has no channel fast-2.1"),
      `${choose} orchestrator.version 1.10 (or 1.8)`,
    ]);
    api.put(channels("fast-1.8"));
    expect(await found(wanted)).toContain(`${choose} orchestrator.version 1.8`);
  });

  it("names none where it has none, and none to a stack that is installed", async () => {
    api.put(channels("fast"));
    expect(await found(wanted)).toEqual([expect.stringContaining("has no channel fast-2.1")]);
    api.put(channels("fast-1.10"));
    api.put(subscription("rhdh-operator/rhdh", operator("fast-1.10"), marked, { installedCSV: csv }));
    const lines = await found({ ...wanted, installation: "me" });
    expect(lines.filter((line) => line.includes("another release"))).toEqual([]);
  });
});

describe("the versions that a release is validated with", () => {
  const validated = [
    {
      release: "2.1",
      version: "1.37",
      packages: ["serverless-operator"],
      settings: "serverless.subscription",
    },
  ];
  const own = { ...spec, name: "serverless-operator", startingCSV: undefined };
  const made = { apiVersion: olm, kind: "Subscription", namespace: "openshift-serverless", name: "sub" };
  const coming = (more: object = {}) => ({
    platform: { ...platform, validated, leads: undefined },
    planned: [...input.planned, { ...made, spec: { ...own, installPlanApproval: "Automatic", ...more } }],
  });
  const head = (version: string) => {
    const currentCSV = `serverless-operator.v${version}`;
    return object(
      "packages.operators.coreos.com/v1",
      "PackageManifest",
      "openshift-marketplace/serverless-operator",
      {
        status: {
          catalogSource: "redhat-operators",
          catalogSourceNamespace: "openshift-marketplace",
          channels: [{ name: "stable", currentCSV, entries: [{ name: currentCSV }] }],
        },
      },
    );
  };
  const text = "warning: Orchestrator 2.1 is validated with serverless-operator 1.37, and";
  const of = async (more: Partial<PreflightInput>) =>
    (await found(more)).filter((line) => line.includes("validated"));

  it("are compared with what an Automatic channel leads to, in the minor version only", async () => {
    api.put(head("1.37.4"));
    expect(await of(coming())).toEqual([]);
    api.put(head("1.38.0"));
    expect(await of(coming())).toEqual([
      `${text} this stack would have serverless-operator.v1.38.0; hold it with serverless.subscription.installPlanApproval Manual and a serverless.subscription.startingCSV of 1.37`,
    ]);
  });

  it("are compared with the pin, which is what is installed", async () => {
    api.put(head("1.38.0"));
    const pinned = (startingCSV: string) => coming({ installPlanApproval: "Manual", startingCSV });
    expect(await of(pinned("serverless-operator.v1.37.1"))).toEqual([]);
    expect(await of(pinned("serverless-operator.v1.36.0"))).toEqual([
      expect.stringContaining("would have serverless-operator.v1.36.0"),
    ]);
  });

  it("are compared with what others have installed", async () => {
    const there = (version: string) => {
      api.put(
        subscription(
          "theirs/sub",
          { name: "serverless-operator" },
          {},
          {
            installedCSV: `serverless-operator.v${version}`,
          },
        ),
      );
    };
    const [theirs] = validated;
    const used = {
      platform: { ...platform, validated: [{ ...theirs, settings: undefined } as Validated] },
    };
    there("1.37.0");
    expect(await of(used)).toEqual([]);
    there("1.36.0");
    expect(await of(used)).toEqual([`${text} Subscription theirs/sub has serverless-operator.v1.36.0`]);
  });
});

describe("conflicts", () => {
  it("are Subscriptions to the same package, of which there can be one", async () => {
    api.put(subscription("elsewhere/theirs"), subscription("knative/sub", { name: "serverless-operator" }));
    const findings = await found();
    expect(findings).toContainEqual(
      expect.stringContaining(
        "refusal: Subscription elsewhere/theirs, to orchestrator-operator, exists, and is not of this stack; leave the platform to it",
      ),
    );
    expect(findings).toContainEqual(
      expect.stringMatching(
        /^warning: Subscription knative\/sub .*pulumi config set --path serverless\.install false$/,
      ),
    );
  });

  it("are not what the operator has made for this stack", async () => {
    api.put(
      subscription("openshift-operators/orchestrator-operator", {}, marked),
      subscription("rhdh-operator/rhdh", { name: "rhdh" }, released),
      group("rhdh-operator/rhdh-operator-group", {}, released),
    );
    expect(await found({ installation: "me" })).toEqual([]);
  });

  it("are approvals that OLM extends to neighbours, and plans that wait", async () => {
    api.put(
      subscription("openshift-operators/logging", { name: "logging", installPlanApproval: "Automatic" }),
      object(olm, "InstallPlan", "openshift-operators/install-x", {
        spec: { approved: false, clusterServiceVersionNames: ["logging.v6"] },
        status: { phase: "RequiresApproval" },
      }),
    );
    expect(await found()).toEqual([
      expect.stringMatching(/^warning: OLM will hold the updates of logging too/),
      expect.stringMatching(
        /^warning: InstallPlan openshift-operators\/install-x waits for approval \(logging\.v6\)/,
      ),
    ]);
  });

  it("are OperatorGroups: several, none, or one that is not for all namespaces", async () => {
    api.put(group("openshift-operators/second"));
    expect(await found()).toEqual([
      expect.stringContaining("several OperatorGroups: global-operators and second."),
    ]);
    api.objects.delete("OperatorGroup openshift-operators/second");
    api.put(group("openshift-operators/global-operators", { targetNamespaces: ["one"] }));
    expect(await found()).toEqual([expect.stringContaining("global-operators is not for all namespaces")]);
    api.objects.delete("OperatorGroup openshift-operators/global-operators");
    expect(await found()).toEqual([expect.stringContaining("openshift-operators has no OperatorGroup")]);
  });

  it("are OperatorGroups where the operator makes one itself, and their lack where it makes none", async () => {
    api.put(group("rhdh-operator/theirs"), namespace("openshift-serverless"));
    expect(await found()).toEqual([
      expect.stringContaining(
        "OLM would install nothing in rhdh-operator, where OperatorGroup rhdh-operator/theirs",
      ),
      expect.stringContaining("Namespace openshift-serverless has no OperatorGroup"),
    ]);
  });

  it("are objects for a namespace that would be the whole cluster's", async () => {
    const node = { apiVersion: "v1", kind: "Node", namespace: "loans", name: "a" };
    expect(await found({ planned: [...input.planned, node] })).toEqual([
      "refusal: Node a, of the workflows for loans, would be the whole cluster's; only what is in a namespace is for there",
    ]);
  });

  it("are custom resources of others", async () => {
    api.put(object(resource.apiVersion, "Orchestrator", "team/theirs"));
    expect(await found()).toEqual([
      expect.stringContaining("warning: Orchestrator team/theirs is there already"),
    ]);
    expect(await found({ adopt: true })).toEqual([
      expect.stringMatching(/^refusal: .*pulumi config set --path orchestrator\.name theirs/),
    ]);
  });
});

describe("operators of OLM v1", () => {
  const extension = (packageName: string) =>
    object("olm.operatorframework.io/v1", "ClusterExtension", "theirs", {
      spec: { source: { sourceType: "Catalog", catalog: { packageName } } },
      status: { install: { bundle: { name: "orchestrator-operator.v1.2.3" } } },
    });

  it("are named, and not subscribed beside", async () => {
    api.put(extension("orchestrator-operator"));
    expect(await found()).toEqual([
      expect.stringMatching(
        /^refusal: ClusterExtension theirs, of OLM v1, has package orchestrator-operator as orchestrator-operator\.v1\.2\.3, .*install false/,
      ),
    ]);
    api.put(extension("another"));
    expect(await found()).toEqual([]);
  });

  it("are found by another package with the same kinds, and by what an operator would subscribe to", async () => {
    const of = async (more: Partial<PreflightInput>) =>
      (await found(more)).filter((line) => line.includes("ClusterExtension"));
    const refused = [
      expect.stringMatching(/^refusal: ClusterExtension theirs, of OLM v1, has package another /),
    ];
    api.put(extension("another"));
    const packages = input.packages?.map((claim) => ({
      ...claim,
      packages: [...claim.packages, "another"],
    }));
    expect(await of({ packages })).toEqual(refused);
    const subscriptions = [
      {
        namespace: "elsewhere",
        name: "another",
        settings: "another.subscription",
        spec: {
          name: "another",
          channel: "c",
          source: "redhat-operators",
          sourceNamespace: "openshift-marketplace",
        },
      },
    ];
    expect(await of({ platform: { ...platform, subscriptions } })).toEqual(refused);
    expect(await of({})).toEqual([]);
  });
});

describe("what an earlier install has left", () => {
  it("is an operator without a Subscription", async () => {
    const labels = { "operators.coreos.com/orchestrator-operator.openshift-operators": "" };
    api.put(
      object(olm, "ClusterServiceVersion", `openshift-operators/${csv}`, {}, { labels }),
      object("operators.coreos.com/v1", "Operator", "orchestrator-operator.openshift-operators"),
    );
    expect(await found()).toEqual([expect.stringContaining(`oc delete csv ${csv} -n openshift-operators`)]);
    api.put(subscription("openshift-operators/orchestrator-operator", {}, marked));
    expect(await found({ installation: "me" })).toEqual([]);
  });

  it("is not an operator of the stack's own, which is subscribed to anew", async () => {
    const labels = { "operators.coreos.com/orchestrator-operator.openshift-operators": "" };
    api.put(
      namespace("openshift-operators", marked),
      object(olm, "ClusterServiceVersion", `openshift-operators/${csv}`, {}, { labels }),
      object("operators.coreos.com/v1", "Operator", "orchestrator-operator.openshift-operators"),
    );
    expect(await found({ installation: "me" })).toEqual([]);
    expect(await found({ installation: "another" })).not.toEqual([]);
  });

  it("is a namespace that is being deleted, with what holds it", async () => {
    const conditions = [
      { type: "NamespaceFinalizersRemaining", status: "True", message: "Some content has finalizers." },
    ];
    api.put(namespace("knative-serving", { deletionTimestamp: "now" }, { status: { conditions } }));
    expect(await found()).toEqual([
      "refusal: Namespace knative-serving is being deleted: Some content has finalizers. Wait until it is gone, or remove what holds it",
    ]);
  });

  it("is its kind in another version", async () => {
    const crd = (...stored: string[]) =>
      object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "orchestrators.rhdh.redhat.com", {
        status: { storedVersions: stored },
      });
    api.put(crd("v1alpha1"));
    expect(await found()).toEqual([]);
    api.put(crd("v1alpha1", "v1alpha3"));
    expect(await found()).toEqual([
      expect.stringMatching(
        /^refusal: the CRD orchestrators\.rhdh\.redhat\.com stores v1alpha3, which Orchestrator 1\.2 does not know/,
      ),
    ]);
  });

  it("is a webhook that nobody answers", async () => {
    const webhook = (name: string, failurePolicy: string) =>
      object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", name, {
        webhooks: [
          { failurePolicy, clientConfig: { service: { namespace: "knative-serving", name: "webhook" } } },
        ],
      });
    api.put(webhook("left", "Fail"), webhook("harmless", "Ignore"));
    expect(await found()).toEqual([expect.stringContaining("oc delete mutatingwebhookconfiguration left")]);
    api.put(namespace("knative-serving"));
    expect(await found()).toEqual([]);
  });

  it("is roles of versions that are gone, and a cluster-admin", async () => {
    const labels = { "olm.owner": csv, "olm.owner.namespace": "openshift-operators" };
    const subjects = [{ kind: "ServiceAccount", name: "orchestrator", namespace: "orchestrator" }];
    api.put(
      object(rbac, "ClusterRole", "left", {}, { labels }),
      object(rbac, "ClusterRoleBinding", "cluster-admin-0", { roleRef: { name: "cluster-admin" }, subjects }),
    );
    expect(await found()).toEqual([
      "warning: left from an earlier install, and worth removing: ClusterRole left",
      expect.stringContaining("oc delete clusterrolebinding cluster-admin-0"),
    ]);
  });
});

describe("what is not the stack's own", () => {
  it("is in the way, or missing, as the claim has it", async () => {
    api.put(namespace("orchestrator"));
    const prerequisites = [{ apiVersion: "v1", kind: "Secret", namespace: "db", name: "login" }];
    const result = await preflight(api.cluster, { ...input, prerequisites });
    expect(result.findings.map(({ text }) => text)).toEqual([
      "Namespace orchestrator exists, and is not of this stack",
      "Secret db/login does not exist, though the configuration says so",
    ]);
    expect(result.advice.join("\n")).toContain("pulumi config set adopt true");
  });

  it("is told from what may only have lost its mark", async () => {
    api.put(namespace("orchestrator", { managedFields: [{ manager: "pulumi-kubernetes-1a2b" }] }));
    expect(await found()).toEqual([expect.stringContaining("Namespace orchestrator exists")]);
    expect(await found({ installation: "me" })).toEqual([]);
    // A namespace of which Pulumi had written nothing but the mark is known by what is in it.
    api.put(
      namespace("orchestrator"),
      object(resource.apiVersion, "Orchestrator", "orchestrator/orchestrator", {}, marked),
    );
    expect(await found({ installation: "me" })).toEqual([]);
    expect(await found({ installation: "you" })).toHaveLength(2);
    // What is used, Pulumi may well have labelled.
    const prerequisites = [{ apiVersion: "v1", kind: "Namespace", name: "orchestrator" }];
    expect(await found({ installation: "me", prerequisites })).toEqual([]);
  });

  it("may have a label that the claim will have to judge", async () => {
    api.put(namespace("flows", { labels: { managed: "theirs" } }));
    expect(await found({ labels: [{ namespace: "flows", label: "managed", value: "ours" }] })).toEqual([
      'warning: label managed of Namespace flows is "theirs", and would have to be "ours"',
    ]);
  });
});

describe("a stack that is there", () => {
  const put = () => {
    for (const made of input.planned) {
      const { spec = {} } = made as { spec?: object };
      api.put(
        object(
          made.apiVersion,
          made.kind,
          `${made.namespace ?? ""}/${made.name}`.replace(/^\//, ""),
          { spec, status: { installedCSV: csv } },
          marked,
        ),
      );
    }
  };

  it("is not examined again, whatever has become of the cluster", async () => {
    put();
    api.put(...openShift("4.18.1"), ...catalog("TRANSIENT_FAILURE"));
    expect(await found({ installation: "me" })).toEqual([]);
  });

  it("is not in the way of itself with what its operators have made", async () => {
    put();
    api.put(namespace("knative-serving"));
    const made = {
      apiVersion: "v1",
      kind: "Namespace",
      name: "knative-serving",
      by: "orchestrator-operator",
    };
    const planned = [...input.planned, made];
    expect(await found({ installation: "me", planned })).toEqual([]);
    expect(await found({ installation: "you", planned })).toContainEqual(
      expect.stringContaining("Namespace knative-serving exists"),
    );
  });

  it("does not complain of its own things where one of them is gone", async () => {
    put();
    api.objects.delete("Namespace /rhdh-operator");
    api.put(...openShift("4.18.1"), ...catalog("TRANSIENT_FAILURE"));
    expect(await found({ installation: "me" })).toEqual([]);
  });
});

describe("an adoption", () => {
  const live = { installedCSV: csv };

  it("tells what is taken over, and what that changes", async () => {
    api.put(
      subscription("openshift-operators/orchestrator-operator", { startingCSV: undefined }, {}, live),
      object(resource.apiVersion, "Orchestrator", "orchestrator/orchestrator", {
        spec: { tekton: { enabled: true }, more: 1 },
      }),
    );
    expect(await found({ adopt: true })).toEqual([
      "adopted: Subscription openshift-operators/orchestrator-operator, Orchestrator orchestrator/orchestrator",
      `adopted: Subscription openshift-operators/orchestrator-operator: spec.startingCSV is unset, and will be "${csv}"`,
      "adopted: Orchestrator orchestrator/orchestrator: spec.tekton.enabled is true, and will be false",
    ]);
  });

  it("leaves namespaces to those who have made them", async () => {
    api.put(namespace("orchestrator"));
    expect(await found({ adopt: true })).toContainEqual(
      expect.stringMatching(/^refusal: Namespace orchestrator is not taken over/),
    );
  });
});

describe("a move to another version", () => {
  const there = () =>
    subscription("openshift-operators/orchestrator-operator", {}, marked, { installedCSV: csv });
  const moved = (startingCSV: string): Partial<PreflightInput> => ({
    installation: "me",
    planned: input.planned.map((made) =>
      made.kind === "Subscription" ? { ...made, spec: { ...spec, startingCSV } } : made,
    ),
    release: {
      package: "orchestrator-operator",
      namespace: "openshift-operators",
      version: "1.3",
      api: "v1alpha1",
      startingCSV,
    },
  });

  it("is looked at like an install: its catalog and its OpenShift", async () => {
    api.put(there(), ...openShift("4.18.1"));
    expect(await found(moved("orchestrator-operator.v1.3.1"))).toEqual([
      expect.stringMatching(/^warning: Orchestrator 1\.2 is for OpenShift 4\.14 to 4\.15/),
      expect.stringMatching(/^refusal: channel stable .* has no orchestrator-operator\.v1\.3\.1/),
    ]);
  });

  it("does not count what the operator has made for a stranger's", async () => {
    api.put(there(), group("rhdh-operator/rhdh-operator-group"));
    expect(await found(moved("orchestrator-operator.v1.3.1"))).not.toContainEqual(
      expect.stringContaining("OperatorGroup"),
    );
    api.objects.delete("Subscription openshift-operators/orchestrator-operator");
    expect(await found(moved("orchestrator-operator.v1.3.1"))).toContainEqual(
      expect.stringContaining("OperatorGroup rhdh-operator/rhdh-operator-group"),
    );
  });

  it("does not go back", async () => {
    api.put(there());
    expect(await found(moved("orchestrator-operator.v1.2.1"))).toContainEqual(
      expect.stringMatching(/^refusal: .*v1\.2\.3 is installed, and OLM does not go back to .*v1\.2\.1/),
    );
  });
});

describe("a release without an operator of its own", () => {
  const serverless = {
    apiVersion: olm,
    kind: "Subscription",
    namespace: "openshift-serverless",
    name: "serverless-operator",
    spec: { ...spec, name: "serverless-operator", startingCSV: undefined, installPlanApproval: "Automatic" },
  };
  const direct: Partial<PreflightInput> = {
    planned: [{ apiVersion: "v1", kind: "Namespace", name: "openshift-serverless" }, serverless],
    release: undefined,
    adopt: undefined,
    packages: [
      {
        package: "serverless-operator",
        namespace: "openshift-serverless",
        packages: ["serverless-operator"],
        settings: "serverless.subscription",
        sourceSettings: ["serverless.subscription.sourceName"],
        hint: "use it",
      },
    ],
    platform: {
      dependencies: [],
      existingOperators: [
        { packages: ["logic-operator", "logic-operator-rhel8"], installHint: "serverlessLogic.install true" },
      ],
      needsStorage: false,
      unavailableOnArm: [],
    },
  };
  const logic = subscription("logic/logic", { name: "logic-operator-rhel8" });

  it("is for any OpenShift whose catalog has its operators, and names their own settings", async () => {
    api.put(logic, ...openShift("4.20.1"));
    expect(await found(direct)).toEqual([
      "refusal: CatalogSource openshift-marketplace/redhat-operators has no package serverless-operator; set serverless.subscription.sourceName",
    ]);
  });

  it("builds on operators that are said to be there, and finds those that are not", async () => {
    expect(await found(direct)).toContainEqual(
      expect.stringMatching(
        /^refusal: there is no Subscription to logic-operator or logic-operator-rhel8.*serverlessLogic\.install true$/,
      ),
    );
    api.put(logic, subscription("more/logic", { name: "logic-operator" }));
    expect(await found(direct)).toContainEqual(
      expect.stringContaining("there are several Subscriptions to logic-operator or logic-operator-rhel8"),
    );
  });

  it("does not bring an operator twice, wherever the other is, and offers no adoption", async () => {
    api.put(logic, subscription("theirs/serverless", { name: "serverless-operator" }));
    expect(await found(direct)).toContainEqual(
      "refusal: Subscription theirs/serverless, to serverless-operator, exists, and is not of this stack; use it",
    );
    api.objects.delete("Subscription theirs/serverless");
    api.put(
      namespace("openshift-serverless"),
      subscription("openshift-serverless/serverless-operator", { name: "serverless-operator" }),
    );
    const { findings, advice } = await preflight(api.cluster, { ...input, ...direct });
    expect(findings.map(({ text }) => text)).toContain(
      "Subscription openshift-serverless/serverless-operator exists, and is not of this stack; use it",
    );
    expect(advice.join()).not.toContain("adopt");
  });
});

describe("what is said", () => {
  it("has refusals, warnings and the rest apart, a line each", () => {
    const finding = (level: "refusal" | "warning" | "unchecked" | "adopted", text: string) => ({
      level,
      text,
    });
    const findings = [
      finding("warning", "w"),
      finding("refusal", "r"),
      finding("adopted", "a"),
      finding("unchecked", "u"),
    ];
    expect(texts({ findings, advice: ["do it"] })).toEqual({
      refusals: "nothing was made, because of what the cluster holds:\n  - r\ndo it",
      warnings: "what to know before you go on:\n  - w",
      info: "taken over from what is there:\n  - a\nnot checked:\n  - u",
    });
  });
});
