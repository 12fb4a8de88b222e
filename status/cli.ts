import { runCommand } from "../cli/command";
import { clusterOf } from "../cli/stack";
import { statusOf } from ".";
import { exitCodeOf, textOf } from "./report";

const usage = `Usage: npm run status -- [options]

Tells how an install of Orchestrator is: its operators, Knative, platform, database, Developer Hub and workflows.
It reads only, and works for every install, whoever has made it.

  --stack S      on the cluster of this stack (default: of the current context)
  -o, --output F text or json (default: text)

The exit status is 0 if all is well, 1 if something is broken, 2 if something is still on its way or waits for somebody, and
3 if the cluster, or a subject of it, cannot be looked at.`;

void runCommand({
  usage,
  options: ["stack", "output"],
  failure: 3,
  run: async ({ stack }) => {
    const report = await statusOf(clusterOf(stack));
    return { report, text: textOf(report), code: exitCodeOf(report) };
  },
});
