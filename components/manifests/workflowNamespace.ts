import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { WorkflowNamespaceConfig } from "../../config";
import { admissionPolicy, workflowLimits, workflowNetworkPolicy } from "../../config/names";
import { quantities } from "./postgres";

/** Where the platform is that the workflows belong to. */
export interface PlatformNamespaces {
  /** Developer Hub's. */
  readonly rhdhNamespace: Input<string>;
  /** That of Data Index and Job Service. */
  readonly sonataflowNamespace: Input<string>;
}

export type Labels = Readonly<Record<string, Input<string>>>;

/** Knative's: brokers and sources deliver events; the activator and the gateway pass requests on. */
const knative = ["knative-eventing", "knative-serving", "knative-serving-ingress"];

/** What scrapes metrics: OpenShift labels the namespace of the cluster's own monitoring, but not that of its users. */
export const monitoring: readonly Labels[] = [
  { "network.openshift.io/policy-group": "monitoring" },
  { "kubernetes.io/metadata.name": "openshift-user-workload-monitoring" },
];

/** The router, on every OpenShift. */
export const router: Labels = { "policy-group.network.openshift.io/ingress": "" };

/**
 * Lets Developer Hub and the platform's services in, as upstream's policy of this name does, and all whom that alone
 * would cut off: a namespace without a policy lets everybody in, one with any policy only those whom it names.
 */
export function networkPolicy(
  namespace: string,
  { rhdhNamespace, sonataflowNamespace }: PlatformNamespaces,
): k8s.types.input.networking.v1.NetworkPolicy {
  const called = (name: Input<string>): Labels => ({ "kubernetes.io/metadata.name": name });
  const named = [rhdhNamespace, sonataflowNamespace, ...knative].map(called);
  const others = [...named, router, ...monitoring].map((matchLabels) => ({
    namespaceSelector: { matchLabels },
  }));
  return {
    metadata: { name: workflowNetworkPolicy, namespace },
    spec: {
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [{ from: [...others, { podSelector: {} }] }], // the last are its own pods
    },
  };
}

/** Lets the workflows of `namespace` in where the platform is, beside the operator's own policy there. */
export const admission = (
  namespace: string,
  { sonataflowNamespace }: PlatformNamespaces,
): k8s.types.input.networking.v1.NetworkPolicy => ({
  metadata: { name: admissionPolicy(namespace), namespace: sonataflowNamespace },
  spec: {
    podSelector: {},
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }],
      },
    ],
  },
});

/** What all pods of a namespace may use together. */
export const resourceQuota = (
  namespace: string,
  hard: Readonly<Record<string, string>>,
): k8s.types.input.core.v1.ResourceQuota => ({
  metadata: { name: workflowLimits, namespace },
  spec: { hard: { ...hard } },
});

/** What a container asks for, and may use, that says nothing of that itself. */
export const limitRange = (
  namespace: string,
  { requests, limits }: NonNullable<WorkflowNamespaceConfig["containers"]>,
): k8s.types.input.core.v1.LimitRange => ({
  metadata: { name: workflowLimits, namespace },
  spec: {
    limits: [
      {
        type: "Container",
        ...(requests && { defaultRequest: quantities(requests) }),
        ...(limits && { default: quantities(limits) }),
      },
    ],
  },
});

type Access = WorkflowNamespaceConfig["access"];

/** One binding for each role that is given to anybody: the role of a binding cannot be changed, its subjects can. */
export function roleBindings(namespace: string, access: Access) {
  const apiGroup = "rbac.authorization.k8s.io";
  const roles = [...new Set(access.map(({ role }) => role))].sort();
  return roles.map((role) => ({
    metadata: { name: `workflows-${role}`, namespace },
    roleRef: { apiGroup, kind: "ClusterRole", name: role },
    subjects: access
      .filter((entry) => entry.role === role)
      .map(({ group, user }) =>
        group === undefined
          ? { apiGroup, kind: "User", name: user ?? "" }
          : { apiGroup, kind: "Group", name: group },
      ),
  }));
}
