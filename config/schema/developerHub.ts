import { z } from "zod";
import { hubPostgres } from "./database";
import { childSubscription } from "./operators";
import { dnsLabel, objectName, setting, text, variable } from "./types";

/* Developer Hub, its Secret and its plugins, and how it reaches the cluster. */

const npmRegistry = "expected a URL such as https://npm.example.com";

const plugin = z.strictObject({
  package: setting(text.optional(), "npm package and version."),
  integrity: setting(text.optional(), "Checksum of the package (sha512-…)."),
});

const secretKeys = z
  .strictObject({
    backendSecret: setting(variable.default("BACKEND_SECRET"), "Key of the generated backend secret."),
    clusterUrl: setting(variable.default("K8S_CLUSTER_URL"), "Key of `clusterUrl`."),
    clusterToken: setting(variable.default("K8S_CLUSTER_TOKEN"), "Key of `clusterToken`."),
    githubToken: setting(variable.default("GITHUB_TOKEN"), "Key of `githubToken`."),
    githubClientId: setting(variable.default("GITHUB_CLIENT_ID"), "Key of `githubClientId`."),
    githubClientSecret: setting(variable.default("GITHUB_CLIENT_SECRET"), "Key of `githubClientSecret`."),
    gitlabHost: setting(variable.default("GITLAB_HOST"), "Key of `gitlabHost`."),
    gitlabToken: setting(variable.default("GITLAB_TOKEN"), "Key of `gitlabToken`."),
    gitlabClientId: setting(variable.default("GITLAB_CLIENT_ID"), "Key of `gitlabClientId`."),
    gitlabClientSecret: setting(variable.default("GITLAB_CLIENT_SECRET"), "Key of `gitlabClientSecret`."),
    oidcClientId: setting(variable.default("OIDC_CLIENT_ID"), "Key of `oidcClientId`."),
    oidcClientSecret: setting(variable.default("OIDC_CLIENT_SECRET"), "Key of `oidcClientSecret`."),
    sessionSecret: setting(
      variable.default("SESSION_SECRET"),
      "Key of the generated secret of sessions, with OIDC.",
    ),
    argocdUrl: setting(variable.default("ARGOCD_URL"), "Key of Argo CD's URL."),
    argocdUsername: setting(variable.default("ARGOCD_USERNAME"), "Key of Argo CD's user."),
    argocdPassword: setting(variable.default("ARGOCD_PASSWORD"), "Key of Argo CD's password."),
    emailHostname: setting(variable.default("NOTIFICATIONS_EMAIL_HOSTNAME"), "Key of `emailHostname`."),
    emailUsername: setting(variable.default("NOTIFICATIONS_EMAIL_USERNAME"), "Key of `emailUsername`."),
    emailPassword: setting(variable.default("NOTIFICATIONS_EMAIL_PASSWORD"), "Key of `emailPassword`."),
  })
  .prefault({});

export const rhdhSecret = z
  .strictObject({
    name: setting(objectName.default("backstage-backend-auth-secret"), "Name of Developer Hub's Secret."),
    keys: secretKeys,
  })
  .prefault({});

const name = "[a-zA-Z0-9]+(?:[._-][a-zA-Z0-9]+)*";
/** What its RBAC takes as a member or a role: community-plugins, rbac-backend/src/validation/policies-validation.ts. */
const entity = (kinds: string) => `(?:${kinds}):${name}/${name}`;
const member = z
  .string()
  .regex(
    new RegExp(`^${entity("user|group")}$`),
    'expected an entity such as "user:default/alice" or "group:default/developers"',
  );
const policy = z
  .string()
  .regex(
    new RegExp(
      `^(?:p, *${entity("role")}, *[a-zA-Z0-9._-]+, *(?:create|read|update|delete|use), *(?:allow|deny)|g, *${entity("user|group")}, *${entity("role")})$`,
    ),
    'expected a policy such as "p, role:default/readers, catalog-entity, read, allow" or "g, user:default/alice, role:default/readers"',
  );

const rbac = z
  .strictObject({
    admins: setting(
      z.array(member).min(1, "expected at least one: without, nobody gives rights to the others"),
      "Who gives rights to others, and sees and runs every workflow: users and groups, such as `user:default/alice`.",
    ),
    workflowUsers: setting(
      z.array(member).default([]),
      "Who sees and runs every workflow, and sees their own runs.",
    ),
    policies: setting(
      z.array(policy).default([]),
      "Further lines of the policy file, such as `p, role:default/workflowUser, catalog-entity, read, allow`. Whatever no line allows is denied.",
    ),
  })
  .optional();

export const rhdh = z
  .strictObject({
    install: setting(
      z.boolean().default(true),
      "Install the RHDH operator and Developer Hub. If `false`, use the existing Developer Hub in `namespaces.rhdh`.",
    ),
    existingOperator: setting(
      z.boolean().default(false),
      "From 1.7 on: use the existing RHDH operator as it is, and keep it on destroy.",
    ),
    name: setting(
      dnsLabel.default("backstage"),
      "Name of the `Backstage` that is Developer Hub, and part of its address. Up to 1.4 it cannot be another.",
    ),
    guestProvider: setting(z.boolean().optional(), "Let guests log in. For trials only."),
    rbac: rbac.describe(
      "Permissions in Developer Hub, by roles. Default: everybody who logs in may do everything. From 1.7 on.",
    ),
    externalPostgres: hubPostgres.describe(
      "PostgreSQL of Developer Hub. Default: the RHDH operator makes one. From 1.7 on.",
    ),
    catalogBranch: setting(text.optional(), "Branch of the software templates that are imported."),
    subscription: childSubscription.optional(),
  })
  .prefault({});

/** A registry, or a folder of one, as `registries.conf` has it. */
const registry = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?(\/[a-z0-9._-]+)*$/,
    'expected a registry, or a folder of one, such as "registry.example.com/rhdh", without a scheme',
  );

export const plugins = z
  .strictObject({
    npmRegistry: setting(
      z
        .url({ protocol: /^https?$/, error: npmRegistry })
        .regex(/^\S+$/, npmRegistry)
        .optional(),
      "npm registry of the Developer Hub plugins, up to 1.4 and in 1.8.",
    ),
    mirrors: setting(
      z
        .array(
          z.strictObject({
            source: setting(registry, "Registry that images of plugins come from, or a folder of one."),
            mirror: setting(registry, "What Developer Hub takes them from instead."),
          }),
        )
        .optional(),
      "Mirrors of the images of Developer Hub's plugins, each with a `source`, which is a registry or a folder of one, and a `mirror`. The cluster's own mirrors do not apply to these. From 1.9 on.",
    ),
    scope: setting(text.optional(), "npm scope of the plugins."),
    orchestrator: plugin.optional(),
    orchestratorBackend: plugin.optional(),
    notifications: plugin.optional(),
    notificationsBackend: plugin.optional(),
    signals: plugin.optional(),
    signalsBackend: plugin.optional(),
    notificationsEmail: plugin
      .extend({
        enabled: setting(z.boolean().optional(), "Send notifications by mail."),
        port: setting(z.int().min(1).max(65535).optional(), "Port of the mail server."),
        sender: setting(text.optional(), "Address that mails come from."),
        replyTo: setting(text.optional(), "Address that replies go to."),
      })
      .optional(),
  })
  .optional();

export const clusterAccess = z
  .strictObject({
    role: setting(
      z.enum(["read", "cluster-admin", "none"]).default("read"),
      "What Developer Hub's token may do. `none` creates no token.",
    ),
  })
  .prefault({});
