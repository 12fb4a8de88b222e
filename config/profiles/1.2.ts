import { dependencies, helmOperator, unsupportedByV1alpha1 } from "./helmOperator";
import { dockerfileOf1_4 } from "./pipeline";
import type { Profile } from "./profile";

export const profile = {
  ...helmOperator,
  version: "1.2",
  api: "v1alpha1",
  startingCSV: "orchestrator-operator.v1.2.3",
  openshift: { from: "4.14", to: "4.15" },
  dependencies: dependencies("1.2", "1.33.0"),
  pipeline: { dockerfile: dockerfileOf1_4, knWorkflow: "1.33.0" },
  unsupportedSettings: unsupportedByV1alpha1,
} as const satisfies Profile;
