// Package pipelines plays the OpenShift Pipelines operator, as far as a program that only defines Tasks sees it:
// Tekton's kinds are there once it runs.
package pipelines

import (
	"context"
	"errors"
	"log"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"orchestrator-sandbox/operators/internal/kube"
)

const deployment = "openshift-pipelines-operator"

// Operator plays it.
type Operator struct {
	client *kube.Client
	crds   []*kube.Object
}

// New plays against a cluster with the CRDs of a folder; without one, there are none.
func New(client *kube.Client, folder string) (*Operator, error) {
	o := &Operator{client: client}
	if folder == "" {
		return o, nil
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var crd kube.M
		if err := yaml.Unmarshal(raw, &crd); err != nil {
			return nil, err
		}
		o.crds = append(o.crds, kube.Manifest(crd))
	}
	return o, nil
}

// Name is for logs.
func (o *Operator) Name() string { return "pipelines" }

// Tick applies the CRDs that are missing. It never removes one, and neither does OLM, for which they are nobody's.
func (o *Operator) Tick(ctx context.Context, operators kube.Operators) error {
	if _, ok := operators[deployment]; !ok {
		return nil
	}
	var problems []error
	for _, crd := range o.crds {
		problems = append(problems, o.define(ctx, crd))
	}
	return errors.Join(problems...)
}

func (o *Operator) define(ctx context.Context, crd *kube.Object) error {
	// A list of a kind costs less than reading its CRD each second.
	served, err := o.client.Served(ctx, kube.Str(crd, "spec", "group")+"/v1", kube.Str(crd, "spec", "names", "kind"))
	if err != nil || served {
		return err
	}
	there, err := o.client.Get(ctx, crd.GetAPIVersion(), crd.GetKind(), "", crd.GetName())
	if err != nil || there != nil {
		return err
	}
	log.Printf("pipelines: applying %s", kube.Ref(crd))
	return o.client.Apply(ctx, crd)
}
