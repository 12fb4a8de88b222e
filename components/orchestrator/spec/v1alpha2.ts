import type { CustomResourceConfig } from "../../../config";
import type { Database } from "../../database/manifests";
import { v1alpha1, type ChildSubscription, type V1alpha1Spec } from "./v1alpha1";

/*
 * `rhdh.redhat.com/v1alpha2`, the custom resource of Orchestrator 1.4: orchestrator-helm-operator, branch release-1.4,
 * config/crd/bases/rhdh.redhat.com_orchestrators.yaml. It is v1alpha1 with another name for the catalog, keys for GitLab,
 * fewer plugins, and more of the platform.
 */

type Subscription = Omit<ChildSubscription, "sourceName"> & { readonly source?: string | undefined };
type Part = "sonataFlowOperator" | "serverlessOperator" | "rhdhOperator";
type Renamed<T extends { readonly subscription?: ChildSubscription | undefined }> = Omit<
  T,
  "subscription"
> & { readonly subscription?: Subscription | undefined };

export type V1alpha2Spec = Omit<V1alpha1Spec, Part> & {
  readonly [P in Part]: Renamed<V1alpha1Spec[P]>;
};

/** What no setting names is left to the CRD's defaults. */
export function v1alpha2(settings: CustomResourceConfig, postgres: Database): V1alpha2Spec {
  const { sonataFlowOperator, serverlessOperator, rhdhOperator, ...same } = v1alpha1(settings, postgres);
  const { gitlabHost, gitlabToken } = settings.rhdhSecret.keys;
  const secretRef = { ...rhdhOperator.secretRef, gitlab: { host: gitlabHost, token: gitlabToken } };
  return {
    ...same,
    sonataFlowOperator: renamed(sonataFlowOperator),
    serverlessOperator: renamed(serverlessOperator),
    rhdhOperator: { ...renamed(rhdhOperator), secretRef },
  };
}

function renamed<T extends { readonly subscription?: ChildSubscription | undefined }>({
  subscription,
  ...part
}: T): Renamed<T> {
  if (subscription === undefined) return part;
  const { sourceName, ...rest } = subscription;
  return { ...part, subscription: { ...rest, source: sourceName } };
}
