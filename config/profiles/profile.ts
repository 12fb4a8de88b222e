/**
 * What sets one release of Orchestrator apart from the others. A release is one file of this folder, and a line in its
 * index; what a custom resource of its API version looks like is in components/orchestrator/spec.
 */
export type Profile = OperatorProfile | DirectProfile;

/** What every release builds on, each with an operator of its own. */
export type Part = "serverless" | "serverlessLogic" | "rhdh";

interface Release {
  /** As the setting `orchestrator.version` has it. */
  readonly version: string;
  /** Where its documentation puts Developer Hub. */
  readonly rhdhNamespace: string;
  /**
   * How the SonataFlow namespace lets another namespace's workflows in: by a label that these carry, or by a
   * NetworkPolicy of its own for each.
   */
  readonly admitsWorkflowsBy: "label" | "policy";
  /** Settings that it has no use for, as paths; a structure stands for all below it. */
  readonly unsupportedSettings: readonly string[];
}

/** A release up to 1.4: an operator of its own makes the platform from a custom resource. */
export interface OperatorProfile extends Release {
  readonly kind: "operator";
  /** The one version of `rhdh.redhat.com` that its CRD has. Nothing converts between them. */
  readonly api: "v1alpha1" | "v1alpha2";
  /** Where OLM finds it: the channel, and the last version that was released. */
  readonly channel: string;
  readonly startingCSV: string;
  /** The head of that channel, in every catalog that has it: rhdhorchestrator/orchestrator-fbc. */
  readonly head: string;
  /** The first and the last OpenShift whose catalog has that version: rhdhorchestrator/orchestrator-fbc. */
  readonly openshift: { readonly from: string; readonly to: string };
  /** What its operator subscribes to, unless set otherwise: helm-charts/orchestrator/values.yaml. */
  readonly dependencies: Readonly<Record<Part, DependencyOperator>>;
  /**
   * What is said to it of Developer Hub even where no setting does. The API server keeps the defaults that the CRD had
   * when the custom resource was made, so that after an upgrade those of the release before would hold.
   * @default - nothing: the CRD's own
   */
  readonly rhdh?: { readonly channel: string; readonly catalogBranch: string };
  /** The npm packages that its CRD has as defaults, by its names for them, without their scope: helm-charts/orchestrator/values.yaml. */
  readonly plugins: Readonly<Partial<Record<ChartPlugin, Plugin>>>;
  /** Images that its operator runs, and its bundle does not list. */
  readonly images: readonly string[];
  readonly pipeline: PipelineTools;
}

/** A release from 1.7 on, of Red Hat Developer Hub itself: this program makes the platform. */
export interface DirectProfile extends Release {
  readonly kind: "direct";
  /** The version of `rhdh.redhat.com` that its example has for a Backstage. */
  readonly backstage: string;
  /** Its operator has flavours, some of which come along unless a Backstage lists those that it wants. @default false */
  readonly flavours?: true;
  /** Its operator closes Developer Hub's pods, but for DNS, HTTPS and its database. @default false */
  readonly closed?: true;
  /** The first and the last OpenShift that the product is validated on. @default - not known */
  readonly openshift?: { readonly from: string; readonly to: string };
  /** The minor versions that it is validated with, as `1.37`. @default - not known */
  readonly validated?: Readonly<Record<"serverless" | "serverlessLogic", string>>;
  /** Developer Hub has images for ARM64: the label `operatorframework.io/arch.arm64` of its operator. @default false */
  readonly arm64?: true;
  /** What its script subscribes to: redhat-developer/rhdh-operator, config/profile/rhdh/plugin-infra. */
  readonly operators: Readonly<Record<Part, DirectOperator>>;
  readonly plugins: Plugins;
  readonly signIn: {
    /** Its sign-in page offers several providers: packages/app/src/components/SignInPage/SignInPage.tsx, from 1.9 on. */
    readonly offersSeveral: boolean;
    /**
     * By what a user of an OIDC provider is named. That of 2.x knows no user names, only addresses, of which it takes what is
     * before the `@`: redhat-developer/rhdh, docs/auth.md, and packages/backend/src/modules/authProvidersModule.ts up to 1.10.
     */
    readonly oidcResolver: "preferredUsernameMatchingUserEntityName" | "emailLocalPartMatchingUserEntityName";
  };
  readonly pipeline: PipelineTools;
}

/** What the custom resource of a release up to 1.4 calls Developer Hub's plugins. */
export type ChartPlugin =
  | "orchestrator"
  | "orchestratorBackend"
  | "notifications"
  | "notificationsBackend"
  | "signals"
  | "signalsBackend"
  | "notificationsEmail";

/** A plugin of Developer Hub: an entry of its dynamic-plugins.yaml. */
export interface Plugin {
  /** A folder of its image, an npm package with its version, an OCI reference, or the name of one in Developer Hub's list. */
  readonly package: string;
  /** The checksum of an npm package, without which Developer Hub installs none. @default - no npm package */
  readonly integrity?: string;
  /** Where it shows up. @default - what Developer Hub's own list says of this very package */
  readonly pluginConfig?: object;
}

/** What a release has as plugins: its image, and the list in it. */
export interface Plugins {
  /** How an entry says that its plugin is wanted. */
  readonly wanted: { readonly disabled: false } | { readonly enabled: true };
  /**
   * The image with that list, which Developer Hub takes it from: RELATED_IMAGE_catalog_index of its operator.
   * @default - the list is in Developer Hub's own image
   */
  readonly index?: string;
  /** Of Orchestrator itself. */
  readonly orchestrator: Readonly<Record<"frontend" | "backend" | "scaffolder" | "widgets", Plugin>>;
  /** What shows an entity's objects on the cluster. */
  readonly kubernetes: Readonly<Record<"frontend" | "backend", Plugin>>;
  /** The actions on GitHub of software templates. */
  readonly github: Plugin;
  /** The ways to log in. @default - none: Developer Hub has these built in */
  readonly login?: Readonly<Record<"guest" | "github" | "gitlab" | "oidc" | "keycloak", Plugin>>;
  /** Where admins see and change who may do what. */
  readonly rbac: Plugin;
  /** What shows an entity's Argo CD applications, and makes these from a template. */
  readonly argocd: readonly Plugin[];
  /** What shows an entity's pipelines. */
  readonly tekton: readonly Plugin[];
}

/** What the pipeline downloads while it runs. */
export interface PipelineTools {
  /** The Dockerfile that workflows are built by: a commit of rhdhorchestrator/serverless-workflows, and the images that it starts from. */
  readonly dockerfile: { readonly commit: string; readonly images: readonly string[] };
  /** The version of `kn-workflow`, which goes with that of Serverless Logic. */
  readonly knWorkflow: string;
}

export interface DependencyOperator {
  readonly package: string;
  /** @default - that of Developer Hub */
  readonly namespace?: string;
  readonly channel: string;
  /** The first version to install. @default - the head of the channel */
  readonly startingCSV?: string;
}

export interface DirectOperator {
  readonly package: string;
  readonly namespace: string;
  readonly operatorGroup: string;
  readonly channel: string;
  /** The first version to install. @default - the head of the channel */
  readonly startingCSV?: string;
  /** Where there is nobody else's Subscription to hold. @default Automatic */
  readonly approval?: "Manual";
  /** Other packages with the same kinds: OLM runs only one of them. @default - none */
  readonly conflictingPackages?: readonly string[];
  /** Those of them that it was called before. No channel leads from there: the old one is removed first. @default - none */
  readonly formerPackages?: readonly string[];
}
