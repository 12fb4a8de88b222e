package orchestrator

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"orchestrator-sandbox/operators/internal/kube"
)

func fakeClient(objects ...runtime.Object) (*kube.Client, *fake.FakeDynamicClient) {
	lists := map[schema.GroupVersionResource]string{}
	for kind, api := range map[string]string{
		"ClusterServiceVersion": "operators.coreos.com/v1alpha1", "Deployment": "apps/v1", "Orchestrator": group + "v1alpha1", "Secret": "v1",
	} {
		lists[kube.Resource(api, kind)] = kind + "List"
	}
	dynamic := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists, objects...)
	return kube.NewWith(dynamic), dynamic
}

func csv(more kube.M) *kube.Object {
	return object("operators.coreos.com/v1alpha1", "ClusterServiceVersion", "openshift-operators", "orchestrator-operator.v1.2.3", more)
}

func operatorDeployment(pods int) *kube.Object {
	return object("apps/v1", "Deployment", "openshift-operators", deployment, kube.M{
		"metadata": kube.M{
			"name": deployment, "namespace": "openshift-operators",
			"labels": kube.M{"olm.owner": "orchestrator-operator.v1.2.3", "olm.owner.kind": "ClusterServiceVersion"},
		},
		"status": kube.M{"availableReplicas": pods, "conditions": kube.L{kube.M{"type": "Available", "status": "True"}}},
	})
}

func TestFindOperators(t *testing.T) {
	deleting := csv(nil)
	now := kube.Manifest(kube.M{"metadata": kube.M{"deletionTimestamp": time.Now().UTC().Format(time.RFC3339)}})
	deleting.SetDeletionTimestamp(now.GetDeletionTimestamp())
	deleting.SetFinalizers([]string{"operators.coreos.com/csv-cleanup"})
	for name, c := range map[string]struct {
		objects []runtime.Object
		want    bool
	}{
		"running":            {[]runtime.Object{csv(nil), operatorDeployment(1)}, true},
		"scaled to zero":     {[]runtime.Object{csv(nil), operatorDeployment(0)}, false},
		"CSV being deleted":  {[]runtime.Object{deleting, operatorDeployment(1)}, false},
		"CSV gone":           {[]runtime.Object{operatorDeployment(1)}, false},
		"Deployment missing": {[]runtime.Object{csv(nil)}, false},
	} {
		client, _ := fakeClient(c.objects...)
		operators, err := kube.FindOperators(context.Background(), client)
		if err != nil {
			t.Fatal(err)
		}
		self, got := operators[deployment]
		if got != c.want {
			t.Errorf("%s: may act is %v", name, got)
		}
		if got && (self.Version() != "1.2.3" || self.Namespace != "openshift-operators") {
			t.Errorf("%s: %+v", name, self)
		}
	}
}

func TestNothingIsTouchedWhileTheOperatorIsNotRunning(t *testing.T) {
	cr := sample(kube.M{})
	client, dynamic := fakeClient(csv(nil), operatorDeployment(0), cr)
	operators, err := kube.FindOperators(context.Background(), client)
	if err != nil {
		t.Fatal(err)
	}
	before := len(dynamic.Actions())
	if err := New(client).Tick(context.Background(), operators); err != nil {
		t.Fatal(err)
	}
	if got := dynamic.Actions()[before:]; len(got) != 0 {
		t.Errorf("acted: %v", got)
	}
}

func TestUninstallStopsWhenTheOperatorGoes(t *testing.T) {
	cr := sample(kube.M{})
	cr.SetFinalizers([]string{finalizer})
	client, _ := fakeClient(cr)
	o := New(client) // not active
	if err := o.letGo(context.Background(), cr); err != errInactive {
		t.Errorf("got %v", err)
	}
	there, _ := client.Get(context.Background(), cr.GetAPIVersion(), cr.GetKind(), cr.GetNamespace(), cr.GetName())
	if len(there.GetFinalizers()) != 1 {
		t.Error("the finalizer is gone")
	}
}
