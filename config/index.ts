import * as pulumi from "@pulumi/pulumi";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import type { Need } from "../tasks/claim";
import type { Ref } from "../tasks/cluster";
import type { CleanUp, Package } from "../tasks/operator";
import type { ReleaseInput } from "../tasks/release";
import { parseCsv } from "./csv";
import { ownOperators } from "./direct";
import { readManifests, type Manifest } from "./manifests";
import {
  globalOperatorsNamespace,
  knativeEventing,
  knativeServing,
  orchestratorGroup,
  orchestratorPackage,
  tektonConfig,
} from "./names";
import { profileOf, profiles, type Profile } from "./profiles";
import { scalar, secret, structured, type Scalar, type Structured } from "./schema";

/** The secret settings, as secrets. A setting without a value is absent. */
export type Secrets = { readonly [K in keyof typeof secret]?: pulumi.Output<string> };

/** A namespace for workflows, with what its files hold. */
export type WorkflowNamespaceConfig = Structured["workflowNamespaces"][number] & {
  readonly manifests: readonly Manifest[];
  /** It is the platform's own, which has all it needs: only the workflows are deployed. */
  readonly isHome: boolean;
};

/** What a release decides where the settings do not. */
type Decided = "workflowNamespaces" | "namespaces";

/** Every choice of an installation, decided and checked before the first resource exists. */
export interface Config extends Omit<Structured, Decided>, Omit<Scalar, "kubeconfig" | "context"> {
  /** The release that is installed, or that of the platform that is there. */
  readonly profile: Profile;
  readonly namespaces: Readonly<
    Record<"orchestrator" | "rhdh" | "sonataflow", { readonly name: string; readonly existing: boolean }>
  >;
  readonly workflowNamespaces: readonly WorkflowNamespaceConfig[];
  readonly connection: { readonly kubeconfig?: string | undefined; readonly context?: string | undefined };
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
  /**
   * `$KUBECONFIG`. The provider's SDK writes it into the state, so the tasks take it from there too: a destroy from
   * another shell goes to one cluster, not to two.
   */
  readonly ambientKubeconfig?: string | undefined;
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
  return parseConfig({
    project,
    values,
    isSecret,
    folder: process.cwd(), // the engine runs a program in its project's folder
    ambientKubeconfig: process.env["KUBECONFIG"],
  });
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

  /** Parses one setting. After a mistake its default stands in, so that the other checks can still run. */
  const parse = (key: string, schema: z.ZodType, value: unknown, hidden: boolean): unknown => {
    const result = schema.safeParse(value, { reportInput: true });
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const path = pathOf(key, issue.path);
      if (issue.code === "unrecognized_keys") {
        const siblings = keysAt(schema, issue.path);
        for (const unknown of issue.keys) {
          report(`${path}.${unknown}`, undefined, `no such setting${suggestion(unknown, siblings)}`);
        }
      } else {
        report(path, hidden ? undefined : issue.input, expectation(issue));
      }
    }
    return schema.safeParse(undefined).data;
  };

  const structures = mapValues(structured, (schema, key) => {
    const value = raw.values[key];
    if (value === undefined) return parse(key, schema, undefined, false);
    const json = parseJson(value);
    if (json !== undefined || schema.safeParse(false).success)
      return parse(key, schema, json ?? value, false);
    report(
      key,
      value,
      `expected a structure; set one value with: pulumi config set --path ${key}.<name> <value>`,
    );
    return schema.safeParse(undefined).data;
  }) as unknown as Structured;

  const scalars = mapValues(scalar, (schema, key) =>
    parse(key, schema, raw.values[key], false),
  ) as unknown as Scalar;

  const secrets: Record<string, pulumi.Output<string>> = {};
  for (const [key, schema] of Object.entries(secret)) {
    const value = raw.values[key];
    if (value === undefined) continue;
    if (!raw.isSecret(key)) {
      report(key, undefined, `is stored as plain text; encrypt it with: pulumi config set --secret ${key}`);
    }
    if (parse(key, schema, value, true) !== undefined) secrets[key] = pulumi.secret(value);
  }

  const { operator, namespaces } = structures;
  const profile = profileOf(
    (structures.install ? structures.orchestrator : structures.existingPlatform).version,
  );
  const pinned = profile.kind === "operator" && operator.approval === "Manual";
  const { startingCSV = pinned ? profile.startingCSV : undefined } = operator;
  const { kubeconfig = raw.ambientKubeconfig, context, ...texts } = scalars;
  const config: Config = {
    ...structures,
    ...texts,
    profile,
    connection: { kubeconfig, context },
    namespaces: {
      ...namespaces,
      rhdh: { ...namespaces.rhdh, name: namespaces.rhdh.name ?? profile.rhdhNamespace },
    },
    operator: { ...operator, startingCSV },
    workflowNamespaces: withManifests(structures, raw.folder, report),
    secrets,
  };
  checkProfile(config, report);
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

type Report = (key: string, given: unknown, expected: string) => void;

