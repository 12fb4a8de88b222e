package rhdh

import (
	"context"
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

const (
	namespace = "rhdh"
	plugins   = "plugins:\n- package: backend\n  disabled: false\n  dependencies:\n  - ref: sonataflow\n"
)

func object(apiVersion, kind, name string, more kube.M) *kube.Object {
	m := kube.M{"apiVersion": apiVersion, "kind": kind, "metadata": kube.M{"name": name, "namespace": namespace, "uid": "u-" + name}}
	for k, v := range more {
		m[k] = v
	}
	return kube.Manifest(m)
}

func config(text string) *kube.Object {
	return object("v1", "ConfigMap", "plugins", kube.M{"data": kube.M{pluginsKey: text}})
}

// withPlugins refers to that ConfigMap.
var withPlugins = kube.M{"application": kube.M{"dynamicPluginsConfigMapName": "plugins"}}

// play ticks once and gives the condition Deployed.
func play(t *testing.T, version string, spec kube.M, broken bool, objects ...runtime.Object) (*kube.Client, kube.M) {
	t.Helper()
	api := apiVersion(minor(version))
	client, dynamic := kubetest.Cluster(map[string]string{
		"Backstage": api, "ConfigMap": "v1", "Secret": "v1", "Service": "v1", "Deployment": "apps/v1", "StatefulSet": "apps/v1",
		"Route": "route.openshift.io/v1", "Ingress": "config.openshift.io/v1", "Job": "batch/v1", "NetworkPolicy": "networking.k8s.io/v1",
		"SonataFlowPlatform": "sonataflow.org/v1alpha08",
	}, append(objects, object(api, "Backstage", "hub", kube.M{"spec": spec}))...)
	if broken {
		dynamic.PrependReactor("patch", "sonataflowplatforms", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, errors.New("no such kind")
		})
	}
	operators := kube.Operators{deployment: {CSV: "rhdh-operator.v" + version, Namespace: "rhdh-operator"}}
	if err := New(client).Tick(context.Background(), operators); err != nil {
		t.Fatal(err)
	}
	return client, kube.Conditions(get(t, client, api, "Backstage", "hub"))[0]
}

