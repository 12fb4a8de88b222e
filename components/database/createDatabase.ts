import type * as pulumi from "@pulumi/pulumi";
import type { DatabaseConfig, PostgresServer } from "../../config";
import { externalPostgresName, postgresName } from "../../config/names";
import type { Cluster } from "../cluster/cluster";
import { ExternalPostgres } from "./externalPostgres";
import { Postgres } from "./postgres";

export type Database = Postgres | ExternalPostgres;

/** The database of the services that run workflows: the reference one, or an external one. */
export const createDatabase = (
  cluster: Cluster,
  settings: DatabaseConfig,
  opts: pulumi.ComponentResourceOptions,
): Database =>
  settings.kind === "reference"
    ? new Postgres(postgresName, { cluster, ...settings }, opts)
    : new ExternalPostgres(
        externalPostgresName,
        { cluster, ...settings, ...addressOf(settings.server) },
        opts,
      );

/** By its Service, as ever; by a URL where that is not the whole of it. */
function addressOf({ service, host, port, ca }: PostgresServer) {
  return {
    serviceName: service?.name ?? "",
    serviceNamespace: service?.namespace ?? "",
    port,
    ca,
    ...((!service || ca !== undefined) && { url: { host, hasTls: ca !== undefined } }),
  };
}
