import type { PlatformConfig } from "../config";
import { parseCsv } from "../config/csv";
import { gitopsPackage, orchestratorPackage, pipelinesPackage } from "../config/names";

/** A package that OLM has to find in a catalog. */
export interface OperatorNeed {
  readonly package: string;
  readonly channel: string;
  /** The version that the settings, or the release, name. @default - the head of the channel */
  readonly version?: string | undefined;
  /** The CatalogSource that the Subscription names. */
  readonly source: string;
  /** The setting that names another. @default - none: the release has it as it is */
  readonly sourceSetting?: string | undefined;
  /** The operator that subscribes to it. @default - this program does */
  readonly broughtBy?: string | undefined;
}

interface Subscribed {
  readonly package: string;
  readonly channel: string;
  readonly source: string;
  readonly startingCSV?: string | undefined;
}

/** What a platform subscribes to: the operators of a release, those that they bring, and those of the delivery. */
export function operatorsOf(platform: PlatformConfig): OperatorNeed[] {
  const { gitops, pipelines } = platform;
  return [
    ...ofRelease(platform),
    ...(gitops?.install
      ? [need({ package: gitopsPackage, ...gitops.operator }, "gitops.operator.source")]
      : []),
    ...(pipelines?.install
      ? [need({ package: pipelinesPackage, ...pipelines.operator }, "tekton.operator.source")]
      : []),
  ];
}

function ofRelease(platform: PlatformConfig): OperatorNeed[] {
  if (platform.installedBy === "program")
    return Object.values(platform.operators)
      .filter(({ install }) => install)
      .map((operator) => need(operator, operator.sourceSettings[0]));
  return [
    need({ ...platform.subscription, package: orchestratorPackage }, "operator.source"),
    ...platform.dependencies.map((dependency) => ({
      ...need(dependency, dependency.sourceSettings?.[0]),
      broughtBy: orchestratorPackage,
    })),
  ];
}

const need = (
  { package: name, channel, source, startingCSV }: Subscribed,
  sourceSetting: string | undefined,
): OperatorNeed => ({
  package: name,
  channel,
  version: startingCSV === undefined ? undefined : parseCsv(startingCSV)?.version.version,
  source,
  sourceSetting,
});
