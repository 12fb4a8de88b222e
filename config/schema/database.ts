import { z } from "zod";
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

export const externalPostgres = z
  .strictObject({
    serviceName: setting(dnsLabel, "Service of the external PostgreSQL. Port 5432, database `sonataflow`."),
    serviceNamespace: setting(dnsLabel, "Namespace of that Service."),
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
