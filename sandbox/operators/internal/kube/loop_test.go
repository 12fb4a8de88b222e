package kube_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

// counted is a play that only counts its ticks.
type counted struct{ ticks int }

func (c *counted) Name() string { return "counted" }

func (c *counted) Tick(context.Context, kube.Operators) error {
	c.ticks++
	return nil
}

func TestLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		revision, answers := "1", true
		client, cluster := kubetest.Cluster(map[string]string{
			"Event":                 "v1",
			"ClusterServiceVersion": "operators.coreos.com/v1alpha1",
		})
		cluster.PrependReactor("list", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
			if !answers {
				return true, nil, errors.New("connection refused")
			}
			list := &kube.Object{Object: kube.M{"kind": "EventList", "apiVersion": "v1", "items": kube.L{}}}
			list.SetResourceVersion(revision)
			events, err := list.ToList()
			return true, events, err
		})
		ctx, stop := context.WithCancel(t.Context())
		play := &counted{}
		go kube.Loop(ctx, client, []kube.Play{play}, 500*time.Millisecond, 10*time.Second)
		ticksWithin := func(d time.Duration) int {
			before := play.ticks
			time.Sleep(d)
			synctest.Wait()
			return play.ticks - before
		}

		ticksWithin(time.Second)
		if n := ticksWithin(8 * time.Second); n != 0 {
			t.Errorf("nothing has changed: got %d ticks", n)
		}
		revision = "2"
		if n := ticksWithin(600 * time.Millisecond); n != 1 {
			t.Errorf("something has changed: got %d ticks", n)
		}
		if n := ticksWithin(21 * time.Second); n != 2 {
			t.Errorf("nothing has changed for twice the longest time: got %d ticks", n)
		}
		answers = false
		if n := ticksWithin(2 * time.Second); n != 4 {
			t.Errorf("nobody knows whether something has changed: got %d ticks", n)
		}
		answers = true
		if n := ticksWithin(2 * time.Second); n != 1 {
			t.Errorf("nobody knows what has changed meanwhile: got %d ticks", n)
		}
		stop()
		synctest.Wait()
	})
}
