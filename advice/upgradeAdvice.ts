import { runCommand } from "../cli/command";
import { configOfRelease, configOfStack, releaseNamed } from "../cli/config";
import { stateOf } from "../cli/state";
import { clusterOf, settingsOf, targetOf } from "../cli/stack";
import { Cluster } from "../kube/cluster";
import { TaskError } from "../kube/wait";
import { installedOn } from "./move";
import { adviseUpgrade } from "./upgrade";
import { textOfAdvice } from "./upgradeText";

const usage = `Usage: npm run upgrade-advice -- [options]

Tells which releases of Orchestrator can follow, by which steps, which settings change meaning or vanish, and what
upstream warns of, with what does not affect you. It reads only.

  --stack S      for the settings of this stack, on its cluster
  --release R    for a stack of this release with the default settings (default: the release that is on the cluster)
  --to R         the release to go to (default: the newest)
  -o, --output F text or json (default: text)

The exit status is 0, and 3 if there is no advice.`;

void runCommand({
  usage,
  options: ["stack", "release", "to", "output"],
  failure: 3,
  run: async ({ stack, release, to }) => {
    const question = stack === undefined ? await ofRelease(release) : await ofStack(stack, release);
    const report = await adviseUpgrade(question.cluster, { ...question, to });
    return { report, text: textOfAdvice(report), code: 0 };
  },
});

async function ofStack(stack: string, release: string | undefined) {
  if (release !== undefined)
    throw new TaskError("--release is beside --stack, whose settings say the release");
  const settings = settingsOf(stack);
  const cluster = Cluster.connect(targetOf(settings));
  const { installation } = stateOf(stack);
  return {
    cluster,
    raw: configOfStack(settings),
    installed: { ...(await installedOn(cluster)), installation },
  };
}

async function ofRelease(release: string | undefined) {
  const cluster = clusterOf(undefined);
  const installed = await installedOn(cluster);
  const profile = release === undefined ? installed.release : releaseNamed(release);
  if (!profile)
    throw new TaskError(
      `there is neither an Orchestrator operator nor a Developer Hub of a known release on ${cluster.where}; name one with --release`,
    );
  return { cluster, raw: configOfRelease(profile), installed };
}
