package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"orchestrator-sandbox/plugins/internal/server"
)

// Update changes the object in place and waits until it is ready.
func (p *provider) Update(_ context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	ctx := p.Context()
	urn := resource.URN(req.GetUrn())
	render := p.settings.renderDirectory != ""
	if !req.GetPreview() && p.unreachable != "" && !render {
		return nil, p.unreachableError()
	}
	state, err := server.Unmarshal(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	inputs := normalize(toObject(news))
	echo := &pulumirpc.UpdateResponse{Properties: req.GetNews()}
	if req.GetPreview() && (hasUnknown(inputs.Object) || p.clients == nil || !p.clients.serves(inputs)) {
		return echo, nil
	}

	oldInputs, oldLive := parseCheckpoint(state)
	apiVersion := initialAPIVersion(state, oldInputs)
	oldManager, err := p.fieldManager(state, oldInputs)
	if err != nil {
		return nil, err
	}
	manager, err := p.fieldManager(state, inputs)
	if err != nil {
		return nil, err
	}
	if render {
		return p.renderUpdate(req.GetUrn(), inputs, news, apiVersion, manager)
	}

	op := operation{provider: p, urn: urn, inputs: inputs.DeepCopy(), manager: manager, preview: req.GetPreview()}
	before, live, err := op.update(ctx, oldInputs, oldLive, req.GetIgnoreChanges())
	if err == nil && !req.GetPreview() {
		live, err = op.await(ctx, live, before, timeout(req.GetTimeout(), inputs))
	}
	var partial *partialError
	if err != nil {
		if req.GetPreview() && apierrors.IsForbidden(err) {
			return echo, nil
		}
		if meta.IsNoMatchError(err) {
			return nil, fmt.Errorf("update of resource %q failed because the Kubernetes API server "+
				"reported that the apiVersion for this resource does not exist. "+
				"Verify that any required CRDs have been created: %w", urn, err)
		}
		errors.As(err, &partial)
		var getErr error
		if live, getErr = p.readLive(context.WithoutCancel(ctx), oldLive); getErr != nil {
			return nil, errors.Join(
				fmt.Errorf("update of resource %q failed: %w", urn, err),
				fmt.Errorf("unable to get cluster state: %w", getErr),
			)
		}
	}

	props, stateErr := server.Marshal(checkpoint(inputs, live, news, apiVersion, manager))
	if stateErr != nil {
		return nil, stateErr
	}
	if err != nil {
		return nil, initFailed(objectID(live), props, nil, partial, fmt.Errorf(
			"the Kubernetes API server reported that %q failed to fully initialize or become live: %w",
			objectID(live), err))
	}
	if p.settings.serverSideApply && !req.GetPreview() && oldManager != manager {
		client, err := p.clients.forObject(live)
		if err != nil {
			return nil, err
		}
		if err := relinquish(ctx, client, live, oldManager); err != nil {
			return nil, err
		}
	}
	return &pulumirpc.UpdateResponse{Properties: props}, nil
}

// update sends the change. It returns the object as it was and as it is then.
func (op *operation) update(
	ctx context.Context, oldInputs, oldLive *unstructured.Unstructured, ignored []string,
) (before, after *unstructured.Unstructured, err error) {
	client, err := op.provider.clients.forObject(op.inputs)
	if err != nil {
		return nil, nil, err
	}
	before, err = client.Get(ctx, oldLive.GetName(), getOptions)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case isCRD(op.inputs):
		// A definition is replaced as a whole, which leaves its objects alone.
		op.inputs.SetResourceVersion(before.GetResourceVersion())
		after, err = client.Update(ctx, op.inputs, metav1.UpdateOptions{FieldManager: op.manager, DryRun: op.dryRun()})
		return before, after, err
	case !op.provider.settings.serverSideApply:
		after, err = op.merge(ctx, client, prune(oldLive, normalize(oldInputs)), before)
		return before, after, err
	}
	live, err := op.adoptFields(ctx, client, before)
	if err != nil {
		return nil, nil, err
	}
	if err := op.keepIgnored(live, ignored); err != nil {
		return nil, nil, err
	}
	after, err = op.apply(ctx, client, live.GetName(), op.force(live))
	return before, after, explainConflict(err, op.manager)
}

// merge sends the change as a merge patch, for providers that do not use
// server-side apply.
func (op *operation) merge(
	ctx context.Context, client dynamic.ResourceInterface, old, live *unstructured.Unstructured,
) (*unstructured.Unstructured, error) {
	data, err := json.Marshal(mergePatch(old.Object, op.inputs.Object))
	if err != nil {
		return nil, err
	}
	return client.Patch(ctx, live.GetName(), types.MergePatchType, data,
		metav1.PatchOptions{FieldManager: op.manager, DryRun: op.dryRun()})
}

// mergePatch is the merge patch that sets everything in new and removes what
// only old has.
func mergePatch(old, new map[string]any) map[string]any {
	patch := map[string]any{}
	for key, value := range new {
		patch[key] = value
		if after, ok := value.(map[string]any); ok {
			if before, ok := old[key].(map[string]any); ok {
				patch[key] = mergePatch(before, after)
			}
		}
	}
	for key := range old {
		if _, kept := new[key]; !kept {
			patch[key] = nil
		}
	}
	return patch
}
