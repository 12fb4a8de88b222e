package orchestrator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"orchestrator-sandbox/operators/internal/kube"
)

const (
	workflowLabel   = "rhdh.redhat.com/workflow-namespace"
	argocdLabel     = "rhdh.redhat.com/argocd-namespace"
	reconcilesLabel = "orchestrator.rhdh.redhat.com/reconciles"
	releaseName     = "meta.helm.sh/release-name"
	releaseNs       = "meta.helm.sh/release-namespace"
	managedBy       = "app.kubernetes.io/managed-by"
	toolsImage      = "registry.redhat.io/openshift4/ose-cli:latest"

	monitoring          = "orchestrator.sonataflowPlatform.monitoring.enabled"
	monitoringPolicy    = "allow-monitoring-to-sonataflow-and-workflows"
	monitoringNamespace = "openshift-user-workload-monitoring"
)

// reader is what rendering looks up in the cluster.
type reader interface {
	Get(ctx context.Context, apiVersion, kind, namespace, name string) (*kube.Object, error)
	List(ctx context.Context, apiVersion, kind, namespace, selector string) ([]kube.Object, error)
	Served(ctx context.Context, apiVersion, kind string) (bool, error)
}

// plan is a rendered release: objects the release holds, and the custom
// resources that its CronJobs apply and its hook Jobs delete.
type plan struct {
	Objects  []*kube.Object `json:"objects"`
	Children []*kube.Object `json:"children"`
}

// renderer collects one plan.
type renderer struct {
	ctx                context.Context
	cluster            reader
	release, namespace string
	chart              chart
	values             values
	plan               plan
}

// render gives what the chart of an operator version makes of a CR.
func render(ctx context.Context, cluster reader, version string, cr *kube.Object) (*plan, error) {
	c := chartOf(version)
	r := &renderer{
		ctx: ctx, cluster: cluster, release: cr.GetName(), namespace: cr.GetNamespace(),
		chart: c, values: c.values(kube.Map(cr, "spec")),
	}
	for _, part := range []func() error{r.serverless, r.logic, r.monitored, r.hub, r.argocd, r.tekton} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	for _, child := range r.plan.Children {
		r.add(reconciler(r.release, r.namespace, child)...)
	}
	sortForInstall(r.plan.Objects)
	return &r.plan, nil
}

// add puts objects into the release, marked the way Helm marks them.
func (r *renderer) add(manifests ...kube.M) {
	for _, m := range manifests {
		o := kube.Manifest(m)
		r.mark(o)
		r.plan.Objects = append(r.plan.Objects, o)
	}
}

// child adds what a CronJob of the chart applies. Its manifest has the first
// of Helm's marks only: orchestrator-helm-operator, branch release-1.2,
// templates/sonataflows.yaml, rhdh-operator.yaml, openshift-serverless.yaml.
func (r *renderer) child(m kube.M) {
	o := kube.Manifest(m)
	r.mark(o)
	annotations := o.GetAnnotations()
	delete(annotations, releaseNs)
	o.SetAnnotations(annotations)
	r.plan.Children = append(r.plan.Children, o)
}

func (r *renderer) mark(o *kube.Object) {
	labels, annotations := o.GetLabels(), o.GetAnnotations()
	if labels == nil {
		labels = map[string]string{}
	}
	if annotations == nil {
		annotations = map[string]string{}
	}
	labels[managedBy] = "Helm"
	annotations[releaseName], annotations[releaseNs] = r.release, r.namespace
	o.SetLabels(labels)
	o.SetAnnotations(annotations)
}

// unmanaged tells whether an object exists that is not of this release.
func (r *renderer) unmanaged(apiVersion, kind, namespace, name string) (bool, error) {
	o, err := r.cluster.Get(r.ctx, apiVersion, kind, namespace, name)
	return o != nil && o.GetAnnotations()[releaseName] != r.release, err
}

