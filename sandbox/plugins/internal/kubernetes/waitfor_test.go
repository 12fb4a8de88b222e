package kubernetes

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func object(fields map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: fields}
}

func TestWaitFor(t *testing.T) {
	obj := object(map[string]any{
		"metadata": map[string]any{"generation": int64(2)},
		"spec":     map[string]any{"n": int64(3), "list": []any{"a"}},
		"status": map[string]any{
			"phase": "Running",
			"conditions": []any{
				map[string]any{"type": "Ready", "status": "True"},
				map[string]any{"type": "Synced", "status": "False", "reason": "a=b"},
				map[string]any{"type": "Stale", "status": "True", "observedGeneration": int64(1)},
			},
		},
	})
	tests := []struct {
		annotation string
		holds      bool
	}{
		{"jsonpath={.status.phase}=Running", true},
		{"jsonpath={.status.phase}=Failed", false},
		{"jsonpath={.status.phase}", true},
		{"jsonpath={.status.missing}", false},
		{"jsonpath={.status.conditions}", true},
		{"jsonpath={ .spec.n }=3", true},
		{`jsonpath={.status.conditions[?@.type=="Synced"].status}=False`, true},
		{`jsonpath={.status.conditions[?@.type=='Ready' || @.type=='Other'].status}=True`, true},
		{`jsonpath={.status.conditions[?@.status!="True"].type}=Synced`, true},
		{`jsonpath={$.spec.list[0]}=a`, true},
		{"condition=Ready", true},
		{"condition=ready=true", true},
		{"condition=Synced", false},
		{"condition=Synced=False", true},
		{"condition=Stale", false},
		{"condition=Missing", false},
		{`["condition=Ready","jsonpath={.status.phase}=Running"]`, true},
		{`["condition=Ready","condition=Synced"]`, false},
	}
	for _, tt := range tests {
		c, err := parseWaitFor(tt.annotation)
		if err != nil {
			t.Errorf("%s: %v", tt.annotation, err)
			continue
		}
		if holds, _, err := c.holds(obj); err != nil || holds != tt.holds {
			t.Errorf("%s: got %v, %v, want %v", tt.annotation, holds, err, tt.holds)
		}
	}
}

func TestWaitForStaleStatus(t *testing.T) {
	obj := object(map[string]any{
		"metadata": map[string]any{"generation": int64(2)},
		"status":   map[string]any{"phase": "Running", "observedGeneration": int64(1)},
	})
	c, err := parseWaitFor("jsonpath={.status.phase}=Running")
	if err != nil {
		t.Fatal(err)
	}
	if holds, _, _ := c.holds(obj); holds {
		t.Error("a status of an older generation must not count")
	}
}

func TestWaitForRejects(t *testing.T) {
	for _, annotation := range []string{
		"", "[]", "Ready", "jsonpath=", "jsonpath=.status.phase", "jsonpath='{.status.phase}'=x",
		"jsonpath={.status.phase}=", "jsonpath={.status.phase}x", "jsonpath={.status[}", `["condition=Ready","x"]`,
	} {
		if _, err := parseWaitFor(annotation); err == nil {
			t.Errorf("%q was accepted", annotation)
		}
	}
}

func TestWaitForComparesOnlySingleValues(t *testing.T) {
	c, err := parseWaitFor("jsonpath={.spec}=x")
	if err != nil {
		t.Fatal(err)
	}
	obj := object(map[string]any{"spec": map[string]any{"a": "b"}})
	if _, _, err := c.holds(obj); err == nil {
		t.Error("comparing an object with a text must be an error")
	}
}
