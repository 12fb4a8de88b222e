package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"slices"
	"time"

	"orchestrator-sandbox/operators/internal/kube"
)

var (
	errInactive = errors.New("the operator is no longer running")
	errWaiting  = errors.New("waiting until all resources are deleted")
)

// reconcileDeletion uninstalls the release of a CR and then lets go of the CR.
func (o *Operator) reconcileDeletion(ctx context.Context, cr *kube.Object) error {
	if !slices.Contains(cr.GetFinalizers(), finalizer) {
		return nil
	}
	rec, err := loadRecord(ctx, o.client, cr)
	if err != nil {
		return err
	}
	if rec == nil {
		rec = o.remembered(cr)
	}
	if rec == nil {
		log.Printf("orchestrator: %s has no release, nothing to uninstall", kube.Ref(cr))
		return o.letGo(ctx, cr)
	}
	if !o.seenDeleting(cr) {
		log.Printf("orchestrator: %s is being deleted, uninstalling", kube.Ref(cr))
	}
	if err := o.uninstall(ctx, cr, rec); errors.Is(err, errInactive) {
		return err
	} else if err != nil {
		return o.fail(ctx, cr, "ReleaseFailed", "UninstallError", fmt.Errorf("failed to uninstall release: %w", err))
	}
	_, err = o.client.SetConditions(ctx, cr, []kube.Condition{{Type: "Deployed", Status: "False", Reason: "UninstallSuccessful"}}, nil, "ReleaseFailed")
	if err != nil {
		return err
	}
	if cr.GetAnnotations()[uninstallWait] == "true" {
		for _, object := range rec.plan.Objects {
			there, err := o.client.Get(ctx, object.GetAPIVersion(), object.GetKind(), object.GetNamespace(), object.GetName())
			if err != nil {
				return err
			}
			if there != nil {
				return fmt.Errorf("%w: %s is still there", errWaiting, kube.Ref(there))
			}
		}
	}
	return o.letGo(ctx, cr)
}

func (o *Operator) letGo(ctx context.Context, cr *kube.Object) error {
	if !o.active.Load() {
		return errInactive
	}
	secrets, err := releaseSecrets(ctx, o.client, cr)
	if err != nil {
		return err
	}
	for i := range secrets {
		if err := o.client.Delete(ctx, &secrets[i]); err != nil {
			return err
		}
	}
	left := slices.DeleteFunc(slices.Clone(cr.GetFinalizers()), func(f string) bool { return f == finalizer })
	if err := o.client.SetFinalizers(ctx, cr, left); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.installed, cr.GetUID())
	log.Printf("orchestrator: %s uninstalled, finalizer removed", kube.Ref(cr))
	return nil
}

// uninstall runs the pre-delete hooks and then deletes what the release holds,
// its Namespaces included, without waiting for any of it.
func (o *Operator) uninstall(ctx context.Context, cr *kube.Object, rec *record) error {
	if err := o.runDeleteJobs(ctx, cr, rec.plan.Children); err != nil {
		return err
	}
	objects := slices.Clone(rec.plan.Objects)
	sortForRemoval(objects)
	for _, object := range objects {
		if !o.active.Load() {
			return errInactive
		}
		if err := o.client.Delete(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// runDeleteJobs runs the hook Job of each child, one after the other by name.
// The Jobs are real objects; their work is done here. A Job that failed stays.
func (o *Operator) runDeleteJobs(ctx context.Context, cr *kube.Object, children []*kube.Object) error {
	children = slices.Clone(children)
	slices.SortFunc(children, func(a, b *kube.Object) int { return cmp.Compare(a.GetKind(), b.GetKind()) })
	for _, child := range children {
		if !o.active.Load() {
			return errInactive
		}
		job := deleteJob(cr.GetName(), cr.GetNamespace(), child)
		if err := o.deleteAndWait(ctx, job, 10*time.Second); err != nil { // before-hook-creation
			return err
		}
		if err := o.client.Create(ctx, job); err != nil {
			return err
		}
		if err := o.deleteChild(ctx, cr, child); err != nil {
			return fmt.Errorf("job %s failed: BackoffLimitExceeded: %w", job.GetName(), err)
		}
		if err := o.client.Delete(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

// deleteChild does what a hook Job's script does: CronJobs by label, then the child with a time limit.
func (o *Operator) deleteChild(ctx context.Context, cr, child *kube.Object) error {
	cronJobs, err := o.client.List(ctx, "batch/v1", "CronJob", cr.GetNamespace(), reconcilesLabel+"="+resourceOf(child))
	if err != nil {
		return err
	}
	for i := range cronJobs {
		if err := o.client.Delete(ctx, &cronJobs[i]); err != nil {
			return err
		}
	}
	log.Printf("orchestrator: deleting %s", kube.Ref(child))
	return o.deleteAndWait(ctx, child, o.childLimit)
}

func (o *Operator) deleteAndWait(ctx context.Context, object *kube.Object, limit time.Duration) error {
	end := time.Now().Add(limit)
	for {
		there, err := o.client.Get(ctx, object.GetAPIVersion(), object.GetKind(), object.GetNamespace(), object.GetName())
		if err != nil || there == nil {
			return err
		}
		if there.GetDeletionTimestamp() == nil {
			if err := o.client.Delete(ctx, there); err != nil {
				return err
			}
		}
		if time.Now().After(end) {
			return fmt.Errorf("timed out waiting for the deletion of %s, finalizers %v", kube.Ref(there), there.GetFinalizers())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
}
