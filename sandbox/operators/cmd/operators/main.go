// Command operators plays the sandbox's operators and renders its catalog.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"orchestrator-sandbox/operators/internal/bundles"
	"orchestrator-sandbox/operators/internal/catalog"
	"orchestrator-sandbox/operators/internal/gitops"
	"orchestrator-sandbox/operators/internal/kogito"
	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kubelet"
	"orchestrator-sandbox/operators/internal/logic"
	"orchestrator-sandbox/operators/internal/network"
	"orchestrator-sandbox/operators/internal/orchestrator"
	"orchestrator-sandbox/operators/internal/pipelines"
	"orchestrator-sandbox/operators/internal/postgres"
	"orchestrator-sandbox/operators/internal/rhdh"
	"orchestrator-sandbox/operators/internal/router"
	"orchestrator-sandbox/operators/internal/serverless"
	"orchestrator-sandbox/operators/internal/storage"
)

const usage = `usage:
  operators run --kubeconfig FILE --network SOCKET [--tekton-crds DIR] [--logs-port PORT] [--pods-take DURATION] [--bundles DIR [--bundles-take DURATION]]
  operators render-catalog --from DIR [--crds DIR] --to DIR [--bundles DIR]
`

func main() {
	log.SetFlags(log.Ltime)
	if err := dispatch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "operators:", err)
		os.Exit(1)
	}
}

func dispatch(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no command\n%s", usage)
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	switch args[0] {
	case "run":
		kubeconfig, tekton := flags.String("kubeconfig", "", ""), flags.String("tekton-crds", "", "")
		podsTake, bundlesTake := flags.Duration("pods-take", 0, ""), flags.Duration("bundles-take", 0, "")
		folder, socket, logs := flags.String("bundles", "", ""), flags.String("network", "", ""), flags.Int("logs-port", 0, "")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		if *kubeconfig == "" || *socket == "" {
			return fmt.Errorf("--kubeconfig or --network is missing\n%s", usage)
		}
		return run(*kubeconfig, *tekton, *socket, func(ctx context.Context, client *kube.Client) ([]kube.Play, error) {
			pods := kubelet.New(client, *podsTake)
			plays := []kube.Play{pods}
			if *folder != "" {
				plays = append(plays, bundles.New(client, *folder, *bundlesTake))
			}
			if *logs == 0 {
				return plays, nil
			}
			return plays, pods.Serve(ctx, *logs)
		})
	case "render-catalog":
		from, crds, to := flags.String("from", "", ""), flags.String("crds", "", ""), flags.String("to", "", "")
		folder := flags.String("bundles", "", "")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		if *from == "" || *to == "" {
			return fmt.Errorf("--from or --to is missing\n%s", usage)
		}
		return catalog.RenderDir(*from, *crds, *to, *folder)
	default:
		return fmt.Errorf("unknown command %q\n%s", args[0], usage)
	}
}

func run(kubeconfig, tektonCRDs, socket string, kubelets func(context.Context, *kube.Client) ([]kube.Play, error)) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kube.New(config)
	if err != nil {
		return err
	}
	tekton, err := pipelines.New(client, tektonCRDs)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	pods := kogito.New(client)
	cluster := network.New(client, pods)
	pods.In(cluster.Reaches)
	plays, err := kubelets(ctx, client)
	if err != nil {
		return err
	}
	plays = append(plays,
		pods,
		orchestrator.New(client),
		orchestrator.NewCronJobs(client),
		serverless.New(client),
		logic.New(client),
		rhdh.New(client),
		gitops.New(client),
		tekton,
		router.New(client),
		storage.New(client),
		postgres.New(client),
	)
	log.Printf("operators: playing against %s", config.Host)
	ended := make(chan error, 1)
	go func() {
		ended <- cluster.Serve(ctx, socket)
		stop()
	}()
	kube.Loop(ctx, client, plays, 500*time.Millisecond, 3*time.Second)
	log.Print("operators: stopped")
	return <-ended
}
