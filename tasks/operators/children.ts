import { nameOf, type Cluster, type KubeObject } from "../../kube/cluster";
import { lastWritten } from "../readiness/written";
import { lookingAt, type AwaitOperatorResult, type OperatorLook } from "./awaitOperator";
import type { WantedOperator } from "./wantedOperator";
import { subscriptions, type Settings, type Subscription } from "./olm";

/** An operator that another one subscribes to. */
export interface Child extends Settings {
  /** Its Subscription. */
  readonly namespace: string;
  readonly subscription: string;
}

/** The operators that another one has subscribed to for its custom resource. */
export class Children {
  private readonly looks = new Map<Child, OperatorLook>();

  constructor(
    private readonly cluster: Cluster,
    private readonly children: readonly Child[],
    private readonly packages: WantedOperator["packages"],
  ) {}

  /**
   * What is still to come of them, a line each. An InstallPlan of the version that a Manual Subscription starts at is
   * approved, as that of the stack's own is.
   * @throws TaskError with OLM's own reason as soon as it is clear that one cannot come.
   */
  async waiting(resource: KubeObject): Promise<string[]> {
    const found = await Promise.all(this.children.map((child) => this.look(child, resource)));
    return found.filter((text) => text !== undefined);
  }

  private async look(child: Child, resource: KubeObject): Promise<string | undefined> {
    const ref = { ...subscriptions, namespace: child.namespace, name: child.subscription };
    const subscription = await this.cluster.get<Subscription>(ref);
    if (!subscription) return `${nameOf(ref)} does not exist yet`;
    const known = this.looks.get(child);
    const look =
      known ??
      lookingAt(this.cluster, wantedBy(subscription, child, this.packages), before(subscription, resource));
    this.looks.set(child, look);
    let last = `${nameOf(ref)} is not installed yet`;
    const seen = await look((text) => (last = text));
    return seen ? undefined : last;
  }
}

/** What a Subscription of somebody else asks for. */
export const wantedBy = (
  { metadata, spec }: Subscription,
  settings: Settings,
  packages: WantedOperator["packages"],
): WantedOperator => ({
  ...settings,
  ...spec,
  package: metadata.name,
  namespace: metadata.namespace ?? "",
  channel: spec.channel ?? "",
  approval: spec.installPlanApproval ?? "Automatic",
  packages,
});

/** What is installed, where the roll-out has changed its Subscription: OLM may not have looked at that yet. */
function before(subscription: Subscription, resource: KubeObject): AwaitOperatorResult | undefined {
  const csv = subscription.status?.installedCSV;
  const isChanged = lastWritten(subscription, "spec") >= lastWritten(resource, "spec");
  return csv !== undefined && isChanged ? { csv } : undefined;
}
