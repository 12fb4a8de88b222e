// Package logic plays the OpenShift Serverless Logic operator: platforms with
// their services, the cluster platform and workflows.
package logic

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kubelet"
)

const (
	deployment = "logic-operator-rhel8-controller-manager"
	// renamed is the same from 1.37 on, when the package changed its name.
	renamed    = "logic-operator-controller-manager"
	apiVersion = "sonataflow.org/v1alpha08"
	// defaultPlatform is made in a namespace that holds workflows but no platform.
	defaultPlatform = "sonataflow-platform"
)

// Operator plays it.
type Operator struct {
	client  *kube.Client
	paced   *kube.Pace
	running kube.Operator
}

// New plays against a cluster.
func New(client *kube.Client) *Operator { return &Operator{client: client, paced: kube.NewPace()} }

// Name is for logs.
func (o *Operator) Name() string { return "logic" }

// Tick does what is due now.
func (o *Operator) Tick(ctx context.Context, operators kube.Operators) error {
	operator, ok := operators[deployment]
	if !ok {
		operator, ok = operators[renamed]
	}
	if !ok {
		return nil
	}
	if operator.CSV != o.running.CSV {
		o.running, o.paced = operator, kube.NewPace() // a new one looks at everything when it starts
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

// platform brings up the services of a platform, in the order of upstream's actions (apache/incubator-kie-tools,
// sonataflow-operator; the same in incubator-kie-kogito-serverless-operator at c429953,
// internal/controller/platform/{initialize,create,k8s}.go): it writes defaults into the spec, says that it has succeeded,
// and only then, where it is called Succeed already, makes Deployments, which it looks at no more.
func (o *Operator) platform(ctx context.Context, p *kube.Object, clusterPlatforms []kube.Object) error {
	if p.GetDeletionTimestamp() != nil {
		return nil
	}
	if kube.Map(p, "spec", "build", "config") == nil {
		if err := o.defaults(ctx, p); err != nil {
			return err
		}
	} else if kube.IsTrue(p, "Succeed") && o.paced.Due(p) {
		if err := o.services(ctx, p); err != nil {
			o.paced.Forget(p)
			return err
		}
	}
	extra := kube.M{"cluster": "openshift", "version": "1", "observedGeneration": p.GetGeneration()}
	for _, c := range clusterPlatforms {
		if kube.Str(&c, "spec", "platformRef", "namespace") == p.GetNamespace() {
			extra["clusterPlatformRef"] = kube.M{"name": c.GetName(), "platformRef": kube.Map(&c, "spec", "platformRef")}
		}
	}
	wrote, err := o.client.SetConditions(ctx, p, []kube.Condition{{Type: "Succeed", Status: "True"}}, extra)
	if wrote && err == nil {
		log.Printf("logic: %s is Succeed", kube.Ref(p))
	}
	return err
}

// defaults are what the operator writes into a platform's spec, which is a new generation of it
// (internal/controller/platform/defaults.go, CreateOrUpdateWithDefaults; platformutils.go, SafeUpdatePlatform). It writes the
// whole spec, so what its Go types do not leave out where it is empty comes, too (api/v1alpha08/sonataflowplatform_types.go,
// sonataflowplatform_services_types.go, sonataflowbuild_types.go).
func (o *Operator) defaults(ctx context.Context, p *kube.Object) error {
	written := kube.M{
		"build": kube.M{
			"config":   kube.M{"strategy": "platform", "registry": kube.M{}, "timeout": "5m0s"},
			"template": kube.M{"resources": kube.M{}, "timeout": "0s"},
		},
		"devMode": kube.M{},
	}
	services := kube.M{}
	for service := range kube.Map(p, "spec", "services") {
		services[service] = kube.M{"podTemplate": kube.M{"container": kube.M{"resources": kube.M{}}}}
	}
	if len(services) > 0 {
		written["services"] = services
	}
	kube.Complete(p, written)
	return o.client.Update(ctx, p)
}

// services applies Data Index and Job Service, of those that are wanted.
func (o *Operator) services(ctx context.Context, p *kube.Object) error {
	for service, suffix := range map[string]string{"dataIndex": "data-index-service", "jobService": "jobs-service"} {
		settings := kube.Map(p, "spec", "services", service)
		if settings == nil || !kube.Bool(p, "spec", "services", service, "enabled") {
			continue
		}
		image := kube.Str(p, "spec", "services", service, "podTemplate", "container", "image")
		if image == "" {
			image = "sandbox.invalid/logic/" + suffix + ":" + o.running.Version() // the operator's images are of its own version
		}
		name := p.GetName() + "-" + suffix
		objects := serving(p, name, image, nil)
		if err := startsAsItMay(objects[0], datasource(p, service, name), kube.Map(p, "spec", "services", service, "podTemplate")); err != nil {
			return err
		}
		for _, object := range objects {
			if err := o.client.Apply(ctx, object); err != nil {
				return err
			}
		}
	}
	return nil
}

// startsAsItMay leaves it to the played kubelet whether a Deployment's pods come up, with what a pod template adds to them.
func startsAsItMay(deployment *kube.Object, env kube.L, more kube.M) error {
	template := []string{"spec", "template"}
	annotations := kube.M{kubelet.Played: "starts"}
	if err := unstructured.SetNestedField(deployment.Object, annotations, append(template, "metadata", "annotations")...); err != nil {
		return err
	}
	containers, _, err := unstructured.NestedSlice(deployment.Object, append(template, "spec", "containers")...)
	if err != nil {
		return err
	}
	added, _ := more["container"].(kube.M)
	own, _ := added["env"].(kube.L)
	container := containers[0].(kube.M)
	container["env"] = append(env, own...)
	if mounts, ok := added["volumeMounts"].(kube.L); ok {
		container["volumeMounts"] = mounts
	}
	if volumes, ok := more["volumes"].(kube.L); ok {
		if err := unstructured.SetNestedSlice(deployment.Object, volumes, append(template, "spec", "volumes")...); err != nil {
			return err
		}
	}
	return unstructured.SetNestedSlice(deployment.Object, containers, append(template, "spec", "containers")...)
}

// datasource is a service's way to its database (internal/controller/profiles/common/persistence/postgresql.go).
func datasource(p *kube.Object, service, schema string) kube.L {
	path := []string{"spec", "services", service, "persistence", "postgresql"}
	if kube.Map(p, path...) == nil {
		path = []string{"spec", "persistence", "postgresql"}
	}
	secret := kube.Map(p, append(path, "secretRef")...)
	if secret == nil {
		return kube.L{}
	}
	url := kube.Str(p, append(path, "jdbcUrl")...)
	if ref := kube.Map(p, append(path, "serviceRef")...); ref != nil {
		namespace, _ := ref["namespace"].(string)
		if namespace == "" {
			namespace = p.GetNamespace()
		}
		url = fmt.Sprintf("jdbc:postgresql://%s.%s:%v/%v?currentSchema=%s", ref["name"], namespace, or(ref["port"], 5432), or(ref["databaseName"], "sonataflow"), schema)
	}
	of := func(variable string, key any) kube.M {
		return kube.M{"name": variable, "valueFrom": kube.M{"secretKeyRef": kube.M{"name": secret["name"], "key": key}}}
	}
	env := kube.L{
		of("QUARKUS_DATASOURCE_USERNAME", secret["userKey"]),
		of("QUARKUS_DATASOURCE_PASSWORD", secret["passwordKey"]),
		kube.M{"name": "QUARKUS_DATASOURCE_JDBC_URL", "value": url},
	}
	// Upstream in a ConfigMap of properties (internal/controller/platform/services/properties.go, generateReactiveURL).
	if service == "jobService" {
		reactive, _, _ := strings.Cut(strings.TrimPrefix(url, "jdbc:"), "?")
		env = append(env, kube.M{"name": "QUARKUS_DATASOURCE_REACTIVE_URL", "value": reactive + "?search_path=" + schema})
	}
	return env
}

func or(value, fallback any) any {
	if value == nil {
		return fallback
	}
	return value
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
	running, err := o.deploy(ctx, w, platforms[w.GetNamespace()])
	if err != nil {
		return err
	}
	wrote, err := o.client.SetConditions(ctx, w, []kube.Condition{built(w), running}, nil)
	if wrote && err == nil {
		log.Printf("logic: %s has Running=%s %s", kube.Ref(w), running.Status, running.Message)
	}
	return err
}

// built is what the operator says of a workflow's image: with the profile gitops it builds none, and says so for good
// (incubator-kie-kogito-serverless-operator at c429953, internal/controller/profiles/gitops/states_gitops.go).
func built(w *kube.Object) kube.Condition {
	if w.GetAnnotations()["sonataflow.org/profile"] == "gitops" {
		return kube.Condition{Type: "Built", Status: "False", Reason: "BuildSkipped"}
	}
	return kube.Condition{Type: "Built", Status: "True"}
}

// deploy brings a workflow up and tells how far it is. kwok's pods start without what they refer to, so a Deployment
// whose pods could not start is held back; one that runs stays, as pods that run do.
func (o *Operator) deploy(ctx context.Context, w, platform *kube.Object) (kube.Condition, error) {
	running := kube.Condition{Type: "Running", Status: "False"}
	d, err := o.client.Get(ctx, "apps/v1", "Deployment", w.GetNamespace(), w.GetName())
	if err != nil {
		return running, err
	}
	image := kube.Str(w, "spec", "podTemplate", "container", "image")
	if image == "" {
		image = "sandbox.invalid/workflow/" + w.GetName()
	}
	objects := append(serving(w, w.GetName(), image, workflowLabels(w)), properties(w, w.GetName()+"-managed-props"))
	if d == nil {
		running.Reason, running.Message, err = o.obstacle(ctx, w, platform)
		if err != nil {
			return running, err
		}
		if running.Reason != "" {
			objects = objects[1:]
		}
	}
	if o.paced.Due(w) || d == nil && running.Reason == "" {
		if err := o.userProperties(ctx, w); err != nil {
			return running, err
		}
		for _, object := range objects {
			if err := o.client.Apply(ctx, object); err != nil {
				return running, err
			}
		}
	}
	switch {
	case d != nil && isControlledBy(d, w) && kube.Available(d):
		running.Status = "True"
	case running.Reason == "":
		running.Reason = "WaitingForDeployment"
	}
	return running, nil
}

// obstacle is the reason and message for which a workflow cannot start, if there is one.
func (o *Operator) obstacle(ctx context.Context, w, platform *kube.Object) (reason, message string, err error) {
	resources, _ := kube.Map(w, "spec", "resources")["configMaps"].(kube.L)
	for _, r := range resources {
		entry, _ := r.(kube.M)
		ref, _ := entry["configMap"].(kube.M)
		name, _ := ref["name"].(string)
		found, err := o.client.Get(ctx, "v1", "ConfigMap", w.GetNamespace(), name)
		if err != nil {
			return "", "", err
		}
		if found == nil {
			return "ExternalResourcesNotFound", fmt.Sprintf("External Resources ConfigMap not found: configmaps %q not found", name), nil
		}
	}
	// utils/kubernetes/deployment_failure.go, ReasonMessage
	if image := kube.Str(w, "spec", "podTemplate", "container", "image"); strings.HasSuffix(image, kubelet.MissingTag) {
		return "DeploymentIsUnavailable", fmt.Sprintf("ContainerNotReady: (ImagePullBackOff) Back-off pulling image %q", image), nil
	}
	volumes, _ := kube.Map(w, "spec", "podTemplate")["volumes"].(kube.L)
	for _, v := range volumes {
		volume, _ := v.(kube.M)
		source, _ := volume["configMap"].(kube.M)
		name, _ := source["name"].(string)
		if name == "" {
			continue
		}
		found, err := o.client.Get(ctx, "v1", "ConfigMap", w.GetNamespace(), name)
		if err != nil {
			return "", "", err
		}
		if found == nil {
			return "DeploymentIsUnavailable", "ContainerNotReady: (ContainerCreating)", nil
		}
	}
	problem, err := o.credentials(ctx, w, platform)
	if problem != "" {
		return "DeploymentIsUnavailable", "ContainerNotReady: (CreateContainerConfigError) " + problem, err
	}
	return "", "", err
}

// credentials says, in the kubelet's words, what a workflow's database credentials lack. What a workflow does not say
// about its persistence, the platform of its namespace does.
func (o *Operator) credentials(ctx context.Context, w, platform *kube.Object) (string, error) {
	ref := kube.Map(w, "spec", "persistence", "postgresql", "secretRef")
	if ref == nil {
		ref = kube.Map(platform, "spec", "persistence", "postgresql", "secretRef")
	}
	if ref == nil {
		return "", nil
	}
	name, _ := ref["name"].(string)
	secret, err := o.client.Get(ctx, "v1", "Secret", w.GetNamespace(), name)
	if err != nil {
		return "", err
	}
	if secret == nil {
		return fmt.Sprintf("secret %q not found", name), nil
	}
	for _, field := range []string{"userKey", "passwordKey"} {
		key, _ := ref[field].(string)
		if _, ok := kube.Map(secret, "data")[key]; !ok {
			return fmt.Sprintf("couldn't find key %s in Secret %s/%s", key, w.GetNamespace(), name), nil
		}
	}
	return "", nil
}

// userProperties makes the ConfigMap that is meant for the user's own properties. One that is there is the user's.
func (o *Operator) userProperties(ctx context.Context, w *kube.Object) error {
	props := properties(w, w.GetName()+"-props")
	there, err := o.client.Get(ctx, "v1", "ConfigMap", props.GetNamespace(), props.GetName())
	if err != nil || there != nil {
		return err
	}
	return o.client.Create(ctx, props)
}

// properties is a ConfigMap that the operator makes for a workflow.
func properties(w *kube.Object, name string) *kube.Object {
	return kube.Manifest(kube.M{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata":   kube.M{"name": name, "namespace": w.GetNamespace(), "ownerReferences": kube.Owner(w)},
	})
}

// workflowLabels are on all that is made for a workflow (workflowproj/operator.go, GetDefaultLabels).
func workflowLabels(w *kube.Object) kube.M {
	return kube.M{
		"app.kubernetes.io/name":            w.GetName(),
		"app.kubernetes.io/component":       "serverless-workflow",
		"sonataflow.org/workflow-app":       w.GetName(),
		"sonataflow.org/workflow-namespace": w.GetNamespace(),
	}
}

// isControlledBy tells whether it was made for this very object, and not for one that had its name before.
func isControlledBy(o, owner *kube.Object) bool {
	controller := metav1.GetControllerOf(o)
	return controller != nil && controller.UID == owner.GetUID()
}

// serving is a Deployment and then its Service, owned by an object of the operator, with more labels than all have.
func serving(owner *kube.Object, name, image string, more kube.M) []*kube.Object {
	labels := kube.M{"app": name, "app.kubernetes.io/managed-by": "sonataflow-operator"}
	maps.Copy(labels, more)
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
