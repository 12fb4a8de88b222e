import type { Output } from "@pulumi/pulumi";
import type { Target } from "../kube/kubeconfig";
import type { DatabasePlan } from "./database";
import type { Dependency } from "./dependencies";
import type { Login } from "./logins";
import type { OperatorSource } from "./operators";
import type { OtherRelease } from "./otherReleases";
import type { Secrets } from "./parse";
import type { PostgresServer } from "./postgres";
import type { DirectProfile, OperatorProfile, PipelineTools, Profile } from "./profiles";
import type { Structured } from "./schema";
import type { WorkflowNamespaceConfig } from "./settings";

/*
 * What the program installs: every choice made, in a section for each component. What a release decides is a value in its
 * section, so that no component asks for a version.
 */

export type Config = Shared & (WithPlatform | WithoutPlatform);

interface WithPlatform {
  /** The platform to install. */
  readonly platform: PlatformConfig;
  readonly existingPlatform?: undefined;
}

interface WithoutPlatform {
  readonly platform?: undefined;
  /** The platform that the workflows belong to. */
  readonly existingPlatform: ExistingPlatformConfig;
}

interface Shared {
  readonly cluster: ClusterConfig;
  readonly workflowNamespaces: readonly WorkflowNamespaceConfig[];
  readonly workflows: WorkflowsConfig;
}

export type WorkflowsConfig = Structured["workflows"];

export interface ClusterConfig {
  readonly connection: Target;
  /** Check the cluster first, in previews too; only to warn, or to refuse what would fail. */
  readonly preflight: boolean | "warn";
  /** Take over what an install by hand has made. @default - the release cannot */
  readonly adopt?: boolean | undefined;
  readonly removeCrds: boolean;
  readonly database: DatabasePlan;
}

export interface ExistingPlatformConfig {
  readonly admitsWorkflowsBy: Profile["admitsWorkflowsBy"];
  /** Where it is. @default - the cluster is asked */
  readonly sonataflowNamespace?: string | undefined;
  readonly rhdhNamespace?: string | undefined;
}

export type PlatformConfig = OperatorPlatformConfig | DeveloperHubPlatformConfig;

interface PlatformSections {
  readonly namespaces: Readonly<Record<"orchestrator" | "rhdh" | "sonataflow", NamespaceConfig>>;
  readonly admitsWorkflowsBy: Profile["admitsWorkflowsBy"];
  /** Workflows anywhere would be left without what they need, once the stack has gone. */
  readonly servesAllNamespaces: boolean;
  readonly database: DatabaseConfig;
  /** What else could be installed, where the catalogs lack this release. */
  readonly otherReleases: readonly OtherRelease[];
  /** @default - Developer Hub has no Argo CD */
  readonly gitops?: GitOpsConfig;
  /** @default - there is no pipeline */
  readonly pipelines?: PipelinesConfig;
  readonly clusterAccess: ClusterAccessConfig;
  readonly credentials: CredentialsConfig;
  readonly rhdh: {
    readonly name: string;
    /** Developer Hub is the stack's own. */
    readonly isInstalled: boolean;
  };
}

/** Up to 1.4: an operator installs the platform from a custom resource. */
export interface OperatorPlatformConfig extends PlatformSections {
  readonly installedBy: "operator";
  readonly profile: OperatorProfile;
  readonly subscription: SubscriptionConfig;
  readonly orchestrator: CustomResourceConfig;
  /** The operators that this one subscribes to. */
  readonly dependencies: readonly Dependency[];
  /** What it is told to install. */
  readonly installs: Readonly<Record<"serverless" | "serverlessLogic", boolean>>;
}

/** From 1.7 on: the program installs it. */
export interface DeveloperHubPlatformConfig extends PlatformSections {
  readonly installedBy: "program";
  readonly profile: DirectProfile;
  readonly operators: {
    readonly serverless: OperatorSource;
    readonly serverlessLogic: OperatorSource;
    /** @default - Developer Hub is not the stack's */
    readonly rhdh?: OperatorSource;
  };
  readonly sonataFlow: SonataFlowConfig;
  /** @default - it is not the stack's */
  readonly developerHub?: DeveloperHubConfig;
  /** The longest wait for each part, in minutes. */
  readonly timeoutMinutes: number;
}

export interface NamespaceConfig {
  readonly name: string;
  /** The namespace is used as it is, and stays on destroy. */
  readonly existing: boolean;
  /** Labels that it needs. On an existing namespace they are added, and taken back on destroy. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Leave it on destroy, with what it holds. @default false */
  readonly keep?: boolean;
}

export type DatabaseConfig =
  | ({ readonly kind: "reference"; readonly namespace: string } & Structured["postgres"])
  | {
      readonly kind: "external";
      readonly namespace: string;
      readonly password: Output<string> | undefined;
      readonly server: PostgresServer;
      readonly databaseName: string;
      readonly existingSecret?: NonNullable<Structured["externalPostgres"]>["existingSecret"];
      readonly username?: string | undefined;
    };