func (r *renderer) serverless() error {
	if !r.values.on("serverlessOperator.enabled") {
		return nil
	}
	namespace := r.values.str("serverlessOperator.subscription.namespace")
	foreign, err := r.unmanaged("v1", "Namespace", "", namespace)
	if err != nil {
		return err
	}
	if !foreign {
		r.add(namespaceManifest(namespace), operatorGroup(namespace, "serverless-operator-group"))
	}
	foreign, err = r.unmanaged("operators.coreos.com/v1alpha1", "Subscription", namespace, "serverless-operator")
	if err != nil {
		return err
	}
	if !foreign {
		spec := kube.M{
			"channel": r.values.str("serverlessOperator.subscription.channel"),
			"name":    r.values.str("serverlessOperator.subscription.name"),
		}
		if r.chart.minor >= 4 {
			spec["source"] = r.values.str("serverlessOperator.subscription.source")
			startAt(spec, r.values.str("serverlessOperator.subscription.startingCSV"))
		}
		r.add(subscription(namespace, "serverless-operator", spec))
	}
	for _, knative := range []struct {
		kind, name string
		spec       kube.M
	}{
		{"KnativeEventing", "knative-eventing", kube.M{}},
		{"KnativeServing", "knative-serving", kube.M{"controller-custom-certs": kube.M{"name": "", "type": ""}, "registry": kube.M{}}},
	} {
		if foreign, err = r.unmanaged("v1", "Namespace", "", knative.name); err != nil {
			return err
		}
		if !foreign {
			r.add(namespaceManifest(knative.name))
		}
		if foreign, err = r.unmanaged("operator.knative.dev/v1beta1", knative.kind, knative.name, knative.name); err != nil {
			return err
		}
		if !foreign {
			r.child(kube.M{
				"apiVersion": "operator.knative.dev/v1beta1",
				"kind":       knative.kind,
				"metadata":   kube.M{"name": knative.name, "namespace": knative.name},
				"spec":       knative.spec,
			})
		}
	}
	return nil
}

func (r *renderer) logic() error {
	if !r.values.on("sonataFlowOperator.enabled") {
		return nil
	}
	const at = "sonataFlowOperator.subscription."
	namespace := r.values.str(at + "namespace")
	foreign, err := r.unmanaged("v1", "Namespace", "", namespace)
	if err != nil {
		return err
	}
	if !foreign {
		r.add(namespaceManifest(namespace))
	}
	approval := "Automatic"
	if r.chart.after120() {
		approval = r.values.str(at + "installPlanApproval")
	}
	spec := kube.M{
		"channel":             r.values.str(at + "channel"),
		"installPlanApproval": approval,
		"name":                r.values.str(at + "name"),
		"source":              r.values.str(at + r.chart.source()),
	}
	startAt(spec, r.values.str(at+"startingCSV"))
	r.add(operatorGroup(namespace, "openshift-serverless-logic"), subscription(namespace, r.values.str(at+"name"), spec))
	workflows, err := r.namespaceOr("orchestrator.namespace", workflowLabel)
	if err != nil {
		return err
	}
	hub := r.values.str("rhdhOperator.subscription.targetNamespace")
	if !r.values.on("rhdhOperator.enabled") && r.chart.after120() {
		if hub = r.values.str("networkPolicy.rhdhNamespace"); hub == "" {
			return fmt.Errorf("execution error at (orchestrator/templates/network-policies.yaml): No namespace for existing RHDH instance defined")
		}
	}
	r.add(kube.NetworkPolicy(workflows, "allow-rhdh-to-sonataflow-and-workflows",
		kube.Namespace(hub), kube.Namespaces(workflowLabel, ""), kube.Namespace("knative-eventing"), kube.Namespace("knative-serving"),
	))
	if r.chart.minor >= 3 {
		r.add(kube.NetworkPolicy(workflows, "allow-intra-namespace", kube.SameNamespace()))
	}
	persistence := kube.M{"postgresql": kube.M{
		"secretRef":  r.values.at("postgres.authSecret"),
		"serviceRef": kube.M{"name": r.values.str("postgres.serviceName"), "namespace": r.values.str("postgres.serviceNamespace")},
	}}
	service := func(image string) kube.M {
		s := kube.M{"enabled": true, "persistence": persistence}
		if image != "" {
			s["podTemplate"] = kube.M{"container": kube.M{"image": image}}
		}
		return s
	}
	r.child(kube.M{
		"apiVersion": "sonataflow.org/v1alpha08",
		"kind":       "SonataFlowClusterPlatform",
		"metadata":   kube.M{"name": "cluster-platform"},
		"spec":       kube.M{"platformRef": kube.M{"name": "sonataflow-platform", "namespace": workflows}},
	})
	platform := kube.M{
		"build": kube.M{"template": kube.M{"resources": r.values.at("orchestrator.sonataflowPlatform.resources")}},
		"services": kube.M{
			"dataIndex":  service(r.values.str("orchestrator.sonataflowPlatform.dataIndexImage")),
			"jobService": service(r.values.str("orchestrator.sonataflowPlatform.jobServiceImage")),
		},
	}
	if r.chart.minor >= 4 {
		platform["monitoring"] = kube.M{"enabled": r.values.on(monitoring)}
		const broker = "orchestrator.sonataflowPlatform.eventing.broker."
		if eventing := eventing(r.values.str(broker+"name"), r.values.str(broker+"namespace")); eventing != nil {
			platform["eventing"] = eventing
		}
	}
	r.child(kube.M{
		"apiVersion": "sonataflow.org/v1alpha08",
		"kind":       "SonataFlowPlatform",
		"metadata":   kube.M{"name": "sonataflow-platform", "namespace": workflows},
		"spec":       platform,
	})
	return nil
}

