package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"log"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"orchestrator-sandbox/operators/internal/kube"
)

const (
	goFinalizer = "rhdh.redhat.com/orchestrator-cleanup"
	createdBy   = "rhdh.redhat.com/created-by"
	creator     = "orchestrator"

	sonataflow       = "sonataflow.org/v1alpha08"
	logicNamespace   = "openshift-serverless-logic"
	knativeNamespace = "openshift-serverless"
	hubNamespace     = "rhdh-operator"
	hubSecret        = "backstage-backend-auth-secret"
)

// errNotYet stands for what the operator meets as NotFound: it comes back later and says nothing in the status.
var errNotYet = errors.New("waiting")

// component is an operator that the Go operator installs.
type component struct{ namespace, group, name, channel, startingCSV string }

// goRelease is what a release of the Go operator has built in.
type goRelease struct {
	logic, knative, hub component
	minor               int
}

func goReleaseOf(version string) goRelease {
	logic, knative, hub := "1.35.0", "1.35.0", "1.5.1"
	minor := chartOf(version).minor
	if minor >= 6 {
		logic, knative, hub = "1.36.0", "1.36.0", "1.6.1"
	}
	return goRelease{
		logic:   component{logicNamespace, "serverless-operator-group", "logic-operator-rhel8", "alpha", "logic-operator-rhel8.v" + logic},
		knative: component{knativeNamespace, "serverless-operator-group", "serverless-operator", "stable", "serverless-operator.v" + knative},
		hub:     component{hubNamespace, "rhdh-operator-group", "rhdh", fmt.Sprintf("fast-1.%d", minor), "rhdh-operator.v" + hub},
		minor:   minor,
	}
}

// round is one reconciliation of a CR by the Go operator.
type round struct {
	ctx     context.Context
	client  *kube.Client
	release goRelease
	spec    values
}

// reconcileGo is one round of the Go operator. Once a CR is Completed it only looks after the Subscriptions: what it
// made may be changed and deleted without it coming back, until the CR changes or the operator starts again.
func (o *Operator) reconcileGo(ctx context.Context, version string, cr *kube.Object) error {
	r := &round{ctx, o.client, goReleaseOf(version), values(kube.Map(cr, "spec"))}
	if cr.GetDeletionTimestamp() != nil {
		return o.cleanUp(r, cr)
	}
	if o.settled(cr) {
		return r.operators()
	}
	if !slices.Contains(cr.GetFinalizers(), goFinalizer) {
		if err := o.client.SetFinalizers(ctx, cr, append(cr.GetFinalizers(), goFinalizer)); err != nil {
			return err
		}
	}
	if len(kube.Conditions(cr)) == 0 {
		start := kube.Condition{Type: "Available", Status: "Unknown", Reason: "Reconciling", Message: "Starting Reconciliation"}
		if err := o.phase(ctx, cr, "Running", start); err != nil {
			return err
		}
	}
	for _, step := range []struct {
		reason string
		do     func() error
	}{
		{"ReconcilingOSLResourcesFailed", r.logic},
		{"ReconcilingKNativeResourcesFailed", r.knative},
		{"ReconcilingRHDHResourcesFailed", r.hub},
		{"ReconcilingNetworkPolicyFailed", r.networkPolicies},
		{"ReconcilingGitOpsFailed", r.gitops},
	} {
		err := step.do()
		if err == nil {
			continue
		}
		if !errors.Is(err, errNotYet) && !apierrors.IsNotFound(err) {
			failed := kube.Condition{Type: "Degrading", Status: "False", Reason: step.reason, Message: err.Error()}
			if err := o.phase(ctx, cr, "Failed", failed); err != nil {
				return err
			}
		}
		return err
	}
	log.Printf("orchestrator: %s is Completed", kube.Ref(cr))
	return o.phase(ctx, cr, "Completed", kube.Condition{
		Type: "Completed", Status: "True", Reason: "ReconciliationCompleted", Message: "Reconciliation has completed",
	})
}

// phase adds a condition to those that are there; none is ever taken away.
func (o *Operator) phase(ctx context.Context, cr *kube.Object, phase string, condition kube.Condition) error {
	_, err := o.client.SetConditions(ctx, cr, []kube.Condition{condition}, kube.M{"phase": phase})
	return err
}

