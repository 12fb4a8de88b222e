import { reminder } from "../../config/names";
import { nameOf, refOf } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { Spell } from "../../kube/wait";
import type { Package } from "../../config/operators";
import { csvsOf, isUnresolvable, type Subscription } from "./olm";

/** How long OLM may take to delete a version that it has replaced, in seconds. */
const patience = 20;

/**
 * Reminds OLM of the versions that it was to delete once the next had succeeded. While one is there, OLM resolves nothing. It
 * gives up on an object after eight attempts, such as while the API server was slow, and looks again only a quarter of an hour
 * later, or when the object changes (operator-lifecycle-manager v0.45.0, pkg/lib/queueinformer/queueinformer_operator.go).
 */
export class Former {
  private readonly stay = new Spell(patience);

  constructor(
    private readonly cluster: Cluster,
    private readonly of: Package,
  ) {}

  async remind(subscription: Subscription): Promise<void> {
    const all = isUnresolvable(subscription) ? await csvsOf(this.cluster, this.of, "metadata") : [];
    const former = all.filter(({ metadata: { name } }) => name !== subscription.status?.installedCSV);
    if (!this.stay.isOver(former.length > 0)) return;
    console.error(
      `OLM has not deleted ${former.map((csv) => nameOf(refOf(csv))).join(", ")} yet. Reminding it`,
    );
    const annotations = { [reminder]: new Date().toISOString() };
    for (const csv of former) await this.cluster.patch(refOf(csv), { metadata: { annotations } });
  }
}
