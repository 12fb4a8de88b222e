import { ApiError, type Answered } from "../kube/requests";
import type { Cluster } from "../kube/cluster";
import { isEmpty, operatorLines } from "./operators";
import {
  databaseLines,
  deliveryLines,
  developerHubLines,
  knativeLines,
  platformLines,
  platformsOf,
} from "./platform";
import { broken, unchecked, waiting, type Category, type Line, type Report } from "./report";
import { workflowLines } from "./workflows";

/**
 * How an install of Orchestrator is, whoever has made it: by what is on the cluster, in the words of the operators. It goes
 * by the same table of what has to be ready as `pulumi up` does (tasks/readiness/readiness.ts).
 */
export async function statusOf(cluster: Cluster): Promise<Report> {
  if (await looksEmpty(cluster))
    return {
      cluster: cluster.where,
      categories: [
        {
          name: "Orchestrator",
          lines: [
            broken("it is not installed: there is no operator, platform or workflow of it", "pulumi up"),
          ],
        },
      ],
    };
  const platforms = platformsOf(cluster);
  const hubs = developerHubLines(cluster);
  const subjects: readonly (readonly [name: string, look: () => Promise<Line[]>])[] = [
    ["Operators", () => operatorLines(cluster)],
    ["Knative", () => knativeLines(cluster)],
    ["Platform", async () => platformLines(cluster, await platforms)],
    ["Database", async () => databaseLines(cluster, await platforms)],
    ["Developer Hub", () => hubs],
    ["GitOps and pipelines", () => deliveryLines(cluster)],
    ["Workflows", async () => workflowLines(cluster, await platforms, hubs)],
  ];
  const found = await Promise.all(subjects.map(([name, look]) => looked(name, look)));
  const categories = [{ name: "API server", lines: slowLines(cluster.slowest) }, ...found];
  return { cluster: cluster.where, categories: categories.filter(({ lines }) => lines.length > 0) };
}

/** How long an answer may take, in seconds: most take some milliseconds, large lists a second. */
const slow = 5;

/** Operators ask the same API server, and wait as long. */
export const slowLines = (slowest: Answered | undefined): Line[] =>
  slowest === undefined || slowest.seconds < slow
    ? []
    : [
        waiting(
          `it takes ${Math.round(slowest.seconds)} s to answer (${slowest.request}), so all else takes its time, too`,
          "oc get clusteroperators etcd kube-apiserver",
        ),
      ];

/** What cannot be looked at may be there; but one who is unknown is told so at once, and always in the same words. */
async function looksEmpty(cluster: Cluster): Promise<boolean> {
  try {
    return await isEmpty(cluster);
  } catch (error) {
    if (error instanceof ApiError && error.code !== 401) return false;
    throw error;
  }
}

/** What is forbidden, or has nobody to answer for it, is told, and takes nothing else down; but nobody answers one who is unknown. */
async function looked(name: string, look: () => Promise<Line[]>): Promise<Category> {
  try {
    return { name, lines: await look() };
  } catch (error) {
    if (error instanceof ApiError && error.code !== 401)
      return { name, lines: [unchecked(error.message)], isUnread: true };
    throw error;
  }
}