// wanted lists the operators that the CR asks for.
func (r *round) wanted() []component {
	var list []component
	if r.spec.on("serverlessLogic.installOperator") {
		list = append(list, r.release.logic)
	}
	if r.spec.on("serverless.installOperator") {
		list = append(list, r.release.knative)
	}
	if r.spec.on("rhdh.installOperator") {
		list = append(list, r.release.hub)
	}
	return list
}

func (r *round) operators() error {
	for _, c := range r.wanted() {
		if err := r.install(c); err != nil {
			return err
		}
	}
	return nil
}

// install subscribes, and approves the one InstallPlan that leads to the built-in version. A Subscription that
// somebody else made is made its own.
func (r *round) install(c component) error {
	if err := r.namespace(c.namespace); err != nil {
		return err
	}
	want := kube.Manifest(subscription(c.namespace, c.name, kube.M{
		"name": c.name, "channel": c.channel, "startingCSV": c.startingCSV, "installPlanApproval": "Manual",
	}))
	there, err := r.client.Get(r.ctx, want.GetAPIVersion(), want.GetKind(), c.namespace, c.name)
	if err != nil {
		return err
	}
	if there == nil {
		return r.create(operatorGroup(c.namespace, c.group), marked(want.Object))
	}
	if !reflect.DeepEqual(there.Object["spec"], want.Object["spec"]) {
		there.Object["spec"] = want.Object["spec"]
		if err := r.client.Update(r.ctx, there); err != nil {
			return err
		}
	}
	plan := kube.Str(there, "status", "installPlanRef", "name")
	if plan == "" || kube.Str(there, "status", "currentCSV") != c.startingCSV {
		return nil
	}
	return r.approve(c.namespace, plan)
}

func (r *round) approve(namespace, name string) error {
	plan, err := r.client.Get(r.ctx, "operators.coreos.com/v1alpha1", "InstallPlan", namespace, name)
	if err != nil || plan == nil || kube.Bool(plan, "spec", "approved") {
		return err
	}
	plan.Object["spec"].(kube.M)["approved"] = true
	log.Printf("orchestrator: approving %s", kube.Ref(plan))
	return r.client.Update(r.ctx, plan)
}

// namespace makes a Namespace. One that is there is labelled as if it had been made here, and so goes with the CR.
func (r *round) namespace(name string) error {
	if name == "" {
		return errors.New("resource name may not be empty")
	}
	there, err := r.client.Get(r.ctx, "v1", "Namespace", "", name)
	if err != nil || there != nil && isCreator(there) {
		return err
	}
	return r.client.Apply(r.ctx, kube.Manifest(marked(namespaceManifest(name))))
}

// create makes what is missing and leaves alone what is there.
func (r *round) create(manifests ...kube.M) error {
	for _, m := range manifests {
		o := kube.Manifest(m)
		there, err := r.client.Get(r.ctx, o.GetAPIVersion(), o.GetKind(), o.GetNamespace(), o.GetName())
		if err == nil && there == nil {
			err = r.client.Create(r.ctx, o)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", kube.Ref(o), err)
		}
	}
	return nil
}

// crd waits for a kind. It may be left over from an earlier installation.
func (r *round) crd(name string) error {
	there, err := r.client.Get(r.ctx, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name)
	if err == nil && there == nil {
		err = fmt.Errorf("%w for CRD %s", errNotYet, name)
	}
	return err
}

func (r *round) logic() error {
	if !r.spec.on("serverlessLogic.installOperator") {
		return nil
	}
	workflows := r.spec.str("platform.namespace")
	if err := r.namespace(workflows); err != nil {
		return err
	}
	if err := r.install(r.release.logic); err != nil {
		return err
	}
	if err := r.crd("sonataflowclusterplatforms.sonataflow.org"); err != nil {
		return err
	}
	persistence := kube.M{"postgresql": kube.M{
		"secretRef": r.spec.at("postgres.authSecret"),
		"serviceRef": kube.M{
			"name": r.spec.str("postgres.name"), "namespace": r.spec.str("postgres.namespace"), "databaseName": r.spec.str("postgres.database"),
		},
	}}
	service := kube.M{"enabled": true, "persistence": persistence}
	spec := kube.M{
		"build":      kube.M{"template": kube.M{"resources": r.spec.at("platform.resources")}},
		"monitoring": kube.M{"enabled": r.spec.on("platform.monitoring.enabled")},
		"services":   kube.M{"dataIndex": service, "jobService": service},
	}
	if eventing := eventing(r.spec.str("platform.eventing.broker.name"), r.spec.str("platform.eventing.broker.namespace")); eventing != nil {
		spec["eventing"] = eventing
	}
	return r.create(
		marked(kube.M{
			"apiVersion": sonataflow, "kind": "SonataFlowClusterPlatform", "metadata": kube.M{"name": "cluster-platform"},
			"spec": kube.M{"platformRef": kube.M{"name": "sonataflow-platform", "namespace": workflows}},
		}),
		marked(kube.M{
			"apiVersion": sonataflow, "kind": "SonataFlowPlatform",
			"metadata": kube.M{"name": "sonataflow-platform", "namespace": workflows}, "spec": spec,
		}),
	)
}

