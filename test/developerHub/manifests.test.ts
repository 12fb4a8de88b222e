import { describe, expect, it } from "vitest";
import { parse as yaml } from "yaml";
import { appConfig, backstageSpec, dynamicPlugins } from "../../components/developerHub/manifests";
import { directProfiles } from "../../config/profiles";
import { crdSpec, violations } from "../support/schema";
import { shipped } from "../support/shippedPlugins";
import { hubOf, mistakes, run } from "../support/release";
import type { Values } from "../support/config";

const crds = "sandbox/catalog/crds";

/** Each way to log in that is a plugin where there are such. Two that go by OIDC exclude each other. */
const oneOfEach = (version: string): Values => ({
  githubClientId: "id",
  githubClientSecret: "planted",
  ...(version === "2.1" && {
    gitlabClientId: "id",
    gitlabClientSecret: "planted",
    oidcMetadataUrl: "https://id.example.com/realms/dev/.well-known/openid-configuration",
    oidcClientId: "id",
    oidcClientSecret: "planted",
  }),
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
        rhdh: { guestProvider: true, rbac: { admins: ["user:default/alice"] } },
        ...oneOfEach(version),
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

  it("shows its own plugins without the list of the one version that has them", () => {
    const [frontend] = pluginsOf("1.8").plugins;
    expect(JSON.stringify(frontend?.pluginConfig)).toContain('"path":"/orchestrator"');
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
      { rhdh: { rbac: { admins: ["user:default/alice"] } } }, // who may do what
      { clusterUrl: "https://api.other.example.com:6443" }, // the Secret
      { spec: { application: { replicas: 2 } } },
    ];
    for (const other of others) expect(await marks({ ...base, ...other })).not.toEqual([first]);
  }, 60_000);
});
