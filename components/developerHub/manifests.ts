import { stringify } from "yaml";
import type { DeveloperHubConfig } from "../../config";
import { configurationEnv } from "../../config/names";
import type { Plugin } from "../../config/profiles";
import { overlay } from "../../config/overlay";
import { dataIndexUrl } from "../sonataFlow/manifests";
import { hubDatabaseFiles, hubDatabaseSpec } from "./database";
import { env, loginConfig, loginPlugins } from "./login";
import { permissionConfig, policiesName, policiesPath } from "./rbac";
import { registryMounts } from "./registries";

/** The part of a Backstage's spec that this program sets: the same in every version that is served. */
export interface BackstageSpec {
  readonly flavours?: readonly never[];
  readonly database?: { readonly enableLocalDb: false };
  readonly application: {
    readonly appConfig: { readonly configMaps: readonly { readonly name: string }[] };
    readonly dynamicPluginsConfigMapName: string;
    readonly extraFiles?: {
      readonly configMaps: readonly {
        readonly name: string;
        readonly mountPath: string;
        readonly key?: string;
        readonly containers?: readonly string[];
      }[];
    };
    readonly extraEnvs: {
      readonly secrets: readonly { readonly name: string }[];
      readonly envs?: readonly { readonly name: string; readonly value: string }[];
    };
  };
}

export const appConfigName = "app-config-rhdh";
export const dynamicPluginsName = "dynamic-plugins-rhdh";

/** Adds to a Backstage's spec what all of its configuration is known by, so that its pods show which they run. */
export const withConfiguration = (spec: BackstageSpec, value: string): BackstageSpec =>
  overlay(spec, { application: { extraEnvs: { envs: [{ name: configurationEnv, value }] } } });

type OwnSettings = "secret" | "profile" | "rbac" | "database" | "registries";

/** What no setting names is left to the operator, among it a database of Developer Hub's own. */
export const backstageSpec = (settings: Pick<DeveloperHubConfig, OwnSettings | "spec">): BackstageSpec =>
  overlay(ownBackstageSpec(settings), settings.spec ?? {});

/** What this program itself has to say in it, which the setting `spec` may add to. */
export function ownBackstageSpec({
  secret,
  profile,
  rbac,
  database,
  registries,
}: Pick<DeveloperHubConfig, OwnSettings>): BackstageSpec {
  const files = [
    ...(rbac ? [{ name: policiesName, mountPath: policiesPath }] : []),
    ...hubDatabaseFiles(database),
    ...registryMounts(registries),
  ];
  return {
    // None: Lightspeed would come along, with a language model's sidecars (rhdh-operator, pkg/model/flavour.go).
    ...(profile.flavours && { flavours: [] }),
    ...hubDatabaseSpec(database),
    application: {
      appConfig: { configMaps: [{ name: appConfigName }] },
      dynamicPluginsConfigMapName: dynamicPluginsName,
      ...(files.length > 0 && { extraFiles: { configMaps: files } }),
      extraEnvs: { secrets: [{ name: secret.name }] },
    },
  };
}

/**
 * The configuration of the app, as a YAML text. Secrets are in it by the name of their variable only.
 * Upstream's are examples/orchestrator.yaml and examples/orchestrator-cicd.yaml.
 */
export function appConfig(settings: DeveloperHubConfig): string {
  const { keys } = settings.secret;
  return stringify({
    ...loginConfig(settings),
    ...(settings.rbac && permissionConfig(settings.rbac)),
    // By this, the services of the platform may call Developer Hub, as the user orchestrator.
    backend: {
      auth: {
        externalAccess: [
          { type: "static", options: { token: env(keys.backendSecret), subject: "orchestrator" } },
        ],
      },
    },
    integrations: {
      ...(settings.hasGithubToken && { github: [{ host: "github.com", token: env(keys.githubToken) }] }),
      ...(settings.hasGitlab && {
        gitlab: [
          {
            host: env(keys.gitlabHost),
            token: env(keys.gitlabToken),
            // Without it, Backstage does not start with any host but gitlab.com.
            apiBaseUrl: `https://${env(keys.gitlabHost)}/api/v4`,
          },
        ],
      }),
    },
    ...(settings.argocdNamespace !== undefined && {
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
      catalog: softwareTemplates(settings.catalogBranch ?? "main"),
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

interface DynamicPlugin extends Plugin {
  readonly disabled?: false;
  readonly enabled?: true;
  readonly dependencies?: readonly { readonly ref: "" }[];
}

/** The plugins of Developer Hub, as a YAML text. */
export function dynamicPlugins(settings: DeveloperHubConfig): string {
  const { profile, secret } = settings;
  const { wanted, orchestrator, kubernetes, github, argocd, rbac } = profile.plugins;
  const enabled = (
    plugin: Plugin,
    more: Pick<DynamicPlugin, "pluginConfig" | "dependencies"> = {},
  ): DynamicPlugin => ({ ...plugin, ...wanted, ...more });
  const { frontend, backend, scaffolder, widgets } = orchestrator;
  // Both say it, and Developer Hub does not start where they differ.
  const pluginConfig = {
    orchestrator: { dataIndexService: { url: dataIndexUrl(settings.sonataflowNamespace) } },
  };
  const plugins = [
    enabled(frontend),
    // Upstream has `sonataflow` here, by which the operator would make a platform too, in Developer Hub's own database. Its
    // own list says so in 1.8 and 1.9, and an empty list of ours does not change that; one that refers to nothing does.
    enabled(backend, { pluginConfig, dependencies: [{ ref: "" }] }),
    enabled(scaffolder, { pluginConfig }),
    enabled(widgets),
    ...loginPlugins(settings).map((each) => enabled(each)),
    ...(settings.rbac ? [enabled(rbac)] : []),
    ...(settings.hasClusterToken
      ? [enabled(kubernetes.frontend), enabled(kubernetes.backend, { pluginConfig: clusterOf(secret.keys) })]
      : []),
    ...(settings.argocdNamespace === undefined ? [] : [...argocd, github].map((each) => enabled(each))),
    ...(settings.hasPipelines ? profile.plugins.tekton.map((each) => enabled(each)) : []),
  ];
  return stringify({ includes: ["dynamic-plugins.default.yaml"], plugins });
}

const clusterOf = (keys: DeveloperHubConfig["secret"]["keys"]) => ({
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
