package pipelines

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tasks.tekton.dev}
spec: {group: tekton.dev, names: {kind: Task, plural: tasks}}
`

func TestKindsComeOnceTheOperatorRunsAndStay(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "tasks.tekton.dev.yaml"), []byte(crd), 0o644); err != nil {
		t.Fatal(err)
	}
	client, dynamic := kubetest.Cluster(map[string]string{
		"Task": "tekton.dev/v1", "CustomResourceDefinition": "apiextensions.k8s.io/v1",
	})
	dynamic.PrependReactor("list", "tasks", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewGenericServerResponse(http.StatusNotFound, "list", schema.GroupResource{}, "", "", 0, true)
	})
	operator, err := New(client, folder)
	if err != nil {
		t.Fatal(err)
	}
	there := func() bool {
		o, err := client.Get(context.Background(), "apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "tasks.tekton.dev")
		if err != nil {
			t.Fatal(err)
		}
		return o != nil
	}
	running := kube.Operators{deployment: {CSV: "openshift-pipelines-operator-rh.v1.16.0"}}
	for _, turn := range []struct {
		operators kube.Operators
		want      bool
	}{{kube.Operators{}, false}, {running, true}, {running, true}, {kube.Operators{}, true}} {
		if err := operator.Tick(context.Background(), turn.operators); err != nil {
			t.Fatal(err)
		}
		if got := there(); got != turn.want {
			t.Errorf("with %d operators running the kind is there: %v", len(turn.operators), got)
		}
	}
}