// eventing of a platform refers to a Broker, if it is named in full.
func eventing(name, namespace string) kube.M {
	if name == "" || namespace == "" {
		return nil
	}
	return kube.M{"broker": kube.M{"ref": kube.M{
		"apiVersion": "eventing.knative.dev/v1", "kind": "Broker", "name": name, "namespace": namespace,
	}}}
}

// monitored lets the cluster's monitoring in. Unlike the other policies, it does not ask whether Serverless Logic is enabled.
func (r *renderer) monitored() error {
	if r.chart.minor < 4 || !r.values.on(monitoring) {
		return nil
	}
	workflows, err := r.namespaceOr("orchestrator.namespace", workflowLabel)
	if err != nil {
		return err
	}
	r.add(kube.NetworkPolicy(workflows, monitoringPolicy, kube.Namespace(monitoringNamespace)))
	return nil
}

// namespaceOr gives a configured namespace or, when that is empty, the only one with a label.
func (r *renderer) namespaceOr(path, label string) (string, error) {
	if ns := r.values.str(path); ns != "" {
		return ns, nil
	}
	found, err := r.cluster.List(r.ctx, "v1", "Namespace", "", label)
	if err != nil {
		return "", err
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("execution error at (orchestrator/templates/_helpers.tpl): No namespace found with label %s", label)
	case 1:
		return found[0].GetName(), nil
	}
	var names []string
	for _, n := range found {
		names = append(names, n.GetName())
	}
	return "", fmt.Errorf("execution error at (orchestrator/templates/_helpers.tpl): More than one namespace has label %s: %s", label, strings.Join(names, ", "))
}

