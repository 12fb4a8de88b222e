import { z } from "zod";
import { isKubeconfig } from "../kube/kubeconfig";
import { gitopsPackage, pipelinesPackage } from "./names";
import { versions, whyUnsupported } from "./profiles";
import { amountOf } from "./quantity";

/*
 * Every setting of a stack: its type, its default, and the text that docs/settings.md shows for it.
 * Defaults of the custom resource itself are left to the CRD: a key that is not set is not sent.
 */

const setting = <T extends z.ZodType>(type: T, description: string): T => type.describe(description);

const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'expected a name such as "sonataflow-infra" (a-z, 0-9 and "-")',
  );
const objectName = z
  .string()
  .max(253, "expected a name of at most 253 characters")
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'expected a name such as "my-secret" (a-z, 0-9, "-" and ".")',
  );
const secretKey = z
  .string()
  .regex(
    /^[-._a-zA-Z0-9]{1,253}$/,
    'expected a Secret key such as "GITHUB_TOKEN" (letters, digits, "-", "_", ".")',
  );
/** A key that becomes a variable of Developer Hub's environment: Kubernetes leaves others out, without a word. */
const variable = z
  .string()
  .regex(
    /^[a-zA-Z_][a-zA-Z0-9_]{0,252}$/,
    'expected the name of an environment variable such as "GITHUB_TOKEN" (letters, digits, "_")',
  );
/** A number is what `pulumi config set --path` makes of `2`. */
const quantityOf = (number: z.ZodType<number, number>) => {
  const expected = { error: 'expected a Kubernetes quantity such as "500m" or "2Gi"', abort: true };
  return z.union(
    [
      z.string().regex(/^([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[mkMGTPE]|[eE][-+]?[0-9]+)?$/, expected),
      number.transform(String),
    ],
    expected.error,
  );
};
const quantity = quantityOf(z.number().min(0));
const memory = quantity.refine(
  (amount) => !amount.endsWith("m"),
  'expected bytes such as "512Mi"; "m" stands for thousandths',
);
const storage = memory.refine((amount) => amountOf(amount) > 0, "expected more than nothing");
const text = z
  .string()
  .min(1, { error: "expected a text that is not empty", abort: true })
  .regex(
    /^(?!\s)[^\p{Cc}]*(?<!\s)$/u,
    "expected a text without blanks at its ends, line ends and other control characters",
  );
const minutes = z
  .int("expected a whole number of minutes")
  .min(1, "expected at least 1 minute")
  .max(10_080, "expected at most 10080 minutes, a week");
const approval = z.enum(["Automatic", "Manual"]);
const release = z.enum(versions, { error: ({ input }) => whyUnsupported(input) }).default("1.2");

const existingNamespace = setting(
  z.boolean().default(false),
  "Use the existing namespace, and keep it on destroy.",
);

const namespace = (name: string, use: string) =>
  z.strictObject({ name: setting(dnsLabel.default(name), use), existing: existingNamespace }).prefault({});

/** A Subscription that this program makes itself. */
const ownOperator = (name: string, what: string, fallback: string) =>
  z
    .strictObject({
      namespace: setting(
        dnsLabel.default(fallback),
        `Namespace of the ${name} operator. Any other than \`openshift-operators\` is created, with an OperatorGroup.`,
      ),
      channel: setting(text.default("latest"), `Channel of the package \`${what}\`.`),
      source: setting(objectName.default("redhat-operators"), "CatalogSource."),
      sourceNamespace: setting(dnsLabel.default("openshift-marketplace"), "Namespace of the CatalogSource."),
      timeoutMinutes: setting(
        minutes.default(15),
        `How long to wait for the operator, and then for ${name}, in minutes.`,
      ),
    })
    .prefault({});

const computeResources = z.strictObject({
  cpu: setting(quantity.optional(), "CPU, as a Kubernetes quantity."),
  memory: setting(memory.optional(), "Memory, as a Kubernetes quantity."),
});

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

/**
 * A Subscription that the Orchestrator operator makes on its own, up to 1.4, or this program, from 1.7 on; only what
 * differs from the default of the CRD or of the release.
 */
const childSubscription = z.strictObject({
  channel: setting(text.optional(), "Channel of the package."),
  installPlanApproval: setting(
    approval.optional(),
    "Approval of InstallPlans. Up to 1.4 for Serverless Logic only. `Manual` approves that of `startingCSV` and no other. From 1.7 on, the default is `Manual` for Serverless Logic, except in `openshift-operators`, and `Automatic` for the others.",
  ),
  name: setting(objectName.optional(), "Name of the package."),
  namespace: setting(dnsLabel.optional(), "Namespace of the Subscription."),
  sourceName: setting(objectName.optional(), "CatalogSource. Up to 1.3 for Serverless Logic only."),
  startingCSV: setting(
    text.optional(),
    "First version to install, and with `Manual` the only one. Up to 1.3 not for Serverless. From 1.7 on, the default for Serverless Logic is the version that the release is validated with.",
  ),
});

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
    argocdUrl: setting(variable.default("ARGOCD_URL"), "Key of Argo CD's URL."),
    argocdUsername: setting(variable.default("ARGOCD_USERNAME"), "Key of Argo CD's user."),
    argocdPassword: setting(variable.default("ARGOCD_PASSWORD"), "Key of Argo CD's password."),
    emailHostname: setting(variable.default("NOTIFICATIONS_EMAIL_HOSTNAME"), "Key of `emailHostname`."),
    emailUsername: setting(variable.default("NOTIFICATIONS_EMAIL_USERNAME"), "Key of `emailUsername`."),
    emailPassword: setting(variable.default("NOTIFICATIONS_EMAIL_PASSWORD"), "Key of `emailPassword`."),
  })
  .prefault({});

