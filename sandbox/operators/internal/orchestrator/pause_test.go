package orchestrator

import (
	"errors"
	"testing"
	"time"

	"orchestrator-sandbox/operators/internal/kube"
)

func TestPauseAfter(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		1: 5 * time.Millisecond, 2: 10 * time.Millisecond, 11: 5120 * time.Millisecond, 18: 655360 * time.Millisecond, 19: 1000 * time.Second, 5000: 1000 * time.Second,
	} {
		if got := pauseAfter(failures); got != want {
			t.Errorf("after %d failures: %s, want %s", failures, got, want)
		}
	}
}

func TestDueAfterFailures(t *testing.T) {
	o := New(nil)
	cr := object(group+"v1alpha1", kind, "o", "orchestrator", kube.M{})
	cr.SetUID("u")
	for range 20 {
		o.done(cr, errors.New("no such namespace"))
	}
	if o.due(cr) {
		t.Error("a CR that has failed twenty times is due at once")
	}
	cr.SetAnnotations(map[string]string{"a": "1"})
	if !o.due(cr) {
		t.Error("a CR that has changed is not due")
	}
	o.done(cr, nil)
	o.done(cr, errors.New("once"))
	time.Sleep(2 * firstPause)
	if !o.due(cr) {
		t.Error("success does not end the row of failures")
	}
}
