package kubernetes

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	// settleTime is how long a service's endpoints must be known before they
	// count, since they change a lot at first.
	settleTime = 10 * time.Second
	// ingressGrace is how long an ingress waits for endpoints that never come.
	ingressGrace = time.Minute
)

// endpoints is what a watcher has seen of a service's endpoints.
type endpoints struct {
	version string
	settle  []time.Time
	settled bool
	ready   bool
	pending bool
	started time.Time
}

// observe takes in the endpoints as they are now.
func (e *endpoints) observe(obj *unstructured.Unstructured, now time.Time) {
	if obj != nil && obj.GetResourceVersion() != e.version {
		e.version = obj.GetResourceVersion()
		e.settled, e.ready, e.pending = false, false, false
		e.settle = append(e.settle, now.Add(settleTime))
		for _, subset := range list(obj.Object, "subsets") {
			e.ready = e.ready || len(list(subset, "addresses")) > 0
			e.pending = e.pending || len(list(subset, "notReadyAddresses")) > 0
		}
	}
	for len(e.settle) > 0 && !now.Before(e.settle[0]) {
		e.settle, e.settled = e.settle[1:], true
	}
}

// serviceReady: a load balancer has its address, and a service that selects
// pods has none among them that is not ready.
func serviceReady(ctx context.Context, w *watcher, s *unstructured.Unstructured) (bool, error) {
	w.reasons = nil
	if !hasAddress(s) {
		w.reasons = append(w.reasons, "Service was not allocated an IP address; does your cloud provider support this?")
	}
	if !selectsPods(s) {
		return hasAddress(s), nil
	}
	var current *unstructured.Unstructured
	if client, err := w.provider.clients.forKind(endpointsKind, s.GetNamespace()); err == nil {
		if found, err := client.Get(ctx, s.GetName(), getOptions); err == nil {
			current = found
		}
	}
	w.endpoints.observe(current, time.Now())
	if w.reading {
		w.endpoints.settled = true
	}
	if !w.endpoints.ready {
		w.reasons = append(w.reasons, "Service does not target any Pods. Selected Pods may not be ready, or "+
			"field '.spec.selector' may not match labels on any Pods")
	}
	if hasAddress(s) && w.endpoints.settled && !w.endpoints.pending {
		return true, nil
	}
	w.status("Finding Pods to direct traffic to")
	return false, nil
}

// serviceContented: a service without any pods is good enough in the end.
func serviceContented(w *watcher) bool {
	return hasAddress(w.last) && !w.endpoints.pending
}

func hasAddress(s *unstructured.Unstructured) bool {
	return text(s.Object, "spec", "type") != string(corev1.ServiceTypeLoadBalancer) ||
		len(list(s.Object, "status", "loadBalancer", "ingress")) > 0
}

func selectsPods(s *unstructured.Unstructured) bool {
	selector, _, _ := unstructured.NestedMap(s.Object, "spec", "selector")
	return len(selector) > 0 && text(s.Object, "spec", "clusterIP") != corev1.ClusterIPNone &&
		text(s.Object, "spec", "type") != string(corev1.ServiceTypeExternalName)
}

// ingressReady: the ingress has an address, and every service it routes to has
// endpoints or is an external name.
func ingressReady(ctx context.Context, w *watcher, ing *unstructured.Unstructured) (bool, error) {
	w.reasons = nil
	if w.endpoints.started.IsZero() {
		w.endpoints.started = time.Now()
	}
	known := map[string]bool{}
	for _, e := range w.siblings(ctx, ing, endpointsKind) {
		known[e.GetName()] = true
	}
	for _, s := range w.siblings(ctx, ing, serviceKind) {
		if text(s.Object, "spec", "type") == string(corev1.ServiceTypeExternalName) {
			known[s.GetName()] = true
		}
	}
	waited := w.reading || time.Since(w.endpoints.started) > ingressGrace
	for _, rule := range list(ing.Object, "spec", "rules") {
		for _, path := range list(rule, "http", "paths") {
			name := text(path, "backend", "service", "name")
			if name != "" && !known[name] && !waited {
				w.reasons = append(w.reasons, "Ingress has at least one rule that does not target any Service: "+name)
				return false, nil
			}
		}
	}
	if len(list(ing.Object, "status", "loadBalancer", "ingress")) == 0 {
		w.reasons = append(w.reasons, "Ingress .status.loadBalancer field was not updated with a hostname/IP address")
		return false, nil
	}
	return true, nil
}
