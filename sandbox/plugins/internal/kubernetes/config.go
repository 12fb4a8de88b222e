package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/providers"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/net/http/httpproxy"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientapi "k8s.io/client-go/tools/clientcmd/api"

	"orchestrator-sandbox/plugins/internal/server"
)

const (
	defaultQPS   = 50
	defaultBurst = 120
)

// settings are the provider's options.
type settings struct {
	namespace         string
	serverSideApply   bool
	secretsMutable    bool
	configMapsMutable bool
	upsert            bool
	patchForce        bool
	deleteUnreachable bool
	skipUnreachable   bool
	renderDirectory   string
	alwaysRender      bool
}

// clientSettings limit the requests to the API server.
type clientSettings struct {
	QPS     *float64 `json:"qps"`
	Burst   *int     `json:"burst"`
	Timeout *int     `json:"timeout"`
}

// CheckConfig rejects options that contradict each other.
func (p *provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	news, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	news = server.PlainMap(news)
	urn := resource.URN(req.GetUrn())

	var failures []*pulumirpc.CheckFailure
	fail := func(property, reason string) {
		failures = append(failures, &pulumirpc.CheckFailure{Property: property, Reason: reason})
	}
	if isTrue(news["strictMode"]) && providers.IsProviderType(urn.Type()) {
		if providers.IsDefaultProvider(urn) {
			fail("", "strict mode prohibits default provider")
		}
		for _, name := range []resource.PropertyKey{"kubeconfig", "context"} {
			if !given(news[name]) {
				fail(string(name), fmt.Sprintf("strict mode requires Provider %q argument", name))
			}
		}
	}
	render := given(news["renderYamlToDirectory"])
	if render {
		for _, name := range []resource.PropertyKey{"cluster", "context", "kubeconfig"} {
			ambient := name == "kubeconfig" && news[name].IsString() &&
				news[name].StringValue() == p.Caller.Getenv("KUBECONFIG")
			if given(news[name]) && !ambient {
				fail(string(name), fmt.Sprintf("%q arg is not compatible with %q arg", name, "renderYamlToDirectory"))
			}
		}
	}
	if isTrue(news["alwaysRender"]) && !render {
		fail("alwaysRender", `"alwaysRender" requires "renderYamlToDirectory" to be set`)
	}
	return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: failures}, nil
}

// given tells whether an option has a value; an unknown one counts.
func given(v resource.PropertyValue) bool {
	return v.IsComputed() || v.IsString() && v.StringValue() != "" || v.IsBool() && v.BoolValue()
}

func isTrue(v resource.PropertyValue) bool {
	return v.IsBool() && v.BoolValue() || v.IsString() && v.StringValue() == "true"
}

// DiffConfig tells whether a change of options means another cluster, in which
// case the provider, and every resource with it, is replaced.
func (p *provider) DiffConfig(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := server.Unmarshal(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	olds, news = server.PlainMap(olds), server.PlainMap(news)
	diff := olds.Diff(news)
	if diff == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	resp := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME}

	// An identifier that stays the same stands for a cluster that does.
	const identifier = "clusterIdentifier"
	identified := diff.Same(identifier) && news.HasValue(identifier)
	if diff.Updated(identifier) {
		resp.Replaces = append(resp.Replaces, identifier)
	}

	clusterKeys := []string{"kubeconfig", "context", "cluster"}
	for _, key := range clusterKeys {
		if news[resource.PropertyKey(key)].IsComputed() {
			resp.Diffs = []string{key}
			resp.Replaces = append(resp.Replaces, key)
			if identified {
				resp.Replaces = nil
			}
			return resp, nil
		}
	}

	for _, key := range diff.ChangedKeys() {
		resp.Diffs = append(resp.Diffs, string(key))
		if key == "renderYamlToDirectory" {
			resp.Replaces = append(resp.Replaces, string(key))
		}
	}
	before, err := p.activeCluster(olds)
	if err != nil {
		return nil, err
	}
	after, err := p.activeCluster(news)
	if err != nil {
		return nil, err
	}
	if before != nil && after != nil && !reflect.DeepEqual(before, after) {
		for _, key := range clusterKeys {
			if slices.Contains(resp.Diffs, key) {
				resp.Replaces = append(resp.Replaces, key)
			}
		}
	}
	if identified {
		resp.Replaces = nil
	}
	return resp, nil
}

