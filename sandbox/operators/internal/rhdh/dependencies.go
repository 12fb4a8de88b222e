package rhdh

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sigs.k8s.io/yaml"

	"orchestrator-sandbox/operators/internal/kube"
)

const pluginsKey = "dynamic-plugins.yaml"

// dynamicPlugins is what the operator reads of dynamic-plugins.yaml.
type dynamicPlugins struct {
	Plugins []plugin
}

type plugin struct {
	Package      string
	Enabled      *bool
	Disabled     bool
	Integrity    string
	PluginConfig map[string]any
	Dependencies []dependency
}

type dependency struct{ Ref string }

// off tells whether the plugin is not wanted: from 2.x on, enabled counts before disabled, and earlier operators do not read
// it (pkg/model/dynamic-plugins.go, IsDisabled).
func (p plugin) off(release int) bool {
	if release >= closed && p.Enabled != nil {
		return !*p.Enabled
	}
	return p.Disabled
}

// builtIn is what the operator's own list has for SonataFlow, switched off: rhdh-operator 1.8.6 and 1.9.8,
// config/profile/rhdh/default-config/dynamic-plugins.yaml.
var builtIn = map[int]string{
	8: "@redhat/backstage-plugin-orchestrator-backend-dynamic@1.8.12",
	9: "oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator-backend:{{inherit}}",
}

// merged is the user's list in the light of the operator's own, by package: pkg/model/dynamic-plugins.go, mergeWith. Up to
// 1.7 the user's list replaces that; from 1.10 on an empty list of dependencies counts, too.
func merged(release int, plugins []plugin) []plugin {
	own, has := builtIn[release]
	if !has {
		return plugins
	}
	result := slices.Clone(plugins)
	for i, p := range result {
		if p.Package == own && len(p.Dependencies) == 0 {
			result[i].Dependencies = []dependency{{Ref: "sonataflow"}}
		}
	}
	return result
}

// listOf is the user's own list of plugins, in the light of the operator's.
func (o *Operator) listOf(ctx context.Context, release int, b *kube.Object) ([]plugin, error) {
	name := kube.Str(b, "spec", "application", "dynamicPluginsConfigMapName")
	if name == "" {
		return nil, nil
	}
	config, err := o.client.Get(ctx, "v1", "ConfigMap", b.GetNamespace(), name)
	if err != nil || config == nil {
		return nil, err
	}
	text := kube.Str(config, "data", pluginsKey)
	if text == "" {
		return nil, fmt.Errorf("dynamic plugin configMap expects '%s' Data key", pluginsKey)
	}
	var list dynamicPlugins
	if err := yaml.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("failed to unmarshal dynamic plugins data: %w", err)
	}
	return merged(release, list.Plugins), nil
}

// orchestrated tells whether an enabled plugin, of the user's or of a flavour, depends on SonataFlow.
func orchestrated(release int, b *kube.Object, plugins []plugin) (bool, error) {
	if release < 7 {
		return false, nil
	}
	if release >= 10 {
		enabled, err := orchestratorFlavour(release, b)
		if enabled || err != nil {
			return enabled, err
		}
	}
	for _, plugin := range plugins {
		for _, dependency := range plugin.Dependencies {
			if !plugin.off(release) && dependency.Ref == "sonataflow" {
				return true, nil
			}
		}
	}
	return false, nil
}

// assistant is the flavour that comes along unless a Backstage lists its flavours: rhdh-operator 1.10.3 and main,
// config/profile/rhdh/default-config/flavours.
func assistant(release int) string {
	if release >= closed {
		return "intelligent-assistant"
	}
	return "lightspeed"
}

// assisted tells whether that flavour is there: also where the Backstage says nothing of flavours (pkg/model/flavour.go).
func assisted(release int, b *kube.Object) bool {
	flavours, said := kube.Map(b, "spec")["flavours"].(kube.L)
	if release < 10 || (said && len(flavours) == 0) {
		return false
	}
	for _, f := range flavours {
		if flavour, _ := f.(kube.M); flavour["name"] == assistant(release) {
			enabled, _ := flavour["enabled"].(bool)
			return enabled
		}
	}
	return true
}

