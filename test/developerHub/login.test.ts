import { describe, expect, it } from "vitest";
import { parse as yaml } from "yaml";
import { appConfig, backstageSpec, dynamicPlugins } from "../../components/developerHub/manifests";
import { policies } from "../../components/developerHub/rbac";
import { directProfiles } from "../../config/profiles";
import { texts, type Values } from "../support/config";
import * as program from "../support/program";
import { find } from "../support/program";
import { hubOf, mistakes } from "../support/release";
import { crdSpec, violations } from "../support/schema";

const appOf = (version: string, values: Values) => yaml(appConfig(hubOf(version, values))) as object;
/** The ways to log in among the plugins. */
const pluginsOf = (version: string, values: Values): string[] => {
  const { plugins } = yaml(dynamicPlugins(hubOf(version, values))) as {
    plugins: { package: string; pluginConfig?: object }[];
  };
  const login = plugins.filter(({ package: name }) => name.includes("auth-backend"));
  // None brings the example of the list along.
  expect(login.filter(({ pluginConfig }) => JSON.stringify(pluginConfig) !== "{}")).toEqual([]);
  return login.map(({ package: name }) => /module-([a-z]+)-provider/.exec(name)?.[1] ?? name);
};

const guest = { rhdh: { guestProvider: true } };
const github = { githubClientId: "id", githubClientSecret: "planted" };
const gitlab = { gitlabClientId: "id", gitlabClientSecret: "planted" };
const oidc = (at: string) => ({
  oidcMetadataUrl: `https://id.example.com${at}/.well-known/openid-configuration`,
  oidcClientId: "id",
  oidcClientSecret: "planted",
});
const keycloak = oidc("/auth/realms/our%20people");
const anybody = (resolver: string) => ({
  signIn: { resolvers: [{ resolver, dangerouslyAllowSignInWithoutUserInCatalog: true }] },
});

describe.each(directProfiles.map(({ version }) => version))("%s lets people in", (version) => {
  const isPlugin = version === "2.1";

  it("as guests", () => {
    expect(appOf(version, guest)).toMatchObject({
      auth: {
        // Nowhere else does the sign-in page offer guests.
        environment: "development",
        providers: { guest: { dangerouslyAllowOutsideDevelopment: true } },
      },
    });
    expect(pluginsOf(version, guest)).toEqual(isPlugin ? ["guest"] : []);
  });

  it("by GitHub, whoever else is let in", () => {
    const provider = {
      clientId: "${GITHUB_CLIENT_ID}",
      clientSecret: "${GITHUB_CLIENT_SECRET}",
      ...anybody("usernameMatchingUserEntityName"),
    };
    expect(appOf(version, github)).toMatchObject({
      signInPage: "github",
      auth: { environment: "production", providers: { github: { production: provider } } },
    });
    expect(appOf(version, { ...github, ...guest })).toMatchObject({
      signInPage: "github",
      auth: { environment: "development", providers: { github: { development: provider } } },
    });
    expect(pluginsOf(version, { ...github, ...guest })).toEqual(isPlugin ? ["guest", "github"] : []);
  });

  it("by GitLab, the public one or one's own", () => {
    const provider = {
      clientId: "${GITLAB_CLIENT_ID}",
      clientSecret: "${GITLAB_CLIENT_SECRET}",
      ...anybody("usernameMatchingUserEntityName"),
    };
    expect(appOf(version, gitlab)).toMatchObject({
      signInPage: "gitlab",
      auth: { providers: { gitlab: { production: provider } } },
    });
    expect(JSON.stringify(appOf(version, gitlab))).not.toContain("audience");
    expect(appOf(version, { ...gitlab, gitlabHost: "git.example.com" })).toMatchObject({
      auth: { providers: { gitlab: { production: { audience: "https://${GITLAB_HOST}" } } } },
      // A host without a token is for the login alone.
      integrations: {},
    });
    expect(pluginsOf(version, gitlab)).toEqual(isPlugin ? ["gitlab"] : []);
  });

  it("by OIDC, with sessions", () => {
    const app = appOf(version, oidc("/tenant"));
    expect(app).toMatchObject({
      signInPage: "oidc",
      auth: {
        session: { secret: "${SESSION_SECRET}" },
        providers: {
          oidc: {
            production: {
              metadataUrl: "https://id.example.com/tenant/.well-known/openid-configuration",
              clientId: "${OIDC_CLIENT_ID}",
              clientSecret: "${OIDC_CLIENT_SECRET}",
              prompt: "auto",
              ...anybody(
                isPlugin ? "emailLocalPartMatchingUserEntityName" : "preferredUsernameMatchingUserEntityName",
              ),
            },
          },
        },
      },
    });
    expect(pluginsOf(version, oidc("/tenant"))).toEqual(isPlugin ? ["oidc"] : []);
  });

  it("by Keycloak, under the same names in every release", () => {
    const [page, at] = isPlugin
      ? ["keycloak", { baseUrl: "https://id.example.com/auth", realm: "our people" }]
      : ["oidc", { metadataUrl: keycloak.oidcMetadataUrl }];
    expect(appOf(version, keycloak)).toMatchObject({
      signInPage: page,
      auth: {
        session: { secret: "${SESSION_SECRET}" },
        providers: {
          [page]: {
            production: { ...at, prompt: "auto", ...anybody("preferredUsernameMatchingUserEntityName") },
          },
        },
      },
    });
    expect(pluginsOf(version, keycloak)).toEqual(isPlugin ? ["keycloak"] : []);
  });

  it("by several at once, or says which releases can", () => {
    const all = { ...github, ...gitlab, ...keycloak };
    if (version === "1.7" || version === "1.8") {
      const why = `the sign-in page of Developer Hub ${version} offers one provider beside guests, and there is oidc already; 1.9, 1.10, 2.1 offer several`;
      expect(mistakes(version, { ...all, ...guest })).toEqual([
        `  - orchestrator:githubClientId: ${why}`,
        `  - orchestrator:gitlabClientId: ${why}`,
      ]);
    } else {
      const first = isPlugin ? "keycloak" : "oidc";
      expect(appOf(version, all)).toMatchObject({ signInPage: [first, "github", "gitlab"] });
    }
  });

  it("without a word of a secret in its configuration", () => {
    expect(JSON.stringify(appOf(version, keycloak))).not.toContain("planted");
  });
});

