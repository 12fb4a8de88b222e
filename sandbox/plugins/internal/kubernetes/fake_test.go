package kubernetes

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"

	"orchestrator-sandbox/plugins/internal/server"
)

type fixedMapper struct{ meta.RESTMapper }

func (fixedMapper) Reset() {}

// withFakeCluster gives the provider a cluster of these objects, and returns
// the client to steer it with.
func withFakeCluster(p *provider, objects ...runtime.Object) *fake.FakeDynamicClient {
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, meta.RESTScopeNamespace)
	mapper.Add(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, meta.RESTScopeRoot)
	client := fake.NewSimpleDynamicClient(scheme.Scheme, objects...)
	p.clients = &clients{dynamic: client, mapper: fixedMapper{mapper}}
	return client
}

// request is what an API server was asked.
type request struct{ method, manager, contentType, body string }

// withRecorder gives the provider an API server that records what it is asked
// and answers everything with a ConfigMap.
func withRecorder(t *testing.T, p *provider) *[]request {
	t.Helper()
	var requests []request
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests = append(requests, request{
			r.Method, r.URL.Query().Get("fieldManager"), r.Header.Get("Content-Type"), string(body),
		})
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, configMap)
	}))
	t.Cleanup(api.Close)
	client, err := dynamic.NewForConfig(&rest.Config{Host: api.URL})
	if err != nil {
		t.Fatal(err)
	}
	withFakeCluster(p)
	p.clients.dynamic = client
	return &requests
}

