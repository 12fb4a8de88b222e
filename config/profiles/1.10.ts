import { direct, imagePlugins, logicOperator, rhdh, serverless } from "./direct";
import type { DirectProfile } from "./profile";

export const profile = {
  ...direct,
  version: "1.10",
  backstage: "v1alpha5",
  arm64: true,
  operators: { serverless, serverlessLogic: logicOperator("logic-operator.v1.38.0"), rhdh: rhdh("1.10") },
  plugins: imagePlugins,
} as const satisfies DirectProfile;
