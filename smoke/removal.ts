import { sonataFlowKind, sonataFlowPlatform } from "../config/names";
import type { Cluster } from "../kube/cluster";
import { nameOf, refOf, type KubeObject } from "../kube/objects";
import { until, waitUntilGone } from "../kube/wait";
import { SmokeError } from "./report";
import { partsOf, podLabel, runOf, smokeLabel, smokeName, workflowRef } from "./workflow";

/** The longest wait for the operator and the garbage collector to take all of it away, in minutes. */
const minutes = 5;

const isMarked = ({ metadata: { labels = {} } }: KubeObject): boolean => smokeLabel in labels;

/** Whether the operator has made it for a workflow of this name. */
const isMadeForIt = ({ metadata: { ownerReferences = [] } }: KubeObject): boolean =>
  ownerReferences.some(
    ({ kind, name, controller }) => controller === true && name === smokeName && isOfLogic(kind),
  );

const isOfLogic = (kind: string): boolean => kind === sonataFlowKind.kind || kind === "SonataFlowBuild";

/**
 * What an earlier run has left that did not come to its end.
 * @throws SmokeError where something of this name is somebody else's.
 */
export async function findLeft(cluster: Cluster, namespace: string): Promise<readonly KubeObject[]> {
  const workflow = await cluster.get(workflowRef(namespace), "metadata");
  const parts = (await cluster.getAll(partsOf(namespace), "metadata")).filter((part) => part !== undefined);
  const foreign = workflow && !isMarked(workflow) ? workflow : parts.find((part) => !isMadeForIt(part));
  if (foreign)
    throw new SmokeError(
      `${nameOf(refOf(foreign))} is somebody else's: no run of npm run smoke has made it`,
      "npm run smoke -- --namespace <another>",
      "refused",
    );
  const platforms = await platformsIn(cluster, namespace);
  return [...(workflow ? [workflow] : []), ...parts, ...platforms.filter(isMarked)];
}

/** The platforms of a namespace: the operator makes one beside the first workflow. */
export const platformsIn = (cluster: Cluster, namespace: string): Promise<readonly KubeObject[]> =>
  cluster.list({ ...sonataFlowKind, kind: sonataFlowPlatform.kind }, { namespace, part: "metadata" });

/**
 * Removes the workflow, all that the operator has made of it, and the platform that was made for it. Waits until all is gone:
 * another workflow of that name does not come up while a Deployment of this one is there.
 * @param run What another run has made meanwhile stays. @default - whichever has made it
 */
export async function removeAll(cluster: Cluster, namespace: string, run?: string): Promise<void> {
  const ref = workflowRef(namespace);
  const workflow = await cluster.get(ref, "metadata");
  if (workflow && run !== undefined && runOf(workflow) !== run) return;
  await cluster.delete(ref, workflow?.metadata.uid);
  await waitUntilGone(cluster, [ref, ...partsOf(namespace)], minutes);
  await until({ minutes, what: `the removal of the pods of ${smokeName}` }, async (status) => {
    const pods = await cluster.list(
      { apiVersion: "v1", kind: "Pod" },
      { namespace, label: podLabel, part: "metadata" },
    );
    status(pods.map((pod) => nameOf(refOf(pod))).join(", "));
    return pods.length === 0 ? true : undefined;
  });
  await removePlatform(cluster, namespace);
}

/** Removes the platform that a run has made, unless somebody has a workflow on it by now: then it is left to them. */
async function removePlatform(cluster: Cluster, namespace: string): Promise<void> {
  const made = (await platformsIn(cluster, namespace)).filter(isMarked).map(refOf);
  if (made.length === 0) return;
  const others = await cluster.list(sonataFlowKind, { namespace, part: "metadata" });
  if (others.length > 0) {
    for (const ref of made) await cluster.patch(ref, { metadata: { labels: { [smokeLabel]: null } } });
    return;
  }
  for (const ref of made) await cluster.delete(ref);
  await waitUntilGone(cluster, made, minutes);
}
