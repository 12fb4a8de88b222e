import { execFileSync } from "node:child_process";
import type { Target } from "../kube/kubeconfig";
import { TaskError } from "../kube/wait";

/** Where a stack's configuration leads; what it does not say is as the environment says. */
export function targetOf(stack: string): Target {
  const text = pulumi(["config", "--json", "--show-secrets", "--stack", stack]);
  const settings = JSON.parse(text) as Readonly<Record<string, { readonly value?: string }>>;
  const read = (key: string) =>
    Object.entries(settings).find(([name]) => name.endsWith(`:${key}`))?.[1].value;
  return { kubeconfig: read("kubeconfig"), context: read("context") };
}

/** @throws TaskError with what the CLI says. */
export function pulumi(args: readonly string[]): string {
  try {
    return execFileSync("pulumi", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr = "", message } = error as { readonly stderr?: string; readonly message: string };
    throw new TaskError(`pulumi ${args[0] ?? ""} failed: ${stderr.trim() || message}`);
  }
}