func get(t *testing.T, client *kube.Client, apiVersion, kind, name string) *kube.Object {
	t.Helper()
	o, err := client.Get(context.Background(), apiVersion, kind, namespace, name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestWhichReleaseKnowsThatPluginsDependOnSonataFlow(t *testing.T) {
	for version, want := range map[string]struct{ platform, job bool }{
		"1.6.1":  {false, false},
		"1.7.1":  {true, false},
		"1.8.1":  {true, true},
		"1.10.1": {true, true},
	} {
		client, _ := play(t, version, withPlugins, false, config(plugins))
		platform := get(t, client, "sonataflow.org/v1alpha08", "SonataFlowPlatform", "sonataflow-platform")
		if (platform != nil) != want.platform {
			t.Errorf("%s: the platform is %v", version, platform)
		}
		if platform != nil && (len(platform.GetOwnerReferences()) != 1 ||
			kube.Str(platform, "spec", "services", "dataIndex", "persistence", "postgresql", "secretRef", "name") != "backstage-psql-secret-hub") {
			t.Errorf("%s: got %v", version, platform.Object)
		}
		if got := get(t, client, "batch/v1", "Job", "create-sonataflow-database-hub") != nil; got != want.job {
			t.Errorf("%s: the Job is there: %v", version, got)
		}
		if got := get(t, client, "networking.k8s.io/v1", "NetworkPolicy", "allow-intra-network") != nil; got != want.platform {
			t.Errorf("%s: the policy is there: %v", version, got)
		}
		if get(t, client, "apps/v1", "Deployment", "backstage-hub") == nil {
			t.Errorf("%s: no Deployment", version)
		}
	}
}

func TestPluginsThatDoNotCount(t *testing.T) {
	for name, text := range map[string]string{
		"disabled":      strings.Replace(plugins, "disabled: false", "disabled: true", 1),
		"another thing": strings.Replace(plugins, "sonataflow", "tekton", 1),
		"none":          "includes: [dynamic-plugins.default.yaml]\n",
	} {
		client, _ := play(t, "1.9.1", withPlugins, false, config(text))
		if get(t, client, "sonataflow.org/v1alpha08", "SonataFlowPlatform", "sonataflow-platform") != nil {
			t.Errorf("%s: there is a platform", name)
		}
	}
}

func TestTheOperatorsOwnList(t *testing.T) {
	list := func(release int, rest string) string {
		return "plugins:\n- package: \"" + builtIn[release] + "\"\n  disabled: false\n" + rest
	}
	for name, c := range map[string]struct {
		version, text string
		want          bool
	}{
		"adds what its plugin depends on":       {"1.9.1", list(9, ""), true},
		"as it does in 1.8":                     {"1.8.1", list(8, ""), true},
		"also where the user's list is empty":   {"1.9.1", list(9, "  dependencies: []\n"), true},
		"but for a dependency on nothing":       {"1.9.1", list(9, "  dependencies: [{ref: \"\"}]\n"), false},
		"and not for another plugin":            {"1.9.1", list(8, ""), false},
		"nor where it heeds an empty list":      {"1.10.1", list(9, "  dependencies: []\n"), false},
		"nor where the user's replaces its own": {"1.7.1", list(8, ""), false},
	} {
		client, _ := play(t, c.version, withPlugins, false, config(c.text))
		if got := get(t, client, "sonataflow.org/v1alpha08", "SonataFlowPlatform", "sonataflow-platform") != nil; got != c.want {
			t.Errorf("%s: the platform is there: %v", name, got)
		}
	}
}

func TestFlavours(t *testing.T) {
	flavour := func(name string, enabled bool) kube.M {
		return kube.M{"flavours": kube.L{kube.M{"name": name, "enabled": enabled}}}
	}
	for name, c := range map[string]struct {
		version string
		spec    kube.M
		want    bool
	}{
		"enabled":       {"1.10.1", flavour("orchestrator", true), true},
		"disabled":      {"1.10.1", flavour("orchestrator", false), false},
		"another":       {"1.10.1", flavour("lightspeed", true), false},
		"too early":     {"1.9.1", flavour("orchestrator", true), false},
		"not asked for": {"1.10.1", kube.M{}, false},
	} {
		client, _ := play(t, c.version, c.spec, false)
		if got := get(t, client, "sonataflow.org/v1alpha08", "SonataFlowPlatform", "sonataflow-platform") != nil; got != c.want {
			t.Errorf("%s: the platform is there: %v", name, got)
		}
	}
	if _, deployed := play(t, "1.10.1", flavour("vanilla", true), false); !strings.Contains(deployed["message"].(string), "flavour 'vanilla' not found") {
		t.Errorf("got %v", deployed)
	}
}

func TestTheAssistantComesAlongUnlessFlavoursAreListed(t *testing.T) {
	one := func(name string) kube.M { return kube.M{"flavours": kube.L{kube.M{"name": name, "enabled": false}}} }
	for name, c := range map[string]struct {
		version string
		spec    kube.M
		want    int
	}{
		"nothing is said":       {"1.10.1", kube.M{}, 2},
		"nothing is said, 2.1":  {"2.1.0", kube.M{}, 2},
		"none is listed":        {"1.10.1", kube.M{"flavours": kube.L{}}, 1},
		"none is listed, 2.1":   {"2.1.0", kube.M{"flavours": kube.L{}}, 1},
		"it is turned off":      {"1.10.1", one("lightspeed"), 1},
		"it is turned off, 2.1": {"2.1.0", one("intelligent-assistant"), 1},
		"too early":             {"1.9.1", kube.M{}, 1},
	} {
		client, _ := play(t, c.version, c.spec, false)
		pod := kube.Map(get(t, client, "apps/v1", "Deployment", "backstage-hub"), "spec", "template", "spec")
		if got := len(pod["containers"].(kube.L)); got != c.want {
			t.Errorf("%s: %d containers", name, got)
		}
	}
}

func TestFrom2OnPoliciesCloseTheHub(t *testing.T) {
	for version, want := range map[string]bool{"1.10.1": false, "2.1.0": true} {
		client, _ := play(t, version, kube.M{}, false)
		deny := get(t, client, "networking.k8s.io/v1", "NetworkPolicy", "backstage-netpol-hub-default-deny")
		if (deny != nil) != want {
			t.Fatalf("%s: %v", version, deny)
		}
		if deny == nil {
			continue
		}
		if got := kube.Str(deny, "spec", "podSelector", "matchLabels", "rhdh.redhat.com/app"); got != "backstage-hub" {
			t.Errorf("got %q", got)
		}
		psql := get(t, client, "networking.k8s.io/v1", "NetworkPolicy", "backstage-netpol-hub-allow-psql-egress")
		if rule := kube.Map(psql, "spec")["egress"].(kube.L)[0].(kube.M); rule["to"] == nil {
			t.Errorf("got %v", rule)
		}
	}
}

func TestFrom2OnReferencesAreResolvedFirst(t *testing.T) {
	for text, want := range map[string]string{
		"ref://backstage-plugin-kubernetes":                             "",
		"oci://anywhere/at/all/backstage-plugin-kubernetes:{{inherit}}": "",
		"ref://not-there":                              "no plugin named \"not-there\" found in default plugins",
		"oci://x/not-there:{{inherit}}":                "cannot resolve {{inherit}} reference",
		"@redhat/backstage-plugin-orchestrator@1.8.12": "unsupported package URL format",
		"oci://" + overlays + "backstage-community-plugin-tekton:bs_1.52.0__3.41.0!backstage-community-plugin-tekton": "",
	} {
		client, deployed := play(t, "2.1.0", withPlugins, false, config("plugins:\n- enabled: true\n  package: \""+text+"\"\n"))
		message, _ := deployed["message"].(string)
		if want != "" && (deployed["reason"] != "DeployFailed" || !strings.Contains(message, want)) {
			t.Errorf("%s: %v", text, deployed)
		}
		if there := get(t, client, "apps/v1", "Deployment", "backstage-hub") != nil; there != (want == "") {
			t.Errorf("%s: the Deployment is there: %v", text, there)
		}
	}
}

func TestWithoutDependenciesThereIsNoHub(t *testing.T) {
	client, deployed := play(t, "1.10.1", withPlugins, true, config(plugins))
	if deployed["status"] != "False" || deployed["reason"] != "DeployFailed" || !strings.Contains(deployed["message"].(string), "failed to apply plugin dependencies") {
		t.Errorf("got %v", deployed)
	}
	if get(t, client, "apps/v1", "Deployment", "backstage-hub") != nil {
		t.Error("the Deployment is there")
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for want, c := range map[string]struct {
		spec    kube.M
		objects []runtime.Object
	}{
		`ConfigMap "plugins" not found in namespace rhdh`: {withPlugins, nil},
		`dynamic plugin configMap expects 'dynamic-plugins.yaml' Data key`: {
			withPlugins, []runtime.Object{object("v1", "ConfigMap", "plugins", nil)},
		},
		`Secret "env" not found in namespace rhdh`: {
			kube.M{"application": kube.M{"extraEnvs": kube.M{"secrets": kube.L{kube.M{"name": "env"}}}}}, nil,
		},
		`Secret "file" not found in namespace rhdh`: {
			kube.M{"application": kube.M{"extraFiles": kube.M{"secrets": kube.L{kube.M{"name": "file"}}}}}, nil,
		},
		`Secret "db" not found in namespace rhdh`: {kube.M{"database": kube.M{"authSecretName": "db"}}, nil},
	} {
		client, deployed := play(t, "1.8.1", c.spec, false, c.objects...)
		if message, _ := deployed["message"].(string); deployed["status"] != "False" || !strings.Contains(message, want) {
			t.Errorf("%s: got %v", want, deployed)
		}
		if get(t, client, "apps/v1", "Deployment", "backstage-hub") != nil {
			t.Errorf("%s: the Deployment is there", want)
		}
	}
}

func TestDatabases(t *testing.T) {
	for name, c := range map[string]struct {
		database       kube.M
		stateful, made bool
	}{
		"its own":                     {kube.M{}, true, true},
		"its own with another Secret": {kube.M{"authSecretName": "db"}, true, false},
		"from outside":                {kube.M{"enableLocalDb": false, "authSecretName": "db"}, false, false},
	} {
		client, _ := play(t, "1.8.1", kube.M{"database": c.database}, false, object("v1", "Secret", "db", nil))
		if got := get(t, client, "apps/v1", "StatefulSet", "backstage-psql-hub") != nil; got != c.stateful {
			t.Errorf("%s: the StatefulSet is there: %v", name, got)
		}
		if got := get(t, client, "v1", "Secret", "backstage-psql-secret-hub") != nil; got != c.made {
			t.Errorf("%s: the Secret is there: %v", name, got)
		}
	}
}
