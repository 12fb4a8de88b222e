// Command pulumi-resource-kubernetes is Pulumi's plugin for Kubernetes: all of it but the main package, which embeds two
// files that are generated at release time and are not in the module.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

// The schema of the module. It is not beside this file: the build puts it there, as an overlay.
//
//go:embed schema.json
var schema []byte

func main() {
	// The mapping from Terraform, for converting programs, is left out.
	provider.Serve("kubernetes", version.Version, schema, nil)
}
