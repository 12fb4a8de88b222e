package kubernetes

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/plugins/internal/server"
)

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// testProvider is one without a cluster.
func testProvider(s settings) *provider {
	p := New(server.Self()).(*provider)
	s.serverSideApply = true
	p.settings = s
	return p
}

func testDiff(t *testing.T, s settings, token, live, oldInputs, news string, ignore ...string) *pulumirpc.DiffResponse {
	t.Helper()
	inputs := object(parse(t, oldInputs))
	state := checkpoint(inputs, object(parse(t, live)), toProperties(inputs.Object), "v1", "manager")
	olds, err := server.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	newProps, err := server.Marshal(toProperties(parse(t, news)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := testProvider(s).Diff(context.Background(), &pulumirpc.DiffRequest{
		Urn: "urn:pulumi:s::p::" + token + "::r", Olds: olds, News: newProps, IgnoreChanges: ignore,
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

const (
	liveSecret = `{"apiVersion":"v1","kind":"Secret","type":"Opaque","data":{"a":"YQ=="},
		"metadata":{"name":"s","namespace":"n","uid":"1","resourceVersion":"7"}}`
	inputSecret = `{"apiVersion":"v1","kind":"Secret","type":"Opaque","data":{"a":"YQ=="},
		"metadata":{"name":"s","namespace":"n"}}`
)

func TestDiffIgnoresWhatTheClusterAdds(t *testing.T) {
	live := `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"n","uid":"1"},
		"spec":{"replicas":2,"strategy":{"type":"RollingUpdate"},"template":{"spec":{"containers":[
		{"name":"c","image":"i","terminationMessagePath":"/dev/x","resources":{"requests":{"cpu":"1"}}}]}}},
		"status":{"replicas":2}}`
	inputs := `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"n"},
		"spec":{"replicas":2,"template":{"spec":{"containers":[
		{"name":"c","image":"i","resources":{"requests":{"cpu":"1000m"}}}]}}}}`
	resp := testDiff(t, settings{}, "kubernetes:apps/v1:Deployment", live, inputs, inputs)
	if resp.Changes != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("unexpected changes: %v", resp.DetailedDiff)
	}
}

func TestDiffSeesStringDataAsData(t *testing.T) {
	news := `{"apiVersion":"v1","kind":"Secret","type":"Opaque","stringData":{"a":"a"},
		"metadata":{"name":"s","namespace":"n"}}`
	resp := testDiff(t, settings{}, "kubernetes:core/v1:Secret", liveSecret, inputSecret, news)
	if resp.Changes != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("unexpected changes: %v", resp.DetailedDiff)
	}
}

func TestDiffReplacesSecrets(t *testing.T) {
	changed := `{"apiVersion":"v1","kind":"Secret","type":"Opaque","data":{"a":"Yg=="},
		"metadata":{"name":"s","namespace":"n"}}`
	resp := testDiff(t, settings{}, "kubernetes:core/v1:Secret", liveSecret, inputSecret, changed)
	if !slices.Equal(resp.Replaces, []string{"data.a"}) || !resp.DeleteBeforeReplace {
		t.Errorf("replaces %v, delete first %v", resp.Replaces, resp.DeleteBeforeReplace)
	}
	resp = testDiff(t, settings{secretsMutable: true}, "kubernetes:core/v1:Secret", liveSecret, inputSecret, changed)
	if len(resp.Replaces) != 0 || resp.DetailedDiff["data.a"].GetKind() != pulumirpc.PropertyDiff_UPDATE {
		t.Errorf("a mutable Secret: replaces %v, diff %v", resp.Replaces, resp.DetailedDiff)
	}
	immutable := `{"apiVersion":"v1","kind":"Secret","type":"Opaque","immutable":true,"data":{"a":"Yg=="},
		"metadata":{"name":"s","namespace":"n"}}`
	resp = testDiff(t, settings{secretsMutable: true}, "kubernetes:core/v1:Secret", liveSecret, inputSecret, immutable)
	if len(resp.Replaces) == 0 {
		t.Error("an immutable Secret must be replaced")
	}
}

func TestDiffReplacesOnIdentity(t *testing.T) {
	moved := `{"apiVersion":"v1","kind":"Secret","type":"Opaque","data":{"a":"YQ=="},
		"metadata":{"name":"s","namespace":"other"}}`
	resp := testDiff(t, settings{}, "kubernetes:core/v1:Secret", liveSecret, inputSecret, moved)
	if !slices.Equal(resp.Replaces, []string{"metadata.namespace"}) || resp.DeleteBeforeReplace {
		t.Errorf("replaces %v, delete first %v", resp.Replaces, resp.DeleteBeforeReplace)
	}
}

func TestDiffPatchesNeverReplaceContents(t *testing.T) {
	changed := `{"apiVersion":"v1","kind":"Secret","data":{"a":"Yg=="},"metadata":{"name":"s","namespace":"n"}}`
	resp := testDiff(t, settings{}, "kubernetes:core/v1:SecretPatch", liveSecret, inputSecret, changed)
	if len(resp.Replaces) != 0 || resp.Changes != pulumirpc.DiffResponse_DIFF_SOME {
		t.Errorf("replaces %v", resp.Replaces)
	}
}

func TestDiffDropsIgnoredChanges(t *testing.T) {
	changed := `{"apiVersion":"v1","kind":"Secret","type":"Opaque","data":{"a":"Yg=="},
		"metadata":{"name":"s","namespace":"n"}}`
	resp := testDiff(t, settings{}, "kubernetes:core/v1:Secret", liveSecret, inputSecret, changed, "data")
	if resp.Changes != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("unexpected changes: %v", resp.DetailedDiff)
	}
}

func TestDifferences(t *testing.T) {
	old := parse(t, `{"spec":{"selector":{"app":"a"},"ports":[{"port":1,"name":"x"},{"port":2}],"gone":true},
		"metadata":{"labels":{"app.io/x":"1"}}}`)
	new := parse(t, `{"spec":{"selector":{"app":"b"},"ports":[{"port":1}],"added":{"a":1}},
		"metadata":{"labels":{"app.io/x":"2"}}}`)
	got := map[string]pulumirpc.PropertyDiff_Kind{}
	for path, change := range differences(old, new, rules("spec.", "selector ports[*].port")) {
		got[path] = change.GetKind()
	}
	want := map[string]pulumirpc.PropertyDiff_Kind{
		"spec.selector.app":           pulumirpc.PropertyDiff_UPDATE_REPLACE,
		"spec.ports[0].name":          pulumirpc.PropertyDiff_DELETE,
		"spec.ports[1]":               pulumirpc.PropertyDiff_DELETE,
		"spec.gone":                   pulumirpc.PropertyDiff_DELETE,
		"spec.added":                  pulumirpc.PropertyDiff_ADD,
		`metadata.labels["app.io/x"]`: pulumirpc.PropertyDiff_UPDATE,
	}
	for path, kind := range want {
		if got[path] != kind {
			t.Errorf("%s: got %v, want %v", path, got[path], kind)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

func TestRuleMatches(t *testing.T) {
	r := rules("", "spec.containers[*].image")[0]
	tests := []struct {
		path  []any
		value any
		want  bool
	}{
		{[]any{"spec", "containers", 0, "image"}, "x", true},
		{[]any{"spec", "containers", 0, "image", "deeper"}, "x", true},
		{[]any{"spec", "containers"}, []any{map[string]any{"image": "x"}}, true},
		{[]any{"spec", "containers"}, []any{map[string]any{"name": "x"}}, false},
		{[]any{"spec"}, nil, false},
		{[]any{"spec", "other"}, "x", false},
	}
	for _, tt := range tests {
		if got := r.matches(tt.path, tt.value); got != tt.want {
			t.Errorf("%v: got %v", tt.path, got)
		}
	}
}

func TestKeepSecrets(t *testing.T) {
	secret := resource.MakeSecret(resource.NewStringProperty("x"))
	outs := toProperties(map[string]any{
		"kind": "Thing", "spec": map[string]any{"a": "x", "b": "y", "list": []any{"x", "y"}},
	})
	keepSecrets(outs, resource.PropertyMap{"spec": resource.NewObjectProperty(resource.PropertyMap{
		"a": secret, "b": resource.NewStringProperty("y"),
		"list": resource.NewArrayProperty([]resource.PropertyValue{secret}),
	})})
	spec := outs["spec"].ObjectValue()
	if !spec["a"].IsSecret() || spec["b"].IsSecret() || !spec["list"].IsSecret() {
		t.Errorf("got %v", spec)
	}
	outs = toProperties(map[string]any{"kind": "Secret", "data": map[string]any{"a": "x"}})
	keepSecrets(outs, nil)
	if !outs["data"].IsSecret() {
		t.Error("the data of a Secret must be secret")
	}
}

func TestInputsFromLive(t *testing.T) {
	live := object(parse(t, `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","uid":"1",
		"annotations":{"a":"b"}},"spec":{"x":1},"status":{}}`))
	inputs := inputsFromLive(live, &unstructured.Unstructured{Object: map[string]any{}})
	if _, found := inputs.Object["status"]; found || inputs.GetUID() != "" || inputs.GetName() != "s" {
		t.Errorf("got %v", inputs.Object)
	}
}
