import { reminder } from "../../config/names";
import { nameOf, refOf } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { Spell } from "../../kube/wait";
import { isUnresolvable, type Subscription } from "./olm";

/** How long OLM may say that nothing fits before it is asked to look again, in seconds. */
const patience = 20;

/**
 * Has OLM resolve a namespace again. While the version of before is still there, nothing fits. OLM tries that eight times,
 * within seconds, and does not notice when that version is gone: until it goes over everything a quarter of an hour later, only a
 * change of a Subscription has it look again (operator-lifecycle-manager v0.45.0, pkg/controller/operators/catalog/operator.go,
 * syncSubscriptions; pkg/lib/queueinformer/queueinformer_operator.go).
 */
export class Resolution {
  private readonly failure = new Spell(patience);

  constructor(private readonly cluster: Cluster) {}

  async remind(subscription: Subscription): Promise<void> {
    if (!this.failure.isOver(isUnresolvable(subscription))) return;
    const ref = refOf(subscription);
    console.error(`OLM finds no version for ${nameOf(ref)} yet. Having it look again`);
    await this.cluster.patch(ref, {
      metadata: { annotations: { [reminder]: new Date().toISOString() } },
    });
  }
}
