import type { Cluster } from "../../kube/cluster";
import { type Condition, nameOf } from "../../kube/objects";
import { and } from "../cluster/preflight/finding";
import { PersistentProblems } from "../../kube/wait";
import type { WantedOperator } from "./wantedOperator";
import { findCatalogTrouble } from "./catalogHealth";
import { catalogSources, type ClusterServiceVersion, sourceSettings, type Subscription } from "./olm";

/** How long OLM may show a trouble before it is taken for lasting, in seconds. */
export const lasting = {
  /** OLM resolves anew on each change of a Subscription; an answer to the one before stands for a moment. */
  resolution: 10,
  /** It resolves nothing while it replaces one version by the next, which it does on the way to a later one. */
  replacement: 120,
  /** Catalog pods are restarted on each refresh of their image. */
  catalog: 45,
  /** OLM marks a version Failed while its Deployment comes up slowly, and tries again. */
  version: 60,
} as const;

export function reportCsv({ metadata, status }: ClusterServiceVersion, troubles: PersistentProblems): void {
  if (!status || (status.phase !== "Failed" && status.phase !== "Pending")) return;
  const unmet = (status.requirementStatus ?? []).filter(
    (requirement) => !/^(Present|Satisfied)/.test(requirement.status),
  );
  const details = unmet
    .map(({ kind, name, message, status }) => `\n  - ${kind} ${name}: ${message ?? status}`)
    .join("");
  const isOperatorGroup = /OperatorGroup/.test(status.reason ?? "");
  troubles.report(
    "CSV",
    isOperatorGroup ? lasting.resolution : lasting.version,
    `${metadata.name} is ${status.phase} (${status.reason ?? "no reason given"}): ${status.message ?? ""}${details}`,
  );
}

export async function reportSubscription(
  cluster: Cluster,
  input: WantedOperator,
  subscription: Subscription,
  troubles: PersistentProblems,
): Promise<void> {
  const holding = (type: string) =>
    subscription.status?.conditions?.find(
      (condition) => condition.type === type && condition.status === "True",
    );
  const say = ({ type, reason, message }: Condition) =>
    `${type}${reason ? ` (${reason})` : ""}: ${message ?? ""}`;

  for (const type of ["BundleUnpackFailed", "InstallPlanFailed"]) {
    const condition = holding(type);
    if (condition)
      troubles.report(type, lasting.resolution, `OLM cannot install ${input.package}. ${say(condition)}`);
  }

  const catalog = { ...catalogSources, namespace: input.sourceNamespace, name: input.source };
  const unusable = await findCatalogTrouble(cluster, input);
  if (unusable?.isMissing)
    troubles.report("no catalog", lasting.resolution, `${unusable.text}. Set ${sourceSettings(input).all}`);

  const { state: progress, installedCSV, currentCSV } = subscription.status ?? {};
  const failed = holding("ResolutionFailed");
  const pinned = input.startingCSV;
  if (failed?.reason === "ConstraintsNotSatisfiable") {
    const { settings, sourceSettings: sources } = input;
    const checks = [
      `${settings}.channel`,
      ...(pinned ? [`${settings}.startingCSV`] : []),
      ...(sources?.length === 0 ? [] : [sourceSettings(input).first]),
    ];
    troubles.report(
      "resolution",
      installedCSV === undefined ? lasting.resolution : lasting.replacement,
      `OLM cannot install ${input.package}. ${say(failed)}. It looked for channel ${input.channel}` +
        `${pinned ? `, version ${pinned}` : ""} in ${nameOf(catalog)}: ` +
        `check ${and(checks)}`,
    );
  } else if (failed) {
    troubles.report("resolution", lasting.catalog, `OLM cannot install ${input.package}. ${say(failed)}`);
  }

  // Until it has resolved the next step, and unpacked that, OLM calls the last one the latest that it knows.
  const isLooking = failed !== undefined || holding("BundleUnpacking") !== undefined;
  const isLatest = progress === "AtLatestKnown" && currentCSV === installedCSV;
  if (pinned && installedCSV && isLatest && !isLooking) {
    troubles.report(
      "no way",
      lasting.catalog,
      `channel ${input.channel} in ${nameOf(catalog)} leads from ${installedCSV} no further, and so not to ${pinned}: check ${input.settings}.startingCSV and ${input.settings}.channel`,
    );
  }

  if (unusable && !unusable.isMissing) troubles.report("connection", lasting.catalog, unusable.text);
  const unhealthy = holding("CatalogSourcesUnhealthy");
  if (unhealthy) {
    troubles.report("catalogs", lasting.catalog, `OLM cannot install ${input.package}. ${say(unhealthy)}`);
  }
}
