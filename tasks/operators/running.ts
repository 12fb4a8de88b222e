import type { Cluster } from "../../kube/cluster";
import { type KubeObject, namesOf } from "../../kube/objects";
import { sleep } from "../../kube/parallel";
import type { Ownership } from "../cluster/ownership";
import { kindsOn } from "./dependents";
import { csvsOf, subscriptionsOf } from "./olm";
import type { Package } from "../../config/operators";

/** How long OLM may be without a CSV that has succeeded, in seconds: an upgrade replaces one by another. */
const patience = 20;

/**
 * What of the stack only an operator can take down that does not run, a line for each such operator. Its finalizers would
 * hold it, and with it all else, until the time is up.
 */
export async function stranded(
  cluster: Cluster,
  ownership: Ownership,
  packages: readonly Package[],
): Promise<string[]> {
  const found = await Promise.all(
    packages.map(async (of) => {
      const held = await heldBy(cluster, ownership, of);
      const trouble = held.length > 0 ? await notRunning(cluster, of) : undefined;
      if (trouble === undefined) return [];
      const names = namesOf(held);
      const patches = held.map(
        ({ kind, metadata: { name, namespace } }) =>
          `oc patch ${kind.toLowerCase()} ${name}${namespace === undefined ? "" : ` -n ${namespace}`} --type merge -p '{"metadata":{"finalizers":null}}'`,
      );
      return [
        `${names} can be taken down only by ${of.package} in ${of.namespace}, which does not run: ${trouble}. ` +
          "Have it installed again with: pulumi up; or let go of it, and leave behind what it has made: " +
          patches.join("; "),
      ];
    }),
  );
  return found.flat();
}

/** The stack's objects of the operator's own kinds that do not go without it. */
async function heldBy(cluster: Cluster, ownership: Ownership, of: Package): Promise<KubeObject[]> {
  const kinds = await kindsOn(cluster, of.package);
  const lists = await Promise.all(kinds.map((kind) => cluster.list(kind, { part: "metadata" })));
  const held = lists.flat().filter(({ metadata }) => (metadata.finalizers ?? []).length > 0);
  const owners = await Promise.all(held.map((object) => ownership.of(object)));
  return held.filter((_, index) => owners[index] === "stack");
}

/** Why an operator does not run, in OLM's words; undefined where it does. */
async function notRunning(cluster: Cluster, of: Package): Promise<string | undefined> {
  for (let second = 0; ; second++) {
    const csvs = await csvsOf(cluster, of);
    if (csvs.some(({ status }) => status?.phase === "Succeeded")) return undefined;
    const subscribed = await subscriptionsOf(cluster, of);
    if (csvs.length === 0 && subscribed.length === 0)
      return "its Subscription and its ClusterServiceVersion are gone";
    if (second >= patience) {
      const [csv] = csvs;
      const { phase = "not installed", message } = csv?.status ?? {};
      return csv
        ? `${csv.metadata.name} is ${phase}${message === undefined ? "" : `: ${message}`}`
        : "its ClusterServiceVersion is gone";
    }
    await sleep(1_000);
  }
}
