package gitops

import (
	"context"
	"encoding/base64"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

const operatorNamespace = "openshift-operators"

var running = kube.Operators{deployment: {CSV: "openshift-gitops-operator.v1.14.4", Namespace: operatorNamespace}}

// operator is the operator's Deployment with an environment.
func operator(env ...any) *kube.Object {
	return kube.Manifest(kube.M{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": kube.M{"name": deployment, "namespace": operatorNamespace},
		"spec": kube.M{"template": kube.M{"spec": kube.M{"containers": kube.L{
			kube.M{"name": "kube-rbac-proxy"}, kube.M{"name": "manager", "env": env},
		}}}},
	})
}

func argocd(namespace, name string, spec kube.M) *kube.Object {
	return kube.Manifest(kube.M{
		"apiVersion": apiVersion, "kind": kind, "spec": spec,
		"metadata": kube.M{"name": name, "namespace": namespace, "uid": "u-" + name},
	})
}

func play(t *testing.T, operators kube.Operators, objects ...runtime.Object) (*kube.Client, *fake.FakeDynamicClient) {
	t.Helper()
	objects = append(objects, kube.Manifest(kube.M{
		"apiVersion": "config.openshift.io/v1", "kind": "Ingress",
		"metadata": kube.M{"name": "cluster"}, "spec": kube.M{"domain": "apps.example"},
	}))
	client, dynamic := kubetest.Cluster(map[string]string{
		"ArgoCD": apiVersion, "Deployment": "apps/v1", "Namespace": "v1", "Secret": "v1", "Service": "v1",
		"Route": "route.openshift.io/v1", "Ingress": "config.openshift.io/v1",
	}, objects...)
	if err := New(client).Tick(context.Background(), operators); err != nil {
		t.Fatal(err)
	}
	return client, dynamic
}

func get(t *testing.T, c *kube.Client, api, kind, namespace, name string) *kube.Object {
	t.Helper()
	o, err := c.Get(context.Background(), api, kind, namespace, name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

var routed = kube.M{"server": kube.M{"route": kube.M{"enabled": true}}}

func TestNothingIsTouchedWhileTheOperatorIsNotRunning(t *testing.T) {
	if _, dynamic := play(t, kube.Operators{}, operator(), argocd("a", "argocd", routed)); len(dynamic.Actions()) != 0 {
		t.Errorf("acted: %v", dynamic.Actions())
	}
}

func TestDefaultInstance(t *testing.T) {
	disabled := kube.M{"name": disableDefault, "value": "True"}
	for name, c := range map[string]struct {
		objects []runtime.Object
		want    bool
	}{
		"by default":             {[]runtime.Object{operator()}, true},
		"disabled":               {[]runtime.Object{operator(disabled)}, false},
		"disabled later":         {[]runtime.Object{operator(disabled), argocd(defaultInstance, defaultInstance, routed)}, false},
		"another variable":       {[]runtime.Object{operator(kube.M{"name": "OTHER", "value": "true"})}, true},
		"disabled, but not true": {[]runtime.Object{operator(kube.M{"name": disableDefault, "value": "false"})}, true},
	} {
		client, _ := play(t, running, c.objects...)
		if got := get(t, client, apiVersion, kind, defaultInstance, defaultInstance) != nil; got != c.want {
			t.Errorf("%s: the instance is there: %v", name, got)
		}
		if get(t, client, "v1", "Namespace", "", defaultInstance) == nil {
			t.Errorf("%s: its namespace is not there", name)
		}
	}
}

func TestInstanceGetsItsObjects(t *testing.T) {
	a := argocd("orchestrator-gitops", "argocd", routed)
	client, _ := play(t, running, operator(), a)
	for _, want := range [][3]string{
		{"apps/v1", "Deployment", "argocd-server"}, {"v1", "Service", "argocd-server"},
		{"route.openshift.io/v1", "Route", "argocd-server"}, {"v1", "Secret", "argocd-cluster"},
	} {
		o := get(t, client, want[0], want[1], a.GetNamespace(), want[2])
		if o == nil {
			t.Errorf("%s %s is missing", want[1], want[2])
			continue
		}
		if owners := o.GetOwnerReferences(); len(owners) != 1 || owners[0].UID != a.GetUID() {
			t.Errorf("%s has owners %v", kube.Ref(o), owners)
		}
		if got := o.GetLabels()["app.kubernetes.io/managed-by"]; got != "argocd" {
			t.Errorf("%s is managed by %q", kube.Ref(o), got)
		}
	}
	route := get(t, client, "route.openshift.io/v1", "Route", a.GetNamespace(), "argocd-server")
	if got := kube.Str(route, "spec", "host"); got != "argocd-server-orchestrator-gitops.apps.example" {
		t.Errorf("host %s", got)
	}
	secret := get(t, client, "v1", "Secret", a.GetNamespace(), "argocd-cluster")
	if password, err := base64.StdEncoding.DecodeString(kube.Str(secret, "data", "admin.password")); err != nil || len(password) < 16 {
		t.Errorf("the password has %d characters (%v)", len(password), err)
	}
	there := get(t, client, apiVersion, kind, a.GetNamespace(), "argocd")
	if got := there.GetFinalizers(); len(got) != 1 || got[0] != finalizer {
		t.Errorf("finalizers %v", got)
	}
	if got := kube.Str(there, "status", "phase"); got != "Pending" {
		t.Errorf("without pods it is %s", got)
	}
}

func TestNoRouteUnlessAskedFor(t *testing.T) {
	client, _ := play(t, running, operator(), argocd("a", "argocd", kube.M{}))
	if get(t, client, "route.openshift.io/v1", "Route", "a", "argocd-server") != nil {
		t.Error("a Route that nobody asked for")
	}
	if get(t, client, "v1", "Service", "a", "argocd-server") == nil {
		t.Error("no Service")
	}
}

func TestPasswordStays(t *testing.T) {
	secret := kube.Manifest(kube.M{
		"apiVersion": "v1", "kind": "Secret", "metadata": kube.M{"name": "argocd-cluster", "namespace": "a"},
		"data": kube.M{"admin.password": "bWluZQ=="},
	})
	client, _ := play(t, running, operator(), argocd("a", "argocd", routed), secret)
	if got := kube.Str(get(t, client, "v1", "Secret", "a", "argocd-cluster"), "data", "admin.password"); got != "bWluZQ==" {
		t.Errorf("got %s", got)
	}
}

func TestWithTheFinalizerComesWhatTheTypesWriteOfAnEmptySpec(t *testing.T) {
	client, _ := play(t, running, operator(), argocd("a", "argocd", routed))
	there := get(t, client, apiVersion, kind, "a", "argocd")
	server := kube.Map(there, "spec", "server")
	if service, _ := server["service"].(kube.M); len(service) != 1 || service["type"] != "" {
		t.Errorf("got %v", server)
	}
	if !kube.Bool(there, "spec", "server", "route", "enabled") {
		t.Errorf("what was there is another: %v", server)
	}
	if kube.Map(there, "spec", "tls", "ca") == nil {
		t.Errorf("got %v", kube.Map(there, "spec"))
	}
}

func TestFinalizerGoesOnlyWhileTheOperatorRuns(t *testing.T) {
	for _, c := range []struct {
		operators kube.Operators
		want      int
	}{{kube.Operators{}, 2}, {running, 1}} {
		a := argocd("a", "argocd", routed)
		now := metav1.NewTime(time.Now())
		a.SetDeletionTimestamp(&now)
		a.SetFinalizers([]string{"somebody/else", finalizer})
		client, _ := play(t, c.operators, operator(), a)
		if got := get(t, client, apiVersion, kind, "a", "argocd").GetFinalizers(); len(got) != c.want {
			t.Errorf("with %d operators: %v", len(c.operators), got)
		}
	}
}
