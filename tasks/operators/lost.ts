import { nameOf, refOf, type Cluster } from "../cluster";
import { csvsOf, installPlans, type InstallPlan, type Package, type Subscription } from "./olm";

/** How long OLM may hold a CSV for nobody's, in seconds: it looks again after each change, and may be about to find it. */
const patience = 20;

/**
 * Has OLM install an operator again that it has installed and lost sight of. OLM makes an InstallPlan first, and notes the
 * version in the Subscription second. Where the API server is down in between, the version is installed all the same, is
 * "not referenced by a subscription", and keeps OLM from resolving anything in the namespace from then on
 * (operator-lifecycle-manager, pkg/controller/operators/catalog/operator.go, syncResolvingNamespace).
 */
export class Lost {
  private since: number | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly of: Package,
  ) {}

  /** @returns whether OLM has lost sight of a version; after a while, that is deleted, and OLM installs it again. */
  async isNeeded(subscription: Subscription): Promise<boolean> {
    const lost = await this.lostOf(subscription);
    if (lost.length === 0) {
      this.since = undefined;
      return false;
    }
    this.since ??= Date.now();
    if (Date.now() - this.since >= patience * 1_000) {
      const names = lost.map((csv) => nameOf(refOf(csv))).join(", ");
      console.error(`OLM has lost sight of ${names}. Deleting it, so that OLM installs it again`);
      // Without waiting until it is gone: by then, OLM may have made one of the same name.
      for (const csv of lost) await this.cluster.delete(refOf(csv));
      this.since = undefined;
    }
    return true;
  }

  /** Only what an InstallPlan of this very Subscription has brought: others' are not for a stack to delete. */
  private async lostOf({ metadata: { uid }, status }: Subscription) {
    const isUnresolved = status?.conditions?.some(
      ({ type, status, reason }) =>
        type === "ResolutionFailed" && status === "True" && reason === "ConstraintsNotSatisfiable",
    );
    if (!isUnresolved || status?.installedCSV !== undefined || uid === undefined) return [];
    const where = ({ metadata: { ownerReferences = [] } }: InstallPlan) =>
      ownerReferences.some((owner) => owner.uid === uid);
    const [plans, csvs] = await Promise.all([
      this.cluster.list<InstallPlan>(installPlans, { namespace: this.of.namespace, where }),
      csvsOf(this.cluster, this.of, "metadata"),
    ]);
    const planned = plans.flatMap(({ spec }) => spec.clusterServiceVersionNames);
    return csvs.filter(({ metadata: { name } }) => planned.includes(name));
  }
}
