import { direct, logicRhel8, rhdh, serverless } from "./direct";
import { npmPlugins } from "./plugins";
import { dockerfileOf1_6 } from "./pipeline";
import type { DirectProfile } from "./profile";

export const profile = {
  ...direct,
  version: "1.8",
  openshift: { from: "4.16", to: "4.19" },
  validated: { serverless: "1.36", serverlessLogic: "1.36" },
  backstage: "v1alpha4",
  operators: { serverless, serverlessLogic: logicRhel8, rhdh: rhdh("1.8") },
  // config/profile/rhdh/default-config/dynamic-plugins.yaml of 1.8.6 and 1.8.7.
  plugins: npmPlugins("1.8.12", {
    frontend: "Qvab3B/O6ZuJbTdq4TDlTKIw5cw4Fty+NgkoxDrx8Fs/2oe53VioBMetJ1cMxkGF8+mYVK5y85B8ssvasrSJrA==",
    backend: "2yTgy1APS9n2mj7j0bO2OVbU+fzwicpVcRd1tZ3xZ9AICguMEg9gFxtC0BDE23krWyZ0d1qrgpZisFoQXFBOtQ==",
    scaffolder: "t1B7zaRvW/LY8LXNegk6Rqn3ezk2f6DQ2BU4ANW2OswE/0waQnbXkHr54cTN1OvMhKs8bNFAdJ4AVpiESTqpOA==",
    widgets: "Kw8YCqzxwChfpODU1q8IltAK8+TJ94e8qjBvT5TDQLPdUQBYdj8gLhLQF0rtZMR3b+lYlnsKkf67RMC0xRGJsw==",
  }),
  signIn: { offersSeveral: false, oidcResolver: "preferredUsernameMatchingUserEntityName" },
  unsupportedSettings: [...direct.unsupportedSettings, "plugins.mirrors"],
  pipeline: { dockerfile: dockerfileOf1_6, knWorkflow: "1.35.0" },
} as const satisfies DirectProfile;
