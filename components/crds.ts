import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { OrchestratorSpec } from "./manifests/orchestrator";

/** The kinds that `@pulumi/kubernetes` does not know, typed by the fields this program sets. */
export interface CustomArgs<Spec> {
  metadata: k8s.types.input.meta.v1.ObjectMeta;
  spec: Spec;
}

/** https://olm.operatorframework.io/docs/concepts/crds/subscription/ */
export interface SubscriptionSpec {
  name: string;
  channel: string;
  source: string;
  sourceNamespace: string;
  installPlanApproval: "Automatic" | "Manual";
  startingCSV?: string | undefined;
}

/** A request that OLM keep one operator package installed. */
export class Subscription extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<SubscriptionSpec>, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "operators.coreos.com/v1alpha1", kind: "Subscription", ...args }, opts);
  }
}

/** Says which namespaces the operators of its own namespace watch: with an empty spec, all. */
export class OperatorGroup extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<Record<string, never>>, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "operators.coreos.com/v1", kind: "OperatorGroup", ...args }, opts);
  }
}

export const orchestratorKind = { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Orchestrator" } as const;

/** What the Orchestrator operator 1.2 and 1.3 turns into a running platform. */
export class OrchestratorResource extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<OrchestratorSpec>, opts?: CustomResourceOptions) {
    super(name, { ...orchestratorKind, ...args }, opts);
  }
}
