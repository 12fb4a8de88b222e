package kubernetes

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/plugins/internal/server"
)

// gone tells the engine that the object does not exist.
var gone = &pulumirpc.ReadResponse{}

// Read gets the live object: to refresh a resource, to import one, or for the
// get function of a resource type. The inputs it returns are the live values of
// the fields that the known inputs have.
func (p *provider) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	ctx := p.Context()
	urn := resource.URN(req.GetUrn())
	if p.unreachable != "" {
		return p.readUnreachable(req)
	}
	state, err := server.Unmarshal(req.GetProperties())
	if err != nil {
		return nil, err
	}
	recorded, err := server.Unmarshal(req.GetInputs())
	if err != nil {
		return nil, err
	}
	namespace, name := splitID(req.GetId())
	if name == "" {
		return nil, fmt.Errorf(
			"failed to read resource because of a failure to parse resource name from request ID: %s", req.GetId())
	}

	inputs := normalize(toObject(recorded))
	_, oldLive := parseCheckpoint(state)
	unknownInputs := false
	if inputs.GroupVersionKind().Empty() {
		gvk := oldLive.GroupVersionKind()
		if gvk.Empty() {
			if gvk, err = gvkOf(urn); err != nil {
				return nil, err
			}
			unknownInputs = true
		}
		inputs.SetGroupVersionKind(gvk)
		if inputs.GetName() == "" {
			inputs.SetName(name)
		}
		if inputs.GetNamespace() == "" {
			inputs.SetNamespace(namespace)
		}
	}
	apiVersion := initialAPIVersion(state, inputs)
	manager, err := p.fieldManager(state, inputs)
	if err != nil {
		return nil, err
	}
	if p.settings.renderDirectory != "" {
		props, err := server.Marshal(checkpoint(inputs, oldLive, state, apiVersion, manager))
		return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: props, Inputs: req.GetInputs()}, err
	}

	live, err := p.read(ctx, urn, name, inputs, unknownInputs)
	var partial *partialError
	switch {
	case err == nil:
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err):
		return gone, nil
	case errors.As(err, &partial):
		live = partial.object
	default:
		return nil, err
	}

	liveInputs := prune(live, inputs)
	if unknownInputs {
		liveInputs = inputsFromLive(live, liveInputs)
	}
	props, marshalErr := server.Marshal(checkpoint(liveInputs, live, recorded, apiVersion, manager))
	if marshalErr != nil {
		return nil, marshalErr
	}
	inputProps := resource.NewPropertyMapFromMap(liveInputs.Object)
	keepSecrets(inputProps, recorded)
	marshalled, marshalErr := server.Marshal(inputProps)
	if marshalErr != nil {
		return nil, marshalErr
	}
	if partial != nil {
		return nil, initFailed(req.GetId(), props, marshalled, partial, err)
	}
	return &pulumirpc.ReadResponse{Id: req.GetId(), Properties: props, Inputs: marshalled}, nil
}

// read gets the object and, unless it is read for the first time, looks once
// whether it is ready.
func (p *provider) read(
	ctx context.Context, urn resource.URN, name string, inputs *unstructured.Unstructured, first bool,
) (*unstructured.Unstructured, error) {
	client, err := p.clients.forObject(inputs)
	if err != nil {
		return nil, err
	}
	live, err := client.Get(ctx, name, getOptions)
	if err != nil || first || hasAnnotation(inputs, annotationSkipAwait) {
		return live, err
	}
	check := readinessOf(live)
	if check == nil || !check.onRead {
		return live, nil
	}
	w := &watcher{provider: p, urn: urn, client: client, reading: true}
	ready, err := check.ready(ctx, w, live)
	if err != nil {
		return nil, err
	}
	if !ready {
		return nil, &partialError{
			cause:   fmt.Errorf("Resource '%s' was created but failed to initialize", name), //nolint:staticcheck // shown as it is
			object:  live,
			reasons: w.reasons,
		}
	}
	return live, nil
}

// inputsFromLive makes inputs of an object that the program did not make. Only
// Kubernetes' own kinds are known well enough to tell inputs from the rest.
func inputsFromLive(live, inputs *unstructured.Unstructured) *unstructured.Unstructured {
	if isKnownKind(live) {
		for key, value := range live.DeepCopy().Object {
			if key != "status" {
				inputs.Object[key] = value
			}
		}
	}
	for _, field := range []string{"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"} {
		unstructured.RemoveNestedField(inputs.Object, "metadata", field)
	}
	for _, key := range []string{annotationRevision, annotationLastApplied} {
		unstructured.RemoveNestedField(inputs.Object, "metadata", "annotations", key)
	}
	return inputs
}

func (p *provider) readUnreachable(req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	p.Host.Log(server.Warning, req.GetUrn(), p.unreachableError().Error())
	switch {
	case p.settings.deleteUnreachable:
		p.Host.Log(server.Info, req.GetUrn(), "configured Kubernetes cluster is unreachable and the "+
			"`deleteUnreachable` option is enabled. Deleting the unreachable resource from Pulumi state")
		return gone, nil
	case p.settings.skipUnreachable:
		return &pulumirpc.ReadResponse{
			Id: req.GetId(), Properties: req.GetProperties(), Inputs: req.GetInputs(),
		}, nil
	default:
		return nil, errors.New("failed to read resource state due to unreachable cluster. If the cluster was " +
			"deleted, you can remove this resource from Pulumi state by rerunning the operation with the " +
			`PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"`)
	}
}
