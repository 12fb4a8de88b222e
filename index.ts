// Installs Orchestrator on OpenShift. Read it from top to bottom: it is the installation guide.

import * as pulumi from "@pulumi/pulumi";
import {
  ClusterAccess,
  Cluster,
  CrdGuard,
  DeveloperHub,
  ExistingPlatform,
  ExternalPostgres,
  GitOps,
  Operator,
  Orchestrator,
  Pipelines,
  PlatformNamespace,
  Postgres,
  RhdhSecret,
  Serverless,
  SharedOperator,
  SonataFlow,
  WorkflowNamespaces,
  Workflows,
  orchestratorSpec,
} from "./components";
import { readConfig } from "./config";
import { awaitedParts, children } from "./config/children";
import {
  adoption,
  childPackages,
  clusterExpectations,
  clusterNeeds,
  clusterSingletons,
  existingPlatform,
  guardedPlaces,
  leavingNamespaces,
  leftPlaces,
  leftVolumes,
  madeByOperator,
  packageClaims,
  plannedRelease,
  switchesOf,
  wantedDatabase,
} from "./config/cluster";
import { isForAll, operatorChoices } from "./config/direct";
import { endWithEngine } from "./config/engine";
import {
  accessAccount,
  backstageKind,
  externalPostgresName,
  knativeIngress,
  managedByArgocd,
  orchestratorKind,
  orchestratorPackage,
  postgresDatabase,
  postgresName,
  postgresPort,
  sonataFlowKind,
  workflowNamespaceLabel,
} from "./config/names";
import type { DirectProfile, OperatorProfile } from "./config/profiles";

endWithEngine();
const config = readConfig();
const { namespaces, operator, profile, adopt, removeCrds } = config;

// 0. The cluster, with a look whether it has what is needed, and nothing of somebody else's in the way.
const cluster = new Cluster("installation", {
  connection: config.connection,
  needs: clusterNeeds(config),
  singletons: clusterSingletons(config),
  packages: packageClaims(config),
  release: plannedRelease(config),
  database: wantedDatabase(config),
  preflight: config.preflight,
  platform: clusterExpectations(config),
  existing: existingPlatform(config),
  leaves: leftPlaces(config),
  looksAt: guardedPlaces(config),
  adopt: adoption(config),
  removeCrds,
  switches: switchesOf(config),
});

// 1. to 7. The platform, installed step by step below, or the one that is there already.
const installed = config.install ? installPlatform() : undefined;
const platform =
  installed ??
  new ExistingPlatform("platform", {
    ...config.existingPlatform,
    admits: profile.admits,
    cluster,
  });

// 8. The namespaces that workflows run in, and the workflows in them.
const workflowNamespaces = new WorkflowNamespaces(
  "workflow-namespaces",
  { cluster, namespaces: config.workflowNamespaces, platform, admits: profile.admits },
  { dependsOn: installed?.platform ?? [] },
);
const crdGuard =
  installed &&
  removeCrds &&
  new CrdGuard(
    "crds-guard",
    {
      cluster,
      packages: installed.packages,
      resource: installed.resource,
    },
    { dependsOn: [workflowNamespaces, ...installed.parts] },
  );
new Workflows(
  "workflows",
  {
    ...config.workflows,
    cluster,
    namespaces: config.workflowNamespaces,
    database: platform.database,
    forAll: isForAll(config),
    packages: installed?.packages,
    makes: installed && madeByOperator(config),
    resource: installed?.resource,
    goes: leavingNamespaces(config),
    home: config.install && !isForAll(config) ? namespaces.sonataflow.name : undefined,
  },
  // On everything: it goes first, and where it refuses to, nothing has gone.
  { dependsOn: [workflowNamespaces, ...(installed?.parts ?? []), ...(crdGuard ? [crdGuard] : [])] },
);

export = {
  ...installed?.outputs,
  /** Where to look. */
  where: {
    ...installed?.where,
    rhdh: platform.rhdhNamespace,
    sonataflow: platform.sonataflowNamespace,
    workflows: config.workflowNamespaces.map(({ name }) => name),
  },
  /** What `pulumi destroy` leaves on the cluster, and why. */
  keptOnDestroy: [
    ...(installed?.kept ?? []),
    ...config.workflowNamespaces.flatMap(({ name, existing }) => (existing ? [wasThere(name)] : [])),
  ],
};

