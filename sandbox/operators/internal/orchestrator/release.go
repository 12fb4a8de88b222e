package orchestrator

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"reflect"
	"slices"
	"strconv"

	"orchestrator-sandbox/operators/internal/kube"
)

// installOrder is the order in which Helm creates kinds; others follow after
// them. Removal goes backwards through it, and again others come last.
var installOrder = []string{"Namespace", "NetworkPolicy", "ServiceAccount", "Secret", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "CronJob"}

func rank(o *kube.Object, order []string) int {
	if at := slices.Index(order, o.GetKind()); at >= 0 {
		return at
	}
	return len(order)
}

func sortForInstall(objects []*kube.Object) {
	slices.SortStableFunc(objects, func(a, b *kube.Object) int { return rank(a, installOrder) - rank(b, installOrder) })
}

func sortForRemoval(objects []*kube.Object) {
	order := slices.Clone(installOrder)
	slices.Reverse(order)
	slices.SortStableFunc(objects, func(a, b *kube.Object) int { return rank(a, order) - rank(b, order) })
}

// record is one stored revision of a release.
type record struct {
	revision int
	plan     *plan
}

func secretName(release string, revision int) string {
	return fmt.Sprintf("sh.helm.release.v1.%s.v%d", release, revision)
}

// releaseSecret stores a revision the way Helm names and labels it. Its content is this program's own.
func releaseSecret(release, namespace string, rec record) (*kube.Object, error) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if err := json.NewEncoder(zip).Encode(rec.plan); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return kube.Manifest(kube.M{
		"apiVersion": "v1",
		"kind":       "Secret",
		"type":       "helm.sh/release.v1",
		"metadata": kube.M{
			"name": secretName(release, rec.revision), "namespace": namespace,
			"labels": kube.M{"owner": "helm", "name": release, "status": "deployed", "version": strconv.Itoa(rec.revision)},
		},
		"data": kube.M{"release": base64.StdEncoding.EncodeToString(packed.Bytes())},
	}), nil
}

