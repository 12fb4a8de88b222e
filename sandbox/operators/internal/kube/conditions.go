package kube

import (
	"context"
	"reflect"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Condition is one entry of status.conditions.
type Condition struct {
	Type, Status, Reason, Message string
}

// Conditions reads status.conditions.
func Conditions(o *Object) []M {
	list, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	var out []M
	for _, c := range list {
		if m, ok := c.(M); ok {
			out = append(out, m)
		}
	}
	return out
}

// IsTrue tells whether a condition is there with status True.
func IsTrue(o *Object, condition string) bool {
	return slices.ContainsFunc(Conditions(o), func(c M) bool {
		return c["type"] == condition && c["status"] == "True"
	})
}

// Merge sets conditions into a list, keeping order and transition times, and
// drops those named in remove. It tells whether anything changed.
func Merge(old []M, set []Condition, remove ...string) (L, bool) {
	changed := false
	var list L
	for _, c := range old {
		if name, _ := c["type"].(string); slices.Contains(remove, name) {
			changed = true
			continue
		}
		list = append(list, c)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	for _, want := range set {
		next := M{"type": want.Type, "status": want.Status, "lastTransitionTime": now}
		if want.Reason != "" {
			next["reason"] = want.Reason
		}
		if want.Message != "" {
			next["message"] = want.Message
		}
		at := slices.IndexFunc(list, func(c any) bool { return c.(M)["type"] == want.Type })
		if at < 0 {
			list, changed = append(list, next), true
			continue
		}
		have := list[at].(M)
		if have["status"] == want.Status {
			next["lastTransitionTime"] = have["lastTransitionTime"]
		}
		if !reflect.DeepEqual(have, next) {
			list[at], changed = next, true
		}
	}
	return list, changed
}

// SetConditions writes conditions, and extra status fields, when something differs.
// It tells whether it wrote.
func (c *Client) SetConditions(ctx context.Context, o *Object, set []Condition, extra M, remove ...string) (bool, error) {
	list, changed := Merge(Conditions(o), set, remove...)
	status := M{"conditions": list}
	for k, v := range extra {
		have, _, _ := unstructured.NestedFieldNoCopy(o.Object, "status", k)
		changed = changed || !reflect.DeepEqual(have, v)
		status[k] = v
	}
	if !changed {
		return false, nil
	}
	return true, c.SetStatus(ctx, o, status)
}
