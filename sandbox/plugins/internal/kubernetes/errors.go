package kubernetes

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// partialError means that the object is there but not as it should be.
type partialError struct {
	cause  error
	object *unstructured.Unstructured
	// reasons are findings about the cause, such as what a pod is short of.
	reasons []string
}

func (e *partialError) Error() string { return e.cause.Error() }
func (e *partialError) Unwrap() error { return e.cause }

// namespaceError means that a preview cannot show an object in a namespace that
// does not exist yet.
type namespaceError struct{ name string }

func (e *namespaceError) Error() string {
	return fmt.Sprintf("namespace does not exist for %q", e.name)
}

// initFailed tells the engine to record the state in spite of the error. The
// next run then updates the resource and so waits for it again.
func initFailed(id string, state, inputs *structpb.Struct, partial *partialError, err error) error {
	reasons := []string{err.Error()}
	if partial != nil {
		reasons = append(reasons, partial.reasons...)
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, err.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: id, Properties: state, Inputs: inputs, Reasons: reasons,
	})
}
