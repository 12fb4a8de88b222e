import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parse as yaml } from "yaml";
import { appConfig, backstageSpec, dynamicPlugins } from "../../components/developerHub/manifests";
import { hubPolicies } from "../../components/developerHub/policies";
import { clusterPlatformSpec, networkPolicies, platformSpec } from "../../components/sonataFlow/manifests";
import { packageClaims, plannedRelease, singletons } from "../../components/cluster/claims";
import { expectationsOf } from "../../components/cluster/expectations";
import { needsOf } from "../../components/cluster/plan";
import type { Config, DeveloperHubConfig } from "../../config";
import { directProfiles } from "../../config/profiles";
import { secret } from "../../config/schema";
import { claim } from "../../tasks/cluster/claim";
import { awaitDeveloperHub } from "../../tasks/developerHub/awaitDeveloperHub";
import { drain } from "../../tasks/operators/drain";
import { findOperator } from "../../tasks/operators/findOperator";
import { awaitReady } from "../../tasks/readiness/awaitReady";
import { ApiServer, hurry, object } from "../support/apiServer";
import { developerHubPlatformOf, parseConfig } from "../support/config";
import * as program from "../support/program";
import { find, stdin } from "../support/program";
import type { Registration } from "../support/record";
import { crdSpec, violations } from "../support/schema";
import { shipped } from "../support/shippedPlugins";

type Values = Readonly<Record<string, unknown>>;

const texts = (values: Values) =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );

const parse = (version: string, { orchestrator, ...values }: Values = {}): Config =>
  parseConfig({
    project: "orchestrator",
    folder: ".",
    values: texts({ orchestrator: { ...(orchestrator as object), version }, ...values }),
    isSecret: (key) => key in secret,
  });

function hubOf(version: string, values?: Values): DeveloperHubConfig {
  const { developerHub } = developerHubPlatformOf(parse(version, values));
  if (!developerHub) throw new Error("Developer Hub is not the stack's");
  return developerHub;
}

function mistakes(version: string, values: Values): string[] {
  try {
    parse(version, values);
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) return error.message.split("\n").slice(1);
    throw error;
  }
  return [];
}

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

  it("say to a claim what they are held at, and what has to go before they are moved", () => {
    const claimOf = (values?: Values) =>
      packageClaims(parse("2.1", values)).map(({ package: name, pin, drained }) => [
        name,
        pin,
        drained?.kind,
      ]);
    expect(claimOf()).toEqual([
      ["serverless-operator", undefined, undefined],
      ["logic-operator", "logic-operator.v1.39.2", "SonataFlow"],
      ["rhdh", undefined, undefined],
    ]);
    const automatic = { serverlessLogic: { subscription: { installPlanApproval: "Automatic" } } };
    expect(claimOf(automatic)[1]).toEqual(["logic-operator", undefined, undefined]);
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
    expect(needsOf(config)).toEqual([]);
    expect(config.platform?.namespaces.rhdh.name).toBe("rhdh");
  });
});

describe("settings that make no sense from 1.7 on", () => {
  it.each([
    [
      { operator: { namespace: "x" } },
      'operator.namespace is "x": Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it',
    ],
    [
      { operator: { startingCSV: "orchestrator-operator.v1.4.0" } },
      'operator.startingCSV is "orchestrator-operator.v1.4.0": Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it',
    ],
    [
      { orchestrator: { name: "mine" } },
      'orchestrator.name is "mine": Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it',
    ],
    [{ adopt: true }, "adopt is true: Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it"],
    [
      { plugins: { scope: "@x" } },
      'plugins.scope is "@x": Orchestrator 1.9 has no such choice; 1.2, 1.3, 1.4 have it',
    ],
    [
      { gitops: {}, tekton: { pipeline: "operator" } },
      'tekton.pipeline is "operator": Orchestrator 1.9 has no such choice; 1.2, 1.3 have it',
    ],
    [
      { serverless: { subscription: { installPlanApproval: "Manual" } } },
      "serverless.subscription.startingCSV: is missing beside installPlanApproval Manual, which approves that version of serverless-operator and no other",
    ],
    [
      { namespaces: { sonataflow: { name: "knative-serving" } } },
      'namespaces.sonataflow.name is "knative-serving": is the namespace of "serverless" too; each needs its own',
    ],
    [
      { rhdh: { subscription: { namespace: "rhdh" } } },
      'rhdh.subscription.namespace is "rhdh": is the namespace of "rhdh" too; the operator needs its own',
    ],
  ])("are refused: %j", (values, message) => {
    expect(mistakes("1.9", values)).toEqual([`  - orchestrator:${message}`]);
  });

  it("and the other way round", () => {
    const message = "Orchestrator 1.4 has no such choice; 1.7, 1.8, 1.9, 1.10, 2.1 have it";
    expect(mistakes("1.4", { rhdh: { existingOperator: true } })).toEqual([
      `  - orchestrator:rhdh.existingOperator is true: ${message}`,
    ]);
  });

  it("leave those alone that make sense for both", () => {
    const values = {
      rhdh: { name: "hub", guestProvider: true, catalogBranch: "b" },
      rhdhSecret: { keys: { githubToken: "TOKEN" } },
      platform: { dataIndexImage: "i", monitoring: { enabled: false } },
      serverlessLogic: { subscription: { installPlanApproval: "Manual" } },
      gitops: {},
      tekton: {},
      spec: { deployment: {} },
    };
    expect(mistakes("1.7", values)).toEqual([]);
  });
});

const database = {
  serviceName: "pg",
  serviceNamespace: "db",
  authSecret: { name: "login", userKey: "user", passwordKey: "password" },
};
const crds = "sandbox/catalog/crds";

