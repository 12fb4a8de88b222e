import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { Hosts } from "./download";
import type { Processes } from "./processes";
import type { Progress } from "./progress";
import { findOnPath, row } from "./provide";
import { waitFor } from "./wait";

const run = promisify(execFile);

export const plugins = [
  { name: "kubernetes", version: "4.34.2" },
  { name: "random", version: "4.21.2" },
  { name: "command", version: "1.2.1" },
] as const;

export type PluginName = (typeof plugins)[number]["name"];

/** Which plugin serves a package: Pulumi's own, or the stand-in that is written here. */
export interface ServedPlugin {
  readonly name: PluginName;
  readonly official: boolean;
  /** Where it was found, or the port of the stand-in. */
  readonly where: string;
}

export interface PluginPlaces {
  readonly cache: string;
  readonly pulumi: string;
  readonly standins: string;
  /** The sandbox's own PULUMI_HOME. */
  readonly home: string;
  readonly programDir: string;
  readonly kubeconfig: string;
}

/** Has a plugin for each package of the program: an official one where that can be had, else a stand-in. */
export async function servePlugins(
  places: PluginPlaces,
  env: NodeJS.ProcessEnv,
  processes: Processes,
  progress: Progress,
): Promise<ServedPlugin[]> {
  const hosts = new Hosts(path.join(places.cache, "refused"));
  const served: ServedPlugin[] = [];
  for (const { name, version } of plugins) {
    const official =
      findOnPath(`pulumi-resource-${name}`, env["PATH"]) ??
      (await officialPlugin(places, hosts, name, version, progress));
    const plugin = official
      ? { name, official: true, where: official }
      : { name, official: false, where: `127.0.0.1:${await startStandIn(places, env, processes, name)}` };
    served.push(plugin);
    progress.line(
      row(
        `plugin ${name}`,
        version,
        plugin.official
          ? `official (${plugin.where})`
          : `STAND-IN at ${plugin.where}: Pulumi's own plugin cannot be had here, so this one is not under test`,
      ),
    );
  }
  return served;
}

/** Starts again the stand-ins that have ended, as the engine does with plugins in each run. */
export const reviveStandIns = (
  served: readonly ServedPlugin[],
  places: PluginPlaces,
  env: NodeJS.ProcessEnv,
  processes: Processes,
): Promise<ServedPlugin[]> =>
  Promise.all(
    served.map(async (plugin) => {
      const hasEnded = processes.services.get(serviceOf(plugin.name))?.failure() !== undefined;
      if (plugin.official || !hasEnded) return plugin;
      return { ...plugin, where: `127.0.0.1:${await startStandIn(places, env, processes, plugin.name)}` };
    }),
  );

const serviceOf = (name: PluginName) => `plugin-${name}`;

/** What the engine needs to know about stand-ins. */
export function standInEnvironment(served: readonly ServedPlugin[]): Record<string, string> {
  const ports = served
    .filter(({ official }) => !official)
    .map(({ name, where }) => `${name}:${where.split(":")[1] ?? ""}`);
  if (ports.length === 0) return {};
  return { PULUMI_DEBUG_PROVIDERS: ports.join(","), PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
}

async function officialPlugin(
  places: PluginPlaces,
  hosts: Hosts,
  name: PluginName,
  version: string,
  progress: Progress,
): Promise<string | undefined> {
  const folder = `resource-${name}-v${version}`;
  const downloaded = path.join(places.cache, "pulumi-home");
  const homes = [process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi"), downloaded];
  const installed = () =>
    homes
      .map((home) => path.join(home, "plugins", folder))
      .find((candidate) => fs.existsSync(path.join(candidate, `pulumi-resource-${name}`)));

  let found = installed();
  if (found === undefined && (await hosts.answer("https://get.pulumi.com"))) {
    const done = progress.start(`plugin ${name}`, version, "downloading");
    try {
      await run(places.pulumi, ["plugin", "install", "resource", name, version], {
        env: { ...process.env, PULUMI_HOME: downloaded, PULUMI_SKIP_UPDATE_CHECK: "true" },
        timeout: 180_000,
      });
      found = installed();
    } catch (error) {
      progress.line(`plugin ${name}: ${(error as Error).message.trim()}`);
    } finally {
      done();
    }
  }
  if (found !== undefined) link(found, path.join(places.home, "plugins", folder));
  return found;
}

/** The engine passes over a link to a folder, so the folder is made and its files are linked. */
function link(from: string, to: string): void {
  fs.mkdirSync(to, { recursive: true });
  for (const file of fs.readdirSync(from)) fs.symlinkSync(path.join(from, file), path.join(to, file));
}

/** Starts a stand-in; its first line of output is its port. */
async function startStandIn(
  { standins, programDir, kubeconfig }: PluginPlaces,
  env: NodeJS.ProcessEnv,
  processes: Processes,
  name: PluginName,
): Promise<number> {
  const last = processes.services.get(serviceOf(name));
  const read = last ? fs.statSync(last.log).size : 0;
  const service = processes.service(serviceOf(name), standins, [name], {
    cwd: programDir,
    env: { ...env, KUBECONFIG: kubeconfig },
  });
  return waitFor(
    `the port of the stand-in for ${name}`,
    () => {
      const port = /^(\d+)$/m.exec(fs.readFileSync(service.log).toString("utf8", read))?.[1];
      return Promise.resolve(port === undefined ? undefined : Number(port));
    },
    {
      timeout: 30,
      interval: 20,
      // Only this one: others may have been killed as well.
      check: () => {
        const failure = service.failure();
        if (failure !== undefined) throw new Error(failure);
      },
    },
  );
}
