import type { Made } from "../tasks/adoption";
import type { Need, PackageClaim, Place } from "../tasks/claim";
import type { Ref } from "../tasks/cluster";
import type { WantedDatabase } from "../tasks/database";
import type { Package } from "../tasks/operators/olm";
import type { SwitchInput } from "../tasks/operators/switches";
import type { Expectations } from "../tasks/preflight";
import type { ReleaseInput } from "../tasks/release";
import type { Config } from ".";
import { children } from "./children";
import { foundOperators, isClusterWide, otherReleases, ownOperators, validatedOperators } from "./direct";
import {
  accessAccount,
  backstageKind,
  gitopsPackage,
  knativeEventing,
  knativeServing,
  logicPackages,
  orchestratorKind,
  orchestratorPackage,
  pipelinesPackage,
  postgresClaim,
  sonataFlowClusterPlatform,
  sonataFlowKind,
  sonataFlowPlatform,
  tektonConfig,
  workloads,
} from "./names";
import { postgresVersion } from "./postgres";

/*
 * What a configuration means for the cluster: what it expects there, what it claims, and which operators come with it.
 */

/** What the configuration says is on the cluster already. */
export function clusterNeeds(config: Config): Need[] {
  return [
    ...(config.install ? platformNeeds(config) : []),
    ...config.workflowNamespaces.flatMap(({ name, existing }) =>
      existing ? [{ apiVersion: "v1", kind: "Namespace", name }] : [],
    ),
  ];
}

function platformNeeds(config: Config): Need[] {
  const { namespaces, postgres, externalPostgres: external, gitops } = config;
  const core = (kind: string, name: string, namespace?: string): Ref => ({
    apiVersion: "v1",
    kind,
    name,
    namespace,
  });
  const home = namespaces.sonataflow.name;
  const existing = Object.values(namespaces).filter((namespace) => namespace.existing);
  return [
    ...existing.map(({ name }) => core("Namespace", name)),
    ...(gitops && !gitops.install
      ? [
          {
            ...core("Namespace", gitops.namespace),
            otherwise:
              "name that of your Argo CD with: pulumi config set --path gitops.namespace <name>, " +
              "or have one installed with: pulumi config set --path gitops.install true",
          },
        ]
      : []),
    ...(external?.existingSecret
      ? [
          {
            ...core("Secret", external.existingSecret.name, home),
            keys: {
              "externalPostgres.existingSecret.userKey": external.existingSecret.userKey,
              "externalPostgres.existingSecret.passwordKey": external.existingSecret.passwordKey,
            },
          },
        ]
      : []),
    ...(external ? [core("Service", external.serviceName, external.serviceNamespace)] : []),
    ...(postgres.existingClaim === undefined
      ? []
      : [core("PersistentVolumeClaim", postgres.existingClaim, home)]),
  ];
}

/** What only one on a cluster can have, and so must not be there from somebody else. */
export function clusterSingletons(config: Config): Made[] {
  const { install, tekton, profile } = config;
  if (!install) return [];
  const clusterPlatform = {
    ...sonataFlowClusterPlatform,
    otherwise:
      "a cluster has one platform for all its workflows. To serve only those beside it with this stack's: " +
      "pulumi config set --path platform.clusterWide false",
  };
  return [
    ...(profile.kind === "direct" && isClusterWide(config) ? [clusterPlatform] : []),
    ...(tekton?.install ? [{ ...tektonConfig, by: pipelinesPackage }] : []),
  ];
}

/** What the stack is to have of a reference database. */
export function wantedDatabase(config: Config): WantedDatabase {
  const { install, namespaces, postgres, externalPostgres: external } = config;
  const { name: namespace, existing } = namespaces.sonataflow;
  const { existingClaim, keepData } = postgres;
  const because = !install
    ? "install is false"
    : external
      ? "externalPostgres is set"
      : existingClaim !== undefined
        ? `postgres.existingClaim is "${existingClaim}"`
        : `namespaces.sonataflow.name is "${namespace}"`;
  return {
    namespace,
    goes: install && !existing && !keepData,
    because,
    ...(install &&
      !external && {
        server: {
          claim: postgresClaim(existingClaim),
          isOwn: existingClaim === undefined,
          user: postgres.user,
          version: postgresVersion(postgres),
          storage: postgres.storage,
          storageClass: postgres.storageClass,
        },
      }),
  };
}

