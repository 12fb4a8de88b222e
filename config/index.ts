import * as pulumi from "@pulumi/pulumi";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import type { Target } from "../kube/kubeconfig";
import { ownBackstageSpec } from "../components/manifests/developerHub";
import { ownOrchestratorSpec } from "../components/manifests/orchestrator";
import { conflicts } from "../components/manifests/overlay";
import { parseCsv } from "./csv";
import { isClusterWide, ownOperators } from "./direct";
import { readManifests, type Manifest } from "./manifests";
import {
  externalPostgresName,
  globalOperatorsNamespace,
  isReserved,
  knativeEventing,
  knativeServing,
  orchestratorPackage,
  postgresName,
  workflowLimits,
  workflowNetworkPolicy,
} from "./names";
import { postgresVersion } from "./postgres";
import { amountOf } from "./quantity";
import { profileOf, profiles, whyUnsupported, type Profile } from "./profiles";
import { plain, scalar, secret, structured, type Scalar, type Structured } from "./schema";

/** The secret settings, as secrets. A setting without a value is absent. */
export type Secrets = { readonly [K in Exclude<keyof typeof secret, "kubeconfig">]?: pulumi.Output<string> };

/** A namespace for workflows, with what its files hold. */
export type WorkflowNamespaceConfig = Structured["workflowNamespaces"][number] & {
  readonly manifests: readonly Manifest[];
  /** It is the platform's own, which has all it needs: only the workflows are deployed. */
  readonly isHome: boolean;
};

/** What a release decides where the settings do not. */
type Decided = "workflowNamespaces" | "namespaces" | "operator";

/** Every choice of an installation, decided and checked before the first resource exists. */
export interface Config extends Omit<Structured, Decided>, Omit<Scalar, "context"> {
  /** The release that is installed, or that of the platform that is there. */
  readonly profile: Profile;
  readonly namespaces: Readonly<
    Record<"orchestrator" | "rhdh" | "sonataflow", { readonly name: string; readonly existing: boolean }>
  >;
  readonly operator: Structured["operator"] & { readonly namespace: string };
  readonly workflowNamespaces: readonly WorkflowNamespaceConfig[];
  readonly connection: Target;
  readonly secrets: Secrets;
}

/** The stack configuration as the engine hands it over: every value a text, objects as JSON. */
export interface RawConfig {
  readonly project: string;
  readonly values: Readonly<Record<string, string>>;
  /** Whether a key's value is stored encrypted. */
  readonly isSecret: (key: string) => boolean;
  /** What relative paths start from. */
  readonly folder: string;
}

/**
 * The only reader of stack configuration.
 * @throws pulumi.RunError that lists every mistake at once, each with its key, its value and what would be right.
 */
export function readConfig(): Config {
  const project = pulumi.getProject();
  // The language host says which values were encrypted; the SDK only warns about it.
  const encrypted = z.array(z.string()).parse(JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]"));
  const isSecret = (key: string) => encrypted.includes(`${project}:${key}`);
  const values = ownValues(project, pulumi.runtime.allConfig());
  const config = parseConfig({
    project,
    values,
    isSecret,
    folder: process.cwd(), // the engine runs a program in its project's folder
  });
  for (const warning of warnings(config)) void pulumi.log.warn(warning);
  return config;
}

