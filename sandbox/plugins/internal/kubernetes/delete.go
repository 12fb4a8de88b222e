package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/plugins/internal/server"
)

// Delete deletes the object and waits until it is gone. A patch only gives up
// the fields it manages.
func (p *provider) Delete(_ context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	ctx := p.Context()
	urn := resource.URN(req.GetUrn())
	state, err := server.Unmarshal(req.GetProperties())
	if err != nil {
		return nil, err
	}
	inputs, live := parseCheckpoint(state)
	_, name := splitID(req.GetId())

	if p.settings.renderDirectory != "" {
		p.renderDelete(req.GetUrn(), live)
		return &emptypb.Empty{}, nil
	}
	if p.unreachable != "" {
		return p.deleteUnreachable(req.GetUrn())
	}
	manager, err := p.fieldManager(state, inputs)
	if err != nil {
		return nil, err
	}

	patch := isPatch(urn, inputs)
	if p.settings.serverSideApply && patch {
		err = p.deletePatch(ctx, live, manager)
	} else {
		err = p.deleteObject(ctx, urn, name, inputs, live, req)
	}
	var partial *partialError
	switch {
	case err == nil, meta.IsNoMatchError(err):
		return &emptypb.Empty{}, nil
	case !errors.As(err, &partial):
		return nil, err
	}
	props, marshalErr := server.Marshal(checkpoint(
		live, partial.object, state, initialAPIVersion(state, inputs), manager))
	if marshalErr != nil {
		return nil, marshalErr
	}
	return nil, initFailed(objectID(partial.object), props, nil, partial, err)
}

func (p *provider) deletePatch(ctx context.Context, live *unstructured.Unstructured, manager string) error {
	client, err := p.clients.forObject(live)
	if err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	}
	err = relinquish(ctx, client, live, manager)
	if apierrors.IsInvalid(err) && strings.Contains(err.Error(), "Required value") {
		if cause, found := apierrors.StatusCause(err, metav1.CauseTypeFieldValueRequired); found {
			return fmt.Errorf("this Patch resource is currently managing a required field, so it can't be deleted "+
				"directly. Either set the `retainOnDelete` resource option, or transfer ownership of the "+
				"field before deleting: %s", cause.Field)
		}
	}
	return err
}

func (p *provider) deleteObject(
	ctx context.Context, urn resource.URN, name string,
	inputs, live *unstructured.Unstructured, req *pulumirpc.DeleteRequest,
) error {
	client, err := p.clients.forObject(live)
	if err == nil {
		policy := propagation(inputs)
		err = client.Delete(ctx, name, metav1.DeleteOptions{PropagationPolicy: &policy})
	}
	if err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	}
	if hasAnnotation(inputs, annotationSkipAwait) && skipsDeleteWait(inputs) {
		return nil
	}
	waitCtx, cancel := context.WithTimeout(ctx, timeout(req.GetTimeout(), inputs))
	defer cancel()
	w := &watcher{provider: p, urn: urn, client: client}
	err = w.untilDeleted(waitCtx, live)
	if err != nil {
		p.Host.Log(server.Warning, string(urn), fmt.Sprintf(
			"finalizers might be preventing deletion (%s)", strings.Join(w.last.GetFinalizers(), ", ")))
		return &partialError{cause: err, object: w.last}
	}
	w.status("")
	return nil
}

// skipsDeleteWait tells whether the skipAwait annotation covers the delete as
// well, which it does for these kinds only.
func skipsDeleteWait(obj *unstructured.Unstructured) bool {
	gvk := gvkOfObject(obj)
	switch gvk.Group {
	case "":
		return gvk.Kind == "Namespace" || gvk.Kind == "Pod" || gvk.Kind == "ReplicationController"
	case "apps":
		return gvk.Kind == "DaemonSet" || gvk.Kind == "Deployment" || gvk.Kind == "StatefulSet"
	case "batch":
		return gvk.Kind == "Job"
	default:
		return false
	}
}

func (p *provider) deleteUnreachable(urn string) (*emptypb.Empty, error) {
	p.Host.Log(server.Warning, urn, p.unreachableError().Error())
	if p.settings.deleteUnreachable {
		p.Host.Log(server.Info, urn, "configured Kubernetes cluster is unreachable and the "+
			"`deleteUnreachable` option is enabled. Deleting the unreachable resource from Pulumi state")
		return &emptypb.Empty{}, nil
	}
	return nil, errors.New("configured Kubernetes cluster is unreachable. If the cluster was deleted, " +
		"you can remove this resource from Pulumi state by rerunning the operation with the " +
		`PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"`)
}
