import type { Cluster } from "../../kube/cluster";
import type { Departure } from "../cluster/departure";
import { previewSweep } from "../cluster/sweep";
import { previewCheckCrds } from "../operators/checkCrds";
import { previewDrain } from "../operators/drain";
import { previewRemoveWithCrds } from "../operators/removeWithCrds";
import { previewTakeDown } from "../operators/takeDown";
import { previewDrainWorkflows } from "../workflows/drainWorkflows";

/** What the tasks of a destroy would do, by their verbs in tasks/main.ts. A verb without an entry deletes nothing by itself. */
const previews = {
  sweep: previewSweep,
  "remove-operator": previewRemoveWithCrds,
  drain: previewDrain,
  "check-crds": previewCheckCrds,
  "take-down": previewTakeDown,
  "drain-workflows": previewDrainWorkflows,
};

/** A task of a destroy, as a stack's state has it. */
export interface DestroyTask {
  readonly verb: string;
  readonly input: unknown;
  /** The result of its last run. @default - it had none */
  readonly previous?: unknown;
}

/** What one task would do. It reads only. */
export async function previewTask(
  cluster: Cluster,
  { verb, input, previous }: DestroyTask,
): Promise<Departure> {
  if (!(verb in previews)) return {};
  const preview = previews[verb as keyof typeof previews] as (
    cluster: Cluster,
    input: unknown,
    previous: unknown,
  ) => Promise<Departure>;
  return preview(cluster, input, previous);
}
