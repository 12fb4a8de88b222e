import type { Plugin, Plugins } from "./profile";

/*
 * What each release ships: redhat-developer/rhdh, dynamic-plugins/wrappers and dynamic-plugins.default.yaml, and for 1.10
 * redhat-developer/rhdh-plugin-export-overlays, branch catalog-index-release-1.10. Upstream's own examples name folders that
 * are no longer in the image from 1.9 on; Developer Hub does not start with one of these.
 */

/** A folder of Developer Hub's image. */
const bundled = (name: string): Plugin => ({ package: `./dynamic-plugins/dist/${name}` });

/** An image in the version of Developer Hub's own list, with what that says of it. It has to be in that list. */
const listed = (repository: string): Plugin => ({ package: `oci://${repository}:{{inherit}}` });

const overlays = "ghcr.io/redhat-developer/rhdh-plugin-export-overlays";

export const kubernetesPlugins = {
  frontend: bundled("backstage-plugin-kubernetes"),
  backend: bundled("backstage-plugin-kubernetes-backend-dynamic"),
} as const;

/** The actions on GitHub of software templates. */
export const githubPlugin = bundled("backstage-plugin-scaffolder-backend-module-github-dynamic");

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
    package: `@redhat/${name}@${version}`,
    integrity: `sha512-${integrity[which]}`,
    ...(pluginConfig && { pluginConfig }),
  });
  return {
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

/** 1.9: Argo CD's own backend takes the place of Roadie's, which answers at the same address. */
export const pluginsOf1_9: Plugins = {
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
  orchestrator: orchestratorImages,
  argocd: [
    {
      package: `oci://${overlays}/backstage-community-plugin-argocd:bs_1.49.4__2.8.0!backstage-community-plugin-argocd`,
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
    {
      package: `oci://${overlays}/backstage-community-plugin-argocd-backend:bs_1.49.4__1.4.0!backstage-community-plugin-argocd-backend`,
    },
    listed(`${overlays}/roadiehq-scaffolder-backend-argocd`),
  ],
  tekton: [listed(`${overlays}/backstage-community-plugin-tekton`)],
};
