import type {
  Config,
  DeveloperHubPlatformConfig,
  OperatorPlatformConfig,
  PlatformConfig,
} from "../../config";
import { accessAccount, orchestratorKind } from "../../config/names";
import type { Expectations } from "../../tasks/cluster/preflight";

/* What the preflight checks look at before anything is created. */

/** What the platform expects of the cluster that it is installed on. */
export function expectationsOf({ platform, cluster }: Config): Expectations | undefined {
  if (!platform) return undefined;
  const { profile, clusterAccess, rhdh } = platform;
  const { version: release } = profile;
  const hasAccount = clusterAccess.role === "read" && clusterAccess.token === undefined;
  const dependencies = platform.installedBy === "operator" ? platform.dependencies : [];
  return {
    ...(profile.openshift && { openshift: { ...profile.openshift, release } }),
    ...(platform.installedBy === "operator" && expectationsOfOperator(platform)),
    unavailableOnArm: withoutArm64(platform),
    dependencies: leanDependencies(dependencies),
    subscriptions: dependencies.map(
      ({ subscription, namespace, settings, sourceSettings, ...dependency }) => ({
        namespace,
        name: subscription,
        settings,
        sourceSettings,
        spec: {
          name: dependency.package,
          channel: dependency.channel,
          source: dependency.source,
          sourceNamespace: dependency.sourceNamespace,
          startingCSV: dependency.startingCSV,
        },
      }),
    ),
    alternatives: platform.otherReleases,
    ...(platform.installedBy === "program" && { validated: validatedOperators(platform) }),
    existingOperators: platform.installedBy === "program" ? existingOperators(platform) : [],
    account: hasAccount ? { namespace: clusterAccess.namespace, name: accessAccount } : undefined,
    databases: databasesOf(platform),
    needsStorage: rhdh.isInstalled && !platform.credentials.database,
    removesCrds: cluster.removeCrds || undefined,
  };
}

/** The Services of databases of somebody else. */
function databasesOf({ database, credentials }: PlatformConfig): Expectations["databases"] {
  const servers = {
    externalPostgres: database.kind === "external" ? database.server : undefined,
    "rhdh.externalPostgres": credentials.database?.server,
  };
  const named = Object.entries(servers).flatMap(([settings, server]) =>
    server?.service ? [{ settings, ...server.service }] : [],
  );
  return named.length > 0 ? named : undefined;
}

const expectationsOfOperator = ({ profile, orchestrator, subscription }: OperatorPlatformConfig) => ({
  resource: {
    ...orchestratorKind(profile.api),
    namespace: orchestrator.namespace,
    name: orchestrator.name,
  },
  leads: subscription.channel === profile.channel ? profile.head : undefined,
});

/** What has no images for ARM64. */
const withoutArm64 = (platform: PlatformConfig): string[] => [
  "Serverless",
  platform.installedBy === "operator" ? "Orchestrator" : "Serverless Logic",
  ...(platform.installedBy === "program" && platform.profile.arm64 ? [] : ["Developer Hub"]),
];

/** Each with the setting that keeps the operator from it; no more, since it is part of what the claim is about. */
export const leanDependencies = (dependencies: OperatorPlatformConfig["dependencies"]) =>
  dependencies.map(({ package: name, namespace, setting }) => ({ package: name, namespace, setting }));

/** What the release is validated with, of what it builds on. */
const validatedOperators = ({ profile, operators }: DeveloperHubPlatformConfig) =>
  Object.values(operators).flatMap(({ name, install, packages, settings }) => {
    const version = name === "rhdh" ? undefined : profile.validated?.[name];
    return version === undefined
      ? []
      : [{ release: profile.version, version, packages, settings: install ? settings : undefined }];
  });

/** The operators that are used as they are. */
export const existingOperators = ({ operators }: DeveloperHubPlatformConfig) =>
  Object.values(operators).flatMap(({ install, packages, installHint }) =>
    install ? [] : [{ packages, installHint }],
  );
