import type { Cluster } from "../../../kube/cluster";
import { channelOf } from "./packages";
import type { SubscriptionSpec } from "../../operators/olm";
import type { Scene } from "./scene";

/** How to choose a release that the catalogs have; undefined where there is none, or one is installed already. */
export async function otherReleases({ cluster, input, own }: Scene): Promise<string | undefined> {
  const { alternatives = [] } = input.platform ?? {};
  if (own.some(({ live }) => live?.status?.installedCSV !== undefined)) return undefined;
  const there = await Promise.all(
    alternatives.map(({ subscriptions }) =>
      Promise.all(subscriptions.map((spec) => isThere(cluster, spec))).then((all) => all.every(Boolean)),
    ),
  );
  const [newest, ...older] = alternatives
    .flatMap(({ version }, index) => (there[index] ? [version] : []))
    .reverse();
  if (newest === undefined) return undefined;
  const others = older.length > 0 ? ` (or ${older.join(", ")})` : "";
  return `the catalogs have all of another release; choose it with: pulumi config set --path orchestrator.version ${newest}${others}`;
}

async function isThere(cluster: Cluster, spec: SubscriptionSpec): Promise<boolean> {
  const channel = await channelOf(cluster, spec);
  const { startingCSV } = spec;
  if (!channel) return false;
  return startingCSV === undefined || (channel.entries?.some(({ name }) => name === startingCSV) ?? true);
}
