import type * as k8s from "@pulumi/kubernetes";
import type { DeveloperHubConfig } from "../../config";
import { knativeIngress } from "../../config/names";
import { namespacesCalled } from "../workflows/manifests";

type NetworkPolicy = k8s.types.input.networking.v1.NetworkPolicy & { metadata: { name: string } };
type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** Where Data Index, workflows and Argo CD listen in their pods: a policy sees the port behind a Service. */
const http = { protocol: "TCP", port: 8080 };
/** Developer Hub itself. */
const backstage = { protocol: "TCP", port: 7007 };
/** The API server, which is no pod. */
const api = { protocol: "TCP", port: 6443 };

/** All pods of workflows, of other stacks as well: the label `LabelWorkflow` of the SonataFlow operator. */
const workflows: Peer = {
  namespaceSelector: {},
  podSelector: { matchExpressions: [{ key: "sonataflow.org/workflow-app", operator: "Exists" }] },
};

/**
 * From 2.1 on, policies of its operator close Developer Hub's pods (rhdh-operator,
 * config/profile/rhdh/default-config/networkpolicy.yaml). Policies add up, so these open what Orchestrator takes.
 */
export function hubPolicies(settings: DeveloperHubConfig): NetworkPolicy[] {
  const { profile, name, namespace, argocdNamespace } = settings;
  if (!profile.closed) return [];
  const podSelector = { matchLabels: { "rhdh.redhat.com/app": `backstage-${name}` } };
  const platform = namespacesCalled([settings.sonataflowNamespace]);
  return [
    {
      metadata: { name: "allow-orchestrator-egress", namespace },
      spec: {
        podSelector,
        policyTypes: ["Egress"],
        egress: [
          { to: [...platform, workflows], ports: [http] },
          // Workflows that Knative scales are called by its gateway.
          { to: namespacesCalled([knativeIngress]) },
          ...(argocdNamespace === undefined
            ? []
            : [{ to: namespacesCalled([argocdNamespace]), ports: [http] }]),
          ...(settings.hasClusterToken ? [{ ports: [api] }] : []),
          ...(settings.database ? [{ ports: [{ protocol: "TCP", port: settings.database.port }] }] : []),
        ],
      },
    },
    {
      metadata: { name: "allow-orchestrator-ingress", namespace },
      spec: {
        podSelector,
        policyTypes: ["Ingress"],
        ingress: [{ from: [...platform, workflows], ports: [backstage] }],
      },
    },
  ];
}
