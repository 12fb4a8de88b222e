package kubernetes

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

var (
	getOptions  = metav1.GetOptions{}
	listOptions = metav1.ListOptions{}
)

// clients talks to objects of any kind. What the API server offers is asked for
// once, and again when a kind is not found.
type clients struct {
	dynamic dynamic.Interface
	mapper  meta.ResettableRESTMapper
}

func newClients(config *rest.Config) (*clients, error) {
	dynamicClient, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	discoveryClient, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	if _, err := discoveryClient.ServerVersion(); err != nil {
		return nil, err
	}
	return &clients{
		dynamic: dynamicClient,
		mapper:  restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discoveryClient)),
	}, nil
}

// forKind returns the client for a kind.
func (c *clients) forKind(gvk schema.GroupVersionKind, namespace string) (dynamic.ResourceInterface, error) {
	mapping, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		c.mapper.Reset()
		if mapping, err = c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version); err != nil {
			return nil, err
		}
	}
	client := c.dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		return client, nil
	}
	return client.Namespace(canonicalNamespace(namespace)), nil
}

// forObject returns the client for an object's kind and namespace.
func (c *clients) forObject(obj *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	return c.forKind(gvkOfObject(obj), obj.GetNamespace())
}

// serves tells whether the API server knows the kind of an object.
func (c *clients) serves(obj *unstructured.Unstructured) bool {
	gvk := gvkOfObject(obj)
	_, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	return err == nil
}

// namespaced returns the scope of a kind, and whether it is known.
func (c *clients) namespaced(gvk schema.GroupVersionKind) (namespaced, known bool) {
	mapping, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return false, false
	}
	return mapping.Scope.Name() == meta.RESTScopeNameNamespace, true
}

func canonicalNamespace(namespace string) string {
	if namespace == "" {
		return metav1.NamespaceDefault
	}
	return namespace
}
