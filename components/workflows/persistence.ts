import type { Manifest } from "../../config/workflowFiles";
import { overlay } from "../../config/overlay";
import { persistenceOf, trustOf, type PostgresConnection } from "../database/access";

type Tree = Readonly<Record<string, unknown>>;

/** `spec.persistence.postgresql` of a SonataFlow, as somebody has written it. */
interface Given {
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
  database: PostgresConnection,
  services: readonly string[],
): Manifest {
  const { serviceName, serviceNamespace } = database;
  const { persistence } = (manifest["spec"] ?? {}) as { persistence?: { postgresql?: Given } };
  const given = persistence?.postgresql;
  // Said without a database, it means none: internal/controller/profiles/common/persistence/postgresql.go.
  if (persistence && !given) return manifest;
  const databaseSchema = manifest.metadata.name;
  const fallback: Tree = given
    ? isPlatforms(given, serviceName, services)
      ? { serviceRef: { namespace: serviceNamespace, databaseSchema } }
      : {}
    : persistenceOf(database, databaseSchema, false);
  const trust = given ? undefined : trustOf(database);
  return overlay(
    { ...manifest, spec: { persistence: { postgresql: fallback }, ...(trust && { podTemplate: trust }) } },
    { spec: manifest["spec"] ?? {} },
  );
}

/** Whether a manifest means the platform's database, without having said where that is. */
const isPlatforms = ({ serviceRef }: Given, serviceName: string, services: readonly string[]): boolean =>
  serviceRef?.name === serviceName && serviceRef.namespace === undefined && !services.includes(serviceName);
