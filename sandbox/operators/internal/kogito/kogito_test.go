package kogito

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

func object(apiVersion, kind, namespace, name string, more kube.M) *kube.Object {
	m := kube.M{"apiVersion": apiVersion, "kind": kind, "metadata": kube.M{"name": name, "namespace": namespace, "uid": namespace + "/" + name}}
	for k, v := range more {
		m[k] = v
	}
	return kube.Manifest(m)
}

func pod(namespace, name string, labels kube.M, image string) *kube.Object {
	o := object("v1", "Pod", namespace, name, kube.M{
		"spec":   kube.M{"containers": kube.L{kube.M{"name": "main", "image": image}}},
		"status": kube.M{"conditions": kube.L{kube.M{"type": "Ready", "status": "True"}}},
	})
	set := map[string]string{}
	for key, value := range labels {
		set[key] = value.(string)
	}
	o.SetLabels(set)
	return o
}

func workflow(namespace, name string, annotations map[string]string, states ...string) *kube.Object {
	list := kube.L{}
	for _, state := range states {
		list = append(list, kube.M{"name": state, "type": state})
	}
	o := object(apiVersion, "SonataFlow", namespace, name, kube.M{"spec": kube.M{"flow": kube.M{"states": list}}})
	o.SetAnnotations(annotations)
	return o
}

func running(namespace, name, image string) *kube.Object {
	return pod(namespace, name+"-1", kube.M{"app": name, workflowLabel: name}, image)
}

var dataIndex = pod("platform", "index-1", kube.M{"app": "main" + dataIndexSuffix}, "index")

func platform() []*kube.Object {
	return []*kube.Object{
		object(apiVersion, "SonataFlowPlatform", "platform", "main", kube.M{"spec": kube.M{"services": kube.M{"dataIndex": kube.M{"enabled": true}}}}),
		kube.Manifest(kube.M{
			"apiVersion": apiVersion, "kind": "SonataFlowClusterPlatform", "metadata": kube.M{"name": "cluster"},
			"spec": kube.M{"platformRef": kube.M{"name": "main", "namespace": "platform"}},
		}),
	}
}

func play(t *testing.T, reaches bool, objects ...*kube.Object) *Kogito {
	t.Helper()
	client, _ := kubetest.Cluster(map[string]string{
		"Pod": "v1", "SonataFlow": apiVersion, "SonataFlowPlatform": apiVersion, "SonataFlowClusterPlatform": apiVersion,
	})
	for _, o := range append(platform(), objects...) {
		if err := client.Create(context.Background(), o.DeepCopy()); err != nil {
			t.Fatal(err)
		}
	}
	k := New(client)
	k.In(func(context.Context, *kube.Object, *kube.Object) (bool, error) { return reaches, nil })
	tick(t, k)
	return k
}

func tick(t *testing.T, k *Kogito) {
	t.Helper()
	if err := k.Tick(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
}

func post(t *testing.T, k *Kogito, to *kube.Object, path string, body any) (int, kube.M) {
	t.Helper()
	handler, err := k.Handler(context.Background(), to)
	if err != nil || handler == nil {
		t.Fatalf("nothing answers at %s: %v", kube.Ref(to), err)
	}
	text, _ := json.Marshal(body)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, path, bytes.NewReader(text)))
	answer := kube.M{}
	_ = json.Unmarshal(recorder.Body.Bytes(), &answer)
	return recorder.Code, answer
}

func ask(t *testing.T, k *Kogito, query string) kube.M {
	t.Helper()
	code, answer := post(t, k, dataIndex, "/graphql", kube.M{"query": query})
	if code != http.StatusOK {
		t.Fatalf("code %d", code)
	}
	return answer
}

func definitions(t *testing.T, k *Kogito) any {
	t.Helper()
	return ask(t, k, "{ ProcessDefinitions { id version serviceUrl } }")["data"].(kube.M)["ProcessDefinitions"]
}

