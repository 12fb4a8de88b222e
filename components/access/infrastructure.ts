import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";

/** What an OpenShift cluster says of itself. It is read, never made. */
export class Infrastructure extends k8s.apiextensions.CustomResource {
  declare readonly status: Output<{ readonly apiServerURL?: string }>;

  constructor(name: string, opts: CustomResourceOptions) {
    // The SDK fills only those outputs in that are named here.
    const outputs = { metadata: undefined, status: undefined };
    super(
      name,
      { apiVersion: "config.openshift.io/v1", kind: "Infrastructure", ...outputs },
      { ...opts, id: "cluster" },
    );
  }
}
