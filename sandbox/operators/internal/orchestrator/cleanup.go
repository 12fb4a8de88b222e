package orchestrator

import (
	"fmt"
	"log"
	"slices"

	"orchestrator-sandbox/operators/internal/kube"
)

// cleanUp takes away what the Go operator made and lets go of the CR, without waiting for any of it. A failure is not
// written to the CR. Whatever the labelled Namespaces hold goes with them: Knative and the operator that would clear
// its finalizers, both operators' Subscriptions and CSVs, the Developer Hub with its data.
func (o *Operator) cleanUp(r *round, cr *kube.Object) error {
	if !slices.Contains(cr.GetFinalizers(), goFinalizer) {
		return nil
	}
	if !o.seenDeleting(cr) {
		log.Printf("orchestrator: %s is being deleted, cleaning up", kube.Ref(cr))
	}
	for _, step := range []func() error{
		func() error { return r.drop("knative-eventing") },
		func() error { return r.drop("knative-serving") },
		func() error { return r.drop(knativeNamespace) },
		func() error { return r.dropPlatforms(r.spec.str("platform.namespace")) },
		func() error { return r.drop(logicNamespace) },
		func() error { return r.dropHub(r.spec.str("rhdh.namespace")) },
	} {
		if !o.active.Load() {
			return errInactive
		}
		if err := step(); err != nil {
			return fmt.Errorf("cleaning up: %w", err)
		}
	}
	if !o.active.Load() {
		return errInactive
	}
	left := slices.DeleteFunc(slices.Clone(cr.GetFinalizers()), func(f string) bool { return f == goFinalizer })
	if err := o.client.SetFinalizers(r.ctx, cr, left); err != nil {
		return err
	}
	log.Printf("orchestrator: %s cleaned up, finalizer removed", kube.Ref(cr))
	return nil
}

// drop deletes a Namespace with the operator's label, wherever the label is from.
func (r *round) drop(name string) error {
	there, err := r.client.Get(r.ctx, "v1", "Namespace", "", name)
	if err != nil || there == nil || !isCreator(there) || there.GetDeletionTimestamp() != nil {
		return err
	}
	log.Printf("orchestrator: deleting %s", kube.Ref(there))
	return r.client.Delete(r.ctx, there)
}

// created lists what has the operator's label. Without the API that is an error, and so the CR stays.
func (r *round) created(apiVersion, kind, namespace string) ([]kube.Object, error) {
	served, err := r.client.Served(r.ctx, apiVersion, kind)
	if err != nil {
		return nil, err
	}
	if !served {
		return nil, fmt.Errorf("no matches for kind %q in version %q", kind, apiVersion)
	}
	return r.client.List(r.ctx, apiVersion, kind, namespace, createdBy+"="+creator)
}

func (r *round) dropPlatforms(namespace string) error {
	for kind, in := range map[string]string{"SonataFlowPlatform": namespace, "SonataFlowClusterPlatform": ""} {
		platforms, err := r.created(sonataflow, kind, in)
		if err != nil {
			return err
		}
		for i := range platforms {
			if err := r.client.Delete(r.ctx, &platforms[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropHub deletes the Developer Hub's Namespace, whoever made it, if it holds exactly one Backstage of the operator.
// Without any, the operator's Namespace stays as well.
func (r *round) dropHub(namespace string) error {
	there, err := r.client.Get(r.ctx, "v1", "Namespace", "", namespace)
	if err != nil {
		return err
	}
	if there != nil {
		if err := r.namespace(namespace); err != nil {
			return err
		}
		backstages, err := r.created(group+"v1alpha2", "Backstage", namespace)
		if err != nil || len(backstages) == 0 {
			return err
		}
		if len(backstages) == 1 {
			if err := r.drop(namespace); err != nil {
				return err
			}
		}
	}
	return r.drop(hubNamespace)
}
