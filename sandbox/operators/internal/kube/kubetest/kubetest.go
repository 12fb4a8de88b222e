// Package kubetest has a cluster for tests, in which objects can also be applied.
package kubetest

import (
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/testing"

	"orchestrator-sandbox/operators/internal/kube"
)

// Cluster holds objects of some kinds, given with their apiVersions.
func Cluster(kinds map[string]string, objects ...runtime.Object) (*kube.Client, *fake.FakeDynamicClient) {
	lists := map[schema.GroupVersionResource]string{}
	for kind, api := range kinds {
		lists[kube.Resource(api, kind)] = kind + "List"
	}
	dynamic := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists, objects...)
	dynamic.PrependReactor("patch", "*", func(action testing.Action) (bool, runtime.Object, error) {
		patch := action.(testing.PatchAction)
		if patch.GetPatchType() != types.ApplyPatchType {
			return false, nil, nil
		}
		o := &kube.Object{}
		if err := json.Unmarshal(patch.GetPatch(), &o.Object); err != nil {
			return true, nil, err
		}
		// One manager, and whole objects: what is applied is what there is.
		err := dynamic.Tracker().Create(patch.GetResource(), o, patch.GetNamespace())
		if errors.IsAlreadyExists(err) {
			err = dynamic.Tracker().Update(patch.GetResource(), o, patch.GetNamespace())
		}
		return true, o, err
	})
	return kube.NewWith(dynamic), dynamic
}
