// Package serverless plays the OpenShift Serverless operator: it makes the
// Knative resources ready, with the kinds that users of Knative work with, and
// guards their deletion with its finalizers.
package serverless

import (
	"context"
	"errors"
	"log"
	"slices"
	"strings"

	"orchestrator-sandbox/operators/internal/kube"
)

const deployment = "knative-openshift"

// kind is one resource the operator looks after.
type kind struct {
	apiVersion, name string
	finalizers       []string
	brings           []*kube.Object // what comes with it, and stays when it goes
}

var kinds = []kind{
	{"operator.knative.dev/v1beta1", "KnativeServing", []string{"knative-serving-openshift", "knativeservings.operator.knative.dev"}, []*kube.Object{
		crd("serving.knative.dev", "Service", "services"),
		// Red Hat's page on removing OpenShift Serverless deletes it by hand; openshift-knative/serverless-operator,
		// openshift-knative-operator/pkg/serving/kourier.go, says what is in it.
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Namespace", "metadata": kube.M{"name": "knative-serving-ingress"}}),
	}},
	{"operator.knative.dev/v1beta1", "KnativeEventing", []string{"knative-eventing-openshift", "knativeeventings.operator.knative.dev"}, []*kube.Object{
		crd("eventing.knative.dev", "Broker", "brokers"),
		crd("eventing.knative.dev", "Trigger", "triggers"),
		crd("sources.knative.dev", "PingSource", "pingsources"),
	}},
	{"operator.serverless.openshift.io/v1alpha1", "KnativeKafka", []string{"knative-kafka-openshift"}, nil},
}

// crd defines a kind of Knative's. Its operator never removes one (knative/operator, pkg/reconciler/common, Uninstall).
func crd(group, kind, plural string) *kube.Object {
	anything := kube.M{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	return kube.Manifest(kube.M{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   kube.M{"name": plural + "." + group},
		"spec": kube.M{
			"group": group,
			"scope": "Namespaced",
			"names": kube.M{"kind": kind, "plural": plural, "singular": strings.ToLower(kind), "listKind": kind + "List"},
			"versions": kube.L{kube.M{
				"name": "v1", "served": true, "storage": true, "schema": kube.M{"openAPIV3Schema": anything},
			}},
		},
	})
}

// Operator plays it.
type Operator struct {
	client *kube.Client
}

// New plays against a cluster.
func New(client *kube.Client) *Operator { return &Operator{client} }

// Name is for logs.
func (o *Operator) Name() string { return "serverless" }

// Tick does what is due now.
func (o *Operator) Tick(ctx context.Context, operators kube.Operators) error {
	self, ok := operators[deployment]
	if !ok {
		return nil
	}
	var problems []error
	for _, k := range kinds {
		items, err := o.client.List(ctx, k.apiVersion, k.name, "", "")
		problems = append(problems, err)
		for _, item := range items {
			problems = append(problems, o.reconcile(ctx, k, &item, self))
		}
	}
	return errors.Join(problems...)
}

func (o *Operator) reconcile(ctx context.Context, k kind, item *kube.Object, self kube.Operator) error {
	have := item.GetFinalizers()
	if item.GetDeletionTimestamp() != nil {
		left := slices.DeleteFunc(slices.Clone(have), func(f string) bool { return slices.Contains(k.finalizers, f) })
		if len(left) == len(have) {
			return nil
		}
		log.Printf("serverless: %s is being deleted, finalizers cleared", kube.Ref(item))
		return o.client.SetFinalizers(ctx, item, left)
	}
	want := slices.Clone(have)
	for _, f := range k.finalizers {
		if !slices.Contains(want, f) {
			want = append(want, f)
		}
	}
	if len(want) != len(have) {
		if err := o.client.SetFinalizers(ctx, item, want); err != nil {
			return err
		}
	}
	for _, object := range k.brings {
		there, err := o.client.Get(ctx, object.GetAPIVersion(), object.GetKind(), "", object.GetName())
		if err == nil && there == nil {
			err = o.client.Apply(ctx, object)
		}
		if err != nil {
			return err
		}
	}
	available := kube.Condition{Type: "DeploymentsAvailable", Status: "True"}
	ready := kube.Condition{Type: "Ready", Status: "True"}
	if len(kube.Conditions(item)) == 0 {
		// Their Deployments have just been made: knative/operator, pkg/reconciler/common/deployments.go.
		available.Status, available.Reason, available.Message = "False", "NotReady", "Waiting on deployments: controller, webhook"
		ready.Status, ready.Reason, ready.Message = "False", available.Reason, available.Message
	}
	wrote, err := o.client.SetConditions(ctx, item, []kube.Condition{
		{Type: "DependenciesInstalled", Status: "True"},
		available,
		{Type: "InstallSucceeded", Status: "True"},
		ready,
		{Type: "VersionMigrationEligible", Status: "True"},
	}, kube.M{"version": self.Version()})
	if wrote && err == nil && ready.Status == "True" {
		log.Printf("serverless: %s is Ready", kube.Ref(item))
	}
	return err
}
