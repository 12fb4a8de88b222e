import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

/** In the environment of all that a sandbox starts, so that nothing of it can hide from the watchdog. */
const markVariable = "ORCHESTRATOR_SANDBOX_OWNER";

/**
 * By Go's default, the API server spends a fifth of its processor time on collecting garbage. For the minutes that it runs,
 * memory costs less.
 */
const generous = { GOGC: "400", GOMEMLIMIT: "1GiB" };

/** A process that runs now, and how it was started. */
export interface RunningProcess {
  readonly pid: number;
  readonly args: readonly string[];
}

/** A process of the sandbox that runs until it is stopped. */
export interface Service {
  readonly name: string;
  readonly log: string;
  /** The one that runs now. */
  child: ChildProcess;
  /** Set when it has ended: a sentence with the end of its log. */
  failure(): string | undefined;
}

/** Starts processes whose lives end with this one's, however that ends. */
export class Processes {
  private readonly watchdog: ChildProcess;
  private readonly mark: string;
  private stopped = false;
  readonly services = new Map<string, Service>();

  constructor(private readonly folder: string) {
    this.mark = `${markVariable}=${folder}`;
    // Detached, so that Ctrl-C in the terminal reaches this process only and the watchdog can do its work.
    this.watchdog = spawn(process.execPath, [path.join(__dirname, "watchdog.mjs"), this.mark], {
      detached: true,
      stdio: ["pipe", "ignore", "inherit"],
    });
    this.watchdog.unref();
    this.watchdog.stdin?.on("error", () => undefined);
    (this.watchdog.stdin as unknown as { unref(): void }).unref();
  }

  /** Starts a process in a group of its own. The group is killed at the latest when the sandbox stops. */
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    const env = { ...(options.env ?? process.env), [markVariable]: this.folder };
    const child = spawn(command, args, { ...options, env, detached: true });
    const { pid } = child;
    if (pid !== undefined) {
      this.tell(`group ${pid}`);
      child.once("exit", () => {
        // Its group may still have members; then the number stays listed, and taken.
        if (!groupLives(pid)) this.tell(`ended ${pid}`);
      });
    }
    return child;
  }

  /**
   * Starts a service that writes to `logs/<name>.log`. One that `restarts` is started again when it ends, as the kubelet
   * would do it, unless it has ended at once: OLM, for one, now and then crashes when a CSV is deleted.
   */
  service(
    name: string,
    command: string,
    args: readonly string[],
    options: SpawnOptions = {},
    restarts?: { readonly afterSeconds: number },
  ): Service {
    const log = path.join(this.folder, "logs", `${name}.log`);
    fs.mkdirSync(path.dirname(log), { recursive: true });
    let failure: string | undefined;

    const start = (): ChildProcess => {
      const begun = Date.now();
      const out = fs.openSync(log, "a");
      const env = { ...generous, ...(options.env ?? process.env) };
      const child = this.spawn(command, args, { stdio: ["ignore", out, out], ...options, env });
      fs.closeSync(out);
      child.once("error", (error) => (failure = `${name} did not start: ${error.message}`));
      child.once("exit", (code, signal) => {
        const end = `${name} ended (${signal ?? `exit code ${code ?? "unknown"}`})`;
        const isWanted = !this.stopped && this.services.get(name) === service;
        if (restarts && isWanted && Date.now() - begun >= restarts.afterSeconds * 1000) {
          fs.appendFileSync(log, `\n${end}, and is started again\n`);
          service.child = start();
        } else {
          failure ??= `${end}. The end of ${log}:\n${tail(log)}`;
        }
      });
      child.unref();
      return child;
    };

    const service: Service = { name, log, child: start(), failure: () => failure };
    this.services.set(name, service);
    return service;
  }

  /** Kills one service and waits until it is gone. */
  async kill(name: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const service = this.services.get(name);
    if (service?.child.pid === undefined) return;
    this.services.delete(name);
    if (service.failure() !== undefined) return;
    const ended = once(service.child, "exit");
    service.child.ref();
    process.kill(-service.child.pid, signal);
    await ended;
  }

  /** All that runs in the sandbox, also what has left its group or lost its parent. Linux only; elsewhere there is none. */
  list(): RunningProcess[] {
    if (process.platform !== "linux") return [];
    return fs.readdirSync("/proc").flatMap((pid) => {
      try {
        const read = (file: string) => fs.readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
        return read("environ").includes(this.mark) ? [{ pid: Number(pid), args: read("cmdline") }] : [];
      } catch {
        return []; // it has ended, is another user's, or is no process
      }
    });
  }

  /** Kills one process alone, as a crash would, and waits until a service is known to have ended. */
  async killOne(pid: number): Promise<void> {
    const service = [...this.services.values()].find(({ child }) => child.pid === pid);
    const ended = service && once(service.child, "exit");
    service?.child.ref();
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return; // it has just ended
      throw error;
    }
    await ended;
  }

  /** Runs a command to its end and gives its standard output; throws with its error output when it fails. */
  run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = this.spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
      const output = { stdout: "", stderr: "" };
      child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
      child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
      child.once("error", reject);
      child.once("close", (code) => {
        if (code === 0) resolve(output.stdout);
        else reject(new Error(`${[command, ...args].join(" ")} failed:\n${output.stderr}`));
      });
    });
  }

  /** Throws when a service that should run has ended. */
  check(): void {
    if (this.stopped) throw new Error("the sandbox was stopped");
    for (const service of this.services.values()) {
      const failure = service.failure();
      if (failure !== undefined) throw new Error(failure);
    }
  }

  /** Removes the folder at the end, even if this process does not live to do so. */
  removeFolderAtEnd(remove: boolean): void {
    this.tell(remove ? `remove ${this.folder}` : "keep");
  }

  /** Ends everything that was started; resolves when all of it is gone. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.services.clear();
    if (this.watchdog.exitCode !== null || this.watchdog.signalCode !== null) return;
    const ended = once(this.watchdog, "exit");
    this.watchdog.ref();
    this.watchdog.stdin?.end();
    await ended;
  }

  private tell(line: string): void {
    this.watchdog.stdin?.write(`${line}\n`);
  }
}

function groupLives(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The last lines of a log. */
export function tail(file: string, lines = 15): string {
  return fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}
