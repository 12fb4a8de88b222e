import { direct, logicOperator, rhdh, serverless, unsupportedWithPluginImages } from "./direct";
import { dockerfileOf1_6 } from "./pipeline";
import { pluginsOf2_1 } from "./plugins";
import type { DirectProfile } from "./profile";

/** Versions: Red Hat Developer Hub 2.1, "Orchestrator version compatibility matrix". */
export const profile = {
  ...direct,
  version: "2.1",
  openshift: { from: "4.19", to: "4.22" },
  validated: { serverless: "1.37", serverlessLogic: "1.39" },
  backstage: "v1alpha5",
  flavours: true,
  closed: true,
  arm64: true,
  operators: { serverless, serverlessLogic: logicOperator("logic-operator.v1.39.2"), rhdh: rhdh("2.1") },
  plugins: pluginsOf2_1,
  signIn: { offersSeveral: true, oidcResolver: "emailLocalPartMatchingUserEntityName" },
  // rhdh-operator has no later one (config/profile/rhdh/plugin-deps/tekton.yaml); what it makes, 1.39 reads as well.
  unsupportedSettings: unsupportedWithPluginImages,
  pipeline: { dockerfile: dockerfileOf1_6, knWorkflow: "1.38.0" },
} as const satisfies DirectProfile;
