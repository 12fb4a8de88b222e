package server

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// Unmarshal reads properties, with secrets and unknown values kept.
func Unmarshal(props *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(props, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
}

// Marshal writes properties, with secrets and unknown values kept.
func Marshal(props resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(props, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
}

// Plain returns the value with its secret wrappings removed at every depth.
func Plain(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return Plain(v.SecretValue().Element)
	case v.IsArray():
		items := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, item := range v.ArrayValue() {
			items[i] = Plain(item)
		}
		return resource.NewArrayProperty(items)
	case v.IsObject():
		return resource.NewObjectProperty(PlainMap(v.ObjectValue()))
	default:
		return v
	}
}

// PlainMap returns the map with secret wrappings removed at every depth.
func PlainMap(m resource.PropertyMap) resource.PropertyMap {
	plain := make(resource.PropertyMap, len(m))
	for k, v := range m {
		plain[k] = Plain(v)
	}
	return plain
}

// Unknown is a value that the operation is still to compute.
func Unknown() resource.PropertyValue {
	return resource.MakeComputed(resource.NewStringProperty(""))
}

// DiffResponse describes the difference of two input maps. The resource is
// replaced if replace holds for the top-level name of any difference.
func DiffResponse(olds, news resource.PropertyMap, replace func(name string) bool) (*pulumirpc.DiffResponse, error) {
	resp := &pulumirpc.DiffResponse{
		Changes:         pulumirpc.DiffResponse_DIFF_NONE,
		HasDetailedDiff: true,
	}
	objects := olds.Diff(news)
	if objects == nil {
		return resp, nil
	}
	resp.Changes = pulumirpc.DiffResponse_DIFF_SOME
	resp.DetailedDiff = map[string]*pulumirpc.PropertyDiff{}
	for path, change := range plugin.NewDetailedDiffFromObjectDiff(objects, false) {
		parsed, err := resource.ParsePropertyPath(path)
		if err != nil {
			return nil, fmt.Errorf("unexpected property path %q: %w", path, err)
		}
		name, ok := parsed[0].(string)
		if !ok {
			return nil, fmt.Errorf("property path %q does not begin with a name", path)
		}
		kind := change.Kind
		if replace(name) {
			kind = kind.AsReplace()
			resp.Replaces = append(resp.Replaces, path)
		}
		resp.Diffs = append(resp.Diffs, name)
		resp.DetailedDiff[path] = &pulumirpc.PropertyDiff{
			Kind: pulumirpc.PropertyDiff_Kind(kind), InputDiff: change.InputDiff,
		}
	}
	return resp, nil
}
