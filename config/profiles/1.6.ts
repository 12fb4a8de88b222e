import { goOperator } from "./goOperator";
import type { Profile } from "./profile";

export const profile = {
  ...goOperator,
  version: "1.6",
  startingCSV: "orchestrator-operator.v1.6.1",
} as const satisfies Profile;
