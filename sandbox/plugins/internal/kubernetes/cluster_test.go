package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"orchestrator-sandbox/plugins/internal/server"
)

// startCluster starts etcd and kube-apiserver, which STANDINS_TEST_ETCD and
// STANDINS_TEST_APISERVER name, and returns a kubeconfig for them.
func startCluster(t *testing.T) string {
	t.Helper()
	etcd, apiserver := os.Getenv("STANDINS_TEST_ETCD"), os.Getenv("STANDINS_TEST_APISERVER")
	if etcd == "" || apiserver == "" {
		t.Skip("STANDINS_TEST_ETCD and STANDINS_TEST_APISERVER are not set")
	}
	dir := t.TempDir()
	const token = "standins-test"
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	start := func(program string, args ...string) {
		cmd := exec.Command(program, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	}
	key := filepath.Join(dir, "sa.key")
	if out, err := exec.Command("openssl", "genrsa", "-out", key, "2048").CombinedOutput(); err != nil {
		t.Skipf("openssl cannot make a key: %v: %s", err, out)
	}
	client, peer, api := freePort(t), freePort(t), freePort(t)
	start(etcd, "--data-dir", filepath.Join(dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls", client.url("http"), "--advertise-client-urls", client.url("http"),
		"--listen-peer-urls", peer.url("http"))
	start(apiserver, "--etcd-servers", client.url("http"), "--bind-address", "127.0.0.1",
		"--secure-port", fmt.Sprint(api), "--cert-dir", filepath.Join(dir, "certs"),
		"--token-auth-file", write("tokens.csv", token+`,admin,admin,"system:masters"`),
		"--service-account-key-file", key, "--service-account-signing-key-file", key,
		"--service-account-issuer", "https://test.local", "--service-cluster-ip-range", "10.0.0.0/24",
		"--disable-admission-plugins", "ServiceAccount", "--authorization-mode", "RBAC")
	return write("kubeconfig", fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c",
		"clusters":[{"name":"c","cluster":{"server":%q,"insecure-skip-tls-verify":true}}],
		"users":[{"name":"u","user":{"token":%q}}],
		"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}]}`, api.url("https"), token))
}

type port int

func (p port) url(scheme string) string { return fmt.Sprintf("%s://127.0.0.1:%d", scheme, p) }

func freePort(t *testing.T) port {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return port(listener.Addr().(*net.TCPAddr).Port)
}

// cluster is a configured provider and a client of its own.
type cluster struct {
	*provider
	t *testing.T
}

func connectCluster(t *testing.T, kubeconfig string) cluster {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(500 * time.Millisecond) {
		p := New(server.Self()).(*provider)
		if _, err := p.Configure(context.Background(), &pulumirpc.ConfigureRequest{
			Variables: map[string]string{"kubernetes:config:kubeconfig": kubeconfig},
		}); err != nil {
			t.Fatal(err)
		}
		if p.unreachable == "" {
			if _, err := p.clients.dynamic.Resource(namespaces).Get(context.Background(), "default", getOptions); err == nil {
				return cluster{p, t}
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the API server does not come up: %s", p.unreachable)
		}
	}
}

var (
	namespaces = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

func (c cluster) configMaps() dynamic.ResourceInterface {
	return c.clients.dynamic.Resource(configMaps).Namespace("default")
}

func (c cluster) create(token, text string) (*pulumirpc.CreateResponse, error) {
	return c.Create(context.Background(), createRequest(c.t, token, text))
}

func (c cluster) update(token, id string, olds *structpb.Struct, text string) (*pulumirpc.UpdateResponse, error) {
	news := createRequest(c.t, token, text)
	return c.Update(context.Background(), &pulumirpc.UpdateRequest{Id: id, Urn: news.Urn, Olds: olds, News: news.Properties})
}

func (c cluster) delete(token, id string, state *structpb.Struct, seconds float64) error {
	_, err := c.Delete(context.Background(), &pulumirpc.DeleteRequest{
		Id: id, Urn: createRequest(c.t, token, "{}").Urn, Properties: state, Timeout: seconds,
	})
	return err
}

func (c cluster) get(name string) *unstructured.Unstructured {
	c.t.Helper()
	obj, err := c.configMaps().Get(context.Background(), name, getOptions)
	if err != nil {
		c.t.Fatal(err)
	}
	return obj
}

func cm(name, annotations, data string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q,"namespace":"default",
		"annotations":{"pulumi.com/deletionPropagationPolicy":"background"%s}},"data":%s}`, name, annotations, data)
}

// failedState returns the state that came with an error.
func failedState(t *testing.T, err error) *structpb.Struct {
	t.Helper()
	converted, ok := rpcerror.FromError(err)
	if !ok {
		t.Fatalf("not an error of the engine's kind: %v", err)
	}
	for _, detail := range converted.Details() {
		if failed, ok := detail.(*pulumirpc.ErrorResourceInitFailed); ok {
			return failed.Properties
		}
	}
	t.Fatalf("the error has no state: %v", err)
	return nil
}

func TestOnCluster(t *testing.T) {
	const kind, patchKind = "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:ConfigMapPatch"
	kubeconfig := startCluster(t)
	c := connectCluster(t, kubeconfig)

	t.Run("update hands the fields over", func(t *testing.T) {
		created, err := c.create(kind, cm("a", "", `{"x":"1","y":"1"}`))
		if err != nil {
			t.Fatal(err)
		}
		updated, err := c.update(kind, created.Id, created.Properties, cm("a", "", `{"x":"2"}`))
		if err != nil {
			t.Fatal(err)
		}
		live := c.get("a")
		if data, _, _ := unstructured.NestedStringMap(live.Object, "data"); len(data) != 1 || data["x"] != "2" {
			t.Errorf("data %v", data)
		}
		entries := live.GetManagedFields()
		if len(entries) != 1 || !strings.HasPrefix(entries[0].Manager, managerPrefix) {
			t.Errorf("managers %v", entries)
		}

		if _, err := c.configMaps().Patch(context.Background(), "a", types.MergePatchType, []byte(`{"data":{"x":"9"}}`),
			metav1.PatchOptions{FieldManager: "somebody"}); err != nil {
			t.Fatal(err)
		}
		_, err = c.update(kind, created.Id, updated.Properties, cm("a", "", `{"x":"3"}`))
		if err == nil || !strings.Contains(err.Error(), `"somebody"`) || !strings.Contains(err.Error(), annotationPatchForce) {
			t.Errorf("conflict: %v", err)
		}
		if _, err = c.update(kind, created.Id, updated.Properties,
			cm("a", `,"pulumi.com/patchForce":"true"`, `{"x":"3"}`)); err != nil {
			t.Errorf("forced: %v", err)
		}
		if err := c.delete(kind, created.Id, updated.Properties, 10); err != nil {
			t.Error(err)
		}
		if err := c.delete(kind, created.Id, updated.Properties, 10); err != nil {
			t.Errorf("deleting what is gone: %v", err)
		}
	})

	t.Run("waits", func(t *testing.T) {
		wait := `,"pulumi.com/waitFor":"jsonpath={.data.ready}=yes","pulumi.com/timeoutSeconds":"2"`
		_, err := c.create(kind, cm("w", wait, `{"x":"1"}`))
		if err == nil || !strings.Contains(err.Error(), "timed out waiting for the condition") {
			t.Fatalf("got %v", err)
		}
		state := failedState(t, err)
		time.AfterFunc(500*time.Millisecond, func() {
			_, _ = c.configMaps().Patch(context.Background(), "w", types.MergePatchType, []byte(`{"data":{"ready":"yes"}}`),
				metav1.PatchOptions{FieldManager: "somebody"})
		})
		if _, err := c.update(kind, "default/w", state, cm("w", wait, `{"x":"1"}`)); err != nil {
			t.Errorf("the next run: %v", err)
		}
	})

	t.Run("finalizers", func(t *testing.T) {
		text := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"f","namespace":"default","finalizers":["test/x"]}}`
		created, err := c.create(kind, text)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.delete(kind, created.Id, created.Properties, 1); err == nil {
			t.Error("the object is still there")
		}
		if _, err := c.configMaps().Patch(context.Background(), "f", types.JSONPatchType,
			[]byte(`[{"op":"replace","path":"/metadata/finalizers","value":[]}]`), metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := c.delete(kind, created.Id, created.Properties, 5); err != nil {
			t.Error(err)
		}
	})

	t.Run("patches", func(t *testing.T) {
		object := &unstructured.Unstructured{}
		if err := json.Unmarshal([]byte(cm("p", "", `{"x":"1"}`)), &object.Object); err != nil {
			t.Fatal(err)
		}
		if _, err := c.configMaps().Create(context.Background(), object, metav1.CreateOptions{FieldManager: "owner"}); err != nil {
			t.Fatal(err)
		}
		patch := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"p","namespace":"default","labels":{"mine":"1"}}}`
		created, err := c.create(patchKind, patch)
		if err != nil {
			t.Fatal(err)
		}
		if c.get("p").GetLabels()["mine"] != "1" {
			t.Error("the label is missing")
		}
		if err := c.delete(patchKind, created.Id, created.Properties, 5); err != nil {
			t.Fatal(err)
		}
		if left := c.get("p"); len(left.GetLabels()) != 0 || left.Object["data"] == nil {
			t.Errorf("left %v", left.Object)
		}

		// The official plugin brings an object back by giving it up.
		if err := c.configMaps().Delete(context.Background(), "p", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := c.delete(patchKind, created.Id, created.Properties, 5); err != nil {
			t.Fatal(err)
		}
		if _, err := c.configMaps().Get(context.Background(), "p", getOptions); err != nil {
			t.Errorf("giving up a missing object must create it: %v", err)
		}
	})

	t.Run("reads", func(t *testing.T) {
		created, err := c.create(kind, cm("r", "", `{"x":"1"}`))
		if err != nil {
			t.Fatal(err)
		}
		request := createRequest(t, kind, cm("r", "", `{"x":"1"}`))
		read := func() *pulumirpc.ReadResponse {
			resp, err := c.Read(context.Background(), &pulumirpc.ReadRequest{
				Id: created.Id, Urn: request.Urn, Properties: created.Properties, Inputs: request.Properties,
			})
			if err != nil {
				t.Fatal(err)
			}
			return resp
		}
		if _, err := c.configMaps().Patch(context.Background(), "r", types.MergePatchType,
			[]byte(`{"data":{"x":"drift","other":"1"}}`), metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
		data := read().GetInputs().GetFields()["data"].GetStructValue().GetFields()
		if len(data) != 1 || data["x"].GetStringValue() != "drift" {
			t.Errorf("inputs after drift: %v", data)
		}
		if err := c.configMaps().Delete(context.Background(), "r", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		if read().GetId() != "" {
			t.Error("an object that is gone must read as such")
		}
	})

	t.Run("cancelled waits keep the object", func(t *testing.T) {
		other := connectCluster(t, kubeconfig)
		time.AfterFunc(500*time.Millisecond, func() { _, _ = other.Cancel(context.Background(), nil) })
		_, err := other.create(kind, cm("cancelled", `,"pulumi.com/waitFor":"jsonpath={.data.ready}"`, `{"x":"1"}`))
		if err == nil {
			t.Fatal("no error")
		}
		failedState(t, err)
		if _, err := c.configMaps().Get(context.Background(), "cancelled", getOptions); err != nil {
			t.Errorf("the object: %v", err)
		}
	})
}
