// Package rhdh plays the Red Hat Developer Hub operator: a Backstage becomes a
// Deployment with a local database and a Route, all owned by it.
package rhdh

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kubelet"
)

const (
	deployment = "rhdh-operator"
	// installer is the container that installs the plugins, before Developer Hub starts.
	installer = "install-dynamic-plugins"
	// main is the container of Developer Hub itself.
	main = "backstage-backend"
	// closed is the first release whose pods are closed by policies, and whose plugins all come from registries.
	closed = 20
)

// Operator plays it.
type Operator struct {
	client    *kube.Client
	paced     *kube.Pace
	dependent *kube.Pace // for what the plugins depend on
}

// New plays against a cluster.
func New(client *kube.Client) *Operator { return &Operator{client, kube.NewPace(), kube.NewPace()} }

// Name is for logs.
func (o *Operator) Name() string { return "rhdh" }

// minor tells the operator's releases apart: those of 1.x by their minor version, 2.1 as 21.
func minor(version string) int {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(parts[1])
	if parts[0] == "2" {
		n += 20
	}
	return n
}

// apiVersion is the Backstage API that a release of the operator works with.
func apiVersion(release int) string {
	version := "v1alpha5"
	switch {
	case release <= 2:
		version = "v1alpha1"
	case release == 3:
		version = "v1alpha2"
	case release <= 7:
		version = "v1alpha3"
	case release == 8:
		version = "v1alpha4"
	}
	return "rhdh.redhat.com/" + version
}

// Tick does what is due now.
func (o *Operator) Tick(ctx context.Context, operators kube.Operators) error {
	self, ok := operators[deployment]
	if !ok {
		return nil
	}
	release := minor(self.Version())
	backstages, err := o.client.List(ctx, apiVersion(release), "Backstage", "", "")
	if err != nil || len(backstages) == 0 {
		return err
	}
	domain, err := o.client.IngressDomain(ctx)
	if err != nil {
		return err
	}
	routes, err := o.client.Served(ctx, "route.openshift.io/v1", "Route")
	if err != nil {
		return err
	}
	var problems []error
	for i := range backstages {
		if backstages[i].GetDeletionTimestamp() == nil {
			problems = append(problems, o.reconcile(ctx, self.Version(), &backstages[i], domain, routes))
		}
	}
	return errors.Join(problems...)
}

func (o *Operator) reconcile(ctx context.Context, version string, b *kube.Object, domain string, routes bool) error {
	deployed := kube.Condition{Type: "Deployed", Status: "False", Reason: "DeployInProgress"}
	if err := o.deploy(ctx, version, b, domain, routes); err != nil {
		deployed.Reason, deployed.Message = "DeployFailed", err.Error()
	} else {
		d, err := o.client.Get(ctx, "apps/v1", "Deployment", b.GetNamespace(), "backstage-"+b.GetName())
		if err != nil {
			return err
		}
		if d != nil && allReady(minor(version), d) {
			deployed = kube.Condition{Type: "Deployed", Status: "True", Reason: "Deployed"}
		}
	}
	wrote, err := o.client.SetConditions(ctx, b, []kube.Condition{deployed}, nil)
	if wrote && err == nil {
		log.Printf("rhdh: %s has Deployed=%s %s", kube.Ref(b), deployed.Status, deployed.Message)
	}
	return err
}

// allReady is what the operator calls Deployed: it counts pods that are ready, of the configuration before, too. Up to 1.8
// it compares them with those that there are, which are none where the Deployment is new (1.7.4 and 1.8.7,
// internal/controller/backstage_controller.go, setDeploymentStatus), and then with those that there should be (1.9.8,
// backstage_status.go, deploymentState). Neither looks at a generation.
func allReady(release int, d *kube.Object) bool {
	number := func(path ...string) int64 {
		n, _, _ := unstructured.NestedInt64(d.Object, path...)
		return n
	}
	if release <= 8 {
		return number("status", "readyReplicas") == number("status", "replicas")
	}
	return number("status", "readyReplicas") == number("spec", "replicas")
}

