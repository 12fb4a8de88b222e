package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"orchestrator-sandbox/plugins/internal/server"
)

const (
	// recheck is how often an object is looked at without an event, because its
	// readiness depends on other objects too.
	recheck = time.Second
	// retryWatch is the pause before a watch that failed is tried again.
	retryWatch = 500 * time.Millisecond
)

// await waits until an object that was sent is ready: by the program's own
// condition if it has one, else by what is built in for the kind. before is the
// object as it was before an update, nil after a creation.
func (op *operation) await(
	ctx context.Context, live, before *unstructured.Unstructured, limit time.Duration,
) (*unstructured.Unstructured, error) {
	if hasAnnotation(op.inputs, annotationSkipAwait) {
		return live, nil
	}
	client, err := op.provider.clients.forObject(live)
	if err != nil {
		return nil, err
	}
	w := &watcher{
		provider: op.provider, urn: op.urn, client: client, last: live,
		before: before, generation: live.GetGeneration(),
	}
	if text := annotation(live, annotationWaitFor); text != "" {
		wanted, err := parseWaitFor(text)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		err = w.untilHolds(ctx, wanted)
		return w.done(err)
	}
	check := readinessOf(live)
	if check == nil {
		return live, nil
	}
	if check.limit != 0 {
		limit = check.limit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err = w.untilReady(ctx, check)
	return w.done(err)
}

// watcher follows one object.
type watcher struct {
	provider *provider
	urn      resource.URN
	client   dynamic.ResourceInterface

	// last is the object as last seen.
	last *unstructured.Unstructured
	// before is the object before the update, if it is one.
	before *unstructured.Unstructured
	// generation is the one that the operation made.
	generation int64
	// reading tells that nothing was changed, and one look must do.
	reading bool
	// reasons say why the object is not ready.
	reasons []string
	// endpoints is what is known of a service's endpoints.
	endpoints endpoints
	shown     string
}

// status shows what is being waited for, once for each change of it.
func (w *watcher) status(message string) {
	if message != w.shown {
		w.shown = message
		w.provider.Host.LogStatus(server.Info, string(w.urn), message)
	}
}

// done turns the outcome of a wait into that of the operation.
func (w *watcher) done(err error) (*unstructured.Unstructured, error) {
	if err != nil {
		return nil, &partialError{cause: err, object: w.last, reasons: w.reasons}
	}
	w.status("")
	return w.last, nil
}

// untilHolds waits for a condition of the program's. One that cannot be
// evaluated counts as not met, and is the error in the end.
func (w *watcher) untilHolds(ctx context.Context, wanted condition) error {
	var evaluation error
	err := w.follow(ctx, func(obj *unstructured.Unstructured) (bool, error) {
		ok, message, err := wanted.holds(obj)
		evaluation = err
		if !ok {
			w.status(message)
		}
		return ok && err == nil, nil
	})
	if err != nil && evaluation != nil {
		return evaluation
	}
	return err
}

// untilReady waits for an object to be ready by its kind's own measure.
func (w *watcher) untilReady(ctx context.Context, check *readiness) error {
	if check.polled {
		return w.poll(ctx, check)
	}
	err := w.follow(ctx, func(obj *unstructured.Unstructured) (bool, error) {
		return check.ready(ctx, w, obj)
	})
	if err == nil || ctx.Err() == nil || check.plainTimeout {
		return err
	}
	if check.contented != nil && check.contented(w) {
		return nil
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("'%s' timed out waiting to be Ready", w.last.GetName())
	}
	return fmt.Errorf("Resource operation was cancelled for %q", w.last.GetName()) //nolint:staticcheck // shown as it is
}

// poll looks again and again; that the object cannot be read ends the wait.
func (w *watcher) poll(ctx context.Context, check *readiness) error {
	for {
		obj, err := w.client.Get(ctx, w.last.GetName(), getOptions)
		if err != nil {
			if ctx.Err() != nil {
				return w.pollInterrupted(ctx)
			}
			return err
		}
		w.last = obj
		if ready, err := check.ready(ctx, w, obj); ready || err != nil {
			return err
		}
		if !sleep(ctx, retryWatch) {
			return w.pollInterrupted(ctx)
		}
	}
}

func (w *watcher) pollInterrupted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("timeout occurred polling for '%s'", w.last.GetName())
	}
	return fmt.Errorf("resource operation was cancelled for '%s'", w.last.GetName())
}

