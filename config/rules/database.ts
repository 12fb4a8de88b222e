import { parseJson } from "../parse";
import { postgresVersion } from "../postgres";
import type { Rule } from "./rule";

export const externalDatabaseHasOneLogin: Rule = ({ raw, settings }, report) => {
  const { externalPostgres: external, secrets } = settings;
  if (!external) {
    if (secrets.externalPostgresPassword)
      report("externalPostgresPassword", undefined, "has no effect without externalPostgres");
    return;
  }
  // A volume that was kept when the stack moved away from it stays kept, and its namespace with it.
  const own = raw.values["postgres"];
  if (own !== undefined && Object.keys(Object.assign({}, parseJson(own))).join() !== "keepData") {
    report(
      "postgres",
      undefined,
      "has no effect beside externalPostgres, but for keepData; remove one: pulumi config rm postgres",
    );
  }
  const hasCredentials = external.username !== undefined || secrets.externalPostgresPassword !== undefined;
  if (external.existingSecret && hasCredentials) {
    report("externalPostgres", undefined, "has both existingSecret and credentials; give one of the two");
  } else if (!external.existingSecret && external.username === undefined) {
    report(
      "externalPostgres",
      undefined,
      "expected existingSecret, or username and the secret externalPostgresPassword",
    );
  } else if (external.username !== undefined && !secrets.externalPostgresPassword) {
    report(
      "externalPostgresPassword",
      undefined,
      "is missing beside externalPostgres.username; set it with: pulumi config set --secret externalPostgresPassword",
    );
  }
};

export const referenceDatabaseHasAVersion: Rule = ({ settings }, report) => {
  const { install, externalPostgres, postgres } = settings;
  if (install && !externalPostgres && postgresVersion(postgres) === "") {
    report(
      "postgres.image",
      postgres.image,
      "its name does not say which PostgreSQL it has, as postgresql-15 does; say it with: pulumi config set --path postgres.version 15",
    );
  }
};
