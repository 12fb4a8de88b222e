import { serverlessPackage } from "../names";
import type { OperatorProfile } from "./profile";

/** What 1.2 to 1.4 have in common: rhdhorchestrator/orchestrator-helm-operator. */
export const helmOperator = {
  kind: "operator",
  channel: "stable",
  head: "orchestrator-operator.v1.6.1",
  rhdhNamespace: "rhdh-operator",
  admitsWorkflowsBy: "label",
  // Of its CronJobs, and of the Jobs of its removal: templates/_cr_lifecycle_helper.tpl.
  images: ["registry.redhat.io/openshift4/ose-cli:latest"],
} as const satisfies Partial<OperatorProfile>;

/**
 * What none of their charts reads: templates/openshift-serverless.yaml and rhdh-operator.yaml, whose `auth` has guests and GitHub, and
 * nothing of permissions.
 */
export const unsupportedByHelm = [
  "gitlabClientId",
  "gitlabClientSecret",
  "oidcMetadataUrl",
  "oidcClientId",
  "oidcClientSecret",
  "rhdh.rbac",
  "rhdhPostgresPassword",
  // Its plugins are npm packages.
  "plugins.mirrors",
  "rhdh.externalPostgres",
  // The chart writes a serviceRef with the default port and the default database: templates/sonataflows.yaml.
  "externalPostgres.host",
  "externalPostgres.port",
  "externalPostgres.database",
  "externalPostgres.tls",
  "rhdh.subscription.installPlanApproval",
  "serverless.subscription.installPlanApproval",
] as const;

/** What no custom resource of `v1alpha1` says: config/crd/bases/rhdh.redhat.com_orchestrators.yaml. */
export const unsupportedByV1alpha1 = [
  ...unsupportedByHelm,
  // Its chart has their catalog as it is: templates/openshift-serverless.yaml, and another name in rhdh-operator.yaml.
  "rhdh.subscription.sourceName",
  "serverless.subscription.sourceName",
  "rhdh.name",
  "rhdh.existingOperator",
  "serverless.subscription.startingCSV",
  "platform.clusterWide",
  "platform.monitoring",
  "platform.eventing",
] as const;

/** What a release subscribes to: its Developer Hub, and Serverless Logic and Serverless of its time. */
export const dependencies = (
  release: string,
  logic: string,
  serverless?: string,
): OperatorProfile["dependencies"] => ({
  serverless: {
    package: serverlessPackage,
    namespace: "openshift-serverless",
    channel: "stable",
    ...(serverless !== undefined && { startingCSV: `serverless-operator.v${serverless}` }),
  },
  serverlessLogic: {
    package: "logic-operator-rhel8",
    namespace: "openshift-serverless-logic",
    channel: "alpha",
    startingCSV: `logic-operator-rhel8.v${logic}`,
  },
  rhdh: { package: "rhdh", channel: `fast-${release}` },
});
