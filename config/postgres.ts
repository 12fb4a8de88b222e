/**
 * The major version of the PostgreSQL in an image, by the names that sclorg's images have: `postgresql-15:<tag>`,
 * `postgresql-15-c9s@<digest>`, `postgresql:15-el9`; undefined for a name that does not say.
 */
export const versionOf = (image: string): string | undefined => /postgresql[-:](\d+)/.exec(image)?.[1];

/** That of the reference database, as the settings have it; a configuration without it is refused. */
export const postgresVersion = (settings: {
  readonly image: string;
  readonly version?: string | undefined;
}): string => settings.version ?? versionOf(settings.image) ?? "";

/** Where a database of somebody else is, and whether it is known by a certificate. */
export interface PostgresServer {
  /** @default - it is no Service of the cluster, or none that is known */
  readonly service?: { readonly name: string; readonly namespace: string } | undefined;
  /** Its name for others, which its certificate has as well. */
  readonly host: string;
  readonly port: number;
  /** The authority of that certificate, in PEM. @default - plain text */
  readonly ca?: string | undefined;
}

/** What the settings say of it; for some that are refused, anything. */
export function serverOf(settings: {
  readonly serviceName?: string | undefined;
  readonly serviceNamespace?: string | undefined;
  readonly host?: string | undefined;
  readonly port: number;
  readonly tls?: { readonly ca: string } | undefined;
}): PostgresServer {
  const { serviceName: name, serviceNamespace: namespace, host, port, tls } = settings;
  const service = name === undefined || namespace === undefined ? undefined : { name, namespace };
  // As the cluster's own authority has it in its certificates: openshift/service-ca-operator.
  return { service, host: host ?? `${name ?? ""}.${namespace ?? ""}.svc`, port, ca: tls?.ca };
}
