import * as pulumi from "@pulumi/pulumi";
import type { Config, DeveloperHubConfig } from "../../config";
import { developerHubPlatformOf, parseValues, texts, type Values } from "./config";
import * as program from "./program";

/** A configuration with a release. */
export const parse = (version: string, { orchestrator, ...values }: Values = {}): Config =>
  parseValues({ orchestrator: { version, ...(orchestrator as object) }, ...values });

export function hubOf(version: string, values?: Values): DeveloperHubConfig {
  const { developerHub } = developerHubPlatformOf(parse(version, values));
  if (!developerHub) throw new Error("Developer Hub is not the stack's");
  return developerHub;
}

/** The mistakes that a configuration has with a release, a line each. */
export function mistakes(version: string, values: Values): string[] {
  try {
    parse(version, values);
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) return error.message.split("\n").slice(1);
    throw error;
  }
  return [];
}

/** Runs the whole program with a configuration. */
export const run = (values: Values) => program.run(texts(values));