describe("the platform's services", () => {
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
      services: { dataIndex: { enabled: true, persistence }, jobService: { enabled: true, persistence } },
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
        jobService: { podTemplate: { container: { image: "j" } } },
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

  it("let in whom upstream's policies let in, and Developer Hub from its own namespace", () => {
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
    ]);
    const from = policies.map(({ spec }) => (spec as { ingress: { from: unknown }[] }).ingress[0]?.from);
    expect(from[0]).toEqual([called("knative-eventing"), called("knative-serving"), called("logic")]);
    expect(from[2]).toEqual([{ podSelector: {} }]);
    expect(from[4]).toEqual([called("rhdh")]);
    for (const { spec } of policies)
      expect(spec).toMatchObject({ podSelector: {}, policyTypes: ["Ingress"] });
  });
});

interface AppConfig {
  readonly backend: { readonly auth: object };
  readonly [part: string]: unknown;
}
interface Plugin {
  readonly package: string;
  readonly disabled?: boolean;
  readonly enabled?: boolean;
  readonly dependencies?: readonly unknown[];
  readonly pluginConfig?: object;
  readonly integrity?: string;
}
const appOf = (version: string, values?: Values) => yaml(appConfig(hubOf(version, values))) as AppConfig;
const pluginsOf = (version: string, values?: Values) =>
  yaml(dynamicPlugins(hubOf(version, values))) as {
    readonly includes: readonly string[];
    readonly plugins: readonly Plugin[];
  };

