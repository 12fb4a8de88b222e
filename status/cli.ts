import { parseArgs } from "node:util";
import { Cluster } from "../kube/cluster";
import { isForUser, TaskError } from "../kube/wait";
import { statusOf } from ".";
import { exitCodeOf, textOf } from "./report";
import { targetOf } from "./stack";

const usage = `Usage: npm run status -- [options]

Tells how an install of Orchestrator is: its operators, Knative, platform, database, Developer Hub and workflows.
It reads only, and works for every install, whoever has made it.

  --stack S      on the cluster of this stack (default: of the current context)
  -o, --output F text or json (default: text)

The exit status is 0 if all is well, 1 if something is broken, 2 if something is still on its way, and 3 if the
cluster cannot be looked at.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      output: { type: "string", short: "o", default: "text" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.output !== "text" && values.output !== "json")
    throw new TaskError(`--output is "${values.output}": there are text and json`);
  const report = await statusOf(Cluster.connect(values.stack === undefined ? {} : targetOf(values.stack)));
  const isText = values.output === "text";
  process.stdout.write(`${isText ? textOf(report) : JSON.stringify(report, undefined, 2)}\n`);
  return exitCodeOf(report);
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(isForUser(error) ? error.message : error);
    process.exitCode = 3;
  },
);