/** Whether to take over what is there; undefined where there is nothing that could be. */
export const adoption = ({ install, profile, adopt }: Config): boolean | undefined =>
  install && !profile.lacks.includes("adopt") ? adopt : undefined;

/** The release, for the check that there is a way to it. */
export const plannedRelease = ({ install, profile, operator }: Config): ReleaseInput | undefined =>
  install && profile.kind === "operator"
    ? {
        package: orchestratorPackage,
        namespace: operator.namespace,
        version: profile.version,
        api: profile.api,
        startingCSV: operator.startingCSV,
      }
    : undefined;

/** Developer Hub's own database keeps its volume when it goes. In a namespace of the stack's, it goes with that. */
export function leftVolumes({ namespaces, rhdh }: Config): Ref[] {
  const { name: namespace, existing } = namespaces.rhdh;
  const name = `data-backstage-psql-${rhdh.name}-0`;
  return rhdh.install && existing
    ? [{ apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name }]
    : [];
}

/**
 * The objects that the Orchestrator operator has made without a mark of anybody's: by Jobs of its chart. What there was
 * before it leaves as it is, and then their operator was there before, too, and stays.
 */
export function madeByOperator({ profile, namespaces, rhdh }: Config): Ref[] | undefined {
  if (profile.kind !== "operator") return undefined;
  return [
    knativeServing,
    knativeEventing,
    { ...sonataFlowPlatform, namespace: namespaces.sonataflow.name },
    { ...backstageKind(profile.api), namespace: namespaces.rhdh.name, name: rhdh.name },
  ];
}

/**
 * Where operators leave what nobody else takes away, beside what the program makes itself: roles that came with a bundle,
 * Developer Hub's volume, and a SonataFlowPlatform in each namespace with workflows.
 */
export function leftPlaces(config: Config): Place[] {
  const rbac = "rbac.authorization.k8s.io/v1";
  const { apiVersion, kind } = sonataFlowPlatform;
  return [
    ...(packageClaims(config).length > 0
      ? ["ClusterRole", "ClusterRoleBinding"].map((kind) => ({ apiVersion: rbac, kind }))
      : []),
    ...leftVolumes(config).map(({ apiVersion, kind, namespace }) => ({ apiVersion, kind, namespace })),
    ...config.workflowNamespaces.flatMap(({ name, existing, isHome }) =>
      existing && !isHome ? [{ apiVersion, kind, namespace: name }] : [],
    ),
  ];
}

/** Where the program looks for workflows, and for what others run in namespaces that go with the stack. */
export const guardedPlaces = (config: Config): Place[] => [
  ...config.workflowNamespaces.map(({ name }) => ({ ...sonataFlowKind, namespace: name })),
  ...leavingNamespaces(config).flatMap((namespace) => workloads.map((kind) => ({ ...kind, namespace }))),
];

/** The namespaces that go with the stack, whatever is in them; but for those of operators, which have only what OLM puts there. */
export const leavingNamespaces = ({
  install,
  namespaces,
  postgres,
  workflowNamespaces,
}: Config): string[] => {
  const { orchestrator, rhdh, sonataflow } = namespaces;
  const ofPlatform = [orchestrator, rhdh, ...(postgres.keepData ? [] : [sonataflow])];
  const all = [...(install ? ofPlatform : []), ...workflowNamespaces.filter(({ isHome }) => !isHome)];
  return all.filter(({ existing }) => !existing).map(({ name }) => name);
};

/** The platform of others that the workflows belong to. */
export const existingPlatform = ({ install, profile, existingPlatform: where }: Config) =>
  install
    ? undefined
    : {
        sonataflowNamespace: where.sonataflowNamespace,
        rhdhNamespace: where.rhdhNamespace,
        admits: profile.admits,
      };

