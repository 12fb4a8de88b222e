package kube

import "testing"

func TestMerge(t *testing.T) {
	old := []M{
		{"type": "Initialized", "status": "True", "lastTransitionTime": "then"},
		{"type": "ReleaseFailed", "status": "True", "lastTransitionTime": "then"},
	}
	list, changed := Merge(old, []Condition{{Type: "Initialized", Status: "True"}, {Type: "Deployed", Status: "True"}}, "ReleaseFailed")
	if !changed || len(list) != 2 {
		t.Fatalf("got %v, changed %v", list, changed)
	}
	if first := list[0].(M); first["lastTransitionTime"] != "then" {
		t.Errorf("an unchanged condition got a new time: %v", first)
	}
	if last := list[1].(M); last["type"] != "Deployed" {
		t.Errorf("new conditions go last, got %v", last)
	}
	if _, changed := Merge([]M{list[0].(M), list[1].(M)}, []Condition{{Type: "Deployed", Status: "True"}}, "ReleaseFailed"); changed {
		t.Error("nothing changed, yet it says so")
	}
}
