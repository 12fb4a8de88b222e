import { stringify } from "yaml";
import type { Config } from "../../config";
import type { DirectProfile } from "../../config/profiles";
import { overlay } from "./overlay";
import { dataIndexUrl } from "./sonataFlow";

/** The settings that Developer Hub is configured from. */
export type HubSettings = Pick<
  Config,
  | "namespaces"
  | "rhdh"
  | "rhdhSecret"
  | "gitops"
  | "tekton"
  | "clusterAccess"
  | "secrets"
  | "gitlabHost"
  | "githubClientId"
  | "spec"
> & { readonly profile: DirectProfile };

/** The part of a Backstage's spec that this program sets: the same in every version that is served. */
export interface BackstageSpec {
  readonly application: {
    readonly appConfig: { readonly configMaps: readonly { readonly name: string }[] };
    readonly dynamicPluginsConfigMapName: string;
    readonly extraEnvs: { readonly secrets: readonly { readonly name: string }[] };
  };
}

export const appConfigName = "app-config-rhdh";
export const dynamicPluginsName = "dynamic-plugins-rhdh";

/** What no setting names is left to the operator, among it a database of Developer Hub's own. */
export const backstageSpec = (settings: Pick<HubSettings, "rhdhSecret" | "spec">): BackstageSpec =>
  overlay(ownBackstageSpec(settings), settings.spec ?? {});

/** What this program itself has to say in it, which the setting `spec` may add to. */
export const ownBackstageSpec = ({ rhdhSecret }: Pick<HubSettings, "rhdhSecret">): BackstageSpec => ({
  application: {
    appConfig: { configMaps: [{ name: appConfigName }] },
    dynamicPluginsConfigMapName: dynamicPluginsName,
    extraEnvs: { secrets: [{ name: rhdhSecret.name }] },
  },
});

/** How Backstage reads a key of the Secret, which it has in its environment. */
const env = (key: string) => `\${${key}}`;

/**
 * The configuration of the app, as a YAML text. Secrets are in it by the name of their variable only.
 * Upstream's are examples/orchestrator.yaml and examples/orchestrator-cicd.yaml.
 */
export function appConfig(settings: HubSettings): string {
  const { rhdh, rhdhSecret, gitops, secrets, githubClientId, gitlabHost } = settings;
  const { keys } = rhdhSecret;
  const github = githubClientId !== undefined && secrets.githubClientSecret !== undefined;
  return stringify({
    auth: {
      environment: "production",
      providers: {
        ...(rhdh.guestProvider && { guest: { dangerouslyAllowOutsideDevelopment: true } }),
        ...(github && {
          github: {
            production: { clientId: env(keys.githubClientId), clientSecret: env(keys.githubClientSecret) },
          },
        }),
      },
    },
    // By this, the services of the platform may call Developer Hub, as the user orchestrator.
    backend: {
      auth: {
        externalAccess: [
          { type: "static", options: { token: env(keys.backendSecret), subject: "orchestrator" } },
        ],
      },
    },
    integrations: {
      ...(secrets.githubToken && { github: [{ host: "github.com", token: env(keys.githubToken) }] }),
      ...(gitlabHost !== undefined &&
        secrets.gitlabToken && { gitlab: [{ host: env(keys.gitlabHost), token: env(keys.gitlabToken) }] }),
    },
    ...(gitops && {
      argocd: {
        appLocatorMethods: [
          {
            type: "config",
            instances: [
              {
                name: "argocd",
                url: env(keys.argocdUrl),
                username: env(keys.argocdUsername),
                password: env(keys.argocdPassword),
              },
            ],
          },
        ],
      },
      catalog: softwareTemplates(rhdh.catalogBranch ?? "main"),
    }),
  });
}

/** The templates that make a workflow's repositories, which Argo CD then deploys from. */
const softwareTemplates = (branch: string) => ({
  rules: [
    { allow: ["Component", "System", "Group", "Resource", "Location", "Template", "API", "User", "Domain"] },
  ],
  locations: [
    "entities/workflow-resources.yaml",
    "scaffolder-templates/github-workflows/basic-workflow/template.yaml",
  ].map((path) => ({
    type: "url",
    target: `https://github.com/rhdhorchestrator/workflow-software-templates/blob/${branch}/${path}`,
  })),
});

interface DynamicPlugin {
  readonly package: string;
  readonly disabled: false;
  readonly pluginConfig?: object;
  readonly dependencies?: readonly { readonly ref: "" }[];
}

const plugin = (
  name: string,
  more: Pick<DynamicPlugin, "pluginConfig" | "dependencies"> = {},
): DynamicPlugin => ({
  package: name,
  disabled: false,
  ...more,
});
const bundled = (name: string, pluginConfig?: object): DynamicPlugin =>
  plugin(`./dynamic-plugins/dist/${name}`, pluginConfig && { pluginConfig });

/** The plugins of Developer Hub, as a YAML text. */
export function dynamicPlugins(settings: HubSettings): string {
  const { profile, namespaces, rhdhSecret, gitops, tekton, clusterAccess, secrets } = settings;
  const { frontend, backend, scaffolder, widgets } = profile.plugins;
  // Both say it, and Developer Hub does not start where they differ.
  const pluginConfig = {
    orchestrator: { dataIndexService: { url: dataIndexUrl(namespaces.sonataflow.name) } },
  };
  const plugins = [
    plugin(frontend),
    // Upstream has `sonataflow` here, by which the operator would make a platform too, in Developer Hub's own database. Its
    // own list says so in 1.8 and 1.9, and an empty list of ours does not change that; one that refers to nothing does.
    plugin(backend, { pluginConfig, dependencies: [{ ref: "" }] }),
    plugin(scaffolder, { pluginConfig }),
    plugin(widgets),
    ...(clusterAccess.role !== "none" || secrets.clusterToken
      ? [
          bundled("backstage-plugin-kubernetes"),
          bundled("backstage-plugin-kubernetes-backend-dynamic", kubernetes(rhdhSecret.keys)),
        ]
      : []),
    ...(gitops
      ? [
          bundled("backstage-community-plugin-redhat-argocd"),
          bundled("roadiehq-backstage-plugin-argo-cd-backend-dynamic"),
          bundled("roadiehq-scaffolder-backend-argocd-dynamic"),
          bundled("backstage-plugin-scaffolder-backend-module-github-dynamic"),
        ]
      : []),
    ...(tekton ? [bundled("backstage-community-plugin-tekton")] : []),
  ];
  return stringify({ includes: ["dynamic-plugins.default.yaml"], plugins });
}

const kubernetes = (keys: HubSettings["rhdhSecret"]["keys"]) => ({
  kubernetes: {
    serviceLocatorMethod: { type: "multiTenant" },
    clusterLocatorMethods: [
      {
        type: "config",
        clusters: [
          {
            name: "Default Cluster",
            url: env(keys.clusterUrl),
            authProvider: "serviceAccount",
            serviceAccountToken: env(keys.clusterToken),
            skipTLSVerify: true, // as upstream: most clusters' certificates are of an authority of their own
          },
        ],
      },
    ],
    customResources: [
      ...["pipelines", "pipelineruns", "taskruns"].map((plural) => ({
        group: "tekton.dev",
        apiVersion: "v1",
        plural,
      })),
      { group: "route.openshift.io", apiVersion: "v1", plural: "routes" },
    ],
  },
});
