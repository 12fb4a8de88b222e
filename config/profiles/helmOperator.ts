import type { OperatorProfile } from "./profile";

/** What 1.2 to 1.4 have in common: rhdhorchestrator/orchestrator-helm-operator. */
export const helmOperator = {
  kind: "operator",
  channel: "stable",
  head: "orchestrator-operator.v1.6.1",
  rhdhNamespace: "rhdh-operator",
  admits: "label",
} as const satisfies Partial<OperatorProfile>;

/** What no custom resource of `v1alpha1` says: config/crd/bases/rhdh.redhat.com_orchestrators.yaml. */
export const lacksOfV1alpha1 = [
  "rhdh.name",
  "rhdh.existingOperator",
  "serverless.subscription.startingCSV",
  "platform.clusterWide",
  "platform.monitoring",
  "platform.eventing",
] as const;
