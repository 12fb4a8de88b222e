// Package kube is the small client that the played operators share.
package kube

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	apijson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// Object is any object of the API.
type Object = unstructured.Unstructured

// M is a JSON object, for writing manifests down.
type M = map[string]any

// L is a JSON list.
type L = []any

// Manager is the field manager of everything applied here.
const Manager = "sandbox-operators"

// Client reads and writes objects by their apiVersion and kind.
type Client struct {
	dynamic dynamic.Interface
}

// New makes a client without the usual low rate limit.
func New(config *rest.Config) (*Client, error) {
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 200, 400
	config.Timeout = 30 * time.Second
	config.WarningHandler = rest.NoWarnings{}
	d, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Client{dynamic: d}, nil
}

// NewWith wraps a given dynamic client (tests).
func NewWith(d dynamic.Interface) *Client {
	return &Client{dynamic: d}
}

// Resource gives the resource of a kind by the API's naming convention.
func Resource(apiVersion, kind string) schema.GroupVersionResource {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		panic(err) // apiVersions come from this program and from manifests it wrote
	}
	plural, _ := meta.UnsafeGuessKindToResource(gv.WithKind(kind))
	return plural
}

func (c *Client) in(apiVersion, kind, namespace string) dynamic.ResourceInterface {
	r := c.dynamic.Resource(Resource(apiVersion, kind))
	if namespace == "" {
		return r
	}
	return r.Namespace(namespace)
}

func (c *Client) of(o *Object) dynamic.ResourceInterface {
	return c.in(o.GetAPIVersion(), o.GetKind(), o.GetNamespace())
}

// Get returns nil without an error for what does not exist, be it the object or its API.
func (c *Client) Get(ctx context.Context, apiVersion, kind, namespace, name string) (*Object, error) {
	o, err := c.in(apiVersion, kind, namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return o, err
}

// List is empty when the API does not exist. Without a namespace it lists all of them.
func (c *Client) List(ctx context.Context, apiVersion, kind, namespace, selector string) ([]Object, error) {
	list, err := c.in(apiVersion, kind, namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// Served tells whether the API of a kind exists.
func (c *Client) Served(ctx context.Context, apiVersion, kind string) (bool, error) {
	_, err := c.in(apiVersion, kind, "").List(ctx, metav1.ListOptions{Limit: 1})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// Revision is another one after anybody has written anything: that of etcd. Of events the API server has no cache (kubernetes
// v1.36.1, pkg/kubeapiserver/default_storage_factory_builder.go, DefaultWatchCacheSizes), so a list of none is read from there.
func (c *Client) Revision(ctx context.Context) (string, error) {
	events, err := c.in("v1", "Event", "kube-public").List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return "", err
	}
	return events.GetResourceVersion(), nil
}

// Create fails on what already exists.
func (c *Client) Create(ctx context.Context, o *Object) error {
	_, err := c.of(o).Create(ctx, o, metav1.CreateOptions{FieldManager: Manager})
	return err
}

// Apply creates or updates on the server, taking over conflicting fields.
func (c *Client) Apply(ctx context.Context, o *Object) error {
	_, err := c.of(o).Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: Manager, Force: true})
	return err
}

// Update replaces an object as it was read; it must not have changed meanwhile.
func (c *Client) Update(ctx context.Context, o *Object) error {
	_, err := c.of(o).Update(ctx, o, metav1.UpdateOptions{FieldManager: Manager})
	return err
}

// Delete starts the deletion of an object, dependents in the background. What is gone is no error.
func (c *Client) Delete(ctx context.Context, o *Object) error {
	background := metav1.DeletePropagationBackground
	err := c.of(o).Delete(ctx, o.GetName(), metav1.DeleteOptions{PropagationPolicy: &background})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// SetFinalizers replaces the finalizers; the object must not have changed meanwhile.
func (c *Client) SetFinalizers(ctx context.Context, o *Object, finalizers []string) error {
	if finalizers == nil {
		finalizers = []string{}
	}
	patch, err := json.Marshal(M{"metadata": M{"finalizers": finalizers, "resourceVersion": o.GetResourceVersion()}})
	if err != nil {
		return err
	}
	changed, err := c.of(o).Patch(ctx, o.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: Manager})
	if err != nil {
		return err
	}
	o.SetFinalizers(changed.GetFinalizers())
	o.SetResourceVersion(changed.GetResourceVersion())
	return nil
}

// SetStatus merges into the status subresource.
func (c *Client) SetStatus(ctx context.Context, o *Object, status M) error {
	patch, err := json.Marshal(M{"status": status})
	if err != nil {
		return err
	}
	changed, err := c.of(o).Patch(ctx, o.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: Manager}, "status")
	if err != nil {
		return err
	}
	o.Object["status"] = changed.Object["status"]
	o.SetResourceVersion(changed.GetResourceVersion())
	return nil
}

// Manifest wraps a manifest that was written down as a literal. Going through JSON
// gives it the types that the API machinery expects.
func Manifest(m M) *Object {
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	o := &Object{}
	if err := apijson.Unmarshal(raw, &o.Object); err != nil {
		panic(err)
	}
	return o
}

// Str reads a string inside an object; absent and other types read as "".
func Str(o *Object, path ...string) string {
	s, _, _ := unstructured.NestedString(o.Object, path...)
	return s
}

// Map reads an object inside an object.
func Map(o *Object, path ...string) M {
	m, _, _ := unstructured.NestedMap(o.Object, path...)
	return m
}

// SecretData is what a Secret holds, decoded; nothing where there is none.
func SecretData(secret *Object) (map[string]string, error) {
	data := map[string]string{}
	if secret == nil {
		return data, nil
	}
	for key, v := range Map(secret, "data") {
		encoded, _ := v.(string)
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, err
		}
		data[key] = string(decoded)
	}
	return data, nil
}

// Bool reads a boolean inside an object.
func Bool(o *Object, path ...string) bool {
	b, _, _ := unstructured.NestedBool(o.Object, path...)
	return b
}

// Owner is the controlling ownerReference to o.
func Owner(o *Object) L {
	return L{M{
		"apiVersion":         o.GetAPIVersion(),
		"kind":               o.GetKind(),
		"name":               o.GetName(),
		"uid":                string(o.GetUID()),
		"controller":         true,
		"blockOwnerDeletion": true,
	}}
}

// Ref names an object in one line for logs.
func Ref(o *Object) string {
	if o.GetNamespace() == "" {
		return fmt.Sprintf("%s %s", o.GetKind(), o.GetName())
	}
	return fmt.Sprintf("%s %s/%s", o.GetKind(), o.GetNamespace(), o.GetName())
}
