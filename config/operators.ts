import { catalog, globalOperatorsNamespace } from "./names";
import type { DirectProfile, Part } from "./profiles";
import type { Settings } from "./settings";

/** One package as OLM keeps it in one namespace. */
export interface Package {
  readonly package: string;
  readonly namespace: string;
}

/** Where the settings of a Subscription are, for messages to name. */
export interface SettingPaths {
  /** Their common path. */
  readonly settings: string;
  /** Those that choose the catalog; none where the release has it as it is. @default - `source` and `sourceNamespace` there */
  readonly sourceSettings?: readonly string[] | undefined;
}

/** One operator of a release from 1.7 on, as it is subscribed to, or found. */
export interface OperatorSource {
  readonly name: Part;
  /** Subscribe to it. Otherwise the existing operator is used as it is, and stays. */
  readonly install: boolean;
  readonly package: string;
  /** All packages that bring the same kinds, its own first. */
  readonly packages: readonly string[];
  /** Those that it was called before. */
  readonly formerPackages: readonly string[];
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
  readonly useExistingHint: string;
  readonly installHint: string;
}

/** What the settings, and for the rest the release, say of an operator. */
export function sourceOf(settings: Settings, profile: DirectProfile, name: Part): OperatorSource {
  const { conflictingPackages = [], formerPackages = [], ...defaults } = profile.operators[name];
  const { subscription = {} } = settings[name];
  const own = subscription.name ?? defaults.package;
  const isRhdh = name === "rhdh";
  const namespace = subscription.namespace ?? defaults.namespace;
  // OLM extends Manual to all Subscriptions of a namespace, and only there may be those of others.
  const approval = namespace === globalOperatorsNamespace ? undefined : defaults.approval;
  const setting = isRhdh ? "rhdh.existingOperator" : `${name}.install`;
  return {
    name,
    install: name === "rhdh" ? !settings.rhdh.existingOperator : settings[name].install,
    package: own,
    packages: [own, ...conflictingPackages.filter((other) => other !== own)],
    formerPackages: formerPackages.filter((other) => other !== own),
    namespace,
    operatorGroup: defaults.operatorGroup,
    channel: subscription.channel ?? defaults.channel,
    source: subscription.sourceName ?? catalog.source,
    sourceNamespace: catalog.namespace,
    approval: subscription.installPlanApproval ?? approval ?? "Automatic",
    startingCSV: subscription.startingCSV ?? defaults.startingCSV,
    settings: `${name}.subscription`,
    sourceSettings: [`${name}.subscription.sourceName`],
    useExistingHint: `${setting} ${String(isRhdh)}`,
    installHint: `${setting} ${String(!isRhdh)}`,
  };
}
