import { dependencies, helmOperator, unsupportedByHelm } from "./helmOperator";
import { dockerfileOf1_4 } from "./pipeline";
import { chartPlugins } from "./plugins";
import type { Profile } from "./profile";

export const profile = {
  ...helmOperator,
  version: "1.4",
  api: "v1alpha2",
  startingCSV: "orchestrator-operator.v1.4.0",
  openshift: { from: "4.14", to: "4.17" },
  dependencies: dependencies("1.4", "1.35.0", "1.35.0"),
  plugins: chartPlugins("1.4.0", {
    orchestrator: "2yasbfBZ3iKntArIfK+hk9tvv4b/dy9+WKXOcWIotqkI1gv+Nhvy+m55KAUWi2vmfM0rj3EoG6YP+3Zajn1KyA==",
    orchestratorBackend:
      "2aOHDLFrGMAtyHFiyGZwVBZ9Op+TmKYUwfZxwoaGJ1s6JSy/0qgqineEEE0K3dn/f17XBUj+H1dwa5Al598Ugw==",
  }),
  pipeline: { dockerfile: dockerfileOf1_4, knWorkflow: "1.35.0" },
  unsupportedSettings: [
    ...unsupportedByHelm,
    "rhdh.name",
    "rhdh.existingOperator",
    "platform.clusterWide",
    "plugins.notifications",
    "plugins.notificationsBackend",
    "plugins.signals",
    "plugins.signalsBackend",
    "plugins.notificationsEmail.package",
    "plugins.notificationsEmail.integrity",
    // Its pipeline is rendered only where OpenShift Pipelines has its Subscription in openshift-operators.
    "tekton.pipeline",
  ],
} as const satisfies Profile;
