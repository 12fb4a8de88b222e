import type { Cluster } from "../../kube/cluster";
import { nameOf, namesOf, refOf } from "../../kube/objects";
import { TaskError, until } from "../../kube/wait";
import { getCsv, type Subscription, subscriptions } from "./olm";
import type { Package } from "../../config/operators";

/** An operator of others, which is to be used as it is. */
export interface Wanted {
  /** The packages that would do. */
  readonly packages: readonly string[];
  /** The end of the command that has it installed. */
  readonly installHint: string;
}

export interface FindOperatorInput extends Wanted {
  readonly minutes: number;
}

/** An operator that was there before. */
export interface FindOperatorResult extends Package {
  readonly csv: string;
}

/**
 * Finds an operator that somebody else has subscribed to, in whatever namespace, and waits until it runs.
 * @throws TaskError where there is none, or where there are several.
 */
export async function findOperator(
  cluster: Cluster,
  { minutes, ...wanted }: FindOperatorInput,
): Promise<FindOperatorResult> {
  const what = `the start of ${wanted.packages.join(" or ")}`;
  return until({ minutes, what }, async (status) => {
    const found = findSingleSubscription(await cluster.list<Subscription>(subscriptions), wanted);
    if (typeof found === "string") throw new TaskError(found);
    const { namespace = "" } = found.metadata;
    const installed = found.status?.installedCSV;
    const csv = installed === undefined ? undefined : await getCsv(cluster, namespace, installed);
    status(`${installed ?? nameOf(refOf(found))} is ${csv?.status?.phase ?? "not installed"}`);
    return installed !== undefined && csv?.status?.phase === "Succeeded"
      ? { package: found.spec.name, namespace, csv: installed }
      : undefined;
  });
}

/** The one Subscription to it, or why there is none. */
export function findSingleSubscription(
  all: readonly Subscription[],
  { packages, installHint }: Wanted,
): Subscription | string {
  const names = packages.join(" or ");
  const [found, ...others] = all.filter(({ spec }) => packages.includes(spec.name));
  if (!found) {
    return `there is no Subscription to ${names}, though the configuration says so; have it installed with: pulumi config set --path ${installHint}`;
  }
  const several = namesOf([found, ...others]);
  return others.length === 0
    ? found
    : `there are several Subscriptions to ${names}, of which OLM runs one: ${several}`;
}
