package orchestrator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

const olm = "operators.coreos.com/v1alpha1"

// platformAndHub is what the API server makes of a CR with the fields that the CRD requires.
func platformAndHub(more kube.M) *kube.Object {
	spec := kube.M{
		"rhdh": kube.M{"name": "my-rhdh", "namespace": "rhdh", "installOperator": true},
		"postgres": kube.M{"name": "db", "namespace": "data", "database": "flows", "authSecret": kube.M{
			"name": "db", "userKey": "user", "passwordKey": "password",
		}},
		"platform":        kube.M{"namespace": "flows"},
		"serverless":      kube.M{"installOperator": true},
		"serverlessLogic": kube.M{"installOperator": true},
	}
	return object(group+"v1alpha3", kind, "orchestrator", "sample", kube.M{"spec": merge(spec, more)})
}

func labelled(apiVersion, kind, name string, labels kube.M) *kube.Object {
	return kube.Manifest(kube.M{"apiVersion": apiVersion, "kind": kind, "metadata": kube.M{"name": name, "labels": labels}})
}

// crds are those of an earlier installation.
func crds() []runtime.Object {
	var list []runtime.Object
	for _, name := range []string{
		"sonataflowclusterplatforms.sonataflow.org", "knativeeventings.operator.knative.dev", "knativeservings.operator.knative.dev",
		"backstages.rhdh.redhat.com", "appprojects.argoproj.io", "tasks.tekton.dev", "pipelines.tekton.dev",
	} {
		list = append(list, labelled("apiextensions.k8s.io/v1", "CustomResourceDefinition", name, nil))
	}
	return list
}

func goCluster(t *testing.T, objects ...runtime.Object) (*Operator, *fake.FakeDynamicClient) {
	t.Helper()
	client, dynamic := kubetest.Cluster(map[string]string{
		"Orchestrator": group + "v1alpha3", "Backstage": group + "v1alpha2", "Namespace": "v1", "Secret": "v1", "ConfigMap": "v1",
		"Subscription": olm, "InstallPlan": olm, "OperatorGroup": "operators.coreos.com/v1", "CustomResourceDefinition": "apiextensions.k8s.io/v1",
		"SonataFlowPlatform": sonataflow, "SonataFlowClusterPlatform": sonataflow, "NetworkPolicy": "networking.k8s.io/v1",
		"KnativeServing": "operator.knative.dev/v1beta1", "KnativeEventing": "operator.knative.dev/v1beta1",
		"AppProject": "argoproj.io/v1alpha1", "Task": tektonAPI, "Pipeline": tektonAPI, "Ingress": "config.openshift.io/v1",
	}, objects...)
	o := New(client)
	o.active.Store(true)
	return o, dynamic
}

