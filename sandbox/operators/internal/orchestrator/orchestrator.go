// Package orchestrator plays the Orchestrator operator of 1.2 to 1.4: a Helm
// operator that turns an Orchestrator into a release, and the CronJobs of that
// release which keep its custom resources applied.
package orchestrator

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"orchestrator-sandbox/operators/internal/kube"
)

const (
	deployment = "orchestrator-operator"
	kind       = "Orchestrator"
	group      = "rhdh.redhat.com/"

	finalizer     = "helm.sdk.operatorframework.io/uninstall-release"
	uninstallWait = "helm.sdk.operatorframework.io/uninstall-wait"

	// repairEvery stands for the operator's one minute, and waitEvery for that
	// while it waits for a removal.
	repairEvery = 15 * time.Second
	waitEvery   = 5 * time.Second

	// A failure is tried again after firstPause, then after twice as long each
	// time, up to lastPause (client-go util/workqueue, default_rate_limiters.go),
	// unless the custom resource changes: the watch has no predicate
	// (operator-sdk internal/helm/controller/controller.go).
	firstPause = 5 * time.Millisecond
	lastPause  = 1000 * time.Second
)

// Operator plays it.
type Operator struct {
	client     *kube.Client
	background *kube.Background
	said       *kube.SayOnce
	active     atomic.Bool // whether the operator may act, as of the last tick
	childLimit time.Duration

	mu   sync.Mutex
	seen map[types.UID]visit
	// installed remembers releases: when a namespace is torn down its release
	// Secrets may go before the operator gets to uninstall.
	installed map[types.UID]*record
}

// visit is in which state a CR was last reconciled, how often in a row that has
// failed, and when it is due again.
type visit struct {
	state    string
	failures int
	next     time.Time
}

// stateOf changes with all that somebody else than the operator changes of a CR.
func stateOf(cr *kube.Object) string {
	return fmt.Sprint(cr.GetGeneration(), cr.GetDeletionTimestamp() != nil, cr.GetAnnotations(), cr.GetLabels())
}

// New plays against a cluster.
func New(client *kube.Client) *Operator {
	return &Operator{
		client:     client,
		background: kube.NewBackground(),
		said:       kube.NewSayOnce(),
		childLimit: 60 * time.Second,
		seen:       map[types.UID]visit{},
		installed:  map[types.UID]*record{},
	}
}

// Name is for logs.
func (o *Operator) Name() string { return "orchestrator" }

// apiVersion is the only Orchestrator API that a release of the operator knows.
func apiVersion(version string) string {
	if chartOf(version).minor <= 3 {
		return group + "v1alpha1"
	}
	return group + "v1alpha2"
}

// Tick starts a reconciliation of each CR that is due.
func (o *Operator) Tick(ctx context.Context, operators kube.Operators) error {
	self, ok := operators[deployment]
	o.active.Store(ok)
	if !ok {
		o.forget() // an operator that starts again looks at everything
		return nil
	}
	crs, err := o.client.List(ctx, apiVersion(self.Version()), kind, "", "")
	if err != nil {
		return err
	}
	for i := range crs {
		cr := &crs[i]
		o.background.Go(string(cr.GetUID()), func() {
			if !o.due(cr) {
				return
			}
			err := o.reconcile(ctx, self.Version(), cr)
			if err != nil {
				o.said.Log(ctx, "orchestrator", fmt.Errorf("%s: %w", kube.Ref(cr), err))
			} else {
				o.said.Forget("orchestrator")
			}
			o.done(cr, err)
		})
	}
	return nil
}

func (o *Operator) due(cr *kube.Object) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	last, known := o.seen[cr.GetUID()]
	return !known || last.state != stateOf(cr) || time.Now().After(last.next)
}

func (o *Operator) done(cr *kube.Object, problem error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	pause, failures := repairEvery, 0
	switch {
	case errors.Is(problem, errWaiting):
		pause = waitEvery
	case problem != nil:
		failures = o.seen[cr.GetUID()].failures + 1
		pause = pauseAfter(failures)
	}
	o.seen[cr.GetUID()] = visit{stateOf(cr), failures, time.Now().Add(pause)}
}

// pauseAfter is how long a CR waits for its turn after so many failures in a row.
func pauseAfter(failures int) time.Duration {
	return time.Duration(min(float64(firstPause)*math.Pow(2, float64(failures-1)), float64(lastPause)))
}

func (o *Operator) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.seen)
}

