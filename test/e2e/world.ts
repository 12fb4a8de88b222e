import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll } from "vitest";
import {
  inventory,
  leftovers,
  printTo,
  settled,
  Stack,
  startSandbox,
  type Inventory,
  type Result,
  type Sandbox,
  type SandboxOptions,
} from "../../sandbox/src";

/** Namespace and name of Developer Hub's Secret. */
export const rhdhSecret = ["rhdh-operator", "backstage-backend-auth-secret"] as const;
/** For an `up` that must change nothing. */
export const unchanged = ["--skip-preview", "--expect-no-changes"];
/** A secret to look for wherever it must not be. */
export const githubToken = "ghp_planted0token0that0must0not0show";

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** What a command of this project has said, and its exit status. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sandbox, and what the tests ask of it. */
export class World {
  private constructor(readonly sandbox: Sandbox) {}

  static async boot(options: SandboxOptions = {}): Promise<World> {
    const world = new World(await startSandbox({ progress: printTo(process.stdout), ...options }));
    for (const { phase, milliseconds } of world.sandbox.timings) report(phase, milliseconds / 1_000);
    return world;
  }

  stop(): Promise<void> {
    return this.sandbox.stop();
  }

  stack(name: string, config: Readonly<Record<string, object | string>> = {}): Stack {
    const texts = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    // Less than a test may take, so that one that hangs says where.
    return new Stack(this.sandbox, {
      name,
      config: Object.fromEntries(texts) as Record<string, string>,
      limit: 420,
    });
  }

  /** Runs a command of this project as npm does, on the cluster of a kubeconfig. */
  command(cli: string, args: readonly string[], kubeconfig = this.sandbox.kubeconfig): Promise<Said> {
    return this.tsx(cli, args, { KUBECONFIG: kubeconfig });
  }

  /** The same for a stack, and without a kubeconfig: the stack's settings, or its state, have it. */
  commandOf(stack: Stack, cli: string, ...args: string[]): Promise<Said> {
    return this.tsx(cli, ["--stack", stack.name, ...args], { KUBECONFIG: "" }, dirname(stack.configFile));
  }

  private tsx(
    cli: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    cwd?: string,
  ): Promise<Said> {
    const options = { cwd, env: { ...this.sandbox.env, ...env }, maxBuffer: 1 << 26 };
    return promisify(execFile)(resolve("node_modules/.bin/tsx"), [resolve(cli), ...args], options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as Said,
    );
  }

  kubectl(...args: string[]): Promise<string> {
    return this.sandbox.kubectl(...args);
  }

  /** Applies a manifest as an admin would. */
  async apply(manifest: object): Promise<void> {
    const file = join(this.sandbox.dir, "manifest.json");
    writeFileSync(file, JSON.stringify(manifest));
    await this.kubectl("apply", "--server-side", "-f", file);
  }

