package kubernetes

import (
	"encoding/base64"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

// schemaKeys are the object keys that a program spells with underscores,
// because most of its languages cannot spell them with dashes.
var schemaKeys = map[string]string{
	"x_kubernetes_embedded_resource":       "x-kubernetes-embedded-resource",
	"x_kubernetes_int_or_string":           "x-kubernetes-int-or-string",
	"x_kubernetes_list_map_keys":           "x-kubernetes-list-map-keys",
	"x_kubernetes_list_type":               "x-kubernetes-list-type",
	"x_kubernetes_map_type":                "x-kubernetes-map-type",
	"x_kubernetes_preserve_unknown_fields": "x-kubernetes-preserve-unknown-fields",
	"x_kubernetes_validations":             "x-kubernetes-validations",
}

var propertyKeys = func() map[string]resource.PropertyKey {
	keys := map[string]resource.PropertyKey{}
	for property, key := range schemaKeys {
		keys[key] = resource.PropertyKey(property)
	}
	return keys
}()

// toObject turns properties into an object. Secrets become plain and unknown
// values stay recognisable.
func toObject(props resource.PropertyMap) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: props.MapRepl(
		func(key string) (string, bool) {
			name, found := schemaKeys[key]
			return name, found
		},
		plainValue,
	)}
}

func plainValue(v resource.PropertyValue) (any, bool) {
	if v.IsSecret() {
		return v.SecretValue().Element.MapRepl(nil, plainValue), true
	}
	return nil, false
}

// toProperties turns an object into properties.
func toProperties(object map[string]any) resource.PropertyMap {
	return resource.NewPropertyMapFromMapRepl(object, func(key string) (resource.PropertyKey, bool) {
		name, found := propertyKeys[key]
		return name, found
	}, nil)
}

// hasUnknown tells whether any value in the object is not known yet.
func hasUnknown(value any) bool {
	switch v := value.(type) {
	case resource.Computed:
		return true
	case map[string]any:
		for _, item := range v {
			if hasUnknown(item) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if hasUnknown(item) {
				return true
			}
		}
	}
	return false
}

// normalize spells the inputs of Kubernetes' own kinds the way the API server
// does, so that two spellings of one thing do not differ. Fields that only the
// server sets are dropped from objects of any kind.
func normalize(obj *unstructured.Unstructured) *unstructured.Unstructured {
	if !hasUnknown(obj.Object) && isKnownKind(obj) {
		obj = normalizeKnown(obj)
	}
	for _, field := range []string{
		"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation",
		"managedFields", "resourceVersion", "uid",
	} {
		unstructured.RemoveNestedField(obj.Object, "metadata", field)
	}
	return obj
}

func normalizeKnown(obj *unstructured.Unstructured) *unstructured.Unstructured {
	switch {
	case isCRD(obj):
		if preserve, found, err := unstructured.NestedBool(
			obj.Object, "spec", "preserveUnknownFields"); err == nil && found && !preserve {
			unstructured.RemoveNestedField(obj.Object, "spec", "preserveUnknownFields")
		}
		unstructured.RemoveNestedField(obj.Object, "status")
		return obj
	case isSecret(obj):
		normalizeSecret(obj)
		return obj
	}
	typed, err := scheme.Scheme.New(obj.GroupVersionKind())
	if err != nil {
		return obj
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, typed); err != nil {
		return obj
	}
	respelled, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return obj
	}
	return &unstructured.Unstructured{Object: pruneMap(respelled, obj.Object)}
}