function installPlatform() {
  const prepared = prepare();
  const { database, gitops } = prepared;
  const made =
    profile.kind === "operator" ? installByOperator(profile, prepared) : installDirectly(profile, prepared);
  return {
    ...made,
    parts: [...prepared.parts, ...made.parts],
    packages: [...prepared.packages, ...made.packages],
    rhdhNamespace: namespaces.rhdh.name,
    sonataflowNamespace: namespaces.sonataflow.name,
    database: { ...database.connection, port: postgresPort, databaseName: postgresDatabase },
    credentials: database.credentials,
    where: {
      ...made.where,
      rhdhSecret: `${namespaces.rhdh.name}/${config.rhdhSecret.name}`,
      database: `${database.connection.serviceNamespace}/${database.connection.serviceName}`,
      databaseSecret: `${namespaces.sonataflow.name}/${database.connection.authSecret.name}`,
      ...(gitops && { argocd: gitops.url }),
    },
    kept: [
      ...(removeCrds
        ? []
        : [
            "CustomResourceDefinitions of the operators: deleting one deletes everybody's objects of its kind",
          ]),
      ...made.kept,
      ...Object.values(namespaces).flatMap(({ name, existing }) => (existing ? [wasThere(name)] : [])),
      ...(config.gitops && !config.gitops.install
        ? [`${wasThere(config.gitops.namespace)}, with its Argo CD`]
        : []),
      ...(config.postgres.keepData
        ? [`Namespace ${namespaces.sonataflow.name} with the database's volume: postgres.keepData`]
        : []),
    ],
  };
}

/** 1. to 5.: what every release needs. */
function prepare() {
  // 1. The namespaces that everything else lives in.
  const home = new PlatformNamespace("orchestrator", { cluster, ...namespaces.orchestrator });
  const rhdh = new PlatformNamespace("rhdh", { cluster, ...namespaces.rhdh });
  const sonataflow = new PlatformNamespace("sonataflow", {
    cluster,
    ...namespaces.sonataflow,
    labels: {
      ...(profile.admits === "label" && workflowNamespaceLabel),
      ...(config.gitops && managedByArgocd(config.gitops.namespace)),
    },
    keep: config.postgres.keepData,
  });

  // 2. The database of the services that run workflows.
  const database = config.externalPostgres
    ? new ExternalPostgres(
        externalPostgresName,
        {
          cluster,
          ...config.externalPostgres,
          namespace: namespaces.sonataflow.name,
          password: config.secrets.externalPostgresPassword,
        },
        { dependsOn: sonataflow },
      )
    : new Postgres(
        postgresName,
        {
          ...config.postgres,
          cluster,
          namespace: namespaces.sonataflow.name,
        },
        { dependsOn: sonataflow },
      );

  // 3. Where wanted: Argo CD, which deploys workflows, and the pipeline that builds them for it.
  const gitops =
    config.gitops &&
    new GitOps(
      "gitops",
      {
        ...config.gitops,
        cluster,
        // The operator up to 1.4 makes it itself.
        makesProject: profile.kind === "direct",
      },
      { dependsOn: cluster },
    );
  const pipelines =
    gitops &&
    config.tekton &&
    new Pipelines(
      "pipelines",
      {
        ...config.tekton,
        cluster,
        tools: profile.pipeline,
        namespace: gitops.namespace,
      },
      { dependsOn: gitops },
    );
  const delivery = [gitops, pipelines].filter((component) => component !== undefined);

  // 4. The cluster as Developer Hub sees it: an address, and a token that may read.
  const access = new ClusterAccess(
    "cluster-access",
    {
      cluster,
      namespace: namespaces.orchestrator.name,
      role: config.clusterAccess.role,
      token: config.secrets.clusterToken,
      url: config.clusterUrl,
    },
    { dependsOn: home },
  );

  // 5. The credentials that Developer Hub starts with.
  const { name: secretName, keys } = config.rhdhSecret;
  const credentials = new RhdhSecret(
    "rhdh-credentials",
    {
      cluster,
      namespace: namespaces.rhdh.name,
      name: secretName,
      keys,
      rotation: config.rotateBackendSecret,
      credentials: {
        ...config,
        ...config.secrets,
        clusterUrl: access.url,
        clusterToken: access.token,
        argocdUrl: gitops?.url,
        argocdUsername: gitops?.username,
        argocdPassword: gitops?.password,
      },
      adopt: {
        given: { clusterUrl: config.clusterUrl, clusterToken: config.secrets.clusterToken },
        token: { namespace: namespaces.orchestrator.name, name: accessAccount },
      },
    },
    { dependsOn: rhdh },
  );

  return {
    home,
    rhdh,
    sonataflow,
    database,
    gitops,
    delivery,
    credentials,
    packages: delivery.map(({ packages }) => packages),
    parts: [home, rhdh, sonataflow, database, credentials, ...delivery, access],
  };
}

