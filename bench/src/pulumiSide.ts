import * as fs from "node:fs";
import * as path from "node:path";
import { Stack, type KubeObject, type Result, type Sandbox } from "../../sandbox/src";
import type { CountedClient } from "./requests";
import { teamNames, type Layout } from "./settings";

export interface PulumiSideOptions {
  readonly sandbox: Sandbox;
  readonly client: CountedClient;
  readonly programDir?: string;
  readonly layout: Layout;
  /** Variables for the engine. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Workflow namespaces made by the program, in one stack or in several. */
export class PulumiSide {
  private readonly stacks: Stack[] = [];
  /** How many namespaces each stack has, in the order of `stacks`. */
  private sizes: number[] = [];

  constructor(
    private readonly options: PulumiSideOptions,
    private readonly prefix: string,
  ) {}

  /** Spreads this many namespaces over stacks. @returns the stacks that are not what they were. */
  async resize(size: number): Promise<Stack[]> {
    const { perStack = Infinity } = this.options.layout;
    const names = teamNames(size);
    const changed: Stack[] = [];
    const sizes: number[] = [];
    for (let from = 0, index = 0; from < size; from += perStack, index++) {
      const part = names.slice(from, from + perStack);
      sizes.push(part.length);
      if (this.sizes[index] === part.length) continue;
      const stack = (this.stacks[index] ??= this.newStack(index));
      await stack.setConfig("workflowNamespaces", JSON.stringify(part.map((name) => ({ name }))));
      changed.push(stack);
    }
    this.sizes = sizes;
    return changed;
  }

  /** How many stacks there are. */
  get count(): number {
    return this.sizes.length;
  }

  preview(): Promise<void> {
    return this.each(this.stacks, (stack, env) => stack.preview([], { env }));
  }

  up(stacks: readonly Stack[] = this.stacks): Promise<void> {
    return this.each(stacks, (stack, env) => stack.up(undefined, { env }));
  }

  upUnchanged(): Promise<void> {
    const args = ["--skip-preview", "--expect-no-changes"];
    return this.each(this.stacks, (stack, env) => stack.up(args, { env }));
  }

  destroy(): Promise<void> {
    return this.each([...this.stacks].reverse(), (stack, env) => stack.destroy(undefined, { env }));
  }

  /** The size of all state files. */
  stateBytes(): number {
    const names = new Set(this.stacks.map(({ name }) => name));
    const folder = path.join(this.options.sandbox.dir, "state", ".pulumi", "stacks");
    return fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && names.has(file.name.replace(/\.json(\.gz|\.zst)?$/, "")))
      .reduce((total, file) => total + fs.statSync(path.join(file.parentPath, file.name)).size, 0);
  }

  /** What the program gave the API server, as its state has it: for `kubectl apply`. */
  async objects(): Promise<KubeObject[]> {
    const exported = await Promise.all(this.stacks.map((stack) => stack.export()));
    return exported
      .flatMap((state) => (reveal(state) as State).deployment.resources ?? [])
      .filter(({ type, external }) => type.startsWith("kubernetes:") && !type.endsWith("Patch") && !external)
      .map(({ inputs }) => inputs);
  }

  private newStack(index: number): Stack {
    const { sandbox, programDir } = this.options;
    const name = `${this.prefix}-${index + 1}`;
    return new Stack(sandbox, { name, programDir, config: { install: "false" } });
  }

  private async each(
    stacks: readonly Stack[],
    run: (stack: Stack, env: Readonly<Record<string, string>>) => Promise<Result>,
  ): Promise<void> {
    const { client, layout, settings } = this.options;
    const env = { ...settings, KUBECONFIG: client.kubeconfig };
    const waiting = [...stacks];
    const worker = async () => {
      for (let stack = waiting.shift(); stack; stack = waiting.shift()) {
        const { code, stdout, stderr } = await run(stack, env);
        if (code !== 0) throw new Error(`pulumi failed on ${stack.name}:\n${stdout}${stderr}`);
      }
    };
    await Promise.all(Array.from({ length: layout.atOnce }, worker));
  }
}

interface State {
  readonly deployment: {
    readonly resources?: readonly {
      readonly type: string;
      readonly external?: boolean;
      readonly inputs: KubeObject;
    }[];
  };
}

/** Secrets are in an envelope that Pulumi's signature marks. */
const signature = "4dabf18193072939515e22adb298388d";

function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== "object" || value === null) return value;
  if (signature in value && "plaintext" in value) return JSON.parse(String(value.plaintext));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
}