const workflowNamespace = z.strictObject({
  name: setting(
    dnsLabel,
    "Namespace for workflows. The SonataFlow namespace itself may have `workflows`, and nothing else.",
  ),
  existing: setting(z.boolean().default(false), "Use the existing namespace, and keep it on destroy."),
  argocdNamespace: setting(
    dnsLabel.optional(),
    "Namespace of the Argo CD that may deploy into it, as its label `argocd.argoproj.io/managed-by`.",
  ),
  quota: setting(
    z
      .record(
        z
          .string()
          .regex(
            /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,61}[a-zA-Z0-9])?$/,
            'expected a resource such as "limits.memory" or "count/deployments.apps"',
          ),
        quantityOf(z.int().min(0)),
      )
      .optional(),
    "What all its pods may use together: `spec.hard` of a ResourceQuota, such as `limits.memory: 8Gi`.",
  ),
  containers: z
    .strictObject({ requests: computeResources.optional(), limits: computeResources.optional() })
    .optional()
    .describe(
      "`requests` and `limits` (`cpu`, `memory`) of containers that say none, as a LimitRange. With a quota on these, pods that say none do not start.",
    ),
  access: setting(
    z
      .array(
        z
          .strictObject({
            role: z.enum(["admin", "edit", "view"]).default("edit"),
            group: text.optional(),
            user: text.optional(),
          })
          .refine(
            ({ group, user }) => (group === undefined) !== (user === undefined),
            "expected a group or a user",
          ),
      )
      .default([]),
    "Who works in it: entries with `group` or `user`, and `role` (`admin`, `edit` or `view`; default: `edit`).",
  ),
  workflows: setting(
    z.array(text).default([]),
    "Manifests to deploy into it: files, folders (without those below) or globs, relative to this project.",
  ),
});

