package bundles

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"time"

	"orchestrator-sandbox/operators/internal/catalog"
	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

const source = "../../../catalog"

// rendered is a folder with the bundles of the catalog, without those that need CRDs of other modules.
func rendered(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := catalog.RenderDir(source, "", t.TempDir(), folder); err != nil && !strings.Contains(err.Error(), "argoproj.io") {
		t.Fatal(err)
	}
	return folder
}

func play(t *testing.T, image string, delay time.Duration) (pod, target *kube.Object) {
	t.Helper()
	client, _ := kubetest.Cluster(map[string]string{"Pod": "v1", "ConfigMap": "v1"},
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "ConfigMap", "metadata": kube.M{"name": "c", "namespace": "n"}}),
		kube.Manifest(kube.M{
			"apiVersion": "v1", "kind": "Pod",
			"metadata": kube.M{
				"name": "p", "namespace": "n", "labels": kube.M{unpacks: "c"},
				"creationTimestamp": time.Now().UTC().Format(time.RFC3339),
			},
			"spec": kube.M{"nodeName": "node-1", "containers": kube.L{kube.M{
				"name": "extract", "env": kube.L{kube.M{"name": "CONTAINER_IMAGE", "value": image}},
			}}},
		}),
	)
	if err := New(client, rendered(t), delay).Tick(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	get := func(kind, name string) *kube.Object {
		o, err := client.Get(context.Background(), "v1", kind, "n", name)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	return get("Pod", "p"), get("ConfigMap", "c")
}

func waits(pod *kube.Object) string {
	statuses, _ := kube.Map(pod, "status")["initContainerStatuses"].(kube.L)
	if len(statuses) == 0 {
		return ""
	}
	state, _ := statuses[0].(kube.M)["state"].(kube.M)
	waiting, _ := state["waiting"].(kube.M)
	reason, _ := waiting["reason"].(string)
	return kube.Str(pod, "status", "phase") + " " + reason
}

func TestABundleIsUnpackedIntoItsConfigMap(t *testing.T) {
	pod, target := play(t, "sandbox.invalid/rhdh/bundle:1.10.1", 0)
	if got := kube.Str(pod, "status", "phase"); got != "Succeeded" {
		t.Errorf("the pod is %s", got)
	}
	if target.GetAnnotations()["olm.contentEncoding"] != "gzip+base64" {
		t.Errorf("got %v", target.GetAnnotations())
	}
	data := kube.Map(target, "binaryData")
	text, _ := data["00_clusterserviceversion.json"].(string)
	if len(data) != 2 || text == "" {
		t.Fatalf("there are %d files: %v", len(data), data)
	}
	var raw []byte
	for range 2 {
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		raw, text = decoded, string(decoded)
	}
	reader, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	csv, err := io.ReadAll(reader)
	if err != nil || !strings.Contains(string(csv), `"name":"rhdh-operator.v1.10.1"`) {
		t.Errorf("got %s (%v)", csv, err)
	}
}

func TestWhatKeepsABundleFromBeingUnpacked(t *testing.T) {
	for name, c := range map[string]struct {
		image string
		delay time.Duration
		want  string
	}{
		"its time":                   {"sandbox.invalid/rhdh/bundle:1.10.1", time.Hour, "Pending PodInitializing"},
		"an image that there is not": {"sandbox.invalid/rhdh/bundle:9.9.9", 0, "Pending ImagePullBackOff"},
	} {
		pod, target := play(t, c.image, c.delay)
		if got := waits(pod); got != c.want {
			t.Errorf("%s: the pod is %s", name, got)
		}
		if data := kube.Map(target, "binaryData"); len(data) != 0 {
			t.Errorf("%s: got %v", name, data)
		}
	}
}
