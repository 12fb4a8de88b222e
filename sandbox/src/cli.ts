import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startSandbox, type Sandbox } from "./boot";
import { describe, diff, settled, withoutKeptKinds } from "./inventory";
import { cacheFolder } from "./folders";
import { findPlugins } from "./plugins";
import { Processes } from "./processes";
import { duration, printTo } from "./progress";
import { provideParts } from "./provide";
import { Stack, type Result } from "./pulumi";
import { waitFor } from "./wait";

const usage = `Usage: npm run <command> --workspace sandbox -- [options]

  run      boot a sandbox, install the program, look around (Enter goes on), install again,
           remove, compare the cluster with how it was, stop
  start    boot a sandbox and leave it running until Ctrl-C
  build    only have every part at hand: from PATH, the cache, a download or its Go module

  --state DIR   the sandbox's own folder, new or empty (default: a new temporary one)
  --keep        leave that folder, with all logs, at the end
  --config FILE the stack's settings, such as Pulumi.dev.yaml (default: none)
`;

const progress = printTo(process.stdout);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      state: { type: "string" },
      keep: { type: "boolean", default: false },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [command = "run", ...rest] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (rest.length > 0 || !["run", "start", "build"].includes(command)) {
    process.stderr.write(usage);
    return 2;
  }
  if (command === "build") {
    const processes = new Processes(path.join(cacheFolder(), `build-${process.pid}`));
    try {
      const { file } = await provideParts(progress, processes);
      await findPlugins(file.pulumi, progress, processes);
    } finally {
      await processes.stop();
    }
    return 0;
  }

  const boot = new AbortController();
  const booting = startSandbox({
    progress,
    signal: boot.signal,
    keep: values.keep,
    ...(values.state === undefined ? {} : { dir: values.state }),
  });
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        resolve("interrupted");
      });
    }
  });
  const sandbox = await Promise.race([booting, interrupted]);
  if (sandbox === "interrupted") {
    boot.abort();
    // A download may hang; what was started so far ends with this process at the latest.
    await Promise.race([booting.catch(() => undefined), sleep(5000)]);
    return 130;
  }

  let code: number;
  try {
    const work = command === "start" ? stay(sandbox) : rehearse(sandbox, values.config);
    const end = await Promise.race([work, interrupted]);
    code = end === "interrupted" ? (command === "start" ? 0 : 130) : end;
  } finally {
    progress.line("Stopping the sandbox.");
    await sandbox.stop();
  }
  if (values.keep) progress.line(`Its folder stays: ${sandbox.dir}`);
  return code;
}

/** Until Ctrl-C, which the caller waits for, too. */
async function stay(sandbox: Sandbox): Promise<number> {
  const file = path.join(sandbox.dir, "env.sh");
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  // PATH is lengthened, not replaced: the other shell may have another one.
  const value = (name: string, text: string) =>
    name === "PATH" ? `${quote(path.join(sandbox.dir, "bin"))}:"$PATH"` : quote(text);
  const lines = Object.entries(sandbox.ownEnv).map(([name, text]) => `export ${name}=${value(name, text)}`);
  fs.writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  progress.line("\nFor kubectl and pulumi in another shell:\n");
  progress.line(`export KUBECONFIG=${quote(sandbox.kubeconfig)}`);
  progress.line(`. ${quote(file)}    # this, and all that pulumi needs\n`);
  progress.line("Ctrl-C stops the sandbox.");
  // Nothing to wait for but a part that fails.
  for (;;) {
    await waitFor("a part to fail", () => Promise.resolve(undefined), {
      timeout: 3600,
      interval: 1000,
      check: () => {
        sandbox.processes.check();
      },
    }).catch(() => {
      sandbox.processes.check();
    });
  }
}

/** The whole life of an installation. */
async function rehearse(sandbox: Sandbox, config?: string): Promise<number> {
  const stack = new Stack(sandbox);
  const times: [string, number][] = sandbox.timings.map(({ phase, milliseconds }) => [phase, milliseconds]);
  const onOutput = (text: string) => process.stdout.write(text);
  const step = async (name: string, work: () => Promise<Result>) => {
    progress.line(`\n== pulumi ${name}`);
    const result = await work();
    times.push([name, result.seconds * 1000]);
    if (result.code !== 0) throw new Error(`pulumi ${name} failed`);
    return result;
  };

  await stack.init();
  if (config !== undefined) useSettings(config, stack.configFile);
  const before = await settled(sandbox.kubeconfig);
  await step("up", () => stack.up(undefined, { onOutput }));
  progress.line(`\n== outputs\n${JSON.stringify(await stack.outputs(), null, 2)}`);
  if (process.stdin.isTTY) {
    progress.line(`\nLook around:  ${sandbox.files.kubectl} --kubeconfig ${sandbox.kubeconfig} get all -A`);
    const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
    await terminal.question("Enter goes on. ");
    terminal.close();
  }
  await step("up, again", () => stack.up(["--skip-preview", "--expect-no-changes"], { onOutput }));
  await step("destroy", () => stack.destroy(undefined, { onOutput }));
  const after = await settled(sandbox.kubeconfig);
  const left = diff(before, after);
  const unexpected = describe(withoutKeptKinds(left, after));

  progress.line("\n== the cluster, compared with how it was");
  const kept = left.added.filter((name) => name.includes("/CustomResourceDefinition "));
  for (const name of kept) progress.line(`kept, as OLM means it, with the roles that go with it: ${name}`);
  progress.line(unexpected.length === 0 ? "nothing else is left over" : unexpected.join("\n"));
  progress.line("\n== times");
  for (const [name, milliseconds] of times) progress.line(`${name.padEnd(24)} ${duration(milliseconds)}`);
  return unexpected.length === 0 ? 0 : 1;
}

/** Gives a new stack the settings of a file, and leaves it the key to its own secrets. */
function useSettings(from: string, to: string): void {
  const settings = fs.readFileSync(from, "utf8");
  const salt = /^encryptionsalt:.*$/m;
  fs.writeFileSync(
    to,
    salt.test(settings) ? settings : `${settings}\n${salt.exec(fs.readFileSync(to, "utf8"))?.[0] ?? ""}\n`,
  );
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