func (r *renderer) hub() error {
	if !r.values.on("rhdhOperator.enabled") {
		return nil
	}
	const at = "rhdhOperator.subscription."
	namespace, target := r.values.str(at+"namespace"), r.values.str(at+"targetNamespace")
	secret, err := r.backendSecret(target)
	if err != nil {
		return err
	}
	sub := kube.M{"channel": r.values.str(at + "channel"), "name": r.values.str(at + "name"), "source": r.values.str(at + "source")}
	startAt(sub, r.values.str(at+"startingCSV"))
	r.add(operatorGroup(namespace, "rhdh-operator-group"), subscription(namespace, r.values.str(at+"name"), sub))

	domain, err := ingressDomain(r.ctx, r.cluster)
	if err != nil {
		return err
	}
	knowsArgoCD := r.values.on("argocd.enabled") && r.has(secret, "argocd.url") && r.has(secret, "argocd.password")
	r.add(
		npmrc(target, r.values.str("rhdhPlugins.npmRegistry")),
		configMap(target, "app-config-rhdh", "app-config-rhdh.yaml", appConfig("https://backstage-backstage-"+target+"."+domain, knowsArgoCD)),
		configMap(target, "app-config-rhdh-auth", "app-config-auth.gh.yaml", r.auth(secret)),
		configMap(target, "app-config-rhdh-catalog", "app-config-catalog.yaml", r.catalog()),
		configMap(target, "dynamic-plugins-rhdh", "dynamic-plugins.yaml", r.plugins(secret)),
	)
	foreign, err := r.unmanaged("rhdh.redhat.com/v1alpha1", "Backstage", target, "backstage")
	if err != nil || foreign {
		return err
	}
	var configs kube.L
	for _, name := range []string{"app-config-rhdh", "app-config-rhdh-auth", "app-config-rhdh-catalog"} {
		configs = append(configs, kube.M{"name": name})
	}
	r.child(kube.M{
		"apiVersion": "rhdh.redhat.com/v1alpha1",
		"kind":       "Backstage",
		"metadata":   kube.M{"name": "backstage", "namespace": target},
		"spec": kube.M{"application": kube.M{
			"appConfig":                   kube.M{"configMaps": configs},
			"dynamicPluginsConfigMapName": "dynamic-plugins-rhdh",
			"extraEnvs":                   kube.M{"secrets": kube.L{kube.M{"name": r.values.str("rhdhOperator.secretRef.name")}}},
			"replicas":                    1,
		}},
	})
	return nil
}

// backendSecret looks the Secret up and fails as the chart does. The last
// failure prints the Secret's content: that leak is upstream's, and it is played
// so that what guards against it can be tested.
func (r *renderer) backendSecret(target string) (*kube.Object, error) {
	const where = "execution error at (orchestrator/templates/rhdh-operator.yaml): "
	name := r.values.str("rhdhOperator.secretRef.name")
	if name == "" {
		return nil, fmt.Errorf(where + "rhdhOperator.secretRef.name must be set")
	}
	secret, err := r.cluster.Get(r.ctx, "v1", "Secret", target, name)
	if err != nil {
		return nil, err
	}
	if secret == nil {
		return nil, fmt.Errorf(where+"Secret %s not found in namespace %s", name, target)
	}
	key := r.values.str("rhdhOperator.secretRef.backstage.backendSecret")
	if value, _ := kube.Map(secret, "data")[key].(string); value == "" {
		content, err := json.Marshal(secret.Object)
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf(where+"key %s is missing or empty in Secret %s", key, content)
	}
	return secret, nil
}

// has tells whether the Secret holds a non-empty value under the key that a path names.
func (r *renderer) has(secret *kube.Object, path string) bool {
	value, _ := kube.Map(secret, "data")[r.values.str("rhdhOperator.secretRef."+path)].(string)
	return value != ""
}

// ingressDomain is that of the cluster, or "" if it says none.
func ingressDomain(ctx context.Context, cluster reader) (string, error) {
	ingress, err := cluster.Get(ctx, "config.openshift.io/v1", "Ingress", "", "cluster")
	if err != nil || ingress == nil {
		return "", err
	}
	return kube.Str(ingress, "spec", "domain"), nil
}

func npmrc(namespace, registry string) kube.M {
	return kube.M{
		"apiVersion": "v1", "kind": "Secret", "metadata": kube.M{"name": "dynamic-plugins-npmrc", "namespace": namespace},
		"data": kube.M{".npmrc": base64.StdEncoding.EncodeToString([]byte("registry=" + registry))},
	}
}

func appConfig(url string, argocd bool) kube.M {
	config := kube.M{
		"app": kube.M{"title": "Red Hat Developer Hub", "baseUrl": url},
		"backend": kube.M{
			"baseUrl": url,
			"cors":    kube.M{"origin": url},
			"auth": kube.M{"externalAccess": kube.L{kube.M{
				"type":    "static",
				"options": kube.M{"token": "${BACKEND_SECRET}", "subject": "orchestrator"},
			}}},
			"database": kube.M{"client": "pg", "connection": kube.M{
				"host": "${POSTGRES_HOST}", "port": "${POSTGRES_PORT}", "user": "${POSTGRES_USER}", "password": "${POSTGRES_PASSWORD}",
			}},
		},
	}
	if argocd {
		config["argocd"] = kube.M{"appLocatorMethods": kube.L{kube.M{"type": "config", "instances": kube.L{kube.M{
			"name": "main", "url": "${ARGOCD_URL}", "username": "${ARGOCD_USERNAME}", "password": "${ARGOCD_PASSWORD}",
		}}}}}
	}
	return config
}

