import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { postgresDatabase, postgresPort } from "../names";
import {
  computeResources,
  dnsLabel,
  memory,
  objectName,
  quantity,
  secretKey,
  setting,
  storage,
  text,
} from "./types";

/* The database of the services that run workflows: the reference one, or an external one. */

/** Defaults on the leaves: who sets one of the two keeps the default of the other. */
const defaulting = (defaults: { readonly cpu?: string; readonly memory: string }) =>
  computeResources
    .extend({
      cpu: setting(
        defaults.cpu === undefined ? quantity.optional() : quantity.prefault(defaults.cpu),
        "CPU, as a Kubernetes quantity.",
      ),
      memory: setting(memory.prefault(defaults.memory), "Memory, as a Kubernetes quantity."),
    })
    .prefault({});

export const postgres = z
  .strictObject({
    image: setting(
      text.default("registry.redhat.io/rhel9/postgresql-15:9.8-1782419742"),
      "Image of the reference database, by a fixed tag or a digest. Any image with the interface of sclorg's PostgreSQL images works.",
    ),
    version: setting(
      z.string().regex(/^\d+$/, 'expected the major version of PostgreSQL, such as "15"').optional(),
      "Major version of PostgreSQL in `image`. Default: what the image's name says, as in `postgresql-15`.",
    ),
    user: setting(
      z
        .string()
        .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected a PostgreSQL role such as "sonataflow"')
        .refine(
          (name) => name !== "postgres",
          'expected a role other than "postgres", which the image makes itself',
        )
        .default("sonataflow"),
      "Role that owns the database.",
    ),
    storage: setting(
      storage.prefault("2Gi"),
      "Size of the data volume. It can grow if its StorageClass allows that, and cannot shrink.",
    ),
    storageClass: setting(
      objectName.optional(),
      "StorageClass of the data volume. It cannot change later. Default: the cluster's default.",
    ),
    existingClaim: setting(
      objectName.optional(),
      "Existing PersistentVolumeClaim to use, such as one that `keepData` kept. It is neither created nor deleted.",
    ),
    keepData: setting(
      z.boolean().default(false),
      "Keep the PersistentVolumeClaim when the stack is destroyed, or uses another database.",
    ),
    resources: z
      .strictObject({
        requests: defaulting({ cpu: "100m", memory: "256Mi" }),
        limits: defaulting({ memory: "512Mi" }),
      })
      .prefault({}),
  })
  .prefault({});

const isCertificates = (pem: string): boolean => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block)).length > 0;
  } catch {
    return false;
  }
};

/** Where a database of somebody else is: by its Service or by its host. */
export const postgresServer = (key: string, what: string) => ({
  serviceName: setting(dnsLabel.optional(), `Service of ${what}.`),
  serviceNamespace: setting(dnsLabel.optional(), "Namespace of that Service."),
  host: setting(
    z
      .string()
      .regex(/^[a-zA-Z0-9]([-a-zA-Z0-9.]{0,251}[a-zA-Z0-9])?$/, 'expected a host such as "db.example.com"')
      .optional(),
    `Host name or IPv4 address of ${what}, instead of a Service. From 1.7 on.`,
  ),
  port: setting(z.int().min(1).max(65535).default(postgresPort), "Port. Up to 1.4 it cannot be another."),
  tls: z
    .strictObject({
      ca: setting(
        z
          .string()
          .refine(
            isCertificates,
            `expected certificates in PEM, "-----BEGIN CERTIFICATE-----…"; set them with: pulumi config set --path ${key}.tls.ca < <file>`,
          ),
        "Certificates of the authority, in PEM. Then nothing goes to the server in plain text, nor to one whose certificate is not of that authority and of its host; for a Service, that is `<name>.<namespace>.svc`. From 1.7 on.",
      ),
    })
    .optional(),
});

export const externalPostgres = z
  .strictObject({
    ...postgresServer("externalPostgres", "the external PostgreSQL"),
    database: setting(
      z
        .string()
        .regex(/^[a-zA-Z_][a-zA-Z0-9_-]{0,62}$/, 'expected the name of a database such as "sonataflow"')
        .default(postgresDatabase),
      "Name of the database. Up to 1.4 it cannot be another.",
    ),
    existingSecret: z
      .strictObject({
        name: setting(objectName, "Secret with the credentials, in the SonataFlow namespace."),
        userKey: setting(secretKey.default("postgres-username"), "Its key with the role."),
        passwordKey: setting(secretKey.default("postgres-password"), "Its key with the password."),
      })
      .optional(),
    username: setting(
      text.optional(),
      "Role, instead of `existingSecret`; with the secret setting `externalPostgresPassword`.",
    ),
  })
  .optional();

export const hubPostgres = z
  .strictObject({
    ...postgresServer("rhdh.externalPostgres", "the external PostgreSQL of Developer Hub"),
    username: setting(
      text,
      "Role, which has to be allowed to create databases: Developer Hub makes one for each plugin. With the secret setting `rhdhPostgresPassword`.",
    ),
  })
  .optional();
