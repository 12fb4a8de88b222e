import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Sandbox } from "./boot";
import { programFolder } from "./folders";

export interface StackOptions {
  /** @default - this repository */
  programDir?: string;
  /** @default "dev" */
  name?: string;
  /** Settings with their full keys (`project:key`) or the short ones of the program. @default - none */
  config?: Readonly<Record<string, string>>;
  /** The longest that a run may take, in seconds; then it is killed, and what it said so far is its result. @default - any time */
  limit?: number;
}

export interface Result {
  /** The exit code; `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface RunOptions {
  /** Further variables for this run. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of output. */
  readonly onOutput?: (text: string) => void;
  /** Called with its process, for whoever wants to kill it. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Written to its standard input. @default - it has none */
  readonly input?: string;
}

/** A stack of the program on a sandbox, driven through the CLI, as a user does. */
export class Stack {
  readonly name: string;
  readonly programDir: string;
  /** The stack's settings file: below the sandbox's folder, so that the program's stays as it is. */
  readonly configFile: string;
  private readonly folder: string;
  private ready: Promise<void> | undefined;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly options: StackOptions = {},
  ) {
    this.name = options.name ?? "dev";
    this.programDir = options.programDir ?? programFolder;
    this.folder = path.join(sandbox.dir, "stacks", this.name);
    this.configFile = path.join(this.folder, `Pulumi.${this.name}.yaml`);
  }

  async up(args: readonly string[] = ["--skip-preview"], options?: RunOptions): Promise<Result> {
    await this.init();
    return this.run(this.upArgs(args), options);
  }

  async preview(args: readonly string[] = [], options?: RunOptions): Promise<Result> {
    await this.init();
    return this.run(["preview", ...this.common(), ...args], options);
  }

  async destroy(args: readonly string[] = ["--skip-preview"], options?: RunOptions): Promise<Result> {
    await this.init();
    return this.run(["destroy", "--yes", ...this.common(), ...args], options);
  }

  async refresh(args: readonly string[] = ["--skip-preview"], options?: RunOptions): Promise<Result> {
    await this.init();
    return this.run(["refresh", "--yes", ...this.common(), ...args], options);
  }

  /** Takes the lock that a killed run left. */
  async cancel(): Promise<Result> {
    await this.init();
    return this.run(["cancel", "--yes", "--non-interactive", "--stack", this.name], { cwd: this.folder });
  }

  /** The stack's state as Pulumi writes it. */
  async export(): Promise<unknown> {
    await this.init();
    const args = ["stack", "export", "--show-secrets", "--stack", this.name];
    return JSON.parse(okay(await this.run(args, { cwd: this.folder })).stdout);
  }

  async outputs(): Promise<Record<string, unknown>> {
    await this.init();
    const args = ["stack", "output", "--json", "--show-secrets", "--stack", this.name];
    return JSON.parse(okay(await this.run(args, { cwd: this.folder })).stdout) as Record<string, unknown>;
  }

  async setConfig(key: string, value: string): Promise<void> {
    await this.init();
    await this.set(key, value, "--plaintext");
  }

  /** Sets a secret through standard input: it is in no argument list and no variable. */
  async setSecret(key: string, value: string): Promise<void> {
    await this.init();
    await this.set(key, value, "--secret");
  }

  async removeConfig(key: string): Promise<void> {
    await this.init();
    okay(await this.run(["config", "rm", key, "--stack", this.name], { cwd: this.folder }));
  }

  /**
   * Starts `up` and comes back at once, for whoever wants to kill it. It leads a process group of its own:
   * `child.kill(signal)` reaches the engine alone, `process.kill(-child.pid, signal)` also what it runs itself. The
   * engine gives its language host, and so the program, another group: these outlive a killed engine for a while, as
   * on anybody's machine, and end with the sandbox at the latest.
   */
  async spawnUp(
    args: readonly string[] = ["--skip-preview"],
    options: RunOptions = {},
  ): Promise<ChildProcess> {
    await this.init();
    return this.spawn(this.upArgs(args), this.programDir, options);
  }

  /** Runs any `pulumi` command, in the program's folder unless told otherwise. */
  run(args: readonly string[], options: RunOptions & { readonly cwd?: string } = {}): Promise<Result> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const child = this.spawn(args, options.cwd ?? this.programDir, options);
      options.onStart?.(child);
      let stdout = "";
      let stderr = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        options.onOutput?.(text);
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
        options.onOutput?.(text);
      });
      const { limit } = this.options;
      const timer = limit !== undefined && setTimeout(() => child.kill("SIGKILL"), limit * 1000);
      child.once("error", reject);
      child.once("close", (code) => {
        if (timer) clearTimeout(timer);
        resolve({ code, stdout, stderr, seconds: (performance.now() - begun) / 1000 });
      });
    });
  }

  /** Creates the stack, in a folder that has the program's project file and takes the stack's settings. */
  init(): Promise<void> {
    return (this.ready ??= this.create());
  }

  private async create(): Promise<void> {
    fs.mkdirSync(this.folder, { recursive: true });
    fs.copyFileSync(path.join(this.programDir, "Pulumi.yaml"), path.join(this.folder, "Pulumi.yaml"));
    const args = ["stack", "init", this.name, "--non-interactive"];
    okay(await this.run(args, { cwd: this.folder }));
    for (const [key, value] of Object.entries(this.options.config ?? {}))
      await this.set(key, value, "--plaintext");
  }

  private async set(key: string, value: string, how: "--plaintext" | "--secret"): Promise<void> {
    const args = ["config", "set", key, how, "--non-interactive", "--stack", this.name];
    okay(await this.run(args, { cwd: this.folder, input: value }));
  }

  private upArgs(args: readonly string[]): string[] {
    return ["up", "--yes", ...this.common(), ...args];
  }

  private common(): string[] {
    const file = ["--config-file", this.configFile];
    return [
      "--non-interactive",
      "--color",
      "never",
      "--suppress-permalink=true",
      "--stack",
      this.name,
      ...file,
    ];
  }

  private spawn(args: readonly string[], cwd: string, { env, input }: RunOptions): ChildProcess {
    const child = this.sandbox.processes.spawn(path.join(this.sandbox.dir, "bin", "pulumi"), args, {
      cwd,
      env: { ...this.sandbox.env, ...env },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    child.stdin?.end(input);
    return child;
  }
}

/** A command that must succeed. */
function okay(result: Result): Result {
  if (result.code !== 0)
    throw new Error(`pulumi failed (${result.code ?? "signal"}):\n${result.stdout}${result.stderr}`);
  return result;
}
