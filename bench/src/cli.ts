import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { printTo, startSandbox } from "../../sandbox/src";
import { Bench } from "./bench";
import type { Measurement } from "./phases";
import { plot } from "./plot";
import { report, seconds, type Results } from "./report";
import {
  describeLayout,
  parseLayout,
  parseSizes,
  parseVariable,
  pulumiSettings,
  repetitions,
} from "./settings";

const usage = `Usage: npm run bench -- [options]

  --sizes N,N        numbers of namespaces (default: 1,10,100,500)
  --layout LAYOUT    single, or split:N for stacks of N namespaces each (default: single)
  --at-once N        stacks to work on at the same time (default: 1)
  --set NAME=VALUE   a variable for the engine, besides those of src/settings.ts; can be repeated
  --pulumi-only      leave kubectl out
  --out DIR          where results.json, results.md and results.svg go (default: docs/bench)
`;

const progress = printTo(process.stdout);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "1,10,100,500" },
      layout: { type: "string", default: "single" },
      "at-once": { type: "string", default: "1" },
      set: { type: "string", multiple: true, default: [] },
      "pulumi-only": { type: "boolean", default: false },
      out: { type: "string", default: path.resolve(__dirname, "../../docs/bench") },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const sizes = parseSizes(values.sizes);
  const layout = parseLayout(values.layout, values["at-once"]);
  const settings = { ...pulumiSettings, ...Object.fromEntries(values.set.map(parseVariable)) };

  const sandbox = await startSandbox({ progress });
  try {
    const measurements: Measurement[] = [];
    const results: Results = {
      date: new Date().toISOString(),
      layout: describeLayout(layout),
      settings,
      plugins: sandbox.plugins.map(({ name, origin }) => `${name} ${origin}`),
      machine: `${os.availableParallelism()} processors`,
      measurements,
    };
    const onMeasurement = (measurement: Measurement) => {
      measurements.push(measurement);
      progress.line(line(measurement));
      // After each one, so that a run that is ended early leaves what it has.
      save(values.out, "results.json", `${JSON.stringify(results, null, 2)}\n`);
    };

    progress.line("Installing the platform.");
    const bench = await Bench.prepare({
      sandbox,
      layout,
      settings,
      pulumiOnly: values["pulumi-only"],
      onMeasurement,
    });
    for (const size of sizes)
      for (let round = 0; round < repetitions(size); round++) await bench.measure(size);

    const text = report(results);
    save(values.out, "results.md", text);
    save(values.out, "results.svg", await plot(measurements));
    progress.line(`\n${text}`);
  } finally {
    await sandbox.stop();
  }
}

function line({ size, tool, phase, seconds: time, requests }: Measurement): string {
  return [
    String(size).padStart(4),
    tool.padEnd(8),
    phase.padEnd(18),
    seconds(time).padStart(9),
    `${requests} requests`.padStart(16),
  ].join("  ");
}

function save(folder: string, file: string, text: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
