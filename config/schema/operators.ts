import { z } from "zod";
import { approval, computeResources, dnsLabel, minutes, objectName, setting, text } from "./types";

/* The operators, and the services that run workflows. */

/**
 * A Subscription that the Orchestrator operator makes on its own, up to 1.4, or this program, from 1.7 on; only what
 * differs from the default of the CRD or of the release.
 */
export const childSubscription = z.strictObject({
  channel: setting(text.optional(), "Channel of the package."),
  installPlanApproval: setting(
    approval.optional(),
    "Approval of InstallPlans. Up to 1.4 for Serverless Logic only. `Manual` approves that of `startingCSV` and no other. From 1.7 on, the default is `Manual` for Serverless Logic, except in `openshift-operators`, and `Automatic` for the others.",
  ),
  name: setting(objectName.optional(), "Name of the package."),
  namespace: setting(dnsLabel.optional(), "Namespace of the Subscription."),
  sourceName: setting(objectName.optional(), "CatalogSource. Up to 1.3 for Serverless Logic only."),
  startingCSV: setting(
    text.optional(),
    "First version to install, and with `Manual` the only one. Up to 1.3 not for Serverless. From 1.7 on, the default for Serverless Logic is the version that the release is validated with.",
  ),
});

export const operator = z
  .strictObject({
    namespace: setting(
      dnsLabel.optional(),
      "Namespace of the Subscription. Default: `orchestrator-operator`, or with `adopt`, `openshift-operators`. Any other than `openshift-operators` is created, with an OperatorGroup.",
    ),
    channel: setting(
      text.optional(),
      "Channel of the package `orchestrator-operator`. Default: that of `orchestrator.version`, which is `stable`.",
    ),
    source: setting(objectName.default("redhat-operators"), "CatalogSource."),
    sourceNamespace: setting(dnsLabel.default("openshift-marketplace"), "Namespace of the CatalogSource."),
    approval: setting(
      approval.default("Manual"),
      "`Manual` approves the InstallPlans that lead to `startingCSV` and no others. `Automatic` follows the channel.",
    ),
    startingCSV: setting(
      text.optional(),
      "Version to install, or to move to. Default: the last of `orchestrator.version` with approval `Manual`, else none.",
    ),
    timeoutMinutes: setting(minutes.default(10), "How long to wait for the operator, in minutes."),
  })
  .prefault({});

export const serverless = z
  .strictObject({
    install: setting(
      z.boolean().default(true),
      "Install OpenShift Serverless and its Knative resources. If `false`, use the existing ones, and keep them on destroy.",
    ),
    subscription: childSubscription.optional(),
  })
  .prefault({});

export const serverlessLogic = z
  .strictObject({
    install: setting(
      z.boolean().default(true),
      "Install OpenShift Serverless Logic, the SonataFlow platform and its NetworkPolicy. If `false`, from 1.7 on: use the existing operator, and keep it on destroy.",
    ),
    subscription: childSubscription.optional(),
  })
  .prefault({});

export const platform = z
  .strictObject({
    resources: z
      .strictObject({ requests: computeResources.optional(), limits: computeResources.optional() })
      .optional(),
    dataIndexImage: setting(text.optional(), "Image of the Data Index service."),
    jobServiceImage: setting(text.optional(), "Image of the Job Service."),
    clusterWide: setting(
      z.boolean().optional(),
      "Serve the workflows of all namespaces; a cluster has one such platform. If `false`, only those in its own namespace. From 1.7 on.",
    ),
    monitoring: z
      .strictObject({
        enabled: setting(z.boolean().optional(), "Admit the monitoring of workloads. From 1.4 on."),
      })
      .optional(),
    eventing: z
      .strictObject({
        broker: z.strictObject({
          name: setting(dnsLabel, "Knative `Broker` for the events of workflows. From 1.4 on."),
          namespace: setting(dnsLabel, "Namespace of that `Broker`."),
        }),
      })
      .optional(),
  })
  .optional();
