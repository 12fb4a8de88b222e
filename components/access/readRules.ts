import type * as k8s from "@pulumi/kubernetes";

const read = ["get", "list", "watch"];

/**
 * What the plugins of Developer Hub that show a cluster read, in all namespaces: an entity of the catalog may live in
 * any. No Secrets, and nothing to write. Argo CD's plugin is not in here, because it asks Argo CD, not the cluster.
 */
export const readRules: readonly k8s.types.input.rbac.v1.PolicyRule[] = [
  // Kubernetes plugin: it asks for all of these with each view of an entity, and shows an error for each that it may
  // not see. Topology plugin: the nodes of its graph, with their Services.
  {
    apiGroups: [""],
    resources: ["pods", "services", "configmaps", "limitranges", "resourcequotas"],
    verbs: read,
  },
  {
    apiGroups: ["apps"],
    resources: ["deployments", "replicasets", "statefulsets", "daemonsets"],
    verbs: read,
  },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: read },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: read },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: read },
  // Kubernetes plugin: the use of CPU and memory beside each pod.
  { apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: read },
  // Kubernetes, Topology and Tekton plugins: the log of a pod, or of a step of a pipeline.
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  // Topology plugin: where an application is served.
  { apiGroups: ["route.openshift.io"], resources: ["routes"], verbs: read },
  // Tekton plugin, and the pipelines' marks in the Topology plugin.
  { apiGroups: ["tekton.dev"], resources: ["pipelines", "pipelineruns", "taskruns"], verbs: read },
];
