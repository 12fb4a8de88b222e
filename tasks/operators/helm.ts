import type { KubeObject } from "../../kube/objects";

/** The custom resource. Its operator marks what it makes as a Helm release of that name. */
export interface Release {
  readonly namespace: string;
  readonly name: string;
}

/** Helm's mark on what a release made; the Orchestrator operator is a Helm operator. */
export const helmRelease = "meta.helm.sh/release-name";
const helmNamespace = "meta.helm.sh/release-namespace";

/** Whether the Orchestrator operator has made it for this custom resource, as part of the Helm release of that name. */
export const isReleased = (
  release: Release | undefined,
  { metadata: { annotations = {} } }: KubeObject,
): boolean =>
  release !== undefined &&
  annotations[helmRelease] === release.name &&
  // What the chart's own Jobs make, has the first of the two marks only.
  (annotations[helmNamespace] ?? release.namespace) === release.namespace;
