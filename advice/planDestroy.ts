import { runCommand } from "../cli/command";
import { selectedStack } from "../cli/stack";
import { stateOf } from "../cli/state";
import { Cluster } from "../kube/cluster";
import { planDestroy, textOfPlan } from "./destroyPlan";

const usage = `Usage: npm run plan-destroy -- [options]

Tells what pulumi destroy would do: which operators, namespaces, volumes, CRDs and workflows go, which stay and why, and
what would refuse it. It reads only, and goes by the stack's state and by what is on the cluster.

  --stack S      the stack (default: the selected one)
  -o, --output F text or json (default: text)

The exit status is 0 if a destroy would begin, 1 if it would refuse, and 3 if that cannot be told.`;

void runCommand({
  usage,
  options: ["stack", "output"],
  failure: 3,
  run: async ({ stack = selectedStack() }) => {
    const state = stateOf(stack);
    const report = await planDestroy(Cluster.connect(state.target), stack, state);
    return { report, text: textOfPlan(report), code: report.refuses.length > 0 ? 1 : 0 };
  },
});
