import { dependencies, helmOperator, unsupportedByV1alpha1 } from "./helmOperator";
import { dockerfileOf1_4 } from "./pipeline";
import type { Profile } from "./profile";

export const profile = {
  ...helmOperator,
  version: "1.3",
  api: "v1alpha1",
  startingCSV: "orchestrator-operator.v1.3.1",
  openshift: { from: "4.14", to: "4.16" },
  dependencies: dependencies("1.3", "1.34.0"),
  rhdh: { channel: "fast-1.3", catalogBranch: "v1.3.x" },
  pipeline: { dockerfile: dockerfileOf1_4, knWorkflow: "1.33.0" },
  unsupportedSettings: unsupportedByV1alpha1,
} as const satisfies Profile;