func (r *round) knative() error {
	if !r.spec.on("serverless.installOperator") {
		return nil
	}
	if err := r.install(r.release.knative); err != nil {
		return err
	}
	for _, k := range []struct{ kind, crd, name string }{
		{"KnativeEventing", "knativeeventings.operator.knative.dev", "knative-eventing"},
		{"KnativeServing", "knativeservings.operator.knative.dev", "knative-serving"},
	} {
		if err := r.crd(k.crd); err != nil {
			return err
		}
		if err := r.namespace(k.name); err != nil {
			return err
		}
		err := r.create(marked(kube.M{
			"apiVersion": "operator.knative.dev/v1beta1", "kind": k.kind,
			"metadata": kube.M{"name": k.name, "namespace": k.name}, "spec": kube.M{},
		}))
		if err != nil {
			return err
		}
	}
	return nil
}

// hub makes what a Developer Hub needs in its namespace, which is not made here: as long as it is missing, nothing
// is said.
func (r *round) hub() error {
	if !r.spec.on("rhdh.installOperator") {
		return nil
	}
	if err := r.install(r.release.hub); err != nil {
		return err
	}
	domain, err := ingressDomain(r.ctx, r.client)
	if err != nil {
		return err
	}
	name, namespace := r.spec.str("rhdh.name"), r.spec.str("rhdh.namespace")
	// The two switches are mixed up here, as they are upstream.
	argocd, tekton := r.spec.on("tekton.enabled"), r.spec.on("argocd.enabled")
	err = r.create(
		marked(npmrc(namespace, "https://npm.registry.redhat.com")),
		marked(configMap(namespace, "app-config-rhdh", "app-config-rhdh.yaml",
			appConfig("https://backstage-"+name+"-"+namespace+"."+domain, argocd))),
		marked(configMap(namespace, "app-config-rhdh-auth", "app-config-auth.gh.yaml", r.auth())),
		marked(configMap(namespace, "app-config-rhdh-catalog", "app-config-catalog.yaml",
			catalog("rhdhorchestrator", r.release.branch(), repositoryTemplates))),
		marked(configMap(namespace, "dynamic-plugins-rhdh", "dynamic-plugins.yaml", r.plugins(argocd, tekton))),
	)
	if err != nil {
		return err
	}
	if err := r.crd("backstages.rhdh.redhat.com"); err != nil {
		return err
	}
	return r.create(marked(kube.M{
		"apiVersion": group + "v1alpha2", "kind": "Backstage", "metadata": kube.M{"name": name, "namespace": namespace},
		"spec": kube.M{
			"application": kube.M{
				"appConfig": kube.M{"configMaps": kube.L{
					kube.M{"name": "app-config-rhdh"}, kube.M{"name": "app-config-rhdh-auth"}, kube.M{"name": "app-config-rhdh-catalog"},
				}},
				"dynamicPluginsConfigMapName": "dynamic-plugins-rhdh",
				"extraEnvs":                   kube.M{"secrets": kube.L{kube.M{"name": hubSecret}}},
				"replicas":                    1,
			},
			"deployment": kube.M{"patch": kube.M{"spec": kube.M{"template": kube.M{"spec": kube.M{"initContainers": kube.L{kube.M{
				"name": "install-dynamic-plugins", "env": kube.L{kube.M{"name": "MAX_ENTRY_SIZE", "value": "30000000"}},
			}}}}}}},
		},
	}))
}

func (g goRelease) branch() string {
	if g.minor == 5 {
		return "v1.5.1"
	}
	return "v1.6.x"
}

