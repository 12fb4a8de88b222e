import type { ChartPlugin, Plugin, Plugins } from "./profile";

/*
 * What each release ships: redhat-developer/rhdh, dynamic-plugins/wrappers and dynamic-plugins.default.yaml, and for 1.10
 * redhat-developer/rhdh-plugin-export-overlays, branch catalog-index-release-1.10. Upstream's own examples name folders that
 * are no longer in the image from 1.9 on; Developer Hub does not start with one of these. From 2.x on the image has none at
 * all: Red Hat Developer Hub 2.1, "Dynamic plugins".
 */

/** Where npm packages of Red Hat come from, unless set otherwise, and their scope: rhdh-operator, default-config/secret-files.yaml. */
export const npm = { registry: "https://npm.registry.redhat.com", scope: "@redhat" } as const;

const chartPackages: Readonly<Record<ChartPlugin, string>> = {
  orchestrator: "backstage-plugin-orchestrator",
  orchestratorBackend: "backstage-plugin-orchestrator-backend-dynamic",
  notifications: "plugin-notifications-dynamic",
  notificationsBackend: "plugin-notifications-backend-dynamic",
  signals: "plugin-signals-dynamic",
  signalsBackend: "plugin-signals-backend-dynamic",
  notificationsEmail: "plugin-notifications-backend-module-email-dynamic",
};

/**
 * Up to 1.4, those of the chart.
 * @param integrity The SHA-512 checksums of the packages.
 */
export const chartPlugins = (
  version: string,
  integrity: Readonly<Partial<Record<ChartPlugin, string>>>,
): Readonly<Partial<Record<ChartPlugin, Plugin>>> =>
  Object.fromEntries(
    Object.entries(integrity).map(([key, checksum]) => [
      key,
      { package: `${chartPackages[key as ChartPlugin]}@${version}`, integrity: `sha512-${checksum}` },
    ]),
  );

/** A folder of Developer Hub's image. */
const bundled = (name: string): Plugin => ({ package: `./dynamic-plugins/dist/${name}` });

/** An image in the version of Developer Hub's own list, with what that says of it. It has to be in that list. */
const listed = (repository: string): Plugin => ({ package: `oci://${repository}:{{inherit}}` });

const overlays = "ghcr.io/redhat-developer/rhdh-plugin-export-overlays";

/** An image that is in no list any more, but is made for a release: workspaces of rhdh-plugin-export-overlays. */
const image = (name: string, tag: string): Plugin => ({
  package: `oci://${overlays}/${name}:${tag}!${name}`,
});

/** What is in the image up to 1.10. */
const inImage = {
  wanted: { disabled: false },
  kubernetes: {
    frontend: bundled("backstage-plugin-kubernetes"),
    backend: bundled("backstage-plugin-kubernetes-backend-dynamic"),
  },
  github: bundled("backstage-plugin-scaffolder-backend-module-github-dynamic"),
  rbac: bundled("backstage-community-plugin-rbac"),
} as const satisfies Partial<Plugins>;

/** Where Orchestrator shows up. Developer Hub's list has it only for the one version that it was released with. */
const frontendConfig = {
  dynamicPlugins: {
    frontend: {
      "red-hat-developer-hub.backstage-plugin-orchestrator": {
        appIcons: [{ importName: "OrchestratorIcon", name: "orchestratorIcon" }],
        dynamicRoutes: [
          {
            importName: "OrchestratorPage",
            menuItem: { icon: "orchestratorIcon", text: "Orchestrator" },
            path: "/orchestrator",
          },
        ],
        entityTabs: [{ path: "/workflows", title: "Workflows", mountPoint: "entity.page.workflows" }],
        mountPoints: [
          {
            mountPoint: "entity.page.workflows/cards",
            importName: "OrchestratorCatalogTab",
            config: {
              layout: { gridColumn: "1 / -1", if: { anyOf: ["IsOrchestratorCatalogTabAvailable"] } },
            },
          },
        ],
      },
    },
  },
};
const widgetsConfig = {
  dynamicPlugins: { frontend: { "red-hat-developer-hub.backstage-plugin-orchestrator-form-widgets": {} } },
};

/**
 * Up to 1.8: Orchestrator's plugins from npm, all else in the image.
 * @param integrity The SHA-512 checksums of the packages.
 */
export const npmPlugins = (
  version: string,
  integrity: Readonly<Record<keyof Plugins["orchestrator"], string>>,
): Plugins => {
  const packaged = (which: keyof Plugins["orchestrator"], name: string, pluginConfig?: object): Plugin => ({
    package: `${npm.scope}/${name}@${version}`,
    integrity: `sha512-${integrity[which]}`,
    ...(pluginConfig && { pluginConfig }),
  });
  return {
    ...inImage,
    orchestrator: {
      frontend: packaged("frontend", "backstage-plugin-orchestrator", frontendConfig),
      backend: packaged("backend", "backstage-plugin-orchestrator-backend-dynamic"),
      scaffolder: packaged("scaffolder", "backstage-plugin-scaffolder-backend-module-orchestrator-dynamic"),
      widgets: packaged("widgets", "backstage-plugin-orchestrator-form-widgets", widgetsConfig),
    },
    argocd: [
      bundled("backstage-community-plugin-redhat-argocd"),
      bundled("roadiehq-backstage-plugin-argo-cd-backend-dynamic"),
      bundled("roadiehq-scaffolder-backend-argocd-dynamic"),
    ],
    tekton: [bundled("backstage-community-plugin-tekton")],
  };
};