/** What the platform expects of the cluster that it is installed on. */
export function clusterExpectations(config: Config): Expectations | undefined {
  const { install, profile, namespaces, orchestrator, operator, rhdh, clusterAccess, secrets } = config;
  if (!install) return undefined;
  const { version: release } = profile;
  const hasAccount = clusterAccess.role === "read" && secrets.clusterToken === undefined;
  return {
    ...(profile.openshift && { openshift: { ...profile.openshift, release } }),
    ...(profile.kind === "operator" && {
      resource: {
        ...orchestratorKind(profile.api),
        namespace: namespaces.orchestrator.name,
        name: orchestrator.name,
      },
      leads:
        operator.channel === undefined || operator.channel === profile.channel ? profile.head : undefined,
    }),
    without: ["Serverless", profile.kind === "operator" ? "Orchestrator" : "Serverless Logic"].concat(
      profile.kind === "direct" && profile.arm64 ? [] : ["Developer Hub"],
    ),
    children: leanChildren(config),
    subscriptions: children(config).map(
      ({ subscription, namespace, settings, sourceSettings, ...child }) => ({
        namespace,
        name: subscription,
        settings,
        sourceSettings,
        spec: {
          name: child.package,
          channel: child.channel,
          source: child.source,
          sourceNamespace: child.sourceNamespace,
          startingCSV: child.startingCSV,
        },
      }),
    ),
    ...(profile.kind === "direct" && {
      validated: validatedOperators(config, profile),
      alternatives: otherReleases(config),
    }),
    uses: foundOperators(config).map(({ packages, toInstall }) => ({ packages, toInstall })),
    account: hasAccount ? { namespace: namespaces.orchestrator.name, name: accessAccount } : undefined,
    needsStorage: rhdh.install,
    removesCrds: config.removeCrds || undefined,
  };
}

/** What the configuration says is there without the stack. */
export function switchesOf(config: Config): Omit<SwitchInput, "installation"> {
  const { install, profile, orchestrator, namespaces, tekton } = config;
  if (!install) {
    const packages = [orchestratorPackage, ...logicPackages];
    return { existing: [{ packages, kinds: [sonataFlowPlatform], toInstall: "install true" }] };
  }
  const pipelines =
    tekton && !tekton.install ? [{ packages: [pipelinesPackage], toInstall: "tekton.install true" }] : [];
  if (profile.kind === "direct")
    return {
      existing: [
        ...foundOperators(config).map(({ packages, toInstall }) => ({ packages, toInstall })),
        ...pipelines,
      ],
    };
  const own = (part: "serverless" | "serverlessLogic", packages: readonly string[]) =>
    config[part].install ? [] : [{ packages, toInstall: `${part}.install true` }];
  return {
    existing: [
      ...own("serverless", ["serverless-operator"]),
      ...own("serverlessLogic", logicPackages),
      ...pipelines,
    ],
    resource: { namespace: namespaces.orchestrator.name, name: orchestrator.name },
    children: leanChildren(config),
  };
}

/** The operators that the program subscribes to, of each of which a cluster can have but one. */
export function packageClaims(config: Config): PackageClaim[] {
  const { install, profile, gitops, tekton } = config;
  const use = (setting: string) =>
    `use what is there, which then also stays, with: pulumi config set --path ${setting}`;
  const own = (name: string, namespace: string, settings: string, otherwise: string): PackageClaim[] => [
    { package: name, namespace, packages: [name], settings, otherwise },
  ];
  if (!install) return [];
  return [
    ...(profile.kind === "operator"
      ? own(
          orchestratorPackage,
          config.operator.namespace,
          "operator",
          "remove it, or leave the platform to it with: pulumi config set install false",
        )
      : ownOperators(config).map(
          ({
            name: part,
            package: name,
            namespace,
            packages,
            settings,
            sourceSettings,
            toFind,
            approval,
            startingCSV,
          }) => ({
            ...(part === "serverlessLogic" &&
              approval === "Manual" && { pin: startingCSV, drained: sonataFlowKind }),
            package: name,
            namespace,
            packages,
            settings,
            sourceSettings,
            otherwise: use(toFind),
          }),
        )),
    ...(gitops?.install
      ? own(gitopsPackage, gitops.operator.namespace, "gitops.operator", use("gitops.install false"))
      : []),
    ...(tekton?.install
      ? own(pipelinesPackage, tekton.operator.namespace, "tekton.operator", use("tekton.install false"))
      : []),
  ];
}

/** The packages that the Orchestrator operator subscribes to. */
export const childPackages = (config: Config): Package[] =>
  children(config).map(({ package: name, namespace }) => ({ package: name, namespace }));

/** The same, each with the setting that keeps the operator from it; no more, since it is part of what the claim is about. */
const leanChildren = (config: Config) =>
  children(config).map(({ package: name, namespace, setting }) => ({ package: name, namespace, setting }));
