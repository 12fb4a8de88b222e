import { resolve } from "node:path";
import type { RawConfig } from "../config";
import { profiles, type Profile } from "../config/profiles";
import { TaskError } from "../kube/wait";
import { project, type Setting } from "./stack";

/** The project's, in which the engine runs the program. */
const folder = resolve(__dirname, "..");

/** A stack's settings as the program reads them, secrets included: never to be shown. */
export function configOfStack(settings: ReadonlyMap<string, Setting>): RawConfig {
  const values = [...settings].flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]]));
  return {
    project,
    values: Object.fromEntries(values) as Record<string, string>,
    isSecret: (key) => settings.get(key)?.secret === true,
    folder,
  };
}

/** Those of a stack of a release that sets nothing else. */
export const configOfRelease = ({ version }: Profile): RawConfig => ({
  project,
  values: { orchestrator: JSON.stringify({ version }) },
  isSecret: () => false,
  folder,
});

/** The release of a version that somebody has typed. */
export function releaseNamed(version: string): Profile {
  const found = profiles.find((profile) => profile.version === version);
  if (!found) throw new TaskError(`--release is "${version}": the releases are ${versionsOf(profiles)}`);
  return found;
}

export const versionsOf = (all: readonly Profile[]): string => all.map(({ version }) => version).join(", ");
