import { planDatabase } from "./database";
import { dependenciesOf } from "./dependencies";
import { loginsOf } from "./logins";
import { managedByArgocd, workflowNamespaceLabel } from "./names";
import { sourceOf } from "./operators";
import { otherReleases } from "./otherReleases";
import { serverOf } from "./postgres";
import type { DirectProfile, OperatorProfile } from "./profiles";
import type { Settings } from "./settings";
import type { Config, DeveloperHubPlatformConfig, OperatorPlatformConfig, PlatformConfig } from "./types";

/** Makes every choice: from here on, nobody asks what a setting or a release means. */
export function resolve(settings: Settings): Config {
  const { install, profile, existingPlatform, connection, preflight, removeCrds } = settings;
  return {
    cluster: {
      connection,
      preflight,
      adopt: install && !profile.unsupportedSettings.includes("adopt") ? settings.adopt : undefined,
      removeCrds,
      database: planDatabase(settings),
    },
    ...(install
      ? { platform: platformOf(settings) }
      : {
          existingPlatform: {
            admitsWorkflowsBy: profile.admitsWorkflowsBy,
            sonataflowNamespace: existingPlatform.sonataflowNamespace,
            rhdhNamespace: existingPlatform.rhdhNamespace,
          },
        }),
    workflowNamespaces: settings.workflowNamespaces,
    workflows: settings.workflows,
  };
}

function platformOf(settings: Settings): PlatformConfig {
  const { profile } = settings;
  return profile.kind === "operator"
    ? operatorPlatform(settings, profile)
    : developerHubPlatform(settings, profile);
}

function operatorPlatform(settings: Settings, profile: OperatorProfile): OperatorPlatformConfig {
  const { namespaces, operator, orchestrator, rhdh, serverless, serverlessLogic, gitops, tekton } = settings;
  return {
    ...sections(settings),
    installedBy: "operator",
    profile,
    servesAllNamespaces: true,
    subscription: { ...operator, channel: operator.channel ?? profile.channel },
    orchestrator: {
      profile,
      namespace: namespaces.orchestrator.name,
      name: orchestrator.name,
      rhdhNamespace: namespaces.rhdh.name,
      sonataflowNamespace: namespaces.sonataflow.name,
      rhdh,
      rhdhSecret: settings.rhdhSecret,
      serverless,
      serverlessLogic,
      plugins: settings.plugins,
      sonataFlow: settings.platform,
      argocdNamespace: gitops?.namespace,
      hasOwnPipeline: tekton?.pipeline === "operator",
      timeoutMinutes: orchestrator.timeoutMinutes,
      deleteTimeoutMinutes: orchestrator.deleteTimeoutMinutes,
      spec: settings.spec,
    },
    dependencies: dependenciesOf(settings, profile),
    installs: { serverless: serverless.install, serverlessLogic: serverlessLogic.install },
  };
}

function developerHubPlatform(settings: Settings, profile: DirectProfile): DeveloperHubPlatformConfig {
  const { namespaces, rhdh, rhdhSecret, secrets, gitops, tekton, platform, plugins } = settings;
  const isClusterWide = platform?.clusterWide ?? true;
  return {
    ...sections(settings),
    installedBy: "program",
    profile,
    servesAllNamespaces: settings.serverlessLogic.install || isClusterWide,
    operators: {
      serverless: sourceOf(settings, profile, "serverless"),
      serverlessLogic: sourceOf(settings, profile, "serverlessLogic"),
      ...(rhdh.install && { rhdh: sourceOf(settings, profile, "rhdh") }),
    },
    sonataFlow: { settings: platform, isClusterWide },
    ...(rhdh.install && {
      developerHub: {
        profile,
        name: rhdh.name,
        namespace: namespaces.rhdh.name,
        sonataflowNamespace: namespaces.sonataflow.name,
        secret: rhdhSecret,
        isGuestAllowed: rhdh.guestProvider === true,
        logins: loginsOf(settings, profile),
        rbac: rhdh.rbac,
        database: rhdh.externalPostgres && serverOf(rhdh.externalPostgres),
        registries: { mirrors: plugins?.mirrors ?? [], npmRegistry: plugins?.npmRegistry },
        hasGithubToken: secrets.githubToken !== undefined,
        hasGitlab: settings.gitlabHost !== undefined && secrets.gitlabToken !== undefined,
        hasClusterToken: settings.clusterAccess.role !== "none" || secrets.clusterToken !== undefined,
        argocdNamespace: gitops?.namespace,
        hasPipelines: tekton !== undefined,
        catalogBranch: rhdh.catalogBranch,
        spec: settings.spec,
      },
    }),
    timeoutMinutes: settings.orchestrator.timeoutMinutes,
  };
}

/** What every release needs. */
function sections(settings: Settings) {
  const { profile, namespaces, postgres, externalPostgres, secrets, gitops, tekton, rhdh } = settings;
  const { name: namespace } = namespaces.sonataflow;
  const hub = rhdh.install ? rhdh.externalPostgres : undefined;
  return {
    namespaces: {
      ...namespaces,
      sonataflow: {
        ...namespaces.sonataflow,
        labels: {
          ...(profile.admitsWorkflowsBy === "label" && workflowNamespaceLabel),
          ...(gitops && managedByArgocd(gitops.namespace)),
        },
        keep: postgres.keepData,
      },
    },
    admitsWorkflowsBy: profile.admitsWorkflowsBy,
    otherReleases: otherReleases(settings),
    database: externalPostgres
      ? ({
          kind: "external",
          namespace,
          password: secrets.externalPostgresPassword,
          server: serverOf(externalPostgres),
          databaseName: externalPostgres.database,
          existingSecret: externalPostgres.existingSecret,
          username: externalPostgres.username,
        } as const)
      : ({ kind: "reference", namespace, ...postgres } as const),
    ...(gitops && { gitops: { ...gitops, hasProject: profile.kind === "direct" } }),
    ...(gitops && tekton && { pipelines: { ...tekton, tools: profile.pipeline } }),
    clusterAccess: {
      namespace: namespaces.orchestrator.name,
      role: settings.clusterAccess.role,
      token: secrets.clusterToken,
      url: settings.clusterUrl,
    },
    credentials: {
      namespace: namespaces.rhdh.name,
      name: settings.rhdhSecret.name,
      keys: settings.rhdhSecret.keys,
      rotation: settings.rotateBackendSecret,
      hasSessions: settings.oidcMetadataUrl !== undefined,
      ...(hub &&
        secrets.rhdhPostgresPassword && {
          database: {
            server: serverOf(hub),
            username: hub.username,
            password: secrets.rhdhPostgresPassword,
          },
        }),
      given: {
        githubToken: secrets.githubToken,
        githubClientId: settings.githubClientId,
        githubClientSecret: secrets.githubClientSecret,
        gitlabHost: settings.gitlabHost,
        gitlabToken: secrets.gitlabToken,
        gitlabClientId: settings.gitlabClientId,
        gitlabClientSecret: secrets.gitlabClientSecret,
        oidcClientId: settings.oidcClientId,
        oidcClientSecret: secrets.oidcClientSecret,
        emailHostname: settings.emailHostname,
        emailUsername: settings.emailUsername,
        emailPassword: secrets.emailPassword,
      },
    },
    rhdh: { name: rhdh.name, isInstalled: rhdh.install },
  };
}
