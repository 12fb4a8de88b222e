import { isOfPackage } from "../../config/csv";
import type { Cluster } from "../../kube/cluster";
import { mark } from "../cluster/mark";
import { until } from "../../kube/wait";
import {
  clusterRoleKinds,
  clusterRoles,
  type InstallPlan,
  installPlans,
  type Subscription,
  subscriptionsOf,
} from "./olm";
import type { Package } from "../../config/operators";

/**
 * Puts the stack's mark on the cluster roles that came with the packages, so that its last sweep finds them: OLM
 * itself removes only those that it made for a CSV, not those that a bundle has as objects. Only an InstallPlan tells
 * which these are, and it goes with its Subscription; so OLM has to be done with that first.
 * @returns how many Subscriptions there are that OLM is done with.
 */
export async function markBundles(
  cluster: Cluster,
  { installation, packages }: { readonly installation: string; readonly packages: readonly Package[] },
): Promise<number> {
  const count = await waitUntilSettled(cluster, packages);
  for (const { package: name, namespace } of packages) {
    // A plan holds all that it installs, and OLM keeps those of years.
    const where = ({ spec }: InstallPlan) =>
      spec.approved && spec.clusterServiceVersionNames.some((csv) => isOfPackage(name, csv));
    const plans = await cluster.list<InstallPlan>(installPlans, { namespace, where });
    const steps = plans.flatMap(({ status }) => status?.plan ?? []);
    const roles = steps.filter(
      ({ resolving, resource }) => isOfPackage(name, resolving) && clusterRoleKinds.includes(resource.kind),
    );
    for (const { resource } of roles) {
      const ref = { ...clusterRoles, kind: resource.kind, name: resource.name };
      await mark(cluster, ref, installation);
    }
  }
  return count;
}

/**
 * Lets OLM come to an end with what it is doing for packages, such as for an `up` that was interrupted a moment ago: it
 * would go on with that even though the Subscription is gone, and install a CSV, and roles that nothing tells whose they
 * are, after a removal has found none.
 * @returns how many Subscriptions there are that it is done with.
 */
async function waitUntilSettled(cluster: Cluster, packages: readonly Package[]): Promise<number> {
  const what = `the end of what OLM does for ${packages.map(({ package: name }) => name).join(", ")}`;
  return until({ minutes: 2, what }, async () => {
    const all = await Promise.all(packages.map((of) => subscriptionsOf(cluster, of)));
    const rests = await Promise.all(all.flat().map((subscription) => rest(cluster, subscription)));
    return rests.every(Boolean) ? rests.length : undefined;
  }).catch((error: unknown) => {
    // One that hangs is no reason not to remove what there is.
    console.error(error instanceof Error ? error.message : error);
    return 0;
  });
}

/** Whether OLM has installed what it wants to, or says that it cannot. */
async function rest(cluster: Cluster, { metadata, status = {} }: Subscription): Promise<boolean> {
  const { installedCSV, currentCSV, installPlanRef, conditions = [] } = status;
  if (installedCSV !== undefined && installedCSV === currentCSV) return true;
  const troubles = ["ResolutionFailed", "BundleUnpackFailed", "InstallPlanFailed", "CatalogSourcesUnhealthy"];
  if (conditions.some(({ type, status }) => troubles.includes(type) && status === "True")) return true;
  if (installPlanRef === undefined) return false;
  const { namespace } = metadata;
  const plan = await cluster.get<InstallPlan>({ ...installPlans, namespace, name: installPlanRef.name });
  return plan?.status?.phase === "RequiresApproval" || plan?.status?.phase === "Failed";
}
