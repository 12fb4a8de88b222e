import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { knativeEventing, knativeServing } from "../../config/names";

/** One part of Knative, as its operator has it without being told anything. */
export class Knative extends k8s.apiextensions.CustomResource {
  constructor(
    name: string,
    { apiVersion, kind, ...metadata }: typeof knativeServing | typeof knativeEventing,
    opts?: CustomResourceOptions,
  ) {
    super(name, { apiVersion, kind, metadata, spec: {} }, opts);
  }
}
