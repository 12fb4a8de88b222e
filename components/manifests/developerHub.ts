import { stringify } from "yaml";
import type { Config } from "../../config";
import { configurationEnv } from "../../config/names";
import type { DirectProfile, Plugin } from "../../config/profiles";
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
  readonly flavours?: readonly never[];
  readonly application: {
    readonly appConfig: { readonly configMaps: readonly { readonly name: string }[] };
    readonly dynamicPluginsConfigMapName: string;
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

/** What no setting names is left to the operator, among it a database of Developer Hub's own. */
export const backstageSpec = (
  settings: Pick<HubSettings, "rhdhSecret" | "spec" | "profile">,
): BackstageSpec => overlay(ownBackstageSpec(settings), settings.spec ?? {});

/** What this program itself has to say in it, which the setting `spec` may add to. */
export const ownBackstageSpec = ({
  rhdhSecret,
  profile,
}: Pick<HubSettings, "rhdhSecret" | "profile">): BackstageSpec => ({
  // None: Lightspeed would come along, with a language model's sidecars (rhdh-operator, pkg/model/flavour.go).
  ...(profile.flavours && { flavours: [] }),
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
  const { rhdh, rhdhSecret, gitops, secrets, gitlabHost } = settings;
  const { keys } = rhdhSecret;
  const github = hasGithub(settings);
  // The sign-in page offers guests only there (packages/app/src/components/SignInPage), and each provider is read of it.
  const environment = rhdh.guestProvider ? "development" : "production";
  return stringify({
    ...(github && !rhdh.guestProvider && { signInPage: "github" }),
    auth: {
      environment,
      providers: {
        ...(rhdh.guestProvider && { guest: { dangerouslyAllowOutsideDevelopment: true } }),
        ...(github && {
          github: {
            [environment]: {
              clientId: env(keys.githubClientId),
              clientSecret: env(keys.githubClientSecret),
              // The default wants a User of that name in the catalog, which nobody has imported yet.
              signIn: {
                resolvers: [
                  {
                    resolver: "usernameMatchingUserEntityName",
                    dangerouslyAllowSignInWithoutUserInCatalog: true,
                  },
                ],
              },
            },
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
        secrets.gitlabToken && {
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

interface DynamicPlugin extends Plugin {
  readonly disabled?: false;
  readonly enabled?: true;
  readonly dependencies?: readonly { readonly ref: "" }[];
}

/** Whether Developer Hub gets an account of the cluster, by which it shows objects of it. */
export const seesCluster = ({ clusterAccess, secrets }: Pick<HubSettings, "clusterAccess" | "secrets">) =>
  clusterAccess.role !== "none" || secrets.clusterToken !== undefined;

/** Whether there is all that a login by GitHub takes. */
const hasGithub = ({ githubClientId, secrets }: Pick<HubSettings, "githubClientId" | "secrets">) =>
  githubClientId !== undefined && secrets.githubClientSecret !== undefined;

/** The plugins of Developer Hub, as a YAML text. */
export function dynamicPlugins(settings: HubSettings): string {
  const { profile, namespaces, rhdh, rhdhSecret, gitops, tekton } = settings;
  const { wanted, orchestrator, kubernetes, github, login, argocd } = profile.plugins;
  const enabled = (
    plugin: Plugin,
    more: Pick<DynamicPlugin, "pluginConfig" | "dependencies"> = {},
  ): DynamicPlugin => ({ ...plugin, ...wanted, ...more });
  const { frontend, backend, scaffolder, widgets } = orchestrator;
  // Both say it, and Developer Hub does not start where they differ.
  const pluginConfig = {
    orchestrator: { dataIndexService: { url: dataIndexUrl(namespaces.sonataflow.name) } },
  };
  const plugins = [
    enabled(frontend),
    // Upstream has `sonataflow` here, by which the operator would make a platform too, in Developer Hub's own database. Its
    // own list says so in 1.8 and 1.9, and an empty list of ours does not change that; one that refers to nothing does.
    enabled(backend, { pluginConfig, dependencies: [{ ref: "" }] }),
    enabled(scaffolder, { pluginConfig }),
    enabled(widgets),
    ...(login && rhdh.guestProvider ? [enabled(login.guest)] : []),
    ...(login && hasGithub(settings) ? [enabled(login.github)] : []),
    ...(seesCluster(settings)
      ? [
          enabled(kubernetes.frontend),
          enabled(kubernetes.backend, { pluginConfig: clusterOf(rhdhSecret.keys) }),
        ]
      : []),
    ...(gitops ? [...argocd, github].map((each) => enabled(each)) : []),
    ...(tekton ? profile.plugins.tekton.map((each) => enabled(each)) : []),
  ];
  return stringify({ includes: ["dynamic-plugins.default.yaml"], plugins });
}

const clusterOf = (keys: HubSettings["rhdhSecret"]["keys"]) => ({
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
