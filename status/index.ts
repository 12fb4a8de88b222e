import { ApiError } from "../kube/requests";
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
import { broken, unchecked, type Category, type Line, type Report } from "./report";
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
  const platforms = await platformsOf(cluster);
  const subjects: readonly (readonly [name: string, look: () => Promise<Line[]>])[] = [
    ["Operators", () => operatorLines(cluster)],
    ["Knative", () => knativeLines(cluster)],
    ["Platform", () => platformLines(cluster, platforms)],
    ["Database", () => databaseLines(cluster, platforms)],
    ["Developer Hub", () => developerHubLines(cluster)],
    ["GitOps and pipelines", () => deliveryLines(cluster)],
    ["Workflows", () => workflowLines(cluster, platforms)],
  ];
  const categories = await Promise.all(
    subjects.map(async ([name, look]): Promise<Category> => ({ name, lines: await looked(look) })),
  );
  return { cluster: cluster.where, categories: categories.filter(({ lines }) => lines.length > 0) };
}

/** What cannot be looked at may be there. */
async function looksEmpty(cluster: Cluster): Promise<boolean> {
  try {
    return await isEmpty(cluster);
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** What is forbidden, or has nobody to answer for it, is told, and takes nothing else down. */
async function looked(look: () => Promise<Line[]>): Promise<Line[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ApiError) return [unchecked(error.message)];
    throw error;
  }
}
