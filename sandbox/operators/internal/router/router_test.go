package router

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

func TestEachRouteIsServedOnce(t *testing.T) {
	const api = "route.openshift.io/v1"
	route := func(name string, spec kube.M) *kube.Object {
		return kube.Manifest(kube.M{"apiVersion": api, "kind": "Route", "metadata": kube.M{"name": name, "namespace": "a"}, "spec": spec})
	}
	ingress := kube.Manifest(kube.M{
		"apiVersion": "config.openshift.io/v1", "kind": "Ingress",
		"metadata": kube.M{"name": "cluster"}, "spec": kube.M{"domain": "apps.example"},
	})
	client, dynamic := kubetest.Cluster(map[string]string{"Route": api, "Ingress": "config.openshift.io/v1"},
		route("plain", kube.M{}), route("named", kube.M{"host": "own.example"}), ingress)
	router, ctx := New(client), context.Background()
	for range 2 {
		if err := router.Tick(ctx, kube.Operators{}); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"plain": "plain-a.apps.example", "named": "own.example"} {
		o, err := client.Get(ctx, api, "Route", "a", name)
		if err != nil {
			t.Fatal(err)
		}
		served, _, _ := unstructured.NestedSlice(o.Object, "status", "ingress")
		if len(served) != 1 || served[0].(kube.M)["host"] != want {
			t.Errorf("%s: %v", name, served)
		}
	}
	patches := 0
	for _, action := range dynamic.Actions() {
		if action.GetVerb() == "patch" {
			patches++
		}
	}
	if patches != 2 {
		t.Errorf("%d writes for two Routes", patches)
	}
}
