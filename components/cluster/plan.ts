import type { Config, PlatformConfig, PostgresServer } from "../../config";
import { sonataFlowKind, sonataFlowPlatform, workloads } from "../../config/names";
import type { Ref } from "../../kube/objects";
import type { Prerequisite, Place } from "../../tasks/cluster/conflicts";
import { goingNamespaces, leftVolumes } from "../platform/leftovers";
import { packageClaims, plannedRelease, singletons, switchesOf } from "./claims";
import type { ClusterArgs } from "./cluster";
import { expectationsOf } from "./expectations";

/** What a configuration means for the cluster: what it expects there, what it claims, and what is left there. */
export const planOf = (config: Config): ClusterArgs => ({
  ...config.cluster,
  prerequisites: prerequisitesOf(config),
  singletons: singletons(config),
  packages: packageClaims(config),
  release: plannedRelease(config),
  platform: expectationsOf(config),
  existing: config.existingPlatform,
  leftPlaces: leftPlaces(config),
  guardedPlaces: guardedPlaces(config),
  switches: switchesOf(config),
});

/** What the configuration says is on the cluster already. */
export function prerequisitesOf({ platform, workflowNamespaces }: Config): Prerequisite[] {
  return [
    ...(platform ? platformPrerequisites(platform) : []),
    ...workflowNamespaces.flatMap(({ name, existing }) => (existing ? [core("Namespace", name)] : [])),
  ];
}

const core = (kind: string, name: string, namespace?: string): Ref => ({
  apiVersion: "v1",
  kind,
  name,
  ...(namespace !== undefined && { namespace }),
});

function platformPrerequisites({
  namespaces,
  gitops,
  database,
  credentials,
}: PlatformConfig): Prerequisite[] {
  return [
    ...Object.values(namespaces).flatMap(({ name, existing }) => (existing ? [core("Namespace", name)] : [])),
    ...(gitops && !gitops.install
      ? [
          {
            ...core("Namespace", gitops.namespace),
            hint:
              "name that of your Argo CD with: pulumi config set --path gitops.namespace <name>, " +
              "or have one installed with: pulumi config set --path gitops.install true",
          },
        ]
      : []),
    ...databaseNeeds(database),
    ...servicePrerequisites(credentials.database?.server),
  ];
}

function databaseNeeds(database: PlatformConfig["database"]): Prerequisite[] {
  if (database.kind === "reference") {
    const { existingClaim, namespace } = database;
    return existingClaim === undefined ? [] : [core("PersistentVolumeClaim", existingClaim, namespace)];
  }
  const { existingSecret, server, namespace } = database;
  const secret = existingSecret && {
    ...core("Secret", existingSecret.name, namespace),
    keys: {
      "externalPostgres.existingSecret.userKey": existingSecret.userKey,
      "externalPostgres.existingSecret.passwordKey": existingSecret.passwordKey,
    },
  };
  return [...(secret ? [secret] : []), ...servicePrerequisites(server)];
}

const servicePrerequisites = (server: PostgresServer | undefined): Prerequisite[] =>
  server?.service ? [core("Service", server.service.name, server.service.namespace)] : [];

/**
 * Where operators leave what nobody else takes away, beside what the program makes itself: roles that came with a bundle,
 * Developer Hub's volume, and a SonataFlowPlatform in each namespace with workflows.
 */
function leftPlaces(config: Config): Place[] {
  const rbac = "rbac.authorization.k8s.io/v1";
  const { platform, workflowNamespaces } = config;
  const { apiVersion, kind } = sonataFlowPlatform;
  return [
    ...(packageClaims(config).length > 0
      ? ["ClusterRole", "ClusterRoleBinding"].map((kind) => ({ apiVersion: rbac, kind }))
      : []),
    ...(platform ? leftVolumes(platform) : []).map(({ apiVersion, kind, namespace }) => ({
      apiVersion,
      kind,
      namespace,
    })),
    ...workflowNamespaces.flatMap(({ name, existing, isPlatformNamespace }) =>
      existing && !isPlatformNamespace ? [{ apiVersion, kind, namespace: name }] : [],
    ),
  ];
}

/** Where the program looks for workflows, and for what others run in namespaces that go with the stack. */
const guardedPlaces = ({ platform, workflowNamespaces }: Config): Place[] => [
  ...workflowNamespaces.map(({ name }) => ({ ...sonataFlowKind, namespace: name })),
  ...goingNamespaces(platform, workflowNamespaces).flatMap((namespace) =>
    workloads.map((kind) => ({ ...kind, namespace })),
  ),
];
