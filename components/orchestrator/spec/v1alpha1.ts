import type { CustomResourceConfig } from "../../../config";
import type { Database, Quantities } from "../../database/manifests";

/*
 * `rhdh.redhat.com/v1alpha1`, the custom resource of Orchestrator 1.2 and 1.3: orchestrator-helm-operator,
 * config/crd/bases/rhdh.redhat.com_orchestrators.yaml. Every field is optional there, with a default on each leaf.
 */

export interface ChildSubscription {
  readonly channel?: string | undefined;
  readonly installPlanApproval?: "Automatic" | "Manual" | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly sourceName?: string | undefined;
  readonly startingCSV?: string | undefined;
}

interface Plugin {
  readonly package?: string | undefined;
  readonly integrity?: string | undefined;
}

export interface V1alpha1Spec {
  readonly sonataFlowOperator: {
    readonly enabled: boolean;
    readonly isReleaseCandidate?: boolean | undefined;
    readonly subscription?: ChildSubscription | undefined;
  };
  readonly serverlessOperator: {
    readonly enabled: boolean;
    readonly subscription?: ChildSubscription | undefined;
  };
  readonly rhdhOperator: {
    readonly enabled: boolean;
    readonly isReleaseCandidate?: boolean | undefined;
    readonly enableGuestProvider?: boolean | undefined;
    readonly catalogBranch?: string | undefined;
    readonly secretRef: {
      readonly name: string;
      readonly backstage: { readonly backendSecret: string };
      readonly github: { readonly token: string; readonly clientId: string; readonly clientSecret: string };
      readonly k8s: { readonly clusterToken: string; readonly clusterUrl: string };
      readonly argocd: { readonly url: string; readonly username: string; readonly password: string };
      readonly notificationsEmail: {
        readonly hostname: string;
        readonly username: string;
        readonly password: string;
      };
    };
    readonly subscription: ChildSubscription & { readonly targetNamespace: string };
  };
  readonly rhdhPlugins?: {
    readonly npmRegistry?: string | undefined;
    readonly scope?: string | undefined;
    readonly orchestrator?: Plugin | undefined;
    readonly orchestratorBackend?: Plugin | undefined;
    readonly notifications?: Plugin | undefined;
    readonly notificationsBackend?: Plugin | undefined;
    readonly signals?: Plugin | undefined;
    readonly signalsBackend?: Plugin | undefined;
    readonly notificationsEmail?:
      | (Plugin & {
          readonly enabled?: boolean | undefined;
          readonly port?: number | undefined;
          readonly sender?: string | undefined;
          readonly replyTo?: string | undefined;
        })
      | undefined;
  };
  readonly postgres: Database;
  readonly orchestrator: {
    readonly namespace: string;
    readonly sonataflowPlatform?: {
      readonly resources?:
        { readonly requests?: Quantities | undefined; readonly limits?: Quantities | undefined } | undefined;
      readonly dataIndexImage?: string | undefined;
      readonly jobServiceImage?: string | undefined;
    };
  };
  readonly networkPolicy?: { readonly rhdhNamespace: string };
  readonly tekton: { readonly enabled: boolean };
  readonly argocd: { readonly enabled: boolean; readonly namespace?: string };
}

/** What no setting names is left to the CRD's defaults, but for what the release says of Developer Hub. */
export function v1alpha1(settings: CustomResourceConfig, postgres: Database): V1alpha1Spec {
  const { profile, rhdhNamespace, rhdh, rhdhSecret, serverless, serverlessLogic } = settings;
  const { plugins, sonataFlow, argocdNamespace } = settings;
  const { keys } = rhdhSecret;
  return {
    sonataFlowOperator: {
      enabled: serverlessLogic.install,
      subscription: serverlessLogic.subscription,
    },
    serverlessOperator: { enabled: serverless.install, subscription: serverless.subscription },
    rhdhOperator: {
      enabled: rhdh.install,
      enableGuestProvider: rhdh.guestProvider,
      catalogBranch: rhdh.catalogBranch ?? profile.rhdh?.catalogBranch,
      secretRef: {
        name: rhdhSecret.name,
        backstage: { backendSecret: keys.backendSecret },
        github: {
          token: keys.githubToken,
          clientId: keys.githubClientId,
          clientSecret: keys.githubClientSecret,
        },
        k8s: { clusterToken: keys.clusterToken, clusterUrl: keys.clusterUrl },
        argocd: { url: keys.argocdUrl, username: keys.argocdUsername, password: keys.argocdPassword },
        notificationsEmail: {
          hostname: keys.emailHostname,
          username: keys.emailUsername,
          password: keys.emailPassword,
        },
      },
      subscription: {
        ...(profile.rhdh && { channel: profile.rhdh.channel }),
        namespace: rhdhNamespace,
        ...rhdh.subscription,
        targetNamespace: rhdhNamespace,
      },
    },
    ...(plugins && { rhdhPlugins: plugins }),
    postgres,
    orchestrator: {
      namespace: settings.sonataflowNamespace,
      ...(sonataFlow && { sonataflowPlatform: sonataFlow }),
    },
    // Of no use to an operator that installs RHDH itself; without it, 1.2.3 refuses a Developer Hub of yours.
    ...(!rhdh.install && { networkPolicy: { rhdhNamespace } }),
    // Otherwise the Tasks and the Pipeline are this program's: the operator's would have the same names.
    tekton: { enabled: settings.hasOwnPipeline },
    argocd:
      argocdNamespace === undefined ? { enabled: false } : { enabled: true, namespace: argocdNamespace },
  };
}
