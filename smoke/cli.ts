import { runCommand } from "../cli/command";
import { clusterOf } from "../cli/stack";
import { onWait, TaskError } from "../kube/wait";
import { progress } from "../tasks/run/progress";
import { smoke } from ".";
import { exitCodeOf, textOf } from "./report";
import { definitionFile, smokeName } from "./workflow";

const usage = `Usage: npm run smoke -- [options]

Deploys the workflow ${smokeName}, starts it, sees its instance complete in Data Index, and removes all of it, also where a
step fails or Ctrl-C ends it. What a killed run has left is removed by the next one. It needs no route.

  --stack S      on the cluster of this stack (default: of the current context)
  --namespace N  where the workflow runs (default: the namespace of the platform)
  --image I      an image that was built from ${definitionFile} (default: the operator builds one)
  --minutes M    how long the workflow may take to run, with its build (default: 10)
  -o, --output F text or json (default: text)

The exit status is 0 if all went well, 1 if a step failed, and 3 if it was refused before anything was done.`;

// Ctrl-C reaches npm, the loader and this process, in whichever order: it is told once and counts once.
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    if (!interruption.signal.aborted) console.error("it is interrupted: what it has made is removed");
    interruption.abort();
  });

void runCommand({
  usage,
  options: ["stack", "namespace", "image", "minutes", "output"],
  failure: 3,
  run: async ({ stack, namespace, image, minutes = "10" }) => {
    const options = { namespace, image, minutes: minutesOf(minutes), signal: interruption.signal };
    onWait(progress(console.error));
    const report = await smoke(clusterOf(stack), options);
    return { report, text: textOf(report), code: exitCodeOf(report) };
  },
});

/** @throws TaskError that says what would be right. */
function minutesOf(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= 1_440))
    throw new TaskError(`--minutes is "${text}": it takes a number above 0, at most 1440`);
  return minutes;
}
