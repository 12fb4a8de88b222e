// Installs Orchestrator on OpenShift. Read it from top to bottom: it is the installation guide.

import {
  ClusterAccess,
  ExternalPostgres,
  GitOps,
  Installation,
  Operator,
  Orchestrator,
  Pipelines,
  PlatformNamespace,
  Postgres,
  RhdhSecret,
  orchestratorKind,
  orchestratorSpec,
} from "./components";
import { childPackages, clusterNeeds, clusterSingletons, readConfig } from "./config";
import {
  externalPostgresName,
  managedByArgocd,
  orchestratorPackage,
  postgresDatabase,
  postgresName,
  workflowNamespaceLabel,
} from "./config/names";

const config = readConfig();
const { connection, namespaces, operator } = config;

// 0. The cluster, with a check that nothing of somebody else's is in the way.
const installation = new Installation("installation", {
  connection,
  needs: clusterNeeds(config),
  singletons: clusterSingletons(config),
});
const { onCluster } = installation;

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
      { ...config.postgres, namespace: namespaces.sonataflow.name },
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
    serves: { ...orchestratorKind, deleteMinutes: config.orchestrator.deleteTimeoutMinutes },
  },
  { ...onCluster, dependsOn: installation },
);

// 7. The Orchestrator itself. Names flow through its spec, readiness does not: the operator looks for all of this at
// once, and on the way down it needs its own namespace and the Secret. Argo CD and Tekton are the exception: what is made
// of their kinds is left out, without a word, while these are not served.
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
  {
    ...onCluster,
    dependsOn: [home, rhdh, sonataflow, database, credentials, orchestratorOperator, ...delivery],
  },
);

/** The version of the operator that runs. */
export const operatorVersion = orchestratorOperator.csv;
/** What the custom resource said when it was last changed. */
export const readiness = orchestrator.condition;
/** Where Developer Hub is, or will shortly be, served. */
export const rhdhUrl = orchestrator.rhdhUrl;
/** Where to look. */
export const where = {
  orchestrator: `${namespaces.orchestrator.name}/${config.orchestrator.name}`,
  subscription: `${operator.namespace}/${orchestratorPackage}`,
  rhdhSecret: `${namespaces.rhdh.name}/${secretName}`,
  database: `${database.connection.serviceNamespace}/${database.connection.serviceName}`,
  databaseSecret: `${namespaces.sonataflow.name}/${database.connection.authSecret.name}`,
  ...(gitops && { argocd: gitops.url }),
};
/** What `pulumi destroy` leaves on the cluster, and why. */
export const keptOnDestroy = [
  "CustomResourceDefinitions of the operators: deleting one deletes everybody's objects of its kind",
  ...Object.values(namespaces).flatMap(({ name, existing }) =>
    existing ? [`Namespace ${name}: it was there before`] : [],
  ),
  ...(config.gitops && !config.gitops.install
    ? [`Namespace ${config.gitops.namespace} with its Argo CD: it was there before`]
    : []),
  ...(config.postgres.keepData
    ? [`Namespace ${namespaces.sonataflow.name} with the database's volume: postgres.keepData`]
    : []),
];
