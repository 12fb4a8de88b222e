// Package storage plays the provisioner of the sandbox's StorageClass.
package storage

import (
	"context"
	"errors"
	"log"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"orchestrator-sandbox/operators/internal/kube"
)

const (
	provisioner  = "sandbox.orchestrator/local"
	selectedNode = "volume.kubernetes.io/selected-node"
)

// Provisioner plays it. It belongs to the platform, so no operator gates it.
type Provisioner struct {
	client *kube.Client
}

// New plays against a cluster.
func New(client *kube.Client) *Provisioner { return &Provisioner{client} }

// Name is for logs.
func (p *Provisioner) Name() string { return "storage" }

// Tick does what is due now.
func (p *Provisioner) Tick(ctx context.Context, _ kube.Operators) error {
	classes, err := p.client.List(ctx, "storage.k8s.io/v1", "StorageClass", "", "")
	if err != nil {
		return err
	}
	waits := map[string]bool{} // our classes, and whether they wait for a consumer
	for _, c := range classes {
		if kube.Str(&c, "provisioner") == provisioner {
			waits[c.GetName()] = kube.Str(&c, "volumeBindingMode") == "WaitForFirstConsumer"
		}
	}
	claims, err := p.client.List(ctx, "v1", "PersistentVolumeClaim", "", "")
	if err != nil {
		return err
	}
	volumes, err := p.client.List(ctx, "v1", "PersistentVolume", "", "")
	if err != nil {
		return err
	}
	claimed, provisioned := map[string]*kube.Object{}, map[string]bool{}
	for i := range claims {
		claimed[string(claims[i].GetUID())] = &claims[i]
	}
	var problems []error
	for _, v := range volumes {
		if v.GetAnnotations()["pv.kubernetes.io/provisioned-by"] != provisioner {
			continue
		}
		provisioned[v.GetName()] = true
		claim := claimed[kube.Str(&v, "spec", "claimRef", "uid")]
		if claim != nil {
			problems = append(problems, p.grow(ctx, &v, claim))
		} else if v.GetDeletionTimestamp() == nil && kube.Str(&v, "spec", "persistentVolumeReclaimPolicy") == "Delete" {
			log.Printf("storage: %s lost its claim, deleting it", kube.Ref(&v))
			problems = append(problems, p.client.Delete(ctx, &v))
		}
	}
	for _, c := range claims {
		wait, ours := waits[kube.Str(&c, "spec", "storageClassName")]
		if !ours || c.GetDeletionTimestamp() != nil || kube.Str(&c, "spec", "volumeName") != "" || provisioned[volumeName(&c)] {
			continue
		}
		if wait && c.GetAnnotations()[selectedNode] == "" {
			used, err := p.hasConsumer(ctx, &c)
			if err != nil || !used {
				problems = append(problems, err)
				continue
			}
		}
		log.Printf("storage: %s gets %s", kube.Ref(&c), volumeName(&c))
		problems = append(problems, p.client.Create(ctx, volume(&c)))
	}
	return errors.Join(problems...)
}

// grow gives a bound volume the size that its claim asks for. Whether it may, the API server has decided: by its class
// (plugin/pkg/admission/storage/persistentvolume/resize), and never to a smaller one.
func (p *Provisioner) grow(ctx context.Context, volume, claim *kube.Object) error {
	asked, _ := kube.Map(claim, "spec", "resources", "requests")["storage"].(string)
	has, _ := kube.Map(claim, "status", "capacity")["storage"].(string)
	if has == "" || asked == has {
		return nil
	}
	log.Printf("storage: %s grows from %s to %s", kube.Ref(claim), has, asked)
	grown := volume.DeepCopy()
	if err := unstructured.SetNestedField(grown.Object, asked, "spec", "capacity", "storage"); err != nil {
		return err
	}
	if err := p.client.Update(ctx, grown); err != nil {
		return err
	}
	return p.client.SetStatus(ctx, claim, kube.M{"capacity": kube.M{"storage": asked}})
}

// hasConsumer looks for a pod that mounts the claim.
func (p *Provisioner) hasConsumer(ctx context.Context, claim *kube.Object) (bool, error) {
	pods, err := p.client.List(ctx, "v1", "Pod", claim.GetNamespace(), "")
	if err != nil {
		return false, err
	}
	for _, pod := range pods {
		volumes, _ := kube.Map(&pod, "spec")["volumes"].(kube.L)
		for _, v := range volumes {
			m, _ := v.(kube.M)
			source, _ := m["persistentVolumeClaim"].(kube.M)
			if source["claimName"] == claim.GetName() {
				return true, nil
			}
		}
	}
	return false, nil
}

func volumeName(claim *kube.Object) string { return "pvc-" + string(claim.GetUID()) }

func volume(claim *kube.Object) *kube.Object {
	spec := kube.Map(claim, "spec")
	size, _ := kube.Map(claim, "spec", "resources", "requests")["storage"].(string)
	return kube.Manifest(kube.M{
		"apiVersion": "v1",
		"kind":       "PersistentVolume",
		"metadata": kube.M{
			"name":        volumeName(claim),
			"annotations": kube.M{"pv.kubernetes.io/provisioned-by": provisioner},
		},
		"spec": kube.M{
			"capacity":                      kube.M{"storage": size},
			"accessModes":                   spec["accessModes"],
			"volumeMode":                    spec["volumeMode"],
			"storageClassName":              spec["storageClassName"],
			"persistentVolumeReclaimPolicy": "Delete",
			"hostPath":                      kube.M{"path": "/var/lib/sandbox/" + volumeName(claim)},
			"claimRef": kube.M{
				"apiVersion": "v1",
				"kind":       "PersistentVolumeClaim",
				"namespace":  claim.GetNamespace(),
				"name":       claim.GetName(),
				"uid":        string(claim.GetUID()),
			},
		},
	})
}
