import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import {
  postgresClaim,
  postgresContents,
  postgresDatabase,
  postgresPort,
  postgresSecretKeys as keys,
} from "../../config/names";
import { postgresVersion } from "../../config/postgres";
import type { PostgresConnection } from "./access";

const port = postgresPort;

/** What the reference database's manifests are made from. */
export interface PostgresSpec {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Major version of PostgreSQL in the image. @default - what its name says */
  readonly version?: string | undefined;
  readonly user: string;
  readonly storage: string;
  /** A claim that is there already. @default - one is made */
  readonly existingClaim?: string | undefined;
  readonly storageClass?: string | undefined;
  readonly resources: { readonly requests: Quantities; readonly limits: Quantities };
}

/** The `postgres` block of the `Orchestrator` resource. */
export interface Database extends Pick<
  PostgresConnection,
  "serviceName" | "serviceNamespace" | "authSecret"
> {
  readonly database: string;
}

export interface Quantities {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
}

const labels = (spec: PostgresSpec) => ({
  "app.kubernetes.io/name": "postgresql",
  "app.kubernetes.io/instance": spec.name,
});
const metadata = ({ name, namespace }: { name: string; namespace: string }) => ({ name, namespace });

/** The quantities that are set. */
export const quantities = ({ cpu, memory }: Quantities): Record<string, string> => ({
  ...(cpu !== undefined && { cpu }),
  ...(memory !== undefined && { memory }),
});

/** The Secret through which the platform's services and the workflows log in. */
export function credentials(
  spec: { readonly name: string; readonly namespace: string; readonly user: string },
  password: Input<string>,
): k8s.types.input.core.v1.Secret {
  return {
    metadata: metadata(spec),
    type: "Opaque",
    stringData: { [keys.user]: spec.user, [keys.password]: password },
  };
}

/** The data, apart from the StatefulSet: see docs/decisions.md. */
export function volumeClaim(
  spec: PostgresSpec,
  more: Record<string, string>,
): k8s.types.input.core.v1.PersistentVolumeClaim {
  return {
    metadata: {
      name: postgresClaim(spec.existingClaim),
      namespace: spec.namespace,
      labels: { ...labels(spec), ...more },
      annotations: {
        // Most StorageClasses bind a claim only once a pod uses it; the StatefulSet's readiness covers both.
        "pulumi.com/skipAwait": "true",
        // A volume outlives Secret and StatefulSet, and starts with no other role and no other version.
        [postgresContents.user]: spec.user,
        [postgresContents.version]: postgresVersion(spec),
      },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: spec.storage } },
      ...(spec.storageClass !== undefined && { storageClassName: spec.storageClass }),
    },
  };
}

export function service(spec: PostgresSpec): k8s.types.input.core.v1.Service {
  return {
    metadata: {
      ...metadata(spec),
      labels: labels(spec),
      // It is ready once the server is, whose StatefulSet may have to wait for this with --parallel 1.
      annotations: { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      type: "ClusterIP",
      selector: labels(spec),
      ports: [{ name: "postgresql", port, targetPort: "postgresql" }],
    },
  };
}

/**
 * The server, under the rules of OpenShift's SCC restricted-v2. User and group come from the namespace's range, so
 * neither is set: sclorg's images run as any user.
 */
export function server(spec: PostgresSpec): k8s.types.input.apps.v1.StatefulSet {
  const fromSecret = (key: string) => ({ secretKeyRef: { name: spec.name, key } });
  // The image brings both scripts (sclorg/postgresql-container, root/usr/libexec/check-container).
  const probe = (...args: string[]) => ({
    exec: { command: ["/usr/libexec/check-container", ...args] },
    timeoutSeconds: 10,
  });
  return {
    metadata: { ...metadata(spec), labels: labels(spec) },
    spec: {
      serviceName: spec.name,
      replicas: 1,
      // In the other order, a pod that cannot start keeps its place, even when the reason has gone from the template:
      // https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels(spec) },
      template: {
        metadata: { labels: labels(spec) },
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "postgresql",
              image: spec.image,
              // A restart takes the image that is there, whatever the registry has by now, or whether it answers.
              imagePullPolicy: "IfNotPresent",
              ports: [{ name: "postgresql", containerPort: port, protocol: "TCP" }],
              // As this user, not as "postgres": the image makes the database only along with a user of its own.
              env: [
                { name: "POSTGRESQL_USER", valueFrom: fromSecret(keys.user) },
                { name: "POSTGRESQL_PASSWORD", valueFrom: fromSecret(keys.password) },
                { name: "POSTGRESQL_DATABASE", value: postgresDatabase },
              ],
              startupProbe: { ...probe(), periodSeconds: 5, failureThreshold: 60 },
              readinessProbe: { ...probe(), periodSeconds: 10 },
              livenessProbe: { ...probe("--live"), periodSeconds: 10 },
              resources: {
                requests: quantities(spec.resources.requests),
                limits: quantities(spec.resources.limits),
              },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              volumeMounts: [{ name: "data", mountPath: "/var/lib/pgsql/data" }],
            },
          ],
          volumes: [
            { name: "data", persistentVolumeClaim: { claimName: postgresClaim(spec.existingClaim) } },
          ],
        },
      },
    },
  };
}
