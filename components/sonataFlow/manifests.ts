import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { SonataFlowConfig } from "../../config";
import {
  directNetworkPolicy,
  knativeEventing,
  knativeServing,
  sonataFlowPlatform,
  workflowNetworkPolicy,
} from "../../config/names";
import { overlay } from "../../config/overlay";
import { persistenceOf, trustOf, type Persistence, type PostgresConnection } from "../database/access";
import type { Quantities } from "../database/manifests";
import {
  apiServerAdmission,
  letIn,
  monitoring,
  namespacesCalled,
  namespacesWith,
  ownPods,
  router,
} from "../workflows/manifests";

interface Service {
  readonly enabled: boolean;
  readonly persistence: { readonly postgresql: Persistence };
  readonly podTemplate?: object;
}

export interface PlatformSpec {
  readonly build?: {
    readonly template: {
      readonly resources: {
        readonly requests?: Quantities | undefined;
        readonly limits?: Quantities | undefined;
      };
    };
  };
  readonly eventing?: {
    readonly broker: {
      readonly ref: Readonly<Record<"apiVersion" | "kind" | "name" | "namespace", string>>;
    };
  };
  readonly monitoring: { readonly enabled: boolean };
  readonly services: { readonly dataIndex: Service; readonly jobService: Service };
}

export interface ClusterPlatformSpec {
  readonly platformRef: { readonly name: string; readonly namespace: string };
}

/**
 * Has Job Service try for four hours, and not for one minute, to tell a workflow that its time has come: for as long as the
 * workflow is away while Serverless Logic is moved, or its image is pulled. The value is that of the procedure for a move:
 * openshift-knative/docs@ee85bb8, regular_jobs_service_increase_retry_interval_procedure.adoc.
 */
const patient = {
  container: { env: [{ name: "KOGITO_JOBS_SERVICE_MAXINTERVALLIMITTORETRYMILLIS", value: "14400000" }] },
};

/**
 * Data Index and Job Service with their database: what the Developer Hub operator would make of a plugin's dependency
 * (config/profile/rhdh/plugin-deps/sonataflow.yaml), but in the stack's own database.
 */
export function platformSpec(
  settings: SonataFlowConfig["settings"],
  postgres: PostgresConnection,
): PlatformSpec {
  const { resources, monitoring, eventing, dataIndexImage, jobServiceImage } = settings ?? {};
  const trust = trustOf(postgres) ?? {};
  const service = (suffix: string, image: string | undefined, more = {}): Service => {
    const podTemplate = overlay(overlay(trust, more), image === undefined ? {} : { container: { image } });
    return {
      enabled: true,
      // The operator calls a service's schema as the service.
      persistence: { postgresql: persistenceOf(postgres, `${sonataFlowPlatform.name}-${suffix}`, true) },
      ...(Object.keys(podTemplate).length > 0 && { podTemplate }),
    };
  };
  return {
    ...(resources && { build: { template: { resources } } }),
    ...(eventing && {
      eventing: {
        broker: { ref: { apiVersion: "eventing.knative.dev/v1", kind: "Broker", ...eventing.broker } },
      },
    }),
    monitoring: { enabled: monitoring?.enabled ?? true },
    services: {
      dataIndex: service("data-index-service", dataIndexImage),
      jobService: service("jobs-service", jobServiceImage, patient),
    },
  };
}

export const clusterPlatformSpec = (namespace: string): ClusterPlatformSpec => ({
  platformRef: { name: sonataFlowPlatform.name, namespace },
});

/** Where Data Index answers. */
export const dataIndexUrl = (namespace: string): string =>
  `http://${sonataFlowPlatform.name}-data-index-service.${namespace}`;

/**
 * Who may reach the platform's services, and the workflows beside them: under upstream's names where it has such
 * policies, and Developer Hub, which upstream has in the same namespace.
 */
export function networkPolicies(
  namespace: string,
  from: { readonly rhdhNamespace: Input<string>; readonly logicNamespace: Input<string> },
): (k8s.types.input.networking.v1.NetworkPolicy & { metadata: { name: string } })[] {
  const infrastructure = [knativeEventing.namespace, knativeServing.namespace, from.logicNamespace];
  const peers = {
    [directNetworkPolicy]: namespacesCalled(infrastructure),
    "allow-external-communication": namespacesWith([router]),
    "allow-intra-network": [ownPods],
    "allow-monitoring-to-sonataflow-and-workflows": namespacesWith(monitoring),
    [workflowNetworkPolicy]: namespacesCalled([from.rhdhNamespace]),
  };
  const policies = Object.entries(peers).map(([name, from]) => letIn({ name, namespace }, from));
  return [...policies, apiServerAdmission(namespace)];
}
