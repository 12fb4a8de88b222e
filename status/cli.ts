import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import type { Target } from "../kube/kubeconfig";
import { Cluster } from "../tasks/cluster";
import { isForUser, TaskError } from "../tasks/wait";
import { statusOf } from ".";
import { exitCodeOf, textOf } from "./report";

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

/** Where a stack's configuration leads; undefined settings are those of the environment. */
function targetOf(stack: string): Target {
  const text = run(["config", "--json", "--show-secrets", "--stack", stack]);
  const settings = JSON.parse(text) as Readonly<Record<string, { readonly value?: string }>>;
  const read = (key: string) =>
    Object.entries(settings).find(([name]) => name.endsWith(`:${key}`))?.[1].value;
  return { kubeconfig: read("kubeconfig"), context: read("context") };
}

function run(args: readonly string[]): string {
  try {
    return execFileSync("pulumi", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr = "", message } = error as { readonly stderr?: string; readonly message: string };
    throw new TaskError(`the stack's configuration cannot be read: ${stderr.trim() || message}`);
  }
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(isForUser(error) ? error.message : error);
    process.exitCode = 3;
  },
);