const productImage = (plugin: string) =>
  listed(`registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-${plugin}`);

const orchestratorImages: Plugins["orchestrator"] = {
  frontend: productImage("orchestrator"),
  backend: productImage("orchestrator-backend"),
  scaffolder: productImage("scaffolder-backend-module-orchestrator"),
  widgets: productImage("orchestrator-form-widgets"),
};

/** The image with Developer Hub's list: rhdh-operator, .rhdh/docs/mirror-dynamic-plugins.adoc. */
const indexOf = (version: string) => `registry.access.redhat.com/rhdh/plugin-catalog-index:${version}`;

/** 1.9: Argo CD's own backend takes the place of Roadie's, which answers at the same address. */
export const pluginsOf1_9: Plugins = {
  ...inImage,
  index: indexOf("1.9"),
  orchestrator: orchestratorImages,
  argocd: [
    listed(`${overlays}/backstage-community-plugin-argocd`),
    // The list has examples of Argo CD's address for both, which differ: that alone ends the start.
    { ...listed(`${overlays}/backstage-community-plugin-argocd-backend`), pluginConfig: {} },
    { ...bundled("roadiehq-scaffolder-backend-argocd-dynamic"), pluginConfig: {} },
  ],
  tekton: [bundled("backstage-community-plugin-tekton")],
};

/** 1.10: Argo CD's frontend and backend are in no list any more, but are made for this release. */
export const pluginsOf1_10: Plugins = {
  ...inImage,
  index: indexOf("1.10"),
  orchestrator: orchestratorImages,
  argocd: [
    {
      ...image("backstage-community-plugin-argocd", "bs_1.49.4__2.8.0"),
      pluginConfig: {
        dynamicPlugins: {
          frontend: {
            "backstage-community.plugin-argocd": {
              translationResources: [
                { importName: "argocdTranslations", module: "Alpha", ref: "argocdTranslationRef" },
              ],
              mountPoints: [
                {
                  mountPoint: "entity.page.overview/cards",
                  importName: "ArgocdDeploymentSummary",
                  config: {
                    layout: { gridColumnEnd: { lg: "span 8", xs: "span 12" } },
                    if: { allOf: ["isArgocdConfigured"] },
                  },
                },
                {
                  mountPoint: "entity.page.cd/cards",
                  importName: "ArgocdDeploymentLifecycle",
                  config: { layout: { gridColumn: "1 / -1" }, if: { allOf: ["isArgocdConfigured"] } },
                },
              ],
            },
          },
        },
      },
    },
    image("backstage-community-plugin-argocd-backend", "bs_1.49.4__1.4.0"),
    listed(`${overlays}/roadiehq-scaffolder-backend-argocd`),
  ],
  tekton: [listed(`${overlays}/backstage-community-plugin-tekton`)],
};

/** A plugin of Developer Hub's own list, by its name: rhdh-operator, pkg/model/dynamic-plugins-reference.go. */
const named = (name: string): Plugin => ({ package: `ref://${name}` });

/**
 * A way to log in, without the example that the list has of its configuration: its variables are not there, and Developer Hub does not
 * start then. The list of 2.1 is seen with Keycloak's and, in the product's documentation, with GitHub's. The others are images,
 * as in redhat-developer/rhdh at fadb2c2f0, .ci/pipelines/value_files; of GitLab's that which goes with the same Backstage.
 */
const loginPlugin = (plugin: Plugin): Plugin => ({ ...plugin, pluginConfig: {} });

const orchestratorPlugin = (name: string) => named(`red-hat-developer-hub-backstage-plugin-${name}`);

/**
 * 2.1: all from registries, and the new frontend system, which finds by itself where a plugin shows up. What the list lacks is
 * of the branch main of rhdh-plugin-export-overlays, metadata of the workspaces argocd, roadie-backstage-plugins and tekton.
 */
export const pluginsOf2_1: Plugins = {
  wanted: { enabled: true },
  index: indexOf("2.1"),
  orchestrator: {
    frontend: orchestratorPlugin("orchestrator"),
    backend: orchestratorPlugin("orchestrator-backend"),
    scaffolder: orchestratorPlugin("scaffolder-backend-module-orchestrator"),
    widgets: orchestratorPlugin("orchestrator-form-widgets"),
  },
  kubernetes: {
    frontend: named("backstage-plugin-kubernetes"),
    backend: named("backstage-plugin-kubernetes-backend"),
  },
  github: named("backstage-plugin-scaffolder-backend-module-github"),
  rbac: named("backstage-community-plugin-rbac"),
  login: {
    guest: loginPlugin(image("backstage-plugin-auth-backend-module-guest-provider", "bs_1.52.0__0.2.20")),
    github: loginPlugin(named("backstage-plugin-auth-backend-module-github-provider")),
    gitlab: loginPlugin(image("backstage-plugin-auth-backend-module-gitlab-provider", "bs_1.52.0__0.4.4")),
    oidc: loginPlugin(image("backstage-plugin-auth-backend-module-oidc-provider", "bs_1.52.0__0.4.17")),
    keycloak: loginPlugin(named("backstage-community-plugin-auth-backend-module-keycloak-provider")),
  },
  argocd: [
    image("backstage-community-plugin-argocd", "bs_1.49.4__2.8.0"),
    image("backstage-community-plugin-argocd-backend", "bs_1.49.4__1.4.0"),
    image("roadiehq-scaffolder-backend-argocd", "bs_1.49.4__1.8.1"),
  ],
  tekton: [image("backstage-community-plugin-tekton", "bs_1.52.0__3.41.0")],
};
