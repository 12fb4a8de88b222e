// Package rhdh plays the Red Hat Developer Hub operator: a Backstage becomes a
// Deployment with a local database and a Route, all owned by it.
package rhdh

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"strconv"
	"strings"

	"orchestrator-sandbox/operators/internal/kube"
)

const deployment = "rhdh-operator"

// Operator plays it.
type Operator struct {
	client *kube.Client
	paced  *kube.Pace
}

// New plays against a cluster.
func New(client *kube.Client) *Operator { return &Operator{client, kube.NewPace()} }

// Name is for logs.
func (o *Operator) Name() string { return "rhdh" }

// apiVersion is the Backstage API that a release of the operator works with.
func apiVersion(release string) string {
	parts := strings.SplitN(release, ".", 3)
	minor := 0
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	version := "v1alpha5"
	switch {
	case minor <= 2:
		version = "v1alpha1"
	case minor == 3:
		version = "v1alpha2"
	case minor <= 7:
		version = "v1alpha3"
	case minor == 8:
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
	backstages, err := o.client.List(ctx, apiVersion(self.Version()), "Backstage", "", "")
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
			problems = append(problems, o.reconcile(ctx, &backstages[i], domain, routes))
		}
	}
	return errors.Join(problems...)
}

func (o *Operator) reconcile(ctx context.Context, b *kube.Object, domain string, routes bool) error {
	deployed := kube.Condition{Type: "Deployed", Status: "False", Reason: "DeployInProgress"}
	if err := o.preconditions(ctx, b); err != nil {
		deployed.Reason, deployed.Message = "DeployFailed", err.Error()
	} else {
		objects := children(b, domain)
		if !o.paced.Due(b) {
			objects = nil
		}
		for _, object := range objects {
			if object.GetKind() == "Route" && !routes {
				continue
			}
			if err := o.client.Apply(ctx, object); err != nil {
				return err
			}
		}
		d, err := o.client.Get(ctx, "apps/v1", "Deployment", b.GetNamespace(), "backstage-"+b.GetName())
		if err != nil {
			return err
		}
		if d != nil && kube.Available(d) {
			deployed = kube.Condition{Type: "Deployed", Status: "True", Reason: "Deployed"}
		}
	}
	wrote, err := o.client.SetConditions(ctx, b, []kube.Condition{deployed}, nil)
	if wrote && err == nil {
		log.Printf("rhdh: %s has Deployed=%s %s", kube.Ref(b), deployed.Status, deployed.Message)
	}
	return err
}

// preconditions looks for what the Backstage refers to.
func (o *Operator) preconditions(ctx context.Context, b *kube.Object) error {
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
	collect("ConfigMap", application["extraEnvs"], "configMaps")
	collect("Secret", application["extraEnvs"], "secrets")
	if name, _ := application["dynamicPluginsConfigMapName"].(string); name != "" {
		needs["ConfigMap/"+name] = name
	}
	for key, name := range needs {
		kind, _, _ := strings.Cut(key, "/")
		found, err := o.client.Get(ctx, "v1", kind, b.GetNamespace(), name)
		if err != nil {
			return err
		}
		if found == nil {
			return fmt.Errorf("%s %q not found in namespace %s", kind, name, b.GetNamespace())
		}
	}
	return nil
}

// children are the objects of one Backstage. The database's PVC comes from its
// StatefulSet and, as on a real cluster, outlives everything but the namespace.
func children(b *kube.Object, domain string) []*kube.Object {
	name, namespace := "backstage-"+b.GetName(), b.GetNamespace()
	database, secret := "backstage-psql-"+b.GetName(), "backstage-psql-secret-"+b.GetName()
	meta := func(name string) kube.M {
		return kube.M{"name": name, "namespace": namespace, "labels": kube.M{"rhdh.redhat.com/app": name}, "ownerReferences": kube.Owner(b)}
	}
	pod := func(name, image, secret string) kube.M {
		return kube.M{
			"metadata": kube.M{"labels": kube.M{"rhdh.redhat.com/app": name}},
			"spec": kube.M{"containers": kube.L{kube.M{
				"name":    "main",
				"image":   "sandbox.invalid/rhdh/" + image,
				"envFrom": kube.L{kube.M{"secretRef": kube.M{"name": secret}}},
			}}},
		}
	}
	selector := func(name string) kube.M { return kube.M{"matchLabels": kube.M{"rhdh.redhat.com/app": name}} }
	databasePod := pod(database, "postgresql", secret)
	databasePod["spec"].(kube.M)["containers"].(kube.L)[0].(kube.M)["volumeMounts"] = kube.L{kube.M{"name": "data", "mountPath": "/var/lib/pgsql/data"}}
	replicas := any(1)
	if r, ok := kube.Map(b, "spec", "application")["replicas"]; ok {
		replicas = r
	}
	return []*kube.Object{
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Secret", "metadata": meta(secret), "data": kube.M{
			"POSTGRES_HOST": encode(database), "POSTGRES_PORT": encode("5432"), "POSTGRES_USER": encode("postgres"), "POSTGRES_PASSWORD": encode("sandbox"),
		}}),
		kube.Manifest(kube.M{"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta(database), "spec": kube.M{
			"replicas": 1, "serviceName": database, "selector": selector(database), "template": databasePod,
			"volumeClaimTemplates": kube.L{kube.M{
				"apiVersion": "v1",
				"kind":       "PersistentVolumeClaim",
				"metadata":   kube.M{"name": "data"},
				"spec":       kube.M{"accessModes": kube.L{"ReadWriteOnce"}, "resources": kube.M{"requests": kube.M{"storage": "1Gi"}}},
			}},
		}}),
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Service", "metadata": meta(database), "spec": kube.M{
			"selector": selector(database)["matchLabels"], "ports": kube.L{kube.M{"name": "db", "port": 5432}},
		}}),
		kube.Manifest(kube.M{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name), "spec": kube.M{
			"replicas": replicas, "selector": selector(name), "template": pod(name, "hub", secret),
		}}),
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Service", "metadata": meta(name), "spec": kube.M{
			"selector": selector(name)["matchLabels"], "ports": kube.L{kube.M{"name": "http-backend", "port": 80, "targetPort": 7007}},
		}}),
		kube.Manifest(kube.M{"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": meta(name), "spec": kube.M{
			"host": name + "-" + namespace + "." + domain,
			"to":   kube.M{"kind": "Service", "name": name, "weight": 100},
			"port": kube.M{"targetPort": "http-backend"},
			"tls":  kube.M{"termination": "edge", "insecureEdgeTerminationPolicy": "Redirect"},
		}}),
	}
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
