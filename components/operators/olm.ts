import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { CustomArgs } from "../customArgs";
import type { SubscriptionSpec } from "../../tasks/operators/olm";

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