describe("Developer Hub", () => {
  it("is a Backstage that its CRD allows, with the Secret in its environment", () => {
    const schema = crdSpec(`${crds}/backstages.rhdh.redhat.com.yaml`);
    for (const { version } of directProfiles) {
      const spec = backstageSpec(hubOf(version));
      expect(violations(schema, spec)).toEqual([]);
      expect(spec.application.extraEnvs).toEqual({ secrets: [{ name: "backstage-backend-auth-secret" }] });
    }
    expect(backstageSpec(hubOf("1.7", { spec: { application: { replicas: 2 } } }))).toMatchObject({
      application: { replicas: 2, dynamicPluginsConfigMapName: "dynamic-plugins-rhdh" },
    });
  });

  it("lists its flavours from the release on that has any, and none unasked", () => {
    const flavours = directProfiles.map(({ version }) => [version, backstageSpec(hubOf(version)).flavours]);
    expect(flavours).toEqual([
      ["1.7", undefined],
      ["1.8", undefined],
      ["1.9", undefined],
      ["1.10", []],
      ["2.1", []],
    ]);
    const spec = { flavours: [{ name: "lightspeed", enabled: true }] };
    expect(mistakes("1.10", { spec })).toEqual([]);
    expect(backstageSpec(hubOf("1.10", { spec })).flavours).toEqual(spec.flavours);
  });

  it("keeps the program's own Secret and app-config beside those of a team, and before them", () => {
    const spec = {
      application: {
        appConfig: { configMaps: [{ name: "our-login" }] },
        extraEnvs: { secrets: [{ name: "our-client" }, { name: "backstage-backend-auth-secret" }] },
      },
    };
    expect(backstageSpec(hubOf("1.10", { spec })).application).toEqual({
      appConfig: { configMaps: [{ name: "app-config-rhdh" }, { name: "our-login" }] },
      dynamicPluginsConfigMapName: "dynamic-plugins-rhdh",
      extraEnvs: { secrets: [{ name: "backstage-backend-auth-secret" }, { name: "our-client" }] },
    });
  });

  it("knows the platform's services by the backend secret, whatever its key is called", () => {
    expect(appOf("1.10")).toEqual({
      auth: { environment: "production", providers: {} },
      backend: {
        auth: {
          externalAccess: [
            { type: "static", options: { token: "${BACKEND_SECRET}", subject: "orchestrator" } },
          ],
        },
      },
      integrations: {},
    });
    const keys = { rhdhSecret: { keys: { backendSecret: "MINE" } } };
    expect(JSON.stringify(appOf("1.10", keys).backend)).toContain("${MINE}");
  });

  it("is configured for what it has credentials for, without these", () => {
    const text = appConfig(
      hubOf("1.8", {
        rhdh: { guestProvider: true, catalogBranch: "v2" },
        gitops: {},
        githubClientId: "id",
        githubClientSecret: "planted",
        githubToken: "planted",
        gitlabHost: "gitlab.example.com",
        gitlabToken: "planted",
      }),
    );
    expect(text).not.toContain("planted");
    const app = yaml(text) as AppConfig;
    expect(app).toMatchObject({
      auth: {
        // Nowhere else does the sign-in page offer guests.
        environment: "development",
        providers: {
          guest: { dangerouslyAllowOutsideDevelopment: true },
          github: {
            development: {
              clientId: "${GITHUB_CLIENT_ID}",
              clientSecret: "${GITHUB_CLIENT_SECRET}",
              signIn: { resolvers: [{ resolver: "usernameMatchingUserEntityName" }] },
            },
          },
        },
      },
      integrations: {
        github: [{ host: "github.com", token: "${GITHUB_TOKEN}" }],
        gitlab: [
          {
            host: "${GITLAB_HOST}",
            token: "${GITLAB_TOKEN}",
            apiBaseUrl: "https://${GITLAB_HOST}/api/v4",
          },
        ],
      },
      argocd: { appLocatorMethods: [{ type: "config", instances: [{ url: "${ARGOCD_URL}" }] }] },
    });
    expect(JSON.stringify(app["catalog"])).toContain("workflow-software-templates/blob/v2/");
  });

  it.each([
    ["1.7", "@redhat/backstage-plugin-orchestrator-backend-dynamic@1.7.1"],
    ["1.8", "@redhat/backstage-plugin-orchestrator-backend-dynamic@1.8.12"],
    [
      "1.9",
      "oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator-backend:{{inherit}}",
    ],
    [
      "1.10",
      "oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator-backend:{{inherit}}",
    ],
    ["2.1", "ref://red-hat-developer-hub-backstage-plugin-orchestrator-backend"],
  ])(
    "%s has the plugins, which find the platform, and leaves making one to this program",
    (version, name) => {
      const { includes, plugins } = pluginsOf(version, { namespaces: { sonataflow: { name: "infra" } } });
      expect(includes).toEqual(["dynamic-plugins.default.yaml"]);
      const pluginConfig = {
        orchestrator: {
          dataIndexService: { url: "http://sonataflow-platform-data-index-service.infra" },
        },
      };
      expect(plugins.find((plugin) => plugin.package === name)).toMatchObject({
        package: name,
        ...(version === "2.1" ? { enabled: true } : { disabled: false }),
        pluginConfig,
        dependencies: [{ ref: "" }],
      });
      expect(plugins.filter(({ package: of }) => of.includes("orchestrator"))).toHaveLength(4);
      expect(JSON.stringify(plugins)).not.toContain('sonataflow"}');
      expect(plugins.flatMap(({ dependencies = [] }) => dependencies)).toEqual([{ ref: "" }]);
    },
  );

  it("has plugins for what else there is, and no others", () => {
    const countOf = (values: Values) => pluginsOf("1.9", values).plugins.length;
    expect(countOf({ clusterAccess: { role: "none" } })).toBe(4);
    expect(countOf({})).toBe(6);
    expect(countOf({ gitops: {} })).toBe(10);
    expect(countOf({ gitops: {}, tekton: {} })).toBe(11);
  });

  it.each(directProfiles.map(({ version }) => version))(
    "%s has only plugins that are to be had, each once",
    (version) => {
      const there = shipped[version];
      expect(there, `what ${version} ships is in test/support/shippedPlugins.ts`).toBeDefined();
      const { folders = [], listed = [], names: inList = [], published = [] } = there ?? {};
      const { plugins } = pluginsOf(version, {
        gitops: {},
        tekton: {},
        rhdh: { guestProvider: true },
        githubClientId: "id",
        githubClientSecret: "planted",
      });
      for (const { package: name, integrity } of plugins) {
        const [, folder] = /^\.\/dynamic-plugins\/dist\/(.*)$/.exec(name) ?? [];
        const [, inherited] = /^oci:\/\/(.*):\{\{inherit\}\}$/.exec(name) ?? [];
        const [, byName] = /^ref:\/\/(.*)$/.exec(name) ?? [];
        const [, image] = /^oci:\/\/(.*)!/.exec(name) ?? [];
        if (byName !== undefined) expect(inList).toContain(byName);
        else if (folder !== undefined) expect(folders).toContain(folder);
        else if (inherited !== undefined) expect(listed).toContain(inherited);
        else if (image !== undefined) expect(published).toContain(image);
        else {
          expect(name).toMatch(/^@redhat\/[a-z-]+@1\.\d+\.\d+$/);
          expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
        }
      }
      const names = plugins.map(({ package: name }) => name);
      expect(new Set(names).size).toBe(names.length);
      // Two backends that answer under one name stop Developer Hub.
      expect(
        names.filter((name) => /argo-?cd-backend/.test(name) && !name.includes("scaffolder")),
      ).toHaveLength(1);
    },
  );

  it("says in each release's own words that a plugin is wanted", () => {
    const wordsOf = (version: string) => [
      ...new Set(
        pluginsOf(version, { gitops: {}, tekton: {} }).plugins.map((plugin) =>
          JSON.stringify({ enabled: plugin.enabled, disabled: plugin.disabled }),
        ),
      ),
    ];
    expect(wordsOf("1.10")).toEqual(['{"disabled":false}']);
    expect(wordsOf("2.1")).toEqual(['{"enabled":true}']);
  });

  it("leaves it to the new frontend system of 2.1 where a plugin shows up", () => {
    const { plugins } = pluginsOf("2.1", { gitops: {}, tekton: {} });
    expect(JSON.stringify(plugins)).not.toContain("dynamicPlugins");
    expect(JSON.stringify(pluginsOf("1.10", { gitops: {} }).plugins)).toContain("dynamicPlugins");
  });

  it("brings the way in along where that is a plugin", () => {
    const login = (version: string, values: Values) =>
      pluginsOf(version, values).plugins.flatMap(({ package: name }) =>
        name.includes("auth-backend") ? [name] : [],
      );
    const github = { githubClientId: "id", githubClientSecret: "planted" };
    const guest = { rhdh: { guestProvider: true } };
    const auth = "ref://backstage-plugin-auth-backend-module";
    expect(login("2.1", {})).toEqual([]);
    expect(login("2.1", guest)).toEqual([`${auth}-guest-provider`]);
    expect(login("2.1", github)).toEqual([`${auth}-github-provider`]);
    expect(login("1.10", { ...github, ...guest })).toEqual([]);
  });

  it("shows its own plugins without the list of the one version that has them", () => {
    const [frontend] = pluginsOf("1.8").plugins;
    expect(JSON.stringify(frontend?.pluginConfig)).toContain('"path":"/orchestrator"');
  });

  it("takes its users to GitHub, where that is the way in", () => {
    const github = { githubClientId: "id", githubClientSecret: "planted" };
    expect(appOf("1.10", github)).toMatchObject({
      signInPage: "github",
      auth: {
        environment: "production",
        providers: { github: { production: { signIn: { resolvers: [{}] } } } },
      },
    });
    expect(appOf("1.10", { ...github, rhdh: { guestProvider: true } })).not.toHaveProperty("signInPage");
  });

  it("is another Backstage when anything of its configuration is another, and only then", async () => {
    const marks = async (values: Values) => {
      const hub = (await run(values)).find(({ id }) => id === "Backstage developer-hub");
      const spec = hub?.inputs["spec"] as unknown as {
        application: { extraEnvs: { envs: { name: string; value: string }[] } };
      };
      return spec.application.extraEnvs.envs;
    };
    const base: Values = { orchestrator: { version: "1.10" } };
    const [first] = await marks(base);
    expect(first).toEqual({
      name: "ORCHESTRATOR_CONFIGURATION",
      value: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    });
    expect(await marks(base)).toEqual([first]);
    const others: Values[] = [
      { rhdh: { guestProvider: true } }, // the app's configuration
      { gitops: {} }, // the plugins
      { clusterUrl: "https://api.other.example.com:6443" }, // the Secret
      { spec: { application: { replicas: 2 } } },
    ];
    for (const other of others) expect(await marks({ ...base, ...other })).not.toEqual([first]);
  }, 60_000);
});

