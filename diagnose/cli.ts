import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { pulumi, targetOf } from "../status/stack";
import { Cluster } from "../kube/cluster";
import { isForUser } from "../kube/wait";
import { diagnose } from ".";

const usage = `Usage: npm run diagnose -- [options]

Writes a folder with all that helps to find out what is wrong: a summary, objects, events and logs. It reads only.
The values of Secrets are hidden in all of it.

  --stack S      on the cluster of this stack, with its settings and outputs (default: of the current context)
  --out DIR      where to (default: orchestrator-diagnose-<time>)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const { stack, out = `orchestrator-diagnose-${new Date().toISOString().replace(/\D/g, "").slice(0, 14)}` } =
    values;
  const cluster = Cluster.connect(stack === undefined ? {} : targetOf(stack));
  const bundle = await diagnose(cluster, stack === undefined ? new Map() : textsOf(stack));
  for (const [name, text] of bundle) {
    const file = join(out, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  process.stdout.write(`${bundle.get("summary.txt") ?? ""}\n${bundle.size} files are in ${out}\n`);
}

/** What Pulumi knows of a stack. It shows no secrets here. */
const textsOf = (stack: string): Map<string, string> =>
  new Map([
    ["stack/config.json", pulumi(["config", "--json", "--stack", stack])],
    ["stack/outputs.json", pulumi(["stack", "output", "--json", "--stack", stack])],
    ["stack/history.json", pulumi(["stack", "history", "--json", "--page-size", "5", "--stack", stack])],
  ]);

main().catch((error: unknown) => {
  console.error(isForUser(error) ? error.message : error);
  process.exitCode = 1;
});
