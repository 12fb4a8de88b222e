// Package logic plays the OpenShift Serverless Logic operator: platforms with
// their services, the cluster platform and workflows.
package logic

import (
	"context"
	"errors"
	"log"

	"orchestrator-sandbox/operators/internal/kube"
)

const (
	deployment = "logic-operator-rhel8-controller-manager"
	apiVersion = "sonataflow.org/v1alpha08"
	// defaultPlatform is made in a namespace that holds workflows but no platform.
	defaultPlatform = "sonataflow-platform"
)

// Operator plays it.
type Operator struct {
	client *kube.Client
	paced  *kube.Pace
}

// New plays against a cluster.
func New(client *kube.Client) *Operator { return &Operator{client, kube.NewPace()} }

// Name is for logs.
func (o *Operator) Name() string { return "logic" }

// Tick does what is due now.
func (o *Operator) Tick(ctx context.Context, operators kube.Operators) error {
	if _, ok := operators[deployment]; !ok {
		return nil
	}
	clusterPlatforms, err := o.client.List(ctx, apiVersion, "SonataFlowClusterPlatform", "", "")
	if err != nil {
		return err
	}
	platforms, err := o.client.List(ctx, apiVersion, "SonataFlowPlatform", "", "")
	if err != nil {
		return err
	}
	workflows, err := o.client.List(ctx, apiVersion, "SonataFlow", "", "")
	if err != nil {
		return err
	}
	byNamespace := map[string]*kube.Object{}
	for i := range platforms {
		byNamespace[platforms[i].GetNamespace()] = &platforms[i]
	}
	var problems []error
	for i := range clusterPlatforms {
		problems = append(problems, o.clusterPlatform(ctx, &clusterPlatforms[i], byNamespace))
	}
	for i := range platforms {
		problems = append(problems, o.platform(ctx, &platforms[i], clusterPlatforms))
	}
	for i := range workflows {
		problems = append(problems, o.workflow(ctx, &workflows[i], byNamespace))
	}
	return errors.Join(problems...)
}

func (o *Operator) clusterPlatform(ctx context.Context, c *kube.Object, platforms map[string]*kube.Object) error {
	if c.GetDeletionTimestamp() != nil {
		return nil
	}
	platform := platforms[kube.Str(c, "spec", "platformRef", "namespace")]
	succeed := kube.Condition{Type: "Succeed", Status: "True"}
	if platform == nil || platform.GetName() != kube.Str(c, "spec", "platformRef", "name") {
		succeed = kube.Condition{Type: "Succeed", Status: "False", Reason: "PlatformNotFound", Message: "the platform in spec.platformRef does not exist"}
	}
	_, err := o.client.SetConditions(ctx, c, []kube.Condition{succeed}, nil)
	return err
}

// platform brings up the services of a platform. It succeeds once they are
// submitted; whether they run shows in their Deployments.
func (o *Operator) platform(ctx context.Context, p *kube.Object, clusterPlatforms []kube.Object) error {
	if p.GetDeletionTimestamp() != nil {
		return nil
	}
	due := o.paced.Due(p)
	for service, suffix := range map[string]string{"dataIndex": "data-index-service", "jobService": "jobs-service"} {
		if !due || !kube.Bool(p, "spec", "services", service, "enabled") {
			continue
		}
		for _, object := range serving(p, p.GetName()+"-"+suffix, "sandbox.invalid/logic/"+suffix) {
			if err := o.client.Apply(ctx, object); err != nil {
				return err
			}
		}
	}
	extra := kube.M{"cluster": "openshift", "version": "1"}
	for _, c := range clusterPlatforms {
		if kube.Str(&c, "spec", "platformRef", "namespace") != p.GetNamespace() {
			extra["clusterPlatformRef"] = kube.M{"name": c.GetName(), "platformRef": kube.Map(&c, "spec", "platformRef")}
		}
	}
	wrote, err := o.client.SetConditions(ctx, p, []kube.Condition{{Type: "Succeed", Status: "True"}}, extra)
	if wrote && err == nil {
		log.Printf("logic: %s is Succeed", kube.Ref(p))
	}
	return err
}

func (o *Operator) workflow(ctx context.Context, w *kube.Object, platforms map[string]*kube.Object) error {
	if w.GetDeletionTimestamp() != nil {
		return nil
	}
	if platforms[w.GetNamespace()] == nil {
		log.Printf("logic: %s has no platform in its namespace, making an empty one", kube.Ref(w))
		platform := kube.Manifest(kube.M{
			"apiVersion": apiVersion,
			"kind":       "SonataFlowPlatform",
			"metadata":   kube.M{"name": defaultPlatform, "namespace": w.GetNamespace()},
			"spec":       kube.M{},
		})
		platforms[w.GetNamespace()] = platform
		return o.client.Apply(ctx, platform)
	}
	objects := serving(w, w.GetName(), "sandbox.invalid/workflow/"+w.GetName())
	for _, name := range []string{w.GetName() + "-props", w.GetName() + "-managed-props"} {
		objects = append(objects, kube.Manifest(kube.M{
			"apiVersion": "v1",
			"kind":       "ConfigMap",
			"metadata":   kube.M{"name": name, "namespace": w.GetNamespace(), "ownerReferences": kube.Owner(w)},
		}))
	}
	if !o.paced.Due(w) {
		objects = nil
	}
	for _, object := range objects {
		if err := o.client.Apply(ctx, object); err != nil {
			return err
		}
	}
	d, err := o.client.Get(ctx, "apps/v1", "Deployment", w.GetNamespace(), w.GetName())
	if err != nil {
		return err
	}
	running := kube.Condition{Type: "Running", Status: "False", Reason: "WaitingForDeployment"}
	if d != nil && kube.Available(d) {
		running = kube.Condition{Type: "Running", Status: "True"}
	}
	wrote, err := o.client.SetConditions(ctx, w, []kube.Condition{{Type: "Built", Status: "True"}, running}, nil)
	if wrote && err == nil {
		log.Printf("logic: %s has Running=%s", kube.Ref(w), running.Status)
	}
	return err
}

// serving is a Deployment and its Service, owned by an object of the operator.
func serving(owner *kube.Object, name, image string) []*kube.Object {
	labels := kube.M{"app": name, "app.kubernetes.io/managed-by": "sonataflow-operator"}
	metadata := kube.M{"name": name, "namespace": owner.GetNamespace(), "labels": labels, "ownerReferences": kube.Owner(owner)}
	return []*kube.Object{
		kube.Manifest(kube.M{
			"apiVersion": "apps/v1",
			"kind":       "Deployment",
			"metadata":   metadata,
			"spec": kube.M{
				"selector": kube.M{"matchLabels": kube.M{"app": name}},
				"template": kube.M{
					"metadata": kube.M{"labels": labels},
					"spec":     kube.M{"containers": kube.L{kube.M{"name": "main", "image": image}}},
				},
			},
		}),
		kube.Manifest(kube.M{
			"apiVersion": "v1",
			"kind":       "Service",
			"metadata":   metadata,
			"spec":       kube.M{"selector": kube.M{"app": name}, "ports": kube.L{kube.M{"name": "web", "port": 80, "targetPort": 8080}}},
		}),
	}
}
