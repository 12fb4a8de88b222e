import { nameOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { lastWritten } from "../readiness/written";
import { lookingAt, type AwaitOperatorResult, type OperatorLook } from "./awaitOperator";
import type { WantedOperator } from "./wantedOperator";
import { subscriptions, type Subscription } from "./olm";
import type { SettingPaths } from "../../config/operators";

/** An operator that another one subscribes to. */
export interface Dependency extends SettingPaths {
  /** Its Subscription. */
  readonly namespace: string;
  readonly subscription: string;
}

/** The operators that another one has subscribed to for its custom resource. */
export class Dependencies {
  private readonly looks = new Map<Dependency, OperatorLook>();

  constructor(
    private readonly cluster: Cluster,
    private readonly dependencies: readonly Dependency[],
    private readonly packages: WantedOperator["packages"],
  ) {}

  /**
   * What is still to come of them, a line each. An InstallPlan of the version that a Manual Subscription starts at is
   * approved, as that of the stack's own is.
   * @throws TaskError with OLM's own reason as soon as it is clear that one cannot come.
   */
  async waiting(resource: KubeObject): Promise<string[]> {
    const found = await Promise.all(this.dependencies.map((dependency) => this.look(dependency, resource)));
    return found.filter((text) => text !== undefined);
  }

  private async look(dependency: Dependency, resource: KubeObject): Promise<string | undefined> {
    const ref = { ...subscriptions, namespace: dependency.namespace, name: dependency.subscription };
    const subscription = await this.cluster.get<Subscription>(ref);
    if (!subscription) return `${nameOf(ref)} does not exist yet`;
    const known = this.looks.get(dependency);
    const look =
      known ??
      lookingAt(
        this.cluster,
        wantedBy(subscription, dependency, this.packages),
        before(subscription, resource),
      );
    this.looks.set(dependency, look);
    let last = `${nameOf(ref)} is not installed yet`;
    const seen = await look((text) => (last = text));
    return seen ? undefined : last;
  }
}

/** What a Subscription of somebody else asks for. */
export const wantedBy = (
  { metadata, spec }: Subscription,
  settings: SettingPaths,
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