function withManifests(
  { install, namespaces, workflowNamespaces }: Structured,
  folder: string,
  report: Report,
): WorkflowNamespaceConfig[] {
  return workflowNamespaces.map((entry, index) => {
    const seen = new Map<string, string>();
    const manifests = entry.workflows.flatMap((pattern, place) => {
      const key = `workflowNamespaces[${index}].workflows[${place}]`;
      const found = readManifests(pattern, entry.name, folder, (mistake) => {
        report(key, pattern, mistake);
      });
      return found.filter(({ kind, metadata: { name } }) => {
        const other = seen.get(`${kind} ${name}`);
        if (other !== undefined) report(key, pattern, `${kind} ${name} is in ${other} too`);
        seen.set(`${kind} ${name}`, pattern);
        return other === undefined;
      });
    });
    return { ...entry, manifests, isHome: install && entry.name === namespaces.sonataflow.name };
  });
}

/** What the release that is chosen cannot do. */
function checkProfile(config: Config, report: Report): void {
  const { profile, operator, namespaces, rhdh } = config;
  if (!config.install) return;
  for (const [path, value] of given(config, profile.lacks)) {
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
  if (release !== profile.version && profiles.some(({ version }) => version === release)) {
    report(
      "operator.startingCSV",
      operator.startingCSV,
      `is of Orchestrator ${release ?? ""}, and orchestrator.version is ${profile.version}; set the two alike`,
    );
  }

  if (profile.removal === "namespaces" && rhdh.install && namespaces.rhdh.existing) {
    report(
      "namespaces.rhdh.existing",
      true,
      `Orchestrator ${profile.version} deletes the namespace of the Developer Hub that it has installed, with all that is in it. ` +
        `Have it made, or set rhdh.install to false; ${sparing()} leave it alone`,
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

/** The releases that delete no namespaces but those that they have made. */
const sparing = () =>
  profiles
    .filter((profile) => profile.kind === "direct" || profile.removal === "release")
    .map(({ version }) => version)
    .join(", ");

const isBelow = (path: string, parents: readonly string[]): boolean =>
  parents.some((parent) => path === parent || path.startsWith(`${parent}.`));

/** The settings at these paths, or below, that have another value than they have by default. */
function given(config: Config, paths: readonly string[]): [path: string, value: unknown][] {
  const schemas: Readonly<Record<string, z.ZodType>> = structured;
  return paths.flatMap((path) => {
    const [key = "", ...steps] = path.split(".");
    const at = (tree: unknown) =>
      steps.reduce<unknown>((value, step) => (isTree(value) ? value[step] : undefined), tree);
    return differing(path, at(config[key as keyof Config]), at(schemas[key]?.safeParse({}).data));
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
    "existingPlatform",
    "workflowNamespaces",
    "workflows",
    "kubeconfig",
    "context",
  ];
  const idle = Object.keys(raw.values).filter((key) =>
    config.install ? key === "existingPlatform" : !forAdded.includes(key),
  );
  for (const key of idle) {
    const why = config.install ? "with a platform of the stack's own" : "while install is false";
    report(key, undefined, `has no effect ${why}; remove it: pulumi config rm ${key}`);
  }

  const knative = ownOperators(config).some(({ name }) => name === "serverless")
    ? [knativeServing, knativeEventing]
    : [];
  const seen = new Map<string, string>([
    ...dropped(config).map(({ name }) => [name, "operators"] as const),
    ...knative.map(({ namespace }) => [namespace, "serverless"] as const),
  ]);
  for (const [key, { name }] of Object.entries(namespaces)) {
    const other = seen.get(name);
    if (other)
      report(`namespaces.${key}.name`, name, `is the namespace of "${other}" too; each needs its own`);
    seen.set(name, key);
  }
  if (gitops) {
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
    if (raw.values["postgres"] !== undefined) {
      report(
        "postgres",
        undefined,
        "has no effect beside externalPostgres; remove one: pulumi config rm postgres",
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

function checkWorkflowNamespaces(
  config: Config,
  platform: ReadonlyMap<string, string>,
  report: Report,
): void {
  const seen = new Map(config.install ? platform : []);
  for (const [index, entry] of config.workflowNamespaces.entries()) {
    const { name, existing, argocdNamespace, quota, containers, access, isHome } = entry;
    const key = `workflowNamespaces[${index}]`;
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
    seen.set(name, key);
  }
}

/** What the configuration says is on the cluster already. */
export function clusterNeeds(config: Config): Need[] {
  return [
    ...(config.install ? platformNeeds(config) : []),
    ...config.workflowNamespaces.flatMap(({ name, existing }) =>
      existing ? [{ apiVersion: "v1", kind: "Namespace", name }] : [],
    ),
  ];
}

function platformNeeds(config: Config): Need[] {
  const { profile, namespaces, postgres, externalPostgres: external, gitops, rhdh, serverlessLogic } = config;
  const dropsNamespaces = profile.kind === "operator" && profile.removal === "namespaces";
  const core = (kind: string, name: string, namespace?: string): Ref => ({
    apiVersion: "v1",
    kind,
    name,
    namespace,
  });
  const home = namespaces.sonataflow.name;
  const existing = Object.values(namespaces).filter((namespace) => namespace.existing);
  const kind = (name: string, what: string): Need => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    name,
    otherwise: `Orchestrator ${profile.version} could not be removed again without that kind. Set ${what}.install to true, or install its operator`,
  });
  return [
    // The clean-up looks for these whether or not they were installed, and gets stuck where their kind is missing.
    ...(dropsNamespaces && !rhdh.install ? [kind(`backstages.${orchestratorGroup}`, "rhdh")] : []),
    ...(dropsNamespaces && !serverlessLogic.install
      ? [kind("sonataflowplatforms.sonataflow.org", "serverlessLogic")]
      : []),
    ...existing.map(({ name }) => core("Namespace", name)),
    ...(gitops && !gitops.install
      ? [
          {
            ...core("Namespace", gitops.namespace),
            otherwise:
              "name that of your Argo CD with: pulumi config set --path gitops.namespace <name>, " +
              "or have one installed with: pulumi config set --path gitops.install true",
          },
        ]
      : []),
    ...(external?.existingSecret ? [core("Secret", external.existingSecret.name, home)] : []),
    ...(external ? [core("Service", external.serviceName, external.serviceNamespace)] : []),
    ...(postgres.existingClaim === undefined
      ? []
      : [core("PersistentVolumeClaim", postgres.existingClaim, home)]),
  ];
}

/** What comes with the operators that are installed, and must not be there from somebody else's. */
export function clusterSingletons(config: Config): Need[] {
  const { install, tekton, profile } = config;
  if (!install) return [];
  const namespaces = dropped(config).map(({ name, what }) => ({
    apiVersion: "v1",
    kind: "Namespace",
    name,
    otherwise:
      `Orchestrator ${profile.version} would delete it on destroy, with all that is in it. ` +
      `Set ${what}.install to false to use what is there, or orchestrator.version to one of ${sparing()}`,
  }));
  return [...(tekton?.install ? [tektonConfig] : []), ...namespaces];
}

const parts = ["serverless", "serverlessLogic", "rhdh"] as const;

/** The namespaces that the operator deletes when its Orchestrator goes, whoever made them, with what they are for. */
function dropped(config: Config) {
  const { profile } = config;
  if (profile.kind === "direct") return [];
  const { drops } = profile;
  return parts.flatMap((what) =>
    config.install && config[what].install ? drops[what].map((name) => ({ name, what })) : [],
  );
}

/** The same for whoever makes sure that they are gone. */
export const droppedNamespaces = (config: Config): string[] => dropped(config).map(({ name }) => name);

/** The release, for the check that there is a way to it. */
export const plannedRelease = ({ install, profile, operator }: Config): ReleaseInput | undefined =>
  install && profile.kind === "operator"
    ? {
        package: orchestratorPackage,
        namespace: operator.namespace,
        version: profile.version,
        api: profile.api,
        approval: operator.approval,
        startingCSV: operator.startingCSV,
      }
    : undefined;

/** What has to be done before the operator cleans up; undefined where it takes down only what it has made. */
export function cleanUp(config: Config): CleanUp | undefined {
  const { profile, serverless, serverlessLogic, rhdh, namespaces } = config;
  if (profile.kind === "direct" || profile.removal === "release") return undefined;
  const knative = ["KnativeServing", "KnativeEventing"].map((kind) => ({
    apiVersion: "operator.knative.dev/v1beta1",
    kind,
  }));
  const platform = { group: "sonataflow.org", namespace: namespaces.sonataflow.name };
  return {
    // Their operator is in a namespace that goes along with theirs, and only it can let them go.
    first: serverless.install ? knative : [],
    spares: parts.flatMap((what) => (config[what].install ? [] : profile.drops[what])),
    sparesKinds: [
      ...(rhdh.install
        ? []
        : [{ group: orchestratorGroup, kind: "Backstage", namespace: namespaces.rhdh.name }]),
      ...(serverlessLogic.install
        ? []
        : [
            { ...platform, kind: "SonataFlowPlatform" },
            { ...platform, kind: "SonataFlowClusterPlatform", namespace: undefined },
          ]),
    ],
  };
}

/** The packages that the Orchestrator operator subscribes to, under the CRD's names unless set otherwise. */
export function childPackages(config: Config): Package[] {
  const { serverless, serverlessLogic, rhdh, namespaces, profile } = config;
  if (profile.kind === "direct") return [];
  // The chart writes the package name of Serverless, and with it the Subscription's, as it stands here.
  const child = (
    install: boolean,
    subscription: Structured["serverless"]["subscription"],
    package_: string,
    namespace: string,
  ) =>
    install
      ? [{ package: subscription?.name ?? package_, namespace: subscription?.namespace ?? namespace }]
      : [];
  return [
    ...child(rhdh.install, rhdh.subscription, "rhdh", profile.rhdhOperatorNamespace ?? namespaces.rhdh.name),
    ...child(
      serverlessLogic.install,
      serverlessLogic.subscription,
      "logic-operator-rhel8",
      "openshift-serverless-logic",
    ),
    ...child(serverless.install, serverless.subscription, "serverless-operator", "openshift-serverless"),
  ];
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

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `expected ${typeName(issue.expected)}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    default:
      return issue.message;
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