// seenDeleting tells whether an earlier visit already found the CR being deleted.
func (o *Operator) seenDeleting(cr *kube.Object) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen[cr.GetUID()].state == stateOf(cr)
}

func (o *Operator) remember(cr *kube.Object, rec *record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.installed[cr.GetUID()] = rec
}

func (o *Operator) remembered(cr *kube.Object) *record {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.installed[cr.GetUID()]
}

var initialized = kube.Condition{Type: "Initialized", Status: "True"}

// reconcile is one round of the operator.
func (o *Operator) reconcile(ctx context.Context, version string, cr *kube.Object) error {
	if cr.GetDeletionTimestamp() != nil {
		return o.reconcileDeletion(ctx, cr)
	}
	rec, err := loadRecord(ctx, o.client, cr)
	if err != nil {
		return err
	}
	// A release without the finalizer is an installation that was cut short.
	hasFinalizer := slices.Contains(cr.GetFinalizers(), finalizer)
	p, renderError := render(ctx, o.client, version, cr)

	if rec == nil || !hasFinalizer {
		err := renderError
		if err == nil {
			err = install(ctx, o.client, cr, p)
		}
		if err != nil {
			return o.fail(ctx, cr, "ReleaseFailed", "InstallError", fmt.Errorf("failed to install release: %w", err))
		}
		log.Printf("orchestrator: %s installed, %d objects", kube.Ref(cr), len(p.Objects))
		o.remember(cr, &record{revision: 1, plan: p})
		if !hasFinalizer {
			if err := o.client.SetFinalizers(ctx, cr, append(cr.GetFinalizers(), finalizer)); err != nil {
				return err
			}
		}
		return o.succeed(ctx, cr, p, "InstallSuccessful")
	}

	o.remember(cr, rec)
	if renderError != nil {
		return o.fail(ctx, cr, "Irreconcilable", "ReconcileError", fmt.Errorf("failed to get candidate release: %w", renderError))
	}
	if same(rec.plan, p) {
		if err := repair(ctx, o.client, p); err != nil {
			return o.fail(ctx, cr, "Irreconcilable", "ReconcileError", err)
		}
		return o.succeed(ctx, cr, p, "")
	}
	if err := o.upgrade(ctx, cr, rec, p); err != nil {
		return o.fail(ctx, cr, "ReleaseFailed", "UpgradeError", fmt.Errorf("failed to upgrade release: %w", err))
	}
	log.Printf("orchestrator: %s upgraded to revision %d", kube.Ref(cr), rec.revision+1)
	return o.succeed(ctx, cr, p, "UpgradeSuccessful")
}

// fail writes a failure condition and hands the error back for the log.
func (o *Operator) fail(ctx context.Context, cr *kube.Object, condition, reason string, problem error) error {
	_, err := o.client.SetConditions(ctx, cr, []kube.Condition{
		initialized, {Type: condition, Status: "True", Reason: reason, Message: problem.Error()},
	}, nil)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w", reason, problem)
}

// succeed writes Deployed; without a reason the one that is there stays. The status of the real operator holds the
// release's whole manifest, and so changes with it; here a checksum does.
func (o *Operator) succeed(ctx context.Context, cr *kube.Object, p *plan, reason string) error {
	manifest, err := json.Marshal(p.Objects)
	if err != nil {
		return err
	}
	release := kube.M{"name": cr.GetName(), "manifest": fmt.Sprintf("sha256:%x", sha256.Sum256(manifest))}
	set := []kube.Condition{initialized}
	if reason == "" && !kube.IsTrue(cr, "Deployed") {
		reason = "InstallSuccessful"
	}
	if reason != "" {
		set = append(set, kube.Condition{Type: "Deployed", Status: "True", Reason: reason, Message: notes})
	}
	_, err = o.client.SetConditions(ctx, cr, set, kube.M{"deployedRelease": release}, "ReleaseFailed", "Irreconcilable")
	return err
}

// notes stands for the chart's NOTES: Deployed only says that objects were submitted.
const notes = `Objects were submitted; components follow. Ready means:
deployment/knative-openshift in openshift-serverless is Available
knativeeventing/knative-eventing and knativeserving/knative-serving are Ready
deployment/logic-operator-rhel8-controller-manager in openshift-serverless-logic is Available
sonataflowplatform/sonataflow-platform is Succeed and its two services are Available
backstage/backstage is Deployed and deployment/backstage-backstage is Available`
