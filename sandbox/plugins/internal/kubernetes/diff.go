package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"orchestrator-sandbox/plugins/internal/server"
)

// Diff compares the new inputs with the live object recorded in the state, cut
// down to the old inputs' shape. The cluster is not asked: what drifted there
// shows after a refresh.
func (p *provider) Diff(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	urn := resource.URN(req.GetUrn())
	state, err := server.Unmarshal(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	oldInputs, live := parseCheckpoint(state)
	oldInputs = normalize(oldInputs)
	inputs := normalize(toObject(news))
	old := prune(live, oldInputs)

	gvk := gvkOfObject(inputs)
	if p.namespaced(gvk) {
		old.SetNamespace(canonicalNamespace(old.GetNamespace()))
		if !namespaceUnknown(inputs) {
			inputs.SetNamespace(canonicalNamespace(inputs.GetNamespace()))
		}
	} else {
		old.SetNamespace("")
		inputs.SetNamespace("")
	}
	if old.GroupVersionKind().Empty() {
		old.SetGroupVersionKind(gvk)
	}
	if p.settings.serverSideApply && old.GetResourceVersion() != "" {
		old.SetResourceVersion("")
	}
	if inputs.GetName() != "" {
		old.SetName(live.GetName())
	}

	rules := identityRules
	if !isPatch(urn, inputs) {
		rules = p.replaceRules(inputs)
	}
	changes := differences(old.Object, inputs.Object, rules)
	if err := dropIgnored(changes, req.GetIgnoreChanges()); err != nil {
		return nil, err
	}

	resp := &pulumirpc.DiffResponse{
		Changes:         pulumirpc.DiffResponse_DIFF_NONE,
		DetailedDiff:    changes,
		HasDetailedDiff: true,
		Stables:         []string{},
	}
	if len(changes) > 0 {
		resp.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		switch changes[path].GetKind() {
		case pulumirpc.PropertyDiff_ADD_REPLACE, pulumirpc.PropertyDiff_UPDATE_REPLACE,
			pulumirpc.PropertyDiff_DELETE_REPLACE:
			resp.Replaces = append(resp.Replaces, path)
		case pulumirpc.PropertyDiff_DELETE:
			if path == "metadata" {
				resp.Replaces = append(resp.Replaces, path)
			}
		}
	}
	if hasAnnotation(inputs, annotationReplaceUnready) {
		p.replaceUnready(ctx, req.GetUrn(), inputs.GetKind(), live, resp)
	}

	// An object whose name does not change cannot exist twice.
	resp.DeleteBeforeReplace = len(resp.Replaces) > 0 &&
		isNamed(inputs, news) && !hasAnnotation(inputs, annotationAutonamed) &&
		inputs.GetName() == live.GetName() && inputs.GetNamespace() == live.GetNamespace()

	if p.settings.renderDirectory != "" && p.settings.alwaysRender {
		resp.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	return resp, nil
}

// dropIgnored removes the changes that the program wants ignored.
func dropIgnored(changes map[string]*pulumirpc.PropertyDiff, ignored []string) error {
	for _, text := range ignored {
		ignore, err := resource.ParsePropertyPath(text)
		if err != nil {
			return fmt.Errorf("failed to parse ignore path: %w", err)
		}
		for key := range changes {
			path, err := resource.ParsePropertyPath(key)
			if err != nil {
				return fmt.Errorf("failed to parse diff path: %w", err)
			}
			if ignore.Contains(path) {
				delete(changes, key)
			}
		}
	}
	return nil
}

// differences lists what must change in old to make it new, by property path.
// A change that a rule matches replaces the resource.
func differences(old, new map[string]any, rules []rule) map[string]*pulumirpc.PropertyDiff {
	d := differ{rules: rules, changes: map[string]*pulumirpc.PropertyDiff{}}
	d.maps(nil, old, new)
	return d.changes
}

type differ struct {
	rules   []rule
	changes map[string]*pulumirpc.PropertyDiff
}

func (d *differ) maps(path []any, old, new map[string]any) {
	for key, value := range new {
		before, found := old[key]
		d.values(extend(path, key), before, found, value)
	}
	for key := range old {
		if _, kept := new[key]; !kept {
			d.add(extend(path, key), pulumirpc.PropertyDiff_DELETE, nil)
		}
	}
}

func (d *differ) lists(path []any, old, new []any) {
	for i, value := range new {
		if i < len(old) {
			d.values(extend(path, i), old[i], true, value)
		} else {
			d.add(extend(path, i), pulumirpc.PropertyDiff_ADD, value)
		}
	}
	for i := len(new); i < len(old); i++ {
		d.add(extend(path, i), pulumirpc.PropertyDiff_DELETE, nil)
	}
}

func (d *differ) values(path []any, old any, found bool, new any) {
	if new == nil {
		if !found || old != nil {
			d.add(path, pulumirpc.PropertyDiff_DELETE, nil)
		}
		return
	}
	if !found {
		d.add(path, pulumirpc.PropertyDiff_ADD, new)
		return
	}
	switch value := new.(type) {
	case map[string]any:
		if before, same := old.(map[string]any); same {
			d.maps(path, before, value)
			return
		}
	case []any:
		if before, same := old.([]any); same {
			d.lists(path, before, value)
			return
		}
	default:
		if sameScalar(old, new) {
			return
		}
	}
	d.add(path, pulumirpc.PropertyDiff_UPDATE, new)
}

// sameScalar compares two values that are neither maps nor lists; numbers of
// different types may be the same.
func sameScalar(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	switch a := a.(type) {
	case string:
		return a == b
	case bool:
		return a == b
	default:
		return false
	}
}

func number(value any) (float64, bool) {
	switch n := value.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	default:
		return 0, false
	}
}

func (d *differ) add(path []any, kind pulumirpc.PropertyDiff_Kind, value any) {
	change := &pulumirpc.PropertyDiff{Kind: kind, InputDiff: kind == pulumirpc.PropertyDiff_DELETE}
	if slices.ContainsFunc(d.rules, func(r rule) bool { return r.matches(path, value) }) {
		switch kind {
		case pulumirpc.PropertyDiff_ADD:
			change.Kind = pulumirpc.PropertyDiff_ADD_REPLACE
		case pulumirpc.PropertyDiff_UPDATE:
			change.Kind = pulumirpc.PropertyDiff_UPDATE_REPLACE
		case pulumirpc.PropertyDiff_DELETE:
			change.Kind = pulumirpc.PropertyDiff_DELETE_REPLACE
		}
	}
	d.changes[pathString(path)] = change
}

func extend(path []any, step any) []any {
	return append(slices.Clip(path), step)
}

// pathString spells a path as the engine does, as in spec.ports[0] and
// metadata.labels["app.kubernetes.io/name"].
func pathString(path []any) string {
	var b strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			switch {
			case strings.ContainsAny(step, `."[]`):
				fmt.Fprintf(&b, `["%s"]`, strings.ReplaceAll(step, `"`, `\"`))
			case b.Len() > 0:
				b.WriteString("." + step)
			default:
				b.WriteString(step)
			}
		}
	}
	return b.String()
}