func current(t *testing.T, o *Operator, like *kube.Object) *kube.Object {
	t.Helper()
	there, err := o.client.Get(context.Background(), like.GetAPIVersion(), like.GetKind(), like.GetNamespace(), like.GetName())
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// playRound does what a tick does for one CR.
func playRound(t *testing.T, o *Operator, version string, cr *kube.Object) (*kube.Object, error) {
	t.Helper()
	cr = current(t, o, cr)
	err := o.reconcileGo(context.Background(), version, cr)
	o.done(cr, err)
	return current(t, o, cr), err
}

func TestGoOperatorSubscribesAndWaits(t *testing.T) {
	for version, csvs := range map[string]string{
		"1.5.2": "logic-operator-rhel8.v1.35.0 rhdh-operator.v1.5.1 serverless-operator.v1.35.0",
		"1.6.1": "logic-operator-rhel8.v1.36.0 rhdh-operator.v1.6.1 serverless-operator.v1.36.0",
	} {
		o, _ := goCluster(t, platformAndHub(nil))
		cr, err := playRound(t, o, version, platformAndHub(nil))
		if !errors.Is(err, errNotYet) || kube.Str(cr, "status", "phase") != "Running" || !slices.Contains(cr.GetFinalizers(), goFinalizer) {
			t.Errorf("%s: %v, %v", version, err, cr.Object)
		}
		if err := (&round{context.Background(), o.client, goReleaseOf(version), values(kube.Map(cr, "spec"))}).operators(); err != nil {
			t.Fatal(err)
		}
		subscriptions, _ := o.client.List(context.Background(), olm, "Subscription", "", createdBy+"="+creator)
		var got []string
		for i := range subscriptions {
			if kube.Str(&subscriptions[i], "spec", "installPlanApproval") != "Manual" {
				t.Errorf("%s: %s is not Manual", version, kube.Ref(&subscriptions[i]))
			}
			got = append(got, kube.Str(&subscriptions[i], "spec", "startingCSV"))
		}
		slices.Sort(got)
		if strings.Join(got, " ") != csvs {
			t.Errorf("%s: %v", version, got)
		}
	}
}

func TestGoOperatorApprovesOnlyItsOwnVersion(t *testing.T) {
	for csv, want := range map[string]bool{"rhdh-operator.v1.6.1": true, "rhdh-operator.v1.6.2": false} {
		subscribed := kube.Manifest(subscription(hubNamespace, "rhdh", kube.M{
			"name": "rhdh", "channel": "fast-1.6", "startingCSV": "rhdh-operator.v1.6.1", "installPlanApproval": "Manual",
		}))
		subscribed.Object["status"] = kube.M{"currentCSV": csv, "installPlanRef": kube.M{"name": "install-1"}}
		plan := object(olm, "InstallPlan", hubNamespace, "install-1", kube.M{"spec": kube.M{"approved": false}})
		o, _ := goCluster(t, subscribed, plan)
		r := &round{context.Background(), o.client, goReleaseOf("1.6.1"), values(kube.Map(platformAndHub(nil), "spec"))}
		if err := r.install(r.release.hub); err != nil {
			t.Fatal(err)
		}
		if got := kube.Bool(current(t, o, plan), "spec", "approved"); got != want {
			t.Errorf("%s: approved is %v", csv, got)
		}
	}
}

func TestGoOperatorTakesOverASubscription(t *testing.T) {
	foreign := kube.Manifest(subscription(knativeNamespace, "serverless-operator", kube.M{"name": "serverless-operator", "channel": "stable"}))
	o, _ := goCluster(t, foreign)
	r := &round{context.Background(), o.client, goReleaseOf("1.6.1"), nil}
	if err := r.install(r.release.knative); err != nil {
		t.Fatal(err)
	}
	if got := current(t, o, foreign); kube.Str(got, "spec", "installPlanApproval") != "Manual" || isCreator(got) {
		t.Errorf("got %v", got.Object)
	}
}

func TestGoOperatorCompletes(t *testing.T) {
	o, _ := goCluster(t, append(crds(), platformAndHub(nil), labelled("v1", "Namespace", "flows", nil))...)
	cr, err := playRound(t, o, "1.6.1", platformAndHub(nil))
	if err != nil || kube.Str(cr, "status", "phase") != "Completed" || !kube.IsTrue(cr, "Completed") {
		t.Fatalf("%v, %v", err, cr.Object["status"])
	}
	for _, made := range []*kube.Object{
		labelled(sonataflow, "SonataFlowClusterPlatform", "cluster-platform", nil),
		object(sonataflow, "SonataFlowPlatform", "flows", "sonataflow-platform", nil),
		object("operator.knative.dev/v1beta1", "KnativeServing", "knative-serving", "knative-serving", nil),
		object(group+"v1alpha2", "Backstage", "rhdh", "my-rhdh", nil),
		object("v1", "Secret", "rhdh", "dynamic-plugins-npmrc", nil),
		object("v1", "ConfigMap", "rhdh", "app-config-rhdh", nil),
		object("networking.k8s.io/v1", "NetworkPolicy", "flows", "allow-intra-namespace", nil),
		labelled("v1", "Namespace", "flows", nil), // it was there before
	} {
		if got := current(t, o, made); got == nil || !isCreator(got) {
			t.Errorf("%s is missing or not labelled", kube.Ref(made))
		}
	}
	if got := current(t, o, object("networking.k8s.io/v1", "NetworkPolicy", "flows", monitoringPolicy, nil)); got != nil {
		t.Error("monitoring was not asked for")
	}
}

func TestGoOperatorLooksAgainOnlyWhenTheCRChanges(t *testing.T) {
	o, _ := goCluster(t, append(crds(), platformAndHub(nil), labelled("v1", "Namespace", "flows", nil))...)
	serving := object("operator.knative.dev/v1beta1", "KnativeServing", "knative-serving", "knative-serving", nil)
	cr, err := playRound(t, o, "1.6.1", platformAndHub(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.client.Delete(context.Background(), serving); err != nil {
		t.Fatal(err)
	}
	if _, err := playRound(t, o, "1.6.1", cr); err != nil || current(t, o, serving) != nil {
		t.Errorf("it came back (%v)", err)
	}
	o.forget()
	if _, err := playRound(t, o, "1.6.1", cr); err != nil || current(t, o, serving) == nil {
		t.Errorf("an operator that starts again brings it back (%v)", err)
	}
}

func TestGoOperatorFails(t *testing.T) {
	o, _ := goCluster(t, platformAndHub(kube.M{"platform": kube.M{"namespace": ""}}))
	cr, err := playRound(t, o, "1.6.1", platformAndHub(nil))
	if err == nil || kube.Str(cr, "status", "phase") != "Failed" {
		t.Fatalf("%v, %v", err, cr.Object["status"])
	}
	last := kube.Conditions(cr)[1]
	if last["type"] != "Degrading" || last["status"] != "False" || last["reason"] != "ReconcilingOSLResourcesFailed" {
		t.Errorf("got %v", last)
	}
}

func TestGoOperatorMixesUpTheSwitches(t *testing.T) {
	o, _ := goCluster(t, append(crds(), platformAndHub(kube.M{"tekton": kube.M{"enabled": true}}), labelled("v1", "Namespace", "flows", nil))...)
	if _, err := playRound(t, o, "1.6.1", platformAndHub(nil)); err != nil {
		t.Fatal(err)
	}
	text := kube.Str(current(t, o, object("v1", "ConfigMap", "rhdh", "dynamic-plugins-rhdh", nil)), "data", "dynamic-plugins.yaml")
	if !strings.Contains(text, communityArgoCD) || strings.Contains(text, communityTekton) {
		t.Errorf("got %s", text)
	}
}

func TestGoOperatorGitOpsNeedsBothSwitches(t *testing.T) {
	project := object("argoproj.io/v1alpha1", "AppProject", "gitops", "orchestrator-gitops", nil)
	space := labelled("v1", "Namespace", "gitops", nil)
	spec := func(tekton bool) kube.M {
		return kube.M{"argocd": kube.M{"enabled": true, "namespace": "gitops"}, "tekton": kube.M{"enabled": tekton}}
	}
	o, _ := goCluster(t, append(crds(), space)...)
	play := func(tekton bool) {
		t.Helper()
		r := &round{context.Background(), o.client, goReleaseOf("1.6.1"), values(spec(tekton))}
		if err := r.gitops(); err != nil {
			t.Fatal(err)
		}
	}
	play(true)
	if current(t, o, project) == nil || current(t, o, object(tektonAPI, "Pipeline", "gitops", "workflow-deployment", nil)) == nil {
		t.Error("nothing was made")
	}
	play(false)
	if current(t, o, project) != nil || !isCreator(current(t, o, space)) {
		t.Error("the project is still there, or the namespace has no label")
	}
}

// leaving is a CR that is being deleted, and what was made for it.
func leaving(t *testing.T, objects ...runtime.Object) (*Operator, *fake.FakeDynamicClient, *kube.Object) {
	t.Helper()
	cr := platformAndHub(nil)
	now := metav1.Now()
	cr.SetDeletionTimestamp(&now)
	cr.SetFinalizers([]string{goFinalizer})
	mark := kube.M{createdBy: creator}
	backstage := object(group+"v1alpha2", "Backstage", "rhdh", "my-rhdh", nil)
	backstage.SetLabels(map[string]string{createdBy: creator})
	o, dynamic := goCluster(t, append(objects,
		cr, backstage,
		labelled("v1", "Namespace", "knative-serving", mark), labelled("v1", "Namespace", "knative-eventing", nil),
		labelled("v1", "Namespace", knativeNamespace, mark), labelled("v1", "Namespace", logicNamespace, mark), labelled("v1", "Namespace", hubNamespace, mark),
		labelled("v1", "Namespace", "rhdh", nil), labelled("v1", "Namespace", "flows", mark),
		labelled(sonataflow, "SonataFlowClusterPlatform", "cluster-platform", mark),
	)...)
	return o, dynamic, cr
}

func TestGoOperatorDeletesLabelledNamespaces(t *testing.T) {
	o, _, cr := leaving(t)
	if err := o.reconcileGo(context.Background(), "1.6.1", cr); err != nil {
		t.Fatal(err)
	}
	for name, stays := range map[string]bool{
		"knative-serving": false, knativeNamespace: false, logicNamespace: false, hubNamespace: false,
		"rhdh":             false, // labelled on the way, whoever made it
		"knative-eventing": true,
		"flows":            true,
	} {
		if got := current(t, o, labelled("v1", "Namespace", name, nil)) != nil; got != stays {
			t.Errorf("%s: it is there: %v", name, got)
		}
	}
	if current(t, o, labelled(sonataflow, "SonataFlowClusterPlatform", "cluster-platform", nil)) != nil {
		t.Error("the cluster platform is still there")
	}
	if len(cr.GetFinalizers()) != 0 {
		t.Error("the finalizer is still there")
	}
}

func TestGoOperatorKeepsTheHubOfSeveral(t *testing.T) {
	another := object(group+"v1alpha2", "Backstage", "rhdh", "another", nil)
	another.SetLabels(map[string]string{createdBy: creator})
	o, _, cr := leaving(t, another)
	if err := o.reconcileGo(context.Background(), "1.6.1", cr); err != nil {
		t.Fatal(err)
	}
	if current(t, o, labelled("v1", "Namespace", "rhdh", nil)) == nil || current(t, o, labelled("v1", "Namespace", hubNamespace, nil)) != nil {
		t.Error("wants the Hub's namespace and not the operator's")
	}
}

func TestGoOperatorHangsWithoutTheKinds(t *testing.T) {
	o, dynamic, cr := leaving(t)
	dynamic.PrependReactor("list", "sonataflowplatforms", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewNotFound(schema.GroupResource{Group: "sonataflow.org", Resource: "sonataflowplatforms"}, "")
	})
	if err := o.reconcileGo(context.Background(), "1.6.1", cr); err == nil || !strings.Contains(err.Error(), `no matches for kind "SonataFlowPlatform"`) {
		t.Errorf("got %v", err)
	}
	if len(cr.GetFinalizers()) != 1 {
		t.Error("the finalizer is gone")
	}
}

func TestGoOperatorStopsCleaningUpWhenItGoes(t *testing.T) {
	o, dynamic, cr := leaving(t)
	o.active.Store(false)
	before := len(dynamic.Actions())
	if err := o.reconcileGo(context.Background(), "1.6.1", cr); !errors.Is(err, errInactive) || len(dynamic.Actions()) != before {
		t.Errorf("got %v", err)
	}
}