/** Runs the whole program with a configuration. */
const run = (values: Values) => program.run(texts(values));

describe("the policies of Developer Hub", () => {
  const app = { "rhdh.redhat.com/app": "backstage-hub" };
  const named = (name: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  });
  const workflows = {
    namespaceSelector: {},
    podSelector: { matchExpressions: [{ key: "sonataflow.org/workflow-app", operator: "Exists" }] },
  };
  const tcp = (port: number) => [{ protocol: "TCP", port }];
  const base: Values = { rhdh: { name: "hub" }, namespaces: { sonataflow: { name: "infra" } } };
  const policiesOf = (version: string, values: Values = {}) =>
    hubPolicies(hubOf(version, { ...base, ...values }));

  it("are needed only where its operator closes it", () => {
    const counts = directProfiles.map(({ version }) => [version, policiesOf(version).length]);
    expect(counts).toEqual([
      ["1.7", 0],
      ["1.8", 0],
      ["1.9", 0],
      ["1.10", 0],
      ["2.1", 2],
    ]);
  });

  it("let it out to the platform, to workflows wherever they are, and to what else it is configured for", () => {
    const [egress] = policiesOf("2.1", { gitops: { namespace: "cd" } });
    expect(egress).toEqual({
      metadata: { name: "allow-orchestrator-egress", namespace: "rhdh" },
      spec: {
        podSelector: { matchLabels: app },
        policyTypes: ["Egress"],
        egress: [
          { to: [named("infra"), workflows], ports: tcp(8080) },
          { to: [named("knative-serving-ingress")] },
          { to: [named("cd")], ports: tcp(8080) },
          { ports: tcp(6443) },
        ],
      },
    });
    const [least] = policiesOf("2.1", { clusterAccess: { role: "none" } });
    expect(least?.spec).toMatchObject({ egress: [{}, {}] });
    expect(JSON.stringify(least)).not.toContain("6443");
  });

  it("let workflows and the platform's services in, which call it", () => {
    expect(policiesOf("2.1")[1]).toEqual({
      metadata: { name: "allow-orchestrator-ingress", namespace: "rhdh" },
      spec: {
        podSelector: { matchLabels: app },
        policyTypes: ["Ingress"],
        ingress: [{ from: [named("infra"), workflows], ports: tcp(7007) }],
      },
    });
  });

  it("are there before Developer Hub, and go after it", async () => {
    const seen = await run({ orchestrator: { version: "2.1" } });
    expect(find(seen, "Backstage developer-hub").dependsOn).toEqual(
      expect.arrayContaining([
        "NetworkPolicy developer-hub-allow-orchestrator-egress",
        "NetworkPolicy developer-hub-allow-orchestrator-ingress",
      ]),
    );
  });
});

