import { sleep } from "../../kube/parallel";
import type { Cluster } from "../../kube/cluster";
import { getCsv, subscriptions, type Subscription } from "./olm";
import type { Package } from "../../config/operators";

/** One operator, and the version that it is to have. */
export interface OperatorInput extends Package {
  /** @default - whichever the channel has */
  readonly pin?: string | undefined;
}

/**
 * How long a CSV may be in another phase than `Succeeded` before its operator counts as out of order, in seconds: OLM takes
 * it through others by itself, such as whenever a pod of it moves.
 */
const patience = 5;

/**
 * Whether OLM has an operator installed, in the version that it is to have. Somebody may have uninstalled it in the
 * console, deleted its CSV to restart it, or approved an InstallPlan beyond the pin.
 */
export async function isInOrder(
  cluster: Cluster,
  { package: name, namespace, pin }: OperatorInput,
): Promise<boolean> {
  const subscription = await cluster.get<Subscription>({ ...subscriptions, namespace, name });
  const installed = subscription?.status?.installedCSV;
  if (installed === undefined || (pin !== undefined && pin !== installed)) return false;
  for (let left = patience; ; left--) {
    const csv = await getCsv(cluster, namespace, installed);
    const runs = csv?.status?.phase === "Succeeded";
    if (runs || csv === undefined || left === 0) return runs;
    await sleep(1_000);
  }
}
