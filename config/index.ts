import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { describeMistakes, type Mistake, type Report } from "./mistakes";
import { parseSettings, type RawConfig } from "./parse";
import { resolve } from "./resolve";
import { checkRules } from "./rules";
import type { OwnSpec } from "./rules/rule";
import type { Structured } from "./schema";
import { completeSettings, type Settings } from "./settings";
import type { Config } from "./types";
import { warnings } from "./warnings";

export type { RawConfig } from "./parse";
export type { OwnSpec } from "./rules/rule";
export type { WorkflowNamespaceConfig } from "./settings";
export type * from "./types";
export type { PostgresServer } from "./postgres";

/**
 * The only reader of stack configuration.
 * @param ownSpec What the program itself sets in a custom resource, which the setting `spec` must not change.
 * @throws pulumi.RunError that lists every mistake at once, each with its key, its value and what would be right.
 */
export function readConfig(ownSpec: OwnSpec): Config {
  const project = pulumi.getProject();
  // The language host says which values were encrypted; the SDK only warns about it.
  const encrypted = z.array(z.string()).parse(JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]"));
  const isSecret = (key: string) => encrypted.includes(`${project}:${key}`);
  const values = ownValues(project, pulumi.runtime.allConfig());
  const raw = {
    project,
    values,
    isSecret,
    folder: process.cwd(), // the engine runs a program in its project's folder
  };
  const { config, warnings } = parseConfig(raw, ownSpec);
  for (const warning of warnings) void pulumi.log.warn(warning);
  return config;
}

/** The settings of `project`, without its prefix. Settings of providers and of Pulumi itself are not ours to judge. */
function ownValues(project: string, all: Record<string, string>): Record<string, string> {
  const prefix = `${project}:`;
  const own = Object.entries(all).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** A configuration with all that was found in it. */
export interface CheckedConfig {
  readonly config: Config;
  /** Every setting as it was given, or as the schema or the release has it. */
  readonly settings: Settings;
  /** The structures as they were given, with the schema's defaults only. */
  readonly given: Structured;
  readonly mistakes: readonly Mistake[];
}

/** Checks, types and resolves a raw configuration. It may have mistakes; the defaults then stand in. */
export function checkConfig(raw: RawConfig, ownSpec: OwnSpec): CheckedConfig {
  const mistakes: Mistake[] = [];
  const report: Report = (key, given, expected) => void mistakes.push({ key, given, expected });
  const parsed = parseSettings(raw, report);
  const settings = completeSettings(parsed, raw, report);
  const config = resolve(settings);
  checkRules({ raw, parsed, settings, config, ownSpec }, report);
  return { config, settings, given: parsed.structures, mistakes };
}

/** The same for one without mistakes; see {@link readConfig}. */
export function parseConfig(
  raw: RawConfig,
  ownSpec: OwnSpec,
): { readonly config: Config; readonly warnings: readonly string[] } {
  const { config, settings, mistakes } = checkConfig(raw, ownSpec);
  if (mistakes.length > 0) throw new pulumi.RunError(describeMistakes(raw.project, mistakes));
  return { config, warnings: warnings(settings) };
}
