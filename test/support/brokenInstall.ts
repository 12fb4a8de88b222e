import type { State } from "../../status/report";

/** A line of `npm run status`, with the category that it is in. */
export interface Seen {
  readonly category: string;
  readonly state: State;
  readonly text: string;
  readonly next?: string;
}

const rhdh = "rhdh (Subscription rhdh-operator/rhdh, channel fast-1.10)";
const noHub = "no Subscription to rhdh";
const dataIndex = "Deployment sonataflow-infra/sonataflow-platform-data-index-service";
const dataIndexPod = "sonataflow-platform-data-index-service-5d8c7b9f4-x2k7p";
const hubPod = "backstage-backstage-5d8c7b9f4-x2k7p";
const refused = 'FATAL: password authentication failed for user "sonataflow"';
const catalog = "CatalogSource openshift-marketplace/redhat-operators";
const shutOut =
  "Namespace loans is shut out of sonataflow-infra, so its workflows reach neither Data Index nor the database";

/** What Kubernetes makes names of: k8s.io/apimachinery, pkg/util/rand. */
const letter = "[bcdfghjklmnpqrstvwxz2456789]";

/** Words in which names of pods and plans, and the address of the API server, are always the same. */
export const plain = (text: string): string =>
  text
    .replace(new RegExp(`-${letter}{8,10}-${letter}{5}\\b`, "g"), "-5d8c7b9f4-x2k7p")
    .replace(new RegExp(`\\binstall-${letter}{5}\\b`, "g"), "install-x7k2p")
    .replace(/https:\/\/127\.0\.0\.1:\d+/g, "https://api.example.com:6443")
    .replace(/takes \d+ s to/, "takes 6 s to");

/**
 * What `npm run status` says is not well of an install that was broken, by what was done to it: 1.10, with the workflow greeting in
 * the namespace loans. test/e2e/broken.test.ts does that to a cluster, and the guide docs/guides/troubleshooting.md shows it.
 */