// orchestratorFlavour reads spec.flavours, which must not name a flavour that there is not.
func orchestratorFlavour(release int, b *kube.Object) (bool, error) {
	flavours, _ := kube.Map(b, "spec")["flavours"].(kube.L)
	enabled := false
	for _, f := range flavours {
		flavour, _ := f.(kube.M)
		name, _ := flavour["name"].(string)
		if !slices.Contains([]string{assistant(release), "orchestrator"}, name) {
			return false, fmt.Errorf("flavour '%s' not found", name)
		}
		if name == "orchestrator" {
			enabled, _ = flavour["enabled"].(bool)
		}
	}
	return enabled, nil
}

// dependencies applies what the operator has for SonataFlow, all of it, whatever fails.
func (o *Operator) dependencies(ctx context.Context, release int, b *kube.Object) error {
	if !o.dependent.Due(b) {
		return nil
	}
	namespace := b.GetNamespace()
	objects := []kube.M{
		kube.NetworkPolicy(namespace, "allow-infra-ns-to-workflow-ns",
			kube.Namespace("knative-eventing"), kube.Namespace("knative-serving"), kube.Namespace("openshift-serverless-logic")),
		kube.NetworkPolicy(namespace, "allow-external-communication", kube.Namespaces("policy-group.network.openshift.io/ingress", "")),
		kube.NetworkPolicy(namespace, "allow-intra-network", kube.SameNamespace()),
		kube.NetworkPolicy(namespace, "allow-monitoring-to-sonataflow-and-workflows", kube.Namespace("openshift-user-workload-monitoring")),
		platform(b),
	}
	// The Job is gone a while after it is done, so only a new Backstage brings it. Upstream any change brings it again.
	d, err := o.client.Get(ctx, "apps/v1", "Deployment", namespace, "backstage-"+b.GetName())
	if err != nil {
		return err
	}
	if release >= 8 && d == nil {
		objects = append(objects, createDatabase(b))
	}
	var problems []error
	for _, m := range objects {
		m["metadata"].(kube.M)["ownerReferences"] = kube.Owner(b)
		object := kube.Manifest(m)
		if err := o.client.Apply(ctx, object); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", kube.Ref(object), err))
		}
	}
	if len(problems) > 0 {
		o.dependent.Forget(b)
	}
	return errors.Join(problems...)
}

const orchestratorDatabase = "backstage_plugin_orchestrator"

func createDatabase(b *kube.Object) kube.M {
	return kube.M{
		"apiVersion": "batch/v1",
		"kind":       "Job",
		"metadata":   kube.M{"name": "create-sonataflow-database-" + b.GetName(), "namespace": b.GetNamespace()},
		"spec": kube.M{
			"ttlSecondsAfterFinished": 30,
			"activeDeadlineSeconds":   120,
			"template": kube.M{"spec": kube.M{"restartPolicy": "Never", "containers": kube.L{kube.M{
				"name":    "psql",
				"image":   "sandbox.invalid/rhdh/postgresql",
				"envFrom": kube.L{kube.M{"secretRef": kube.M{"name": databaseSecret(b)}}},
				"command": kube.L{"sh", "-c", "echo creating the database " + orchestratorDatabase},
			}}}},
		},
	}
}

func platform(b *kube.Object) kube.M {
	service := kube.M{"enabled": true, "persistence": kube.M{"postgresql": kube.M{
		"secretRef":  kube.M{"name": databaseSecret(b), "userKey": "POSTGRES_USER", "passwordKey": "POSTGRES_PASSWORD"},
		"serviceRef": kube.M{"name": databaseName(b), "namespace": b.GetNamespace(), "databaseName": orchestratorDatabase},
	}}}
	return kube.M{
		"apiVersion": "sonataflow.org/v1alpha08",
		"kind":       "SonataFlowPlatform",
		"metadata":   kube.M{"name": "sonataflow-platform", "namespace": b.GetNamespace()},
		"spec": kube.M{
			"monitoring": kube.M{"enabled": true},
			"services":   kube.M{"dataIndex": service, "jobService": service},
		},
	}
}
