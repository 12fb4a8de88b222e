import {
  directNetworkPolicy,
  postgresDatabase,
  postgresPort,
  sonataFlowKind,
  workflowNamespaceLabel,
  workflowNetworkPolicy,
} from "../../config/names";
import type { Profile } from "../../config/profiles";
import { nameOf, namesOf, refOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { TaskError } from "../../kube/wait";

const { apiVersion } = sonataFlowKind;

export interface FindPlatformInput {
  /** The namespaces to look in. @default - what the cluster says */
  readonly sonataflowNamespace?: string | undefined;
  readonly rhdhNamespace?: string | undefined;
  /** How it is expected to let workflows of other namespaces in. */
  readonly admitsWorkflowsBy: Profile["admitsWorkflowsBy"];
}

/** Never the database's password: this is kept in plain text in the state. */
export interface FindPlatformResult {
  readonly sonataflowNamespace: string;
  readonly rhdhNamespace: string;
  readonly database: {
    readonly serviceName: string;
    readonly serviceNamespace: string;
    readonly port: number;
    readonly databaseName: string;
    readonly authSecret: { readonly name: string; readonly userKey: string; readonly passwordKey: string };
  };
}

interface ClusterPlatform extends KubeObject {
  readonly spec?: { readonly platformRef?: { readonly name: string; readonly namespace: string } };
}

interface NetworkPolicy extends KubeObject {
  readonly spec: {
    readonly ingress?: readonly {
      readonly from?: readonly {
        readonly namespaceSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
      }[];
    }[];
  };
}

export interface Platform extends KubeObject {
  readonly spec?: {
    readonly persistence?: Persistence;
    readonly services?: {
      readonly dataIndex?: { readonly enabled?: boolean; readonly persistence?: Persistence };
      readonly jobService?: { readonly persistence?: Persistence };
    };
  };
}

/** Names and defaults are those of the CRD: sonataflow.org_sonataflowplatforms.yaml. */
interface Persistence {
  readonly postgresql?: {
    readonly secretRef: { readonly name: string; readonly userKey?: string; readonly passwordKey?: string };
    readonly serviceRef?: {
      readonly name: string;
      readonly namespace?: string;
      readonly port?: number;
      readonly databaseName?: string;
    };
  };
}

const set = (key: string) => `pulumi config set --path existingPlatform.${key} <namespace>`;

/**
 * Finds the platform that workflows belong to: the SonataFlowPlatform with its database, and Developer Hub.
 * @throws TaskError that says what is missing, or lists what there is several of, and what to set.
 */
export async function findPlatform(cluster: Cluster, input: FindPlatformInput): Promise<FindPlatformResult> {
  const platform = await thePlatform(cluster, input.sonataflowNamespace);
  const { namespace = "" } = platform.metadata;
  await checkAdmission(cluster, namespace, input.admitsWorkflowsBy);
  return {
    sonataflowNamespace: namespace,
    rhdhNamespace: input.rhdhNamespace ?? (await rhdhNamespace(cluster)),
    database: databaseOf(platform),
  };
}

/**
 * Makes sure that workflows are let in the way that is expected. A platform that nothing keeps closed lets them in anyhow,
 * until a NetworkPolicy of ours would be its first, and shut everybody else out.
 */
async function checkAdmission(
  cluster: Cluster,
  namespace: string,
  expected: Profile["admitsWorkflowsBy"],
): Promise<void> {
  const kind = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
  const policy = await cluster.get<NetworkPolicy>({ ...kind, namespace, name: workflowNetworkPolicy });
  const direct = await cluster.get({ ...kind, namespace, name: directNetworkPolicy });
  const selected = (policy?.spec.ingress ?? [])
    .flatMap(({ from = [] }) => from)
    .map(({ namespaceSelector }) => namespaceSelector?.matchLabels ?? {});
  const byLabel = selected.some((labels) =>
    Object.keys(workflowNamespaceLabel).every((key) => key in labels),
  );
  const actual = direct || (policy && !byLabel) ? "policy" : "label";
  if (actual !== expected) {
    throw new TaskError(
      `the platform in ${namespace} lets workflows of other namespaces in ${actual === "label" ? "as up to 1.4" : "as from 1.7 on"}. ` +
        "Say which release it is with: pulumi config set --path existingPlatform.version <version>",
    );
  }
}

/**
 * The operator makes an empty SonataFlowPlatform in each namespace with workflows. The one that counts is what the
 * SonataFlowClusterPlatform points to; without any, the one with a Data Index.
 */
export async function thePlatform(cluster: Cluster, wanted: string | undefined): Promise<Platform> {
  const clusterWide = await cluster.list<ClusterPlatform>({ apiVersion, kind: "SonataFlowClusterPlatform" });
  const all = await cluster.list<Platform>({ apiVersion, kind: "SonataFlowPlatform" });
  const pointedTo = clusterWide.flatMap(({ spec }) =>
    all.filter(
      ({ metadata }) =>
        metadata.name === spec?.platformRef?.name && metadata.namespace === spec.platformRef.namespace,
    ),
  );
  const serving = all.filter(({ spec }) => spec?.services?.dataIndex?.enabled === true);
  const candidates = wanted === undefined && pointedTo.length > 0 ? pointedTo : serving;
  const found = candidates.filter(({ metadata }) => wanted === undefined || metadata.namespace === wanted);
  const [platform, ...others] = found;
  if (!platform) {
    const where = wanted === undefined ? "on this cluster" : `in namespace ${wanted}`;
    const there = serving.length === 0 ? "" : `; there are ${namesOf(serving)}`;
    throw new TaskError(
      `there is no SonataFlowPlatform with a Data Index ${where}${there}. ` +
        "Install the platform first, by a stack of its own or with: pulumi config set install true",
    );
  }
  if (others.length > 0) {
    const names = namesOf(found);
    throw new TaskError(`there are several platforms: ${names}. Choose with: ${set("sonataflowNamespace")}`);
  }
  return platform;
}

async function rhdhNamespace(cluster: Cluster): Promise<string> {
  const kind = await cluster.served("rhdh.redhat.com", "Backstage");
  const found = kind ? await cluster.list(kind, { part: "metadata" }) : [];
  const [namespace, ...others] = [...new Set(found.map(({ metadata }) => metadata.namespace ?? ""))].sort();
  if (namespace === undefined) {
    throw new TaskError(
      `there is no Backstage on this cluster: a Developer Hub from a Helm chart has none. Say where yours is with: ${set("rhdhNamespace")}`,
    );
  }
  if (others.length > 0) {
    const names = [namespace, ...others].join(", ");
    throw new TaskError(
      `there are Developer Hubs in several namespaces: ${names}. Choose with: ${set("rhdhNamespace")}`,
    );
  }
  return namespace;
}

/** @throws TaskError where it names none by a Service. */
export function databaseOf(platform: Platform): FindPlatformResult["database"] {
  const { services, persistence } = platform.spec ?? {};
  const { secretRef, serviceRef } =
    [services?.dataIndex?.persistence, services?.jobService?.persistence, persistence].find(
      (candidate) => candidate?.postgresql?.serviceRef !== undefined,
    )?.postgresql ?? {};
  if (!secretRef || !serviceRef) {
    throw new TaskError(
      `${nameOf(refOf(platform))} names no PostgreSQL with a secretRef and a serviceRef, which its workflows could share`,
    );
  }
  return {
    serviceName: serviceRef.name,
    serviceNamespace: serviceRef.namespace ?? platform.metadata.namespace ?? "",
    port: serviceRef.port ?? postgresPort,
    databaseName: serviceRef.databaseName ?? postgresDatabase,
    authSecret: {
      name: secretRef.name,
      userKey: secretRef.userKey ?? "POSTGRESQL_USER",
      passwordKey: secretRef.passwordKey ?? "POSTGRESQL_PASSWORD",
    },
  };
}
