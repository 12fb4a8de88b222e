package kubernetes

import (
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Annotations that direct the provider.
const (
	annotationAutonamed      = "pulumi.com/autonamed"
	annotationSkipAwait      = "pulumi.com/skipAwait"
	annotationWaitFor        = "pulumi.com/waitFor"
	annotationTimeout        = "pulumi.com/timeoutSeconds"
	annotationReplaceUnready = "pulumi.com/replaceUnready"
	annotationPatchForce     = "pulumi.com/patchForce"
	annotationPatchManager   = "pulumi.com/patchFieldManager"
	annotationPropagation    = "pulumi.com/deletionPropagationPolicy"
	annotationLastApplied    = "kubectl.kubernetes.io/last-applied-configuration"
	annotationRevision       = "deployment.kubernetes.io/revision"
)

// defaultTimeout bounds every wait that nothing else bounds.
const defaultTimeout = 10 * time.Minute

func annotation(obj *unstructured.Unstructured, key string) string {
	return obj.GetAnnotations()[key]
}

func hasAnnotation(obj *unstructured.Unstructured, key string) bool {
	return annotation(obj, key) == "true"
}

// setAnnotation sets an annotation to "true", unless the metadata or its
// annotations are not known yet.
func setAnnotation(obj *unstructured.Unstructured, key string) {
	metadata, ok := obj.Object["metadata"].(map[string]any)
	if !ok {
		return
	}
	if _, unknown := metadata["annotations"].(resource.Computed); unknown {
		return
	}
	annotations, ok := metadata["annotations"].(map[string]any)
	if !ok {
		annotations = map[string]any{}
		metadata["annotations"] = annotations
	}
	annotations[key] = "true"
}

// timeout is how long an operation may take: the resource option goes before
// the annotation.
func timeout(option float64, obj *unstructured.Unstructured) time.Duration {
	if option != 0 {
		return time.Duration(option) * time.Second
	}
	if seconds, err := strconv.Atoi(annotation(obj, annotationTimeout)); err == nil {
		return time.Duration(seconds) * time.Second
	}
	return defaultTimeout
}

// propagation is how a delete treats dependents: in the foreground by default.
func propagation(obj *unstructured.Unstructured) metav1.DeletionPropagation {
	switch strings.ToLower(annotation(obj, annotationPropagation)) {
	case "orphan":
		return metav1.DeletePropagationOrphan
	case "background":
		return metav1.DeletePropagationBackground
	default:
		return metav1.DeletePropagationForeground
	}
}
