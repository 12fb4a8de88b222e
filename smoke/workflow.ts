import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sonataFlowKind, sonataFlowPlatform } from "../config/names";
import type { KubeObject, Ref } from "../kube/objects";

/** The workflow's name: always the same, so that a run finds what one before it has left. */
export const smokeName = "orchestrator-smoke";

/** Marks what a run has made. */
export const smokeLabel = "orchestrator-on-openshift/smoke";

/** Tells which run has made it. */
const runAnnotation = "orchestrator-on-openshift/smoke-run";

/** The run that has made it; undefined where none has. */
export const runOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[runAnnotation];

/** The definition, as an image of it is built from. */
export const definitionFile = "smoke/orchestrator-smoke.sw.json";

interface Definition {
  readonly id: string;
  readonly version: string;
  readonly description: string;
  readonly start: string;
  readonly states: readonly object[];
}

/** A prebuilt image goes with the profile gitops; without one, the operator builds it on the cluster. */
export function workflow(
  namespace: string,
  run: string,
  image: string | undefined,
): KubeObject & { readonly spec: object } {
  const file = join(__dirname, "orchestrator-smoke.sw.json");
  const { version, description, start, states } = JSON.parse(readFileSync(file, "utf8")) as Definition;
  return {
    ...sonataFlowKind,
    metadata: {
      name: smokeName,
      namespace,
      labels: { [smokeLabel]: "" },
      annotations: {
        "sonataflow.org/version": version,
        "sonataflow.org/description": description,
        [runAnnotation]: run,
        ...(image !== undefined && { "sonataflow.org/profile": "gitops" }),
      },
    },
    spec: {
      flow: { start, states },
      ...(image !== undefined && { podTemplate: { container: { image } } }),
    },
  };
}

/** What the operator would make in a namespace that has no platform, and leave there. */
export const emptyPlatform = (namespace: string): KubeObject & { readonly spec: object } => ({
  apiVersion: sonataFlowPlatform.apiVersion,
  kind: sonataFlowPlatform.kind,
  metadata: { name: sonataFlowPlatform.name, namespace, labels: { [smokeLabel]: "" } },
  spec: {},
});

export const workflowRef = (namespace: string): Ref => ({ ...sonataFlowKind, namespace, name: smokeName });

/**
 * What the operator makes of a workflow, all of which the garbage collector takes with it: apache/incubator-kie-tools,
 * packages/sonataflow-operator, internal/controller/profiles and internal/controller/builder.
 */
export const partsOf = (namespace: string): Ref[] =>
  [
    { apiVersion: "apps/v1", kind: "Deployment", name: smokeName },
    { apiVersion: "v1", kind: "Service", name: smokeName },
    { apiVersion: "v1", kind: "ConfigMap", name: `${smokeName}-props` },
    { apiVersion: "v1", kind: "ConfigMap", name: `${smokeName}-managed-props` },
    { apiVersion: sonataFlowKind.apiVersion, kind: "SonataFlowBuild", name: smokeName },
    { apiVersion: "build.openshift.io/v1", kind: "BuildConfig", name: smokeName },
    { apiVersion: "image.openshift.io/v1", kind: "ImageStream", name: smokeName },
  ].map((part) => ({ ...part, namespace }));

/** The pods of the workflow: the label `LabelWorkflow` of the same operator. */
export const podLabel = `sonataflow.org/workflow-app=${smokeName}`;