export const broken = {
  "the Subscription of an operator is gone": [
    {
      category: "Operators",
      state: "broken",
      text: `${noHub}: ClusterServiceVersion rhdh-operator/rhdh-operator.v1.10.1 runs on, and gets no new version`,
      next: "pulumi up",
    },
  ],
  "an operator is missing": [
    {
      category: "Operators",
      state: "broken",
      text: `${noHub}: without this operator, nobody looks after Backstage rhdh/backstage`,
      next: "pulumi up",
    },
  ],
  "an InstallPlan waits": [
    {
      category: "Operators",
      state: "waiting",
      text: `${rhdh}: InstallPlan rhdh-operator/install-x7k2p waits for approval`,
      next: `oc patch installplan install-x7k2p -n rhdh-operator --type merge -p '{"spec":{"approved":true}}'`,
    },
  ],
  "the catalog is gone": [
    {
      category: "Operators",
      state: "broken",
      text: `${catalog} does not exist; the CatalogSources there are: none. Until it is back, OLM can install nothing anew, and no new version of serverless-operator, logic-operator and rhdh`,
      next: "oc get catalogsources -n openshift-marketplace",
    },
  ],
  "Data Index's image is missing": [
    {
      category: "Platform",
      state: "broken",
      text: `${dataIndex} is not ready: Pod sonataflow-infra/${dataIndexPod}: ImagePullBackOff: Back-off pulling image "registry.example.com/data-index:missing"`,
      next: "oc describe deployment.apps sonataflow-platform-data-index-service -n sonataflow-infra",
    },
  ],
  "Data Index is scaled to 0": [
    {
      category: "Platform",
      state: "waiting",
      text: `${dataIndex} is not ready: it is scaled to 0`,
      next: "oc scale deployment.apps sonataflow-platform-data-index-service -n sonataflow-infra --replicas=1",
    },
  ],
  "a quota keeps Data Index from starting": [
    {
      category: "Platform",
      state: "broken",
      text: `${dataIndex} is not ready: pods "${dataIndexPod}" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=3, limited: pods=0`,
      next: "oc describe deployment.apps sonataflow-platform-data-index-service -n sonataflow-infra",
    },
  ],
  "the database refuses the login": [
    {
      category: "Platform",
      state: "broken",
      text: `${dataIndex} is not ready: Pod sonataflow-infra/${dataIndexPod}: CrashLoopBackOff: its container main ends with code 1 (Error): ${refused}`,
      next: `oc logs --previous -n sonataflow-infra ${dataIndexPod} -c main`,
    },
    {
      category: "Database",
      state: "broken",
      text: `Service sonataflow-infra/sonataflow-psql-postgresql refuses the login of Secret sonataflow-infra/sonataflow-psql-postgresql: ${refused}`,
      next: "pulumi up",
    },
  ],
  "the database does not run": [
    {
      category: "Database",
      state: "broken",
      text: "Service sonataflow-infra/sonataflow-psql-postgresql has no pod that is ready behind it",
      next: "oc get pods -n sonataflow-infra",
    },
  ],
  "a plugin of Developer Hub is missing": [
    {
      category: "Developer Hub",
      state: "broken",
      text: `Deployment rhdh/backstage-backstage is not ready: Pod rhdh/${hubPod}: CrashLoopBackOff: its container install-dynamic-plugins ends with code 1 (Error): Error while installing OCI plugin oci://ghcr.io/redhat-developer/rhdh-plugin-export-overlays/no-such-plugin:1.0.0: manifest unknown`,
      next: `oc logs --previous -n rhdh ${hubPod} -c install-dynamic-plugins`,
    },
  ],
  "Developer Hub idles": [
    {
      category: "Developer Hub",
      state: "waiting",
      text: "Backstage rhdh/backstage idles: Deployment rhdh/backstage-backstage is scaled to 0, so nobody can reach it",
      next: `oc patch backstage.rhdh.redhat.com backstage -n rhdh --type merge -p '{"spec":{"application":{"replicas":1}}}'`,
    },
  ],
  "a workflow lacks its ConfigMap": [
    {
      category: "Workflows",
      state: "broken",
      text: 'SonataFlow loans/greeting does not run: ExternalResourcesNotFound: External Resources ConfigMap not found: configmaps "01-greeting-resources-schemas" not found',
      next: "oc describe sonataflow greeting -n loans",
    },
  ],
  "a policy is in the way": [
    {
      category: "Workflows",
      state: "broken",
      text: `${shutOut}: there is no NetworkPolicy sonataflow-infra/allow-external-workflows-to-sonataflow-infra-loans`,
      next: "pulumi up",
    },
  ],
  "the API server is slow": [
    {
      category: "API server",
      state: "waiting",
      text: "it takes 6 s to answer (GET /apis/sonataflow.org/v1alpha08/sonataflowplatforms?limit=50), so all else takes its time, too",
      next: "oc get clusteroperators etcd kube-apiserver",
    },
  ],
} as const satisfies Readonly<Record<string, readonly Seen[]>>;

/** The same of an install of 1.4, where it is something else. */
export const brokenBefore17 = {
  "the version of an operator was deleted": [
    {
      category: "Operators",
      state: "broken",
      text: "orchestrator-operator (Subscription orchestrator-operator/orchestrator-operator, channel stable): orchestrator-operator.v1.4.0 was deleted, and OLM does not install it again",
      next: "pulumi up",
    },
  ],
  "a namespace has lost its label": [
    {
      category: "Workflows",
      state: "broken",
      text: `${shutOut}: it has no label rhdh.redhat.com/workflow-namespace`,
      next: "oc label namespace loans rhdh.redhat.com/workflow-namespace=",
    },
  ],
} as const satisfies Readonly<Record<string, readonly Seen[]>>;

/** What is said instead where the cluster cannot be looked at, by the reason. */
export const unreachable = {
  "an unknown token":
    "GET /apis/operators.coreos.com/v1alpha1: Unauthorized (401): the API server does not accept the credentials in the kubeconfig; they may have expired. Log in again, such as with oc login",
  "an expired certificate":
    "certificate has expired: the API server's certificate, or that of its authority, has expired. It has to be renewed on the cluster; look at the clock of this machine, too",
} as const;

/** What is said of a subject that a user may not look at. */
export const forbidden: Seen = {
  category: "Operators",
  state: "unchecked",
  text: 'GET /apis/operators.coreos.com/v1alpha1/subscriptions?limit=50: subscriptions.operators.coreos.com is forbidden: User "system:serviceaccount:default:nobody" cannot list resource "subscriptions" in API group "operators.coreos.com" at the cluster scope (403)',
};
