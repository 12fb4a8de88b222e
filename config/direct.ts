import type { Config } from ".";
import { catalog, globalOperatorsNamespace } from "./names";
import { directProfiles, parts, type DirectProfile, type Part } from "./profiles";

/** One operator of a release from 1.7 on, as it is to be subscribed to, or found. */
export interface OperatorChoice {
  /** Subscribe to it. Otherwise the one that is there is used as it is, and stays. */
  readonly install: boolean;
  readonly package: string;
  /** All packages that bring the same kinds, its own first. */
  readonly packages: readonly string[];
  readonly namespace: string;
  readonly operatorGroup: string;
  readonly channel: string;
  readonly source: string;
  readonly sourceNamespace: string;
  readonly approval: "Automatic" | "Manual";
  readonly startingCSV?: string | undefined;
  /** The path of the settings above, and that of the source, for errors to name. */
  readonly settings: string;
  readonly sourceSettings: readonly string[];
  /** The ends of the commands that have it found, or installed. */
  readonly toFind: string;
  readonly toInstall: string;
}

/** What the settings, and for the rest the release, say of an operator. */
function operatorChoice(config: Config, profile: DirectProfile, name: Part): OperatorChoice {
  const { rivals = [], ...defaults } = profile.operators[name];
  const { subscription = {} } = config[name];
  const own = subscription.name ?? defaults.package;
  const isRhdh = name === "rhdh";
  const namespace = subscription.namespace ?? defaults.namespace;
  // OLM extends Manual to all Subscriptions of a namespace, and only there may be those of others.
  const approval = namespace === globalOperatorsNamespace ? undefined : defaults.approval;
  const setting = isRhdh ? "rhdh.existingOperator" : `${name}.install`;
  return {
    install: name === "rhdh" ? !config.rhdh.existingOperator : config[name].install,
    package: own,
    packages: [own, ...rivals.filter((rival) => rival !== own)],
    namespace,
    operatorGroup: defaults.operatorGroup,
    channel: subscription.channel ?? defaults.channel,
    source: subscription.sourceName ?? catalog.source,
    sourceNamespace: catalog.namespace,
    approval: subscription.installPlanApproval ?? approval ?? "Automatic",
    startingCSV: subscription.startingCSV ?? defaults.startingCSV,
    settings: `${name}.subscription`,
    sourceSettings: [`${name}.subscription.sourceName`],
    toFind: `${setting} ${String(isRhdh)}`,
    toInstall: `${setting} ${String(!isRhdh)}`,
  };
}

/** All of them. */
export const operatorChoices = (
  config: Config,
  profile: DirectProfile,
): Readonly<Record<Part, OperatorChoice>> => ({
  serverless: operatorChoice(config, profile, "serverless"),
  serverlessLogic: operatorChoice(config, profile, "serverlessLogic"),
  rhdh: operatorChoice(config, profile, "rhdh"),
});

/** Those that the platform has, each with its part. Without a Developer Hub of the stack's, not its operator. */
function operatorsOf(config: Config): (OperatorChoice & { readonly name: Part })[] {
  const { install, profile, rhdh } = config;
  if (!install || profile.kind !== "direct") return [];
  const choices = operatorChoices(config, profile);
  return parts
    .map((name) => ({ ...choices[name], name }))
    .filter(({ name }) => name !== "rhdh" || rhdh.install);
}

/**
 * Whether the platform is what the workflows of all namespaces belong to. A cluster has one such; others are for those in
 * their own namespace.
 */
export const isClusterWide = ({ platform }: Pick<Config, "platform">): boolean =>
  platform?.clusterWide ?? true;

/** Whether workflows anywhere would be left without what they need, once the stack has gone. */
export const isForAll = (config: Config): boolean =>
  config.install &&
  (config.profile.kind === "operator" || config.serverlessLogic.install || isClusterWide(config));

/** What the release is validated with, of what it builds on. */
export const validatedOperators = (config: Config, { version: release, validated }: DirectProfile) =>
  operatorsOf(config).flatMap(({ name, install, packages, settings }) => {
    const version = name === "rhdh" ? undefined : validated?.[name];
    return version === undefined
      ? []
      : [{ release, version, packages, settings: install ? settings : undefined }];
  });

/** What the other releases without an operator of their own would subscribe to, by the same settings. */
export const otherReleases = (config: Config) =>
  directProfiles
    .filter(({ version }) => version !== config.profile.version)
    .map((profile) => ({
      version: profile.version,
      subscriptions: ownOperators({ ...config, profile }).map(
        ({ package: name, channel, source, sourceNamespace, startingCSV }) => ({
          name,
          channel,
          source,
          sourceNamespace,
          ...(startingCSV !== undefined && { startingCSV }),
        }),
      ),
    }));

/** The operators that are installed, and those that are there. */
export const ownOperators = (config: Config) => operatorsOf(config).filter(({ install }) => install);
export const foundOperators = (config: Config) => operatorsOf(config).filter(({ install }) => !install);
