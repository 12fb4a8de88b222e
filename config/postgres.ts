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
