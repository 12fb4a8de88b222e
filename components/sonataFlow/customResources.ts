import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { sonataFlowClusterPlatform, sonataFlowPlatform } from "../../config/names";
import type { ClusterPlatformSpec, PlatformSpec } from "./manifests";

/** The services that run workflows: apache/incubator-kie-tools, sonataflow.org_sonataflowplatforms.yaml. */
export class SonataFlowPlatform extends k8s.apiextensions.CustomResource {
  constructor(name: string, namespace: string, spec: PlatformSpec, opts?: CustomResourceOptions) {
    const { name: own, ...kind } = sonataFlowPlatform;
    super(name, { ...kind, metadata: { name: own, namespace }, spec }, opts);
  }
}

/** Which of them the workflows of all namespaces belong to. */
export class SonataFlowClusterPlatform extends k8s.apiextensions.CustomResource {
  constructor(name: string, spec: ClusterPlatformSpec, opts?: CustomResourceOptions) {
    const { name: own, ...kind } = sonataFlowClusterPlatform;
    super(name, { ...kind, metadata: { name: own }, spec }, opts);
  }
}