func readRecord(secret *kube.Object) (*record, error) {
	revision, err := strconv.Atoi(secret.GetLabels()["version"])
	if err != nil {
		return nil, err
	}
	packed, err := base64.StdEncoding.DecodeString(kube.Str(secret, "data", "release"))
	if err != nil {
		return nil, err
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(zip)
	if err != nil {
		return nil, err
	}
	rec := &record{revision: revision, plan: &plan{}}
	return rec, json.Unmarshal(content, rec.plan)
}

func releaseSecrets(ctx context.Context, client *kube.Client, cr *kube.Object) ([]kube.Object, error) {
	return client.List(ctx, "v1", "Secret", cr.GetNamespace(), "owner=helm,name="+cr.GetName())
}

// loadRecord gives the newest revision, or nil when nothing was installed.
func loadRecord(ctx context.Context, client *kube.Client, cr *kube.Object) (*record, error) {
	secrets, err := releaseSecrets(ctx, client, cr)
	if err != nil {
		return nil, err
	}
	var newest *record
	for i := range secrets {
		rec, err := readRecord(&secrets[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kube.Ref(&secrets[i]), err)
		}
		if newest == nil || rec.revision > newest.revision {
			newest = rec
		}
	}
	return newest, nil
}

// importable refuses objects that exist without being of this release.
func importable(ctx context.Context, client *kube.Client, cr *kube.Object, objects []*kube.Object) error {
	for _, o := range objects {
		there, err := client.Get(ctx, o.GetAPIVersion(), o.GetKind(), o.GetNamespace(), o.GetName())
		if err != nil {
			return err
		}
		if there == nil {
			continue
		}
		annotations := there.GetAnnotations()
		if annotations[releaseName] == cr.GetName() && annotations[releaseNs] == cr.GetNamespace() && there.GetLabels()[managedBy] == "Helm" {
			continue
		}
		return fmt.Errorf("%s %q in namespace %q exists and cannot be imported into the current release: invalid ownership metadata; "+
			"annotation validation error: key %q must equal %q: current value is %q",
			o.GetKind(), o.GetName(), o.GetNamespace(), releaseName, cr.GetName(), annotations[releaseName])
	}
	return nil
}

// install creates a first release. A failure takes back what this attempt created.
func install(ctx context.Context, client *kube.Client, cr *kube.Object, p *plan) error {
	if err := importable(ctx, client, cr, p.Objects); err != nil {
		return fmt.Errorf("Unable to continue with install: %w", err)
	}
	rec := record{revision: 1, plan: p}
	secret, err := releaseSecret(cr.GetName(), cr.GetNamespace(), rec)
	if err != nil {
		return err
	}
	if err := client.Apply(ctx, secret); err != nil {
		return err
	}
	created := []*kube.Object{secret}
	for _, o := range p.Objects {
		there, err := client.Get(ctx, o.GetAPIVersion(), o.GetKind(), o.GetNamespace(), o.GetName())
		if err == nil {
			err = client.Apply(ctx, o)
		}
		if err != nil {
			slices.Reverse(created)
			for _, undo := range created {
				if err := client.Delete(ctx, undo); err != nil {
					log.Printf("orchestrator: taking back %s: %v", kube.Ref(undo), err)
				}
			}
			return err
		}
		if there == nil {
			created = append(created, o)
		}
	}
	return nil
}

// repair applies a release again, so that what was changed or removed by hand comes back.
func repair(ctx context.Context, client *kube.Client, p *plan) error {
	for _, o := range p.Objects {
		if err := client.Apply(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// upgrade moves from one revision to a plan that differs. Children that are no
// longer wanted go first, by the same Jobs as at uninstall.
func (o *Operator) upgrade(ctx context.Context, cr *kube.Object, from *record, to *plan) error {
	var fresh, dropped, droppedChildren []*kube.Object
	for _, object := range to.Objects {
		if !contains(from.plan.Objects, object) {
			fresh = append(fresh, object)
		}
	}
	if err := importable(ctx, o.client, cr, fresh); err != nil {
		return fmt.Errorf("Unable to continue with update: %w", err)
	}
	for _, child := range from.plan.Children {
		if !contains(to.Children, child) {
			droppedChildren = append(droppedChildren, child)
		}
	}
	if err := o.runDeleteJobs(ctx, cr, droppedChildren); err != nil {
		return fmt.Errorf("pre-upgrade hooks failed: %w", err)
	}
	if err := repair(ctx, o.client, to); err != nil {
		return err
	}
	for _, object := range from.plan.Objects {
		if !contains(to.Objects, object) {
			dropped = append(dropped, object)
		}
	}
	sortForRemoval(dropped)
	for _, object := range dropped {
		if err := o.client.Delete(ctx, object); err != nil {
			return err
		}
	}
	secret, err := releaseSecret(cr.GetName(), cr.GetNamespace(), record{revision: from.revision + 1, plan: to})
	if err != nil {
		return err
	}
	if err := o.client.Apply(ctx, secret); err != nil {
		return err
	}
	old, err := releaseSecret(cr.GetName(), cr.GetNamespace(), *from)
	if err != nil {
		return err
	}
	labels := old.GetLabels()
	labels["status"] = "superseded"
	old.SetLabels(labels)
	return o.client.Apply(ctx, old)
}

func contains(list []*kube.Object, o *kube.Object) bool {
	return slices.ContainsFunc(list, func(x *kube.Object) bool {
		return x.GetKind() == o.GetKind() && x.GetAPIVersion() == o.GetAPIVersion() && x.GetNamespace() == o.GetNamespace() && x.GetName() == o.GetName()
	})
}

func same(a, b *plan) bool {
	left, _ := json.Marshal(a)
	right, _ := json.Marshal(b)
	var x, y any
	return json.Unmarshal(left, &x) == nil && json.Unmarshal(right, &y) == nil && reflect.DeepEqual(x, y)
}