// auth keeps the upstream fault: without a GitHub token there is no auth parent.
func (r *renderer) auth(secret *kube.Object) kube.M {
	providers := kube.M{}
	if r.values.on("rhdhOperator.enableGuestProvider") {
		providers["guest"] = kube.M{"dangerouslyAllowOutsideDevelopment": true}
	}
	config := kube.M{"providers": providers}
	if r.has(secret, "github.token") {
		providers["github"] = gitHubProvider
		config = kube.M{"auth": kube.M{"environment": "development", "providers": providers}}
	}
	if r.chart.minor >= 4 && r.has(secret, "gitlab.token") && r.has(secret, "gitlab.host") {
		config["integrations"] = gitLabIntegration
	}
	return config
}

var (
	gitHubProvider    = kube.M{"development": kube.M{"clientId": "${GITHUB_CLIENT_ID}", "clientSecret": "${GITHUB_CLIENT_SECRET}"}}
	gitLabIntegration = kube.M{"gitlab": kube.L{kube.M{
		"host": "${GITLAB_HOST}", "token": "${GITLAB_TOKEN}", "apiBaseUrl": "https://${GITLAB_HOST}/api/v4",
	}}}
)

func (r *renderer) catalog() kube.M {
	organisation, templates := "rhdhorchestrator", []string{"basic-workflow", "complex-assessment-workflow"}
	switch {
	case r.chart.minor <= 2:
		organisation = "parodos-dev"
	case r.chart.minor >= 4:
		templates = repositoryTemplates
	}
	return catalog(organisation, r.values.str("rhdhOperator.catalogBranch"), templates)
}

// repositoryTemplates are of 1.4 and later, which know two kinds of repository.
var repositoryTemplates = []string{
	"github-workflows/basic-workflow", "github-workflows/advanced-workflow",
	"gitlab-workflows/basic-workflow", "gitlab-workflows/advanced-workflow",
}

func catalog(organisation, branch string, templates []string) kube.M {
	base := "https://github.com/" + organisation + "/workflow-software-templates/blob/" + branch + "/"
	locations := kube.L{kube.M{"type": "url", "target": base + "entities/workflow-resources.yaml"}}
	for _, template := range templates {
		locations = append(locations, kube.M{"type": "url", "target": base + "scaffolder-templates/" + template + "/template.yaml"})
	}
	return kube.M{"catalog": kube.M{"locations": locations}}
}

func (r *renderer) plugins(secret *kube.Object) kube.M {
	scoped := func(path string) string {
		return r.values.str("rhdhPlugins.scope") + "/" + r.values.str("rhdhPlugins."+path+".package")
	}
	var list plugins
	if r.has(secret, "k8s.clusterToken") && r.has(secret, "k8s.clusterUrl") {
		list.kubernetes()
	}
	tekton, argocd := "janus-idp-backstage-plugin-tekton", "janus-idp-backstage-plugin-argocd"
	if r.chart.minor >= 3 {
		argocd = communityArgoCD
	}
	if r.chart.minor >= 4 {
		tekton = communityTekton
	}
	if r.values.on("tekton.enabled") {
		list.bundled(tekton)
	}
	if r.values.on("argocd.enabled") {
		list.bundled(argocd)
	}
	list.orchestrator(scoped("orchestratorBackend"), scoped("orchestrator"), r.values.str("orchestrator.namespace"))
	if r.chart.minor >= 3 {
		list.bundled(scaffolderGitHub)
	}
	return list.config()
}

const (
	communityTekton  = "backstage-community-plugin-tekton"
	communityArgoCD  = "backstage-community-plugin-redhat-argocd"
	scaffolderGitHub = "backstage-plugin-scaffolder-backend-module-github-dynamic"
)