// auth names keys without looking whether the Secret has them.
func (r *round) auth() kube.M {
	providers := kube.M{"github": gitHubProvider}
	if r.spec.on("rhdh.devMode") {
		providers["guest"] = kube.M{"dangerouslyAllowOutsideDevelopment": true, "userEntityRef": "user:default/guest"}
	}
	return kube.M{"auth": kube.M{"environment": "development", "providers": providers}, "integrations": gitLabIntegration}
}

func (r *round) plugins(argocd, tekton bool) kube.M {
	var list plugins
	list.kubernetes()
	if tekton {
		list.bundled(communityTekton)
	}
	if argocd {
		list.bundled(communityArgoCD)
	}
	version := "@1.6.0"
	if r.release.minor == 5 {
		version = "@1.5.1"
	}
	list.orchestrator("@redhat/backstage-plugin-orchestrator-backend-dynamic"+version, "@redhat/backstage-plugin-orchestrator"+version,
		r.spec.str("platform.namespace"))
	list.enable("@redhat/backstage-plugin-scaffolder-backend-module-orchestrator-dynamic"+version, nil)
	if r.release.minor >= 6 {
		list.enable("@redhat/backstage-plugin-orchestrator-form-widgets"+version, nil)
	}
	list.bundled(scaffolderGitHub)
	return list.config()
}

func (r *round) networkPolicies() error {
	workflows := r.spec.str("platform.namespace")
	there, err := r.client.Get(r.ctx, "v1", "Namespace", "", workflows)
	if err != nil {
		return err
	}
	if there == nil {
		return fmt.Errorf("%w for namespace %s", errNotYet, workflows)
	}
	if err := r.namespace(workflows); err != nil {
		return err
	}
	policies := []kube.M{
		kube.NetworkPolicy(workflows, "allow-rhdh-to-sonataflow-and-workflows",
			kube.Namespace("knative-eventing"), kube.Namespace("knative-serving"), kube.Namespace(workflows),
			kube.Namespace(r.spec.str("rhdh.namespace")), kube.Namespace(r.spec.str("postgres.namespace"))),
		kube.NetworkPolicy(workflows, "allow-intra-namespace", kube.SameNamespace()),
	}
	if r.spec.on("platform.monitoring.enabled") {
		policies = append(policies, kube.NetworkPolicy(workflows, monitoringPolicy, kube.Namespace(monitoringNamespace)))
	}
	for _, policy := range policies {
		if err := r.client.Apply(r.ctx, kube.Manifest(marked(policy))); err != nil {
			return err
		}
	}
	return nil
}

// gitops makes its objects with both switches on, and takes them back with one of them off. It does not take them back
// with the CR, and labels the namespace either way.
func (r *round) gitops() error {
	namespace := r.spec.str("argocd.namespace")
	objects := append([]kube.M{appProject(namespace)}, tasks(namespace)...)
	objects = append(objects, pipeline(namespace, author14, resolvedTask))
	if r.spec.on("argocd.enabled") && r.spec.on("tekton.enabled") {
		for _, crd := range []string{"appprojects.argoproj.io", "tasks.tekton.dev", "pipelines.tekton.dev"} {
			if err := r.crd(crd); err != nil {
				return err
			}
		}
		for _, m := range objects {
			marked(m)
		}
		return r.create(objects...)
	}
	there, err := r.named("v1", "Namespace", "", namespace)
	if err != nil || there == nil {
		return err
	}
	if err := r.namespace(namespace); err != nil {
		return err
	}
	for _, m := range objects {
		o := kube.Manifest(m)
		there, err := r.client.Get(r.ctx, o.GetAPIVersion(), o.GetKind(), namespace, o.GetName())
		if err == nil && there != nil && isCreator(there) {
			err = r.client.Delete(r.ctx, there)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// named is nil for what has no name, too.
func (r *round) named(apiVersion, kind, namespace, name string) (*kube.Object, error) {
	if name == "" {
		return nil, nil
	}
	return r.client.Get(r.ctx, apiVersion, kind, namespace, name)
}

// marked puts the operator's label on a manifest.
func marked(m kube.M) kube.M {
	metadata := m["metadata"].(kube.M)
	labels, _ := metadata["labels"].(kube.M)
	if labels == nil {
		labels = kube.M{}
	}
	labels[createdBy] = creator
	metadata["labels"] = labels
	return m
}

func isCreator(o *kube.Object) bool { return o.GetLabels()[createdBy] == creator }
