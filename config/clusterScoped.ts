/**
 * Kinds without a namespace, by their group, as Kubernetes and OpenShift have them. All others are asked of the cluster,
 * where it may be looked at.
 */
const kinds: Readonly<Record<string, readonly string[]>> = {
  "": ["Namespace", "Node", "PersistentVolume"],
  "admissionregistration.k8s.io": [
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
  ],
  "apiextensions.k8s.io": ["CustomResourceDefinition"],
  "apiregistration.k8s.io": ["APIService"],
  "authorization.openshift.io": ["ClusterRole", "ClusterRoleBinding"],
  "certificates.k8s.io": ["CertificateSigningRequest", "ClusterTrustBundle"],
  "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
  "machineconfiguration.openshift.io": [
    "ContainerRuntimeConfig",
    "KubeletConfig",
    "MachineConfig",
    "MachineConfigPool",
  ],
  "networking.k8s.io": ["IngressClass", "IPAddress", "ServiceCIDR"],
  "node.k8s.io": ["RuntimeClass"],
  "oauth.openshift.io": [
    "OAuthAccessToken",
    "OAuthAuthorizeToken",
    "OAuthClient",
    "OAuthClientAuthorization",
  ],
  "operators.coreos.com": ["OLMConfig", "Operator"],
  "project.openshift.io": ["Project", "ProjectRequest"],
  "quota.openshift.io": ["ClusterResourceQuota"],
  "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding"],
  "scheduling.k8s.io": ["PriorityClass"],
  "security.openshift.io": ["SecurityContextConstraints"],
  "snapshot.storage.k8s.io": ["VolumeSnapshotClass", "VolumeSnapshotContent"],
  "sonataflow.org": ["SonataFlowClusterPlatform"],
  "storage.k8s.io": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
  "tekton.dev": ["ClusterTask"],
  "user.openshift.io": ["Group", "Identity", "User", "UserIdentityMapping"],
};

/** Groups of which all kinds are without a namespace. */
const groups = ["config.openshift.io", "console.openshift.io"];

export function isClusterScoped({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): boolean {
  const group = apiVersion.replace(/\/?[^/]*$/, "");
  return groups.includes(group) || (kinds[group] ?? []).includes(kind);
}
