// Package gitops plays the OpenShift GitOps operator: an ArgoCD becomes a server with its Service, its Route and the
// Secret with the password of its administrator, all owned by it.
package gitops

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log"
	"slices"
	"strings"

	"orchestrator-sandbox/operators/internal/kube"
)

const (
	deployment = "openshift-gitops-operator-controller-manager"
	apiVersion = "argoproj.io/v1beta1"
	kind       = "ArgoCD"
	finalizer  = "argoproj.io/finalizer"

	// defaultInstance is also the name of its namespace.
	defaultInstance = "openshift-gitops"
	disableDefault  = "DISABLE_DEFAULT_ARGOCD_INSTANCE"
)

// Operator plays it.
type Operator struct {
	client *kube.Client
	paced  *kube.Pace
}

// New plays against a cluster.
func New(client *kube.Client) *Operator { return &Operator{client, kube.NewPace()} }

// Name is for logs.
func (o *Operator) Name() string { return "gitops" }

// Tick does what is due now.
func (o *Operator) Tick(ctx context.Context, operators kube.Operators) error {
	self, ok := operators[deployment]
	if !ok {
		return nil
	}
	problems := []error{o.defaultInstance(ctx, self)}
	instances, err := o.client.List(ctx, apiVersion, kind, "", "")
	problems = append(problems, err)
	for i := range instances {
		problems = append(problems, o.reconcile(ctx, &instances[i]))
	}
	return errors.Join(problems...)
}

// defaultInstance makes the operator's own namespace, and in it an instance unless the operator's environment says
// otherwise: then one that is there goes. The namespace comes in both cases.
func (o *Operator) defaultInstance(ctx context.Context, self kube.Operator) error {
	running, err := o.client.Get(ctx, "apps/v1", "Deployment", self.Namespace, deployment)
	if err != nil || running == nil {
		return err
	}
	namespace, err := o.client.Get(ctx, "v1", "Namespace", "", defaultInstance)
	if err != nil {
		return err
	}
	if namespace == nil {
		log.Printf("gitops: creating Namespace %s", defaultInstance)
		if err := o.client.Create(ctx, kube.Manifest(kube.M{
			"apiVersion": "v1", "kind": "Namespace", "metadata": kube.M{"name": defaultInstance},
		})); err != nil {
			return err
		}
	} else if namespace.GetDeletionTimestamp() != nil {
		return nil
	}
	instance, err := o.client.Get(ctx, apiVersion, kind, defaultInstance, defaultInstance)
	if err != nil {
		return err
	}
	if strings.ToLower(environment(running, disableDefault)) == "true" {
		if instance == nil || instance.GetDeletionTimestamp() != nil {
			return nil
		}
		log.Printf("gitops: %s is not wanted, deleting it", kube.Ref(instance))
		return o.client.Delete(ctx, instance)
	}
	if instance != nil {
		return nil
	}
	log.Printf("gitops: creating the default instance %s", defaultInstance)
	return o.client.Create(ctx, kube.Manifest(kube.M{
		"apiVersion": apiVersion,
		"kind":       kind,
		"metadata":   kube.M{"name": defaultInstance, "namespace": defaultInstance},
		"spec":       kube.M{"server": kube.M{"route": kube.M{"enabled": true}}},
	}))
}

// environment is what OLM put into the operator's containers from `spec.config.env` of its Subscription.
func environment(d *kube.Object, name string) string {
	containers, _ := kube.Map(d, "spec", "template", "spec")["containers"].(kube.L)
	for _, container := range containers {
		m, _ := container.(kube.M)
		entries, _ := m["env"].(kube.L)
		for _, entry := range entries {
			if e, _ := entry.(kube.M); e["name"] == name {
				value, _ := e["value"].(string)
				return value
			}
		}
	}
	return ""
}

func (o *Operator) reconcile(ctx context.Context, a *kube.Object) error {
	have := a.GetFinalizers()
	if a.GetDeletionTimestamp() != nil {
		left := slices.DeleteFunc(slices.Clone(have), func(f string) bool { return f == finalizer })
		if len(left) == len(have) {
			return nil
		}
		log.Printf("gitops: %s is being deleted, finalizer cleared", kube.Ref(a))
		return o.client.SetFinalizers(ctx, a, left)
	}
	if !slices.Contains(have, finalizer) {
		a.SetFinalizers(append(slices.Clone(have), finalizer))
		kube.Complete(a, empty)
		if err := o.client.Update(ctx, a); err != nil {
			return err
		}
	}
	domain, err := o.client.IngressDomain(ctx)
	if err != nil {
		return err
	}
	if o.paced.Due(a) {
		if err := o.password(ctx, a); err != nil {
			return err
		}
		for _, object := range children(a, domain) {
			if err := o.client.Apply(ctx, object); err != nil {
				return err
			}
		}
	}
	d, err := o.client.Get(ctx, "apps/v1", "Deployment", a.GetNamespace(), a.GetName()+"-server")
	if err != nil {
		return err
	}
	extra := kube.M{"phase": "Pending", "server": "Pending"}
	if d != nil && kube.Available(d) {
		extra = kube.M{"phase": "Available", "server": "Running"}
	}
	if exposed(a) {
		extra["host"] = host(a, domain)
	}
	wrote, err := o.client.SetConditions(ctx, a, []kube.Condition{{Type: "Reconciled", Status: "True", Reason: "Success"}}, extra)
	if wrote && err == nil {
		log.Printf("gitops: %s is %s", kube.Ref(a), extra["phase"])
	}
	return err
}

