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
import { ApiError } from "../kube/requests";
import { rhdhUrl, unknownUrl } from "../tasks/orchestrator/awaitOrchestrator";
import { databaseOf, type Platform } from "../tasks/platform/findPlatform";
import { findUnready, hubOf, type Backstage, type Unready } from "../tasks/readiness/readiness";
import { broken, unchecked, waiting, well, type Line } from "./report";
import { lastWords } from "./words";

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
        : Promise.all(troubles.map((trouble) => lineOf(cluster, trouble)));
    }),
  );
  return each.flat();
}

async function lineOf(cluster: Cluster, trouble: Unready): Promise<Line> {
  const { ref, text, lasting, ended } = trouble;
  if (ended) {
    const words = await lastWords(cluster, ended);
    const said = words ? `: ${words.text}` : "";
    return broken(
      text.replace(`; see: ${ended.command}`, () => said),
      ended.command,
    );
  }
  const next = trouble.isMissing ? undefined : trouble.isIdle ? scale(ref) : describe(ref);
  return (lasting === undefined ? waiting : broken)(text, next);
}

const describe = (ref: Ref): string => `oc describe ${argumentsOf(ref)}`;
const scale = (ref: Ref): string => `oc scale ${argumentsOf(ref)} --replicas=1`;

/** An object, as a command names it. */
function argumentsOf({ apiVersion, kind, namespace, name }: Ref): string {
  const [group] = apiVersion.includes("/") ? apiVersion.split("/") : [];
  const type = `${kind.toLowerCase()}${group === undefined ? "" : `.${group}`}`;
  return `${type} ${name}${namespace === undefined ? "" : ` -n ${namespace}`}`;
}

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
  return (await Promise.all(platforms.map((platform) => linesOfDatabase(cluster, platform)))).flat();
}

async function linesOfDatabase(cluster: Cluster, platform: Platform): Promise<Line[]> {
  const found = namedBy(platform);
  if (!found)
    return [
      unchecked(`${nameOf(refOf(platform))} names its database by a URL, which is not reached from here`),
    ];
  const { serviceName: name, serviceNamespace: namespace, authSecret } = found;
  const service = { apiVersion: "v1", kind: "Service", namespace, name };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    namespace: platform.metadata.namespace,
    name: authSecret.name,
  };
  const keys = [authSecret.userKey, authSecret.passwordKey];
  const credentials = await credentialLines(cluster, secret, keys);
  if (credentials.some(({ state }) => state === "broken")) return credentials;
  return [...credentials, await serviceLine(cluster, platform, service, secret)];
}

/** What is wrong with the Secret: nothing is said where it has all keys. */
async function credentialLines(cluster: Cluster, secret: Ref, keys: readonly string[]): Promise<Line[]> {
  try {
    const data = (await cluster.get<KubeObject & { readonly data?: object }>(secret))?.data;
    const missing = keys.filter((key) => !(key in (data ?? {})));
    if (!data)
      return [broken(`${nameOf(secret)}, with the database's credentials, does not exist`, "pulumi up")];
    return missing.length > 0
      ? [broken(`${nameOf(secret)} has no key ${missing.join(", nor ")}`, "pulumi up")]
      : [];
  } catch (error) {
    // Few may read Secrets; all else can be told without.
    if (error instanceof ApiError && error.code === 403)
      return [unchecked(`the keys of ${nameOf(secret)}, which you may not read`)];
    throw error;
  }
}

/** Whether something answers behind the Service, and lets the services of the platform in. */
async function serviceLine(cluster: Cluster, platform: Platform, service: Ref, secret: Ref): Promise<Line> {
  const { namespace = "", name } = service;
  if (!(await cluster.get(service, "metadata")))
    return broken(`${nameOf(service)}, of the database, does not exist`, "pulumi up");
  const slices = await cluster.list<EndpointSlice>(
    { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
    { namespace, label: `kubernetes.io/service-name=${name}` },
  );
  const isReady = slices.some(({ endpoints }) =>
    endpoints?.some(({ conditions }) => conditions?.ready !== false),
  );
  if (!isReady)
    return broken(`${nameOf(service)} has no pod that is ready behind it`, `oc get pods -n ${namespace}`);
  const refused = await refusal(cluster, platform);
  return refused === undefined
    ? well(nameOf(service))
    : broken(`${nameOf(service)} refuses the login of ${nameOf(secret)}: ${refused}`, "pulumi up");
}

/** Why the database does not let the services of a platform in, by their own last words; undefined where it does. */
async function refusal(cluster: Cluster, platform: Platform): Promise<string | undefined> {
  const troubles = await findUnready(cluster, [refOf(platform)]);
  const words = await Promise.all(
    troubles.flatMap(({ ended }) => (ended ? [lastWords(cluster, ended)] : [])),
  );
  return words.find((each) => each?.isDatabase)?.text;
}

function namedBy(platform: Platform) {
  try {
    return databaseOf(platform);
  } catch {
    return undefined;
  }
}

interface Scaled extends KubeObject {
  readonly spec?: { readonly replicas?: number };
}

/** Each Developer Hub, with its address. */
export async function developerHubLines(cluster: Cluster): Promise<Line[]> {
  const kind = await cluster.served(orchestratorGroup, "Backstage");
  const hubs = kind ? await cluster.list<Backstage>(kind) : [];
  if (hubs.length === 0)
    return [unchecked("there is no Backstage; a Developer Hub of a Helm chart is not looked at")];
  const each = await Promise.all(
    hubs.map(async (hub) => {
      const ref = refOf(hub);
      const lines = await linesOf(cluster, [ref]);
      if (lines.some(({ state }) => state !== "well")) return lines;
      const pods = hubOf(hub);
      if ((await cluster.get<Scaled>(pods))?.spec?.replicas === 0)
        return [
          waiting(
            `${nameOf(ref)} idles: ${nameOf(pods)} is scaled to 0, so nobody can reach it`,
            `oc patch ${argumentsOf(ref)} --type merge -p '{"spec":{"application":{"replicas":1}}}'`,
          ),
        ];
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
