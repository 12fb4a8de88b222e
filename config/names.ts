/** Names that two files, or this program and the cluster, must agree on. Nothing else belongs here. */

/** The OLM package of the operator, and the name of its Subscription, its Deployment and its own namespace. */
export const orchestratorPackage = "orchestrator-operator";

/** The API group of the custom resource, and of Developer Hub's. */
export const orchestratorGroup = "rhdh.redhat.com";

/** What an Orchestrator, and a Developer Hub, of a version of that group is to the API server. */
export const orchestratorKind = (version: string) =>
  ({ apiVersion: `${orchestratorGroup}/${version}`, kind: "Orchestrator" }) as const;
export const backstageKind = (version: string) =>
  ({ apiVersion: `${orchestratorGroup}/${version}`, kind: "Backstage" }) as const;

/** What defines the custom resource. Every release has it under this name, each with another version of the API. */
export const orchestratorCrd = `orchestrators.${orchestratorGroup}`;

/** The ServiceAccount whose token Developer Hub gets, and the Secret with that token; upstream's script names them so too. */
export const accessAccount = "orchestrator";

/** The OLM packages of OpenShift GitOps and OpenShift Pipelines. */
export const gitopsPackage = "openshift-gitops-operator";
export const pipelinesPackage = "openshift-pipelines-operator-rh";

/** OpenShift Serverless: Knative. */
export const serverlessPackage = "serverless-operator";

/** The OLM packages of OpenShift Serverless Logic: up to 1.36, and since. */
export const logicPackages = ["logic-operator-rhel8", "logic-operator"] as const;

/** The one object by which OpenShift Pipelines is configured. Its operator makes it. */
export const tektonConfig = {
  apiVersion: "operator.tekton.dev/v1alpha1",
  kind: "TektonConfig",
  name: "config",
} as const;

/** The catalog of what Red Hat ships, on every OpenShift that is not cut off from it. */
export const catalog = { source: "redhat-operators", namespace: "openshift-marketplace" } as const;

/** The namespace that OpenShift provides, with its OperatorGroup, for operators that watch every namespace. */
export const globalOperatorsNamespace = "openshift-operators";

/**
 * Whether a namespace is Kubernetes' or OpenShift's own. A stack neither makes such a one nor takes it over nor removes it, but
 * those that it makes for operators, under the names that Red Hat gives them.
 */
export const isReserved = (namespace: string): boolean =>
  /^(default|openshift|(kube|openshift)-.*)$/.test(namespace);

/** Service, Secret, StatefulSet and Pulumi name of the reference database, as the `Orchestrator` CRD defaults them. */
export const postgresName = "sonataflow-psql-postgresql";

/**
 * Secret and Pulumi name of an external database. Another name than the reference database's, so that a stack can
 * change from one to the other: the new Secret is made before the old one is deleted.
 */
export const externalPostgresName = "sonataflow-external-postgresql";

/** Where pods find the certificates of the authority of an external database. */
export const externalPostgresCa = { name: `${externalPostgresName}-ca`, key: "ca.crt" } as const;

/** Keys of the database Secret, as the `Orchestrator` CRD defaults them. */
export const postgresSecretKeys = { user: "postgres-username", password: "postgres-password" } as const;

/** Its PersistentVolumeClaim, unless there is another to use: as a StatefulSet's template called `data` would name it. */
export const postgresClaim = (existing?: string): string => existing ?? `data-${postgresName}-0`;

/** Annotations of the reference database's claim: what the data on the volume is of, wherever it is used again. */
export const postgresContents = {
  user: "orchestrator-on-openshift/postgres-user",
  version: "orchestrator-on-openshift/postgres-version",
} as const;

/**
 * The database of the platform's services. The Orchestrator operator does not pass
 * `spec.postgres.database` on, so no other name works.
 */
export const postgresDatabase = "sonataflow";
export const postgresPort = 5432;

/** Lets the platform's NetworkPolicy accept traffic from a namespace; without it Data Index cannot reach PostgreSQL. */
export const workflowNamespaceLabel = { "rhdh.redhat.com/workflow-namespace": "" } as const;

/** Lets the workflows of another namespace reach the platform's services, from 1.7 on; one for each such namespace. */
export const admissionPolicy = (namespace: string): string =>
  `allow-external-workflows-to-sonataflow-infra-${namespace}`;

/** Lets Developer Hub and the platform's services reach what runs in a workflow namespace. */
export const workflowNetworkPolicy = "allow-rhdh-to-sonataflow-and-workflows";

/** Lets the API server reach the platform's services: `npm run status` and `npm run smoke` ask Data Index by way of it. */
export const apiServerPolicy = "allow-api-server";

/** The ResourceQuota and the LimitRange of a workflow namespace. */
export const workflowLimits = "workflows";

/** What a platform has from 1.7 on, whether this program has made it or the Developer Hub operator. */
export const directNetworkPolicy = "allow-infra-ns-to-workflow-ns";

/** What the Serverless Logic operator turns into a running workflow. */
export const sonataFlowKind = { apiVersion: "sonataflow.org/v1alpha08", kind: "SonataFlow" } as const;

/** The AppProject of Argo CD that the software templates deploy with. */
export const appProjectName = "orchestrator-gitops";

/** Marks the namespace of Argo CD, as upstream's script and the operator's own look-up know it. */
export const argocdNamespaceLabel = { "rhdh.redhat.com/argocd-namespace": "" } as const;

/** Lets the Argo CD of `namespace` deploy into the namespace that carries it. */
export const managedByArgocd = (namespace: string) => ({ "argocd.argoproj.io/managed-by": namespace });

/** Marks each object that a stack made, with that stack's id, so that it can be told from everybody else's. */
export const installationLabel = "orchestrator-on-openshift/installation";

/** The annotation that is changed for an operator to look at an object again. */
export const reminder = "orchestrator-on-openshift/reminder";

/** Marks an object that a destroy leaves where it is. */
export const keepLabel = { "orchestrator-on-openshift/keep": "" } as const;

/** The Pulumi type of one of this program's components. */
export const componentType = (kind: string): string => `orchestrator-on-openshift:index:${kind}`;

/** The one instance of each part of Knative. The Serverless operator takes them where their names say. */
export const knativeServing = {
  apiVersion: "operator.knative.dev/v1beta1",
  kind: "KnativeServing",
  namespace: "knative-serving",
  name: "knative-serving",
} as const;
export const knativeEventing = {
  apiVersion: "operator.knative.dev/v1beta1",
  kind: "KnativeEventing",
  namespace: "knative-eventing",
  name: "knative-eventing",
} as const;

/** Where the Serverless operator puts the gateway of Knative Serving, in a namespace that it makes and never removes. */
export const knativeIngress = "knative-serving-ingress";

/** The services that run workflows, as every release calls them. Other names follow from this one. */
export const sonataFlowPlatform = {
  ...sonataFlowKind,
  kind: "SonataFlowPlatform",
  name: "sonataflow-platform",
} as const;

/** What points the workflows of all namespaces to them. */
export const sonataFlowClusterPlatform = {
  ...sonataFlowKind,
  kind: "SonataFlowClusterPlatform",
  name: "cluster-platform",
} as const;

/** What somebody may run in a namespace of the stack, and would miss. */
export const workloads = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "apps/v1", kind: "StatefulSet" },
  { apiVersion: "apps/v1", kind: "DaemonSet" },
  { apiVersion: "batch/v1", kind: "CronJob" },
] as const;

/** The variable in Developer Hub's environment that tells which configuration it was started with. */
export const configurationEnv = "ORCHESTRATOR_CONFIGURATION";
