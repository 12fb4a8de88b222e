import type { Target } from "../kube/kubeconfig";
import type { Answer } from "../tasks/main";
import type { DestroyTask } from "../tasks/run/previews";
import { pulumi } from "./stack";

/** What a stack's state says of a destroy. It holds secrets in plain text: never to be shown. */
export interface StackState {
  /** The way to the cluster that a destroy goes. */
  readonly target: Target;
  /** Which cluster that has to be. @default - nothing has been created yet */
  readonly identity?: string | undefined;
  /** The id that marks what the stack has created. @default - nothing has been created yet */
  readonly installation?: string | undefined;
  readonly tasks: readonly DestroyTask[];
  /** The output `keptOnDestroy`. @default - there has been no `up` that came to its end */
  readonly kept: readonly string[];
}

/** Reads a stack's state through the CLI. @throws TaskError with what that says. */
export const stateOf = (stack: string): StackState =>
  parseState(pulumi(["stack", "export", "--show-secrets", "--stack", stack]));

interface Exported {
  readonly deployment?: { readonly resources?: readonly Resource[] };
}

interface Resource {
  readonly type: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** Reads what `pulumi stack export --show-secrets` prints. */
export function parseState(text: string): StackState {
  const { deployment } = JSON.parse(text) as Exported;
  const resources = deployment?.resources ?? [];
  const commands = resources.filter(({ type }) => type === "command:local:Command");
  const tasks = commands.flatMap(({ inputs = {}, outputs = {} }): DestroyTask[] => {
    const verb = textOf(inputs["delete"]).split(" ").at(-1);
    if (verb === undefined || verb === "") return [];
    const stdout = textOf(outputs["stdout"]);
    const { result } = (stdout === "" ? {} : JSON.parse(stdout)) as Partial<Answer>;
    return [{ verb, input: JSON.parse(textOf(inputs["stdin"])), previous: result }];
  });
  const environment = (revealed(commands[0]?.inputs?.["environment"]) ?? {}) as Record<string, unknown>;
  const told = (name: string) => textOf(environment[`ORCHESTRATOR_${name}`]) || undefined;
  const stack = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const kept = revealed(stack?.outputs?.["keptOnDestroy"]);
  return {
    target: { kubeconfig: told("KUBECONFIG"), context: told("CONTEXT") },
    identity: told("CLUSTER"),
    installation: tasks.flatMap(({ input }) => installationOf(input) ?? [])[0],
    tasks,
    kept: Array.isArray(kept) ? kept.map(textOf) : [],
  };
}

const installationOf = (input: unknown): string | undefined =>
  (input as { readonly installation?: string }).installation;

/** By this key of an object the engine marks a secret. */
const signature = "4dabf18193072939515e22adb298388d";

/** A value that may be a secret. */
function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(signature in value)) return value;
  return JSON.parse((value as unknown as { readonly plaintext: string }).plaintext);
}

function textOf(value: unknown): string {
  const plain = revealed(value);
  return typeof plain === "string" ? plain : "";
}