export type GitOpsConfig = NonNullable<Structured["gitops"]> & {
  /** Create the AppProject of the software templates. The operator up to 1.4 creates it itself. */
  readonly hasProject: boolean;
};

export type PipelinesConfig = NonNullable<Structured["tekton"]> & { readonly tools: PipelineTools };

export interface ClusterAccessConfig {
  /** Where the ServiceAccount and its token are. */
  readonly namespace: string;
  /** What the token may do; `none` creates none. */
  readonly role: Structured["clusterAccess"]["role"];
  /** @default - one of `role` */
  readonly token?: Output<string> | undefined;
  /** The address of the API server. @default - what the cluster says of itself, where there is a token */
  readonly url?: string | undefined;
}

/** Developer Hub's Secret: what it is called, and what the configuration puts into it. */
export interface CredentialsConfig {
  readonly namespace: string;
  readonly name: string;
  readonly keys: Structured["rhdhSecret"]["keys"];
  /** Each change of this text makes a new backend secret. @default - the first one stays */
  readonly rotation?: string | undefined;
  /** Whether Developer Hub keeps sessions, with a secret of their own. */
  readonly hasSessions: boolean;
  /** Where Developer Hub keeps its data. @default - in a database of its operator's */
  readonly database?: HubDatabase;
  readonly given: GivenCredentials;
}

export interface HubDatabase {
  readonly server: PostgresServer;
  readonly username: string;
  readonly password: Output<string>;
}

/** The credentials that are settings, and no others. One that is not set is no key of the Secret. */
export interface GivenCredentials extends Pick<
  Secrets,
  | "githubToken"
  | "githubClientSecret"
  | "gitlabToken"
  | "gitlabClientSecret"
  | "oidcClientSecret"
  | "emailPassword"
> {
  readonly githubClientId?: string | undefined;
  readonly gitlabHost?: string | undefined;
  readonly gitlabClientId?: string | undefined;
  readonly oidcClientId?: string | undefined;
  readonly emailHostname?: string | undefined;
  readonly emailUsername?: string | undefined;
}

/** A Subscription, and the longest wait for its operator, in minutes. */
export interface SubscriptionConfig {
  /** Where the Subscription goes. Any but the global one is made, with an OperatorGroup for all namespaces. */
  readonly namespace: string;
  readonly channel: string;
  /** The CatalogSource, and its namespace. */
  readonly source: string;
  readonly sourceNamespace: string;
  /** `Manual` approves the InstallPlans that lead to `startingCSV`, if they install nothing else. */
  readonly approval: "Automatic" | "Manual";
  /** The version to install, or to move to. @default - the head of the channel */
  readonly startingCSV?: string | undefined;
  readonly timeoutMinutes: number;
}

/** What the custom resource of a release up to 1.4 is made from. */
export interface CustomResourceConfig extends Pick<
  Structured,
  "rhdh" | "rhdhSecret" | "serverless" | "serverlessLogic" | "plugins" | "spec"
> {
  readonly profile: OperatorProfile;
  readonly namespace: string;
  readonly name: string;
  readonly rhdhNamespace: string;
  readonly sonataflowNamespace: string;
  readonly sonataFlow: Structured["platform"];
  /** @default - there is no Argo CD */
  readonly argocdNamespace?: string | undefined;
  /** The operator's own Tasks and Pipeline are wanted, not those of the program. */
  readonly hasOwnPipeline: boolean;
  readonly timeoutMinutes: number;
  readonly deleteTimeoutMinutes: number;
}

export interface SonataFlowConfig {
  readonly settings: Structured["platform"];
  /** The workflows of all namespaces belong to it. */
  readonly isClusterWide: boolean;
}

/** What Developer Hub from 1.7 on is configured from: which credentials it has, but none of their values. */
export interface DeveloperHubConfig {
  readonly profile: DirectProfile;
  readonly name: string;
  readonly namespace: string;
  readonly sonataflowNamespace: string;
  readonly secret: { readonly name: string; readonly keys: Structured["rhdhSecret"]["keys"] };
  readonly isGuestAllowed: boolean;
  /** Beside that for guests, in the order of the sign-in page. */
  readonly logins: readonly Login[];
  /** Who may do what. @default - everybody may do everything */
  readonly rbac?: Structured["rhdh"]["rbac"];
  /** Where its data are; how to log in there is in its Secret. @default - in a database of its operator's */
  readonly database?: PostgresServer | undefined;
  /** Where its plugins come from. */
  readonly registries: {
    /** What stands in for registries of images, and folders of these. */
    readonly mirrors: NonNullable<NonNullable<Structured["plugins"]>["mirrors"]>;
    /** @default - Red Hat's */
    readonly npmRegistry?: string | undefined;
  };
  readonly hasGithubToken: boolean;
  readonly hasGitlab: boolean;
  /** It has a token for the cluster. */
  readonly hasClusterToken: boolean;
  /** @default - there is no Argo CD */
  readonly argocdNamespace?: string | undefined;
  readonly hasPipelines: boolean;
  readonly catalogBranch?: string | undefined;
  readonly spec: Structured["spec"];
}
