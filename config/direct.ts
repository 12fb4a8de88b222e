import type { PackageClaim } from "../tasks/claim";
import type { Config } from ".";
import { catalog } from "./names";
import type { DirectProfile } from "./profiles";

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
  /** The path of the settings above, for errors to name. */
  readonly settings: string;
  /** The ends of the commands that have it found, or installed. */
  readonly toFind: string;
  readonly toInstall: string;
}

export type OperatorName = keyof DirectProfile["operators"];
export const operatorNames: readonly OperatorName[] = ["serverless", "serverlessLogic", "rhdh"];

/** What the settings, and for the rest the release, say of an operator. */
function operatorChoice(config: Config, profile: DirectProfile, name: OperatorName): OperatorChoice {
  const { rivals = [], ...defaults } = profile.operators[name];
  const { subscription = {} } = config[name];
  const own = subscription.name ?? defaults.package;
  const isRhdh = name === "rhdh";
  const setting = isRhdh ? "rhdh.existingOperator" : `${name}.install`;
  return {
    install: name === "rhdh" ? !config.rhdh.existingOperator : config[name].install,
    package: own,
    packages: [own, ...rivals.filter((rival) => rival !== own)],
    namespace: subscription.namespace ?? defaults.namespace,
    operatorGroup: defaults.operatorGroup,
    channel: subscription.channel ?? defaults.channel,
    source: subscription.sourceName ?? catalog.source,
    sourceNamespace: catalog.namespace,
    approval: subscription.installPlanApproval ?? "Automatic",
    startingCSV: subscription.startingCSV ?? defaults.startingCSV,
    settings: `${name}.subscription`,
    toFind: `${setting} ${String(isRhdh)}`,
    toInstall: `${setting} ${String(!isRhdh)}`,
  };
}

/** All of them. */
export const operatorChoices = (
  config: Config,
  profile: DirectProfile,
): Readonly<Record<OperatorName, OperatorChoice>> => ({
  serverless: operatorChoice(config, profile, "serverless"),
  serverlessLogic: operatorChoice(config, profile, "serverlessLogic"),
  rhdh: operatorChoice(config, profile, "rhdh"),
});

/** The operators that are installed, each with its setting. Without a Developer Hub of the stack's, not its operator. */
export function ownOperators(config: Config): (OperatorChoice & { readonly name: OperatorName })[] {
  const { install, profile, rhdh } = config;
  if (!install || profile.kind !== "direct") return [];
  const choices = operatorChoices(config, profile);
  return operatorNames
    .map((name) => ({ ...choices[name], name }))
    .filter((choice) => choice.install && (choice.name !== "rhdh" || rhdh.install));
}

/** What nobody else may have subscribed to, where this stack is about to. */
export const packageClaims = (config: Config): PackageClaim[] =>
  ownOperators(config).map(({ package: name, packages, toFind }) => ({
    package: name,
    packages,
    otherwise: `use what is there, which then also stays, with: pulumi config set --path ${toFind}`,
  }));
