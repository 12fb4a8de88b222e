import { catalog } from "./names";
import type { Package, SettingPaths } from "./operators";
import { parts, type OperatorProfile, type Part } from "./profiles";
import type { Settings } from "./settings";

/** An operator that the operator of a release up to 1.4 subscribes to, as the chart, the release and the settings say. */
export interface Dependency extends Package, SettingPaths {
  /** The name of the Subscription. */
  readonly subscription: string;
  /** The setting that keeps the operator from it. */
  readonly setting: string;
  readonly channel: string;
  readonly source: string;
  readonly sourceNamespace: string;
  readonly startingCSV?: string | undefined;
}

/** What the custom resource calls the parts. */
const keys: Readonly<Record<Part, string>> = {
  serverless: "serverlessOperator",
  serverlessLogic: "sonataFlowOperator",
  rhdh: "rhdhOperator",
};

/** Developer Hub's comes first: it is asked for before the others. */
export const dependenciesOf = (settings: Settings, profile: OperatorProfile): Dependency[] =>
  [...parts].reverse().flatMap((part) => {
    if (!settings[part].install) return [];
    const {
      package: own,
      namespace = settings.namespaces.rhdh.name,
      ...defaults
    } = profile.dependencies[part];
    const given = { ...settings[part].subscription, ...overlaid(settings, part) };
    const { name = own, sourceName: source = catalog.source } = given;
    const sourceSetting = `${part}.subscription.sourceName`;
    return [
      {
        package: name,
        // The chart has that of Serverless as it stands here.
        subscription: part === "serverless" ? own : name,
        namespace: given.namespace ?? namespace,
        setting: `${part}.install`,
        channel: given.channel ?? defaults.channel,
        source,
        sourceNamespace: catalog.namespace,
        startingCSV: (given.startingCSV ?? defaults.startingCSV) || undefined,
        settings: `${part}.subscription`,
        sourceSettings: profile.unsupportedSettings.includes(sourceSetting) ? [] : [sourceSetting],
      },
    ];
  });

/** What the setting `spec` adds to a Subscription. */
function overlaid(
  { spec }: Settings,
  part: Part,
): Partial<Record<"channel" | "sourceName" | "startingCSV", string>> {
  const { subscription = {} } = (spec?.[keys[part]] ?? {}) as { subscription?: Record<string, string> };
  const { source, ...rest } = subscription;
  return source === undefined ? rest : { ...rest, sourceName: source };
}
