package kubernetes

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// knownGroups are the API groups that Kubernetes itself serves. Kinds outside
// them are custom resources.
var knownGroups = []string{
	"", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps",
	"auditregistration.k8s.io", "autoscaling", "batch", "certificates.k8s.io", "coordination.k8s.io",
	"discovery.k8s.io", "events.k8s.io", "extensions", "flowcontrol.apiserver.k8s.io", "meta",
	"networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io",
	"scheduling.k8s.io", "settings.k8s.io", "storage.k8s.io", "storagemigration.k8s.io",
}

func isKnownVersion(gv schema.GroupVersion) bool {
	return slices.Contains(knownGroups, realGroup(gv.Group))
}

func isKnownKind(obj *unstructured.Unstructured) bool {
	gv, err := schema.ParseGroupVersion(obj.GetAPIVersion())
	return err == nil && gv.Version != "" && isKnownVersion(gv)
}

// knownScopes tells of Kubernetes' own kinds whether they are namespaced. The
// scope of any other is asked of the API server.
var knownScopes = scopes(
	`Binding ConfigMap ControllerRevision CronJob CSIStorageCapacity DaemonSet Deployment Endpoints EndpointSlice
	 Event HorizontalPodAutoscaler Ingress Job Lease LimitRange NetworkPolicy PersistentVolumeClaim Pod
	 PodDisruptionBudget PodTemplate ReplicaSet ReplicationController ResourceQuota Role RoleBinding Secret
	 Service ServiceAccount StatefulSet`,
	`APIService CertificateSigningRequest ClusterRole ClusterRoleBinding CSIDriver CSINode CustomResourceDefinition
	 FlowSchema IngressClass MutatingWebhookConfiguration Namespace Node PersistentVolume PodSecurityPolicy
	 PriorityClass PriorityLevelConfiguration RuntimeClass StorageClass ValidatingWebhookConfiguration
	 VolumeAttachment`,
)

func scopes(namespaced, clusterWide string) map[string]bool {
	table := map[string]bool{}
	for _, kind := range strings.Fields(namespaced) {
		table[kind] = true
	}
	for _, kind := range strings.Fields(clusterWide) {
		table[kind] = false
	}
	return table
}

func isCRD(obj *unstructured.Unstructured) bool {
	return obj.GetKind() == "CustomResourceDefinition" && strings.HasPrefix(obj.GetAPIVersion(), "apiextensions.k8s.io/")
}

func isCore(obj *unstructured.Unstructured, kind string) bool {
	return gvkOfObject(obj).Group == "" && obj.GetKind() == kind
}

func isSecret(obj *unstructured.Unstructured) bool { return isCore(obj, "Secret") }

func isImmutable(obj *unstructured.Unstructured) bool {
	immutable, _, _ := unstructured.NestedBool(obj.Object, "immutable")
	return immutable
}

// isListType tells whether a resource type is a list of Kubernetes' own kinds.
func isListType(gvk schema.GroupVersionKind) bool {
	return strings.HasSuffix(gvk.Kind, "List") && isKnownVersion(gvk.GroupVersion())
}
