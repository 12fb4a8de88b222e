package kubernetes

import (
	"context"
	"fmt"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"orchestrator-sandbox/plugins/internal/server"
)

// readiness is the built-in measure for one kind.
type readiness struct {
	// ready tells whether the object is; an error means it will not be.
	ready func(ctx context.Context, w *watcher, obj *unstructured.Unstructured) (bool, error)
	// onRead tells whether a refresh looks as well.
	onRead bool
	// limit bounds the wait instead of the operation's timeout.
	limit time.Duration
	// polled tells that the object is polled and must exist throughout.
	polled bool
	// plainTimeout tells that a timeout is reported in general words.
	plainTimeout bool
	// contented tells at the end of the time whether what there is will do.
	contented func(w *watcher) bool
}

var (
	deploymentReadiness  = &readiness{ready: deploymentReady, onRead: true}
	statefulSetReadiness = &readiness{ready: statefulSetReady, onRead: true}
	daemonSetReadiness   = &readiness{ready: daemonSetReady, onRead: true, plainTimeout: true}
	ingressReadiness     = &readiness{ready: ingressReady, onRead: true}
)

var kindReadiness = map[schema.GroupVersionKind]*readiness{
	{Group: "apps", Version: "v1", Kind: "Deployment"}:           deploymentReadiness,
	{Group: "apps", Version: "v1", Kind: "StatefulSet"}:          statefulSetReadiness,
	{Group: "apps", Version: "v1", Kind: "DaemonSet"}:            daemonSetReadiness,
	{Group: "batch", Version: "v1", Kind: "Job"}:                 {ready: jobReady, onRead: true},
	{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"}: ingressReadiness,
	{Version: "v1", Kind: "Pod"}:                                 {ready: podReady, onRead: true},
	{Version: "v1", Kind: "Service"}:                             {ready: serviceReady, onRead: true, contented: serviceContented},
	{Version: "v1", Kind: "Secret"}:                              {ready: secretReady, polled: true, limit: 5 * time.Second},
	{Version: "v1", Kind: "PersistentVolume"}:                    {ready: volumeReady, polled: true, limit: 5 * time.Minute},
	{Version: "v1", Kind: "PersistentVolumeClaim"}:               {ready: claimReady, polled: true, limit: 5 * time.Minute},
	{Version: "v1", Kind: "ResourceQuota"}:                       {ready: quotaReady, polled: true, limit: time.Minute},
	{Version: "v1", Kind: "ReplicationController"}:               {ready: replicasReady, polled: true},
}

// readinessOf returns the measure for an object's kind, nil if there is none.
// Namespaces, roles and their bindings, network policies, service accounts and
// custom resources among others are ready as soon as they exist.
func readinessOf(obj *unstructured.Unstructured) *readiness {
	if isSecret(obj) {
		// Only the token of a service account is filled in by somebody else.
		if kind, _, _ := unstructured.NestedString(obj.Object, "type"); kind != string(corev1.SecretTypeServiceAccountToken) {
			return nil
		}
	}
	return kindReadiness[gvkOfObject(obj)]
}

// replaceUnready replaces a Job that has not completed, if it asks for that.
func (p *provider) replaceUnready(
	ctx context.Context, urn, kind string, live *unstructured.Unstructured, resp *pulumirpc.DiffResponse,
) {
	switch {
	case p.clients == nil:
		p.Host.Log(server.Warning, urn, "Cluster is unreachable, skipping replaceUnready check")
	case kind != "Job":
		p.Host.Log(server.Warning, urn, "replaceUnready annotation is not supported for this resource")
	case p.jobUnready(ctx, live):
		resp.Changes = pulumirpc.DiffResponse_DIFF_SOME
		resp.Replaces = append(resp.Replaces, `.metadata.annotations["pulumi.com/replaceUnready"]`)
	}
}

func text(obj map[string]any, fields ...string) string {
	value, _, _ := unstructured.NestedString(obj, fields...)
	return value
}

func count(obj map[string]any, fields ...string) int64 {
	value, _, _ := unstructured.NestedInt64(obj, fields...)
	return value
}

func list(obj map[string]any, fields ...string) []map[string]any {
	items, _, _ := unstructured.NestedFieldNoCopy(obj, fields...)
	values, _ := items.([]any)
	var maps []map[string]any
	for _, value := range values {
		if item, ok := value.(map[string]any); ok {
			maps = append(maps, item)
		}
	}
	return maps
}

// statusConditionOf returns a condition of an object's status, nil if it has none.
func statusConditionOf(obj *unstructured.Unstructured, name string) map[string]any {
	for _, c := range list(obj.Object, "status", "conditions") {
		if c["type"] == name {
			return c
		}
	}
	return nil
}

func ownedBy(obj, owner *unstructured.Unstructured) bool {
	for _, reference := range obj.GetOwnerReferences() {
		if reference.UID == owner.GetUID() {
			return true
		}
	}
	return false
}

// siblings lists the objects of another kind in the same namespace. That they
// cannot be listed means that nothing is known about them.
func (w *watcher) siblings(
	ctx context.Context, obj *unstructured.Unstructured, gvk schema.GroupVersionKind,
) []unstructured.Unstructured {
	client, err := w.provider.clients.forKind(gvk, obj.GetNamespace())
	if err != nil {
		return nil
	}
	found, err := client.List(ctx, listOptions)
	if err != nil {
		return nil
	}
	return found.Items
}

var (
	podKind        = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	claimKind      = schema.GroupVersionKind{Version: "v1", Kind: "PersistentVolumeClaim"}
	endpointsKind  = schema.GroupVersionKind{Version: "v1", Kind: "Endpoints"}
	serviceKind    = schema.GroupVersionKind{Version: "v1", Kind: "Service"}
	replicaSetKind = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "ReplicaSet"}
	classKind      = schema.GroupVersionKind{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass"}
)

// deploymentReady: the controller has seen the generation, the Deployment is
// available, its rollout is complete, the pods of the current ReplicaSet are
// ready and the claims it mounts are bound.
func deploymentReady(ctx context.Context, w *watcher, d *unstructured.Unstructured) (bool, error) {
	w.reasons = nil
	observed, seen, _ := unstructured.NestedInt64(d.Object, "status", "observedGeneration")
	if !w.reading && (!seen || observed != d.GetGeneration() || d.GetGeneration() < w.generation) {
		w.reasons = []string{"Minimum number of live Pods was not attained"}
		return false, nil
	}
	revision := annotation(d, annotationRevision)
	available, progressing := statusConditionOf(d, "Available"), statusConditionOf(d, "Progressing")
	for _, c := range []map[string]any{progressing, available} {
		if c != nil && c["status"] != "True" {
			w.reasons = append(w.reasons, fmt.Sprintf("[%v] %v", c["reason"], c["message"]))
		}
	}
	if available == nil || available["status"] != "True" || revision == "" {
		w.reasons = append(w.reasons, "Minimum number of live Pods was not attained")
		w.reasons = append(w.reasons, w.podFindings(ctx, d, revision)...)
		w.status(fmt.Sprintf("Waiting for app ReplicaSet to be available (%d/%d Pods available)",
			count(d.Object, "status", "availableReplicas"), count(d.Object, "spec", "replicas")))
		return false, nil
	}
	rolledOut := progressing != nil && progressing["status"] == "True" &&
		progressing["reason"] == "NewReplicaSetAvailable"
	if revision != "1" && !rolledOut {
		w.reasons = append(w.reasons, "Minimum number of Pods to consider the application live was not attained")
		return false, nil
	}
	if !w.replicaSetReady(ctx, d, revision) {
		w.reasons = append(w.reasons,
			"Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live")
		w.reasons = append(w.reasons, w.podFindings(ctx, d, revision)...)
		return false, nil
	}
	if claim := w.unboundClaim(ctx, d); claim != "" {
		w.reasons = append(w.reasons, fmt.Sprintf("Failed to bind PersistentVolumeClaim(s): %q", claim))
		return false, nil
	}
	return true, nil
}

// replicaSetReady tells whether the pods of a Deployment's revision are ready.
func (w *watcher) replicaSetReady(ctx context.Context, d *unstructured.Unstructured, revision string) bool {
	for _, rs := range w.siblings(ctx, d, replicaSetKind) {
		if !ownedBy(&rs, d) || annotation(&rs, annotationRevision) != revision {
			continue
		}
		wanted, given, _ := unstructured.NestedInt64(rs.Object, "spec", "replicas")
		if !given {
			wanted = 1
		}
		ready := count(rs.Object, "status", "readyReplicas")
		if ready < wanted {
			w.status(fmt.Sprintf("Waiting for app ReplicaSet to be available (%d/%d Pods available)", ready, wanted))
		}
		return ready >= wanted
	}
	return false
}

// unboundClaim names a claim that the pods mount and that is not bound.
func (w *watcher) unboundClaim(ctx context.Context, d *unstructured.Unstructured) string {
	mounted := map[string]bool{}
	for _, volume := range list(d.Object, "spec", "template", "spec", "volumes") {
		if name := text(volume, "persistentVolumeClaim", "claimName"); name != "" {
			mounted[name] = true
		}
	}
	if len(mounted) == 0 {
		return ""
	}
	for _, claim := range w.siblings(ctx, d, claimKind) {
		if mounted[claim.GetName()] && text(claim.Object, "status", "phase") != string(corev1.ClaimBound) {
			return claim.GetName()
		}
	}
	return ""
}

// podFindings say what the pods of a Deployment's revision are short of. They
// are only asked for in a refresh: a wait would ask over and over.
func (w *watcher) podFindings(ctx context.Context, d *unstructured.Unstructured, revision string) []string {
	if !w.reading {
		return nil
	}
	var findings []string
	for _, rs := range w.siblings(ctx, d, replicaSetKind) {
		if ownedBy(&rs, d) && annotation(&rs, annotationRevision) == revision {
			findings = append(findings, w.podsOf(ctx, &rs)...)
		}
	}
	return findings
}

func (w *watcher) podsOf(ctx context.Context, owner *unstructured.Unstructured) []string {
	var findings []string
	for _, pod := range w.siblings(ctx, owner, podKind) {
		if ownedBy(&pod, owner) {
			findings = append(findings, podProblems(&pod)...)
		}
	}
	return findings
}

// statefulSetReady: the controller has seen the generation, the replicas are
// all there, ready and of the current revision.
func statefulSetReady(_ context.Context, w *watcher, s *unstructured.Unstructured) (bool, error) {
	w.reasons = nil
	status := func(field string) int64 { return count(s.Object, "status", field) }
	wanted, ready := count(s.Object, "spec", "replicas"), status("readyReplicas")
	current, update := text(s.Object, "status", "currentRevision"), text(s.Object, "status", "updateRevision")

	seen := status("observedGeneration") >= s.GetGeneration() && s.GetGeneration() >= w.generation
	replicas := seen && wanted == status("replicas") && wanted == ready
	revision := seen && current != "" && current == update
	if seen && s.GetGeneration() > 1 && text(s.Object, "spec", "updateStrategy", "type") == "OnDelete" {
		revision = true
	} else {
		replicas = replicas && wanted == status("currentReplicas")
	}
	if !replicas {
		w.reasons = append(w.reasons, fmt.Sprintf("%d out of %d replicas succeeded readiness checks", ready, wanted))
	}
	if !revision {
		w.reasons = append(w.reasons, fmt.Sprintf(
			"StatefulSet controller failed to advance from revision %q to revision %q", current, update))
	}
	if !replicas || !revision {
		w.status(fmt.Sprintf("Waiting for StatefulSet to create Pods (%d/%d Pods ready)", ready, wanted))
	}
	return replicas && revision, nil
}

// daemonSetReady: the pods are scheduled, updated, available and ready.
func daemonSetReady(_ context.Context, w *watcher, d *unstructured.Unstructured) (bool, error) {
	wanted, given, _ := unstructured.NestedInt64(d.Object, "status", "desiredNumberScheduled")
	if !given || count(d.Object, "status", "observedGeneration") < d.GetGeneration() || d.GetGeneration() < w.generation {
		return false, nil
	}
	for _, field := range []string{"currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"} {
		if n := count(d.Object, "status", field); n < wanted {
			w.status(fmt.Sprintf("%s: %d/%d", field, n, wanted))
			return false, nil
		}
	}
	return true, nil
}

// jobReady: the Job has started and completed. One that gave up fails.
func jobReady(_ context.Context, w *watcher, j *unstructured.Unstructured) (bool, error) {
	w.reasons = nil
	if failed := statusConditionOf(j, "Failed"); failed != nil && failed["status"] == "True" {
		if reason := failed["reason"]; reason == "BackoffLimitExceeded" || reason == "DeadlineExceeded" {
			w.reasons = []string{fmt.Sprintf("[%v] %v", reason, failed["message"])}
			if w.reading {
				return false, nil
			}
			//nolint:staticcheck // shown as it is
			return false, fmt.Errorf("Resource '%s' was created but failed to initialize", j.GetName())
		}
	}
	complete := statusConditionOf(j, "Complete")
	if text(j.Object, "status", "startTime") != "" && complete != nil && complete["status"] == "True" {
		return true, nil
	}
	if w.provider != nil && !w.reading {
		w.status(fmt.Sprintf("Waiting for Job %q to succeed (Active: %d | Succeeded: %d | Failed: %d)", objectID(j),
			count(j.Object, "status", "active"), count(j.Object, "status", "succeeded"), count(j.Object, "status", "failed")))
	}
	return false, nil
}

// podReady: the Pod is scheduled, initialized, and ready or done.
func podReady(_ context.Context, w *watcher, p *unstructured.Unstructured) (bool, error) {
	for _, name := range []string{"PodScheduled", "Initialized", "Ready"} {
		c := statusConditionOf(p, name)
		if c != nil && c["status"] == "True" {
			continue
		}
		if c != nil && name == "Ready" && text(p.Object, "status", "phase") == string(corev1.PodSucceeded) {
			continue
		}
		w.reasons = podProblems(p)
		w.status(fmt.Sprintf("Waiting for Pod %q: %s", objectID(p), name))
		return false, nil
	}
	return true, nil
}

// podProblems say what a pod is short of.
func podProblems(p *unstructured.Unstructured) []string {
	var pod corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(p.Object, &pod); err != nil {
		return nil
	}
	var problems []string
	for _, c := range pod.Status.Conditions {
		if (c.Type == corev1.PodInitialized || c.Type == corev1.PodReady) && c.Status != corev1.ConditionTrue && c.Message != "" {
			problems = append(problems, fmt.Sprintf("[Pod %s]: %s", objectID(p), c.Message))
			break
		}
	}
	for _, c := range pod.Status.ContainerStatuses {
		switch {
		case c.Ready:
		case c.State.Waiting != nil && c.State.Waiting.Reason != "ContainerCreating":
			problems = append(problems, fmt.Sprintf("[Pod %s]: [%s] %s", objectID(p), c.State.Waiting.Reason, c.State.Waiting.Message))
		case c.State.Terminated != nil:
			problems = append(problems, fmt.Sprintf("[Pod %s]: container %q completed with exit code %d",
				objectID(p), c.Name, c.State.Terminated.ExitCode))
		}
	}
	return problems
}

// secretReady: the token of a service account has been filled in.
func secretReady(_ context.Context, _ *watcher, s *unstructured.Unstructured) (bool, error) {
	data, _, _ := unstructured.NestedMap(s.Object, "data")
	return len(data) > 0, nil
}

func volumeReady(_ context.Context, _ *watcher, v *unstructured.Unstructured) (bool, error) {
	phase := text(v.Object, "status", "phase")
	return phase == string(corev1.VolumeAvailable) || phase == string(corev1.VolumeBound), nil
}

// claimReady: the claim is bound, or pending where its storage class binds only
// when a pod needs it.
func claimReady(ctx context.Context, w *watcher, c *unstructured.Unstructured) (bool, error) {
	phase := text(c.Object, "status", "phase")
	if w.before != nil && phase == string(corev1.ClaimBound) {
		return true, nil
	}
	mode, err := w.bindingMode(ctx, c)
	if err != nil {
		w.status(err.Error())
	}
	if mode == "WaitForFirstConsumer" {
		return phase == string(corev1.ClaimPending), nil
	}
	return phase == string(corev1.ClaimBound), nil
}

func (w *watcher) bindingMode(ctx context.Context, claim *unstructured.Unstructured) (string, error) {
	name := text(claim.Object, "spec", "storageClassName")
	if name == "" {
		return "", fmt.Errorf("no storage class found for %q", claim.GetName())
	}
	client, err := w.provider.clients.forKind(classKind, "")
	if err != nil {
		return "", err
	}
	class, err := client.Get(ctx, name, getOptions)
	if err != nil {
		return "", fmt.Errorf("getting storage class %q: %w", name, err)
	}
	return text(class.Object, "volumeBindingMode"), nil
}

// quotaReady: the status shows the limits that the spec sets.
func quotaReady(_ context.Context, _ *watcher, q *unstructured.Unstructured) (bool, error) {
	wanted, given, _ := unstructured.NestedStringMap(q.Object, "spec", "hard")
	actual, known, _ := unstructured.NestedStringMap(q.Object, "status", "hard")
	if !given || !known || len(wanted) != len(actual) {
		return false, nil
	}
	for key, value := range wanted {
		if actual[key] != value {
			return false, nil
		}
	}
	return true, nil
}

func replicasReady(_ context.Context, _ *watcher, rc *unstructured.Unstructured) (bool, error) {
	wanted, given, _ := unstructured.NestedInt64(rc.Object, "spec", "replicas")
	actual, known, _ := unstructured.NestedInt64(rc.Object, "status", "availableReplicas")
	return given && known && wanted == actual, nil
}