// deploy applies what the plugins depend on and then the Backstage's own objects. Without the former there is none of
// the latter.
func (o *Operator) deploy(ctx context.Context, version string, b *kube.Object, domain string, routes bool) error {
	release := minor(version)
	config, err := o.preconditions(ctx, b)
	if err != nil {
		return fmt.Errorf("failed to preprocess backstage spec %w", err)
	}
	plugins, err := o.listOf(ctx, release, b)
	if err != nil {
		return fmt.Errorf("failed to initialize backstage model %w", err)
	}
	if release >= closed {
		if err := resolvable(plugins); err != nil {
			return fmt.Errorf("failed to merge dynamic plugins config: %w", err)
		}
	}
	dependent, err := orchestrated(release, b, plugins)
	if err != nil {
		return fmt.Errorf("failed to initialize backstage model %w", err)
	}
	if dependent {
		if err := o.dependencies(ctx, release, b); err != nil {
			return fmt.Errorf("failed to apply plugin dependencies %w", err)
		}
	}
	if !o.paced.Due(b) {
		return nil
	}
	starts, err := o.starting(ctx, version, b, plugins)
	if err != nil {
		return fmt.Errorf("failed to initialize backstage model %w", err)
	}
	maps.Copy(starts, kube.M{"rhdh.redhat.com/ext-config-hash": config})
	objects := children(release, b, domain, starts)
	if release >= closed {
		objects = append(policies(b), objects...)
	}
	for _, object := range objects {
		if object.GetKind() == "Route" && !routes {
			continue
		}
		if err := o.client.Apply(ctx, object); err != nil {
			o.paced.Forget(b)
			return fmt.Errorf("failed to apply backstage objects %w", err)
		}
	}
	return nil
}

// starting is what becomes of Developer Hub's pods, as annotations of these. What an operator before 1.7 makes is not judged.
func (o *Operator) starting(ctx context.Context, version string, b *kube.Object, plugins []plugin) (kube.M, error) {
	release := minor(version)
	if refused := install(version, plugins); refused != "" {
		return kube.M{kubelet.Played: installer + ": " + refused}, nil
	}
	if refused, err := o.cutOff(ctx, release, b, plugins); err != nil || refused != "" {
		return kube.M{kubelet.Played: installer + ": " + refused}, err
	}
	starts := kube.M{kubelet.Played: "starts"}
	if release < 7 {
		return starts, nil
	}
	backend, err := o.backendOf(ctx, release, b, plugins)
	if err != nil {
		return nil, err
	}
	if refused := backend.refused(); refused != "" {
		return kube.M{kubelet.Played: main + ": " + refused}, nil
	}
	starts[SignIn] = backend.signIn()
	if rules := backend.rules(); rules != "" {
		starts[Rules] = rules
	}
	return starts, nil
}

