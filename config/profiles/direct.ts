import { serverlessPackage } from "../names";
import type { DirectOperator, DirectProfile } from "./profile";

/** What 1.7 and later have in common: redhat-developer/rhdh-operator, docs/orchestrator.md and plugin-infra. */
export const direct = {
  kind: "direct",
  rhdhNamespace: "rhdh",
  admitsWorkflowsBy: "policy",
  unsupportedSettings: [
    // What is there is used part by part: `install` of each operator, `externalPostgres`.
    "adopt",
    "operator",
    "orchestrator.name",
    "orchestrator.deleteTimeoutMinutes",
    "plugins.scope",
    "plugins.orchestrator",
    "plugins.orchestratorBackend",
    "plugins.notifications",
    "plugins.notificationsBackend",
    "plugins.signals",
    "plugins.signalsBackend",
    "plugins.notificationsEmail",
    "tekton.pipeline",
  ],
} as const satisfies Partial<DirectProfile>;

/** From 1.9 on, with plugins from registries of images. */
export const unsupportedWithPluginImages = [...direct.unsupportedSettings, "plugins.npmRegistry"] as const;

export const serverless: DirectOperator = {
  package: serverlessPackage,
  namespace: "openshift-serverless",
  operatorGroup: "serverless-operator-group",
  channel: "stable",
};

/**
 * Serverless Logic under its name up to 1.36, and that since; no channel leads from the one to the other. The product is validated
 * with one version, and a move to another takes the workflows away first, so that OLM must not move it alone:
 * openshift-knative/docs@ee85bb8, modules/serverless-logic, upgrade-serverless-operator.
 */
const logic = {
  namespace: "openshift-serverless-logic",
  operatorGroup: "openshift-serverless-logic",
  approval: "Manual",
} as const;
export const logicRhel8: DirectOperator = {
  ...logic,
  package: "logic-operator-rhel8",
  channel: "alpha",
  startingCSV: "logic-operator-rhel8.v1.36.0",
  conflictingPackages: ["logic-operator"],
};
export const logicOperator = (startingCSV: string): DirectOperator => ({
  ...logic,
  package: "logic-operator",
  channel: "stable",
  startingCSV,
  conflictingPackages: ["logic-operator-rhel8"],
  formerPackages: ["logic-operator-rhel8"],
});

export const rhdh = (version: string): DirectOperator => ({
  package: "rhdh",
  namespace: "rhdh-operator",
  operatorGroup: "rhdh-operator-group",
  channel: `fast-${version}`,
});
