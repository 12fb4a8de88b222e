import { goOperator } from "./goOperator";
import type { Profile } from "./profile";

export const profile = {
  ...goOperator,
  version: "1.5",
  startingCSV: "orchestrator-operator.v1.5.2",
} as const satisfies Profile;
