import type { Report } from "../mistakes";
import type { Parsed, RawConfig } from "../parse";
import type { Settings } from "../settings";
import type { Config, PlatformConfig } from "../types";

/**
 * What the program itself sets in the custom resource that the setting `spec` adds to; undefined where it makes none. The shape
 * of that resource is the components' business.
 */
export type OwnSpec = (platform: PlatformConfig) => object | undefined;

/** A configuration as it was given, and as it was understood. */
export interface Checked {
  readonly raw: RawConfig;
  readonly parsed: Parsed;
  readonly settings: Settings;
  readonly config: Config;
  readonly ownSpec: OwnSpec;
}

/** What no setting can be judged by alone. */
export type Rule = (checked: Checked, report: Report) => void;