// activeCluster is the cluster entry that the options select, if any.
func (p *provider) activeCluster(options resource.PropertyMap) (*clientapi.Cluster, error) {
	text := ""
	switch kubeconfig := options["kubeconfig"]; {
	case kubeconfig.IsNull():
		return nil, nil
	case kubeconfig.IsString():
		text = kubeconfig.StringValue()
	case kubeconfig.IsObject():
		encoded, err := json.Marshal(kubeconfig.ObjectValue().Mappable())
		if err != nil {
			return nil, fmt.Errorf("failed to unmarshal kubeconfig: %w", err)
		}
		text = string(encoded)
	default:
		return nil, fmt.Errorf("unexpected kubeconfig format, type: %v", kubeconfig.TypeString())
	}
	config, err := p.loadKubeconfig(text)
	if err != nil {
		return nil, fmt.Errorf("failed to parse kubeconfig: %w", err)
	}
	contextName := config.CurrentContext
	if v := options["context"]; v.IsString() {
		contextName = v.StringValue()
	}
	active := config.Contexts[contextName]
	if active == nil {
		return nil, nil
	}
	if v := options["cluster"]; v.IsString() {
		return config.Clusters[v.StringValue()], nil
	}
	return config.Clusters[active.Cluster], nil
}

// loadKubeconfig reads a kubeconfig, given as a path or as its contents.
func (p *provider) loadKubeconfig(pathOrContents string) (*clientapi.Config, error) {
	if pathOrContents == "" {
		return &clientapi.Config{}, nil
	}
	path := pathOrContents
	if path == "~" || strings.HasPrefix(path, "~/") {
		path = filepath.Join(p.Caller.Getenv("HOME"), strings.TrimPrefix(path, "~"))
	}
	path = p.Caller.Path(path)
	if _, err := os.Stat(path); err == nil {
		contents, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		config, err := clientcmd.Load(contents)
		if err != nil {
			return nil, err
		}
		return config, nil
	}
	return clientcmd.Load([]byte(pathOrContents))
}

