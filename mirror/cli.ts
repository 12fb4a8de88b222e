import { runCommand } from "../cli/command";
import { configOfRelease, configOfStack, releaseNamed } from "../cli/config";
import { selectedStack, settingsOf } from "../cli/stack";
import { TaskError } from "../kube/wait";
import { mirrorList } from "./list";
import { textOfList, yamlOfList } from "./report";

const usage = `Usage: npm run mirror-list -- [options]

Lists what a stack needs of a mirror: operators with channels and versions, the images that no bundle lists, and the plugins of
Developer Hub. It goes by the stack's settings alone, and asks no cluster.

  --stack S      for the settings of this stack (default: the selected one)
  --release R    for a stack of this release with the default settings
  --openshift V  for a cluster of this version, such as 4.18 (default: the last that the release is for)
  -o, --output F plain, imageset or json (default: plain). imageset is an ImageSetConfiguration for oc mirror --v2

The exit status is 0, and 3 if there is no list.`;

void runCommand({
  usage,
  options: ["stack", "release", "openshift", "output"],
  formats: ["plain", "imageset"],
  failure: 3,
  run: ({ stack, release, openshift }, format) => {
    if (stack !== undefined && release !== undefined)
      throw new TaskError("--release is beside --stack, whose settings say the release");
    const report = mirrorList(
      release === undefined
        ? configOfStack(settingsOf(stack ?? selectedStack()))
        : configOfRelease(releaseNamed(release)),
      openshift,
    );
    return Promise.resolve({
      report,
      text: format === "imageset" ? yamlOfList(report) : textOfList(report),
      code: 0,
    });
  },
});
