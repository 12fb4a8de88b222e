import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { CustomArgs } from "../customArgs";
import type { OrchestratorSpec } from "./spec";

/** What the Orchestrator operator turns into a running platform. */
export class OrchestratorResource extends k8s.apiextensions.CustomResource {
  constructor(
    name: string,
    kind: { apiVersion: string; kind: string },
    args: CustomArgs<OrchestratorSpec>,
    opts?: CustomResourceOptions,
  ) {
    super(name, { ...kind, ...args }, opts);
  }
}
