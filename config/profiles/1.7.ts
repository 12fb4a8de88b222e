import { direct, logicRhel8, rhdh, serverless } from "./direct";
import { npmPlugins } from "./plugins";
import { dockerfileOf1_6 } from "./pipeline";
import type { DirectProfile } from "./profile";

export const profile = {
  ...direct,
  version: "1.7",
  openshift: { from: "4.16", to: "4.19" },
  validated: { serverless: "1.36", serverlessLogic: "1.36" },
  backstage: "v1alpha3",
  operators: { serverless, serverlessLogic: logicRhel8, rhdh: rhdh("1.7") },
  // dynamic-plugins.default.yaml of 1.7.1 to 1.7.4.
  plugins: npmPlugins("1.7.1", {
    frontend: "Cqu9EQwVQ4mpdgWTUA0MW89Gul0IklhvkkqVoO3CloQ1dnAj1XyXikCphzH5TmNDDd9K66dOpaKKCaW9KeJ4WA==",
    backend: "9cXbedr0lC7ns7SNqARrWSQI4JGcZFw5xpfpUzA1tJaMMUjzAdPHTXqljf62/fs4hYBK8TJsWJ2KJkGVMzbrHQ==",
    scaffolder: "J1sTjA5kj6DphG8D65go9KlpIfKyLN/wq+XlY5Cb5djEo8mvF3wn3Haf60OGFo5cP4OfRSWqFwT7LM5/dNVwAg==",
    widgets: "0KIXrZoJ+O4xNNzN/zB4+VMuaRPuiUviAmM+fIhTo/P9aLA36F9aIlyMbUbki49uaJ0zd8KXMBvmJSHZNrYkGQ==",
  }),
  signIn: { offersSeveral: false, oidcResolver: "preferredUsernameMatchingUserEntityName" },
  // Its operator gives no files to the container that installs plugins: api/v1alpha3/backstage_types.go.
  unsupportedSettings: [...direct.unsupportedSettings, "plugins.npmRegistry", "plugins.mirrors"],
  pipeline: { dockerfile: dockerfileOf1_6, knWorkflow: "1.35.0" },
} as const satisfies DirectProfile;
