import { direct, logicOperator, rhdh, serverless, unsupportedWithPluginImages } from "./direct";
import { pluginsOf1_9 } from "./plugins";
import { dockerfileOf1_6 } from "./pipeline";
import type { DirectProfile } from "./profile";

export const profile = {
  ...direct,
  version: "1.9",
  backstage: "v1alpha5",
  operators: { serverless, serverlessLogic: logicOperator("logic-operator.v1.37.2"), rhdh: rhdh("1.9") },
  plugins: pluginsOf1_9,
  signIn: { offersSeveral: true, oidcResolver: "preferredUsernameMatchingUserEntityName" },
  unsupportedSettings: unsupportedWithPluginImages,
  pipeline: { dockerfile: dockerfileOf1_6, knWorkflow: "1.37.2" },
} as const satisfies DirectProfile;