// preconditions looks for what the Backstage refers to, and gives a digest of all of it, which the pods have in an annotation
// (internal/controller/spec_preprocessor.go, WatchingHash).
func (o *Operator) preconditions(ctx context.Context, b *kube.Object) (string, error) {
	needs := map[string]string{} // kind/name
	application := kube.Map(b, "spec", "application")
	collect := func(kind string, from any, list string) {
		m, _ := from.(kube.M)
		items, _ := m[list].(kube.L)
		for _, item := range items {
			if entry, ok := item.(kube.M); ok {
				name, _ := entry["name"].(string)
				needs[kind+"/"+name] = name
			}
		}
	}
	collect("ConfigMap", application["appConfig"], "configMaps")
	for _, extra := range []string{"extraEnvs", "extraFiles"} {
		collect("ConfigMap", application[extra], "configMaps")
		collect("Secret", application[extra], "secrets")
	}
	if name, _ := application["dynamicPluginsConfigMapName"].(string); name != "" {
		needs["ConfigMap/"+name] = name
	}
	if name := authSecret(b); name != "" {
		needs["Secret/"+name] = name
	}
	digest := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(needs)) {
		name := needs[key]
		kind, _, _ := strings.Cut(key, "/")
		found, err := o.client.Get(ctx, "v1", kind, b.GetNamespace(), name)
		if err != nil {
			return "", err
		}
		if found == nil {
			return "", fmt.Errorf("%s %q not found in namespace %s", kind, name, b.GetNamespace())
		}
		data := kube.Map(found, "data")
		for _, key := range slices.Sorted(maps.Keys(data)) {
			_, _ = fmt.Fprint(digest, key, data[key])
		}
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// localDatabase tells whether the Backstage gets a database of its own, which is so unless it says otherwise.
func localDatabase(b *kube.Object) bool {
	enabled, said := kube.Map(b, "spec", "database")["enableLocalDb"].(bool)
	return enabled || !said
}

// authSecret is the Secret with the database's credentials that the Backstage brings along, if any.
func authSecret(b *kube.Object) string { return kube.Str(b, "spec", "database", "authSecretName") }

// children are the objects of one Backstage. The database's PVC comes from its
// StatefulSet and, as on a real cluster, outlives everything but the namespace.
func children(release int, b *kube.Object, domain string, starts kube.M) []*kube.Object {
	objects := hub(release, b, domain, starts)
	if localDatabase(b) {
		objects = append(database(b), objects...)
	}
	return objects
}

// policies are the NetworkPolicies that close Developer Hub's pods from 2.x on, but for what Developer Hub itself needs
// (config/profile/rhdh/default-config/networkpolicy.yaml, pull requests 3394 and 3481). Those of the database are not played.
func policies(b *kube.Object) []*kube.Object {
	tcp := func(ports ...int) kube.L {
		var list kube.L
		for _, port := range ports {
			list = append(list, kube.M{"protocol": "TCP", "port": port})
		}
		return list
	}
	dns := append(tcp(53, 5353), kube.M{"protocol": "UDP", "port": 53}, kube.M{"protocol": "UDP", "port": 5353})
	database := kube.M{"ports": tcp(5432)}
	if localDatabase(b) {
		database["to"] = kube.L{kube.M{"podSelector": selector(databaseName(b))}}
	}
	policy := func(name string, spec kube.M) *kube.Object {
		spec["podSelector"] = selector("backstage-" + b.GetName())
		metadata := meta(b, "backstage-netpol-"+b.GetName()+"-"+name)
		metadata["labels"] = kube.M{"rhdh.redhat.com/app": "backstage-" + b.GetName()}
		return kube.Manifest(kube.M{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec})
	}
	out := func(name string, rule kube.M) *kube.Object {
		return policy(name, kube.M{"policyTypes": kube.L{"Egress"}, "egress": kube.L{rule}})
	}
	in := func(name string, rule kube.M) *kube.Object {
		return policy(name, kube.M{"policyTypes": kube.L{"Ingress"}, "ingress": kube.L{rule}})
	}
	return []*kube.Object{
		policy("default-deny", kube.M{"policyTypes": kube.L{"Ingress", "Egress"}}),
		out("allow-dns-egress", kube.M{"ports": dns}),
		out("allow-https-egress", kube.M{"ports": tcp(443, 80)}),
		out("allow-redis-egress", kube.M{"ports": tcp(6379)}),
		out("allow-psql-egress", database),
		in("allow-metrics-ingress", kube.M{"from": kube.L{kube.Namespace("openshift-monitoring"), kube.Namespace("openshift-user-workload-monitoring")}, "ports": tcp(9464)}),
		in("allow-router-ingress", kube.M{"from": kube.L{kube.Namespaces("policy-group.network.openshift.io/ingress", "")}, "ports": tcp(7007)}),
	}
}

func database(b *kube.Object) []*kube.Object {
	name, secret := databaseName(b), databaseSecret(b)
	pod := pod(name, "postgresql", secret)
	pod["spec"].(kube.M)["containers"].(kube.L)[0].(kube.M)["volumeMounts"] = kube.L{kube.M{"name": "data", "mountPath": "/var/lib/pgsql/data"}}
	objects := []*kube.Object{
		kube.Manifest(kube.M{"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta(b, name), "spec": kube.M{
			"replicas": 1, "serviceName": name, "selector": selector(name), "template": pod,
			"volumeClaimTemplates": kube.L{kube.M{
				"apiVersion": "v1",
				"kind":       "PersistentVolumeClaim",
				"metadata":   kube.M{"name": "data"},
				"spec":       kube.M{"accessModes": kube.L{"ReadWriteOnce"}, "resources": kube.M{"requests": kube.M{"storage": "1Gi"}}},
			}},
		}}),
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Service", "metadata": meta(b, name), "spec": kube.M{
			"selector": selector(name)["matchLabels"], "ports": kube.L{kube.M{"name": "db", "port": 5432}},
		}}),
	}
	if authSecret(b) != "" {
		return objects
	}
	return append([]*kube.Object{kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Secret", "metadata": meta(b, secret), "data": kube.M{
		"POSTGRES_HOST": encode(name), "POSTGRES_PORT": encode("5432"), "POSTGRES_USER": encode("postgres"), "POSTGRES_PASSWORD": encode("sandbox"),
	}})}, objects...)
}