// plugins collects what dynamic-plugins.yaml enables.
type plugins kube.L

func (p *plugins) enable(name string, config kube.M) {
	plugin := kube.M{"disabled": false, "package": name}
	if config != nil {
		plugin["pluginConfig"] = config
	}
	*p = append(*p, plugin)
}

// bundled enables one that comes with Developer Hub.
func (p *plugins) bundled(name string) { p.enable("./dynamic-plugins/dist/"+name, nil) }

func (p *plugins) kubernetes() {
	p.enable("./dynamic-plugins/dist/backstage-plugin-kubernetes-backend-dynamic", kube.M{"kubernetes": kube.M{"clusterLocatorMethods": kube.L{
		kube.M{"type": "config", "clusters": kube.L{kube.M{
			"name": "Default Cluster", "url": "${K8S_CLUSTER_URL}", "authProvider": "serviceAccount",
			"serviceAccountToken": "${K8S_CLUSTER_TOKEN}", "skipTLSVerify": true,
		}}},
	}}})
	p.bundled("backstage-plugin-kubernetes")
}

func (p *plugins) orchestrator(backend, frontend, workflows string) {
	p.enable(backend, kube.M{"orchestrator": kube.M{
		"dataIndexService": kube.M{"url": "http://sonataflow-platform-data-index-service." + workflows},
	}})
	p.enable(frontend, nil)
}

func (p *plugins) config() kube.M {
	return kube.M{"includes": kube.L{"dynamic-plugins.default.yaml"}, "plugins": *p}
}

func (r *renderer) argocd() error {
	if !r.values.on("argocd.enabled") {
		return nil
	}
	served, err := r.cluster.Served(r.ctx, "argoproj.io/v1alpha1", "AppProject")
	if err != nil || !served {
		return err // without the API the chart leaves the project out and says nothing
	}
	namespace, err := r.namespaceOr("argocd.namespace", argocdLabel)
	if err != nil {
		return err
	}
	r.add(appProject(namespace))
	return nil
}

func appProject(namespace string) kube.M {
	return kube.M{
		"apiVersion": "argoproj.io/v1alpha1",
		"kind":       "AppProject",
		"metadata":   kube.M{"name": "orchestrator-gitops", "namespace": namespace},
		"spec": kube.M{
			"destinations": kube.L{kube.M{"name": "*", "namespace": "*", "server": "*"}},
			"sourceRepos":  kube.L{"*"},
		},
	}
}

// reconcilerName is the name of a child kind's ServiceAccount and cluster-scoped RBAC.
func reconcilerName(release, kind string) string { return release + "-" + strings.ToLower(kind) }

// cronJobName keeps the last 52 characters, the limit of a CronJob's name.
func cronJobName(release, kind string) string {
	name := reconcilerName(release, kind) + "-reconcile"
	if len(name) > 52 {
		name = name[len(name)-52:]
	}
	return strings.TrimLeft(name, "-.")
}

func deleteJobName(release, kind string) string { return reconcilerName(release, kind) + "-delete" }

// resourceOf is <plural>.<group> of a child.
func resourceOf(child *kube.Object) string {
	return kube.Resource(child.GetAPIVersion(), child.GetKind()).GroupResource().String()
}

