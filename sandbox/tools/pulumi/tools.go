//go:build tools

// Package tools names the commands this module builds, so that go.mod keeps what they need.
package tools

import (
	_ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
)
