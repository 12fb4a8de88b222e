import {
  admissionPolicy,
  directNetworkPolicy,
  sonataFlowKind,
  workflowNamespaceLabel,
  workflowNetworkPolicy,
} from "../config/names";
import { ApiError } from "../kube/requests";
import { nameOf, refOf, type KubeObject } from "../kube/objects";
import type { Cluster } from "../kube/cluster";
import { isForUser } from "../kube/wait";
import type { Platform } from "../tasks/platform/findPlatform";
import { findUnready } from "../tasks/readiness/readiness";
import { hasFailed, notRunning, type SonataFlow } from "../tasks/workflows/awaitWorkflows";
import { DataIndex, isOf, type Definition } from "./dataIndex";
import { broken, unchecked, waiting, well, type Line } from "./report";

/** Each workflow: whether it runs, whether it reaches the platform, and whether Data Index lists it. */
export async function workflowLines(
  cluster: Cluster,
  platforms: readonly Platform[],
  hubs: Promise<readonly Line[]>,
): Promise<Line[]> {
  const workflows = await cluster.list<SonataFlow>(sonataFlowKind);
  if (workflows.length === 0) return [well("there are no workflows")];
  const [platform, ...others] = platforms;
  const isKnown = platform && others.length === 0;
  const namespaces = [...new Set(workflows.map(({ metadata }) => metadata.namespace ?? ""))].sort();
  const shut = isKnown
    ? (await Promise.all(namespaces.map((namespace) => shutOut(cluster, platform, namespace)))).flat()
    : [];
  const index = isKnown ? await registered(cluster, platform) : { why: "there is not one platform for all" };
  const listed = (await areWell(hubs))
    ? ", and is listed in Developer Hub"
    : "; Developer Hub lists it once that is well";
  const lines = workflows.map((workflow) => {
    const name = nameOf(refOf(workflow));
    const trouble = notRunning(workflow);
    const { name: id, namespace = "" } = workflow.metadata;
    const describe = `oc describe sonataflow ${id} -n ${namespace}`;
    if (trouble !== undefined)
      return (hasFailed(trouble) ? broken : waiting)(`${name} does not run: ${trouble}`, describe);
    if ("why" in index) return well(`${name} runs`);
    if (index.some((definition) => isOf(definition, id, namespace)))
      return well(`${name} runs, is registered with Data Index${listed}`);
    const other = index.find((definition) => definition.id === id)?.serviceUrl;
    return broken(
      `${name} runs, but is not registered with Data Index, so Developer Hub does not list it` +
        (other ? `; the one of this name and version there is ${other}` : ""),
      `oc logs -n ${namespace} -l sonataflow.org/workflow-app=${id}`,
    );
  });
  return [
    ...shut,
    ...lines,
    ...("why" in index ? [unchecked(`whether Data Index has registered them: ${index.why}`)] : []),
  ];
}

/** Whether Developer Hub runs, which lists what is registered. */
async function areWell(hubs: Promise<readonly Line[]>): Promise<boolean> {
  try {
    return (await hubs).every(({ state }) => state === "well");
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** Why the workflows of a namespace do not reach the platform, or undefined. */
export async function shutOut(cluster: Cluster, platform: Platform, namespace: string): Promise<Line[]> {
  const home = platform.metadata.namespace ?? "";
  if (namespace === home) return [];
  const kind = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace: home };
  const [direct, admitted, byLabel, labels] = await Promise.all([
    cluster.get({ ...kind, name: directNetworkPolicy }, "metadata"),
    cluster.get({ ...kind, name: admissionPolicy(namespace) }, "metadata"),
    cluster.get({ ...kind, name: workflowNetworkPolicy }, "metadata"),
    labelsOf(cluster, namespace),
  ]);
  const what = `Namespace ${namespace} is shut out of ${home}, so its workflows reach neither Data Index nor the database`;
  if (direct && !admitted)
    return [broken(`${what}: there is no NetworkPolicy ${home}/${admissionPolicy(namespace)}`, "pulumi up")];
  const [label = ""] = Object.keys(workflowNamespaceLabel);
  if (!direct && byLabel && !(label in labels))
    return [broken(`${what}: it has no label ${label}`, `oc label namespace ${namespace} ${label}=`)];
  return [];
}

async function labelsOf(cluster: Cluster, name: string): Promise<Readonly<Record<string, string>>> {
  const namespace = await cluster.get<KubeObject>({ apiVersion: "v1", kind: "Namespace", name }, "metadata");
  return namespace?.metadata.labels ?? {};
}

/** The workflows that Data Index knows; or why it was not asked. */
async function registered(
  cluster: Cluster,
  platform: Platform,
): Promise<readonly Definition[] | { readonly why: string }> {
  if ((await findUnready(cluster, [refOf(platform)])).length > 0) return { why: "the platform is not well" };
  try {
    return await new DataIndex(cluster, platform).definitions();
  } catch (error) {
    if (isForUser(error)) return { why: error.message };
    throw error;
  }
}