func TestAWorkflowRegistersOnceItReachesDataIndex(t *testing.T) {
	greeting, its := workflow("loans", "greeting", map[string]string{"sonataflow.org/version": "2.0"}, "inject"), running("loans", "greeting", "any")
	want := kube.L{kube.M{"id": "greeting", "version": "2.0", "serviceUrl": "http://greeting.loans"}}
	for name, c := range map[string]struct {
		reaches bool
		objects []*kube.Object
		want    kube.L
	}{
		"all is there":           {true, []*kube.Object{greeting, its, dataIndex}, want},
		"a policy is in the way": {false, []*kube.Object{greeting, its, dataIndex}, kube.L{}},
		"Data Index is down":     {true, []*kube.Object{greeting, its}, kube.L{}},
		"it does not run":        {true, []*kube.Object{greeting, dataIndex}, kube.L{}},
		"the profile is dev":     {true, []*kube.Object{workflow("loans", "greeting", map[string]string{"sonataflow.org/profile": "dev"}), its, dataIndex}, kube.L{}},
	} {
		if got := definitions(t, play(t, c.reaches, c.objects...)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheLaterOfTwoWithOneNameAndVersionStays(t *testing.T) {
	k := play(t, true, dataIndex, workflow("a", "greeting", nil), running("a", "greeting", "any"))
	if err := k.client.Create(context.Background(), workflow("b", "greeting", nil)); err != nil {
		t.Fatal(err)
	}
	if err := k.client.Create(context.Background(), running("b", "greeting", "any")); err != nil {
		t.Fatal(err)
	}
	tick(t, k)
	if got := definitions(t, k); !reflect.DeepEqual(got, kube.L{kube.M{"id": "greeting", "version": "1.0", "serviceUrl": "http://greeting.b"}}) {
		t.Errorf("got %v", got)
	}
}

func TestAnInstanceEndsAsItsWorkflowDoes(t *testing.T) {
	for name, c := range map[string]struct {
		image, state string
		code         int
		problem      any
		reaches      bool
	}{
		"well":                   {"any:1", "inject", http.StatusCreated, nil, true},
		"in an error":            {"any" + FailingTag, "inject", http.StatusInternalServerError, kube.M{"message": failure}, true},
		"not, for it waits":      {"any:1", "event", http.StatusCreated, nil, true},
		"without a word of that": {"any:1", "inject", http.StatusCreated, nil, false},
	} {
		its := running("loans", "greeting", c.image)
		k := play(t, c.reaches, dataIndex, workflow("loans", "greeting", nil, c.state), its)
		code, answer := post(t, k, its, "/greeting", kube.M{"a": "b"})
		if code != c.code {
			t.Fatalf("%s: code %d, %v", name, code, answer)
		}
		time.Sleep(2 * takes)
		id := answer["id"].(string)
		found := ask(t, k, `{ ProcessInstances(where: { id: { equal: "`+id+`" } }) { id state error { message } } }`)["data"].(kube.M)["ProcessInstances"].(kube.L)
		if !c.reaches {
			if len(found) != 0 {
				t.Errorf("%s: %v", name, found)
			}
			continue
		}
		state := map[string]string{"inject": "COMPLETED", "event": "ACTIVE"}[c.state]
		if c.problem != nil {
			state = "ERROR"
		}
		if want := (kube.L{kube.M{"id": id, "state": state, "error": c.problem}}); !reflect.DeepEqual(found, want) {
			t.Errorf("%s: %v", name, found)
		}
		if others := ask(t, k, `{ ProcessInstances(where: { id: { equal: "another" } }) { id } }`)["data"].(kube.M)["ProcessInstances"].(kube.L); len(others) != 0 {
			t.Errorf("%s: %v", name, others)
		}
	}
}

func TestWhatIsNotThereIsRefused(t *testing.T) {
	its := running("loans", "greeting", "any")
	k := play(t, true, dataIndex, workflow("loans", "greeting", nil, "inject"), its)
	if code, _ := post(t, k, its, "/another", kube.M{}); code != http.StatusNotFound {
		t.Errorf("another workflow: %d", code)
	}
	if code, _ := post(t, k, dataIndex, "/other", kube.M{}); code != http.StatusNotFound {
		t.Errorf("another path: %d", code)
	}
	if errors, _ := ask(t, k, "{ ProcessDefinitions { nothing } }")["errors"].(kube.L); len(errors) == 0 {
		t.Error("a field that upstream does not have is answered")
	}
	if handler, err := k.Handler(context.Background(), pod("loans", "other", kube.M{"app": "other"}, "any")); handler != nil || err != nil {
		t.Errorf("another pod answers: %v", err)
	}
}
