import { nameOf, refOf } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { Spell } from "../../kube/wait";
import {
  componentName,
  csvsOf,
  installPlans,
  isUnresolvable,
  type InstallPlan,
  type Subscription,
} from "./olm";
import type { Package } from "../../config/operators";

/** How long OLM may hold a CSV for nobody's, in seconds: it looks again after each change, and may be about to find it. */
const patience = 20;

/**
 * Has OLM install an operator again that it has installed and lost sight of. One that is "not referenced by a subscription"
 * keeps OLM from resolving anything in its namespace
 * (operator-lifecycle-manager, pkg/controller/operators/catalog/operator.go, syncResolvingNamespace). It is left
 * - where somebody has made the Subscription anew, as the Orchestrator operator does with those of its custom resource;
 * - where the API server was down after OLM had made the InstallPlan, and before it noted the version in the Subscription.
 */
export class Lost {
  private readonly loss = new Spell(patience);

  constructor(
    private readonly cluster: Cluster,
    private readonly of: Package & { readonly packages: readonly Package[] },
  ) {}

  /** @returns whether OLM has lost sight of a version; after a while, that is deleted, and OLM installs it again. */
  async isNeeded(subscription: Subscription): Promise<boolean> {
    const lost = await this.lostOf(subscription);
    if (this.loss.isOver(lost.length > 0)) {
      const names = lost.map((csv) => nameOf(refOf(csv))).join(", ");
      console.error(`OLM has lost sight of ${names}. Deleting it, so that OLM installs it again`);
      // Without waiting until it is gone: by then, OLM may have made one of the same name.
      for (const csv of lost) await this.cluster.delete(refOf(csv));
    }
    return lost.length > 0;
  }

  /** Of an operator that is not the stack's own, only what an InstallPlan of this very Subscription has brought. */
  private async lostOf(subscription: Subscription) {
    const {
      metadata: { uid },
      status,
    } = subscription;
    if (!isUnresolvable(subscription) || status?.installedCSV !== undefined || uid === undefined) return [];
    const csvs = await csvsOf(this.cluster, this.of, "metadata");
    if (this.of.packages.some((own) => componentName(own) === componentName(this.of))) return csvs;
    const where = ({ metadata: { ownerReferences = [] } }: InstallPlan) =>
      ownerReferences.some((owner) => owner.uid === uid);
    const { namespace } = this.of;
    const plans = await this.cluster.list<InstallPlan>(installPlans, { namespace, where });
    const planned = plans.flatMap(({ spec }) => spec.clusterServiceVersionNames);
    return csvs.filter(({ metadata: { name } }) => planned.includes(name));
  }
}
