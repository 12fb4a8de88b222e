import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "../cli/command";
import { clusterOf, pulumi } from "../cli/stack";
import { diagnose } from ".";

const usage = `Usage: npm run diagnose -- [options]

Writes a folder with all that helps to find out what is wrong: a summary, objects, events and logs. It reads only.
The values of Secrets are hidden in all of it.

  --stack S      on the cluster of this stack, with its settings and outputs (default: of the current context)
  --out DIR      where to (default: orchestrator-diagnose-<time>)`;

/** What Pulumi knows of a stack. It shows no secrets here. */
const textsOf = (stack: string): Map<string, string> =>
  new Map([
    ["stack/config.json", pulumi(["config", "--json", "--stack", stack])],
    ["stack/outputs.json", pulumi(["stack", "output", "--json", "--stack", stack])],
    ["stack/history.json", pulumi(["stack", "history", "--json", "--page-size", "5", "--stack", stack])],
  ]);

void runCommand({
  usage,
  options: ["stack", "out"],
  failure: 1,
  run: async ({
    stack,
    out = `orchestrator-diagnose-${new Date().toISOString().replace(/\D/g, "").slice(0, 14)}`,
  }) => {
    const bundle = await diagnose(clusterOf(stack), stack === undefined ? new Map() : textsOf(stack));
    for (const [name, text] of bundle) {
      const file = join(out, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return { text: `${bundle.get("summary.txt") ?? ""}\n${bundle.size} files are in ${out}`, code: 0 };
  },
});
