// Command opm is upstream's, with no command but the one that the sandbox runs: it serves a catalog. The others build and
// unpack images, and what they need for it takes a minute to compile (operator-registry v1.72.0, cmd/opm/root/cmd.go).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/operator-framework/operator-registry/cmd/opm/serve"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	opm := &cobra.Command{Use: "opm"}
	opm.AddCommand(serve.NewCmd())
	if err := opm.ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}
