package kube

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Operator is an operator as OLM installed it.
type Operator struct {
	CSV       string // name of the CSV that owns the running Deployment
	Namespace string
}

// Version is what the CSV's name says after ".v".
func (o Operator) Version() string {
	_, version, _ := strings.Cut(o.CSV, ".v")
	return version
}

// Operators holds the operators that may act now, by the name of their Deployment.
type Operators map[string]Operator

// FindOperators finds each Deployment that belongs to a CSV which is not being
// deleted, is Available and really has a pod (a Deployment scaled to zero also
// calls itself Available).
func FindOperators(ctx context.Context, client *Client) (Operators, error) {
	csvs, err := client.List(ctx, "operators.coreos.com/v1alpha1", "ClusterServiceVersion", "", "!olm.copiedFrom")
	if err != nil {
		return nil, err
	}
	alive := map[string]bool{}
	for _, csv := range csvs {
		if csv.GetDeletionTimestamp() == nil {
			alive[csv.GetNamespace()+"/"+csv.GetName()] = true
		}
	}
	if len(alive) == 0 {
		return Operators{}, nil
	}
	deployments, err := client.List(ctx, "apps/v1", "Deployment", "", "olm.owner.kind=ClusterServiceVersion")
	if err != nil {
		return nil, err
	}
	operators := Operators{}
	for _, d := range deployments {
		owner := Operator{CSV: d.GetLabels()["olm.owner"], Namespace: d.GetNamespace()}
		if alive[owner.Namespace+"/"+owner.CSV] && Available(&d) {
			operators[d.GetName()] = owner
		}
	}
	return operators, nil
}

// Available tells whether a Deployment can do work.
func Available(d *Object) bool {
	pods, _, _ := unstructured.NestedInt64(d.Object, "status", "availableReplicas")
	return d.GetDeletionTimestamp() == nil && pods > 0 && IsTrue(d, "Available")
}
