package kubernetes

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// rule is a field whose change replaces the object: its path, where "*" stands
// for every item of a list.
type rule []string

// matches tells whether a change at path to value touches the rule's field: the
// change is at the field, inside it, or around it with a value that has it.
func (r rule) matches(path []any, value any) bool {
	for i, step := range path {
		if i == len(r) {
			return true
		}
		switch step := step.(type) {
		case string:
			if r[i] != step {
				return false
			}
		case int:
			if r[i] != "*" {
				return false
			}
		}
	}
	return within(r[len(path):], value)
}

// within tells whether a value has the field.
func within(field rule, value any) bool {
	if len(field) == 0 {
		return true
	}
	switch v := value.(type) {
	case map[string]any:
		item, found := v[field[0]]
		return found && within(field[1:], item)
	case []any:
		if field[0] != "*" {
			return false
		}
		for _, item := range v {
			if within(field[1:], item) {
				return true
			}
		}
	}
	return false
}

// rules reads fields separated by space; prefix goes before each.
func rules(prefix, fields string) []rule {
	var parsed []rule
	for _, field := range strings.Fields(fields) {
		field = strings.ReplaceAll(prefix+field, "[*]", ".*")
		parsed = append(parsed, strings.Split(field, "."))
	}
	return parsed
}

// identityRules hold for every object.
var identityRules = rules("metadata.", "name namespace")

var (
	workloadRules = rules("spec.", "selector")
	statefulRules = rules("spec.", "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates")
	jobRules      = rules("spec.", "completions parallelism selector template")
	bindingRules  = rules("", "roleRef")
	claimRules    = rules("spec.", "accessModes selector storageClassName volumeName")
	volumeRules   = rules("spec.", `awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker
		gcePersistentDisk glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO
		storageos vsphereVolume`)
	podRules = append(append(
		rules("spec.", `affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC
			hostNetwork hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority
			priorityClassName readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount
			serviceAccountName shareProcessNamespace subdomain terminationGracePeriodSeconds volumes`),
		rules("spec.containers[*].", containerFields)...),
		rules("spec.initContainers[*].", containerFields)...)
)

const containerFields = `args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources
	securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts
	workingDir`

// kindRules are the fields, besides the identity, that the API server does not
// let change, or whose change is better made with a new object.
var kindRules = map[schema.GroupVersionKind][]rule{
	{Group: "apps", Version: "v1beta1", Kind: "StatefulSet"}: statefulRules,
	{Group: "apps", Version: "v1beta2", Kind: "StatefulSet"}: statefulRules,
	{Group: "apps", Version: "v1", Kind: "StatefulSet"}:      statefulRules,
	{Group: "apps", Version: "v1beta2", Kind: "Deployment"}:  workloadRules,
	{Group: "apps", Version: "v1", Kind: "Deployment"}:       workloadRules,
	{Group: "apps", Version: "v1beta2", Kind: "DaemonSet"}:   workloadRules,
	{Group: "apps", Version: "v1", Kind: "DaemonSet"}:        workloadRules,

	{Group: "batch", Version: "v1", Kind: "Job"}:       jobRules,
	{Group: "batch", Version: "v1beta1", Kind: "Job"}:  jobRules,
	{Group: "batch", Version: "v2alpha1", Kind: "Job"}: jobRules,

	{Group: "policy", Version: "v1beta1", Kind: "PodDisruptionBudget"}: rules("", "spec"),

	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRoleBinding"}:       bindingRules,
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "RoleBinding"}:              bindingRules,
	{Group: "rbac.authorization.k8s.io", Version: "v1beta1", Kind: "ClusterRoleBinding"}:  bindingRules,
	{Group: "rbac.authorization.k8s.io", Version: "v1beta1", Kind: "RoleBinding"}:         bindingRules,
	{Group: "rbac.authorization.k8s.io", Version: "v1alpha1", Kind: "ClusterRoleBinding"}: bindingRules,
	{Group: "rbac.authorization.k8s.io", Version: "v1alpha1", Kind: "RoleBinding"}:        bindingRules,

	{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass"}: rules("", "parameters provisioner"),

	{Version: "v1", Kind: "PersistentVolume"}:      volumeRules,
	{Version: "v1", Kind: "PersistentVolumeClaim"}: claimRules,
	{Version: "v1", Kind: "Pod"}:                   podRules,
	{Version: "v1", Kind: "ResourceQuota"}:         rules("", "spec.scopes"),
	{Version: "v1", Kind: "Secret"}:                rules("", "type"),
	{Version: "v1", Kind: "Service"}:               rules("", "spec.clusterIP"),
}

var (
	secretRules    = rules("", "type stringData data")
	configMapRules = rules("", "binaryData data")
)

// replaceRules are the rules for an object.
func (p *provider) replaceRules(obj *unstructured.Unstructured) []rule {
	gvk := gvkOfObject(obj)
	var more []rule
	switch gvk {
	case schema.GroupVersionKind{Version: "v1", Kind: "Secret"}:
		more = kindRules[gvk]
		if !p.settings.secretsMutable || isImmutable(obj) {
			more = secretRules
		}
	case schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}:
		if !p.settings.configMapsMutable || isImmutable(obj) {
			more = configMapRules
		}
	default:
		more = kindRules[gvk]
	}
	return append(append([]rule(nil), identityRules...), more...)
}
