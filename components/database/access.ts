import type * as k8s from "@pulumi/kubernetes";
import { externalPostgresCa, postgresSecretKeys } from "../../config/names";

/** How others reach a database, and log in to it. */
export interface PostgresConnection {
  /** Its Service. Empty where it is outside of the cluster. */
  readonly serviceName: string;
  readonly serviceNamespace: string;
  readonly port: number;
  readonly databaseName: string;
  readonly authSecret: { readonly name: string; readonly userKey: string; readonly passwordKey: string };
  /** What a Service alone does not say. @default - plain text, to the Service */
  readonly url?: PostgresUrl;
}

export interface PostgresUrl {
  readonly host: string;
  /** Nothing goes there in plain text, nor to a server without a certificate of that authority. */
  readonly hasTls: boolean;
}

/** `postgresql` of the `persistence` of a service or a workflow: its CRD wants the Secret, and one of the other two. */
export type Persistence = {
  readonly secretRef: { readonly name: string; readonly userKey: string; readonly passwordKey: string };
} & (
  | {
      readonly serviceRef: {
        readonly name: string;
        readonly namespace: string;
        readonly port: number;
        readonly databaseName: string;
        readonly databaseSchema?: string;
      };
    }
  | { readonly jdbcUrl: string }
);

const folder = "/etc/postgresql-ca";
const file = `${folder}/ca.crt`;

/**
 * Where a service or a workflow keeps its state. A Service alone is said as upstream does; a URL is what its driver reads:
 * https://jdbc.postgresql.org/documentation/ssl.
 * @param schema Of its own. @param isDefault The operator takes it for a Service by itself, and for a URL it does not.
 */
export function persistenceOf(
  { authSecret: secretRef, serviceName, serviceNamespace, port, databaseName, url }: PostgresConnection,
  schema: string,
  isDefault: boolean,
): Persistence {
  if (url) {
    const tls = url.hasTls ? `&sslmode=verify-full&sslrootcert=${file}` : "";
    const jdbcUrl = `jdbc:postgresql://${url.host}:${port}/${databaseName}?currentSchema=${schema}${tls}`;
    return { secretRef, jdbcUrl };
  }
  return {
    secretRef,
    serviceRef: {
      name: serviceName,
      namespace: serviceNamespace,
      port,
      databaseName,
      ...(!isDefault && { databaseSchema: schema }),
    },
  };
}

const volume = "postgresql-ca";

/**
 * What a pod needs to know the database's authority; undefined where there is none. Job Service has a second, reactive way to
 * its database, which its operator configures from the URL without these: sonataflow-operator, platform/services/properties.go.
 */
export const trustOf = ({ url }: PostgresConnection) =>
  url?.hasTls === true
    ? {
        volumes: [{ name: volume, configMap: { name: externalPostgresCa.name } }],
        container: {
          volumeMounts: [{ name: volume, mountPath: folder, readOnly: true }],
          env: [
            { name: "QUARKUS_DATASOURCE_REACTIVE_POSTGRESQL_SSL_MODE", value: "verify-full" },
            { name: "QUARKUS_DATASOURCE_REACTIVE_HOSTNAME_VERIFICATION_ALGORITHM", value: "HTTPS" },
            { name: "QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM", value: "true" },
            { name: "QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM_CERTS", value: file },
          ],
        },
      }
    : undefined;

/** The certificates of an authority, for pods of a namespace. They are no secret. */
export const authority = (
  name: string,
  namespace: string,
  certificates: string,
): k8s.types.input.core.v1.ConfigMap => ({
  metadata: { name, namespace },
  data: { [externalPostgresCa.key]: certificates },
});

/** The Secret's own keys, where the program makes it. */
export const ownAuthSecret = (name: string): PostgresConnection["authSecret"] => ({
  name,
  userKey: postgresSecretKeys.user,
  passwordKey: postgresSecretKeys.password,
});
