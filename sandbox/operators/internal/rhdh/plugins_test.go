package rhdh

import (
	"strings"
	"testing"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kubelet"
)

func TestWhichPluginsInstall(t *testing.T) {
	npm := func(version, integrity string) plugin {
		return plugin{Package: "@redhat/backstage-plugin-orchestrator@" + version, Integrity: integrity}
	}
	local := func(name string) plugin { return plugin{Package: "./dynamic-plugins/dist/" + name} }
	argocd := plugin{Package: "oci://" + overlays + "backstage-community-plugin-argocd:bs_1.45.3__2.4.3"}
	inherit := func(name string) plugin { return plugin{Package: "oci://" + name + ":{{inherit}}"} }
	for _, c := range []struct {
		version string
		plugin  plugin
		says    string
	}{
		{"1.7.1", npm("1.7.1", ""), ""},
		{"1.8.1", npm("1.8.12", ""), "No integrity hash provided"},
		{"1.8.1", npm("1.8.12", "sha512-x"), ""},
		{"1.8.6", npm("1.8.12", ""), ""},
		{"1.8.7", local("backstage-community-plugin-redhat-argocd"), ""},
		{"1.9.8", local("backstage-community-plugin-redhat-argocd"), "npm pack"},
		{"1.9.8", local("backstage-community-plugin-tekton"), ""},
		{"1.10.1", local("backstage-community-plugin-tekton"), "npm pack"},
		{"1.10.1", local("backstage-plugin-kubernetes"), ""},
		{"1.10.1", local("not-there"), "npm pack"},
		{"1.9.8", argocd, ""},
		{"1.10.1", argocd, "manifest unknown"},
		{"1.9.8", inherit(product + "orchestrator"), ""},
		{"1.9.8", inherit(overlays + "backstage-community-plugin-tekton"), "{{inherit}}"},
		{"1.4.0", local("not-there"), ""},
		{"2.1.0", local("backstage-plugin-kubernetes"), "npm pack"},
		{"2.1.0", plugin{Package: ref + "backstage-plugin-kubernetes"}, ""},
		{"2.1.0", argocd, "manifest unknown"},
	} {
		if said := install(c.version, []plugin{c.plugin}); c.says == "" && said != "" || !strings.Contains(said, c.says) {
			t.Errorf("%s, %s: %q", c.version, c.plugin.Package, said)
		}
		disabled := c.plugin
		disabled.Disabled = true
		if said := install(c.version, []plugin{disabled}); said != "" {
			t.Errorf("%s, %s, disabled: %q", c.version, c.plugin.Package, said)
		}
	}
}

func TestEnabledCountsFrom2On(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		release int
		plugin  plugin
		want    bool
	}{
		{21, plugin{Enabled: &yes, Disabled: true}, false},
		{21, plugin{Enabled: &no}, true},
		{21, plugin{Disabled: true}, true},
		{10, plugin{Enabled: &yes, Disabled: true}, true},
	} {
		if got := c.plugin.off(c.release); got != c.want {
			t.Errorf("%d, %v: %v", c.release, c.plugin, got)
		}
	}
}

func TestExamplesThatDifferEndTheStart(t *testing.T) {
	both := []plugin{
		{Package: "oci://" + overlays + "backstage-community-plugin-argocd-backend:{{inherit}}"},
		{Package: "./dynamic-plugins/dist/roadiehq-scaffolder-backend-argocd-dynamic"},
	}
	if said := install("1.9.8", both); !strings.Contains(said, "defined differently") {
		t.Errorf("got %q", said)
	}
	both[0].PluginConfig = map[string]any{}
	if said := install("1.9.8", both); said != "" {
		t.Errorf("got %q", said)
	}
}

func TestPodsShowWhatTheyAreConfiguredBy(t *testing.T) {
	spec := kube.M{"application": kube.M{
		"dynamicPluginsConfigMapName": "plugins",
		"extraEnvs":                   kube.M{"envs": kube.L{kube.M{"name": "A", "value": "b"}}},
	}}
	seen := map[string]bool{}
	for text, starts := range map[string]string{
		"plugins: []\n": "starts",
		"plugins:\n- package: ./dynamic-plugins/dist/not-there\n": installer + ": Error while installing",
	} {
		client, _ := play(t, "1.10.1", spec, false, config(text))
		d := get(t, client, "apps/v1", "Deployment", "backstage-hub")
		annotations := kube.Map(d, "spec", "template", "metadata", "annotations")
		if said, _ := annotations[kubelet.Played].(string); !strings.HasPrefix(said, starts) {
			t.Errorf("%q: %q", text, said)
		}
		digest, _ := annotations["rhdh.redhat.com/ext-config-hash"].(string)
		seen[digest] = true
		containers, _ := kube.Map(d, "spec", "template", "spec")["containers"].(kube.L)
		if env, _ := containers[0].(kube.M)["env"].(kube.L); len(env) != 1 {
			t.Errorf("%v", containers)
		}
	}
	if len(seen) != 2 || seen[""] {
		t.Errorf("%v", seen)
	}
}

func TestDeployedCountsThePodsOfBefore(t *testing.T) {
	rolling := object("apps/v1", "Deployment", "backstage-hub", kube.M{
		"spec":   kube.M{"replicas": 1},
		"status": kube.M{"replicas": 1, "readyReplicas": 1, "updatedReplicas": 0, "observedGeneration": 1},
	})
	fresh := object("apps/v1", "Deployment", "backstage-hub", kube.M{"spec": kube.M{"replicas": 1}})
	for _, c := range []struct {
		release int
		d       *kube.Object
		want    bool
	}{{8, rolling, true}, {9, rolling, true}, {8, fresh, true}, {9, fresh, false}} {
		if got := allReady(c.release, c.d); got != c.want {
			t.Errorf("%d: %v", c.release, got)
		}
	}
}
