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
import type { Platform } from "../tasks/platform/findPlatform";
import { services, findUnready } from "../tasks/readiness/readiness";
import { hasFailed, notRunning, type SonataFlow } from "../tasks/workflows/awaitWorkflows";
import { broken, unchecked, waiting, well, type Line } from "./report";

/** Each workflow: whether it runs, whether it reaches the platform, and whether Data Index lists it. */
export async function workflowLines(cluster: Cluster, platforms: readonly Platform[]): Promise<Line[]> {
  const workflows = await cluster.list<SonataFlow>(sonataFlowKind);
  if (workflows.length === 0) return [well("there are no workflows")];
  const [platform, ...others] = platforms;
  const isKnown = platform && others.length === 0;
  const namespaces = [...new Set(workflows.map(({ metadata }) => metadata.namespace ?? ""))].sort();
  const shut = isKnown
    ? (await Promise.all(namespaces.map((namespace) => shutOut(cluster, platform, namespace)))).flat()
    : [];
  const index = isKnown ? await registered(cluster, platform) : { why: "there is not one platform for all" };
  const lines = workflows.map((workflow) => {
    const name = nameOf(refOf(workflow));
    const trouble = notRunning(workflow);
    const { namespace = "" } = workflow.metadata;
    const describe = `oc describe sonataflow ${workflow.metadata.name} -n ${namespace}`;
    if (trouble !== undefined)
      return (hasFailed(trouble) ? broken : waiting)(`${name} does not run: ${trouble}`, describe);
    if ("why" in index) return well(`${name} runs`);
    return index.ids.has(workflow.metadata.name)
      ? well(`${name} runs, and is registered`)
      : broken(
          `${name} runs, but is not registered with Data Index, so Developer Hub does not list it`,
          `oc logs -n ${namespace} -l sonataflow.org/workflow-app=${workflow.metadata.name}`,
        );
  });
  return [
    ...shut,
    ...lines,
    ...("why" in index ? [unchecked(`whether Data Index has registered them: ${index.why}`)] : []),
  ];
}

/** Why the workflows of a namespace do not reach the platform, or undefined. */
async function shutOut(cluster: Cluster, platform: Platform, namespace: string): Promise<Line[]> {
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

interface Definitions {
  readonly data?: { readonly ProcessDefinitions?: readonly { readonly id: string }[] };
}

/** The workflows that Data Index knows; or why it was not asked. */
async function registered(
  cluster: Cluster,
  platform: Platform,
): Promise<{ readonly ids: ReadonlySet<string> } | { readonly why: string }> {
  const { name, namespace = "" } = platform.metadata;
  if ((await findUnready(cluster, [refOf(platform)])).length > 0) return { why: "the platform is not well" };
  try {
    const query = "{ ProcessDefinitions { id } }";
    const service = { namespace, name: `${name}-${services.dataIndex}` };
    const { data } = await cluster.ask<Definitions>(service, "/graphql", { query });
    return { ids: new Set((data?.ProcessDefinitions ?? []).map(({ id }) => id)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return {
      why: error.code === 403 ? "you may not reach Services by way of the API server" : error.message,
    };
  }
}