describe("a session", () => {
  const seen = ({ oidcClientSecret, githubClientSecret, ...plain }: Readonly<Record<string, string>>) =>
    program.run(
      texts({ orchestrator: { version: "1.10" }, ...plain }),
      Object.fromEntries(
        Object.entries({ oidcClientSecret, githubClientSecret }).flatMap(([key, value]) =>
          value === undefined ? [] : [[key, value]],
        ),
      ),
    );

  it("has a secret of its own, where there are sessions", async () => {
    const all = await seen({ ...oidc(""), oidcClientSecret: "planted-oidc" });
    const { inputs, secrets } = find(all, "Secret rhdh-credentials");
    expect(inputs["stringData"]).toMatchObject({ OIDC_CLIENT_ID: "id", OIDC_CLIENT_SECRET: "planted-oidc" });
    // Another than the backend's, which services know.
    expect(inputs["stringData"]?.["SESSION_SECRET"]).toBe("rhdh-credentials-session-result");
    expect(inputs["stringData"]?.["BACKEND_SECRET"]).toBe("rhdh-credentials-backend-result");
    expect(secrets.join()).toContain("stringData");
    expect(find(all, "RandomPassword rhdh-credentials-session").inputs).toMatchObject({ length: 32 });
    const others = all.filter(({ id }) => id !== "Secret rhdh-credentials");
    expect(JSON.stringify(others.map(({ inputs }) => inputs))).not.toContain("planted-oidc");
  });

  it("has none where there are none", async () => {
    const all = await seen(github);
    expect(find(all, "Secret rhdh-credentials").inputs["stringData"]).not.toHaveProperty("SESSION_SECRET");
    expect(all.map(({ id }) => id)).not.toContain("RandomPassword rhdh-credentials-session");
  });
});