/** 6. and 7. up to 1.4: by an operator of its own. */
function installByOperator(profile: OperatorProfile, prepared: ReturnType<typeof prepare>) {
  const { home, rhdh, sonataflow, database, delivery, credentials } = prepared;
  const resource = { namespace: namespaces.orchestrator.name, name: config.orchestrator.name };

  // 6. The operator, which subscribes to those of Developer Hub, Serverless and Serverless Logic.
  const orchestratorOperator = new Operator(
    "orchestrator-operator",
    {
      ...operator,
      channel: operator.channel ?? profile.channel,
      settings: "operator",
      cluster,
      package: orchestratorPackage,
      children: childPackages(config),
      brings: config.serverless.install ? [knativeIngress] : [],
      adopt: adopt ? { resource } : undefined,
      serves: {
        ...orchestratorKind(profile.api),
        deleteMinutes: config.orchestrator.deleteTimeoutMinutes,
        leaves: leftVolumes(config),
      },
    },
    { dependsOn: cluster },
  );

  // 7. The Orchestrator itself. Names flow through its spec, readiness does not: the operator looks for all of this at
  // once, and on the way down it needs its own namespace and the Secret. Argo CD and Tekton are the exception: what is made
  // of their kinds is left out, without a word, while these are not served.
  const parts = [home, rhdh, sonataflow, database, credentials, orchestratorOperator, ...delivery];
  const orchestrator = new Orchestrator(
    "orchestrator",
    {
      ...config.orchestrator,
      cluster,
      packages: orchestratorOperator.packages,
      namespace: namespaces.orchestrator.name,
      profile,
      rhdh: { name: config.rhdh.name, namespace: namespaces.rhdh.name },
      children: children(config),
      parts: awaitedParts(config),
      secretName: config.rhdhSecret.name,
      spec: orchestratorSpec({ ...config, profile }, { ...database.connection, database: postgresDatabase }),
    },
    { dependsOn: parts },
  );

  return {
    resource,
    platform: [orchestrator],
    packages: [orchestratorOperator.packages],
    parts: [orchestratorOperator, orchestrator],
    outputs: {
      /** The version of the operator that runs. */
      operatorVersion: orchestratorOperator.csv,
      /** What the custom resource said when it was last changed. */
      readiness: orchestrator.condition,
      /** Where Developer Hub is, or will shortly be, served. */
      rhdhUrl: orchestrator.rhdhUrl,
    },
    where: {
      orchestrator: `${namespaces.orchestrator.name}/${config.orchestrator.name}`,
      subscription: `${operator.namespace}/${orchestratorPackage}`,
    },
    kept: [],
  };
}

/** 6. and 7. from 1.7 on: part by part. */
function installDirectly(profile: DirectProfile, prepared: ReturnType<typeof prepare>) {
  const { rhdh, sonataflow, database, delivery, credentials } = prepared;
  const { timeoutMinutes } = config.orchestrator;
  const choices = operatorChoices(config, profile);
  const common = { cluster, timeoutMinutes };

  // 6. The operators: subscribed to, or those that are there. Serverless with Knative, and Serverless Logic after it, since
  // that looks once, when it starts, what there is of Knative.
  const serverless = new Serverless(
    "serverless",
    { ...common, choice: choices.serverless },
    { dependsOn: cluster },
  );
  const logic = new SharedOperator(
    "serverless-logic",
    { ...common, choice: choices.serverlessLogic, serves: { ...sonataFlowKind, deleteMinutes: 10 } },
    { dependsOn: serverless },
  );
  const rhdhOperator =
    config.rhdh.install &&
    new SharedOperator(
      "rhdh-operator",
      {
        ...common,
        choice: choices.rhdh,
        serves: { ...backstageKind(profile.backstage), deleteMinutes: 10, leaves: leftVolumes(config) },
      },
      { dependsOn: cluster },
    );

  // 7. The services that run workflows, and Developer Hub, which shows these.
  const services = new SonataFlow(
    "platform",
    {
      cluster,
      timeoutMinutes,
      namespace: namespaces.sonataflow.name,
      rhdhNamespace: namespaces.rhdh.name,
      logicNamespace: logic.namespace,
      database: database.connection,
      settings: config.platform,
    },
    { dependsOn: [sonataflow, database, serverless, logic] },
  );
  const hub =
    rhdhOperator &&
    new DeveloperHub(
      "developer-hub",
      { cluster, timeoutMinutes, settings: { ...config, profile }, secretVersion: credentials.version },
      { dependsOn: [rhdh, credentials, rhdhOperator, services, ...delivery] },
    );

  const operators = {
    serverless: serverless.operator,
    serverlessLogic: logic,
    ...(rhdhOperator && { rhdh: rhdhOperator }),
  };
  const found = Object.values(operators).filter(({ isFound }) => isFound);
  return {
    resource: undefined,
    platform: [services, ...(hub ? [hub] : [])],
    packages: Object.values(operators).map((each) => each.packages),
    parts: [serverless, logic, services, ...(rhdhOperator ? [rhdhOperator] : []), ...(hub ? [hub] : [])],
    outputs: {
      /** The versions of the operators that run. */
      operatorVersions: Object.fromEntries(Object.entries(operators).map(([name, { csv }]) => [name, csv])),
      ...(hub && {
        /** What Developer Hub said when it was last changed. */
        readiness: hub.condition,
        /** Where it is, or will shortly be, served. */
        rhdhUrl: hub.rhdhUrl,
      }),
    },
    where: { backstage: `${namespaces.rhdh.name}/${config.rhdh.name}` },
    kept: found.map(
      ({ csv, namespace }) => pulumi.interpolate`Operator ${csv} in ${namespace}: it was there before`,
    ),
  };
}

function wasThere(namespace: string): string {
  return `Namespace ${namespace}: it was there before`;
}
