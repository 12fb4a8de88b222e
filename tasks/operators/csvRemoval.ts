import { reminder } from "../../config/names";
import type { Cluster } from "../../kube/cluster";
import { type Ref, refOf } from "../../kube/objects";
import { sleep } from "../../kube/parallel";
import { waitUntilGone, remove } from "../../kube/wait";
import { clusterRolesOf, operatorGroups } from "./olm";

/** How long OLM may take to let go of a CSV before it is reminded, in seconds. */
const patience = 20;

/**
 * Removes CSVs, which OLM has to let go of. It gives up after some attempts, such as while the API server was away, and
 * looks again only a quarter of an hour later, or when the object changes; so it is changed.
 */
export async function removeByOlm(cluster: Cluster, refs: readonly Ref[]): Promise<void> {
  for (let asked = 1; asked <= 15; asked++) {
    const left = await deleted(cluster, refs, patience);
    if (left.length === 0) return;
    const annotations = { [reminder]: String(asked) };
    await Promise.all(left.map((ref) => cluster.patch(ref, { metadata: { annotations } })));
    if (asked > 1) for (const ref of left) await releaseCsv(cluster, ref);
  }
  await waitUntilGone(cluster, refs, 1);
}

/**
 * Does OLM's part for a CSV that has no OperatorGroup, at which OLM never looks: one that a killed run has left behind, or
 * whose namespace an API server that comes back has let go before it serves the CSVs in it.
 */
async function releaseCsv(cluster: Cluster, csv: Ref): Promise<void> {
  const { namespace = "", name } = csv;
  if ((await cluster.list(operatorGroups, { namespace, part: "metadata" })).length > 0) return;
  const isOfIt = (owner: string) => owner === name;
  await remove(cluster, await clusterRolesOf(cluster, "ClusterServiceVersion", namespace, isOfIt), 1);
  await cluster.patch(csv, { metadata: { finalizers: null } });
}

/** Deletes these objects, and those that OLM was about to make once more. @returns what is left after some seconds. */
async function deleted(cluster: Cluster, refs: readonly Ref[], seconds: number): Promise<Ref[]> {
  for (let second = 1; ; second++) {
    const found = await cluster.getAll(refs, "metadata");
    const left = found.filter((object) => object !== undefined);
    const staying = left.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    await Promise.all(staying.map((object) => cluster.delete(refOf(object))));
    if (left.length === 0 || second >= seconds) return left.map(refOf);
    await sleep(1_000);
  }
}
