import { nameOf, refOf } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { remove, Spell } from "../../kube/wait";
import { getCsv, type Subscription } from "./olm";

/** How long OLM may be without the CSV that it calls installed, in seconds: an upgrade replaces one by another. */
const patience = 15;

/**
 * Has OLM install an operator again whose CSV somebody has deleted, perhaps to restart it. OLM does not do so by itself: it
 * makes an InstallPlan only for a Subscription whose `currentCSV` changes
 * (operator-lifecycle-manager, pkg/controller/registry/resolver/step_resolver.go), which that of a new one always does.
 */
export class Repair {
  private readonly absence = new Spell(patience);

  constructor(private readonly cluster: Cluster) {}

  /** @returns whether the CSV is missing; after a while, there is a new Subscription. */
  async isNeeded(subscription: Subscription): Promise<boolean> {
    const { installedCSV, currentCSV } = subscription.status ?? {};
    const { namespace = "" } = subscription.metadata;
    const names = [installedCSV, currentCSV].filter((name) => name !== undefined);
    const found = await Promise.all(names.map((name) => getCsv(this.cluster, namespace, name)));
    const isMissing = installedCSV !== undefined && found.every((csv) => csv === undefined);
    if (this.absence.isOver(isMissing)) {
      console.error(
        `${installedCSV} is gone. Making ${nameOf(refOf(subscription))} anew, so that OLM installs it again`,
      );
      await this.subscribeAnew(subscription);
    }
    return isMissing;
  }

  private async subscribeAnew(subscription: Subscription): Promise<void> {
    const { apiVersion, kind, spec } = subscription;
    const { name, namespace, labels, annotations } = subscription.metadata;
    await remove(this.cluster, [refOf(subscription)], 2);
    const metadata = { name, namespace, labels, annotations };
    await this.cluster.create({ apiVersion, kind, metadata, spec });
  }
}
