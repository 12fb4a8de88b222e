import { direct, logicRhel8, npmPlugins, rhdh, serverless } from "./direct";
import type { DirectProfile } from "./profile";

export const profile = {
  ...direct,
  version: "1.8",
  backstage: "v1alpha4",
  operators: { serverless, serverlessLogic: logicRhel8, rhdh: rhdh("1.8") },
  plugins: npmPlugins("1.8.12"),
} as const satisfies DirectProfile;
