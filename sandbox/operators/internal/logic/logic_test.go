package logic

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

const namespace = "workflows"

var running = kube.Operators{deployment: {CSV: "logic-operator-rhel8.v1.33.0", Namespace: "openshift-serverless-logic"}}

func object(apiVersion, kind, name string, more kube.M) *kube.Object {
	m := kube.M{"apiVersion": apiVersion, "kind": kind, "metadata": kube.M{"name": name, "namespace": namespace, "uid": "u-" + name}}
	for k, v := range more {
		m[k] = v
	}
	return kube.Manifest(m)
}

func platform(spec kube.M) *kube.Object {
	return object(apiVersion, "SonataFlowPlatform", defaultPlatform, kube.M{"spec": spec})
}

func workflow(spec kube.M) *kube.Object {
	return object(apiVersion, "SonataFlow", "greeting", kube.M{"spec": spec})
}

// persistence has the keys that the CRD's defaults would fill in.
var persistence = kube.M{"postgresql": kube.M{
	"secretRef":  kube.M{"name": "db", "userKey": "POSTGRESQL_USER", "passwordKey": "POSTGRESQL_PASSWORD"},
	"serviceRef": kube.M{"name": "db"},
}}

func secret(keys ...string) *kube.Object {
	data := kube.M{}
	for _, key := range keys {
		data[key] = "eA=="
	}
	return object("v1", "Secret", "db", kube.M{"data": data})
}

func deploymentOf(name, owner string) *kube.Object {
	d := object("apps/v1", "Deployment", name, kube.M{"status": kube.M{
		"availableReplicas": 1, "conditions": kube.L{kube.M{"type": "Available", "status": "True"}},
	}})
	isController := true
	d.SetOwnerReferences([]metav1.OwnerReference{{Kind: "SonataFlow", Name: name, UID: types.UID(owner), Controller: &isController}})
	return d
}

func cluster(objects ...runtime.Object) *kube.Client {
	client, _ := kubetest.Cluster(map[string]string{
		"SonataFlow": apiVersion, "SonataFlowPlatform": apiVersion, "SonataFlowClusterPlatform": apiVersion,
		"Deployment": "apps/v1", "Service": "v1", "ConfigMap": "v1", "Secret": "v1",
	}, objects...)
	return client
}