// Configure takes the options and connects to the cluster. A cluster that
// cannot be reached is an error only for the operations that need it.
func (p *provider) Configure(
	ctx context.Context, req *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	vars := req.GetVariables() //nolint:staticcheck // the engine sends the options here as well, as plain text
	option := func(name string) string { return vars["kubernetes:config:"+name] }
	toggle := func(name, env string, otherwise bool) bool {
		if value, set := vars["kubernetes:config:"+name]; set {
			return value == "true"
		}
		if value, set := p.Caller.LookupEnv(env); set {
			return value == "true"
		}
		return otherwise
	}
	p.settings = settings{
		namespace:         option("namespace"),
		serverSideApply:   toggle("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true),
		secretsMutable:    toggle("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", false),
		configMapsMutable: toggle("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", false),
		upsert:            toggle("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false),
		patchForce:        toggle("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", false),
		deleteUnreachable: toggle("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE", false),
		skipUnreachable:   toggle("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", false),
		renderDirectory:   option("renderYamlToDirectory"),
		alwaysRender:      option("alwaysRender") == "true",
	}
	if p.settings.renderDirectory != "" {
		p.settings.renderDirectory = p.Caller.Path(p.settings.renderDirectory)
	}

	limits, err := p.clientSettings(option("kubeClientSettings"))
	if err != nil {
		return nil, err
	}
	if err := p.connect(option("kubeconfig"), option("context"), option("cluster"), limits); err != nil {
		p.unreachable = err.Error()
	}
	return p.Base.Configure(ctx, req)
}

func (p *provider) connect(kubeconfig, contextName, cluster string, limits clientSettings) error {
	overrides := &clientcmd.ConfigOverrides{
		CurrentContext: contextName,
		Context:        clientapi.Context{Cluster: cluster, Namespace: p.settings.namespace},
	}
	var loader clientcmd.ClientConfig
	if kubeconfig != "" {
		config, err := p.loadKubeconfig(kubeconfig)
		if err != nil {
			return fmt.Errorf("failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- %w", err)
		}
		loader = clientcmd.NewDefaultClientConfig(*config, overrides)
	} else {
		rules := p.loadingRules()
		loader = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	}
	if namespace, _, err := loader.Namespace(); err == nil {
		p.settings.namespace = namespace
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return fmt.Errorf("unable to load Kubernetes client configuration from kubeconfig file: %w", err)
	}
	if config.Proxy == nil {
		config.Proxy = p.proxy
	}
	config.QPS = float32(*limits.QPS)
	config.Burst = *limits.Burst
	if limits.Timeout != nil {
		config.Timeout = time.Duration(*limits.Timeout) * time.Second
	}
	config.WarningHandler = rest.NoWarnings{}
	config.UserAgent = "pulumi-kubernetes/" + pluginVersion
	if p.clients, err = newClients(config); err != nil {
		p.clients = nil
		return fmt.Errorf("unable to load schema information from the API server: %w", err)
	}
	return nil
}

// loadingRules are client-go's own, in the place of the engine: the files of
// KUBECONFIG, of which those that are missing are passed over, else the one in
// the home folder. See NewDefaultClientConfigLoadingRules in
// k8s.io/client-go@v0.34.2, tools/clientcmd/loader.go, and Configure in
// pulumi-kubernetes@v4.34.2, provider/pkg/provider/provider.go.
func (p *provider) loadingRules() *clientcmd.ClientConfigLoadingRules {
	rules := &clientcmd.ClientConfigLoadingRules{WarnIfAllMissing: false}
	for _, path := range filepath.SplitList(p.Caller.Getenv(clientcmd.RecommendedConfigPathEnvVar)) {
		if path != "" {
			rules.Precedence = append(rules.Precedence, p.Caller.Path(path))
		}
	}
	if p.Caller.Getenv(clientcmd.RecommendedConfigPathEnvVar) == "" {
		home := filepath.Join(
			p.Caller.Getenv("HOME"), clientcmd.RecommendedHomeDir, clientcmd.RecommendedFileName)
		rules.Precedence = []string{home}
	}
	return rules
}

// proxy is the one that the engine's environment names: a plugin of its own
// would have that environment, and Go would look into it.
func (p *provider) proxy(req *http.Request) (*url.URL, error) {
	either := func(name string) string {
		if value := p.Caller.Getenv(name); value != "" {
			return value
		}
		return p.Caller.Getenv(strings.ToLower(name))
	}
	config := httpproxy.Config{
		HTTPProxy:  either("HTTP_PROXY"),
		HTTPSProxy: either("HTTPS_PROXY"),
		NoProxy:    either("NO_PROXY"),
	}
	return config.ProxyFunc()(req.URL)
}

// clientSettings fills what the option leaves open from the environment, and
// the rest with defaults.
func (p *provider) clientSettings(option string) (clientSettings, error) {
	var s clientSettings
	if option != "" {
		if err := json.Unmarshal([]byte(option), &s); err != nil {
			return s, fmt.Errorf("failed to unmarshal kubeClientSettings option: %w", err)
		}
	}
	qps, burst := float64(defaultQPS), defaultBurst
	if text := p.Caller.Getenv("PULUMI_K8S_CLIENT_QPS"); text != "" {
		var err error
		if qps, err = strconv.ParseFloat(text, 64); err != nil {
			return s, fmt.Errorf("invalid value specified for PULUMI_K8S_CLIENT_QPS: %w", err)
		}
	}
	if text := p.Caller.Getenv("PULUMI_K8S_CLIENT_BURST"); text != "" {
		var err error
		if burst, err = strconv.Atoi(text); err != nil {
			return s, fmt.Errorf("invalid value specified for PULUMI_K8S_CLIENT_BURST: %w", err)
		}
	}
	if text := p.Caller.Getenv("PULUMI_K8S_CLIENT_TIMEOUT"); text != "" && s.Timeout == nil {
		seconds, err := strconv.Atoi(text)
		if err != nil {
			return s, fmt.Errorf("invalid value specified for PULUMI_K8S_CLIENT_TIMEOUT: %w", err)
		}
		s.Timeout = &seconds
	}
	if s.QPS == nil {
		s.QPS = &qps
	}
	if s.Burst == nil {
		s.Burst = &burst
	}
	return s, nil
}
