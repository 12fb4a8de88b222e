import type { Database, OrchestratorSettings, Quantities } from "./orchestrator";

/*
 * `rhdh.redhat.com/v1alpha3`, the custom resource of Orchestrator 1.5 and 1.6: orchestrator-go-operator,
 * config/crd/bases/rhdh.redhat.com_orchestrators.yaml. Once it has been rolled out, the operator follows changes of what
 * to install, and of the two switches at the end, and of nothing else.
 */

export interface V1alpha3Spec {
  readonly rhdh: {
    readonly name: string;
    readonly namespace: string;
    readonly installOperator: boolean;
    /** Guests may log in. */
    readonly devMode?: boolean | undefined;
    readonly plugins?: {
      readonly notificationsEmail: {
        readonly enabled?: boolean | undefined;
        readonly port?: number | undefined;
        readonly sender?: string | undefined;
        readonly replyTo?: string | undefined;
      };
    };
  };
  readonly postgres: {
    readonly name: string;
    readonly namespace: string;
    readonly database: string;
    readonly authSecret: { readonly name: string; readonly userKey: string; readonly passwordKey: string };
  };
  readonly serverless: { readonly installOperator: boolean };
  readonly serverlessLogic: { readonly installOperator: boolean };
  readonly platform: {
    readonly namespace: string;
    readonly resources?:
      { readonly requests?: Quantities | undefined; readonly limits?: Quantities | undefined } | undefined;
    readonly monitoring?: { readonly enabled?: boolean | undefined } | undefined;
    readonly eventing?:
      { readonly broker?: { readonly name: string; readonly namespace: string } } | undefined;
  };
  readonly tekton: { readonly enabled: boolean };
  readonly argocd: { readonly enabled: boolean; readonly namespace?: string };
}

/** What no setting names, and the CRD does not require, is left to the CRD's defaults. */
export function v1alpha3(settings: OrchestratorSettings, postgres: Database): V1alpha3Spec {
  const { namespaces, rhdh, serverless, serverlessLogic, plugins, platform, gitops, tekton } = settings;
  const { serviceName: name, serviceNamespace: namespace, database, authSecret } = postgres;
  return {
    rhdh: {
      name: rhdh.name,
      namespace: namespaces.rhdh.name,
      installOperator: rhdh.install,
      devMode: rhdh.guestProvider,
      ...(plugins?.notificationsEmail && { plugins: { notificationsEmail: plugins.notificationsEmail } }),
    },
    postgres: { name, namespace, database, authSecret },
    serverless: { installOperator: serverless.install },
    serverlessLogic: { installOperator: serverlessLogic.install },
    platform: { namespace: namespaces.sonataflow.name, ...platform },
    // Crossed: each release mistakes one switch for the other when it configures Developer Hub, whose plugins are all that
    // they are for here (internal/controller/rhdh/backstage.go, GetOrCreateConfigMaps). With both, it also makes what it
    // finds missing of AppProject, Tasks and Pipeline: nothing, since this program has made them by then.
    tekton: { enabled: gitops !== undefined },
    argocd: { enabled: tekton !== undefined, ...(gitops && { namespace: gitops.namespace }) },
  };
}
