package orchestrator

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"orchestrator-sandbox/operators/internal/kube"
)

// cluster is a reader over a few objects.
type cluster []*kube.Object

func (c cluster) Get(_ context.Context, apiVersion, kind, namespace, name string) (*kube.Object, error) {
	for _, o := range c {
		if o.GetAPIVersion() == apiVersion && o.GetKind() == kind && o.GetNamespace() == namespace && o.GetName() == name {
			return o, nil
		}
	}
	return nil, nil
}

func (c cluster) List(_ context.Context, apiVersion, kind, namespace, label string) ([]kube.Object, error) {
	var found []kube.Object
	for _, o := range c {
		if _, ok := o.GetLabels()[label]; o.GetKind() == kind && ok {
			found = append(found, *o)
		}
	}
	return found, nil
}

func (c cluster) Served(_ context.Context, apiVersion, kind string) (bool, error) {
	return slices.ContainsFunc(c, func(o *kube.Object) bool { return o.GetKind() == kind }), nil
}

func object(apiVersion, kind, namespace, name string, more kube.M) *kube.Object {
	m := kube.M{"apiVersion": apiVersion, "kind": kind, "metadata": kube.M{"namespace": namespace, "name": name}}
	return kube.Manifest(merge(m, more))
}

func backendSecret(data kube.M) *kube.Object {
	return object("v1", "Secret", "rhdh-operator", "backstage-backend-auth-secret", kube.M{"data": data})
}

var ready = cluster{backendSecret(kube.M{"BACKEND_SECRET": "czNjcmV0", "GITHUB_TOKEN": "dG9rZW4="})}

func sample(spec kube.M) *kube.Object {
	return object(group+"v1alpha1", kind, "orchestrator", "orchestrator-sample", kube.M{"spec": spec})
}

