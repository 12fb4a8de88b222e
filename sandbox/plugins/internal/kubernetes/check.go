package kubernetes

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/plugins/internal/server"
)

// Check completes the inputs: a name, a namespace, the server's spelling, and
// the marks of what is secret.
func (p *provider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(req.GetUrn())
	if p.unreachable != "" && p.settings.skipUnreachable {
		p.Host.Log(server.Warning, req.GetUrn(),
			"Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...")
		return &pulumirpc.CheckResponse{Inputs: req.GetOlds()}, nil
	}
	gvk, err := gvkOf(urn)
	if err != nil {
		return nil, err
	}
	if isListType(gvk) {
		return nil, errors.New("list resources cannot be created directly: use the resource type of their items")
	}
	olds, err := server.Unmarshal(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	oldInputs := toObject(olds)
	inputs := normalize(toObject(news))

	if isPatch(urn, inputs) {
		switch {
		case !p.settings.serverSideApply:
			return nil, errors.New("patch resources require Server-Side Apply mode, which is enabled using the " +
				"`enableServerSideApply` Provider config")
		case inputs.GetName() == "":
			return nil, errors.New("patch resources require the `.metadata.name` field to be set")
		}
	}
	if annotation(inputs, annotationAutonamed) != "" {
		p.Host.Log(server.Warning, req.GetUrn(),
			fmt.Sprintf("ignoring user-specified value for internal annotation %q", annotationAutonamed))
	}

	switch {
	case isNamed(inputs, news):
	case len(oldInputs.Object) > 0:
		if hasAnnotation(oldInputs, annotationAutonamed) {
			setName(inputs, oldInputs.GetName())
		}
	case inputs.GetGenerateName() == "":
		name, err := autoname(req, urn)
		if err != nil {
			return nil, err
		}
		setName(inputs, name)
	}
	if !isNamed(inputs, news) && inputs.GetGenerateName() != "" && p.settings.serverSideApply {
		return nil, errors.New("the `.metadata.generateName` field is not supported in Server-Side Apply mode")
	}

	if p.settings.namespace != "" && inputs.GetNamespace() == "" && p.namespaced(gvk) && !namespaceUnknown(inputs) {
		inputs.SetNamespace(p.settings.namespace)
	}
	if isCRD(inputs) {
		p.declare(inputs)
	}

	checked := resource.NewPropertyMapFromMap(inputs.Object)
	keepSecrets(checked, news)
	props, err := server.Marshal(checked)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CheckResponse{Inputs: props}, nil
}

// isNamed tells whether the object has a name, be it one not known yet.
func isNamed(obj *unstructured.Unstructured, props resource.PropertyMap) bool {
	if metadata := props["metadata"]; metadata.IsObject() && metadata.ObjectValue()["name"].IsComputed() {
		return true
	}
	return obj.GetName() != ""
}

// namespaceUnknown tells whether the namespace is given but not known yet.
func namespaceUnknown(obj *unstructured.Unstructured) bool {
	metadata, ok := obj.Object["metadata"].(map[string]any)
	if !ok {
		_, unknown := obj.Object["metadata"].(resource.Computed)
		return unknown
	}
	_, unknown := metadata["namespace"].(resource.Computed)
	return unknown
}

// setName gives the object a name of the provider's making.
func setName(obj *unstructured.Unstructured, name string) {
	obj.SetName(name)
	setAnnotation(obj, annotationAutonamed)
}

// autoname makes a name from the resource's own, or takes the engine's.
func autoname(req *pulumirpc.CheckRequest, urn resource.URN) (string, error) {
	if a := req.GetAutonaming(); a != nil {
		switch a.GetMode() {
		case pulumirpc.CheckRequest_AutonamingOptions_DISABLE:
			return "", errors.New("autonaming is disabled, resource requires the .metadata.name field to be set")
		case pulumirpc.CheckRequest_AutonamingOptions_ENFORCE, pulumirpc.CheckRequest_AutonamingOptions_PROPOSE:
			return a.GetProposedName(), nil
		}
	}
	return resource.NewUniqueName(req.GetRandomSeed(), urn.Name()+"-", 0, 0, nil)
}
