import type { SubscriptionConfig } from "../../config";

/** What a Subscription is made from. */
export interface SubscriptionSettings extends Omit<SubscriptionConfig, "timeoutMinutes"> {
  /** The package in the catalog; the Subscription has its name. */
  readonly package: string;
  /** What the operator's Deployment gets in its environment. @default - what its bundle says */
  readonly env?: Readonly<Record<string, string>>;
}

export const subscriptionOf = ({
  package: name,
  namespace,
  approval,
  env,
  ...from
}: SubscriptionSettings) => ({
  metadata: { name, namespace },
  spec: {
    name,
    channel: from.channel,
    source: from.source,
    sourceNamespace: from.sourceNamespace,
    installPlanApproval: approval,
    startingCSV: from.startingCSV,
    config: env && { env: Object.entries(env).map(([name, value]) => ({ name, value })) },
  },
});
