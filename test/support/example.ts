import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** The settings of a stack file, as {@link World.stack} takes them. */
export type Settings = Readonly<Record<string, object | string>>;

/** The settings in a stack file, by their names without the project's prefix. */
export function settingsIn(file: string): Settings {
  const { config } = parse(readFileSync(file, "utf8")) as {
    config: Record<string, object | string | boolean>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.replace(/^orchestrator:/, ""),
      typeof value === "boolean" ? String(value) : value,
    ]),
  );
}

/** One of the stacks in examples/. */
export const example = (name: string): Settings => settingsIn(`examples/Pulumi.${name}.yaml`);
