import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { Hosts } from "./download";
import { cacheFolder } from "./folders";
import { kubernetesPlugin, plugins, type PluginName } from "./parts";
import type { Processes } from "./processes";
import type { Progress } from "./progress";
import { findOnPath, provide, RealSources, row } from "./provide";
import { waitFor } from "./wait";

const run = promisify(execFile);

/**
 * Whose a plugin is: its publisher's, its publisher's but built here from an older source, or a stand-in that is written
 * here.
 */
export type Origin = "official" | "built" | "stand-in";

/** A plugin that is at hand. */
export interface FoundPlugin {
  readonly name: PluginName;
  readonly origin: Origin;
  /** Its executable. @default - a stand-in has none of its own */
  readonly file?: string;
}

/** Which plugin serves a package. */
export interface ServedPlugin {
  readonly name: PluginName;
  readonly origin: Origin;
  /** Where its executable is, or the address of the stand-in. */
  readonly where: string;
}

export interface PluginPlaces {
  readonly standins: string;
  /** The sandbox's own PULUMI_HOME. */
  readonly home: string;
  readonly programDir: string;
  readonly kubeconfig: string;
}

/** Has a plugin at hand for each package of the program, and says of each which. */
export async function findPlugins(
  pulumi: string,
  progress: Progress,
  processes: Processes,
): Promise<FoundPlugin[]> {
  const cache = cacheFolder();
  const hosts = new Hosts(path.join(cache, "refused"));
  const searchPath = [localPlugins(), process.env["PATH"]].join(path.delimiter);
  const found: FoundPlugin[] = [];
  for (const name of names) {
    const onPath = findOnPath(executable(name), searchPath);
    const file = onPath ?? (await officialPlugin(cache, pulumi, hosts, name, progress));
    if (file !== undefined) {
      progress.line(row(`plugin ${name}`, plugins[name], `official (${file})`));
      found.push({ name, origin: "official", file });
    } else if (name === "kubernetes") {
      const built = await provide(kubernetesPlugin, new RealSources(cache, progress, processes));
      const note = `official, but of ${built.version}: see sandbox/README.md`;
      progress.line(row(`plugin ${name}`, plugins[name], `${note}; ${built.how}`));
      found.push({ name, origin: "built", file: built.file });
    } else {
      const note = "Pulumi's own plugin cannot be had here, so this one is not under test";
      progress.line(row(`plugin ${name}`, plugins[name], `STAND-IN: ${note}`));
      found.push({ name, origin: "stand-in" });
    }
  }
  return found;
}

/** The folder of the user's own plugins, if one is named. One without any plugin is a mistake worth a word. */
export function localPlugins(): string | undefined {
  const named = process.env["ORCHESTRATOR_SANDBOX_PLUGINS"];
  if (!named) return undefined;
  const folder = path.resolve(named);
  if (names.some((name) => findOnPath(executable(name), folder))) return folder;
  throw new Error(
    `ORCHESTRATOR_SANDBOX_PLUGINS is ${named}, which has none of ${names.map(executable).join(", ")}`,
  );
}

/** Puts the plugins where the engine finds them, and starts the stand-ins. */
export const servePlugins = (
  found: readonly FoundPlugin[],
  places: PluginPlaces,
  env: NodeJS.ProcessEnv,
  processes: Processes,
): Promise<ServedPlugin[]> =>
  Promise.all(
    found.map(async ({ name, origin, file }) => {
      if (file === undefined)
        return { name, origin, where: `127.0.0.1:${await startStandIn(places, env, processes, name)}` };
      // One on PATH is found there.
      if (findOnPath(executable(name), env["PATH"]) === undefined)
        link(path.dirname(file), path.join(places.home, "plugins", folderOf(name)));
      return { name, origin, where: file };
    }),
  );

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
      if (plugin.origin !== "stand-in" || !hasEnded) return plugin;
      return { ...plugin, where: `127.0.0.1:${await startStandIn(places, env, processes, plugin.name)}` };
    }),
  );

const names = Object.keys(plugins) as PluginName[];

const executable = (name: PluginName) => `pulumi-resource-${name}`;

const folderOf = (name: PluginName) => `resource-${name}-v${plugins[name]}`;

const serviceOf = (name: PluginName) => `plugin-${name}`;

/** What the engine and its plugins need to know about those that are not the publisher's. */
export function pluginEnvironment(served: readonly ServedPlugin[]): Record<string, string> {
  const ports = served
    .filter(({ origin }) => origin === "stand-in")
    .map(({ name, where }) => `${name}:${where.split(":")[1] ?? ""}`);
  return {
    ...(ports.length > 0 && {
      PULUMI_DEBUG_PROVIDERS: ports.join(","),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    }),
    // It does not know the provider's `enablePatchForce`, which the program sets, but this, which does the same.
    ...(served.some(({ origin }) => origin === "built") && { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" }),
  };
}

async function officialPlugin(
  cache: string,
  pulumi: string,
  hosts: Hosts,
  name: PluginName,
  progress: Progress,
): Promise<string | undefined> {
  const version = plugins[name];
  const downloaded = path.join(cache, "pulumi-home");
  const homes = [process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi"), downloaded];
  const installed = () =>
    homes
      .map((home) => path.join(home, "plugins", folderOf(name), executable(name)))
      .find((file) => fs.existsSync(file));

  const found = installed();
  if (found !== undefined || !(await hosts.answer("https://get.pulumi.com"))) return found;
  const done = progress.start(`plugin ${name}`, version, "downloading");
  try {
    await run(pulumi, ["plugin", "install", "resource", name, version], {
      env: { ...process.env, PULUMI_HOME: downloaded, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: 180_000,
    });
    return installed();
  } catch (error) {
    progress.line(`plugin ${name}: ${(error as Error).message.trim()}`);
    return undefined;
  } finally {
    done();
  }
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
