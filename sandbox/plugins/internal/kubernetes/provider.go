// Package kubernetes stands in for the "kubernetes" plugin. It works on a real
// API server and keeps to what the official plugin does, its rough edges
// included: where the two differ, this one is wrong.
package kubernetes

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"orchestrator-sandbox/plugins/internal/server"
)

const (
	pluginName    = "kubernetes"
	pluginVersion = "4.34.2"

	// createManager is the field manager of objects created with a POST. The
	// first update hands its fields over to the resource's own manager.
	createManager = "pulumi-kubernetes"
	// managerPrefix begins the name of each resource's own field manager.
	managerPrefix = "pulumi-kubernetes-"
)

// Keys of the state that are not part of the object.
const (
	keyInputs            = "__inputs"
	keyInitialAPIVersion = "__initialApiVersion"
	keyFieldManager      = "__fieldManager"
)

type provider struct {
	server.Base

	settings settings
	clients  *clients
	// unreachable says why there is no cluster to work on, if so.
	unreachable string

	mu sync.Mutex
	// declared holds the scope of the custom resource definitions that the
	// program declares, before the API server knows them.
	declared map[schema.GroupKind]bool
}

// New returns the stand-in.
func New(caller server.Caller) server.Provider {
	return &provider{
		Base:     server.NewBase(pluginName, pluginVersion, true, caller),
		declared: map[schema.GroupKind]bool{},
	}
}

// Invoke and the other calls that are not implemented here answer
// "unimplemented", which the base does.

// gvkOf derives the kind from a resource type such as
// kubernetes:apps/v1:Deployment.
func gvkOf(urn resource.URN) (schema.GroupVersionKind, error) {
	if string(urn.Type().Package()) != pluginName {
		return schema.GroupVersionKind{}, fmt.Errorf("unrecognized resource type: %q for this provider", urn.Type())
	}
	group, version, found := strings.Cut(string(urn.Type().Module().Name()), "/")
	if !found || strings.Contains(version, "/") {
		return schema.GroupVersionKind{},
			fmt.Errorf("apiVersion does not have both a group and a version: %q", urn.Type().Module().Name())
	}
	return schema.GroupVersionKind{Group: realGroup(group), Version: version, Kind: string(urn.Type().Name())}, nil
}

// gvkOfObject is the kind an object names itself.
func gvkOfObject(obj *unstructured.Unstructured) schema.GroupVersionKind {
	gvk := schema.FromAPIVersionAndKind(obj.GetAPIVersion(), obj.GetKind())
	gvk.Group = realGroup(gvk.Group)
	return gvk
}

// realGroup is the API's name of a group: the core group has none.
func realGroup(group string) string {
	if group == "core" {
		return ""
	}
	return group
}

// isPatch tells whether the resource is a patch of an object that others own.
func isPatch(urn resource.URN, obj *unstructured.Unstructured) bool {
	return string(urn.Type().Name()) == obj.GetKind()+"Patch"
}

// objectID is the id of a resource: namespace/name, or name.
func objectID(obj *unstructured.Unstructured) string {
	if ns := obj.GetNamespace(); ns != "" {
		return ns + "/" + obj.GetName()
	}
	return obj.GetName()
}

// splitID is the inverse of objectID.
func splitID(id string) (namespace, name string) {
	parts := strings.Split(id, "/")
	if len(parts) == 1 {
		return "", id
	}
	return parts[0], parts[1]
}

// fieldManager names the manager of a resource's fields: the one its annotation
// asks for, the one in its state, or a new one.
func (p *provider) fieldManager(state resource.PropertyMap, inputs *unstructured.Unstructured) (string, error) {
	if !p.settings.serverSideApply {
		return createManager, nil
	}
	if name := annotation(inputs, annotationPatchManager); name != "" {
		return name, nil
	}
	if name := state[keyFieldManager]; name.IsString() {
		return name.StringValue(), nil
	}
	return resource.NewUniqueName(nil, managerPrefix, 0, 0, nil)
}

// namespaced tells whether objects of a kind live in namespaces. A kind that
// nothing is known about is taken to be namespaced.
func (p *provider) namespaced(gvk schema.GroupVersionKind) bool {
	if isKnownVersion(gvk.GroupVersion()) {
		if scope, known := knownScopes[strings.TrimSuffix(gvk.Kind, "Patch")]; known {
			return scope
		}
	}
	p.mu.Lock()
	scope, declared := p.declared[gvk.GroupKind()]
	p.mu.Unlock()
	if declared {
		return scope
	}
	if p.clients == nil {
		return true
	}
	if scope, known := p.clients.namespaced(gvk); known {
		return scope
	}
	return true
}

// declare remembers the scope of a custom resource definition.
func (p *provider) declare(crd *unstructured.Unstructured) {
	group, _, _ := unstructured.NestedString(crd.Object, "spec", "group")
	kind, _, _ := unstructured.NestedString(crd.Object, "spec", "names", "kind")
	scope, _, _ := unstructured.NestedString(crd.Object, "spec", "scope")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.declared[schema.GroupKind{Group: group, Kind: kind}] = scope == "Namespaced"
}

// readLive gets an object as it is in the cluster.
func (p *provider) readLive(ctx context.Context, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	client, err := p.clients.forObject(obj)
	if err != nil {
		return nil, err
	}
	return client.Get(ctx, obj.GetName(), getOptions)
}
