// Package bundles plays the pods in which OLM unpacks the bundles of a catalog: a while after they were made, the content of
// the bundle's image is in the ConfigMap that they are named after.
package bundles

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"log"
	"time"

	"orchestrator-sandbox/operators/internal/catalog"
	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kubelet"
)

// unpacks labels these pods, with the name of the ConfigMap; manifests/kubelet.yaml leaves them alone
// (operator-lifecycle-manager v0.45.0, pkg/controller/bundle/bundle_unpacker.go).
const unpacks = "operatorframework.io/bundle-unpack-ref"

// Kubelet plays it. It belongs to the platform, so no operator gates it.
type Kubelet struct {
	client *kube.Client
	folder string
	delay  time.Duration
}

// New plays against a cluster, with a folder that has what is in the images.
func New(client *kube.Client, folder string, delay time.Duration) *Kubelet {
	return &Kubelet{client, folder, delay}
}

// Name is for logs.
func (k *Kubelet) Name() string { return "bundles" }

// Tick does what is due now.
func (k *Kubelet) Tick(ctx context.Context, _ kube.Operators) error {
	return kubelet.EachWaiting(ctx, k.client, func(pod *kube.Object) error {
		target := pod.GetLabels()[unpacks]
		if target == "" || kube.Str(pod, "status", "phase") == "Succeeded" {
			return nil
		}
		return k.unpack(ctx, pod, target)
	})
}

func (k *Kubelet) unpack(ctx context.Context, pod *kube.Object, target string) error {
	image := imageOf(pod)
	content, err := catalog.Content(k.folder, image)
	switch {
	case err != nil:
		return err
	case content == nil:
		return k.waits(ctx, pod, "ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q", image))
	case time.Since(pod.GetCreationTimestamp().Time) < k.delay:
		return k.waits(ctx, pod, "PodInitializing", "")
	}
	if err := k.write(ctx, pod.GetNamespace(), target, image, content); err != nil {
		return err
	}
	log.Printf("bundles: %s unpacked", image)
	done := kube.Condition{Status: "False", Reason: "PodCompleted"}
	ready, containers := done, done
	ready.Type, containers.Type = "Ready", "ContainersReady"
	conditions := []kube.Condition{{Type: "Initialized", Status: "True", Reason: "PodCompleted"}, ready, containers}
	_, err = k.client.SetConditions(ctx, pod, conditions, kube.M{"phase": "Succeeded"})
	return err
}

// waits says why the bundle's image is not there yet; OLM reads it from the init containers of a pod that is Pending.
func (k *Kubelet) waits(ctx context.Context, pod *kube.Object, reason, message string) error {
	state := kube.M{"reason": reason}
	if message != "" {
		state["message"] = message
	}
	status := kube.Manifest(kube.M{"status": kube.M{"initContainerStatuses": kube.L{kube.M{
		"name": "pull", "image": imageOf(pod), "imageID": "", "ready": false, "started": false, "restartCount": 0,
		"state": kube.M{"waiting": state},
	}}}}).Object["status"].(kube.M)
	status["phase"] = "Pending"
	_, err := k.client.SetConditions(ctx, pod, []kube.Condition{{Type: "Initialized", Status: "False"}}, status)
	return err
}

// imageOf is the bundle that a pod unpacks.
func imageOf(pod *kube.Object) string {
	_, image := kube.ContainerWith(pod, "CONTAINER_IMAGE")
	return image
}

// write does what `opm alpha bundle extract -z` does (operator-registry v1.72.0, pkg/configmap/configmap_writer.go).
func (k *Kubelet) write(ctx context.Context, namespace, name, image string, content map[string][]byte) error {
	target, err := k.client.Get(ctx, "v1", "ConfigMap", namespace, name)
	if err != nil {
		return err
	}
	if target == nil {
		return fmt.Errorf("ConfigMap %s/%s not found", namespace, name)
	}
	data := kube.M{}
	for file, text := range content {
		packed, err := zipped(text)
		if err != nil {
			return err
		}
		// In a ConfigMap's binaryData all is base64, also what is already.
		data[file] = base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(packed)))
	}
	target.Object["binaryData"] = data
	target.SetAnnotations(map[string]string{"olm.sourceImage": image, "olm.contentEncoding": "gzip+base64"})
	return k.client.Update(ctx, target)
}

func zipped(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(text); err != nil {
		return nil, err
	}
	err := writer.Close()
	return packed.Bytes(), err
}
