import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { versions } from "../../config/profiles";
import { printTo, silent, startSandbox, type Sandbox } from "../../sandbox/src";
import { planOf, type Durations, type Plan } from "./plan";
import { measure, play, type Outcome } from "./round";

const usage = `Usage: npm run chaos -- [options]

Kills the engine, it and all that it runs, one of its plugins or the API server at a random moment of an
up or a destroy, runs up or destroy again, and compares the cluster with how it was before.

  --release R        the release of Orchestrator (default: ${versions.at(-1) ?? ""})
  --rounds N         how many rounds (default: 10)
  --seed S           what the rounds depend on (default: a new one)
  --round K          only this round
  --durations U,D    how long up and destroy take when nothing hits them, in seconds (default: measured first)
  --logs DIR         where what the runs of a failed round said goes, with the logs of the cluster (default: nowhere)
  --keep             stop at the first failure, and leave the sandbox's folder with its logs

The exit status is 0 if every round left the cluster as it was.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      release: { type: "string", default: versions.at(-1) ?? "" },
      rounds: { type: "string", default: "10" },
      seed: { type: "string", default: randomBytes(4).toString("hex") },
      round: { type: "string" },
      durations: { type: "string" },
      logs: { type: "string" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { release, seed, keep, logs } = values;
  const given = values.durations === undefined ? undefined : durationsOf(values.durations);
  const first = values.round === undefined ? 1 : number("round", values.round);
  const last = values.round === undefined ? number("rounds", values.rounds) : first;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (!versions.some((version) => version === release))
    throw new Error(`--release is "${release}": there are ${versions.join(", ")}`);

  const boot = (progress = silent) => startSandbox({ progress, keep });
  let sandbox = await boot(printTo(process.stdout));
  try {
    const durations = given ?? (await measure(sandbox, release, "undisturbed"));
    const { up, destroy } = durations;
    const same = `--release ${release} --seed ${seed} --durations ${up.toFixed(1)},${destroy.toFixed(1)}`;
    print(`chaos ${same}`);
    let failed = 0;
    for (let round = first; round <= last; round++) {
      const begun = performance.now();
      const plan = planOf(seed, round, durations);
      const outcome = await play(sandbox, release, `round-${round}`, plan);
      print(line(round, plan, outcome, (performance.now() - begun) / 1_000));
      if (outcome.left.length === 0 && outcome.failure === undefined) continue;
      failed++;
      for (const object of outcome.left) print(`    ${object}`);
      if (outcome.failure !== undefined) print(indented(outcome.failure));
      print(`    again, alone: npm run chaos -- ${same} --round ${round}`);
      if (logs !== undefined) save(path.join(logs, `${release}-${seed}-${round}`), sandbox, outcome);
      if (keep) {
        print(`    the sandbox's folder: ${sandbox.dir}`);
        break;
      }
      // What it left is not to be the trouble of the next.
      await sandbox.stop();
      sandbox = await boot();
    }
    print(failed === 0 ? "nothing is left" : `${failed} of ${last - first + 1} rounds failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await sandbox.stop();
  }
}

function line(
  round: number,
  { hit, next, after }: Plan,
  { killed, left, failure }: Outcome,
  seconds: number,
) {
  const troubles = [
    ...(failure === undefined ? [] : ["FAILED"]),
    ...(left.length === 0 ? [] : [`${left.length} LEFT`]),
  ];
  return [
    `round ${round}`.padEnd(10),
    `${hit} hit at ${after.toFixed(1)} s`.padEnd(24),
    `then ${next}`.padEnd(13),
    killed.padEnd(24),
    (troubles.join(", ") || "clean").padEnd(16),
    `${seconds.toFixed(0)} s`,
  ].join(" ");
}

/** The end of what a run said, as far as it is worth a look on a terminal. */
const indented = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .filter((line, index) => index === 0 || /error|fail|warning/i.test(line))
    .slice(0, 20)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join("\n");

function save(folder: string, sandbox: Sandbox, { left, failure = "" }: Outcome): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.cpSync(path.join(sandbox.dir, "logs"), path.join(folder, "logs"), { recursive: true });
  fs.writeFileSync(path.join(folder, "outcome.txt"), `${left.join("\n")}\n${failure}\n`);
}

function durationsOf(text: string): Durations {
  const [up, destroy, ...more] = text.split(",").map(Number);
  if (!up || !destroy || more.length > 0)
    throw new Error(`--durations is "${text}": two numbers of seconds are wanted, such as 20,45`);
  return { up, destroy };
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${option} is "${text}": a whole number from 1 on is wanted`);
  return value;
}

const print = (text: string) => process.stdout.write(`${text}\n`);

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
