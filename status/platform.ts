import {
  knativeEventing,
  knativeServing,
  orchestratorGroup,
  sonataFlowClusterPlatform,
  sonataFlowPlatform,
  tektonConfig,
} from "../config/names";
import { refOf, nameOf, type Condition, type KubeObject, type Ref } from "../kube/objects";
import type { Cluster } from "../kube/cluster";
import { rhdhUrl, unknownUrl } from "../tasks/orchestrator/awaitOrchestrator";
import { databaseOf, type Platform } from "../tasks/platform/findPlatform";
import { findUnready } from "../tasks/readiness/readiness";
import { broken, unchecked, waiting, well, type Line } from "./report";

interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[];
}

/** How it is with these, and with what their operators make of them. */
async function linesOf(cluster: Cluster, refs: readonly Ref[]): Promise<Line[]> {
  const each = await Promise.all(
    refs.map(async (ref) => {
      const troubles = await findUnready(cluster, [ref]);
      return troubles.length === 0
        ? [well(nameOf(ref))]
        : troubles.map(({ ref: part, text, lasting, isMissing }) =>
            (lasting === undefined ? waiting : broken)(text, isMissing ? undefined : describe(part)),
          );
    }),
  );
  return each.flat();
}

const describe = ({ apiVersion, kind, namespace, name }: Ref): string => {
  const [group] = apiVersion.includes("/") ? apiVersion.split("/") : [];
  const type = `${kind.toLowerCase()}${group === undefined ? "" : `.${group}`}`;
  return `oc describe ${type} ${name}${namespace === undefined ? "" : ` -n ${namespace}`}`;
};

/** The two parts of Knative that workflows are served and triggered by. */
export const knativeLines = (cluster: Cluster): Promise<Line[]> =>
  linesOf(cluster, [knativeServing, knativeEventing]);

/** The platforms with services, which run workflows, and the one that all namespaces point to. */
export async function platformLines(cluster: Cluster, platforms: readonly Platform[]): Promise<Line[]> {
  if (platforms.length === 0)
    return [broken("there is no SonataFlowPlatform with a Data Index: no workflow is listed", "pulumi up")];
  const clusterWide = await cluster.list(sonataFlowClusterPlatform, { part: "metadata" });
  return linesOf(cluster, [...platforms, ...clusterWide].map(refOf));
}

/** The database that each platform names: its Secret, and whether something answers behind its Service. */
export async function databaseLines(cluster: Cluster, platforms: readonly Platform[]): Promise<Line[]> {
  return Promise.all(platforms.map((platform) => databaseLine(cluster, platform)));
}

async function databaseLine(cluster: Cluster, platform: Platform): Promise<Line> {
  const found = namedBy(platform);
  if (!found)
    return unchecked(
      `${nameOf(refOf(platform))} names its database by a URL, which is not reached from here`,
    );
  const { serviceName: name, serviceNamespace: namespace, authSecret } = found;
  const service = { apiVersion: "v1", kind: "Service", namespace, name };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    namespace: platform.metadata.namespace,
    name: authSecret.name,
  };
  const data = (await cluster.get<KubeObject & { readonly data?: object }>(secret))?.data;
  const missing = [authSecret.userKey, authSecret.passwordKey].filter((key) => !(key in (data ?? {})));
  if (!data) return broken(`${nameOf(secret)}, with the database's credentials, does not exist`, "pulumi up");
  if (missing.length > 0)
    return broken(`${nameOf(secret)} has no key ${missing.join(", nor ")}`, "pulumi up");
  if (!(await cluster.get(service, "metadata")))
    return broken(`${nameOf(service)}, of the database, does not exist`, "pulumi up");
  const slices = await cluster.list<EndpointSlice>(
    { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
    { namespace, label: `kubernetes.io/service-name=${name}` },
  );
  const isReady = slices.some(({ endpoints }) =>
    endpoints?.some(({ conditions }) => conditions?.ready !== false),
  );
  return isReady
    ? well(nameOf(service))
    : broken(`${nameOf(service)} has no pod that is ready behind it`, `oc get pods -n ${namespace}`);
}

function namedBy(platform: Platform) {
  try {
    return databaseOf(platform);
  } catch {
    return undefined;
  }
}

/** Each Developer Hub, with its address. */
export async function developerHubLines(cluster: Cluster): Promise<Line[]> {
  const kind = await cluster.served(orchestratorGroup, "Backstage");
  const hubs = kind ? await cluster.list(kind, { part: "metadata" }) : [];
  if (hubs.length === 0)
    return [unchecked("there is no Backstage; a Developer Hub of a Helm chart is not looked at")];
  const each = await Promise.all(
    hubs.map(async (hub) => {
      const ref = refOf(hub);
      const lines = await linesOf(cluster, [ref]);
      if (lines.some(({ state }) => state !== "well")) return lines;
      const url = await rhdhUrl(cluster, { name: ref.name, namespace: ref.namespace ?? "" });
      return [well(url === unknownUrl ? nameOf(ref) : `${nameOf(ref)} at ${url}`)];
    }),
  );
  return each.flat();
}

interface Delivery extends KubeObject {
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

/** Argo CD and OpenShift Pipelines, where there are any. */
export async function deliveryLines(cluster: Cluster): Promise<Line[]> {
  const kind = await cluster.served("argoproj.io", "ArgoCD");
  const argocds = kind ? await cluster.list<Delivery>(kind) : [];
  const tekton = await cluster.get<Delivery>(tektonConfig);
  const ready = tekton?.status?.conditions?.find(({ type }) => type === "Ready");
  return [
    ...argocds.map((argocd) => {
      const { phase = "not yet seen by its operator" } = argocd.status ?? {};
      const text = nameOf(refOf(argocd));
      // argoproj-labs/argocd-operator, api/v1beta1/argocd_types.go
      return phase === "Available"
        ? well(text)
        : (phase === "Failed" ? broken : waiting)(`${text} is ${phase}`, describe(refOf(argocd)));
    }),
    ...(tekton === undefined
      ? []
      : ready?.status === "True"
        ? [well(nameOf(tektonConfig))]
        : [
            waiting(
              `${nameOf(tektonConfig)} is not ready: ${ready?.message ?? "not yet seen by its operator"}`,
              describe(tektonConfig),
            ),
          ]),
  ];
}

/** The platforms that have a Data Index. */
export const platformsOf = (cluster: Cluster): Promise<readonly Platform[]> =>
  cluster.list<Platform>(sonataFlowPlatform, {
    where: ({ spec }) => spec?.services?.dataIndex?.enabled === true,
  });
