import type { Cluster } from "../../kube/cluster";
import { nameOf } from "../../kube/objects";
import { catalogSources, type CatalogSource, type SubscriptionSpec } from "./olm";

/** Why a catalog cannot be installed from. */
export interface CatalogTrouble {
  readonly text: string;
  readonly isMissing?: true;
}

/** What is wrong with the catalog of a Subscription; undefined where it is there and answers. */
export async function findCatalogTrouble(
  cluster: Cluster,
  { source: name, sourceNamespace: namespace }: Pick<SubscriptionSpec, "source" | "sourceNamespace">,
): Promise<CatalogTrouble | undefined> {
  const ref = { ...catalogSources, namespace, name };
  const source = await cluster.get<CatalogSource>(ref);
  if (!source) {
    const others = await cluster.list(catalogSources, { namespace, part: "metadata" });
    const names = others.map(({ metadata }) => metadata.name).join(", ") || "none";
    return { text: `${nameOf(ref)} does not exist; the CatalogSources there are: ${names}`, isMissing: true };
  }
  const state = source.status?.connectionState?.lastObservedState;
  if (state === "READY") return undefined;
  return { text: `${nameOf(ref)} is not healthy: its connection is ${state ?? "not made"}, not READY` };
}
