import type { PlatformConfig } from "../../config";
import type { Cluster } from "../cluster/cluster";
import { GitOps } from "./gitOps";
import { Pipelines } from "./pipelines";

/** What deploys workflows, and what builds them for it, as far as they are wanted. */
export interface Delivery {
  readonly gitops?: GitOps;
  readonly pipelines?: Pipelines;
}

/** Argo CD, which deploys workflows, and the pipeline that hands them to it. */
export function createDelivery(cluster: Cluster, plan: Pick<PlatformConfig, keyof Delivery>): Delivery {
  if (!plan.gitops) return {};
  const gitops = new GitOps("gitops", { cluster, ...plan.gitops }, { dependsOn: cluster });
  if (!plan.pipelines) return { gitops };
  const { pipelines } = plan;
  return {
    gitops,
    pipelines: new Pipelines("pipelines", { cluster, gitops, ...pipelines }, { dependsOn: gitops }),
  };
}
