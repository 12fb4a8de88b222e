import { direct, logicRhel8, npmPlugins, rhdh, serverless } from "./direct";
import type { DirectProfile } from "./profile";

export const profile = {
  ...direct,
  version: "1.7",
  backstage: "v1alpha3",
  operators: { serverless, serverlessLogic: logicRhel8, rhdh: rhdh("1.7") },
  plugins: npmPlugins("1.7.1"),
} as const satisfies DirectProfile;
