import type { Report } from "../mistakes";
import type { Parsed, RawConfig } from "../parse";
import type { Settings } from "../settings";
import type { Config } from "../types";
import type { OwnSpec } from "./spec";

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