describe("refused is", () => {
  it.each([
    ["http://id.example.com/.well-known/openid-configuration"],
    ["https://id.example.com"],
    ["id.example.com"],
  ])("metadata that is none: %s", (oidcMetadataUrl) => {
    expect(mistakes("1.10", { ...oidc(""), oidcMetadataUrl })[0]).toBe(
      `  - orchestrator:oidcMetadataUrl is "${oidcMetadataUrl}": expected a URL such as https://id.example.com/realms/developers/.well-known/openid-configuration`,
    );
  });

  it("up to 1.4 whatever its operator has no word for", () => {
    const has = (key: string) =>
      `  - orchestrator:${key}: Orchestrator 1.4 has no such choice; 1.7, 1.8, 1.9, 1.10, 2.1 have it`;
    expect(mistakes("1.4", { ...gitlab, ...oidc("") })).toEqual(
      expect.arrayContaining(
        ["gitlabClientId", "gitlabClientSecret", "oidcMetadataUrl", "oidcClientId", "oidcClientSecret"].map(
          has,
        ),
      ),
    );
    expect(mistakes("1.2", { rhdh: { rbac: { admins: ["user:default/a"] } } }).join()).toContain(
      "rhdh.rbac.admins",
    );
  });

  it.each([
    [
      { admins: [] },
      "admins is a structure: expected at least one: without, nobody gives rights to the others",
    ],
    [
      { admins: ["alice"] },
      'admins[0] is "alice": expected an entity such as "user:default/alice" or "group:default/developers"',
    ],
    [{ admins: ["user:default/a@b"] }, 'admins[0] is "user:default/a@b": expected an entity'],
    [
      { admins: ["user:default/a"], policies: ["p, role:default/x, y, delete"] },
      'policies[0] is "p, role:default/x, y, delete": expected a policy such as "p, role:default/readers, catalog-entity, read, allow"',
    ],
  ])("who may do what, where that is not understood: %j", (rbac, message) => {
    const found = mistakes("1.10", { rhdh: { rbac } });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`  - orchestrator:rhdh.rbac.${message}`);
  });
});

describe("who may do what", () => {
  const rbac = {
    admins: ["user:default/alice", "group:default/ops"],
    workflowUsers: ["group:default/developers"],
    policies: ["p, role:default/workflowUser, catalog-entity, read, allow"],
  };

  it("is a file, with Orchestrator's permissions as every release has them", () => {
    expect(policies(rbac).split("\n")).toEqual([
      "p, role:default/workflowAdmin, orchestrator.workflow, read, allow",
      "p, role:default/workflowAdmin, orchestrator.workflow.use, update, allow",
      "p, role:default/workflowAdmin, orchestrator.workflowAdminView, read, allow",
      "p, role:default/workflowAdmin, orchestrator.instanceAdminView, read, allow",
      "g, user:default/alice, role:default/workflowAdmin",
      "g, group:default/ops, role:default/workflowAdmin",
      "p, role:default/workflowUser, orchestrator.workflow, read, allow",
      "p, role:default/workflowUser, orchestrator.workflow.use, update, allow",
      "g, group:default/developers, role:default/workflowUser",
      "p, role:default/workflowUser, catalog-entity, read, allow",
      "",
    ]);
    expect(policies({ ...rbac, workflowUsers: [], policies: [] })).not.toContain("workflowUser");
  });

  it.each(directProfiles)("is on, and mounted where $version reads it", ({ version }) => {
    const hub = hubOf(version, { rhdh: { rbac } });
    expect(yaml(appConfig(hub))).toMatchObject({
      permission: {
        enabled: true,
        rbac: {
          "policies-csv-file": "/opt/app-root/src/rbac/rbac-policy.csv",
          // Without them, an admin cannot give the rights to any of these.
          pluginsWithPermission: ["catalog", "scaffolder", "permission", "orchestrator"],
          admin: { users: [{ name: "user:default/alice" }, { name: "group:default/ops" }] },
        },
      },
    });
    const spec = backstageSpec(hub);
    expect(spec).toMatchObject({
      application: {
        extraFiles: { configMaps: [{ name: "rbac-policy-rhdh", mountPath: "/opt/app-root/src/rbac" }] },
      },
    });
    expect(violations(crdSpec("sandbox/catalog/crds/backstages.rhdh.redhat.com.yaml"), spec)).toEqual([]);
    expect(dynamicPlugins(hub)).toContain("backstage-community-plugin-rbac");
  });

  it("is not said where nobody asks", () => {
    const hub = hubOf("1.10", {});
    expect(appConfig(hub)).not.toContain("permission");
    expect(backstageSpec(hub).application).not.toHaveProperty("extraFiles");
  });

  it("is in a ConfigMap before Developer Hub is, which starts anew with other rules", async () => {
    const of = (rules: object) =>
      program.run(texts({ orchestrator: { version: "1.10" }, rhdh: { rbac: rules } }));
    const all = await of(rbac);
    const specOf = (seen: typeof all) => JSON.stringify(find(seen, "Backstage developer-hub").inputs["spec"]);
    expect(specOf(await of({ ...rbac, workflowUsers: ["user:default/bob"] }))).not.toBe(specOf(all));
    expect(find(all, "ConfigMap developer-hub-rules").inputs).toMatchObject({
      metadata: { name: "rbac-policy-rhdh", namespace: "rhdh" },
      data: { "rbac-policy.csv": policies(rbac) },
    });
  });
});
