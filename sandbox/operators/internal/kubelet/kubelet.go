// Package kubelet plays the kubelet of the pods that operators make: their containers start one after the other, or say in
// the kubelet's words why they do not.
package kubelet

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log"
	"maps"
	"strings"
	"sync"
	"time"

	"orchestrator-sandbox/operators/internal/kube"
)

// Played is the annotation of the pods that are played here; manifests/kubelet.yaml leaves them alone. Its value, if any, is
// what ends a container: its name, a colon, and its last words, which only its log has.
const Played = "sandbox.orchestrator/kubelet"

// MissingTag is of images that no registry has.
const MissingTag = ":missing"

// Kubelet plays it. It belongs to the platform, so no operator gates it.
type Kubelet struct {
	client *kube.Client
	// delay is how long a pod takes to start, for its images and whatever runs in it.
	delay time.Duration
	// said has what containers that have ended wrote last, by pod and container.
	said sync.Map
}

// New plays against a cluster.
func New(client *kube.Client, delay time.Duration) *Kubelet {
	return &Kubelet{client: client, delay: delay}
}

// Name is for logs.
func (k *Kubelet) Name() string { return "kubelet" }

// Tick does what is due now.
func (k *Kubelet) Tick(ctx context.Context, _ kube.Operators) error {
	return EachWaiting(ctx, k.client, func(pod *kube.Object) error {
		if _, played := pod.GetAnnotations()[Played]; !played {
			return nil
		}
		return k.start(ctx, pod)
	})
}

// EachWaiting does the kubelet's work for all pods that are on a node and not ready.
func EachWaiting(ctx context.Context, client *kube.Client, start func(pod *kube.Object) error) error {
	pods, err := client.List(ctx, "v1", "Pod", "", "")
	if err != nil {
		return err
	}
	var problems []error
	for i := range pods {
		pod := &pods[i]
		if kube.IsTrue(pod, "Ready") || pod.GetDeletionTimestamp() != nil || kube.Str(pod, "spec", "nodeName") == "" {
			continue
		}
		if err := start(pod); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", kube.Ref(pod), err))
		}
	}
	return errors.Join(problems...)
}

func (k *Kubelet) start(ctx context.Context, pod *kube.Object) error {
	statuses := kube.M{}
	ready := true
	for _, list := range []string{"initContainers", "containers"} {
		var states kube.L
		containers, _ := kube.Map(pod, "spec")[list].(kube.L)
		for _, c := range containers {
			container, _ := c.(kube.M)
			state := waiting("PodInitializing", "")
			if ready {
				var err error
				if state, err = k.state(ctx, pod, container, list == "initContainers"); err != nil {
					return err
				}
			}
			runs := state["ready"] == true
			ready = ready && runs
			state["name"], state["image"], state["imageID"] = container["name"], container["image"], ""
			states = append(states, state)
		}
		if states != nil {
			statuses[strings.TrimSuffix(list, "s")+"Statuses"] = states
		}
	}
	return report(ctx, k.client, pod, ready, statuses)
}

// state is the state of a container whose turn it is.
func (k *Kubelet) state(ctx context.Context, pod *kube.Object, container kube.M, init bool) (kube.M, error) {
	image, _ := container["image"].(string)
	if strings.HasSuffix(image, MissingTag) {
		return waiting("ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q", image)), nil
	}
	env, problem, err := Environment(ctx, k.client, pod, container)
	if err != nil {
		return nil, err
	}
	if missing, err := k.unmounted(ctx, pod, container); missing != "" || err != nil {
		return waiting("ContainerCreating", missing), err
	}
	if problem != "" {
		return waiting("CreateContainerConfigError", problem), nil
	}
	name, _ := container["name"].(string)
	words := ""
	if who, said, ends := strings.Cut(pod.GetAnnotations()[Played], ": "); ends && who == name {
		words = said
	} else if words, err = k.loginFails(ctx, kube.Map(pod, "spec"), container, pod.GetNamespace(), env); err != nil {
		return nil, err
	}
	if words != "" {
		k.said.Store(logKey{pod.GetNamespace(), pod.GetName(), name}, words)
		return crashing(pod, name, words), nil
	}
	if time.Since(pod.GetCreationTimestamp().Time) < k.delay {
		return waiting("ContainerCreating", ""), nil
	}
	if err := k.migrate(ctx, image, env); err != nil {
		return nil, err
	}
	now := time.Now().UTC().Format(time.RFC3339)
	if init {
		return kube.M{"ready": true, "restartCount": 0, "state": kube.M{"terminated": kube.M{
			"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now,
		}}}, nil
	}
	return kube.M{"ready": true, "started": true, "restartCount": 0, "state": kube.M{"running": kube.M{"startedAt": now}}}, nil
}

func waiting(reason, message string) kube.M {
	state := kube.M{"reason": reason}
	if message != "" {
		state["message"] = message
	}
	return kube.M{"ready": false, "started": false, "restartCount": 0, "state": kube.M{"waiting": state}}
}

