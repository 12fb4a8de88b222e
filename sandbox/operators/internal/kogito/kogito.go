// Package kogito plays what runs in the pods of SonataFlow: Data Index, and the runtime of each workflow.
package kogito

import (
	"context"
	"errors"
	"log"
	"net/http"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"orchestrator-sandbox/operators/internal/kube"
)

const (
	apiVersion = "sonataflow.org/v1alpha08"
	// workflowLabel is on a workflow's pods (incubator-kie-kogito-serverless-operator at c429953, workflowproj/operator.go).
	workflowLabel = "sonataflow.org/workflow-app"
	// dataIndexSuffix ends the name of a platform's Data Index (the same, internal/controller/platform/services/services.go).
	dataIndexSuffix = "-data-index-service"
	// FailingTag is of images whose workflow ends in an error.
	FailingTag = ":failing"
)

// Reachability tells whether one pod may send requests to another.
type Reachability func(ctx context.Context, from, to *kube.Object) (bool, error)

// Kogito plays it. It is what runs in pods, so no operator gates it.
type Kogito struct {
	client  *kube.Client
	reaches Reachability

	mu sync.Mutex
	// indexes is what Data Index of each platform holds. On a cluster that is in the database; here it is gone with the platform.
	indexes map[types.UID]*index
	// started has the pods that have told Data Index of their workflow, as each does once, when it starts.
	started map[types.UID]bool
}

// New plays against a cluster.
func New(client *kube.Client) *Kogito {
	return &Kogito{client: client, indexes: map[types.UID]*index{}, started: map[types.UID]bool{}}
}

// In sets the network that the pods are in.
func (k *Kogito) In(reaches Reachability) { k.reaches = reaches }

// Name is for logs.
func (k *Kogito) Name() string { return "kogito" }

// Tick has each workflow that has started tell Data Index of itself. It tries until it gets through, as on a cluster, where
// one that does not ends and is started again: the operator sets kogito.events.processdefinitions.errors.propagate
// (incubator-kie-tools, packages/sonataflow-operator, internal/controller/platform/services/properties.go,
// GenerateDataIndexWorkflowProperties).
func (k *Kogito) Tick(ctx context.Context, _ kube.Operators) error {
	pods, err := k.client.List(ctx, "v1", "Pod", "", workflowLabel)
	if err != nil {
		return err
	}
	var problems []error
	for i := range pods {
		pod := &pods[i]
		if !runs(pod) || k.hasStarted(pod) {
			continue
		}
		problems = append(problems, k.register(ctx, pod))
	}
	return errors.Join(problems...)
}

func runs(pod *kube.Object) bool {
	return pod.GetDeletionTimestamp() == nil && kube.IsTrue(pod, "Ready")
}

func (k *Kogito) hasStarted(pod *kube.Object) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.started[pod.GetUID()]
}

// register is what a runtime does with its definition when it starts: kogito-runtimes,
// api/kogito-services/src/main/java/org/kie/kogito/services/registry/ProcessDefinitionEventRegistry.java.
func (k *Kogito) register(ctx context.Context, pod *kube.Object) error {
	workflow, err := k.workflowOf(ctx, pod)
	if err != nil || workflow == nil {
		return err
	}
	index, err := k.indexFor(ctx, pod, workflow)
	if err != nil || index == nil {
		return err
	}
	definition := definitionOf(workflow)
	index.define(definition)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.started[pod.GetUID()] = true
	log.Printf("kogito: Data Index knows %s, version %s", kube.Ref(workflow), definition["version"])
	return nil
}

// workflowOf is the workflow that runs in a pod.
func (k *Kogito) workflowOf(ctx context.Context, pod *kube.Object) (*kube.Object, error) {
	return k.client.Get(ctx, apiVersion, "SonataFlow", pod.GetNamespace(), pod.GetLabels()[workflowLabel])
}

// indexFor is Data Index as a workflow's pod reaches it: that of the platform of its namespace, else that of the platform to which
// the cluster platform points. It is nil where there is none, where none runs, and where a policy is in the way. With the profile
// dev a workflow tells nobody (properties.go, as above).
func (k *Kogito) indexFor(ctx context.Context, pod, workflow *kube.Object) (*index, error) {
	if workflow.GetAnnotations()["sonataflow.org/profile"] == "dev" {
		return nil, nil
	}
	platform, err := k.platformFor(ctx, workflow.GetNamespace())
	if err != nil || platform == nil {
		return nil, err
	}
	pods, err := k.client.List(ctx, "v1", "Pod", platform.GetNamespace(), "app="+platform.GetName()+dataIndexSuffix)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(pods, func(pod kube.Object) bool { return runs(&pod) })
	if at < 0 {
		return nil, nil
	}
	if reaches, err := k.reaches(ctx, pod, &pods[at]); err != nil || !reaches {
		return nil, err
	}
	return k.index(platform), nil
}

func (k *Kogito) platformFor(ctx context.Context, namespace string) (*kube.Object, error) {
	own, err := k.client.List(ctx, apiVersion, "SonataFlowPlatform", namespace, "")
	if err != nil {
		return nil, err
	}
	for i := range own {
		if hasDataIndex(&own[i]) {
			return &own[i], nil
		}
	}
	clusterWide, err := k.client.List(ctx, apiVersion, "SonataFlowClusterPlatform", "", "")
	if err != nil {
		return nil, err
	}
	for i := range clusterWide {
		ref := []string{"spec", "platformRef"}
		platform, err := k.client.Get(ctx, apiVersion, "SonataFlowPlatform",
			kube.Str(&clusterWide[i], append(ref, "namespace")...), kube.Str(&clusterWide[i], append(ref, "name")...))
		if err != nil {
			return nil, err
		}
		if platform != nil && hasDataIndex(platform) {
			return platform, nil
		}
	}
	return nil, nil
}

func hasDataIndex(platform *kube.Object) bool {
	return kube.Bool(platform, "spec", "services", "dataIndex", "enabled")
}

// index is what the Data Index of a platform holds.
func (k *Kogito) index(platform *kube.Object) *index {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.indexes[platform.GetUID()]
	if !ok {
		found = newIndex()
		k.indexes[platform.GetUID()] = found
	}
	return found
}

// Handler is Data Index or the runtime of a workflow.
func (k *Kogito) Handler(ctx context.Context, pod *kube.Object) (http.Handler, error) {
	if pod.GetLabels()[workflowLabel] != "" {
		workflow, err := k.workflowOf(ctx, pod)
		if err != nil || workflow == nil {
			return nil, err
		}
		return k.runtime(pod, workflow), nil
	}
	name, is := strings.CutSuffix(pod.GetLabels()["app"], dataIndexSuffix)
	if !is {
		return nil, nil
	}
	platform, err := k.client.Get(ctx, apiVersion, "SonataFlowPlatform", pod.GetNamespace(), name)
	if err != nil || platform == nil {
		return nil, err
	}
	return k.index(platform), nil
}
