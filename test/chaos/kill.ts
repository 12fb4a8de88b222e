import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningProcess, Sandbox } from "../../sandbox/src";
import { pick, type Plan } from "./plan";

/** Kills what the plan says, as a crash would, and has an API server come back. @returns what was hit. */
export async function kill(
  sandbox: Sandbox,
  { target, choice, away }: Plan,
  engine: number,
): Promise<string> {
  switch (target) {
    case "engine":
      await sandbox.processes.killOne(engine);
      return target;
    case "group":
      await Promise.all(ofTheRun(sandbox).map(({ pid }) => sandbox.processes.killOne(pid)));
      return target;
    case "plugin": {
      const plugins = ofTheRun(sandbox).flatMap((process) => {
        const name = pluginOf(process);
        return name === undefined ? [] : [{ name, pid: process.pid }];
      });
      if (plugins.length === 0) return "no plugin";
      const { name, pid } = pick(
        plugins.sort((a, b) => (a.name < b.name ? -1 : 1)),
        choice,
      );
      await sandbox.processes.killOne(pid);
      return `plugin ${name}`;
    }
    case "API server":
      await sandbox.killApiServer();
      await sleep(away * 1_000);
      await sandbox.restartApiServer();
      return `${target} for ${away.toFixed(1)} s`;
  }
}

/** All that runs in the sandbox but for the cluster. Stand-ins for plugins serve one run after the other. */
function ofTheRun({ processes }: Sandbox): RunningProcess[] {
  const cluster = [...processes.services.values()].filter(({ name }) => !name.startsWith("plugin-"));
  const pids = cluster.map(({ child }) => child.pid);
  return processes.list().filter(({ pid }) => !pids.includes(pid));
}

/** What the engine starts to do a part of its work, by the name that it has there. */
function pluginOf({ args }: RunningProcess): string | undefined {
  const names = args.map((arg) => basename(arg));
  if (names[0] === "standins") return names[1];
  if (names[0] === "pulumi-language-nodejs") return "language host";
  const prefix = "pulumi-resource-";
  const plugin = names.find((name) => name.startsWith(prefix));
  if (plugin !== undefined) return plugin.slice(prefix.length);
  return args.some((arg) => arg.endsWith("/cmd/run")) ? "program" : undefined;
}