describe("the program, for 1.10", () => {
  let seen: Registration[];
  beforeAll(async () => {
    seen = await run({
      orchestrator: { version: "1.10" },
      workflowNamespaces: [{ name: "team-a", workflows: ["test/e2e/workflows/pl*.yaml"] }],
    });
  });

  it("keeps its resources' names, which are a promise to every stack already installed", () => {
    expect(seen.map(({ id, parent }) => `${id} < ${parent ?? ""}`)).toMatchInlineSnapshot(`
      [
        "Backstage developer-hub < DeveloperHub developer-hub",
        "Cluster installation < Installation installation",
        "ClusterAccess cluster-access < ",
        "ClusterRole cluster-access < ClusterAccess cluster-access",
        "ClusterRoleBinding cluster-access-read < ClusterAccess cluster-access",
        "Command developer-hub-ready < DeveloperHub developer-hub",
        "Command installation-claim < Installation installation",
        "Command installation-take < Installation installation",
        "Command platform-ready < SonataFlow platform",
        "Command rhdh-operator-guard < Operator rhdh-operator",
        "Command rhdh-operator-ready < Operator rhdh-operator",
        "Command rhdh-operator-removal < Operator rhdh-operator",
        "Command serverless-logic-guard < Operator serverless-logic",
        "Command serverless-logic-ready < Operator serverless-logic",
        "Command serverless-logic-removal < Operator serverless-logic",
        "Command serverless-operator-guard < Operator serverless-operator",
        "Command serverless-operator-ready < Operator serverless-operator",
        "Command serverless-operator-removal < Operator serverless-operator",
        "Command serverless-ready < Serverless serverless",
        "Command sonataflow-psql-postgresql-guard < Postgres sonataflow-psql-postgresql",
        "Command workflows-guard < Workflows workflows",
        "Command workflows-ready < Workflows workflows",
        "ConfigMap developer-hub-app < DeveloperHub developer-hub",
        "ConfigMap developer-hub-plugins < DeveloperHub developer-hub",
        "DeveloperHub developer-hub < ",
        "Infrastructure cluster-access < ClusterAccess cluster-access",
        "Installation installation < ",
        "KnativeEventing serverless-eventing < Serverless serverless",
        "KnativeServing serverless-serving < Serverless serverless",
        "kubernetes installation < Installation installation",
        "Namespace orchestrator < PlatformNamespace orchestrator",
        "Namespace rhdh < PlatformNamespace rhdh",
        "Namespace rhdh-operator-namespace < Operator rhdh-operator",
        "Namespace serverless-eventing < Serverless serverless",
        "Namespace serverless-logic-namespace < Operator serverless-logic",
        "Namespace serverless-operator-namespace < Operator serverless-operator",
        "Namespace serverless-serving < Serverless serverless",
        "Namespace sonataflow < PlatformNamespace sonataflow",
        "Namespace team-a < WorkflowNamespaces workflow-namespaces",
        "NetworkPolicy platform-allow-external-communication < SonataFlow platform",
        "NetworkPolicy platform-allow-infra-ns-to-workflow-ns < SonataFlow platform",
        "NetworkPolicy platform-allow-intra-network < SonataFlow platform",
        "NetworkPolicy platform-allow-monitoring-to-sonataflow-and-workflows < SonataFlow platform",
        "NetworkPolicy platform-allow-rhdh-to-sonataflow-and-workflows < SonataFlow platform",
        "NetworkPolicy team-a < WorkflowNamespaces workflow-namespaces",
        "NetworkPolicy team-a-admission < WorkflowNamespaces workflow-namespaces",
        "Operator rhdh-operator < SharedOperator rhdh-operator",
        "Operator serverless-logic < SharedOperator serverless-logic",
        "Operator serverless-operator < SharedOperator serverless-operator",
        "OperatorGroup rhdh-operator-group < Operator rhdh-operator",
        "OperatorGroup serverless-logic-group < Operator serverless-logic",
        "OperatorGroup serverless-operator-group < Operator serverless-operator",
        "OperatorState rhdh-operator < Operator rhdh-operator",
        "OperatorState serverless-logic < Operator serverless-logic",
        "OperatorState serverless-operator < Operator serverless-operator",
        "orchestrator-cluster installation < Installation installation",
        "PersistentVolumeClaim sonataflow-psql-postgresql-data < Postgres sonataflow-psql-postgresql",
        "PlatformNamespace orchestrator < ",
        "PlatformNamespace rhdh < ",
        "PlatformNamespace sonataflow < ",
        "Postgres sonataflow-psql-postgresql < ",
        "RandomId installation-id < Installation installation",
        "RandomPassword rhdh-credentials-backend < RhdhSecret rhdh-credentials",
        "RandomPassword sonataflow-psql-postgresql-password < Postgres sonataflow-psql-postgresql",
        "RhdhSecret rhdh-credentials < ",
        "Secret cluster-access < ClusterAccess cluster-access",
        "Secret rhdh-credentials < RhdhSecret rhdh-credentials",
        "Secret sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "Secret team-a < WorkflowNamespaces workflow-namespaces",
        "Serverless serverless < ",
        "Service sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "ServiceAccount cluster-access < ClusterAccess cluster-access",
        "SharedOperator rhdh-operator < ",
        "SharedOperator serverless-logic < ",
        "SharedOperator serverless-operator < Serverless serverless",
        "SonataFlow platform < ",
        "SonataFlow team-a/plain < WorkflowNamespaces workflow-namespaces",
        "SonataFlowClusterPlatform platform-cluster < SonataFlow platform",
        "SonataFlowPlatform platform < SonataFlow platform",
        "StatefulSet sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "Subscription rhdh-operator < Operator rhdh-operator",
        "Subscription serverless-logic < Operator serverless-logic",
        "Subscription serverless-operator < Operator serverless-operator",
        "WorkflowNamespaces workflow-namespaces < ",
        "Workflows workflows < ",
      ]
    `);
  });

  it("puts each operator into a namespace of its own, with upstream's OperatorGroup", () => {
    const groups = seen.filter(({ type }) => type.endsWith(":OperatorGroup"));
    expect(
      groups.map(({ inputs }) => [inputs["metadata"]?.["namespace"], inputs["metadata"]?.["name"]]),
    ).toEqual(
      expect.arrayContaining([
        ["openshift-serverless", "serverless-operator-group"],
        ["openshift-serverless-logic", "openshift-serverless-logic"],
        ["rhdh-operator", "rhdh-operator-group"],
      ]),
    );
    expect(find(seen, "Subscription serverless-logic").inputs["spec"]).toEqual({
      name: "logic-operator",
      channel: "stable",
      source: "redhat-operators",
      sourceNamespace: "openshift-marketplace",
      installPlanApproval: "Manual",
      startingCSV: "logic-operator.v1.38.1",
    });
  });

  it("makes Knative once its operator runs, and lets it go before that does", () => {
    for (const kind of ["KnativeServing serverless-serving", "KnativeEventing serverless-eventing"]) {
      const knative = find(seen, kind);
      expect(knative.dependsOn).toContain("Command serverless-operator-ready");
      expect(knative.deleteTimeout).toBe("10m");
      expect(find(seen, "Command serverless-ready").dependsOn).toContain(kind);
    }
    expect(find(seen, "SharedOperator serverless-logic").dependsOn).toEqual(
      expect.arrayContaining(["Command serverless-ready"]),
    );
  });

  it("looks before it takes an operator down for what others have on it", () => {
    expect(stdin(find(seen, "Command serverless-operator-guard"))).toMatchObject({
      kind: "KnativeServing",
      also: [{ kind: "KnativeEventing" }, { kind: "KnativeKafka" }],
    });
    // Of each operator one, by what its removal says is the stack's.
    expect(stdin(find(seen, "Command workflows-guard"))).toMatchObject({ packages: [{}, {}, {}] });
  });

  it("makes the platform's services once Knative, their operator and their database are there", () => {
    expect(find(seen, "SonataFlow platform").dependsOn).toEqual(
      expect.arrayContaining([
        "Command serverless-ready",
        "Command serverless-logic-ready",
        "StatefulSet sonataflow-psql-postgresql",
      ]),
    );
    expect(find(seen, "SonataFlowPlatform platform").dependsOn).toContain(
      "NetworkPolicy platform-allow-intra-network",
    );
    expect(stdin(find(seen, "Command platform-ready"))).toMatchObject({
      objects: [
        { kind: "SonataFlowPlatform", namespace: "sonataflow-infra" },
        { kind: "SonataFlowClusterPlatform", name: "cluster-platform" },
      ],
    });
  });

  it("makes Developer Hub last, in the version of the API that the release has", () => {
    const backstage = find(seen, "Backstage developer-hub");
    expect(backstage.type).toBe("kubernetes:rhdh.redhat.com/v1alpha5:Backstage");
    expect(backstage.inputs["metadata"]).toMatchObject({ name: "backstage", namespace: "rhdh" });
    expect(backstage.dependsOn).toEqual(
      expect.arrayContaining(["ConfigMap developer-hub-app", "ConfigMap developer-hub-plugins"]),
    );
    expect(find(seen, "DeveloperHub developer-hub").dependsOn).toEqual(
      expect.arrayContaining([
        "Command rhdh-operator-ready",
        "Command platform-ready",
        "Secret rhdh-credentials",
      ]),
    );
  });

  it("has the platform before workflows and their namespaces, and takes these down first", () => {
    expect(find(seen, "WorkflowNamespaces workflow-namespaces").dependsOn).toEqual(
      expect.arrayContaining(["Command platform-ready", "Command developer-hub-ready"]),
    );
    expect(find(seen, "NetworkPolicy team-a-admission").inputs["metadata"]).toMatchObject({
      namespace: "sonataflow-infra",
    });
    expect(find(seen, "Workflows workflows").dependsOn).toEqual(
      expect.arrayContaining([
        "Command serverless-ready",
        "Command serverless-logic-ready",
        "Command platform-ready",
        "Command rhdh-operator-ready",
        "Command developer-hub-ready",
      ]),
    );
  });

  it("sweeps up the volume of Developer Hub's own database from a namespace of others", async () => {
    const leaves = async (values: Values) => {
      const guard = find(
        await run({ orchestrator: { version: "1.9" }, ...values }),
        "Command rhdh-operator-guard",
      );
      return (stdin(guard) as { leaves: { namespace: string; name: string }[] }).leaves;
    };
    expect(await leaves({})).toEqual([]);
    const mine = { rhdh: { name: "hub" }, namespaces: { rhdh: { name: "team", existing: true } } };
    expect(await leaves(mine)).toMatchObject([{ namespace: "team", name: "data-backstage-psql-hub-0" }]);
  });

  it("claims the operators that a cluster has only one of", () => {
    const { packages } = stdin(find(seen, "Command installation-claim")) as {
      packages: { package: string; otherwise: string }[];
    };
    expect(packages.map(({ package: name }) => name)).toEqual([
      "serverless-operator",
      "logic-operator",
      "rhdh",
    ]);
    expect(packages[0]?.otherwise).toContain("pulumi config set --path serverless.install false");
  });
});

