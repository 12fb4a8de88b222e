import type { Config } from "../../config";
import type { PostgresConnection } from "../postgres";
import { overlay } from "./overlay";

/*
 * `rhdh.redhat.com/v1alpha1`, the custom resource of Orchestrator 1.2 and 1.3: orchestrator-helm-operator,
 * config/crd/bases/rhdh.redhat.com_orchestrators.yaml. Every field is optional there, with a default on each leaf.
 */

interface ChildSubscription {
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

interface Quantities {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}

export interface OrchestratorSpec {
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
  readonly postgres: PostgresConnection & { readonly database: string };
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

/** The settings that the custom resource is made from. */
export type OrchestratorSettings = Pick<
  Config,
  | "namespaces"
  | "rhdh"
  | "rhdhSecret"
  | "serverless"
  | "serverlessLogic"
  | "plugins"
  | "platform"
  | "gitops"
  | "tekton"
  | "spec"
>;

/** The `spec` of the custom resource. What no setting names is left to the CRD's defaults. */
export function orchestratorSpec(
  settings: OrchestratorSettings,
  postgres: PostgresConnection & { readonly database: string },
): OrchestratorSpec {
  const { namespaces, rhdh, rhdhSecret, serverless, serverlessLogic, plugins, platform, gitops, tekton } =
    settings;
  const { keys } = rhdhSecret;
  const spec: OrchestratorSpec = {
    sonataFlowOperator: {
      enabled: serverlessLogic.install,
      isReleaseCandidate: serverlessLogic.releaseCandidate,
      subscription: serverlessLogic.subscription,
    },
    serverlessOperator: { enabled: serverless.install, subscription: serverless.subscription },
    rhdhOperator: {
      enabled: rhdh.install,
      isReleaseCandidate: rhdh.releaseCandidate,
      enableGuestProvider: rhdh.guestProvider,
      catalogBranch: rhdh.catalogBranch,
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
        namespace: namespaces.rhdh.name,
        ...rhdh.subscription,
        targetNamespace: namespaces.rhdh.name,
      },
    },
    ...(plugins && { rhdhPlugins: plugins }),
    postgres,
    orchestrator: {
      namespace: namespaces.sonataflow.name,
      ...(platform && { sonataflowPlatform: platform }),
    },
    // Of no use to an operator that installs RHDH itself; without it, 1.2.3 refuses a Developer Hub of yours.
    ...(!rhdh.install && { networkPolicy: { rhdhNamespace: namespaces.rhdh.name } }),
    // Otherwise the Tasks and the Pipeline are this program's: the operator's would have the same names.
    tekton: { enabled: tekton?.pipeline === "operator" },
    argocd: gitops ? { enabled: true, namespace: gitops.namespace } : { enabled: false },
  };
  return overlay(spec, settings.spec ?? {});
}