// hub is Developer Hub, whose pods are annotated with what becomes of them.
func hub(release int, b *kube.Object, domain string, starts kube.M) []*kube.Object {
	name := "backstage-" + b.GetName()
	replicas := any(1)
	if r, ok := kube.Map(b, "spec", "application")["replicas"]; ok {
		replicas = r
	}
	secret := authSecret(b)
	if secret == "" && localDatabase(b) {
		secret = databaseSecret(b)
	}
	template := pod(name, "hub", secret)
	template["metadata"].(kube.M)["annotations"] = starts
	spec := template["spec"].(kube.M)
	spec["initContainers"] = kube.L{kube.M{"name": installer, "image": "sandbox.invalid/rhdh/hub", "resources": resources()}}
	container := spec["containers"].(kube.L)[0].(kube.M)
	container["name"], container["resources"] = main, resources()
	extraEnvs := kube.Map(b, "spec", "application", "extraEnvs")
	secrets, _ := extraEnvs["secrets"].(kube.L)
	from, _ := container["envFrom"].(kube.L)
	for _, s := range secrets {
		if entry, _ := s.(kube.M); entry["key"] == nil {
			from = append(from, kube.M{"secretRef": kube.M{"name": entry["name"]}})
		}
	}
	if len(from) > 0 {
		container["envFrom"] = from
	}
	mount(release, b, spec)
	if extra, ok := extraEnvs["envs"].(kube.L); ok {
		var env kube.L
		for _, e := range extra {
			entry, _ := e.(kube.M)
			env = append(env, kube.M{"name": entry["name"], "value": entry["value"]})
		}
		container["env"] = env
	}
	if assisted(release, b) {
		spec["containers"] = append(spec["containers"].(kube.L), kube.M{"name": "lightspeed-core", "image": "sandbox.invalid/rhdh/lightspeed"})
	}
	patched := kube.Map(b, "spec", "deployment", "patch", "spec", "template", "spec")
	for _, list := range []string{"initContainers", "containers"} {
		entries, _ := patched[list].(kube.L)
		for _, e := range entries {
			patch, _ := e.(kube.M)
			if own := spec[list].(kube.L)[0].(kube.M); own["name"] == patch["name"] && patch["image"] != nil {
				own["image"] = patch["image"]
			}
		}
	}
	return []*kube.Object{
		kube.Manifest(kube.M{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(b, name), "spec": kube.M{
			"replicas": replicas, "selector": selector(name), "template": template,
		}}),
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Service", "metadata": meta(b, name), "spec": kube.M{
			"selector": selector(name)["matchLabels"], "ports": kube.L{kube.M{"name": "http-backend", "port": 80, "targetPort": 7007}},
		}}),
		kube.Manifest(kube.M{"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": meta(b, name), "spec": kube.M{
			"host": name + "-" + b.GetNamespace() + "." + domain,
			"to":   kube.M{"kind": "Service", "name": name, "weight": 100},
			"port": kube.M{"targetPort": "http-backend"},
			"tls":  kube.M{"termination": "edge", "insecureEdgeTerminationPolicy": "Redirect"},
		}}),
	}
}

// mount adds the ConfigMaps of extraFiles that go to a folder, as a whole or by one key (pkg/model/deployment.go, mountFilesFrom).
// Those that name no folder are not played.
func mount(release int, b *kube.Object, spec kube.M) {
	entries, _ := kube.Map(b, "spec", "application", "extraFiles")["configMaps"].(kube.L)
	var volumes kube.L
	for _, e := range entries {
		entry, _ := e.(kube.M)
		name, _ := entry["name"].(string)
		if entry["mountPath"] == nil {
			continue
		}
		volumes = append(volumes, kube.M{"name": name, "configMap": kube.M{"name": name}})
		at := kube.M{"name": name, "mountPath": mountPath(b, entry)}
		if key, _ := entry["key"].(string); key != "" {
			at = kube.M{"name": name, "mountPath": path.Join(mountPath(b, entry), key), "subPath": key, "readOnly": true}
		}
		for _, list := range []string{"initContainers", "containers"} {
			container, _ := spec[list].(kube.L)[0].(kube.M)
			if called, _ := container["name"].(string); sees(release, entry, called) {
				mounts, _ := container["volumeMounts"].(kube.L)
				container["volumeMounts"] = append(mounts, at)
			}
		}
	}
	if volumes != nil {
		spec["volumes"] = volumes
	}
}

// resources are what either container of Developer Hub asks of a node, which has to offer storage of its own, too: without a
// request the limit is one (rhdh-operator at 0f7e41b, config/profile/rhdh/default-config/deployment.yaml).
func resources() kube.M {
	return kube.M{
		"requests": kube.M{"cpu": "250m", "memory": "256Mi"},
		"limits":   kube.M{"cpu": "1000m", "memory": "2.5Gi", "ephemeral-storage": "5Gi"},
	}
}

func databaseName(b *kube.Object) string { return "backstage-psql-" + b.GetName() }

// databaseSecret is the one that the operator makes.
func databaseSecret(b *kube.Object) string { return "backstage-psql-secret-" + b.GetName() }

func meta(b *kube.Object, name string) kube.M {
	return kube.M{
		"name": name, "namespace": b.GetNamespace(), "labels": kube.M{"rhdh.redhat.com/app": name}, "ownerReferences": kube.Owner(b),
	}
}

func selector(name string) kube.M { return kube.M{"matchLabels": kube.M{"rhdh.redhat.com/app": name}} }

// pod has the database's credentials in its environment, if there are any.
func pod(name, image, secret string) kube.M {
	container := kube.M{"name": "main", "image": "sandbox.invalid/rhdh/" + image}
	if secret != "" {
		container["envFrom"] = kube.L{kube.M{"secretRef": kube.M{"name": secret}}}
	}
	return kube.M{
		"metadata": kube.M{"labels": kube.M{"rhdh.redhat.com/app": name}},
		"spec":     kube.M{"containers": kube.L{container}},
	}
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