/** What is no mistake, but hardly meant, a line each. */
export function warnings(config: Config): string[] {
  const { install, profile, rhdh, secrets, plugins, spec } = config;
  if (!install || !rhdh.install) return [];
  const { appConfig } = (spec?.["application"] ?? {}) as { readonly appConfig?: object };
  const isDirect = profile.kind === "direct";
  const settings: Readonly<Record<string, unknown>> = { ...config, ...secrets };
  const has = (...keys: readonly (keyof Scalar | keyof Secrets)[]) =>
    keys.filter((key) => settings[key] !== undefined);
  const unread = [
    ...(isDirect || !plugins?.notificationsEmail?.enabled
      ? has("emailHostname", "emailUsername", "emailPassword")
      : []),
    ...(profile.kind === "operator" && profile.api === "v1alpha1" ? has("gitlabHost", "gitlabToken") : []),
  ];
  return [
    ...(unread.length > 0
      ? [
          `${unread.join(", ")}: in Developer Hub's Secret, but nothing that this stack sets up with Orchestrator ${profile.version} reads it`,
        ]
      : []),
    ...(isDirect && !rhdh.guestProvider && has("githubClientId").length === 0 && appConfig === undefined
      ? [
          "Nobody can log in to Developer Hub: set githubClientId and githubClientSecret, or name a ConfigMap of yours with a provider: " +
            "pulumi config set --path spec.application.appConfig.configMaps[0].name <name>. For a trial: pulumi config set --path rhdh.guestProvider true",
        ]
      : []),
  ];
}