func mustRender(t *testing.T, c cluster, version string, spec kube.M) *plan {
	t.Helper()
	p, err := render(context.Background(), c, version, sample(spec))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func find(p *plan, kind, name string) *kube.Object {
	for _, o := range p.Objects {
		if o.GetKind() == kind && o.GetName() == name {
			return o
		}
	}
	return nil
}

func names(objects []*kube.Object, kind string) string {
	var found []string
	for _, o := range objects {
		if kind == "" || o.GetKind() == kind {
			found = append(found, o.GetName())
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

func TestRenderWithDefaults(t *testing.T) {
	p := mustRender(t, ready, "1.2.3", kube.M{})
	for kind, want := range map[string]string{
		"Namespace":     "knative-eventing knative-serving openshift-serverless openshift-serverless-logic",
		"OperatorGroup": "openshift-serverless-logic rhdh-operator-group serverless-operator-group",
		"Subscription":  "logic-operator-rhel8 rhdh serverless-operator",
		"NetworkPolicy": "allow-rhdh-to-sonataflow-and-workflows",
		"Secret":        "dynamic-plugins-npmrc",
		"ConfigMap":     "app-config-rhdh app-config-rhdh-auth app-config-rhdh-catalog dynamic-plugins-rhdh",
		"AppProject":    "",
	} {
		if got := names(p.Objects, kind); got != want {
			t.Errorf("%s: got %s, want %s", kind, got, want)
		}
	}
	if got := names(p.Children, ""); got != "backstage cluster-platform knative-eventing knative-serving sonataflow-platform" {
		t.Errorf("children: %s", got)
	}
	for _, o := range p.Objects {
		if o.GetAnnotations()[releaseName] != "orchestrator-sample" || o.GetAnnotations()[releaseNs] != "orchestrator" || o.GetLabels()[managedBy] != "Helm" {
			t.Errorf("%s is not marked as the release's", kube.Ref(o))
		}
	}
	if p.Objects[0].GetKind() != "Namespace" {
		t.Errorf("the first object is %s", kube.Ref(p.Objects[0]))
	}
}

func TestRenderingTwiceIsTheSame(t *testing.T) {
	a, b := mustRender(t, ready, "1.2.3", kube.M{}), mustRender(t, ready, "1.2.3", kube.M{})
	if !same(a, b) {
		t.Error("two renderings differ")
	}
	stored, err := releaseSecret("orchestrator-sample", "orchestrator", record{3, a})
	if err != nil {
		t.Fatal(err)
	}
	if stored.GetName() != "sh.helm.release.v1.orchestrator-sample.v3" {
		t.Errorf("release Secret is %s", stored.GetName())
	}
	rec, err := readRecord(stored)
	if err != nil || rec.revision != 3 || !same(rec.plan, a) {
		t.Errorf("the stored record differs (%v)", err)
	}
}

func TestCronJobNames(t *testing.T) {
	for kind, want := range map[string]string{
		"SonataFlowClusterPlatform": "hestrator-sample-sonataflowclusterplatform-reconcile",
		"Backstage":                 "orchestrator-sample-backstage-reconcile",
	} {
		if got := cronJobName("orchestrator-sample", kind); got != want || len(got) > 52 {
			t.Errorf("%s: got %s", kind, got)
		}
	}
	if got := deleteJobName("orchestrator-sample", "KnativeServing"); got != "orchestrator-sample-knativeserving-delete" {
		t.Errorf("got %s", got)
	}
}

func TestCronJobCarriesItsChild(t *testing.T) {
	p := mustRender(t, ready, "1.2.3", kube.M{})
	job := find(p, "CronJob", "orchestrator-sample-knativeserving-reconcile")
	if job == nil {
		t.Fatal("no CronJob")
	}
	if got := job.GetLabels()[reconcilesLabel]; got != "knativeservings.operator.knative.dev" {
		t.Errorf("label %s", got)
	}
	if job.GetNamespace() != "orchestrator" || kube.Str(job, "spec", "schedule") != "* * * * *" || kube.Str(job, "spec", "concurrencyPolicy") != "Replace" {
		t.Error("namespace, schedule or policy is wrong")
	}
	child, err := manifestOf(job)
	if err != nil || child.GetKind() != "KnativeServing" || child.GetNamespace() != "knative-serving" {
		t.Errorf("carries %v (%v)", child, err)
	}
}

func TestNetworkPolicies(t *testing.T) {
	p := mustRender(t, ready, "1.2.3", kube.M{})
	policy := find(p, "NetworkPolicy", "allow-rhdh-to-sonataflow-and-workflows")
	raw, _ := json.Marshal(kube.Map(policy, "spec"))
	want := `{"ingress":[{"from":[` +
		`{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"rhdh-operator"}}},` +
		`{"namespaceSelector":{"matchLabels":{"rhdh.redhat.com/workflow-namespace":""}}},` +
		`{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"knative-eventing"}}},` +
		`{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"knative-serving"}}}]}],"podSelector":{}}`
	if string(raw) != want || policy.GetNamespace() != "sonataflow-infra" {
		t.Errorf("got %s", raw)
	}
	if got := names(mustRender(t, ready, "1.3.1", kube.M{}).Objects, "NetworkPolicy"); got != "allow-intra-namespace allow-rhdh-to-sonataflow-and-workflows" {
		t.Errorf("1.3: %s", got)
	}
	off := kube.M{"rhdhOperator": kube.M{"enabled": false}}
	if _, err := render(context.Background(), ready, "1.2.3", sample(off)); err == nil || !strings.Contains(err.Error(), "No namespace for existing RHDH instance defined") {
		t.Errorf("without RHDH: %v", err)
	}
	off["networkPolicy"] = kube.M{"rhdhNamespace": "developer-hub"}
	if _, err := render(context.Background(), ready, "1.2.3", sample(off)); err != nil {
		t.Error(err)
	}
}

func TestSecretFailures(t *testing.T) {
	for name, c := range map[string]struct {
		cluster cluster
		spec    kube.M
		want    string
	}{
		"no name":   {ready, kube.M{"rhdhOperator": kube.M{"secretRef": kube.M{"name": ""}}}, "secretRef.name must be set"},
		"missing":   {cluster{}, kube.M{}, "not found in namespace rhdh-operator"},
		"no key":    {cluster{backendSecret(kube.M{"GITHUB_TOKEN": "dG9rZW4="})}, kube.M{}, `"GITHUB_TOKEN":"dG9rZW4="`},
		"empty key": {cluster{backendSecret(kube.M{"BACKEND_SECRET": "", "OTHER": "bGVhaw=="})}, kube.M{}, `"OTHER":"bGVhaw=="`},
	} {
		if _, err := render(context.Background(), c.cluster, "1.2.3", sample(c.spec)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmptyWorkflowNamespaceNeedsExactlyOneLabel(t *testing.T) {
	spec := kube.M{"orchestrator": kube.M{"namespace": ""}}
	labelled := func(name string) *kube.Object {
		return object("v1", "Namespace", "", name, kube.M{"metadata": kube.M{"name": name, "labels": kube.M{workflowLabel: ""}}})
	}
	if _, err := render(context.Background(), ready, "1.2.3", sample(spec)); err == nil {
		t.Error("no namespace: wants an error")
	}
	if _, err := render(context.Background(), append(ready, labelled("a"), labelled("b")), "1.2.3", sample(spec)); err == nil {
		t.Error("two namespaces: wants an error")
	}
	p := mustRender(t, append(ready, labelled("a")), "1.2.3", spec)
	if got := find(p, "NetworkPolicy", "allow-rhdh-to-sonataflow-and-workflows").GetNamespace(); got != "a" {
		t.Errorf("policy in %s", got)
	}
}

func TestUnmanagedServerlessIsSkippedAndLogicIsNot(t *testing.T) {
	there := append(ready,
		object("v1", "Namespace", "", "openshift-serverless", kube.M{}),
		object("operators.coreos.com/v1alpha1", "Subscription", "openshift-serverless", "serverless-operator", kube.M{}),
		object("operator.knative.dev/v1beta1", "KnativeServing", "knative-serving", "knative-serving", kube.M{}),
		object("operators.coreos.com/v1", "OperatorGroup", "openshift-serverless-logic", "openshift-serverless-logic", kube.M{}),
	)
	p := mustRender(t, there, "1.2.3", kube.M{})
	if find(p, "Namespace", "openshift-serverless") != nil || find(p, "OperatorGroup", "serverless-operator-group") != nil || find(p, "Subscription", "serverless-operator") != nil {
		t.Error("an unmanaged Serverless was rendered")
	}
	if got := names(p.Children, "KnativeServing"); got != "" {
		t.Error("an unmanaged KnativeServing was rendered")
	}
	if find(p, "OperatorGroup", "openshift-serverless-logic") == nil {
		t.Error("the logic operator's OperatorGroup must always be rendered")
	}
}

func TestApprovalIsHonouredAfter120(t *testing.T) {
	spec := kube.M{"sonataFlowOperator": kube.M{"subscription": kube.M{"installPlanApproval": "Manual"}}}
	for version, want := range map[string]string{"1.2.0": "Automatic", "1.2.3": "Manual"} {
		got := kube.Str(find(mustRender(t, ready, version, spec), "Subscription", "logic-operator-rhel8"), "spec", "installPlanApproval")
		if got != want {
			t.Errorf("%s: %s", version, got)
		}
	}
}

func TestAppProjectOnlyWithItsAPI(t *testing.T) {
	spec := kube.M{"argocd": kube.M{"enabled": true, "namespace": "orchestrator-gitops"}}
	if got := names(mustRender(t, ready, "1.2.3", spec).Objects, "AppProject"); got != "" {
		t.Errorf("without the API: %s", got)
	}
	with := append(ready, object("argoproj.io/v1alpha1", "AppProject", "argo", "default", kube.M{}))
	if got := names(mustRender(t, with, "1.2.3", spec).Objects, "AppProject"); got != "orchestrator-gitops" {
		t.Errorf("with the API: %s", got)
	}
}

func TestAppProjectFollowsTheLabelWhenNoNamespaceIsNamed(t *testing.T) {
	spec := kube.M{"argocd": kube.M{"enabled": true, "namespace": ""}}
	with := append(slices.Clone(ready), object("argoproj.io/v1alpha1", "AppProject", "argo", "default", kube.M{}))
	if _, err := render(context.Background(), with, "1.2.3", sample(spec)); err == nil || !strings.Contains(err.Error(), argocdLabel) {
		t.Errorf("without a label: %v", err)
	}
	if _, err := render(context.Background(), ready, "1.2.3", sample(spec)); err != nil {
		t.Errorf("without the API nothing is looked up: %v", err)
	}
	labelled := object("v1", "Namespace", "", "gitops", kube.M{"metadata": kube.M{"name": "gitops", "labels": kube.M{argocdLabel: ""}}})
	if got := find(mustRender(t, append(with, labelled), "1.2.3", spec), "AppProject", "orchestrator-gitops"); got == nil || got.GetNamespace() != "gitops" {
		t.Errorf("got %v", got)
	}
}

func TestTektonGates(t *testing.T) {
	api := func(kinds ...string) cluster {
		c := slices.Clone(ready)
		for _, kind := range kinds {
			c = append(c, object(tektonAPI, kind, "elsewhere", "some", kube.M{}))
		}
		return c
	}
	both := kube.M{"enabled": true, "namespace": "orchestrator-gitops"}
	const tasks = "build-gitops build-manifests flattener git-cli"
	for name, c := range map[string]struct {
		cluster         cluster
		argocd, tekton  bool
		token           any
		tasks, pipeline string
	}{
		"all":             {api("Task", "Pipeline"), true, true, "K8S_CLUSTER_TOKEN", tasks, "workflow-deployment"},
		"Task only":       {api("Task"), true, true, "K8S_CLUSTER_TOKEN", tasks, ""},
		"no API":          {ready, true, true, "K8S_CLUSTER_TOKEN", "", ""},
		"no Argo CD":      {api("Task", "Pipeline"), false, true, "K8S_CLUSTER_TOKEN", "", ""},
		"no Tekton":       {api("Task", "Pipeline"), true, false, "K8S_CLUSTER_TOKEN", "", ""},
		"no key of token": {api("Task", "Pipeline"), true, true, "", "", ""},
	} {
		argocd := merge(kube.M{}, both)
		argocd["enabled"] = c.argocd
		p := mustRender(t, c.cluster, "1.2.3", kube.M{
			"argocd": argocd, "tekton": kube.M{"enabled": c.tekton},
			"rhdhOperator": kube.M{"secretRef": kube.M{"k8s": kube.M{"clusterToken": c.token}}},
		})
		if got := names(p.Objects, "Task"); got != c.tasks {
			t.Errorf("%s: tasks %q", name, got)
		}
		if got := names(p.Objects, "Pipeline"); got != c.pipeline {
			t.Errorf("%s: pipeline %q", name, got)
		}
		for _, o := range p.Objects {
			if o.GetAPIVersion() == tektonAPI && (o.GetNamespace() != "orchestrator-gitops" || o.GetAnnotations()[releaseName] != "orchestrator-sample") {
				t.Errorf("%s: %s is not the release's", name, kube.Ref(o))
			}
		}
	}
}

func TestPipelineRunsOnlyItsOwnTasksAndBuildah(t *testing.T) {
	c := append(slices.Clone(ready), object(tektonAPI, "Task", "a", "a", kube.M{}), object(tektonAPI, "Pipeline", "a", "a", kube.M{}))
	p := mustRender(t, c, "1.2.3", kube.M{
		"argocd": kube.M{"enabled": true, "namespace": "orchestrator-gitops"}, "tekton": kube.M{"enabled": true},
	})
	nodes := map[string]bool{}
	list := kube.Map(find(p, "Pipeline", "workflow-deployment"), "spec")["tasks"].(kube.L)
	for _, node := range list {
		nodes[node.(kube.M)["name"].(string)] = true
	}
	for _, node := range list {
		task := node.(kube.M)
		ref := task["taskRef"].(kube.M)
		if ref["name"] == "buildah" {
			if ref["kind"] != "ClusterTask" {
				t.Errorf("buildah is %v", ref)
			}
		} else if find(p, "Task", ref["name"].(string)) == nil {
			t.Errorf("%v refers to a Task that is not there", task["name"])
		}
		after, _ := task["runAfter"].(kube.L)
		for _, a := range after {
			if !nodes[a.(string)] {
				t.Errorf("%v runs after %v, which is not there", task["name"], a)
			}
		}
	}
}

func TestHubKnowsArgoCDOnlyWithURLAndPassword(t *testing.T) {
	spec := kube.M{"argocd": kube.M{"enabled": true, "namespace": "orchestrator-gitops"}}
	for name, c := range map[string]struct {
		data kube.M
		want bool
	}{
		"both":        {kube.M{"BACKEND_SECRET": "eA==", "ARGOCD_URL": "eA==", "ARGOCD_PASSWORD": "eA=="}, true},
		"no password": {kube.M{"BACKEND_SECRET": "eA==", "ARGOCD_URL": "eA=="}, false},
	} {
		p := mustRender(t, cluster{backendSecret(c.data)}, "1.2.3", spec)
		text := kube.Str(find(p, "ConfigMap", "app-config-rhdh"), "data", "app-config-rhdh.yaml")
		if got := strings.Contains(text, "appLocatorMethods"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAuthLosesItsParentWithoutGitHubToken(t *testing.T) {
	p := mustRender(t, cluster{backendSecret(kube.M{"BACKEND_SECRET": "czNjcmV0"})}, "1.2.3", kube.M{})
	if text := kube.Str(find(p, "ConfigMap", "app-config-rhdh-auth"), "data", "app-config-auth.gh.yaml"); strings.Contains(text, "auth:") {
		t.Errorf("got %s", text)
	}
}

func TestOrders(t *testing.T) {
	objects := mustRender(t, ready, "1.2.3", kube.M{}).Objects
	sortForRemoval(objects)
	at := func(kind string) int {
		return slices.IndexFunc(objects, func(o *kube.Object) bool { return o.GetKind() == kind })
	}
	if !(at("CronJob") < at("Secret") && at("Secret") < at("Namespace") && at("Namespace") < at("Subscription")) {
		t.Error("removal order is wrong")
	}
}

func TestAPIVersionFollowsTheOperator(t *testing.T) {
	for version, want := range map[string]string{"1.2.3": "v1alpha1", "1.3.1": "v1alpha1", "1.4.0": "v1alpha2"} {
		if got := apiVersion(version); got != group+want {
			t.Errorf("%s: %s", version, got)
		}
	}
}

func TestEachReleaseHasItsTimesDefaults(t *testing.T) {
	for version, want := range map[string]struct{ logic, hub, serverless, plugin string }{
		"1.2.3": {"logic-operator-rhel8.v1.33.0", "fast-1.2", "", "@redhat/backstage-plugin-orchestrator@1.2.0"},
		"1.3.1": {"logic-operator-rhel8.v1.34.0", "fast-1.3", "", "@redhat/backstage-plugin-orchestrator@1.3.0"},
		"1.4.0": {"logic-operator-rhel8.v1.35.0", "fast-1.4", "serverless-operator.v1.35.0", "@redhat/backstage-plugin-orchestrator@1.4.0"},
	} {
		p := mustRender(t, ready, version, kube.M{})
		at := func(name string, field string) string { return kube.Str(find(p, "Subscription", name), "spec", field) }
		if at("logic-operator-rhel8", "startingCSV") != want.logic || at("rhdh", "channel") != want.hub || at("serverless-operator", "startingCSV") != want.serverless {
			t.Errorf("%s: got %s, %s, %s", version, at("logic-operator-rhel8", "startingCSV"), at("rhdh", "channel"), at("serverless-operator", "startingCSV"))
		}
		if text := kube.Str(find(p, "ConfigMap", "dynamic-plugins-rhdh"), "data", "dynamic-plugins.yaml"); !strings.Contains(text, want.plugin) {
			t.Errorf("%s: %s", version, text)
		}
	}
}

func TestSourceIsHonouredFrom14(t *testing.T) {
	mirrored := kube.M{"subscription": kube.M{"source": "mirror"}}
	spec := kube.M{"serverlessOperator": mirrored, "sonataFlowOperator": mirrored, "rhdhOperator": mirrored}
	p := mustRender(t, ready, "1.4.0", spec)
	for _, name := range []string{"serverless-operator", "logic-operator-rhel8", "rhdh"} {
		if got := kube.Str(find(p, "Subscription", name), "spec", "source"); got != "mirror" {
			t.Errorf("%s: %s", name, got)
		}
	}
	p = mustRender(t, ready, "1.3.1", kube.M{"sonataFlowOperator": kube.M{"subscription": kube.M{"sourceName": "mirror"}}})
	if got := kube.Str(find(p, "Subscription", "logic-operator-rhel8"), "spec", "source"); got != "mirror" {
		t.Errorf("1.3: %s", got)
	}
}

func TestMonitoringAndEventingOf14(t *testing.T) {
	if got := names(mustRender(t, ready, "1.4.0", kube.M{}).Objects, "NetworkPolicy"); !strings.Contains(got, monitoringPolicy) {
		t.Errorf("got %s", got)
	}
	off := kube.M{"orchestrator": kube.M{"sonataflowPlatform": kube.M{
		"monitoring": kube.M{"enabled": false},
		"eventing":   kube.M{"broker": kube.M{"name": "kafka", "namespace": "brokers"}},
	}}}
	p := mustRender(t, ready, "1.4.0", off)
	if got := names(p.Objects, "NetworkPolicy"); strings.Contains(got, monitoringPolicy) {
		t.Errorf("switched off: %s", got)
	}
	for _, child := range p.Children {
		if child.GetKind() == "SonataFlowPlatform" && kube.Str(child, "spec", "eventing", "broker", "ref", "name") != "kafka" {
			t.Errorf("got %v", kube.Map(child, "spec"))
		}
	}
}

func TestBuildahFollowsPipelinesFrom14(t *testing.T) {
	spec := kube.M{"argocd": kube.M{"enabled": true, "namespace": "gitops"}, "tekton": kube.M{"enabled": true}}
	api := append(slices.Clone(ready), object(tektonAPI, "Task", "a", "a", kube.M{}), object(tektonAPI, "Pipeline", "a", "a", kube.M{}))
	if _, err := render(context.Background(), api, "1.4.0", sample(spec)); err == nil || !strings.Contains(err.Error(), "installedCSV") {
		t.Errorf("without the Subscription that it looks up: %v", err)
	}
	for installed, want := range map[string]string{"1.16.0": `"kind":"ClusterTask"`, "1.17.0": `"resolver":"cluster"`} {
		subscribed := object("operators.coreos.com/v1alpha1", "Subscription", "openshift-operators", "openshift-pipelines-operator-rh", kube.M{
			"status": kube.M{"installedCSV": "openshift-pipelines-operator-rh.v" + installed},
		})
		raw, _ := json.Marshal(find(mustRender(t, append(api, subscribed), "1.4.0", spec), "Pipeline", "workflow-deployment").Object)
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s: got %s", installed, raw)
		}
	}
}