// normalizeSecret moves stringData into data and spells base64 canonically.
func normalizeSecret(obj *unstructured.Unstructured) {
	data, isMap := obj.Object["data"].(map[string]any)
	text, isText, err := unstructured.NestedStringMap(obj.Object, "stringData")
	if err != nil || !isText || len(text) == 0 {
		for key, value := range data {
			if encoded, ok := value.(string); ok {
				if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil {
					data[key] = base64.StdEncoding.EncodeToString(decoded)
				}
			}
		}
		return
	}
	if !isMap {
		data = map[string]any{}
	}
	for key, value := range text {
		data[key] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	obj.Object["data"] = data
	unstructured.RemoveNestedField(obj.Object, "stringData")
}

// prune cuts a live object down to the shape of the inputs that made it, so
// that what the cluster added does not count as a difference.
func prune(live, inputs *unstructured.Unstructured) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: pruneMap(live.Object, inputs.Object)}
}

func pruneMap(live, shape map[string]any) map[string]any {
	if live == nil || shape == nil {
		return nil
	}
	pruned := map[string]any{}
	for key, value := range live {
		if like, found := shape[key]; found {
			pruned[key] = pruneValue(value, like)
		}
	}
	return pruned
}

func pruneValue(live, shape any) any {
	switch value := live.(type) {
	case map[string]any:
		if like, same := shape.(map[string]any); same {
			return pruneMap(value, like)
		}
	case []any:
		if like, same := shape.([]any); same {
			return pruneList(value, like)
		}
	}
	return live
}

// pruneList pairs items by position, as lists in inputs and live objects do.
func pruneList(live, shape []any) []any {
	if live == nil || shape == nil {
		return nil
	}
	if len(live) == 0 || len(shape) == 0 {
		return []any{}
	}
	if reflect.TypeOf(live[0]) != reflect.TypeOf(shape[0]) {
		return runtime.DeepCopyJSONValue(live).([]any)
	}
	pruned := make([]any, 0, len(shape))
	for i := range min(len(live), len(shape)) {
		pruned = append(pruned, pruneValue(live[i], shape[i]))
	}
	return pruned
}

// checkpoint is the state of a resource: the live object and, under keys of
// their own, what the provider needs to know later. It has the secrets that the
// inputs have.
func checkpoint(
	inputs, live *unstructured.Unstructured, from resource.PropertyMap, initialAPIVersion, manager string,
) resource.PropertyMap {
	state := toProperties(live.Object)
	recorded := toProperties(inputs.Object)
	keepSecrets(state, from)
	keepSecrets(recorded, from)

	state[keyInputs] = resource.NewObjectProperty(recorded)
	state[keyInitialAPIVersion] = resource.NewStringProperty(initialAPIVersion)
	state[keyFieldManager] = resource.NewStringProperty(manager)
	return state
}

// parseCheckpoint is the inverse of checkpoint, without the secrets.
func parseCheckpoint(state resource.PropertyMap) (inputs, live *unstructured.Unstructured) {
	live = toObject(state)
	recorded, ok := live.Object[keyInputs].(map[string]any)
	if !ok {
		recorded = map[string]any{}
	}
	delete(live.Object, keyInputs)
	return &unstructured.Unstructured{Object: recorded}, live
}

// initialAPIVersion is the version a resource was created with.
func initialAPIVersion(state resource.PropertyMap, inputs *unstructured.Unstructured) string {
	if version := state[keyInitialAPIVersion]; version.IsString() {
		return version.StringValue()
	}
	return inputs.GetAPIVersion()
}

// keepSecrets marks as secret what came from a secret input, and always the
// contents of a Secret. A list with a secret in it is secret as a whole.
func keepSecrets(outs, ins resource.PropertyMap) {
	if kind := outs["kind"]; kind.IsString() && kind.StringValue() == "Secret" {
		for _, key := range []resource.PropertyKey{"data", "stringData"} {
			if value, found := outs[key]; found {
				outs[key] = resource.MakeSecret(value)
			}
		}
		return
	}
	for key, in := range ins {
		out, found := outs[key]
		switch {
		case !found:
		case out.IsObject() && in.IsObject():
			keepSecrets(out.ObjectValue(), in.ObjectValue())
		case !out.IsSecret() && in.ContainsSecrets():
			outs[key] = resource.MakeSecret(out)
		}
	}
}
