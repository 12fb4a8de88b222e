// Command standins serves a stand-in for one of the Pulumi plugins that the
// program uses, for machines that cannot have the official ones.
//
//	standins random|command
//
// The first line on standard output is the port to attach to with
// PULUMI_DEBUG_PROVIDERS. It serves until it is told to stop.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"orchestrator-sandbox/plugins/internal/command"
	"orchestrator-sandbox/plugins/internal/random"
	"orchestrator-sandbox/plugins/internal/server"
)

var standins = map[string]server.Factory{
	"random":  random.New,
	"command": command.New,
}

func main() {
	log.SetFlags(log.LstdFlags | log.Lmsgprefix)
	if len(os.Args) != 2 || standins[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: standins random|command")
		os.Exit(2)
	}
	name := os.Args[1]
	log.SetPrefix(name + ": ")

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := server.Serve(ctx, standins[name], os.Stdout); err != nil {
		log.Fatal(err)
	}
}
