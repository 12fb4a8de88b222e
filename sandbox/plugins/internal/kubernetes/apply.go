package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// apply sends the inputs with server-side apply.
func (op *operation) apply(
	ctx context.Context, client dynamic.ResourceInterface, name string, force bool,
) (*unstructured.Unstructured, error) {
	data, err := json.Marshal(op.inputs.Object)
	if err != nil {
		return nil, err
	}
	return client.Patch(ctx, name, types.ApplyPatchType, data, metav1.PatchOptions{
		FieldManager: op.manager, Force: &force, DryRun: op.dryRun(),
	})
}

// force tells whether to take fields from other managers. live is nil if the
// object is only to be created.
func (op *operation) force(live *unstructured.Unstructured) bool {
	if hasAnnotation(op.inputs, annotationPatchForce) || op.provider.settings.patchForce {
		return true
	}
	if op.preview {
		// What a preview must not stumble over, the real run avoids: the first
		// by replacing the object, the second by handing the fields over first.
		if live == nil {
			return true
		}
		for _, entry := range live.GetManagedFields() {
			if entry.Operation == metav1.ManagedFieldsOperationUpdate && isOwnManager(entry.Manager) {
				return true
			}
		}
	}
	return live != nil && len(live.GetManagedFields()) == 0
}

func isOwnManager(name string) bool {
	return name == createManager || name == createManager+".exe" || name == "pulumi-resource-kubernetes"
}

// explainConflict says how to get out of a conflict with other managers.
func explainConflict(err error, manager string) error {
	if !apierrors.IsConflict(err) {
		return err
	}
	return errors.Join(
		errors.New("server-side apply field conflict detected: to take the fields over, set the annotation "+
			annotationPatchForce+` to "true"`),
		fmt.Errorf("the resource managed by field manager %q had an apply conflict: %w", manager, err),
	)
}

// relinquish gives up every field of a manager. Fields that nobody else manages
// vanish. An object that does not exist is created by this, as far as the API
// server accepts one without any fields.
func relinquish(
	ctx context.Context, client dynamic.ResourceInterface, obj *unstructured.Unstructured, manager string,
) error {
	bare := &unstructured.Unstructured{}
	bare.SetAPIVersion(obj.GetAPIVersion())
	bare.SetKind(obj.GetKind())
	bare.SetNamespace(obj.GetNamespace())
	bare.SetName(obj.GetName())
	data, err := json.Marshal(bare.Object)
	if err != nil {
		return err
	}
	_, err = client.Patch(ctx, obj.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{FieldManager: manager})
	return err
}

// adoptFields makes the resource's manager the owner of what was set without
// server-side apply, be it by this provider's create or by kubectl.
func (op *operation) adoptFields(
	ctx context.Context, client dynamic.ResourceInterface, live *unstructured.Unstructured,
) (*unstructured.Unstructured, error) {
	if isPatch(op.urn, op.inputs) || op.preview || len(live.GetManagedFields()) == 0 {
		return live, nil
	}
	entries, changed, err := mergeManagers(live.GetManagedFields(), op.manager)
	if err != nil {
		return nil, err
	}
	type patch struct {
		Op    string                      `json:"op"`
		Path  string                      `json:"path"`
		Value []metav1.ManagedFieldsEntry `json:"value"`
	}
	patches := []patch{}
	if changed {
		patches = append(patches, patch{"replace", "/metadata/managedFields", entries})
	}
	data, err := json.Marshal(patches)
	if err != nil {
		return nil, err
	}
	return client.Patch(ctx, live.GetName(), types.JSONPatchType, data, metav1.PatchOptions{})
}