  /** A kubeconfig of this cluster, or of another address, for whoever has a token. @returns its path. */
  async kubeconfigOf(token: string, server?: string): Promise<string> {
    const { clusters } = JSON.parse(
      await this.kubectl("config", "view", "--raw", "--minify", "-o", "json"),
    ) as { clusters: { cluster: { server: string } }[] };
    const [first] = clusters;
    const cluster = { ...first?.cluster, ...(server !== undefined && { server }) };
    const config = {
      "current-context": "user",
      clusters: [{ name: "user", cluster }],
      users: [{ name: "user", user: { token } }],
      contexts: [{ name: "user", context: { cluster: "user", user: "user" } }],
    };
    const file = join(this.sandbox.dir, `kubeconfig-${server === undefined ? "user" : "elsewhere"}.json`);
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl("get", ...args, "-o", "json")) as T;
  }

  async exists(...args: string[]): Promise<boolean> {
    return (await this.kubectl("get", ...args, "--ignore-not-found", "-o", "name")).trim() !== "";
  }

  /** Whether an object says that a condition holds. */
  async says(condition: string, ...args: string[]): Promise<boolean> {
    const { status } = await this.json<Conditioned>(...args);
    return (status?.conditions ?? []).some(({ type, status }) => type === condition && status === "True");
  }

  /** The versions of operators that are installed, each with its phase, without OLM's copies. */
  async csvs(): Promise<string[]> {
    const columns = "custom-columns=NAME:.metadata.name,PHASE:.status.phase";
    const all = ["csv", "-A", "-l", "!olm.copiedFrom", "--no-headers", "-o", columns];
    const lines = (await this.kubectl("get", ...all)).split("\n");
    return lines.flatMap((line) => (line.trim() === "" ? [] : [line.trim().replace(/\s+/, " ")])).sort();
  }

  /** One value of a Secret. */
  async secret(namespace: string, name: string, key: string): Promise<string> {
    const { data } = await this.json<{ data: Record<string, string> }>("secret", name, "-n", namespace);
    return Buffer.from(data[key] ?? "", "base64").toString("utf8");
  }

  /** The keys of Developer Hub's Secret, sorted. */
  async rhdhKeys(): Promise<string[]> {
    const [namespace, name] = rhdhSecret;
    const { data } = await this.json<{ data: Record<string, string> }>("secret", name, "-n", namespace);
    return Object.keys(data).sort();
  }

  /** Deletes the CRDs of an earlier install: OLM refuses an older release beside those of a newer one. */
  async forget(): Promise<void> {
    const names = (await this.kubectl("get", "crd", "-o", "jsonpath={.items[*].metadata.name}")).split(" ");
    const kept = names.filter((name) => /knative|sonataflow|rhdh/.test(name));
    if (kept.length > 0) await this.kubectl("delete", "crd", ...kept);
  }

  inventory(): Promise<Inventory> {
    return inventory(this.sandbox.kubeconfig);
  }

  /** The cluster, once nothing of it has changed for some seconds: OLM and other controllers work in their own time. */
  atRest(seconds: number): Promise<Inventory> {
    return settled(this.sandbox.kubeconfig, { seconds, timeout: 240 });
  }

  /** What tells the cluster from how it was, but for what stays on purpose. Only lines that `counts` are looked at. */
  leftovers(before: Inventory, counts?: (line: string) => boolean): Promise<string[]> {
    return leftovers(this.sandbox.kubeconfig, before, counts);
  }

  /** What a command says of a stack in JSON, and its exit status. */
  async reportOf(stack: Stack, cli: string): Promise<{ readonly code: number; readonly report: unknown }> {
    const { code, stdout, stderr } = await this.commandOf(stack, cli, "-o", "json");
    if (stdout === "") throw new Error(`${cli} ended with ${code}: ${stderr}`);
    return { code, report: JSON.parse(stdout) };
  }

  /** Every file of the state backend, as it lies on the disk. */
  stateFiles(): string {
    const files = readdirSync(join(this.sandbox.dir, "state"), { recursive: true, withFileTypes: true });
    return files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))
      .join("\n");
  }
}

/** Boots a world for the tests of a file, and a new one after each that failed: what it left is nobody else's trouble. */
export function useWorld(use: (world: World) => void, options?: SandboxOptions): void {
  let world: World;
  const renew = async () => {
    world = await World.boot(options);
    use(world);
  };
  beforeAll(renew);
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    await world.stop();
    await renew();
  });
  afterAll(() => world.stop());
}

/** What a run said, on both streams. */
export const said = ({ stdout, stderr }: Result): string => stdout + stderr;

/** A run that must succeed; its output is the error where it does not. */
export async function ok(run: Promise<Result>, what: string): Promise<Result> {
  const result = await run;
  if (result.code !== 0) {
    const failure = `${what} failed (${String(result.code)}):\n${said(result)}`;
    // At once: vitest tells it only after the last of all files.
    console.log(failure);
    throw new Error(failure);
  }
  report(what, result.seconds);
  return result;
}

/** A run that must fail. @returns what it said. */
export async function fails(run: Promise<Result>, what: string): Promise<string> {
  const result = await run;
  if (result.code === 0) throw new Error(`${what} succeeded:\n${said(result)}`);
  report(`${what} (refused)`, result.seconds);
  return said(result);
}

const report = (what: string, seconds: number) => {
  console.log(`${what.padEnd(48)} ${seconds.toFixed(1).padStart(6)} s`);
};

/** The spec of an Orchestrator that somebody makes by hand: upstream's sample. */
export const handMadeSpec = {
  sonataFlowOperator: { enabled: true },
  serverlessOperator: { enabled: true },
  rhdhOperator: {
    enabled: true,
    secretRef: { name: "backstage-backend-auth-secret" },
    subscription: { namespace: "rhdh-operator", targetNamespace: "rhdh-operator" },
  },
  postgres: {
    serviceName: "sonataflow-psql-postgresql",
    serviceNamespace: "sonataflow-infra",
    authSecret: {
      name: "sonataflow-psql-postgresql",
      userKey: "postgres-username",
      passwordKey: "postgres-password",
    },
  },
  orchestrator: { namespace: "sonataflow-infra" },
  argocd: { enabled: false },
  tekton: { enabled: false },
};
