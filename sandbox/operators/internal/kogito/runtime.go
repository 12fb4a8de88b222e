package kogito

import (
	"context"
	"encoding/json"
	"log"
	"maps"
	"net/http"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/uuid"

	"orchestrator-sandbox/operators/internal/kube"
)

// takes is how long an instance takes, in which Data Index has it as ACTIVE.
const takes = 500 * time.Millisecond

// failure is what an instance of a failing image ends with.
const failure = "the image's workflow ends in an error"

// definitionOf is a workflow as its runtime describes it.
func definitionOf(workflow *kube.Object) kube.M {
	annotations := workflow.GetAnnotations()
	version := annotations["sonataflow.org/version"]
	if version == "" {
		version = "1.0" // kogito-runtimes: that of a definition which says none
	}
	service := "http://" + workflow.GetName() + "." + workflow.GetNamespace()
	return kube.M{
		"id": workflow.GetName(), "name": workflow.GetName(), "version": version, "type": "SW",
		"endpoint": service + "/" + workflow.GetName(), "serviceUrl": service, "description": annotations["sonataflow.org/description"],
	}
}

// runtime answers for a workflow. Where it is started: kogito-runtimes at d2e2b6a, kogito-codegen-modules/kogito-codegen-processes,
// class-templates/RestResourceQuarkusTemplate.java; an error: addons/common/rest-exception-handler, ExceptionBodyMessageFunctions.java,
// processInstanceExecutionMessageException.
func (k *Kogito) runtime(pod, workflow *kube.Object) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/"+workflow.GetName() || r.Method != http.MethodPost {
			http.NotFound(w, r)
			return
		}
		data := kube.M{}
		if err := json.NewDecoder(r.Body).Decode(&data); err != nil {
			reply(w, http.StatusBadRequest, kube.M{"message": err.Error()})
			return
		}
		id := string(uuid.NewUUID())
		log.Printf("kogito: %s starts instance %s", kube.Ref(workflow), id)
		go k.run(pod, workflow, id)
		if fails(pod) {
			reply(w, http.StatusInternalServerError, kube.M{"id": id, "failedNodeId": "1", "message": failure})
			return
		}
		w.Header().Set("Location", "http://"+r.Host+"/"+workflow.GetName()+"/"+id)
		reply(w, http.StatusCreated, kube.M{"id": id, "workflowdata": data})
	})
}

// run has an instance go through its states, and Data Index hear of each. What does not get through is lost: the runtime only
// logs it (quarkus/addons/events/process/runtime, EventsRuntimeConfig.java, processinstances.errors.propagate).
func (k *Kogito) run(pod, workflow *kube.Object, id string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	definition := definitionOf(workflow)
	instance := kube.M{
		"id": id, "processId": workflow.GetName(), "processName": workflow.GetName(), "version": definition["version"],
		"endpoint": definition["endpoint"], "state": "ACTIVE", "start": time.Now(),
	}
	k.tell(ctx, pod, workflow, instance)
	if !ends(workflow) {
		return
	}
	time.Sleep(takes)
	ended := maps.Clone(instance)
	ended["state"], ended["end"] = "COMPLETED", time.Now()
	if fails(pod) {
		ended["state"], ended["error"] = "ERROR", kube.M{"nodeDefinitionId": "1", "message": failure}
	}
	k.tell(ctx, pod, workflow, ended)
}

func (k *Kogito) tell(ctx context.Context, pod, workflow *kube.Object, instance kube.M) {
	index, err := k.indexFor(ctx, pod, workflow)
	if err != nil || index == nil {
		log.Printf("kogito: Data Index does not hear of instance %s: %v", instance["id"], err)
		return
	}
	index.put(instance)
}

// ends tells whether a workflow comes to its end by itself: it waits for no event and for no time.
func ends(workflow *kube.Object) bool {
	states, _ := kube.Map(workflow, "spec", "flow")["states"].(kube.L)
	for _, s := range states {
		state, _ := s.(kube.M)
		if state["type"] != "inject" && state["type"] != "operation" {
			return false
		}
	}
	return true
}

func fails(pod *kube.Object) bool {
	containers, _ := kube.Map(pod, "spec")["containers"].(kube.L)
	for _, c := range containers {
		container, _ := c.(kube.M)
		if image, _ := container["image"].(string); strings.HasSuffix(image, FailingTag) {
			return true
		}
	}
	return false
}
