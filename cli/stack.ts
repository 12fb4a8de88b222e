import { execFileSync } from "node:child_process";
import { Cluster } from "../kube/cluster";
import type { Target } from "../kube/kubeconfig";
import { TaskError } from "../kube/wait";

/** A setting of a stack, as `pulumi config` shows it. */
export interface Setting {
  /** A structure is JSON. */
  readonly value?: string;
  readonly secret: boolean;
}

/** The project's name in Pulumi.yaml, which is the prefix of its settings in a stack file. */
export const project = "orchestrator";

/** The settings of a stack by their keys, secrets included: never to be shown. */
export function settingsOf(stack: string): ReadonlyMap<string, Setting> {
  const text = pulumi(["config", "--json", "--show-secrets", "--stack", stack]);
  const all = Object.entries(JSON.parse(text) as Readonly<Record<string, Setting>>);
  const own = all.filter(([key]) => key.startsWith(`${project}:`));
  return new Map(own.map(([key, setting]) => [key.slice(project.length + 1), setting]));
}

/** The stack that `pulumi stack select` has chosen. */
export const selectedStack = (): string => pulumi(["stack", "--show-name"]).trim();

/** Where a stack's settings lead; what they do not say is as the environment says. */
export const targetOf = (settings: ReadonlyMap<string, Setting>): Target => ({
  kubeconfig: settings.get("kubeconfig")?.value,
  context: settings.get("context")?.value,
});

/** The cluster of a stack, or that of the current context. */
export const clusterOf = (stack: string | undefined): Cluster =>
  Cluster.connect(stack === undefined ? {} : targetOf(settingsOf(stack)));

/** @throws TaskError with what the CLI says. */
export function pulumi(args: readonly string[]): string {
  try {
    return execFileSync("pulumi", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      // A stack's state can be of many megabytes.
      maxBuffer: 1024 ** 3,
    });
  } catch (error) {
    const { stderr = "", message } = error as { readonly stderr?: string; readonly message: string };
    throw new TaskError(`pulumi ${args[0] ?? ""} failed: ${stderr.trim() || message}`);
  }
}
