package kubernetes

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"orchestrator-sandbox/plugins/internal/server"
)

// at is a provider for an engine with an environment.
func at(env ...string) *provider {
	return &provider{Base: server.NewBase(pluginName, pluginVersion, true, server.Caller{Env: env, Dir: "/project"})}
}

func TestLoadsTheFilesThatTheEngineNames(t *testing.T) {
	for _, c := range []struct{ env, want []string }{
		{[]string{"HOME=/home/me", "KUBECONFIG=a/config::/b"}, []string{"/project/a/config", "/b"}},
		{[]string{"HOME=/home/me", "KUBECONFIG="}, []string{"/home/me/.kube/config"}},
	} {
		if got := at(c.env...).loadingRules().Precedence; !slices.Equal(got, c.want) {
			t.Errorf("with %v: %v, not %v", c.env, got, c.want)
		}
	}
}

func TestGoesThroughTheProxyThatTheEngineNames(t *testing.T) {
	p := at("https_proxy=http://proxy:3128", "NO_PROXY=10.0.0.0/8")
	for address, want := range map[string]string{
		"https://api.example.com": "http://proxy:3128",
		"https://10.1.2.3":        "",
		"https://127.0.0.1":       "",
	} {
		target, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.proxy(&http.Request{URL: target})
		if err != nil {
			t.Fatal(err)
		}
		if (got == nil) != (want == "") || got != nil && got.String() != want {
			t.Errorf("%s: %v, not %q", address, got, want)
		}
	}
}
