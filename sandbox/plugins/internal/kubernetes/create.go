package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/plugins/internal/server"
)

// createDelays are the pauses after the attempts to create an object whose kind
// or namespace is not there yet, the last attempt included.
var createDelays = []time.Duration{
	time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second,
}

// Create makes the object and waits until it is ready.
func (p *provider) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	ctx := p.Context()
	urn := resource.URN(req.GetUrn())
	render := p.settings.renderDirectory != ""
	if !req.GetPreview() && p.unreachable != "" && !render {
		return nil, p.unreachableError()
	}
	news, err := server.Unmarshal(req.GetProperties())
	if err != nil {
		return nil, err
	}
	inputs := toObject(news)

	echo := &pulumirpc.CreateResponse{Properties: req.GetProperties()}
	if req.GetPreview() && (hasUnknown(inputs.Object) || p.clients == nil || !p.clients.serves(inputs) ||
		isPatch(urn, inputs) || !p.settings.serverSideApply) {
		return echo, nil
	}
	manager, err := p.fieldManager(news, inputs)
	if err != nil {
		return nil, err
	}
	apiVersion := inputs.GetAPIVersion()
	if render {
		return p.renderCreate(req.GetUrn(), inputs, news, manager)
	}

	op := operation{provider: p, urn: urn, inputs: inputs.DeepCopy(), manager: manager, preview: req.GetPreview()}
	live, err := op.create(ctx)
	if err == nil && !req.GetPreview() {
		live, err = op.await(ctx, live, nil, timeout(req.GetTimeout(), inputs))
	}
	var partial *partialError
	switch {
	case err == nil:
	case req.GetPreview() && previewFails(err):
		return echo, nil
	case meta.IsNoMatchError(err):
		gvk, gvkErr := gvkOf(urn)
		if gvkErr != nil {
			return nil, gvkErr
		}
		return nil, fmt.Errorf("creation of resource %q with kind %s/%s failed because the Kubernetes API server "+
			"reported that the apiVersion for this resource does not exist. "+
			"Verify that any required CRDs have been created: %w", urn, gvk.GroupVersion(), gvk.Kind, err)
	case !errors.As(err, &partial):
		return nil, fmt.Errorf("resource %q was not successfully created by the Kubernetes API server: %w", urn, err)
	default:
		live = partial.object
	}

	if req.GetPreview() {
		unstructured.RemoveNestedField(live.Object, "status")
	}
	state, stateErr := server.Marshal(checkpoint(inputs, live, news, apiVersion, manager))
	if stateErr != nil {
		return nil, stateErr
	}
	if partial != nil {
		return nil, initFailed(objectID(live), state, nil, partial, fmt.Errorf(
			"resource %q was successfully created, but the Kubernetes API server "+
				"reported that it failed to fully initialize or become live: %w", urn, err))
	}
	if isCRD(inputs) {
		p.clients.mapper.Reset()
	}
	resp := &pulumirpc.CreateResponse{Properties: state}
	if !req.GetPreview() {
		resp.Id = objectID(live)
	}
	return resp, nil
}

// previewFails tells of an error whether it only means that a dry run cannot
// show the outcome.
func previewFails(err error) bool {
	var missing *namespaceError
	if errors.As(err, &missing) || apierrors.IsForbidden(err) || apierrors.IsAlreadyExists(err) {
		return true
	}
	return apierrors.IsBadRequest(err) && strings.Contains(err.Error(), "does not support dry run")
}

func (p *provider) unreachableError() error {
	return fmt.Errorf("configured Kubernetes cluster is unreachable: %s", p.unreachable)
}

// operation is one creation or update of an object.
type operation struct {
	provider *provider
	urn      resource.URN
	inputs   *unstructured.Unstructured
	manager  string
	preview  bool
}

func (op *operation) dryRun() []string {
	if op.preview {
		return []string{metav1.DryRunAll}
	}
	return nil
}

func (op *operation) status(message string) {
	op.provider.Host.LogStatus(server.Info, string(op.urn), message)
}

// create sends the object, again and again while what it needs is not there.
func (op *operation) create(ctx context.Context) (*unstructured.Unstructured, error) {
	var live *unstructured.Unstructured
	var err error
	for attempt, delay := range createDelays {
		live, err = op.createOnce(ctx)
		if err == nil {
			op.status("")
			return live, nil
		}
		if !apierrors.IsNotFound(err) && !meta.IsNoMatchError(err) {
			break
		}
		op.status(fmt.Sprintf("Retry #%d; creation failed: %v", attempt, err))
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(delay):
		}
	}
	if apierrors.IsAlreadyExists(err) {
		return nil, fmt.Errorf("%w\n\n%s", err, existsAdvice)
	}
	return nil, err
}

const existsAdvice = `The resource already exists in the cluster. What to do depends on how it came to be:

  - A Pulumi resource was renamed: keep its identity with an alias.
  - Somebody else's object needs some fields: use a Patch resource (e.g. NamespacePatch).
  - The object is to be managed from now on: use ` + "`pulumi import`" + `.
  - Objects may be taken over: set upsertExistingObjects on the provider.`

func (op *operation) createOnce(ctx context.Context) (*unstructured.Unstructured, error) {
	p := op.provider
	client, err := p.clients.forObject(op.inputs)
	if err != nil {
		return nil, err
	}
	if p.settings.serverSideApply && (p.settings.upsert || isPatch(op.urn, op.inputs)) {
		live, err := op.apply(ctx, client, op.inputs.GetName(), op.force(nil))
		return live, explainConflict(op.missingNamespace(err), op.manager)
	}
	live, err := client.Create(ctx, op.inputs, metav1.CreateOptions{
		FieldManager: createManager, DryRun: op.dryRun(),
	})
	return live, op.missingNamespace(err)
}

// missingNamespace recognises, in a preview, that the object's namespace is one
// of the things still to be created.
func (op *operation) missingNamespace(err error) error {
	var failed *apierrors.StatusError
	if op.preview && errors.As(err, &failed) && apierrors.IsNotFound(err) &&
		failed.ErrStatus.Details != nil && failed.ErrStatus.Details.Kind == "namespaces" {
		return &namespaceError{name: op.inputs.GetName()}
	}
	return err
}