// crashing is a container that ends each time it is started. Its words are in its log only.
func crashing(pod *kube.Object, name, words string) kube.M {
	state := waiting("CrashLoopBackOff", fmt.Sprintf("back-off 5m0s restarting failed container=%s pod=%s_%s(%s)", name, pod.GetName(), pod.GetNamespace(), pod.GetUID()))
	state["restartCount"] = 3
	state["lastState"] = kube.M{"terminated": kube.M{"exitCode": 1, "reason": "Error"}}
	state["words"] = words
	return state
}

// unmounted is the kubelet's word for a ConfigMap that a container mounts and that is not there. On a cluster only an event of the
// pod has it.
func (k *Kubelet) unmounted(ctx context.Context, pod *kube.Object, container kube.M) (string, error) {
	mounts, _ := container["volumeMounts"].(kube.L)
	volumes, _ := kube.Map(pod, "spec")["volumes"].(kube.L)
	for _, m := range mounts {
		mount, _ := m.(kube.M)
		for _, v := range volumes {
			volume, _ := v.(kube.M)
			source, _ := volume["configMap"].(kube.M)
			if volume["name"] != mount["name"] || source == nil {
				continue
			}
			name, _ := source["name"].(string)
			if optional, _ := source["optional"].(bool); optional {
				continue
			}
			found, err := k.client.Get(ctx, "v1", "ConfigMap", pod.GetNamespace(), name)
			if err != nil {
				return "", err
			}
			if found == nil {
				return fmt.Sprintf("MountVolume.SetUp failed for volume %q : configmap %q not found", volume["name"], name), nil
			}
		}
	}
	return "", nil
}

// Environment is a container's, or the kubelet's word for what is missing of it.
func Environment(ctx context.Context, client *kube.Client, pod *kube.Object, container kube.M) (env map[string]string, problem string, err error) {
	env = map[string]string{}
	from, _ := container["envFrom"].(kube.L)
	for _, f := range from {
		entry, _ := f.(kube.M)
		ref, _ := entry["secretRef"].(kube.M)
		if ref == nil {
			continue
		}
		name, _ := ref["name"].(string)
		secret, err := client.Get(ctx, "v1", "Secret", pod.GetNamespace(), name)
		if err != nil {
			return nil, "", err
		}
		if secret == nil {
			return nil, fmt.Sprintf("secret %q not found", name), nil
		}
		data, err := kube.SecretData(secret)
		if err != nil {
			return nil, "", err
		}
		maps.Copy(env, data)
	}
	list, _ := container["env"].(kube.L)
	for _, e := range list {
		entry, _ := e.(kube.M)
		name, _ := entry["name"].(string)
		value, _ := entry["value"].(string)
		source, _ := entry["valueFrom"].(kube.M)
		if ref, _ := source["secretKeyRef"].(kube.M); ref != nil {
			secretName, _ := ref["name"].(string)
			key, _ := ref["key"].(string)
			secret, err := client.Get(ctx, "v1", "Secret", pod.GetNamespace(), secretName)
			if err != nil {
				return nil, "", err
			}
			if secret == nil {
				return nil, fmt.Sprintf("secret %q not found", secretName), nil
			}
			data, err := kube.SecretData(secret)
			if err != nil {
				return nil, "", err
			}
			found := false
			if value, found = data[key]; !found {
				return nil, fmt.Sprintf("couldn't find key %s in Secret %s/%s", key, pod.GetNamespace(), secretName), nil
			}
		}
		env[name] = value
	}
	return env, "", nil
}

// report writes the pod's status, where it is another one.
func report(ctx context.Context, client *kube.Client, pod *kube.Object, ready bool, statuses kube.M) error {
	status, phase := "False", "Pending"
	if ready {
		status, phase = "True", "Running"
	}
	for _, list := range statuses {
		for _, s := range list.(kube.L) {
			state := s.(kube.M)
			if words, ends := state["words"]; ends {
				log.Printf("kubelet: %s, container %s: %s", kube.Ref(pod), state["name"], words)
			}
			delete(state, "words")
		}
	}
	statuses["phase"] = phase
	if ready {
		ip := IP(pod)
		statuses["podIP"], statuses["podIPs"] = ip, kube.L{kube.M{"ip": ip}}
	}
	conditions := []kube.Condition{{Type: "Initialized", Status: "True"}, {Type: "ContainersReady", Status: status}, {Type: "Ready", Status: status}}
	// Through JSON, as what was read has come: without that nothing would be equal.
	extra := kube.Manifest(kube.M{"status": statuses}).Object["status"].(kube.M)
	_, err := client.SetConditions(ctx, pod, conditions, extra)
	return err
}

// IP is an address that no other pod has.
func IP(pod *kube.Object) string {
	hash := fnv.New32()
	_, _ = hash.Write([]byte(pod.GetUID()))
	sum := hash.Sum32()
	return fmt.Sprintf("10.128.%d.%d", sum%250, sum/250%250+1)
}
