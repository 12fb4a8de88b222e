// Package v2beta2 is what the plugin's dependencies still name of a version of HorizontalPodAutoscaler that Kubernetes no longer
// has (fluxcd/pkg ssa v0.46.0, normalize/normalize.go, which mends answers of Kubernetes before 1.27). No object is ever of it.
package v2beta2

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// HorizontalPodAutoscaler cannot be decoded: no scheme knows it.
type HorizontalPodAutoscaler struct {
	metav1.TypeMeta
	metav1.ObjectMeta
	Spec struct{ Metrics []MetricSpec }
}

// MetricSpec is one thing to scale by.
type MetricSpec struct{ Type string }

// DeepCopyObject makes it an object of Kubernetes.
func (in *HorizontalPodAutoscaler) DeepCopyObject() runtime.Object {
	out := *in
	out.Spec.Metrics = append([]MetricSpec(nil), in.Spec.Metrics...)
	return &out
}
