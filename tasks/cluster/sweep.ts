import { installationLabel, keepLabel } from "../../config/names";
import type { ClaimInput, ClaimResult } from "./claim";
import { ApiError } from "../../kube/requests";
import { inParallel } from "../../kube/parallel";
import { nameOf, refOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import type { Place } from "./conflicts";
import type { Departure } from "./departure";
import { describeLeaving } from "./namespaces";
import { rolesOfGoneGroups } from "../operators/groupRoles";
import { namespaces, operatorGroups } from "../operators/olm";
import { remove, waitUntilGone } from "../../kube/wait";

/**
 * Removes what still carries this stack's id after everything else was destroyed: objects that an interrupted `up`
 * made without having had the time to write them down. Waits for namespaces that are on their way out, which the engine has
 * not done. Looks only where there may be such: what else a cluster has, the user may not be allowed to list, or nobody may
 * answer for.
 */
export async function sweep(
  cluster: Cluster,
  { installation, places = [] }: ClaimInput,
  claimed?: ClaimResult,
): Promise<void> {
  const all = claimed?.places ?? places;
  const found = await marked(cluster, installation, all, `,!${keep}`);
  const groups = all.filter(({ kind }) => kind === operatorGroups.kind);
  const roles = await inParallel(groups, ({ namespace = "" }) => rolesOfGoneGroups(cluster, namespace));
  const leaving = found.filter(isLeaving).map(refOf);
  const gone = new Set(leaving.map(({ name }) => name));
  // What is inside of those goes with them.
  const stays = ({ metadata: { namespace = "" } }: KubeObject) => !gone.has(namespace);
  const left = [...found.filter((object) => !isLeaving(object) && stays(object)).map(refOf), ...roles.flat()];
  const inside = left.filter(({ namespace }) => namespace !== undefined);
  const outside = left.filter(({ namespace }) => namespace === undefined);
  for (const refs of [inside, outside]) {
    for (const ref of refs) console.error(`removing ${nameOf(ref)}, which was left behind`);
    await remove(cluster, refs, 10);
  }
  await waitUntilGone(cluster, leaving, 10, describeLeaving);
}

const isLeaving = ({ kind, metadata }: KubeObject) =>
  kind === "Namespace" && metadata.deletionTimestamp !== undefined;

/** What carries the stack's mark now, and so would be gone after the last step of a destroy, and what of it stays. */
export async function previewSweep(
  cluster: Cluster,
  { installation, places = [] }: ClaimInput,
  claimed?: ClaimResult,
): Promise<Departure> {
  const found = await marked(cluster, installation, claimed?.places ?? places);
  const isKept = ({ metadata: { labels = {} } }: KubeObject) => keep in labels;
  return {
    goes: found.filter((object) => !isKept(object)).map(refOf),
    stays: found.filter(isKept).map((object) => ({ what: nameOf(refOf(object)), why: "postgres.keepData" })),
  };
}

const keep = Object.keys(keepLabel).join();

/** What carries the stack's id in these places, but for what a controller has made of that. */
async function marked(
  cluster: Cluster,
  installation: string,
  places: readonly Place[],
  selector = "",
): Promise<KubeObject[]> {
  const found = await inParallel(await there(cluster, places), (place) =>
    cluster.list(place, {
      namespace: place.namespace,
      label: `${installationLabel}=${installation}${selector}`,
      part: "metadata",
      // Controllers copy labels onto what they make, and clean that up themselves.
      where: ({ metadata }) => !metadata.ownerReferences?.some((owner) => owner.controller),
    }),
  );
  return found.flat();
}

/** Those that are on the cluster, or in a namespace that has not gone: with that, a user's rights in it may go too. */
async function there(cluster: Cluster, places: readonly Place[]): Promise<Place[]> {
  const names = [...new Set(places.flatMap(({ namespace }) => namespace ?? []))];
  const isThere = async (name: string) => {
    try {
      return (await cluster.get({ ...namespaces, name }, "metadata")) !== undefined;
    } catch (error) {
      // A namespace of others may be used by someone who may not look at it.
      if (error instanceof ApiError && error.code === 403) return true;
      throw error;
    }
  };
  const found = await inParallel(names, isThere);
  return places.filter(({ namespace }) => namespace === undefined || found[names.indexOf(namespace)]);
}
