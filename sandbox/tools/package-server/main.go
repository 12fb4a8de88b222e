// Command package-server is OLM's: all of it but who may ask. Upstream's main asks the cluster that it runs in, for which it
// has to be a pod (operator-lifecycle-manager v0.45.0, pkg/package-server/server/server.go, Config). Here it is asked by the
// API server only, which has looked at that before.
package main

import (
	"os"

	log "github.com/sirupsen/logrus"

	"github.com/operator-framework/operator-lifecycle-manager/pkg/lib/signals"
	"github.com/operator-framework/operator-lifecycle-manager/pkg/package-server/server"
)

func main() {
	options := server.NewPackageServerOptions(os.Stdout, os.Stderr)
	options.DisableAuthForTesting = true
	if err := server.NewCommandStartPackageServer(signals.Context(), options).Execute(); err != nil {
		log.Fatal(err)
	}
}