describe("the program, with operators that are there", () => {
  it("subscribes to none of them, and waits for them", async () => {
    const seen = await run({
      orchestrator: { version: "1.8" },
      serverless: { install: false },
      serverlessLogic: { install: false },
      rhdh: { existingOperator: true },
    });
    expect(seen.filter(({ type }) => /:(Subscription|OperatorGroup|Knative\w+)$/.test(type))).toEqual([]);
    expect(seen.filter(({ id }) => id.startsWith("Namespace ")).map(({ id }) => id)).toEqual([
      "Namespace orchestrator",
      "Namespace rhdh",
      "Namespace sonataflow",
    ]);
    expect(stdin(find(seen, "Command serverless-operator-found"))).toMatchObject({
      packages: ["serverless-operator"],
      toInstall: "serverless.install true",
    });
    expect(stdin(find(seen, "Command serverless-logic-found"))).toMatchObject({
      packages: ["logic-operator-rhel8", "logic-operator"],
    });
    const [{ otherwise } = {}] = (
      stdin(find(seen, "Command serverless-ready")) as { objects: { otherwise?: string }[] }
    ).objects;
    expect(otherwise).toContain("serverless.install true");
    // The policy names the namespace that the operator was found in.
    const policy = find(seen, "NetworkPolicy platform-allow-infra-ns-to-workflow-ns");
    expect(JSON.stringify(policy.inputs)).toContain("their-operators");
    expect(find(seen, "SonataFlow platform").dependsOn).toContain("Command serverless-logic-found");
    expect(find(seen, "Backstage developer-hub").type).toContain("v1alpha4");
  });

  it("leaves Developer Hub out where it is yours", async () => {
    const seen = await run({ orchestrator: { version: "1.10" }, rhdh: { install: false } });
    expect(seen.some(({ id }) => /developer-hub|rhdh-operator/.test(id))).toBe(false);
    expect(find(seen, "SonataFlowPlatform platform")).toBeDefined();
  });
});

const olm = "operators.coreos.com/v1alpha1";

describe("the program, with a platform beside another stack's", () => {
  const beside = {
    platform: { clusterWide: false },
    serverless: { install: false },
    serverlessLogic: { install: false },
    rhdh: { existingOperator: true },
  };

  it("makes one for the workflows in its own namespace, and looks after these alone", async () => {
    const seen = await run({ orchestrator: { version: "1.10" }, ...beside });
    expect(seen.map(({ type }) => type).filter((type) => type.includes(":SonataFlow"))).toEqual([
      "orchestrator-on-openshift:index:SonataFlow",
      "kubernetes:sonataflow.org/v1alpha08:SonataFlowPlatform",
    ]);
    expect(stdin(find(seen, "Command platform-ready"))).toMatchObject({
      objects: [{ kind: "SonataFlowPlatform" }],
    });
    const guard = stdin(find(seen, "Command workflows-guard"));
    expect(guard).toMatchObject({ made: ["sonataflow-infra"], everywhere: false, packages: [] });
  });

  it("looks after everybody's where its operators or its platform are everybody's", async () => {
    const config = { orchestrator: { version: "1.10" }, ...beside };
    for (const change of [{ platform: {} }, { serverlessLogic: {} }]) {
      const seen = await run({ ...config, ...change });
      expect(stdin(find(seen, "Command workflows-guard"))).toMatchObject({ made: [], everywhere: true });
    }
    const seen = await run({ ...config, serverlessLogic: {}, rhdh: {} });
    expect(stdin(find(seen, "Command workflows-guard"))).toMatchObject({
      packages: [{}, {}],
    });
  });

  it("is what another stack's platform is told to be", () => {
    const [wanted] = singletons(parse("1.10"));
    expect(wanted).toMatchObject({ kind: "SonataFlowClusterPlatform", name: "cluster-platform" });
    expect(wanted?.otherwise).toContain("pulumi config set --path platform.clusterWide false");
    expect(singletons(parse("1.10", beside))).toEqual([]);
  });

  it("refuses workflow namespaces that it would not serve", () => {
    const home = { name: "sonataflow-infra" };
    expect(mistakes("1.10", { ...beside, workflowNamespaces: [home] })).toEqual([]);
    expect(mistakes("1.10", { ...beside, workflowNamespaces: [home, { name: "team-a" }] })).toEqual([
      '  - orchestrator:workflowNamespaces[1].name is "team-a": platform.clusterWide is false: the platform serves the workflows in its own namespace sonataflow-infra, and no others',
    ]);
  });
});

