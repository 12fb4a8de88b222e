import type { Cluster } from "../cluster";
import { csvs, subscriptions, type Package, type Subscription } from "./olm";
import type { KubeObject } from "../cluster";

/** One operator, and the version that it is to have. */
export interface OperatorInput extends Package {
  /** @default - whichever the channel has */
  readonly pin?: string | undefined;
}

interface Csv extends KubeObject {
  readonly status?: { readonly phase?: string };
}

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
  const csv = await cluster.get<Csv>({ ...csvs, namespace, name: installed });
  return csv?.status?.phase === "Succeeded";
}