const configMap = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"default"},"data":{"a":"1"}}`

func createRequest(t *testing.T, token, text string) *pulumirpc.CreateRequest {
	t.Helper()
	props, err := server.Marshal(toProperties(parse(t, text)))
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.CreateRequest{Urn: "urn:pulumi:s::p::" + token + "::r", Properties: props}
}

func TestCreateDoesNotTakeOver(t *testing.T) {
	p := testProvider(settings{})
	withFakeCluster(p, object(parse(t, configMap)))
	req := createRequest(t, "kubernetes:core/v1:ConfigMap", configMap)
	_, err := p.Create(context.Background(), req)
	if err == nil {
		t.Fatal("an existing object was taken over")
	}
	for _, want := range []string{"already exists", "alias", "Patch", "pulumi import", "upsertExistingObjects"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not mention %q: %v", want, err)
		}
	}

	req.Preview = true
	if _, err := p.Create(context.Background(), req); err != nil {
		t.Errorf("a preview must not see that the object exists: %v", err)
	}
}

func TestCreatePostsWithTheSharedManager(t *testing.T) {
	p := testProvider(settings{})
	requests := withRecorder(t, p)
	resp, err := p.Create(context.Background(), createRequest(t, "kubernetes:core/v1:ConfigMap", configMap))
	if err != nil {
		t.Fatal(err)
	}
	if resp.GetId() != "default/c" {
		t.Errorf("id %q", resp.GetId())
	}
	manager := resp.GetProperties().GetFields()[keyFieldManager].GetStringValue()
	if !strings.HasPrefix(manager, managerPrefix) || len(manager) != len(managerPrefix)+8 {
		t.Errorf("field manager %q", manager)
	}
	if sent := (*requests)[0]; sent.method != "POST" || sent.manager != createManager {
		t.Errorf("sent %+v", sent)
	}
}

func TestCreatePreviewOfUnknownKind(t *testing.T) {
	p := testProvider(settings{})
	client := withFakeCluster(p)
	req := createRequest(t, "kubernetes:none.io/v1:None", `{"apiVersion":"none.io/v1","kind":"None","metadata":{"name":"n"}}`)
	req.Preview = true
	resp, err := p.Create(context.Background(), req)
	if err != nil || len(resp.GetProperties().GetFields()) != 3 || len(client.Actions()) != 0 {
		t.Errorf("got %v, %v", resp, err)
	}
}

func patchDelete(t *testing.T, p *provider) error {
	t.Helper()
	inputs := object(parse(t, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"default","labels":{"a":"b"}}}`))
	state, err := server.Marshal(checkpoint(inputs, object(parse(t, configMap)), nil, "v1", "mine"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Delete(context.Background(), &pulumirpc.DeleteRequest{
		Id: "default/c", Urn: "urn:pulumi:s::p::kubernetes:core/v1:ConfigMapPatch::r", Properties: state,
	})
	return err
}

func TestDeleteOfAPatchGivesTheFieldsUp(t *testing.T) {
	p := testProvider(settings{})
	requests := withRecorder(t, p)
	if err := patchDelete(t, p); err != nil {
		t.Fatal(err)
	}
	sent := (*requests)[0]
	want := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"default"}}`
	if sent.method != "PATCH" || sent.manager != "mine" || sent.contentType != string(types.ApplyPatchType) || sent.body != want {
		t.Errorf("sent %+v", sent)
	}
}

func TestDeleteOfAPatchWithARequiredField(t *testing.T) {
	p := testProvider(settings{})
	client := withFakeCluster(p)
	client.PrependReactor("patch", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewInvalid(schema.GroupKind{Kind: "ConfigMap"}, "c",
			field.ErrorList{field.Required(field.NewPath("spec"), "")})
	})
	err := patchDelete(t, p)
	if err == nil || !strings.Contains(err.Error(), "retainOnDelete") || !strings.HasSuffix(err.Error(), ": spec") {
		t.Errorf("got %v", err)
	}
}

func TestMergeManagers(t *testing.T) {
	fields := func(text string) *metav1.FieldsV1 { return &metav1.FieldsV1{Raw: []byte(text)} }
	entries := []metav1.ManagedFieldsEntry{
		{Manager: createManager, Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: fields(`{"f:data":{"f:a":{}}}`)},
		{Manager: "kubectl-patch", Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: fields(`{"f:data":{"f:b":{}}}`)},
		{Manager: "other", Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: fields(`{"f:data":{"f:c":{}}}`)},
		{Manager: createManager, Operation: metav1.ManagedFieldsOperationUpdate, Subresource: "status"},
	}
	merged, changed, err := mergeManagers(entries, "mine")
	if err != nil || !changed || len(merged) != 3 {
		t.Fatalf("got %v, %v, %v", merged, changed, err)
	}
	own := merged[2]
	if own.Manager != "mine" || own.Operation != metav1.ManagedFieldsOperationApply ||
		string(own.FieldsV1.Raw) != `{"f:data":{"f:a":{},"f:b":{}}}` {
		t.Errorf("own fields: %s %s", own.Manager, own.FieldsV1.Raw)
	}
	if _, changed, _ := mergeManagers(entries[2:], "mine"); changed {
		t.Error("the fields of others were taken")
	}
}

func TestReadiness(t *testing.T) {
	type check func(context.Context, *watcher, string) (bool, error)
	on := func(r *readiness) check {
		return func(ctx context.Context, w *watcher, text string) (bool, error) {
			return r.ready(ctx, w, object(parseInts(t, text)))
		}
	}
	stateful := kindReadiness[schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "StatefulSet"}]
	job := kindReadiness[schema.GroupVersionKind{Group: "batch", Version: "v1", Kind: "Job"}]
	pod := kindReadiness[podKind]
	tests := []struct {
		name  string
		check check
		text  string
		want  bool
		fails bool
	}{
		{"stateful set ready", on(stateful), `{"metadata":{"generation":1},"spec":{"replicas":1},"status":{"observedGeneration":1,
			"replicas":1,"readyReplicas":1,"currentReplicas":1,"currentRevision":"a","updateRevision":"a"}}`, true, false},
		{"stateful set stale", on(stateful), `{"metadata":{"generation":2},"spec":{"replicas":1},"status":{"observedGeneration":1,
			"replicas":1,"readyReplicas":1,"currentReplicas":1,"currentRevision":"a","updateRevision":"a"}}`, false, false},
		{"stateful set rolling", on(stateful), `{"metadata":{"generation":2},"spec":{"replicas":1},"status":{"observedGeneration":2,
			"replicas":1,"readyReplicas":1,"currentReplicas":1,"currentRevision":"a","updateRevision":"b"}}`, false, false},
		{"stateful set on delete", on(stateful), `{"metadata":{"generation":2},"spec":{"replicas":1,"updateStrategy":{"type":"OnDelete"}},
			"status":{"observedGeneration":2,"replicas":1,"readyReplicas":1,"currentRevision":"a","updateRevision":"b"}}`, true, false},
		{"job complete", on(job), `{"metadata":{},"status":{"startTime":"now","conditions":[{"type":"Complete","status":"True"}]}}`, true, false},
		{"job active", on(job), `{"metadata":{},"status":{"startTime":"now","active":1}}`, false, false},
		{"job failed", on(job), `{"metadata":{},"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}}`, false, true},
		{"pod ready", on(pod), `{"metadata":{},"status":{"phase":"Running","conditions":[{"type":"PodScheduled","status":"True"},
			{"type":"Initialized","status":"True"},{"type":"Ready","status":"True"}]}}`, true, false},
		{"pod done", on(pod), `{"metadata":{},"status":{"phase":"Succeeded","conditions":[{"type":"PodScheduled","status":"True"},
			{"type":"Initialized","status":"True"},{"type":"Ready","status":"False"}]}}`, true, false},
		{"pod starting", on(pod), `{"metadata":{},"status":{"conditions":[{"type":"PodScheduled","status":"True"}]}}`, false, false},
		{"daemon set ready", on(daemonSetReadiness), `{"metadata":{"generation":1},"status":{"observedGeneration":1,"desiredNumberScheduled":1,
			"currentNumberScheduled":1,"updatedNumberScheduled":1,"numberAvailable":1,"numberReady":1}}`, true, false},
		{"daemon set pending", on(daemonSetReadiness), `{"metadata":{"generation":1},"status":{"observedGeneration":1,"desiredNumberScheduled":1}}`, false, false},
	}
	for _, tt := range tests {
		w := &watcher{provider: testProvider(settings{})}
		got, err := tt.check(context.Background(), w, tt.text)
		if got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		}
	}
}

