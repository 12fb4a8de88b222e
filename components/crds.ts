import * as k8s from "@pulumi/kubernetes";
import { CustomResource, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import {
  backstageKind,
  knativeEventing,
  knativeServing,
  sonataFlowClusterPlatform,
  sonataFlowPlatform,
} from "../config/names";
import { directProfiles } from "../config/profiles";
import type { AppProjectSpec, ArgoCDSpec } from "./delivery/argocd";
import type { BackstageSpec } from "./developerHub/manifests";
import type { OrchestratorSpec } from "./orchestrator/spec";
import type { ClusterPlatformSpec, PlatformSpec } from "./sonataFlow/manifests";
import type { PipelineSpec, TaskSpec } from "./delivery/tekton/api";

/** The kinds that `@pulumi/kubernetes` does not know, typed by the fields this program sets. */
export interface CustomArgs<Spec> {
  metadata: k8s.types.input.meta.v1.ObjectMeta;
  spec: Input<Spec>;
}

/** https://olm.operatorframework.io/docs/concepts/crds/subscription/ */
export interface SubscriptionSpec {
  name: string;
  channel: string;
  source: string;
  sourceNamespace: string;
  installPlanApproval: "Automatic" | "Manual";
  startingCSV?: string | undefined;
  /** What OLM adds to the operator's Deployment. */
  config?: { env: { name: string; value: string }[] } | undefined;
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

/** An object of any kind, as its manifest has it. The SDK's own class for that knows no kinds of the core API. */
export class ManifestObject extends CustomResource {
  constructor(
    name: string,
    manifest: { readonly apiVersion: string; readonly kind: string; readonly [field: string]: unknown },
    opts: CustomResourceOptions,
  ) {
    const { apiVersion, kind } = manifest;
    super(`kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`, name, manifest, opts);
  }
}

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

/** Developer Hub. Its operator serves several versions of it: the same object, whichever it was made in. */
export class Backstage extends k8s.apiextensions.CustomResource {
  constructor(name: string, version: string, args: CustomArgs<BackstageSpec>, opts?: CustomResourceOptions) {
    const versions = new Set(directProfiles.map(({ backstage }) => backstage));
    const others = [...versions].filter((other) => other !== version);
    const aliases = others.map((other) => {
      const { apiVersion, kind } = backstageKind(other);
      return { type: `kubernetes:${apiVersion}:${kind}` };
    });
    super(name, { ...backstageKind(version), ...args }, { ...opts, aliases });
  }
}

export const argocdKind = { apiVersion: "argoproj.io/v1beta1", kind: "ArgoCD" } as const;

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

export const tektonVersion = "tekton.dev/v1";

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
