import { ownSpec } from "../../components/platform/ownSpec";
import * as config from "../../config";
import { secret } from "../../config/schema";

/** A configuration as the program reads it. */
export const parseConfig = (raw: config.RawConfig): config.Config => config.parseConfig(raw, ownSpec).config;

/** Settings by their names, structured as they are in a stack file. */
export type Values = Readonly<Record<string, unknown>>;

/** Settings as the engine hands them over. */
export const texts = (values: Values): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );

export const parseValues = (values: Values = {}): config.Config =>
  parseConfig({
    project: "orchestrator",
    folder: ".",
    values: texts(values),
    isSecret: (key) => key in secret,
  });

export const warningsOf = (raw: config.RawConfig): readonly string[] =>
  config.parseConfig(raw, ownSpec).warnings;

/** What a stack installs. */
export function platformOf({ platform }: config.Config): config.PlatformConfig {
  if (!platform) throw new Error("the stack installs no platform");
  return platform;
}

export function operatorPlatformOf(all: config.Config): config.OperatorPlatformConfig {
  const platform = platformOf(all);
  if (platform.installedBy !== "operator") throw new Error("the release has no operator of its own");
  return platform;
}

export function developerHubPlatformOf(all: config.Config): config.DeveloperHubPlatformConfig {
  const platform = platformOf(all);
  if (platform.installedBy !== "program") throw new Error("the release has an operator of its own");
  return platform;
}
