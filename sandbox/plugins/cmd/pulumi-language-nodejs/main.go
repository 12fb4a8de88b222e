// Command pulumi-language-nodejs is the stand-in for Pulumi's language host of
// that name, for machines that cannot have the official one.
//
//	pulumi-language-nodejs [-flag ...] ENGINE
//
// The engine starts it with its own address, and reads the port from the first
// line on standard output.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"orchestrator-sandbox/plugins/internal/language"
)

func main() {
	log.SetFlags(log.LstdFlags | log.Lmsgprefix)
	log.SetPrefix("language-nodejs: ")
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: pulumi-language-nodejs ENGINE")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// What may stand before the address are flags for tracing.
	if err := language.Serve(ctx, os.Args[len(os.Args)-1], os.Stdout); err != nil {
		log.Fatal(err)
	}
}
