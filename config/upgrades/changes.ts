import type { Settings } from "../settings";
import { isWorkflow, type Manifest } from "../workflowFiles";

/** What a release changes for those who use it, as upstream warns of it. */
export interface Change {
  /** In Markdown. */
  readonly text: string;
  /** Where upstream says so: repository, ref and path, or the product's page. */
  readonly source: string;
  /** Whom it affects, as the end of "It affects whoever …". */
  readonly who: string;
  /** Whether it affects a stack; undefined where its settings do not tell. */
  readonly affects: (settings: Settings) => boolean | undefined;
}

/** The part of `spec` at a path; undefined where there is none. */
const inSpec = ({ spec }: Settings, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (tree, key) =>
      typeof tree === "object" && tree !== null
        ? (tree as Readonly<Record<string, unknown>>)[key]
        : undefined,
    spec,
  );
const hasSpec = (settings: Settings): boolean => Object.keys(settings.spec ?? {}).length > 0;
const ownConfigMaps = (settings: Settings): boolean =>
  inSpec(settings, "application", "appConfig", "configMaps") !== undefined;
const ownPlugins = (settings: Settings): boolean =>
  inSpec(settings, "application", "dynamicPlugins") !== undefined;

/** A workflow of the profile that it has without a word about it, and that is built on the cluster. */
const isBuiltThere = (manifest: Manifest): boolean =>
  isWorkflow(manifest) &&
  (manifest.metadata.annotations?.["sonataflow.org/profile"] ?? "preview") === "preview";

/** Those who look after Developer Hub themselves have to look at its plugins themselves. */
const hubOfOthers = ({ rhdh }: Settings): boolean => !rhdh.install;