// reconciler is what keeps one child applied: a CronJob and its rights.
func reconciler(release, namespace string, child *kube.Object) []kube.M {
	name := reconcilerName(release, child.GetKind())
	group, resource := kube.Resource(child.GetAPIVersion(), child.GetKind()).Group, kube.Resource(child.GetAPIVersion(), child.GetKind()).Resource
	// As YAML, with its mark: templates/sonataflows.yaml and others have it base64-encoded as it stands there.
	manifest, err := yaml.Marshal(child.Object)
	if err != nil {
		panic(err)
	}
	manifest = append([]byte("---\n"), manifest...)
	container := kube.M{
		"name":    "apply",
		"image":   toolsImage,
		"command": kube.L{"/bin/sh", "-c", `echo "$MANIFEST" | base64 -d | kubectl apply -f -`},
		"env":     kube.L{kube.M{"name": "MANIFEST", "value": base64.StdEncoding.EncodeToString(manifest)}},
	}
	return []kube.M{
		{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": kube.M{"name": name, "namespace": namespace}},
		{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": kube.M{"name": name}, "rules": kube.L{
			kube.M{"apiGroups": kube.L{group}, "resources": kube.L{resource}, "verbs": kube.L{"*"}},
			kube.M{"apiGroups": kube.L{"apiextensions.k8s.io"}, "resources": kube.L{"customresourcedefinitions"}, "verbs": kube.L{"get", "list"}},
			kube.M{"apiGroups": kube.L{"batch"}, "resources": kube.L{"cronjobs"}, "verbs": kube.L{"get", "list", "delete"}},
		}},
		{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": kube.M{"name": name},
			"roleRef":  kube.M{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
			"subjects": kube.L{kube.M{"kind": "ServiceAccount", "name": name, "namespace": namespace}},
		},
		{
			"apiVersion": "batch/v1", "kind": "CronJob",
			"metadata": kube.M{"name": cronJobName(release, child.GetKind()), "namespace": namespace, "labels": kube.M{reconcilesLabel: resourceOf(child)}},
			"spec": kube.M{
				"schedule":                   "* * * * *",
				"concurrencyPolicy":          "Replace",
				"successfulJobsHistoryLimit": 0,
				"jobTemplate": kube.M{"spec": kube.M{"template": kube.M{"spec": kube.M{
					"serviceAccountName": name, "restartPolicy": "Never", "containers": kube.L{container},
				}}}},
			},
		},
	}
}

// deleteJob is the pre-delete hook of a child.
func deleteJob(release, namespace string, child *kube.Object) *kube.Object {
	command := fmt.Sprintf("kubectl delete cronjob -l %s=%s && kubectl delete %s %s --ignore-not-found --timeout=60s",
		reconcilesLabel, resourceOf(child), resourceOf(child), child.GetName())
	if child.GetNamespace() != "" {
		command += " -n " + child.GetNamespace()
	}
	return kube.Manifest(kube.M{
		"apiVersion": "batch/v1",
		"kind":       "Job",
		"metadata": kube.M{
			"name": deleteJobName(release, child.GetKind()), "namespace": namespace,
			"annotations": kube.M{
				"helm.sh/hook":               "pre-delete",
				"helm.sh/hook-weight":        "1",
				"helm.sh/hook-delete-policy": "before-hook-creation",
			},
		},
		"spec": kube.M{"backoffLimit": 0, "template": kube.M{"spec": kube.M{
			"serviceAccountName": reconcilerName(release, child.GetKind()),
			"restartPolicy":      "Never",
			"containers":         kube.L{kube.M{"name": "delete", "image": toolsImage, "command": kube.L{"/bin/sh", "-c", command}}},
		}}},
	})
}

func namespaceManifest(name string) kube.M {
	return kube.M{"apiVersion": "v1", "kind": "Namespace", "metadata": kube.M{"name": name}}
}

func operatorGroup(namespace, name string) kube.M {
	return kube.M{"apiVersion": "operators.coreos.com/v1", "kind": "OperatorGroup", "metadata": kube.M{"name": name, "namespace": namespace}, "spec": kube.M{}}
}

func subscription(namespace, name string, spec kube.M) kube.M {
	return kube.M{
		"apiVersion": "operators.coreos.com/v1alpha1",
		"kind":       "Subscription",
		"metadata":   kube.M{"name": name, "namespace": namespace},
		"spec": merge(kube.M{
			"installPlanApproval": "Automatic", "source": "redhat-operators", "sourceNamespace": "openshift-marketplace",
		}, spec),
	}
}

// startAt pins a Subscription's first version, if there is one to pin.
func startAt(spec kube.M, csv string) {
	if csv != "" {
		spec["startingCSV"] = csv
	}
}

func configMap(namespace, name, key string, content kube.M) kube.M {
	text, err := yaml.Marshal(content)
	if err != nil {
		panic(err)
	}
	return kube.M{"apiVersion": "v1", "kind": "ConfigMap", "metadata": kube.M{"name": name, "namespace": namespace}, "data": kube.M{key: string(text)}}
}