// parseInts reads an object with whole numbers as the API client does.
func parseInts(t *testing.T, text string) map[string]any {
	t.Helper()
	obj := object(nil)
	decorated := strings.Replace(text, "{", `{"apiVersion":"v1","kind":"Any",`, 1)
	if err := obj.UnmarshalJSON([]byte(decorated)); err != nil {
		t.Fatal(err)
	}
	return obj.Object
}

func TestDiffConfig(t *testing.T) {
	kubeconfig := func(server string) string {
		return `{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":"` + server +
			`"}}],"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}]}`
	}
	tests := []struct {
		name, olds, news string
		replace          bool
	}{
		{"another server", kubeconfig("https://a"), kubeconfig("https://b"), true},
		{"same server", kubeconfig("https://a"), kubeconfig("https://a") + " ", false},
	}
	for _, tt := range tests {
		for _, identifier := range []string{"", "x"} {
			encode := func(kubeconfig string) map[string]any {
				props := map[string]any{"kubeconfig": kubeconfig}
				if identifier != "" {
					props["clusterIdentifier"] = identifier
				}
				return props
			}
			olds, err := server.Marshal(toProperties(encode(tt.olds)))
			if err != nil {
				t.Fatal(err)
			}
			news, err := server.Marshal(toProperties(encode(tt.news)))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := testProvider(settings{}).DiffConfig(context.Background(), &pulumirpc.DiffRequest{Olds: olds, News: news})
			if err != nil {
				t.Fatal(err)
			}
			if want := tt.replace && identifier == ""; (len(resp.GetReplaces()) > 0) != want {
				t.Errorf("%s, identifier %q: replaces %v", tt.name, identifier, resp.GetReplaces())
			}
		}
	}
}
