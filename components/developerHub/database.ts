import type { CredentialsConfig, DeveloperHubConfig } from "../../config";
import { externalPostgresCa } from "../../config/names";

/* Developer Hub's data in a PostgreSQL of somebody else: redhat-developer/rhdh-operator, docs/external-db.md. */

type Server = NonNullable<DeveloperHubConfig["database"]>;

/** The ConfigMap with the authority of its certificate, and where Developer Hub has it. */
export const hubCaName = "rhdh-external-postgresql-ca";
export const hubCaPath = "/opt/app-root/src/postgresql-ca";

/** What Developer Hub reads of its environment, by the names that its image has for it. */
export const hubDatabaseEnv = ({
  server: { host, port, ca },
  username,
  password,
}: NonNullable<CredentialsConfig["database"]>) => ({
  POSTGRES_HOST: host,
  POSTGRES_PORT: String(port),
  POSTGRES_USER: username,
  POSTGRES_PASSWORD: password,
  // Node looks at certificate and host name, whichever of the modes with TLS it is.
  ...(ca !== undefined && {
    PGSSLMODE: "verify-full",
    NODE_EXTRA_CA_CERTS: `${hubCaPath}/${externalPostgresCa.key}`,
  }),
});

/** What keeps the operator from making a database. */
export const hubDatabaseSpec = (server: Server | undefined) =>
  server && ({ database: { enableLocalDb: false } } as const);

/** The files that Developer Hub needs for it. */
export const hubDatabaseFiles = (server: Server | undefined) =>
  server?.ca === undefined ? [] : [{ name: hubCaName, mountPath: hubCaPath }];