func play(t *testing.T, client *kube.Client) {
	t.Helper()
	if err := New(client).Tick(context.Background(), running); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, client *kube.Client, apiVersion, kind, name string) *kube.Object {
	t.Helper()
	o, err := client.Get(context.Background(), apiVersion, kind, namespace, name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func condition(t *testing.T, client *kube.Client) kube.M {
	t.Helper()
	for _, c := range kube.Conditions(get(t, client, apiVersion, "SonataFlow", "greeting")) {
		if c["type"] == "Running" {
			return c
		}
	}
	return nil
}

func TestWhatAWorkflowWaitsFor(t *testing.T) {
	resources := kube.M{"configMaps": kube.L{kube.M{"configMap": kube.M{"name": "specs"}, "workflowPath": "specs"}}}
	const noSecret = `ContainerNotReady: (CreateContainerConfigError) secret "db" not found`
	for name, c := range map[string]struct {
		objects                 []runtime.Object
		reason, message, status string
	}{
		"no Secret": {
			[]runtime.Object{platform(kube.M{}), workflow(kube.M{"persistence": persistence})},
			"DeploymentIsUnavailable", noSecret, "False",
		},
		"no Secret, asked for by the platform": {
			[]runtime.Object{platform(kube.M{"persistence": persistence}), workflow(kube.M{})},
			"DeploymentIsUnavailable", noSecret, "False",
		},
		"no password in the Secret": {
			[]runtime.Object{platform(kube.M{}), workflow(kube.M{"persistence": persistence}), secret("POSTGRESQL_USER")},
			"DeploymentIsUnavailable", "ContainerNotReady: (CreateContainerConfigError) couldn't find key POSTGRESQL_PASSWORD in Secret workflows/db", "False",
		},
		"no resources": {
			[]runtime.Object{platform(kube.M{}), workflow(kube.M{"resources": resources})},
			"ExternalResourcesNotFound", `External Resources ConfigMap not found: configmaps "specs" not found`, "False",
		},
		"everything": {
			[]runtime.Object{
				platform(kube.M{}), workflow(kube.M{"persistence": persistence, "resources": resources}),
				secret("POSTGRESQL_USER", "POSTGRESQL_PASSWORD"), object("v1", "ConfigMap", "specs", nil),
			},
			"WaitingForDeployment", "", "False",
		},
		"the Deployment of one that had its name": {
			[]runtime.Object{platform(kube.M{}), workflow(kube.M{}), deploymentOf("greeting", "u-before")},
			"WaitingForDeployment", "", "False",
		},
		"running, then its Secret went": {
			[]runtime.Object{platform(kube.M{}), workflow(kube.M{"persistence": persistence}), deploymentOf("greeting", "u-greeting")},
			"", "", "True",
		},
	} {
		client := cluster(c.objects...)
		play(t, client)
		got := condition(t, client)
		text := func(key string) string { s, _ := got[key].(string); return s }
		if text("status") != c.status || text("reason") != c.reason || text("message") != c.message {
			t.Errorf("%s: got %v", name, got)
		}
		held := c.status == "False" && c.reason != "WaitingForDeployment"
		if there := get(t, client, "apps/v1", "Deployment", "greeting") != nil; there == held {
			t.Errorf("%s: the Deployment is there: %v", name, there)
		}
	}
}

func TestAWorkflowFollowsWhenItsSecretComes(t *testing.T) {
	client := cluster(platform(kube.M{}), workflow(kube.M{"persistence": persistence}))
	o := New(client)
	for _, step := range []func() error{
		func() error { return nil },
		func() error {
			return client.Create(context.Background(), secret("POSTGRESQL_USER", "POSTGRESQL_PASSWORD"))
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		if err := o.Tick(context.Background(), running); err != nil {
			t.Fatal(err)
		}
	}
	if get(t, client, "apps/v1", "Deployment", "greeting") == nil {
		t.Error("no Deployment")
	}
}

func TestPropertiesOfTheUserStayTheUsers(t *testing.T) {
	users := object("v1", "ConfigMap", "greeting-props", kube.M{"data": kube.M{"application.properties": "a=b"}})
	client := cluster(platform(kube.M{}), workflow(kube.M{}), users)
	play(t, client)
	props := get(t, client, "v1", "ConfigMap", "greeting-props")
	if len(props.GetOwnerReferences()) != 0 || kube.Str(props, "data", "application.properties") != "a=b" {
		t.Errorf("got %v", props.Object)
	}
	if managed := get(t, client, "v1", "ConfigMap", "greeting-managed-props"); managed == nil || len(managed.GetOwnerReferences()) != 1 {
		t.Errorf("got %v", managed)
	}
}

func TestPropertiesAreMadeWhenThereAreNone(t *testing.T) {
	client := cluster(platform(kube.M{}), workflow(kube.M{}))
	play(t, client)
	if props := get(t, client, "v1", "ConfigMap", "greeting-props"); props == nil || len(props.GetOwnerReferences()) != 1 {
		t.Errorf("got %v", props)
	}
}

func TestAPlatformSucceedsBeforeItsServicesAre(t *testing.T) {
	service := kube.M{"enabled": true, "persistence": persistence}
	own := kube.M{"enabled": true, "persistence": persistence, "podTemplate": kube.M{"container": kube.M{"image": "own"}}}
	client := cluster(platform(kube.M{"services": kube.M{"dataIndex": own, "jobService": service}}))
	o := New(client)
	there := func() bool {
		return get(t, client, "apps/v1", "Deployment", defaultPlatform+"-data-index-service") != nil
	}
	// Its defaults, Succeed, and only then the services.
	for tick, want := range []struct{ succeed, services bool }{{true, false}, {true, true}} {
		if err := o.Tick(context.Background(), running); err != nil {
			t.Fatal(err)
		}
		p := get(t, client, apiVersion, "SonataFlowPlatform", defaultPlatform)
		if kube.IsTrue(p, "Succeed") != want.succeed || there() != want.services {
			t.Errorf("tick %d: %v, the services are there: %v", tick, p.Object["status"], there())
		}
		image := []string{"spec", "services", "dataIndex", "podTemplate", "container"}
		if kube.Str(p, "spec", "build", "config", "strategy") != "platform" || kube.Map(p, append(image, "resources")...) == nil {
			t.Errorf("tick %d: %v", tick, p.Object["spec"])
		}
		if kube.Str(p, append(image, "image")...) != "own" || kube.Map(p, "spec", "devMode") == nil {
			t.Errorf("tick %d: %v", tick, p.Object["spec"])
		}
	}
}

func TestGitopsBuildsNoImages(t *testing.T) {
	w := workflow(kube.M{})
	w.SetAnnotations(map[string]string{"sonataflow.org/profile": "gitops"})
	client := cluster(platform(kube.M{}), w)
	play(t, client)
	for _, c := range kube.Conditions(get(t, client, apiVersion, "SonataFlow", "greeting")) {
		if c["type"] == "Built" && (c["status"] != "False" || c["reason"] != "BuildSkipped") {
			t.Errorf("got %v", c)
		}
	}
}