// follow calls check with the object now and whenever it changes, until check
// is satisfied or fails. An object that is not there is waited for.
func (w *watcher) follow(ctx context.Context, check func(*unstructured.Unstructured) (bool, error)) error {
	for ctx.Err() == nil {
		obj, err := w.client.Get(ctx, w.last.GetName(), getOptions)
		if err != nil {
			sleep(ctx, retryWatch)
			continue
		}
		w.last = obj
		if done, err := check(obj); done || err != nil {
			return err
		}
		done, err := w.events(ctx, func(event watch.Event) (bool, error) {
			return check(w.last)
		})
		if done || err != nil {
			return err
		}
	}
	return interrupted(ctx)
}

// untilDeleted waits until the object is gone.
func (w *watcher) untilDeleted(ctx context.Context, obj *unstructured.Unstructured) error {
	w.last = obj
	for ctx.Err() == nil {
		current, err := w.client.Get(ctx, obj.GetName(), getOptions)
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			sleep(ctx, retryWatch)
			continue
		}
		w.last = current
		if current.GetDeletionTimestamp() != nil {
			w.status("Resource scheduled for deletion")
		}
		done, err := w.events(ctx, func(event watch.Event) (bool, error) {
			if event.Type == watch.Deleted {
				return true, nil
			}
			_, err := w.client.Get(ctx, obj.GetName(), getOptions)
			return apierrors.IsNotFound(err), nil
		})
		if done || err != nil {
			return err
		}
	}
	// The object may have gone in the last moment.
	if _, err := w.client.Get(context.WithoutCancel(ctx), obj.GetName(), getOptions); apierrors.IsNotFound(err) {
		return nil
	}
	return interrupted(ctx)
}

// events hands every event of the object to handle, and a bookmark now and then
// when there is none, until handle is satisfied or the watch ends.
func (w *watcher) events(ctx context.Context, handle func(watch.Event) (bool, error)) (done bool, err error) {
	watching, err := w.client.Watch(ctx, metav1.ListOptions{
		FieldSelector:   "metadata.name=" + w.last.GetName(),
		ResourceVersion: w.last.GetResourceVersion(),
	})
	if err != nil {
		sleep(ctx, retryWatch)
		return false, nil
	}
	defer watching.Stop()
	ticker := time.NewTicker(recheck)
	defer ticker.Stop()
	for {
		event := watch.Event{Type: watch.Bookmark}
		select {
		case <-ctx.Done():
			return false, nil
		case <-ticker.C:
		case received, open := <-watching.ResultChan():
			if !open || received.Type == watch.Error {
				sleep(ctx, retryWatch)
				return false, nil
			}
			event = received
			if obj, ok := event.Object.(*unstructured.Unstructured); ok && event.Type != watch.Bookmark {
				w.last = obj
			}
		}
		if done, err := handle(event); done || err != nil {
			return done, err
		}
	}
}

// interrupted is the error of a wait that its context ended.
func interrupted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return wait.ErrorInterrupted(ctx.Err())
	}
	return wait.ErrorInterrupted(nil)
}

// sleep pauses, and tells whether the context is still open.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// jobUnready tells whether a Job in the cluster is not complete.
func (p *provider) jobUnready(ctx context.Context, live *unstructured.Unstructured) bool {
	current, err := p.readLive(ctx, live)
	if err != nil {
		return false
	}
	ready, err := jobReady(ctx, &watcher{provider: p, last: current}, current)
	return !ready || err != nil
}