/** By the release that brings them. One without an entry changes nothing that this program does not see to. */
export const changes: Readonly<Record<string, readonly Change[]>> = {
  "1.4": [
    {
      text: "The custom resource is `v1alpha2`, in which sections have other names. `spec` adds to that.",
      source: "rhdhorchestrator/orchestrator-helm-operator@release-1.4, config/crd/bases",
      who: "sets `spec`",
      affects: hasSpec,
    },
    {
      text: "Serverless Logic 1.35 knows the history of a workflow's tables by another name. While the workflows are out, before the database's server goes, run the script of the source in the schema of each, and have `kie.flyway.enabled=true` in its properties from then on.",
      source:
        "openshift-knative/docs@ee85bb8, modules/serverless-logic, migrate-workflow-db-from_1.34.0_to_1.35.0.sql and upgrade_1_34_0_to_1_35_0.adoc",
      who: "has workflows of the profile `preview` that keep their state in the database",
      affects: ({ workflowNamespaces }) =>
        workflowNamespaces.some(({ manifests }) => manifests.some(isBuiltThere)) || undefined,
    },
    {
      text: "The pipeline reads the keys for Git from the Secrets `github-ssh-credentials` and `gitlab-ssh-credentials`, no longer from `git-ssh-credentials`.",
      source:
        "rhdhorchestrator/workflow-software-templates@v1.4.x, scaffolder-templates/build/argocd/pipelinerun.template",
      who: "sets `tekton`",
      affects: ({ tekton }) => tekton !== undefined,
    },
  ],
  "1.7": [
    {
      text: "Orchestrator has no custom resource of its own. `spec` adds to the `Backstage`.",
      source: "redhat-developer/rhdh-operator@1.7.0, docs/orchestrator.md",
      who: "sets `spec`",
      affects: hasSpec,
    },
    {
      text: "Developer Hub is in the namespace `rhdh`, and so has another address.",
      source: "redhat-developer/rhdh-operator@1.7.0, docs/orchestrator.md",
      who: "does not set `namespaces.rhdh.name`",
      affects: ({ namespaces, profile }) => namespaces.rhdh.name === profile.rhdhNamespace,
    },
    {
      text: "Workflows of other namespaces are let in by a NetworkPolicy for each, no longer by a label of the namespace. Those of the stack get it.",
      source: "redhat-developer/rhdh-operator@1.7.0, docs/orchestrator.md",
      who: "runs workflows in namespaces that are in no stack",
      affects: () => undefined,
    },
  ],
  "1.9": [
    {
      text: "The image of Developer Hub has no Argo CD plugin any more. The program takes it from a registry; a list of plugins that names its folder keeps Developer Hub from starting.",
      source: "redhat-developer/rhdh@1.9.8, dynamic-plugins/wrappers",
      who: "looks after Developer Hub apart from this stack",
      affects: hubOfOthers,
    },
    {
      text: "The RHDH operator knows `Backstage` from `v1alpha3` on.",
      source: "redhat-developer/rhdh-operator@1.9.0, config/crd/bases",
      who: "has manifests of an older version, such as in GitOps",
      affects: () => undefined,
    },
  ],
  "1.10": [
    {
      text: "The image of Developer Hub has neither the Tekton plugin nor those of Roadie for Argo CD any more. The program takes them from a registry; a list of plugins that names their folders keeps Developer Hub from starting.",
      source: "redhat-developer/rhdh@1.10.3, dynamic-plugins/wrappers",
      who: "looks after Developer Hub apart from this stack",
      affects: hubOfOthers,
    },
    {
      text: "The RHDH operator serves `Backstage` as `v1alpha4` and `v1alpha5` only.",
      source: "redhat-developer/rhdh-operator@1.10.0, config/crd/bases",
      who: "has manifests or tools that name an older version",
      affects: () => undefined,
    },
    {
      text: "The program lists no flavours, so that the assistant (Lightspeed) does not come along. To have it, name it in `spec.flavours`.",
      source:
        "redhat-developer/rhdh-operator@1.10.3, config/profile/rhdh/default-config/flavours/lightspeed/metadata.yaml",
      who: "sets `spec.flavours`",
      affects: (settings) => inSpec(settings, "flavours") !== undefined,
    },
  ],
  "2.1": [
    {
      text: "Plugins come from registries only. Developer Hub finds those of its own list by `ref://<name>`; a list of yours in `spec` must not name folders of the image, nor npm packages.",
      source: "Red Hat Developer Hub 2.1, Dynamic plugins",
      who: "names plugins in `spec`, or looks after Developer Hub apart from this stack",
      affects: (settings) => ownPlugins(settings) || hubOfOthers(settings),
    },
    {
      text: "The ways to log in are plugins, which the program adds for those that it has settings for; for another, add its plugin.",
      source: "redhat-developer/rhdh@main, docs/auth.md",
      who: "configures another way to log in, in ConfigMaps of `spec`",
      affects: ownConfigMaps,
    },
    {
      text: "Keycloak has a provider of its own: allow the address `<rhdhUrl>/api/auth/keycloak/handler/frame` in the client at Keycloak before you move. Users of other OIDC providers are named by their mail address, no longer by their user name.",
      source: "redhat-developer/rhdh@main, docs/auth.md",
      who: "lets people log in with OIDC",
      affects: ({ oidcClientId }) => oidcClientId !== undefined,
    },
    {
      text: "A ConfigMap with an app-config has exactly one key.",
      source: "redhat-developer/rhdh-operator@main, docs/configuration.md",
      who: "names ConfigMaps in `spec.application.appConfig`",
      affects: ownConfigMaps,
    },
    {
      text: "The RHDH operator closes Developer Hub's pods, but for DNS, HTTP, HTTPS, PostgreSQL and Redis. The program opens what Orchestrator takes: Data Index, workflows, Argo CD with `gitops`, and the API server with `clusterAccess`. For other ports, add a NetworkPolicy of yours.",
      source: "redhat-developer/rhdh-operator@main, config/profile/rhdh/default-config/networkpolicy.yaml",
      who: "has Developer Hub reach other ports, such as those of a catalog or of a database",
      affects: (settings) => hasSpec(settings) || undefined,
    },
    {
      text: "The assistant's flavour is called `intelligent-assistant`, no longer `lightspeed`. The operator refuses what it does not know.",
      source: "redhat-developer/rhdh-adr, 001",
      who: "names `lightspeed` in `spec.flavours`",
      affects: (settings) => JSON.stringify(inSpec(settings, "flavours") ?? []).includes("lightspeed"),
    },
    {
      text: "Frontend plugins of the new kind show up by themselves. What a list of yours says in `dynamicPlugins.frontend` registers no routes.",
      source: "Red Hat Developer Hub 2.1, Installing dynamic plugins",
      who: "names frontend plugins in `spec`",
      affects: ownPlugins,
    },
  ],
};
