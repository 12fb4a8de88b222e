package orchestrator

import (
	"context"
	"encoding/base64"
	"fmt"
	"log"
	"time"

	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"orchestrator-sandbox/operators/internal/kube"
)

// CronJobs does the work of the release's CronJobs: it applies the manifest each
// carries. Like the real ones they do not need the operator, so nothing gates
// them, and a child that is deleted while its CronJob lives comes back. Deployed
// is long true by then: no child is there before the next turn of its CronJob
// (orchestrator-helm-operator release-1.2,
// helm-charts/orchestrator/templates/_cr_lifecycle_helper.tpl, "* * * * *").
type CronJobs struct {
	client *kube.Client
	next   time.Time
	paced  *kube.Pace
	said   *kube.SayOnce
}

// NewCronJobs plays against a cluster.
func NewCronJobs(client *kube.Client) *CronJobs {
	return &CronJobs{client: client, paced: kube.NewPace(), said: kube.NewSayOnce()}
}

// turnEvery stands for the schedule's one minute.
const turnEvery = 5 * time.Second

// Name is for logs.
func (c *CronJobs) Name() string { return "cronjobs" }

// Tick applies what is missing when it is their turn, and repairs the rest less often.
func (c *CronJobs) Tick(ctx context.Context, _ kube.Operators) error {
	now := time.Now()
	if now.Before(c.next) {
		return nil
	}
	c.next = now.Truncate(turnEvery).Add(turnEvery)
	jobs, err := c.client.List(ctx, "batch/v1", "CronJob", "", reconcilesLabel)
	if err != nil {
		return err
	}
	for i := range jobs {
		job := &jobs[i]
		if job.GetDeletionTimestamp() != nil || kube.Bool(job, "spec", "suspend") {
			continue
		}
		if err := c.apply(ctx, job); err != nil {
			c.said.Log(ctx, "cronjobs: "+kube.Ref(job), err)
		} else {
			c.said.Forget("cronjobs: " + kube.Ref(job))
		}
	}
	return nil
}

func (c *CronJobs) apply(ctx context.Context, job *kube.Object) error {
	manifest, err := manifestOf(job)
	if err != nil {
		return err
	}
	there, err := c.client.Get(ctx, manifest.GetAPIVersion(), manifest.GetKind(), manifest.GetNamespace(), manifest.GetName())
	if err != nil {
		return err
	}
	switch {
	case there == nil:
		if err := c.client.Apply(ctx, manifest); err != nil {
			return fmt.Errorf("%s waits: %w", kube.Ref(manifest), err)
		}
		log.Printf("cronjobs: %s applied", kube.Ref(manifest))
	case there.GetDeletionTimestamp() == nil && c.paced.Due(job):
		return c.client.Apply(ctx, manifest)
	}
	return nil
}

// manifestOf reads the object that a CronJob applies from its container's environment.
func manifestOf(job *kube.Object) (*kube.Object, error) {
	pod := kube.Map(job, "spec", "jobTemplate", "spec", "template", "spec")
	containers, _ := pod["containers"].(kube.L)
	for _, container := range containers {
		m, _ := container.(kube.M)
		env, _ := m["env"].(kube.L)
		for _, e := range env {
			entry, _ := e.(kube.M)
			if entry["name"] != "MANIFEST" {
				continue
			}
			value, _ := entry["value"].(string)
			text, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				return nil, err
			}
			raw, err := yaml.YAMLToJSON(text)
			if err != nil {
				return nil, err
			}
			o := &kube.Object{}
			return o, json.Unmarshal(raw, &o.Object)
		}
	}
	return nil, fmt.Errorf("no MANIFEST")
}
