import type { Ref } from "../tasks/cluster";
import type { Package, Settings } from "../tasks/operators/olm";
import type { Config } from ".";
import {
  backstageKind,
  catalog,
  knativeEventing,
  knativeServing,
  sonataFlowClusterPlatform,
  sonataFlowPlatform,
} from "./names";
import { parts, type Part } from "./profiles";

/*
 * What the operator of a release up to 1.4 brings: it subscribes to others, and has CronJobs make what these then run.
 */

/** One operator that it subscribes to, as the chart, the release and the settings say. */
export interface Child extends Package, Settings {
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
export const children = (config: Config): Child[] =>
  [...parts].reverse().flatMap((part) => {
    const { profile, namespaces } = config;
    if (profile.kind === "direct" || !config[part].install) return [];
    const { package: own, namespace = namespaces.rhdh.name, ...defaults } = profile.children[part];
    const given = { ...config[part].subscription, ...overlaid(config, part) };
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
        sourceSettings: profile.lacks.includes(sourceSetting) ? [] : [sourceSetting],
      },
    ];
  });

/** What the setting `spec` adds to a Subscription. */
function overlaid(
  { spec }: Config,
  part: Part,
): Partial<Record<"channel" | "sourceName" | "startingCSV", string>> {
  const { subscription = {} } = (spec?.[keys[part]] ?? {}) as { subscription?: Record<string, string> };
  const { source, ...rest } = subscription;
  return source === undefined ? rest : { ...rest, sourceName: source };
}

/** The objects that the notes of its chart say to wait for: helm-charts/orchestrator/templates/NOTES.txt. */
export function awaitedParts({ serverless, serverlessLogic, rhdh, namespaces }: Config): Ref[] {
  return [
    ...(serverless.install ? [knativeServing, knativeEventing] : []),
    ...(serverlessLogic.install
      ? [{ ...sonataFlowPlatform, namespace: namespaces.sonataflow.name }, sonataFlowClusterPlatform]
      : []),
    ...(rhdh.install
      ? [{ ...backstageKind("v1alpha1"), namespace: namespaces.rhdh.name, name: rhdh.name }]
      : []),
  ];
}
