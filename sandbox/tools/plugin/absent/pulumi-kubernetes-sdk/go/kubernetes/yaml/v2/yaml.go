// Package v2 has the component ConfigGroup register its resources, which this build of the plugin cannot.
package v2

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RegisterResource refuses: which type of resource a kind has is in the part of the SDK that is not compiled.
func RegisterResource(
	_ *pulumi.Context, apiVersion, kind, name string, _ kubernetes.UntypedArgs, _ ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	return nil, fmt.Errorf(
		"%s of %s %s: this plugin is built without the components for charts and YAML; use Pulumi's own", name, apiVersion, kind,
	)
}
