import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { describeMistake, describeMistakes, type Report } from "./mistakes";
import { parseSettings, type RawConfig } from "./parse";
import { resolve } from "./resolve";
import { checkRules } from "./rules";
import type { OwnSpec } from "./rules/rule";
import { completeSettings } from "./settings";
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

/** Checks, types and resolves a raw configuration; see {@link readConfig}. */
export function parseConfig(
  raw: RawConfig,
  ownSpec: OwnSpec,
): { readonly config: Config; readonly warnings: readonly string[] } {
  const mistakes: string[] = [];
  const report: Report = (...mistake) => void mistakes.push(describeMistake(raw.project, ...mistake));

  const parsed = parseSettings(raw, report);
  const settings = completeSettings(parsed, raw, report);
  const config = resolve(settings);
  checkRules({ raw, parsed, settings, config, ownSpec }, report);

  if (mistakes.length > 0) throw new pulumi.RunError(describeMistakes(mistakes));
  return { config, warnings: warnings(settings) };
}
