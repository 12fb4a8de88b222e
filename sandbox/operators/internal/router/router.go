// Package router plays the cluster's own router: it admits every Route.
package router

import (
	"context"
	"errors"
	"log"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/operators/internal/kube"
)

// Router plays it.
type Router struct {
	client *kube.Client
}

// New plays against a cluster.
func New(client *kube.Client) *Router { return &Router{client} }

// Name is for logs.
func (r *Router) Name() string { return "router" }

// Tick gives each Route the host under which it is served. It needs no operator.
func (r *Router) Tick(ctx context.Context, _ kube.Operators) error {
	routes, err := r.client.List(ctx, "route.openshift.io/v1", "Route", "", "")
	if err != nil || len(routes) == 0 {
		return err
	}
	domain, err := r.client.IngressDomain(ctx)
	if err != nil {
		return err
	}
	var problems []error
	for i := range routes {
		if routes[i].GetDeletionTimestamp() == nil {
			problems = append(problems, r.admit(ctx, &routes[i], domain))
		}
	}
	return errors.Join(problems...)
}

func (r *Router) admit(ctx context.Context, route *kube.Object, domain string) error {
	host := kube.Str(route, "spec", "host")
	if host == "" {
		host = route.GetName() + "-" + route.GetNamespace() + "." + domain
	}
	ingress, _, _ := unstructured.NestedSlice(route.Object, "status", "ingress")
	if len(ingress) > 0 && ingress[0].(kube.M)["host"] == host {
		return nil
	}
	log.Printf("router: %s is served at %s", kube.Ref(route), host)
	return r.client.SetStatus(ctx, route, kube.M{"ingress": kube.L{kube.M{
		"host":                    host,
		"routerName":              "default",
		"routerCanonicalHostname": "router-default." + domain,
		"wildcardPolicy":          "None",
		"conditions": kube.L{kube.M{
			"type": "Admitted", "status": "True", "lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
		}},
	}}})
}
