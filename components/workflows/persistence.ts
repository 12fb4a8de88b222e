import type { Manifest } from "../../config/workflowFiles";
import type { PostgresConnection } from "../database/manifests";
import { overlay } from "../../config/overlay";

/** The platform's database, as a workflow logs in to it. */
export interface WorkflowDatabase extends PostgresConnection {
  readonly port: number;
  readonly databaseName: string;
}

type Tree = Readonly<Record<string, unknown>>;

/** `spec.persistence.postgresql` of a SonataFlow: its CRD wants the Secret, and one of the other two. */
interface Persistence {
  readonly secretRef?: { readonly name?: string };
  readonly serviceRef?: { readonly name?: string; readonly namespace?: string };
  readonly jdbcUrl?: string;
}

/**
 * A workflow that keeps its state in the platform's database, in a schema of its own, unless its manifest says where
 * else. Upstream's demo workflows name the platform's Service without its namespace, which the operator would look for
 * beside the workflow; there the namespace, and where it is missing the schema, are filled in.
 * @param services The Services that are deployed beside it, one of which a manifest may mean instead.
 */
export function withPersistence(
  manifest: Manifest,
  database: WorkflowDatabase,
  services: readonly string[],
): Manifest {
  const { serviceName, serviceNamespace, port, databaseName, authSecret } = database;
  const { persistence } = (manifest["spec"] ?? {}) as { persistence?: { postgresql?: Persistence } };
  const given = persistence?.postgresql;
  // Said without a database, it means none: internal/controller/profiles/common/persistence/postgresql.go.
  if (persistence && !given) return manifest;
  const databaseSchema = manifest.metadata.name;
  const fallback: Tree = given
    ? isPlatforms(given, serviceName, services)
      ? { serviceRef: { namespace: serviceNamespace, databaseSchema } }
      : {}
    : {
        secretRef: authSecret,
        serviceRef: { name: serviceName, namespace: serviceNamespace, port, databaseName, databaseSchema },
      };
  return overlay(
    { ...manifest, spec: { persistence: { postgresql: fallback } } },
    { spec: manifest["spec"] ?? {} },
  );
}

/** Whether a manifest means the platform's database, without having said where that is. */
const isPlatforms = (
  { serviceRef }: Persistence,
  serviceName: string,
  services: readonly string[],
): boolean =>
  serviceRef?.name === serviceName && serviceRef.namespace === undefined && !services.includes(serviceName);