/** The settings of `project`, without its prefix. Settings of providers and of Pulumi itself are not ours to judge. */
function ownValues(project: string, all: Record<string, string>): Record<string, string> {
  const prefix = `${project}:`;
  const own = Object.entries(all).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** Checks and types a raw configuration; see {@link readConfig}. */
export function parseConfig(raw: RawConfig): Config {
  const mistakes: string[] = [];
  const report = (key: string, given: unknown, expected: string) => {
    const value = given === undefined ? "" : ` is ${display(given)}`;
    mistakes.push(`${raw.project}:${key}${value}: ${expected}`);
  };

  const known = { ...structured, ...scalar, ...secret };
  for (const key of Object.keys(raw.values)) {
    if (!(key in known)) report(key, undefined, `no such setting${suggestion(key, Object.keys(known))}`);
  }

  const mistaken = new Set<string>();

  /** Parses one setting. After a mistake its default stands in, so that the other checks can still run. */
  const parse = (key: string, schema: z.ZodType, value: unknown, hidden: boolean): unknown => {
    const result = schema.safeParse(value, { reportInput: true, error: expectation });
    if (result.success) return result.data;
    mistaken.add(key);
    for (const issue of result.error.issues) {
      const path = pathOf(key, issue.path);
      if (issue.code === "unrecognized_keys") {
        const siblings = keysAt(schema, issue.path);
        for (const unknown of issue.keys) {
          report(`${path}.${unknown}`, undefined, `no such setting${suggestion(unknown, siblings)}`);
        }
      } else {
        report(path, hidden ? undefined : issue.input, issue.message);
      }
    }
    return schema.safeParse(undefined).data;
  };

  const structures = mapValues(structured, (schema, key) => {
    const value = raw.values[key];
    if (value === undefined) return parse(key, schema, undefined, false);
    if (raw.isSecret(key)) {
      mistaken.add(key);
      report(key, undefined, unprotected(key));
      return schema.safeParse(undefined).data;
    }
    const json = parseJson(value);
    if (json !== undefined || schema.safeParse(false).success)
      return parse(key, schema, json ?? value, false);
    report(
      key,
      value,
      schema.safeParse([]).success
        ? `expected a list; set one value with: pulumi config set --path ${key}[0].<name> <value>`
        : `expected a structure; set one value with: pulumi config set --path ${key}.<name> <value>`,
    );
    return schema.safeParse(undefined).data;
  }) as unknown as Structured;

  const scalars = mapValues(scalar, (schema, key) => {
    const hidden = raw.values[key] !== undefined && raw.isSecret(key);
    if (hidden && plain.includes(key)) report(key, undefined, unprotected(key));
    return parse(key, schema, raw.values[key], hidden);
  }) as unknown as Scalar;

  const secrets: Record<string, pulumi.Output<string>> = {};
  for (const [key, schema] of Object.entries(secret)) {
    const value = raw.values[key];
    if (value === undefined) continue;
    const isRight = parse(key, schema, value, true) !== undefined;
    if (isRight && !raw.isSecret(key)) {
      report(key, undefined, `is stored as plain text; encrypt it with: pulumi config set --secret ${key}`);
    }
    if (isRight && key !== "kubeconfig") secrets[key] = pulumi.secret(value);
  }

  const { operator, namespaces } = structures;
  const profile = profileOf(
    (structures.install ? structures.orchestrator : structures.existingPlatform).version,
  );
  const pinned = profile.kind === "operator" && operator.approval === "Manual";
  const { startingCSV = pinned ? profile.startingCSV : undefined } = operator;
  const { context, ...texts } = scalars;
  const config: Config = {
    ...structures,
    ...texts,
    profile,
    // As plain text: the program itself looks at the cluster, too.
    connection: { kubeconfig: raw.values["kubeconfig"], context },
    namespaces: {
      ...namespaces,
      rhdh: { ...namespaces.rhdh, name: namespaces.rhdh.name ?? profile.rhdhNamespace },
    },
    operator: { ...operator, startingCSV, namespace: operator.namespace ?? operatorHome(structures) },
    workflowNamespaces: withManifests(structures, raw.folder, report),
    secrets,
  };
  // What a release cannot do is no mistake where another release stands in for the one that is meant.
  if (!mistaken.has("orchestrator")) {
    checkProfile(config, structures, report);
    checkSpec(config, report);
  }
  checkTogether(config, raw, report);

  if (mistakes.length > 0) {
    const heading =
      mistakes.length === 1
        ? "The configuration has a mistake"
        : `The configuration has ${mistakes.length} mistakes`;
    throw new pulumi.RunError(`${heading}:\n${mistakes.map((mistake) => `  - ${mistake}`).join("\n")}`);
  }
  return config;
}

/** The engine says of a whole structure only that there is something encrypted in it. */
const unprotected = (key: string): string =>
  `has an encrypted value, which would be in plain text in the stack's state and on the cluster; ${
    key === "spec"
      ? "put it into a Secret of yours, and its name here"
      : `store it without --secret. Settings that are kept secret are ${Object.keys(secret).join(", ")}`
  }`;

/** OLM extends Manual approval to a whole namespace, so by default it holds nobody else's updates. */
const operatorHome = ({ adopt }: Structured): string =>
  adopt ? globalOperatorsNamespace : orchestratorPackage;

const databaseSecret = (external: Structured["externalPostgres"]): string =>
  external ? (external.existingSecret?.name ?? externalPostgresName) : postgresName;

type Report = (key: string, given: unknown, expected: string) => void;

function withManifests(
  { install, namespaces, externalPostgres, workflowNamespaces }: Structured,
  folder: string,
  report: Report,
): WorkflowNamespaceConfig[] {
  return workflowNamespaces.map((entry, index) => {
    const isHome = install && entry.name === namespaces.sonataflow.name;
    const own = [
      `networking.k8s.io NetworkPolicy ${workflowNetworkPolicy}`,
      ...["ResourceQuota", "LimitRange"].map((kind) => ` ${kind} ${workflowLimits}`),
      ...(install ? [` Secret ${databaseSecret(externalPostgres)}`] : []),
    ];
    const seen = new Map(isHome ? [] : own.map((id) => [id, "what each workflow namespace gets"]));
    const manifests = entry.workflows.flatMap((pattern, place) => {
      const key = `workflowNamespaces[${index}].workflows[${place}]`;
      const found = readManifests(pattern, entry.name, folder, (mistake) => {
        report(key, pattern, mistake);
      });
      for (const { apiVersion, kind, metadata } of found) {
        // A version is another view of one object, a group is another kind.
        const id = `${apiVersion.replace(/\/?[^/]*$/, "")} ${kind} ${metadata.name}`;
        const other = seen.get(id);
        if (other !== undefined) report(key, pattern, `${kind} ${metadata.name} is in ${other} too`);
        else seen.set(id, pattern);
      }
      return found;
    });
    return { ...entry, manifests, isHome };
  });
}

/** What the release that is chosen cannot do. */
function checkProfile(config: Config, asGiven: Structured, report: Report): void {
  const { profile, operator } = config;
  if (!config.install) return;
  for (const [path, value] of given(asGiven, profile.lacks)) {
    const able = profiles.filter(({ lacks }) => !isBelow(path, lacks)).map(({ version }) => version);
    report(
      path,
      value,
      `Orchestrator ${profile.version} has no such choice${able.length > 0 ? `; ${able.join(", ")} have it` : ""}`,
    );
  }

  if (profile.kind === "direct") {
    checkOperators(config, report);
    return;
  }

  const release = operator.startingCSV === undefined ? undefined : parseCsv(operator.startingCSV)?.release;
  const trouble = whyUnsupported(release);
  if (trouble !== undefined) {
    report("operator.startingCSV", operator.startingCSV, trouble);
  } else if (release !== profile.version && profiles.some(({ version }) => version === release)) {
    report(
      "operator.startingCSV",
      operator.startingCSV,
      `is of Orchestrator ${release ?? ""}, and orchestrator.version is ${profile.version}; set the two alike`,
    );
  }
}

/** What the program says itself is what the rest of the stack relies on: Developer Hub's Secret, the database. */
function checkSpec(config: Config, report: Report): void {
  const { install, profile, rhdh, spec } = config;
  if (!install || spec === undefined || (profile.kind === "direct" && !rhdh.install)) return;
  const own =
    profile.kind === "direct"
      ? ownBackstageSpec({ ...config, profile })
      : ownOrchestratorSpec({ ...config, profile });
  for (const { path, value } of conflicts(own, spec)) {
    report(
      pathOf("spec", path),
      value,
      "is what this program sets itself; spec adds to that, and each other field has a setting of its own",
    );
  }
  if (profile.kind !== "direct") return;
  // A variable that is given alone counts before those of a Secret.
  const { extraEnvs } = (spec["application"] ?? {}) as {
    readonly extraEnvs?: { readonly envs?: unknown } | null;
  };
  const envs = Array.isArray(extraEnvs?.envs) ? (extraEnvs.envs as { readonly name?: unknown }[]) : [];
  for (const [index, { name }] of envs.entries()) {
    const setting = Object.entries(config.rhdhSecret.keys).find(([, key]) => key === name);
    if (setting)
      report(
        `spec.application.extraEnvs.envs[${index}].name`,
        name,
        `is what Developer Hub's Secret has under that key; choose another for one of the two: rhdhSecret.keys.${setting[0]}`,
      );
  }
}

/** Pins, without which there is nothing that a Manual approval could be for. */
function checkOperators(config: Config, report: Report): void {
  for (const { approval, startingCSV, settings, package: name } of ownOperators(config)) {
    if (approval === "Manual" && startingCSV === undefined) {
      report(
        `${settings}.startingCSV`,
        undefined,
        `is missing beside installPlanApproval Manual, which approves that version of ${name} and no other`,
      );
    }
  }
}

const isBelow = (path: string, parents: readonly string[]): boolean =>
  parents.some((parent) => path === parent || path.startsWith(`${parent}.`));

/** The settings at these paths, or below, that have another value than they have by default. */
function given(asGiven: Structured, paths: readonly string[]): [path: string, value: unknown][] {
  const schemas: Readonly<Record<string, z.ZodType>> = structured;
  return paths.flatMap((path) => {
    const [key = "", ...steps] = path.split(".");
    const at = (tree: unknown) =>
      steps.reduce<unknown>((value, step) => (isTree(value) ? value[step] : undefined), tree);
    const parsed = schemas[key]?.safeParse({});
    const fallback = parsed?.success ? parsed.data : schemas[key]?.safeParse(undefined).data;
    return differing(path, at(asGiven[key as keyof Structured]), at(fallback));
  });
}

function differing(path: string, value: unknown, fallback: unknown): [path: string, value: unknown][] {
  if (!isTree(value)) return value === undefined || value === fallback ? [] : [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    differing(`${path}.${key}`, inner, isTree(fallback) ? fallback[key] : undefined),
  );
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** What no setting can be judged by alone. */
function checkTogether(config: Config, raw: RawConfig, report: Report): void {
  const { namespaces, externalPostgres: external, secrets, operator, gitops, tekton } = config;

  const forAdded = [
    "install",
    "preflight",
    "existingPlatform",
    "workflowNamespaces",
    "workflows",
    "kubeconfig",
    "context",
  ];
  const known = { ...structured, ...scalar, ...secret };
  const idle = Object.keys(raw.values).filter((key) =>
    config.install ? key === "existingPlatform" : key in known && !forAdded.includes(key),
  );
  for (const key of idle) {
    const why = config.install ? "with a platform of the stack's own" : "while install is false";
    report(key, undefined, `has no effect ${why}; remove it: pulumi config rm ${key}`);
  }

  const knative = ownOperators(config).some(({ name }) => name === "serverless")
    ? [knativeServing, knativeEventing]
    : [];
  const seen = new Map(knative.map(({ namespace }): [string, string] => [namespace, "serverless"]));
  for (const [key, { name, existing }] of Object.entries(namespaces)) {
    if (config.install) checkReserved(`namespaces.${key}`, name, existing, report);
    const other = seen.get(name);
    if (other)
      report(`namespaces.${key}.name`, name, `is the namespace of "${other}" too; each needs its own`);
    seen.set(name, key);
  }
  if (gitops) {
    if (gitops.install && isReserved(gitops.namespace))
      report(
        "gitops.namespace",
        gitops.namespace,
        `${ofTheCluster}; name another, or use the Argo CD there: pulumi config set --path gitops.install false`,
      );
    const other = seen.get(gitops.namespace);
    if (other)
      report("gitops.namespace", gitops.namespace, `is the namespace of "${other}" too; each needs its own`);
    seen.set(gitops.namespace, "gitops");
  }
  // Each operator outside the global namespace makes its own, so that must be nobody else's.
  const operators = {
    ...(config.profile.kind === "operator" && { "operator.namespace": operator }),
    ...Object.fromEntries(ownOperators(config).map((choice) => [`${choice.settings}.namespace`, choice])),
    ...(gitops?.install && { "gitops.operator.namespace": gitops.operator }),
    ...(tekton?.install && { "tekton.operator.namespace": tekton.operator }),
  };
  for (const [key, { namespace }] of Object.entries(operators)) {
    if (isReserved(namespace) && !namespace.startsWith("openshift-"))
      report(key, namespace, `${ofTheCluster}; the operator needs its own, or ${globalOperatorsNamespace}`);
    const other = seen.get(namespace);
    if (namespace !== globalOperatorsNamespace) {
      if (other) report(key, namespace, `is the namespace of "${other}" too; the operator needs its own`);
      seen.set(namespace, key);
    } else if (
      config.profile.kind === "operator" &&
      namespace === operator.namespace &&
      operator.approval === "Manual" &&
      key !== "operator.namespace"
    ) {
      report(
        key,
        namespace,
        "operator.approval Manual would hold this operator's InstallPlans there too; give one of the two another namespace",
      );
    }
  }

  checkWorkflowNamespaces(config, seen, report);
  checkResources(config, report);
  checkNames(config, report);
  for (const [plain, hidden] of pairs) {
    const [one, other] = [plain in raw.values, hidden in raw.values];
    if (one && !other) report(plain, undefined, `has no effect without ${hidden}`);
    if (other && !one) report(hidden, undefined, `has no effect without ${plain}`);
  }

  if (
    config.clusterAccess.role !== "none" &&
    secrets.clusterToken &&
    raw.values["clusterAccess"] !== undefined
  ) {
    report(
      "clusterAccess",
      undefined,
      "has no effect beside clusterToken; remove one: pulumi config rm clusterAccess",
    );
  }

  if (external) {
    // A volume that was kept when the stack moved away from it stays kept, and its namespace with it.
    const own = raw.values["postgres"];
    if (own !== undefined && Object.keys(Object.assign({}, parseJson(own))).join() !== "keepData") {
      report(
        "postgres",
        undefined,
        "has no effect beside externalPostgres, but for keepData; remove one: pulumi config rm postgres",
      );
    }
    const given = external.username !== undefined || secrets.externalPostgresPassword !== undefined;
    if (external.existingSecret && given) {
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
  } else if (secrets.externalPostgresPassword) {
    report("externalPostgresPassword", undefined, "has no effect without externalPostgres");
  }
  if (config.install && !external && postgresVersion(config.postgres) === "") {
    report(
      "postgres.image",
      config.postgres.image,
      "its name does not say which PostgreSQL it has, as postgresql-15 does; say it with: pulumi config set --path postgres.version 15",
    );
  }

  if (tekton?.install && tekton.pipeline === "operator" && tekton.operator.channel === "latest") {
    report(
      "tekton.operator.channel",
      tekton.operator.channel,
      "has no ClusterTask, which tekton.pipeline operator needs; set it to pipelines-1.16, or tekton.pipeline to program",
    );
  }

  if (tekton && !gitops) {
    report(
      "tekton",
      undefined,
      "needs gitops: the pipeline ends with a push to the repository that Argo CD deploys from, and lives in its namespace; " +
        "set one value with: pulumi config set --path gitops.install <true or false>",
    );
  }

  const keys = Object.entries(config.rhdhSecret.keys);
  for (const [index, [name, key]] of keys.entries()) {
    const twin = keys.slice(0, index).find(([, other]) => other === key);
    if (twin) report(`rhdhSecret.keys.${name}`, key, `is the key of "${twin[0]}" too; each needs its own`);
  }
}

const ofTheCluster = "is of the cluster itself, and no stack's to make or to remove";

function checkReserved(key: string, name: string, existing: boolean, report: Report): void {
  if (isReserved(name) && !existing)
    report(
      `${key}.name`,
      name,
      `${ofTheCluster}; name another, or use it as it is: pulumi config set --path ${key}.existing true`,
    );
}

/** Settings of which one is of no use without the other. */
const pairs = [
  ["githubClientId", "githubClientSecret"],
  ["gitlabHost", "gitlabToken"],
  ["emailUsername", "emailPassword"],
] as const satisfies readonly (readonly [keyof Scalar, keyof Secrets])[];

/** Kubernetes makes no pod that asks for more than it may have. */
function checkResources({ postgres, platform, workflowNamespaces }: Config, report: Report): void {
  const all = {
    "postgres.resources": postgres.resources,
    "platform.resources": platform?.resources,
    ...Object.fromEntries(
      workflowNamespaces.map(({ containers }, index) => [
        `workflowNamespaces[${index}].containers`,
        containers,
      ]),
    ),
  };
  for (const [key, { requests, limits } = {}] of Object.entries(all)) {
    for (const what of ["cpu", "memory"] as const) {
      const [request, limit] = [requests?.[what], limits?.[what]];
      if (request !== undefined && limit !== undefined && amountOf(request) > amountOf(limit))
        report(
          `${key}.requests.${what}`,
          request,
          `is above ${key}.limits.${what}, which is ${limit}; raise that too`,
        );
    }
  }
}

/** Names that others are made of, some of which may be shorter than a name. */
function checkNames(config: Config, report: Report): void {
  const { install, profile, orchestrator, rhdh, gitops, namespaces } = config;
  const atMost = (key: string, name: string, longest: number, why: string) => {
    if (name.length > longest) report(key, name, `expected at most ${longest} characters: ${why}`);
  };
  if (!install) return;
  if (profile.kind === "operator")
    atMost("orchestrator.name", orchestrator.name, 53, "the operator makes a Helm release of this name");
  // A StatefulSet's pods have its name and a hash of ten digits in a label, which ends at 63.
  if (rhdh.install)
    atMost(
      "rhdh.name",
      rhdh.name,
      52 - "backstage-psql-".length,
      "its database is the StatefulSet backstage-psql-<name>",
    );
  if (rhdh.install) {
    const host = `backstage-${rhdh.name}-${namespaces.rhdh.name}`;
    if (host.length > 63)
      report(
        "rhdh.name",
        rhdh.name,
        `makes the host name ${host}, with namespaces.rhdh.name, which may have 63 characters`,
      );
  }
  if (gitops?.install && gitops.instance !== undefined)
    atMost(
      "gitops.instance",
      gitops.instance,
      52 - "-application-controller".length,
      "its controller is the StatefulSet <name>-application-controller",
    );
}

function checkWorkflowNamespaces(
  config: Config,
  platform: ReadonlyMap<string, string>,
  report: Report,
): void {
  const seen = new Map(config.install ? platform : []);
  for (const [index, entry] of config.workflowNamespaces.entries()) {
    const { name, existing, argocdNamespace, quota, containers, access, isHome } = entry;
    const key = `workflowNamespaces[${index}]`;
    checkReserved(key, name, existing, report);
    const other = seen.get(name);
    if (isHome && other === "sonataflow") {
      const more = { existing: existing || undefined, argocdNamespace, quota, containers, access: access[0] };
      for (const [field, value] of Object.entries(more)) {
        if (value !== undefined)
          report(`${key}.${field}`, undefined, `is not for the platform's own namespace ${name}`);
      }
    } else if (other !== undefined) {
      report(`${key}.name`, name, `is the namespace of "${other}" too; each needs its own`);
    }
    if (config.install && !isHome && !isClusterWide(config)) {
      report(
        `${key}.name`,
        name,
        `platform.clusterWide is false: the platform serves the workflows in its own namespace ${config.namespaces.sonataflow.name}, and no others`,
      );
    }
    seen.set(name, key);
  }
}

function mapValues<T extends Record<string, z.ZodType>>(
  schemas: T,
  parse: (schema: z.ZodType, key: string) => unknown,
): Record<keyof T, unknown> {
  const entries = Object.entries(schemas).map(([key, schema]) => [key, parse(schema, key)]);
  return Object.fromEntries(entries) as Record<keyof T, unknown>;
}

/** As `pulumi config set --path` writes it. */
const pathOf = (key: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (sofar, step) => (typeof step === "number" ? `${sofar}[${step}]` : `${sofar}.${String(step)}`),
    key,
  );

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function display(value: unknown): string {
  return typeof value === "object" && value !== null ? "a structure" : JSON.stringify(value);
}

/** What to say where the schema itself has no message; undefined leaves it to zod. */
function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `expected ${typeName(issue.expected)}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_key":
      return issue.issues[0]?.message;
    default:
      return undefined;
  }
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    object: "a structure",
    record: "a structure",
    array: "a list",
    string: "a text",
    boolean: "true or false",
    int: "a whole number",
    number: "a whole number",
  };
  return names[expected] ?? expected;
}

/** The settings that the structure at `path` of a schema knows. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let json = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  for (const step of path) json = json.items ?? json.properties?.[String(step)] ?? {};
  return Object.keys(json.properties ?? {});
}

/** The part of a JSON schema that is read here. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

function suggestion(given: string, known: readonly string[]): string {
  const nearest = known
    .map((key) => ({ key, edits: distance(given.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0];
  return nearest && nearest.edits <= Math.max(2, given.length / 3) ? `; did you mean ${nearest.key}?` : "";
}
