import { parseJson } from "../parse";
import { postgresVersion } from "../postgres";
import type { Rule } from "./rule";

export const externalDatabaseHasOneLogin: Rule = ({ raw, parsed, settings }, report) => {
  const { externalPostgres: external, secrets } = settings;
  if (!external) {
    if (secrets.externalPostgresPassword && !parsed.mistaken.has("externalPostgres"))
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

/** One place, for each database of somebody else. */
export const externalDatabaseIsOnePlace: Rule = ({ settings: { externalPostgres, rhdh } }, report) => {
  for (const [key, server] of Object.entries({
    externalPostgres,
    "rhdh.externalPostgres": rhdh.externalPostgres,
  })) {
    if (!server) continue;
    const { host, serviceName, serviceNamespace } = server;
    const hasService = serviceName !== undefined || serviceNamespace !== undefined;
    if (host !== undefined && hasService)
      report(`${key}.host`, host, "stands beside a Service; give one of the two");
    else if (host === undefined && !hasService)
      report(key, undefined, "expected serviceName and serviceNamespace, or host");
    else if (hasService && serviceName === undefined)
      report(`${key}.serviceName`, undefined, "is missing beside serviceNamespace");
    else if (hasService && serviceNamespace === undefined)
      report(`${key}.serviceNamespace`, undefined, "is missing beside serviceName");
  }
};

export const hubDatabaseHasALogin: Rule = ({ raw, parsed, settings: { rhdh } }, report) => {
  const isGiven = "rhdhPostgresPassword" in raw.values;
  if (rhdh.externalPostgres && !isGiven)
    report(
      "rhdhPostgresPassword",
      undefined,
      "is missing beside rhdh.externalPostgres; set it with: pulumi config set --secret rhdhPostgresPassword",
    );
  if (!rhdh.externalPostgres && isGiven && !parsed.mistaken.has("rhdh"))
    report("rhdhPostgresPassword", undefined, "has no effect without rhdh.externalPostgres");
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