// off is what the operator's Go types have of what can be switched on.
var off = kube.M{"enabled": false}

// empty is what comes into a spec with the finalizer, for which the operator writes the whole object: all that its Go types do
// not leave out where it is empty (argocd-operator at 000c4a7, api/v1beta1/argocd_types.go; controllers/argocd/util.go,
// addDeletionFinalizer).
var empty = kube.M{
	"controller":           kube.M{"processors": kube.M{}, "sharding": kube.M{}},
	"grafana":              kube.M{"enabled": false, "ingress": off, "route": off},
	"ha":                   off,
	"initialSSHKnownHosts": kube.M{},
	"monitoring":           off,
	"notifications":        off,
	"prometheus":           kube.M{"enabled": false, "ingress": off, "route": off},
	"rbac":                 kube.M{},
	"redis":                kube.M{},
	"repo":                 kube.M{},
	"server": kube.M{
		"autoscale": off, "grpc": kube.M{"ingress": off}, "ingress": off, "route": off, "service": kube.M{"type": ""},
	},
	"tls": kube.M{"ca": kube.M{}},
}

// password makes the Secret once: a password that is there stays.
func (o *Operator) password(ctx context.Context, a *kube.Object) error {
	name := a.GetName() + "-cluster"
	there, err := o.client.Get(ctx, "v1", "Secret", a.GetNamespace(), name)
	if err != nil || there != nil {
		return err
	}
	return o.client.Create(ctx, kube.Manifest(kube.M{
		"apiVersion": "v1",
		"kind":       "Secret",
		"type":       "Opaque",
		"metadata":   metadata(a, name),
		"data":       kube.M{"admin.password": base64.StdEncoding.EncodeToString([]byte(rand.Text()))},
	}))
}

// exposed tells whether the ArgoCD asks for a Route. It has none of itself.
func exposed(a *kube.Object) bool { return kube.Bool(a, "spec", "server", "route", "enabled") }

func host(a *kube.Object, domain string) string {
	if own := kube.Str(a, "spec", "server", "host"); own != "" {
		return own
	}
	return a.GetName() + "-server-" + a.GetNamespace() + "." + domain
}

func metadata(a *kube.Object, name string) kube.M {
	return kube.M{
		"name": name, "namespace": a.GetNamespace(), "ownerReferences": kube.Owner(a),
		"labels": kube.M{
			"app.kubernetes.io/managed-by": a.GetName(),
			"app.kubernetes.io/name":       name,
			"app.kubernetes.io/part-of":    "argocd",
		},
	}
}

func children(a *kube.Object, domain string) []*kube.Object {
	name := a.GetName() + "-server"
	selector := kube.M{"app.kubernetes.io/name": name}
	objects := []*kube.Object{
		kube.Manifest(kube.M{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(a, name), "spec": kube.M{
			"selector": kube.M{"matchLabels": selector},
			"template": kube.M{
				"metadata": kube.M{"labels": selector},
				"spec":     kube.M{"containers": kube.L{kube.M{"name": "argocd-server", "image": "sandbox.invalid/gitops/argocd"}}},
			},
		}}),
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Service", "metadata": metadata(a, name), "spec": kube.M{
			"selector": selector,
			"ports": kube.L{
				kube.M{"name": "http", "port": 80, "targetPort": 8080},
				kube.M{"name": "https", "port": 443, "targetPort": 8080},
			},
		}}),
	}
	if !exposed(a) {
		return objects
	}
	tls := kube.Map(a, "spec", "server", "route", "tls")
	if len(tls) == 0 {
		tls = kube.M{"termination": "passthrough", "insecureEdgeTerminationPolicy": "Redirect"}
	}
	return append(objects, kube.Manifest(kube.M{
		"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": metadata(a, name), "spec": kube.M{
			"host": host(a, domain),
			"to":   kube.M{"kind": "Service", "name": name, "weight": 100},
			"port": kube.M{"targetPort": "https"},
			"tls":  tls,
		},
	}))
}
