import type { OperatorProfile } from "./profile";

/**
 * What 1.5 and 1.6 have in common: rhdhorchestrator/orchestrator-go-operator. Subscriptions, plugins, and name and keys
 * of Developer Hub's Secret are built into it.
 */
export const goOperator = {
  kind: "operator",
  api: "v1alpha3",
  channel: "stable",
  openshift: { from: "4.14", to: "4.18" },
  rhdhNamespace: "rhdh",
  rhdhOperatorNamespace: "rhdh-operator",
  says: "phase",
  admits: "policy",
  removal: "namespaces",
  // internal/controller: knative/knative.go, sonataflow.go and rhdh/backstage.go, the functions for clean-up.
  drops: {
    serverless: ["openshift-serverless", "knative-eventing", "knative-serving"],
    serverlessLogic: ["openshift-serverless-logic"],
    rhdh: ["rhdh-operator"],
  },
  // It makes one along with a pipeline, and leaves both behind when it goes.
  appProject: "program",
  lacks: [
    // Whose the namespaces are that it would delete, its label does not tell once they are there.
    "adopt",
    "rhdhSecret",
    "rhdh.existingOperator",
    "rhdh.releaseCandidate",
    "rhdh.catalogBranch",
    "rhdh.subscription",
    "plugins.npmRegistry",
    "plugins.scope",
    "plugins.orchestrator",
    "plugins.orchestratorBackend",
    "plugins.notifications",
    "plugins.notificationsBackend",
    "plugins.signals",
    "plugins.signalsBackend",
    "plugins.notificationsEmail.package",
    "plugins.notificationsEmail.integrity",
    "serverless.subscription",
    "serverlessLogic.releaseCandidate",
    "serverlessLogic.subscription",
    "platform.dataIndexImage",
    "platform.jobServiceImage",
    "platform.clusterWide",
    "tekton.pipeline",
  ],
} as const satisfies Partial<OperatorProfile>;