describe("the tasks of an install without an operator of its own", () => {
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

  const mine = { "orchestrator-on-openshift/installation": "me" };
  const subscription = (path: string, name: string, more: object = {}, labels = {}) =>
    object(olm, "Subscription", path, { spec: { name }, ...more }, { labels });
  const csv = (path: string, phase: string) =>
    object(olm, "ClusterServiceVersion", path, { status: { phase } });

  describe("the claim", () => {
    const packages = [
      {
        package: "logic-operator",
        namespace: "ns",
        packages: ["logic-operator", "logic-operator-rhel8"],
        settings: "serverlessLogic.subscription",
        otherwise: "say so",
      },
    ];
    const input = { installation: "me", makes: [], needs: [], labels: [], packages };

    it("finds an operator of others wherever it is, under whichever name it brings the same kinds", async () => {
      api.put(subscription("anywhere/logic", "logic-operator-rhel8"), subscription("anywhere/x", "other"));
      await expect(claim(api.cluster, input, undefined)).rejects.toThrow(
        "  - Subscription anywhere/logic, to logic-operator-rhel8, exists, and is not of this stack; say so",
      );
    });

    it("lets the stack's own pass, but not one that nothing leads on from", async () => {
      api.put(subscription("ns/logic-operator", "logic-operator", {}, mine));
      await expect(claim(api.cluster, input, undefined)).resolves.toBeDefined();
      api.put(subscription("ns/logic-operator-rhel8", "logic-operator-rhel8", {}, mine));
      await expect(claim(api.cluster, input, undefined)).rejects.toThrow(
        "is of this stack, and nothing leads from there to logic-operator",
      );
    });
  });

  describe("the claim of an operator that is held", () => {
    const drained = { apiVersion: "sonataflow.org/v1alpha08", kind: "SonataFlow" };
    const moved = (pin?: string) => ({
      installation: "me",
      makes: [],
      needs: [],
      labels: [],
      packages: [
        {
          package: "logic-operator",
          namespace: "ns",
          packages: ["logic-operator"],
          settings: "serverlessLogic.subscription",
          otherwise: "say so",
          ...(pin !== undefined && { pin, drained }),
        },
      ],
    });
    const installed = (csv: string, labels = mine) => {
      api.put(subscription("ns/logic-operator", "logic-operator", { status: { installedCSV: csv } }, labels));
    };
    const workflow = (path: string) => object("sonataflow.org/v1alpha08", "SonataFlow", path);

    it("refuses another minor version while there are workflows, of whom ever, and says the way", async () => {
      installed("logic-operator.v1.38.1");
      api.put(workflow("team-a/greeting"), workflow("theirs/other"));
      const refused = claim(api.cluster, moved("logic-operator.v1.39.2"), undefined);
      await expect(refused).rejects.toThrow(
        "logic-operator.v1.38.1 is moved to logic-operator.v1.39.2 without workflows, and there are SonataFlow team-a/greeting, SonataFlow theirs/other. Set orchestrator.version back",
      );
      expect(api.writes).toEqual([]);
    });

    it("lets it pass without workflows, within a minor version, and where it is not held", async () => {
      installed("logic-operator.v1.38.1");
      await expect(claim(api.cluster, moved("logic-operator.v1.39.2"), undefined)).resolves.toBeDefined();
      api.put(workflow("team-a/greeting"));
      await expect(claim(api.cluster, moved(), undefined)).resolves.toBeDefined();
      await expect(claim(api.cluster, moved("logic-operator.v1.38.1"), undefined)).resolves.toBeDefined();
      await expect(claim(api.cluster, moved("logic-operator.v1.37.2"), undefined)).resolves.toBeDefined();
      installed("logic-operator.v1.38.0");
      await expect(claim(api.cluster, moved("logic-operator.v1.38.1"), undefined)).resolves.toBeDefined();
    });

    it("counts no more of them than a line holds", async () => {
      installed("logic-operator.v1.38.1");
      for (let i = 0; i < 12; i++) api.put(workflow(`team/w${i}`));
      await expect(claim(api.cluster, moved("logic-operator.v1.39.2"), undefined)).rejects.toThrow(
        "and 2 others. Set",
      );
    });
  });

  describe("looking for an operator", () => {
    const input = { packages: ["op", "op-old"], toInstall: "x.install true", minutes: 5 };

    it("waits until it runs, and tells where it is", async () => {
      const status = { installedCSV: "op.v1" };
      api.put(subscription("theirs/sub", "op-old", { status }), csv("theirs/op.v1", "Installing"));
      let looks = 0;
      api.onRequest = () => {
        if (++looks === 6) api.put(csv("theirs/op.v1", "Succeeded"));
      };
      expect(await findOperator(api.cluster, input)).toEqual({
        package: "op-old",
        namespace: "theirs",
        csv: "op.v1",
      });
    });

    it("says what to do where there is none, and names them where there are several", async () => {
      await expect(findOperator(api.cluster, input)).rejects.toThrow(
        "there is no Subscription to op or op-old, though the configuration says so; have it installed with: pulumi config set --path x.install true",
      );
      api.put(subscription("a/one", "op"), subscription("b/two", "op-old"));
      await expect(findOperator(api.cluster, input)).rejects.toThrow(
        "of which OLM runs one: Subscription a/one, Subscription b/two",
      );
    });
  });

  describe("waiting for what an operator makes of an object", () => {
    const ref = {
      apiVersion: "operator.knative.dev/v1beta1",
      kind: "KnativeServing",
      namespace: "knative-serving",
      name: "knative-serving",
    };
    const knative = (status: object) =>
      object(ref.apiVersion, ref.kind, `${ref.namespace}/${ref.name}`, { status }, { generation: 2 });
    const ready = (status: string, more: object = {}) => ({
      conditions: [{ type: "Ready", status, ...more }],
    });
    const wait = (more: object = {}) =>
      awaitReady(api.cluster, { objects: [{ ...ref, ...more }], minutes: 5 });

    it("ends when it says so, of the object as it is now", async () => {
      api.put(knative({ observedGeneration: 1, ...ready("True") }));
      let looks = 0;
      api.onRequest = () => {
        if (++looks === 6) api.put(knative({ observedGeneration: 2, ...ready("True") }));
      };
      expect(await wait()).toEqual({ ready: ["KnativeServing knative-serving/knative-serving: Ready"] });
      expect(looks).toBeGreaterThan(5);
    });

    it("gives the operator's reason once it keeps failing, and at the end of the time", async () => {
      api.put(knative(ready("False", { reason: "InstallFailed", message: "no such image" })));
      await expect(wait()).rejects.toThrow(
        /^KnativeServing knative-serving\/knative-serving is not ready: InstallFailed: no such image$/,
      );
      api.put(knative(ready("Unknown", { message: "still at it" })));
      await expect(wait()).rejects.toThrow(/did not happen within 5 minutes: .*still at it/);
    });

    it("says what to do where it is missing", async () => {
      await expect(wait({ otherwise: "make it" })).rejects.toThrow("does not exist; make it");
      await expect(wait()).rejects.toThrow("does not exist; run pulumi up again");
    });

    describe("of Developer Hub", () => {
      const hub = {
        apiVersion: "rhdh.redhat.com/v1alpha1",
        kind: "Backstage",
        namespace: "rhdh",
        name: "hub",
      };
      const env = { name: "ORCHESTRATOR_CONFIGURATION", value: "new" };
      const input = { ref: hub, version: "1", minutes: 5 };
      const workload = (value: string, counts: object) =>
        object(
          "apps/v1",
          "Deployment",
          "rhdh/backstage-hub",
          {
            spec: {
              replicas: 1,
              selector: { matchLabels: { app: "hub" } },
              template: { spec: { containers: [{ name: "backend", env: [{ ...env, value }] }] } },
            },
            status: {
              observedGeneration: 2,
              replicas: 1,
              updatedReplicas: 1,
              availableReplicas: 1,
              ...counts,
            },
          },
          { generation: 2 },
        );
      const pod = (status: object) =>
        object("v1", "Pod", "rhdh/hub-1", { status }, { labels: { app: "hub" } });

      beforeEach(() => {
        api.put(
          object(hub.apiVersion, hub.kind, "rhdh/hub", {
            spec: { application: { extraEnvs: { envs: [env] } } },
            status: { conditions: [{ type: "Deployed", status: "True" }] },
          }),
          object("route.openshift.io/v1", "Route", "rhdh/backstage-hub", {
            spec: { host: "hub.example.com" },
          }),
        );
      });

      it("ends when its pods run the present configuration, and tells where it is", async () => {
        let looks = 0;
        const before = workload("old", {});
        const rolling = workload("new", { replicas: 2, updatedReplicas: 1, availableReplicas: 1 });
        const stages = [before, before, rolling, rolling, workload("new", {})];
        api.onRequest = (request) => {
          if (request.includes("/deployments/"))
            api.put(stages[Math.min(looks++, stages.length - 1)] ?? before);
        };
        expect(await awaitDeveloperHub(api.cluster, input)).toEqual({
          condition: "Deployed",
          rhdhUrl: "https://hub.example.com",
        });
        expect(looks).toBe(5);
      });

      it("tells of a configuration that its operator does not take in", async () => {
        api.put(workload("old", {}));
        await expect(awaitDeveloperHub(api.cluster, input)).rejects.toThrow(
          "within 5 minutes: Deployment rhdh/backstage-hub is not ready: its operator has not taken in the present configuration yet",
        );
      });

      it("says which container of a new pod ends, and where its log is, while the old one still runs", async () => {
        const ended = { terminated: { exitCode: 1, reason: "Error" } };
        const backOff = { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } };
        const installer = { name: "install-dynamic-plugins", ready: false, state: backOff, lastState: ended };
        const waiting = { waiting: { reason: "PodInitializing" } };
        api.put(
          workload("new", { replicas: 2 }),
          pod({
            initContainerStatuses: [installer],
            containerStatuses: [{ name: "backend", ready: false, state: waiting }],
          }),
        );
        await expect(awaitDeveloperHub(api.cluster, input)).rejects.toThrow(
          /^Deployment rhdh\/backstage-hub is not ready: Pod rhdh\/hub-1: CrashLoopBackOff: its container install-dynamic-plugins ends with code 1 \(Error\); see: oc logs --previous -n rhdh hub-1 -c install-dynamic-plugins$/,
        );
      });

      it("ends where it is asked to run no pods", async () => {
        const none = { replicas: 0, updatedReplicas: 0, availableReplicas: 0 };
        const object = workload("new", none);
        api.put({ ...object, spec: { ...(object["spec"] as object), replicas: 0 } });
        expect((await awaitDeveloperHub(api.cluster, input)).condition).toBe("Deployed");
      });
    });
  });

  it("keep an operator that somebody else's object of any of its kinds needs", async () => {
    const serving = { apiVersion: "operator.knative.dev/v1beta1", kind: "KnativeServing" };
    api.put(object(serving.apiVersion, serving.kind, "theirs/serving"));
    const input = {
      installation: "me",
      packages: [],
      apiVersion: "rhdh.redhat.com/v1alpha1",
      kind: "Backstage",
      also: [serving],
      deleteMinutes: 5,
    };
    await expect(drain(api.cluster, input)).rejects.toThrow("KnativeServing theirs/serving");
    expect(api.writes).toEqual([]);
  });
});