/** The settings that hold a structure, each under its own key of the stack's configuration. */
export const structured = {
  install: setting(
    z.boolean().default(true),
    "Install the platform. If `false`, only add workflow namespaces to an existing one; only `existingPlatform`, `workflowNamespaces` and `workflows` apply then.",
  ),

  preflight: setting(
    z.literal([true, false, "warn"]).default(true),
    "Check the cluster before anything is created, in previews too. `true` refuses if something is missing or in the way, `warn` only warns, `false` skips the checks.",
  ),

  adopt: setting(
    z.boolean().default(false),
    "Up to 1.4: take over what was installed by hand: Subscription, Developer Hub's Secret, `Orchestrator`. They are the stack's from then on, and a destroy removes them. Leave it on afterwards.",
  ),

  removeCrds: setting(
    z.boolean().default(false),
    "On destroy, also delete the CRDs that the stack's operators brought. While others have objects of these kinds, the destroy names them and deletes nothing. Takes effect with the next `up`.",
  ),

  namespaces: z
    .strictObject({
      orchestrator: namespace("orchestrator", "Namespace of the `Orchestrator` custom resource."),
      rhdh: z
        .strictObject({
          name: setting(
            dnsLabel.optional(),
            "Namespace of Developer Hub, its Secret and up to 1.4 its operator. Default: `rhdh-operator`, from 1.7 on `rhdh`.",
          ),
          existing: existingNamespace,
        })
        .prefault({}),
      sonataflow: namespace("sonataflow-infra", "Namespace of the SonataFlow platform and of the database."),
    })
    .prefault({}),

  postgres: z
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
    .prefault({}),

  externalPostgres: z
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
    .optional(),

  operator: z
    .strictObject({
      namespace: setting(
        dnsLabel.optional(),
        "Namespace of the Subscription. Default: `orchestrator-operator`, or with `adopt`, `openshift-operators`. Any other than `openshift-operators` is created, with an OperatorGroup.",
      ),
      channel: setting(
        text.optional(),
        "Channel of the package `orchestrator-operator`. Default: that of `orchestrator.version`, which is `stable`.",
      ),
      source: setting(objectName.default("redhat-operators"), "CatalogSource."),
      sourceNamespace: setting(dnsLabel.default("openshift-marketplace"), "Namespace of the CatalogSource."),
      approval: setting(
        approval.default("Manual"),
        "`Manual` approves the InstallPlans that lead to `startingCSV` and no others. `Automatic` follows the channel.",
      ),
      startingCSV: setting(
        text.optional(),
        "Version to install, or to move to. Default: the last of `orchestrator.version` with approval `Manual`, else none.",
      ),
      timeoutMinutes: setting(minutes.default(10), "How long to wait for the operator, in minutes."),
    })
    .prefault({}),

  orchestrator: z
    .strictObject({
      version: setting(
        release,
        "Release of Orchestrator, in quotes. Up to 1.4 chooses the operator's version, and the form of the custom resource; from 1.7 on there is none of either, and this is the release of Developer Hub.",
      ),
      name: setting(dnsLabel.default("orchestrator"), "Name of the `Orchestrator` custom resource."),
      timeoutMinutes: setting(minutes.default(20), "How long to wait for its rollout, in minutes."),
      deleteTimeoutMinutes: setting(
        minutes.default(30),
        "How long its removal may take, in minutes. The operator gives each of five parts a minute, and retries.",
      ),
    })
    .prefault({}),

  rhdhSecret: z
    .strictObject({
      name: setting(objectName.default("backstage-backend-auth-secret"), "Name of Developer Hub's Secret."),
      keys: secretKeys,
    })
    .prefault({}),

  rhdh: z
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
      catalogBranch: setting(text.optional(), "Branch of the software templates that are imported."),
      subscription: childSubscription.optional(),
    })
    .prefault({}),

  plugins: z
    .strictObject({
      npmRegistry: setting(text.optional(), "npm registry of the Developer Hub plugins."),
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
    .optional(),

  serverless: z
    .strictObject({
      install: setting(
        z.boolean().default(true),
        "Install OpenShift Serverless and its Knative resources. If `false`, use the existing ones, and keep them on destroy.",
      ),
      subscription: childSubscription.optional(),
    })
    .prefault({}),

  serverlessLogic: z
    .strictObject({
      install: setting(
        z.boolean().default(true),
        "Install OpenShift Serverless Logic, the SonataFlow platform and its NetworkPolicy. If `false`, from 1.7 on: use the existing operator, and keep it on destroy.",
      ),
      subscription: childSubscription.optional(),
    })
    .prefault({}),

  platform: z
    .strictObject({
      resources: z
        .strictObject({ requests: computeResources.optional(), limits: computeResources.optional() })
        .optional(),
      dataIndexImage: setting(text.optional(), "Image of the Data Index service."),
      jobServiceImage: setting(text.optional(), "Image of the Job Service."),
      clusterWide: setting(
        z.boolean().optional(),
        "Serve the workflows of all namespaces; a cluster has one such platform. If `false`, only those in its own namespace. From 1.7 on.",
      ),
      monitoring: z
        .strictObject({
          enabled: setting(z.boolean().optional(), "Admit the monitoring of workloads. From 1.4 on."),
        })
        .optional(),
      eventing: z
        .strictObject({
          broker: z.strictObject({
            name: setting(dnsLabel, "Knative `Broker` for the events of workflows. From 1.4 on."),
            namespace: setting(dnsLabel, "Namespace of that `Broker`."),
          }),
        })
        .optional(),
    })
    .optional(),

  clusterAccess: z
    .strictObject({
      role: setting(
        z.enum(["read", "cluster-admin", "none"]).default("read"),
        "What Developer Hub's token may do. `none` creates no token.",
      ),
    })
    .prefault({}),

  gitops: z
    .strictObject({
      namespace: setting(
        dnsLabel.default("orchestrator-gitops"),
        "Namespace of Argo CD, and of the pipeline.",
      ),
      install: setting(
        z.boolean().default(false),
        "Install the GitOps operator, the namespace and an Argo CD. If `false`, use the existing one.",
      ),
      instance: setting(
        dnsLabel.optional(),
        "Name of the `ArgoCD` object. Default: the first by name; `argocd` with `install`.",
      ),
      operator: ownOperator("GitOps", gitopsPackage, "openshift-gitops-operator"),
    })
    .optional(),

  tekton: z
    .strictObject({
      install: setting(
        z.boolean().default(false),
        "Install the OpenShift Pipelines operator. If `false`, use the existing one.",
      ),
      pipeline: setting(
        z.enum(["program", "operator"]).default("program"),
        "Who creates the Tasks and the Pipeline. `operator` needs OpenShift Pipelines up to 1.16, and also turns on Developer Hub's Tekton tab.",
      ),
      operator: ownOperator("Pipelines", pipelinesPackage, "openshift-pipelines-operator"),
    })
    .optional(),

  existingPlatform: z
    .strictObject({
      version: setting(
        release,
        "With `install` off: its release, in quotes. From 1.7 on, the SonataFlow namespace gets a NetworkPolicy for each workflow namespace.",
      ),
      sonataflowNamespace: setting(
        dnsLabel.optional(),
        "With `install` off: its SonataFlow namespace. Default: where the cluster's `SonataFlowClusterPlatform` points.",
      ),
      rhdhNamespace: setting(
        dnsLabel.optional(),
        "With `install` off: its Developer Hub's namespace. Default: that of the cluster's `Backstage`.",
      ),
    })
    .prefault({}),

  workflowNamespaces: z.array(workflowNamespace).default([]),

  workflows: z
    .strictObject({
      deleteForeign: setting(
        z.boolean().default(false),
        "On destroy, also delete workflows of others, and Deployments, StatefulSets, DaemonSets and CronJobs of others in namespaces that are deleted. If `false`, the destroy names them and deletes nothing. Takes effect with the next `up`.",
      ),
      timeoutMinutes: setting(
        minutes.default(10),
        "How long to wait for all workflows to run, and for their removal, in minutes.",
      ),
    })
    .prefault({}),

  spec: setting(
    z.record(z.string(), z.json()).optional(),
    "Added to the `spec` of the custom resource, from 1.7 on of the `Backstage`, unchecked: for fields that this program does not set. Lists are merged by the names of their entries.",
  ),
};

/** The settings that hold one text. */
export const scalar = {
  context: setting(text.optional(), "Context of the kubeconfig. Default: its current one."),
  clusterUrl: setting(
    z
      .url({ protocol: /^https$/, error: "expected a URL such as https://api.example.com:6443" })
      .regex(/^\S*$/, "expected a URL without blanks")
      .optional(),
    "URL of the API server for the Kubernetes plugins. Default: what the cluster says of itself.",
  ),
  rotateBackendSecret: setting(
    text.optional(),
    "Any text. Each change of it, and nothing else, generates a new backend secret for Developer Hub.",
  ),
  githubClientId: setting(text.optional(), "Client id of the GitHub OAuth app."),
  gitlabHost: setting(text.optional(), "Host name of GitLab."),
  emailHostname: setting(text.optional(), "Host name of the mail server for notifications."),
  emailUsername: setting(text.optional(), "User at the mail server."),
};

/** Those of them that are kept in plain text in the state. The others go into Developer Hub's Secret, and nowhere else. */
export const plain: readonly string[] = ["context", "rotateBackendSecret"] satisfies (keyof typeof scalar)[];

/** The settings that hold one secret text: `pulumi config set --secret`. */
export const secret = {
  kubeconfig: setting(
    z
      .string()
      .refine(isKubeconfig, {
        error:
          "expected the contents of a kubeconfig, and no path; for a file, set the variable KUBECONFIG, or: " +
          "pulumi config set --secret kubeconfig < <file>",
      })
      .optional(),
    "Contents of a kubeconfig. Default: what `KUBECONFIG` names in the shell of each run, else `~/.kube/config`, else the pod's ServiceAccount.",
  ),
  clusterToken: setting(
    text.optional(),
    "Token for the Kubernetes plugins of Developer Hub. Default: the program creates one, see `clusterAccess`.",
  ),
  githubToken: setting(
    text.optional(),
    "GitHub token. Without it nobody can log in to Developer Hub with 1.2.",
  ),
  githubClientSecret: setting(text.optional(), "Client secret of the GitHub OAuth app."),
  gitlabToken: setting(text.optional(), "GitLab token."),
  emailPassword: setting(text.optional(), "Password at the mail server."),
  externalPostgresPassword: setting(text.optional(), "Password for `externalPostgres.username`."),
};

type Output<T extends Record<string, z.ZodType>> = { readonly [K in keyof T]: DeepReadonly<z.output<T[K]>> };

type DeepReadonly<T> = T extends (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export type Structured = Output<typeof structured>;
export type Scalar = Output<typeof scalar>;
