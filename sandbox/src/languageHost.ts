import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

interface Project {
  readonly runtime?: string | { readonly options?: Readonly<Record<string, string | boolean>> };
}

/**
 * Puts Pulumi's language host for Node at `to`. Old ones, among them the last that is a Go package, take the project's
 * `runtime.options` as flags, while the engine hands them over in another way by now: they would type-check the program
 * with ts-node at each run, whatever the project says. Such a host is started through a script that passes them on.
 */
export function placeLanguageHost(host: string, to: string, programDir: string): void {
  const { stdout, stderr } = spawnSync(host, ["-h"], { encoding: "utf8" });
  const known = new Set([...`${stdout}${stderr}`.matchAll(/^\s+-(\w+)/gm)].map(([, name]) => name));
  const flags = optionsOf(programDir).filter(([name]) => known.has(name));
  const words = flags.map(([name, value]) => `'-${name}=${value.replaceAll("'", `'\\''`)}'`);
  fs.writeFileSync(to, `#!/bin/sh\nexec '${fs.realpathSync(host)}' ${words.join(" ")} "$@"\n`, {
    mode: 0o755,
  });
}

function optionsOf(programDir: string): [string, string][] {
  const project = parse(fs.readFileSync(path.join(programDir, "Pulumi.yaml"), "utf8")) as Project;
  const options = typeof project.runtime === "object" ? (project.runtime.options ?? {}) : {};
  return Object.entries(options).map(([name, value]) => [name, String(value)]);
}
