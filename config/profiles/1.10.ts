import { direct, logicOperator, rhdh, serverless, unsupportedWithPluginImages } from "./direct";
import { pluginsOf1_10 } from "./plugins";
import { dockerfileOf1_6 } from "./pipeline";
import type { DirectProfile } from "./profile";

export const profile = {
  ...direct,
  version: "1.10",
  openshift: { from: "4.18", to: "4.22" },
  validated: { serverless: "1.37", serverlessLogic: "1.38" },
  backstage: "v1alpha5",
  flavours: true,
  arm64: true,
  operators: { serverless, serverlessLogic: logicOperator("logic-operator.v1.38.1"), rhdh: rhdh("1.10") },
  plugins: pluginsOf1_10,
  signIn: { offersSeveral: true, oidcResolver: "preferredUsernameMatchingUserEntityName" },
  unsupportedSettings: unsupportedWithPluginImages,
  pipeline: { dockerfile: dockerfileOf1_6, knWorkflow: "1.38.0" },
} as const satisfies DirectProfile;
