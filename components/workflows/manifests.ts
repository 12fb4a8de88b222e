import type * as k8s from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import type { WorkflowNamespaceConfig } from "../../config";
import {
  admissionPolicy,
  apiServerPolicy,
  knativeEventing,
  knativeIngress,
  knativeServing,
  workflowLimits,
  workflowNetworkPolicy,
} from "../../config/names";
import { quantities } from "../database/manifests";

/** Where the platform is that the workflows belong to. */
export interface PlatformNamespaces {
  /** Developer Hub's. */
  readonly rhdhNamespace: Input<string>;
  /** That of Data Index and Job Service. */
  readonly sonataflowNamespace: Input<string>;
}

type Labels = Readonly<Record<string, Input<string>>>;
type NetworkPolicy = k8s.types.input.networking.v1.NetworkPolicy;
type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** Lets these in to all pods of a namespace; with it, all whom no policy names are kept out. */
export const letIn = <M extends { readonly name: string; readonly namespace: Input<string> }>(
  metadata: M,
  from: Peer[],
): NetworkPolicy & { readonly metadata: M } => ({
  metadata,
  spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from }] },
});

/** All pods of the namespaces with one of these sets of labels. */
export const namespacesWith = (labels: readonly Labels[]): Peer[] =>
  labels.map((matchLabels) => ({ namespaceSelector: { matchLabels } }));

/** All pods of the namespaces of these names. */
export const namespacesCalled = (names: readonly Input<string>[]): Peer[] =>
  namespacesWith(names.map((name) => ({ "kubernetes.io/metadata.name": name })));

/** All pods of the policy's own namespace. */
export const ownPods: Peer = { podSelector: {} };

/** Knative's: brokers and sources deliver events; the activator and the gateway pass requests on. */
const knative = [knativeEventing.namespace, knativeServing.namespace, knativeIngress];

/** What scrapes metrics: OpenShift labels the namespace of the cluster's own monitoring, but not that of its users. */
export const monitoring: readonly Labels[] = [
  { "network.openshift.io/policy-group": "monitoring" },
  { "kubernetes.io/metadata.name": "openshift-user-workload-monitoring" },
];

/** The router, on every OpenShift. */
export const router: Labels = { "policy-group.network.openshift.io/ingress": "" };

/**
 * The API server, which reaches Services by its proxy, and all else in the network of the nodes:
 * https://docs.redhat.com/en/documentation/openshift_container_platform/4.16/html/networking/network-policy, allow-from-hostnetwork.
 * Who may use that proxy is a matter of rights.
 */
const apiServer: Labels = { "policy-group.network.openshift.io/host-network": "" };

/**
 * Lets Developer Hub and the platform's services in, as upstream's policy of this name does, and all whom that alone
 * would cut off: a namespace without a policy lets everybody in, one with any policy only those whom it names.
 */
export const networkPolicy = (
  namespace: string,
  { rhdhNamespace, sonataflowNamespace }: PlatformNamespaces,
): NetworkPolicy =>
  letIn({ name: workflowNetworkPolicy, namespace }, [
    ...namespacesCalled([rhdhNamespace, sonataflowNamespace, ...knative]),
    ...namespacesWith([router, apiServer, ...monitoring]),
    ownPods,
  ]);

/** Lets the workflows of `namespace` in where the platform is, beside the operator's own policy there. */
export const admission = (namespace: string, { sonataflowNamespace }: PlatformNamespaces): NetworkPolicy =>
  letIn({ name: admissionPolicy(namespace), namespace: sonataflowNamespace }, namespacesCalled([namespace]));

/** Lets the API server in where the platform is, beside the other policies there. */
export const apiServerAdmission = (namespace: string) =>
  letIn({ name: apiServerPolicy, namespace }, namespacesWith([apiServer]));

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
