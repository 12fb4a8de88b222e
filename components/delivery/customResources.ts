import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { CustomArgs } from "../customArgs";
import { argocdKind, type AppProjectSpec, type ArgoCDSpec } from "./argocd";
import { tektonVersion, type PipelineSpec, type TaskSpec } from "./tekton/api";

/** https://argocd-operator.readthedocs.io/en/latest/reference/argocd/ */
export class ArgoCDResource extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<ArgoCDSpec>, opts?: CustomResourceOptions) {
    super(name, { ...argocdKind, ...args }, opts);
  }
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/ */
export class AppProject extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<AppProjectSpec>, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", ...args }, opts);
  }
}

/** https://tekton.dev/docs/pipelines/tasks/ */
export class TektonTask extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<TaskSpec>, opts?: CustomResourceOptions) {
    super(name, { apiVersion: tektonVersion, kind: "Task", ...args }, opts);
  }
}

/** https://tekton.dev/docs/pipelines/pipelines/ */
export class TektonPipeline extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<PipelineSpec>, opts?: CustomResourceOptions) {
    super(name, { apiVersion: tektonVersion, kind: "Pipeline", ...args }, opts);
  }
}