// mergeManagers moves the fields of the managers to be adopted to the given one.
func mergeManagers(
	entries []metav1.ManagedFieldsEntry, manager string,
) (merged []metav1.ManagedFieldsEntry, changed bool, err error) {
	var own *metav1.ManagedFieldsEntry
	var adopted []metav1.ManagedFieldsEntry
	for _, entry := range entries {
		switch {
		case own == nil && entry.Manager == manager && entry.Operation == metav1.ManagedFieldsOperationApply &&
			entry.Subresource == "":
			own = entry.DeepCopy()
		case isAdopted(entry):
			adopted = append(adopted, entry)
		default:
			merged = append(merged, entry)
		}
	}
	if len(adopted) == 0 {
		return entries, false, nil
	}
	if own == nil {
		own = adopted[0].DeepCopy()
		own.Manager, own.Operation = manager, metav1.ManagedFieldsOperationApply
		adopted = adopted[1:]
	}
	for _, entry := range adopted {
		if own.FieldsV1, err = uniteFields(own.FieldsV1, entry.FieldsV1); err != nil {
			return nil, false, err
		}
	}
	return append(merged, *own), true, nil
}

// isAdopted tells whether a manager's fields are taken over on update.
func isAdopted(entry metav1.ManagedFieldsEntry) bool {
	if entry.Subresource != "" {
		return false
	}
	prefixes := []string{"kubectl"}
	if entry.Operation == metav1.ManagedFieldsOperationUpdate {
		prefixes = append(prefixes, "before-first-apply", createManager, "pulumi-resource-kubernetes")
	}
	for _, prefix := range prefixes {
		if strings.HasPrefix(entry.Manager, prefix) {
			return true
		}
	}
	return false
}

func uniteFields(a, b *metav1.FieldsV1) (*metav1.FieldsV1, error) {
	if a == nil {
		return b, nil
	}
	if b == nil {
		return a, nil
	}
	x, err := fieldSet(a)
	if err != nil {
		return nil, err
	}
	y, err := fieldSet(b)
	if err != nil {
		return nil, err
	}
	raw, err := x.Union(y).ToJSON()
	if err != nil {
		return nil, err
	}
	return &metav1.FieldsV1{Raw: raw}, nil
}

func fieldSet(fields *metav1.FieldsV1) (*fieldpath.Set, error) {
	set := &fieldpath.Set{}
	if fields == nil {
		return set, nil
	}
	if err := set.FromJSON(bytes.NewReader(fields.Raw)); err != nil {
		return nil, fmt.Errorf("unable to parse managed fields: %w", err)
	}
	return set, nil
}

// keepIgnored leaves ignored fields as they are in the cluster: those of other
// managers are not sent, the others are sent with their live value.
func (op *operation) keepIgnored(live *unstructured.Unstructured, ignored []string) error {
	if len(ignored) == 0 {
		return nil
	}
	ours, theirs := &fieldpath.Set{}, &fieldpath.Set{}
	for _, entry := range live.GetManagedFields() {
		set, err := fieldSet(entry.FieldsV1)
		if err != nil {
			return err
		}
		if entry.Manager == op.manager {
			ours = ours.Union(set)
		} else {
			theirs = theirs.Union(set)
		}
	}
	ours, theirs = withParents(ours), withParents(theirs)

	for _, text := range ignored {
		parsed, err := resource.ParsePropertyPath(text)
		if err != nil {
			return fmt.Errorf("unable to parse ignoreField path %q: %w", text, err)
		}
		steps := strings.Split(parsed.String(), ".")
		parts := make([]any, len(steps))
		for i, step := range steps {
			parts[i] = step
		}
		path, err := fieldpath.MakePath(parts...)
		if err != nil {
			return fmt.Errorf("unable to normalize ignoreField path %q: %w", text, err)
		}
		if theirs.Has(path) && !ours.Has(path) {
			unstructured.RemoveNestedField(op.inputs.Object, steps...)
			continue
		}
		value, found, err := unstructured.NestedFieldCopy(live.Object, steps...)
		if err != nil {
			return fmt.Errorf("unable to parse field to ignore %q from live object: %w", text, err)
		}
		if found {
			if err := unstructured.SetNestedField(op.inputs.Object, value, steps...); err != nil {
				return fmt.Errorf("unable to set field %q with last used value: %w", text, err)
			}
		}
	}
	return nil
}

// withParents adds every path on the way to a member of the set.
func withParents(set *fieldpath.Set) *fieldpath.Set {
	all := &fieldpath.Set{}
	set.Iterate(func(path fieldpath.Path) {
		for i := range path {
			all.Insert(path[:i+1].Copy())
		}
	})
	return all
}
