// Installs Orchestrator on OpenShift. Read it from top to bottom: it is the installation guide.

import {
  ClusterAccess,
  ExistingPlatform,
  ExternalPostgres,
  GitOps,
  Installation,
  Operator,
  Orchestrator,
  Pipelines,
  PlatformNamespace,
  Postgres,
  RhdhSecret,
  WorkflowNamespaces,
  Workflows,
  orchestratorKind,
  orchestratorSpec,
} from "./components";
import { childPackages, clusterNeeds, clusterSingletons, leftVolumes, readConfig } from "./config";
import { endWithEngine } from "./config/engine";
import {
  externalPostgresName,
  managedByArgocd,
  orchestratorPackage,
  postgresDatabase,
  postgresName,
  postgresPort,
  workflowNamespaceLabel,
} from "./config/names";

endWithEngine();
const config = readConfig();
const { connection, namespaces, operator } = config;

// 0. The cluster, with a check that nothing of somebody else's is in the way.
const installation = new Installation("installation", {
  connection,
  needs: clusterNeeds(config),
  singletons: clusterSingletons(config),
});
const { onCluster } = installation;

// 1. to 7. The platform, installed step by step below, or the one that is there already.
const installed = config.install ? installPlatform() : undefined;
const platform =
  installed ?? new ExistingPlatform("platform", { ...config.existingPlatform, connection, onCluster });

// 8. The namespaces that workflows run in, and the workflows in them.
const workflowNamespaces = new WorkflowNamespaces(
  "workflow-namespaces",
  { namespaces: config.workflowNamespaces, platform },
  { ...onCluster, dependsOn: installed?.orchestrator ?? [] },
);
new Workflows(
  "workflows",
  {
    ...config.workflows,
    connection,
    installation: installation.id,
    namespaces: config.workflowNamespaces,
    database: platform.database,
    ownsPlatform: config.install,
  },
  // On everything: it goes first, and where it refuses to, nothing has gone.
  { dependsOn: [workflowNamespaces, ...(installed?.parts ?? [])] },
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
  // 1. The namespaces that everything else lives in.
  const home = new PlatformNamespace("orchestrator", namespaces.orchestrator, onCluster);
  const rhdh = new PlatformNamespace("rhdh", namespaces.rhdh, onCluster);
  const sonataflow = new PlatformNamespace(
    "sonataflow",
    {
      ...namespaces.sonataflow,
      labels: { ...workflowNamespaceLabel, ...(config.gitops && managedByArgocd(config.gitops.namespace)) },
      keep: config.postgres.keepData,
    },
    onCluster,
  );

  // 2. The database of the services that run workflows.
  const database = config.externalPostgres
    ? new ExternalPostgres(
        externalPostgresName,
        {
          ...config.externalPostgres,
          namespace: namespaces.sonataflow.name,
          password: config.secrets.externalPostgresPassword,
        },
        { ...onCluster, dependsOn: sonataflow },
      )
    : new Postgres(
        postgresName,
        {
          ...config.postgres,
          connection,
          installation: installation.id,
          namespace: namespaces.sonataflow.name,
        },
        { ...onCluster, dependsOn: sonataflow },
      );

  // 3. Where wanted: Argo CD, which deploys workflows, and the pipeline that builds them for it.
  const gitops =
    config.gitops &&
    new GitOps(
      "gitops",
      { ...config.gitops, connection, installation: installation.id },
      { ...onCluster, dependsOn: installation },
    );
  const pipelines =
    gitops &&
    config.tekton &&
    new Pipelines(
      "pipelines",
      { ...config.tekton, connection, installation: installation.id, namespace: gitops.namespace },
      { ...onCluster, dependsOn: gitops },
    );
  const delivery = [gitops, pipelines].filter((component) => component !== undefined);

  // 4. The cluster as Developer Hub sees it: an address, and a token that may read.
  const access = new ClusterAccess(
    "cluster-access",
    {
      namespace: namespaces.orchestrator.name,
      role: config.clusterAccess.role,
      token: config.secrets.clusterToken,
      url: config.clusterUrl,
    },
    { ...onCluster, dependsOn: home },
  );

  // 5. The credentials that Developer Hub starts with.
  const { name: secretName, keys } = config.rhdhSecret;
  const credentials = new RhdhSecret(
    "rhdh-credentials",
    {
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
    },
    { ...onCluster, dependsOn: rhdh },
  );

  // 6. The operator, which subscribes to those of Developer Hub, Serverless and Serverless Logic.
  const orchestratorOperator = new Operator(
    "orchestrator-operator",
    {
      ...operator,
      settings: "operator",
      connection,
      installation: installation.id,
      package: orchestratorPackage,
      children: childPackages(config),
      serves: {
        ...orchestratorKind,
        deleteMinutes: config.orchestrator.deleteTimeoutMinutes,
        leaves: leftVolumes(config),
      },
    },
    { ...onCluster, dependsOn: installation },
  );

  // 7. The Orchestrator itself. Names flow through its spec, readiness does not: the operator looks for all of this at
  // once, and on the way down it needs its own namespace and the Secret. Argo CD and Tekton are the exception: what is made
  // of their kinds is left out, without a word, while these are not served.
  const parts = [home, rhdh, sonataflow, database, credentials, orchestratorOperator, ...delivery];
  const orchestrator = new Orchestrator(
    "orchestrator",
    {
      ...config.orchestrator,
      connection,
      installation: installation.id,
      packages: orchestratorOperator.packages,
      namespace: namespaces.orchestrator.name,
      spec: orchestratorSpec(config, { ...database.connection, database: postgresDatabase }),
    },
    { ...onCluster, dependsOn: parts },
  );

  return {
    orchestrator,
    parts: [...parts, access, orchestrator],
    rhdhNamespace: namespaces.rhdh.name,
    sonataflowNamespace: namespaces.sonataflow.name,
    database: { ...database.connection, port: postgresPort, databaseName: postgresDatabase },
    credentials: database.credentials,
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
      rhdhSecret: `${namespaces.rhdh.name}/${secretName}`,
      database: `${database.connection.serviceNamespace}/${database.connection.serviceName}`,
      databaseSecret: `${namespaces.sonataflow.name}/${database.connection.authSecret.name}`,
      ...(gitops && { argocd: gitops.url }),
    },
    kept: [
      "CustomResourceDefinitions of the operators: deleting one deletes everybody's objects of its kind",
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

function wasThere(namespace: string): string {
  return `Namespace ${namespace}: it was there before`;
}
