// Installs Orchestrator on OpenShift. Read it from top to bottom: it is the installation guide.

import {
  Cluster,
  ClusterAccess,
  CrdGuard,
  DeveloperHubPlatform,
  ExistingPlatform,
  OperatorPlatform,
  PlatformNamespaces,
  RhdhSecret,
  WorkflowNamespaces,
  Workflows,
  createDatabase,
  createDelivery,
  ownSpec,
  planOf,
  type Platform,
} from "./components";
import { readConfig, type PlatformConfig } from "./config";
import { endWithEngine } from "./provider/engine";

endWithEngine();
const config = readConfig(ownSpec);

// 1. The cluster. Nothing is created until it is known to have what is needed, and nothing of others in the way.
const cluster = new Cluster("installation", planOf(config));

// 2. The platform: installed in steps 2a to 2f below, or an existing one.
const platform: Platform = config.platform
  ? installPlatform(config.platform)
  : new ExistingPlatform("platform", { cluster, ...config.existingPlatform });

// 3. The namespaces that workflows run in, with the workflows.
const namespaces = new WorkflowNamespaces(
  "workflow-namespaces",
  { cluster, platform, namespaces: config.workflowNamespaces },
  { dependsOn: [...platform.services] },
);

// 4. The guards. They depend on everything, so a destroy begins with them, and where they refuse, nothing has gone.
const everything = [namespaces, ...platform.resources];
const crdGuard = cluster.removeCrds
  ? [new CrdGuard("crds-guard", { cluster, ...platform.removal }, { dependsOn: everything })]
  : [];
new Workflows(
  "workflows",
  { cluster, platform, namespaces, ...config.workflows },
  { dependsOn: [...everything, ...crdGuard] },
);

export = {
  ...platform.outputs,
  where: { ...platform.where, workflows: namespaces.names },
  /** What `pulumi destroy` leaves on the cluster, and why. */
  keptOnDestroy: [...platform.kept, ...namespaces.kept],
};

function installPlatform(plan: PlatformConfig): Platform {
  // 2a. The namespaces that everything else is in.
  const namespaces = new PlatformNamespaces(cluster, plan.namespaces);

  // 2b. The database of the services that run workflows: the reference PostgreSQL, or an external one.
  const database = createDatabase(cluster, plan.database, { dependsOn: namespaces.sonataflow });

  // 2c. Where wanted: Argo CD, which deploys workflows, and the pipeline that builds them for it.
  const delivery = createDelivery(cluster, plan);

  // 2d. The cluster as Developer Hub sees it: an address, and a token that may read.
  const access = new ClusterAccess(
    "cluster-access",
    { cluster, ...plan.clusterAccess },
    { dependsOn: namespaces.orchestrator },
  );

  // 2e. The credentials that Developer Hub starts with.
  const credentials = new RhdhSecret(
    "rhdh-credentials",
    { cluster, access, gitops: delivery.gitops, ...plan.credentials },
    { dependsOn: namespaces.rhdh },
  );

  // 2f. Orchestrator: up to 1.4 installed by its own operator, from 1.7 on a part of Developer Hub.
  const foundation = { cluster, namespaces, database, delivery, access, credentials };
  return plan.installedBy === "operator"
    ? new OperatorPlatform(foundation, plan)
    : new DeveloperHubPlatform(foundation, plan);
}
