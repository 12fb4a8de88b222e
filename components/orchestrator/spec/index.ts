import type { CustomResourceConfig } from "../../../config";
import type { OperatorProfile } from "../../../config/profiles";
import type { Database } from "../../database/manifests";
import { overlay } from "../../../config/overlay";
import { v1alpha1, type V1alpha1Spec } from "./v1alpha1";
import { v1alpha2, type V1alpha2Spec } from "./v1alpha2";

/** The `spec` of an Orchestrator, in one of the versions that its CRD has had. */
export type OrchestratorSpec = V1alpha1Spec | V1alpha2Spec;

const shapes: Readonly<
  Record<OperatorProfile["api"], (settings: CustomResourceConfig, postgres: Database) => OrchestratorSpec>
> = { v1alpha1, v1alpha2 };

/** The `spec` of the custom resource, as the release that is installed knows it. */
export const orchestratorSpec = (settings: CustomResourceConfig, postgres: Database): OrchestratorSpec =>
  overlay(shapes[settings.profile.api](settings, postgres), settings.spec ?? {});

/** What this program itself has to say in that `spec`, which the setting `spec` may add to. The database is any. */
export const ownOrchestratorSpec = (settings: CustomResourceConfig): OrchestratorSpec => {
  const authSecret = { name: "", userKey: "", passwordKey: "" };
  return shapes[settings.profile.api](settings, {
    serviceName: "",
    serviceNamespace: "",
    authSecret,
    database: "",
  });
};
