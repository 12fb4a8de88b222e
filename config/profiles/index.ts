import { profile as v1_2 } from "./1.2";
import { profile as v1_3 } from "./1.3";
import { profile as v1_4 } from "./1.4";
import { profile as v1_7 } from "./1.7";
import { profile as v1_8 } from "./1.8";
import { profile as v1_9 } from "./1.9";
import { profile as v1_10 } from "./1.10";
import { profile as v2_1 } from "./2.1";
import type { DirectProfile, OperatorProfile, Part, Profile } from "./profile";

export { npm } from "./plugins";
export type {
  ChartPlugin,
  DirectProfile,
  OperatorProfile,
  Part,
  PipelineTools,
  Plugin,
  Profile,
} from "./profile";

export const parts: readonly Part[] = ["serverless", "serverlessLogic", "rhdh"];

/** The releases that have an operator of their own, the oldest first, and those that have not. */
export const operatorProfiles: readonly OperatorProfile[] = [v1_2, v1_3, v1_4];
export const directProfiles: readonly DirectProfile[] = [v1_7, v1_8, v1_9, v1_10, v2_1];

/** Every release that can be installed, the oldest first. */
export const profiles: readonly Profile[] = [...operatorProfiles, ...directProfiles];

export const versions = [
  v1_2.version,
  v1_3.version,
  v1_4.version,
  v1_7.version,
  v1_8.version,
  v1_9.version,
  v1_10.version,
  v2_1.version,
] as const;

export type Version = (typeof versions)[number];

const unsupported: readonly string[] = ["1.5", "1.6"];

/**
 * Why an existing release cannot be chosen, and which can; undefined for every other. See docs/decisions.md.
 * @param version As it was given: without quotes, YAML makes a number of it.
 */
export const whyUnsupported = (version: unknown): string | undefined =>
  unsupported.includes(String(version))
    ? "Orchestrator 1.5 and 1.6 are not supported: their operator can delete namespaces of others, and both were a developer preview without a successor. " +
      "Choose 1.4, the last release with an operator of its own, or 1.7 or later. " +
      "Destroy a stack that runs 1.5 or 1.6 with the version of this project that installed it"
    : undefined;

/** The release of a version, of which the schema has made sure that it is one. */
export function profileOf(version: Version): Profile {
  const found = profiles.find((profile) => profile.version === version);
  if (!found) throw new Error(`no profile for ${version}`);
  return found;
}
