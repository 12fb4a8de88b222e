// Package v4 has the types of the component Chart's inputs. Its resources are refused like those of ConfigGroup.
package v4

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// RepositoryOptsInput is where a chart comes from, as an input.
type RepositoryOptsInput interface{ pulumi.Input }

// RepositoryOpts are where a chart comes from, and who asks for it.
type RepositoryOpts struct {
	CaFile, CertFile, KeyFile pulumi.Asset
	Password, Repo, Username  *string
}

// PostRendererInput is what changes a chart's manifests, as an input.
type PostRendererInput interface{ pulumi.Input }

// PostRenderer is a command that changes a chart's manifests.
type PostRenderer struct {
	Args    []string
	Command string
}
