import type * as pulumi from "@pulumi/pulumi";
import type { DatabaseConfig } from "../../config";
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
    : new ExternalPostgres(externalPostgresName, { cluster, ...settings }, opts);
