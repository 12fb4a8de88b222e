//go:build tools

// Package tools names the commands this module builds, so that go.mod keeps what they need.
package tools

import (
	_ "github.com/operator-framework/operator-lifecycle-manager/cmd/olm"
	_ "github.com/operator-framework/operator-lifecycle-manager/cmd/catalog"
)
