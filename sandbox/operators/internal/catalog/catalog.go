// Package catalog renders the readable table of packages and CRDs into a
// file-based catalog for `opm serve`. Bundles are inline (no image): each
// carries its CSV, CRDs and other objects as base64 olm.bundle.object data.
// Or they are images, as in catalogs of a cluster: then each carries only what
// a catalog shows of its CSV, and its objects are in a folder.
package catalog

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Table is the content of packages.yaml.
type Table struct {
	Packages []Package `json:"packages"`
}

// Package is one operator with its releases and channels.
type Package struct {
	Name           string    `json:"name"`
	CSV            string    `json:"csv"`
	DisplayName    string    `json:"displayName"`
	DefaultChannel string    `json:"defaultChannel"`
	Release                  // defaults of every release
	Releases       []Release `json:"releases"`
	Channels       []Channel `json:"channels"`
}

// Release is one version of a package; empty fields fall back to the package.
type Release struct {
	Version        string           `json:"version"`
	SkipRange      string           `json:"skipRange"`
	MinKubeVersion string           `json:"minKubeVersion"`
	Deployments    []Deployment     `json:"deployments"`
	Permissions    []map[string]any `json:"permissions"`
	CRDs           []CRDRef         `json:"crds"`
	Objects        []map[string]any `json:"objects"`
}

// Deployment is one install deployment of a CSV; its ServiceAccount has its name.
type Deployment struct {
	Name       string   `json:"name"`
	Containers []string `json:"containers"`
}

// CRDRef names a file with a CRD and, optionally, which of its versions to keep and which of these not to serve.
type CRDRef struct {
	File     string   `json:"file"`
	Versions []string `json:"versions"`
	Unserved []string `json:"unserved"`
}

// Channel lists releases in upgrade order.
type Channel struct {
	Name     string     `json:"name"`
	Releases VersionSet `json:"releases"`
}

// VersionSet is a list of versions, or everything ("all").
type VersionSet struct {
	All  bool
	List []string
}

// UnmarshalJSON accepts "all" or a list.
func (v *VersionSet) UnmarshalJSON(data []byte) error {
	if string(data) == `"all"` {
		v.All = true
		return nil
	}
	return json.Unmarshal(data, &v.List)
}

type object = map[string]any

// RenderDir writes <to>/<package>/catalog.json for each package of <from>/packages.yaml. Its CRDs are in <from>/crds
// or, those that are not written here, in a folder of their own; without one, there are none. With a folder for bundles,
// these are images, and Content reads what is in them.
func RenderDir(from, crds, to, bundles string) error {
	raw, err := os.ReadFile(filepath.Join(from, "packages.yaml"))
	if err != nil {
		return err
	}
	var table Table
	if err := yaml.UnmarshalStrict(raw, &table); err != nil {
		return fmt.Errorf("packages.yaml: %w", err)
	}
	load := func(file string) (object, error) {
		raw, err := os.ReadFile(filepath.Join(from, "crds", file+".yaml"))
		if errors.Is(err, fs.ErrNotExist) && crds != "" {
			raw, err = os.ReadFile(filepath.Join(crds, file+".yaml"))
		}
		if err != nil {
			return nil, err
		}
		var crd object
		if err := yaml.Unmarshal(raw, &crd); err != nil {
			return nil, fmt.Errorf("%s.yaml: %w", file, err)
		}
		return crd, nil
	}
	for _, p := range table.Packages {
		docs, err := renderPackage(p, load, bundles)
		if err != nil {
			return fmt.Errorf("package %s: %w", p.Name, err)
		}
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		enc.SetIndent("", "  ")
		for _, d := range docs {
			if err := enc.Encode(d); err != nil {
				return err
			}
		}
		dir := filepath.Join(to, p.Name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "catalog.json"), out.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func renderPackage(p Package, load func(string) (object, error), bundles string) ([]object, error) {
	docs := []object{{
		"schema":         "olm.package",
		"name":           p.Name,
		"defaultChannel": p.DefaultChannel,
		"description":    p.DisplayName + ", as the sandbox plays it",
	}}
	known := map[string]Release{}
	var order []string
	for _, r := range p.Releases {
		if _, twice := known[r.Version]; twice {
			return nil, fmt.Errorf("release %s is listed twice", r.Version)
		}
		known[r.Version] = r
		order = append(order, r.Version)
	}
	for _, c := range p.Channels {
		versions := c.Releases.List
		if c.Releases.All {
			versions = order
		}
		var entries []object
		for i, v := range versions {
			r, ok := known[v]
			if !ok {
				return nil, fmt.Errorf("channel %s: unknown release %s", c.Name, v)
			}
			entry := object{"name": p.csvName(v)}
			if i > 0 {
				entry["replaces"] = p.csvName(versions[i-1])
			}
			if r.SkipRange != "" {
				entry["skipRange"] = r.SkipRange
			}
			entries = append(entries, entry)
		}
		docs = append(docs, object{"schema": "olm.channel", "package": p.Name, "name": c.Name, "entries": entries})
	}
	for _, r := range p.Releases {
		bundle, err := renderBundle(p, p.complete(r), load, bundles)
		if err != nil {
			return nil, fmt.Errorf("release %s: %w", r.Version, err)
		}
		docs = append(docs, bundle)
	}
	return docs, nil
}

func (p Package) csvName(version string) string {
	base := p.CSV
	if base == "" {
		base = p.Name
	}
	return base + ".v" + version
}

// complete fills what a release leaves out from its package.
func (p Package) complete(r Release) Release {
	if r.MinKubeVersion == "" {
		r.MinKubeVersion = p.MinKubeVersion
	}
	if r.Deployments == nil {
		r.Deployments = p.Deployments
	}
	if r.Permissions == nil {
		r.Permissions = p.Permissions
	}
	if r.CRDs == nil {
		r.CRDs = p.CRDs
	}
	if r.Objects == nil {
		r.Objects = p.Objects
	}
	return r
}

func renderBundle(p Package, r Release, load func(string) (object, error), bundles string) (object, error) {
	properties := []object{{"type": "olm.package", "value": object{"packageName": p.Name, "version": r.Version}}}
	var owned []object
	var objects []object
	for _, ref := range r.CRDs {
		crd, err := load(ref.File)
		if err != nil {
			return nil, err
		}
		if err := keepVersions(crd, ref.Versions); err != nil {
			return nil, fmt.Errorf("%s: %w", ref.File, err)
		}
		spec := crd["spec"].(object)
		kind := spec["names"].(object)["kind"]
		for _, v := range spec["versions"].([]any) {
			version := v.(object)["name"]
			if slices.Contains(ref.Unserved, version.(string)) {
				v.(object)["served"] = false
				continue // OLM wants each version that a CSV owns to be served
			}
			owned = append(owned, object{
				"name":        crd["metadata"].(object)["name"],
				"kind":        kind,
				"version":     version,
				"displayName": kind,
				"description": kind,
			})
			properties = append(properties, object{
				"type":  "olm.gvk",
				"value": object{"group": spec["group"], "kind": kind, "version": version},
			})
		}
		objects = append(objects, crd)
	}
	manifest := csv(p, r, owned)
	objects = append([]object{manifest}, append(objects, r.Objects...)...)
	image := ""
	if bundles != "" {
		image = registry + p.Name + "/bundle:" + r.Version
		if err := writeBundle(contentOf(bundles, image), objects); err != nil {
			return nil, err
		}
		objects = nil
		properties = append(properties, object{"type": "olm.csv.metadata", "value": shown(manifest)})
	}
	for _, o := range objects {
		data, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		properties = append(properties, object{
			"type":  "olm.bundle.object",
			"value": object{"data": base64.StdEncoding.EncodeToString(data)},
		})
	}
	return object{
		"schema":     "olm.bundle",
		"package":    p.Name,
		"name":       p.csvName(r.Version),
		"image":      image,
		"properties": properties,
	}, nil
}

// registry has all images of the catalog, of which there is only the name.
const registry = "sandbox.invalid/"

// shown is what a catalog has of a CSV whose bundle is an image (operator-registry v1.72.0, alpha/property/property.go,
// CSVMetadata).
func shown(csv object) object {
	spec := csv["spec"].(object)
	metadata := object{"annotations": csv["metadata"].(object)["annotations"], "crdDescriptions": spec["customresourcedefinitions"]}
	for _, field := range []string{"description", "displayName", "installModes", "maturity", "minKubeVersion", "provider"} {
		metadata[field] = spec[field]
	}
	return metadata
}

// contentOf is the folder of an image's content.
func contentOf(bundles, image string) string {
	return filepath.Join(bundles, strings.NewReplacer("/", "_", ":", "_").Replace(strings.TrimPrefix(image, registry)))
}

func writeBundle(folder string, objects []object) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for i, o := range objects {
		data, err := json.Marshal(o)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%02d_%s.json", i, strings.ToLower(o["kind"].(string)))
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Content is what a bundle's image has in it, by file; nothing where there is no such image.
func Content(bundles, image string) (map[string][]byte, error) {
	folder := contentOf(bundles, image)
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	content := map[string][]byte{}
	for _, file := range files {
		data, readError := os.ReadFile(filepath.Join(folder, file.Name()))
		if readError != nil {
			return nil, readError
		}
		content[file.Name()] = data
	}
	return content, err
}

// keepVersions drops the versions of a CRD that are not in keep (all stay when
// keep is empty) and stores the last one that stays.
func keepVersions(crd object, keep []string) error {
	if len(keep) == 0 {
		return nil
	}
	spec := crd["spec"].(object)
	var kept []any
	for _, v := range spec["versions"].([]any) {
		version := v.(object)
		if slices.Contains(keep, version["name"].(string)) {
			version["storage"] = false
			kept = append(kept, version)
		}
	}
	if len(kept) != len(keep) {
		return fmt.Errorf("wants versions %v, has only %d of them", keep, len(kept))
	}
	kept[len(kept)-1].(object)["storage"] = true
	spec["versions"] = kept
	return nil
}

func csv(p Package, r Release, owned []object) object {
	var deployments, permissions []object
	for _, d := range r.Deployments {
		labels := object{"app": d.Name}
		var containers []object
		for _, c := range d.Containers {
			containers = append(containers, object{"name": c, "image": registry + p.Name + "/" + c + ":" + r.Version})
		}
		deployments = append(deployments, object{
			"name": d.Name,
			"spec": object{
				"replicas": 1,
				"selector": object{"matchLabels": labels},
				"template": object{
					"metadata": object{"labels": labels},
					"spec":     object{"serviceAccountName": d.Name, "containers": containers},
				},
			},
		})
		permissions = append(permissions, object{"serviceAccountName": d.Name, "rules": r.Permissions})
	}
	return object{
		"apiVersion": "operators.coreos.com/v1alpha1",
		"kind":       "ClusterServiceVersion",
		"metadata": object{
			"name":        p.csvName(r.Version),
			"annotations": object{"capabilities": "Basic Install", "categories": "Developer Tools"},
		},
		"spec": object{
			"displayName":    p.DisplayName,
			"description":    p.DisplayName + ", as the sandbox plays it",
			"version":        r.Version,
			"maturity":       "alpha",
			"minKubeVersion": r.MinKubeVersion,
			"provider":       object{"name": "Red Hat"},
			"installModes": []object{
				{"type": "OwnNamespace", "supported": false},
				{"type": "SingleNamespace", "supported": false},
				{"type": "MultiNamespace", "supported": false},
				{"type": "AllNamespaces", "supported": true},
			},
			"install": object{
				"strategy": "deployment",
				"spec":     object{"clusterPermissions": permissions, "deployments": deployments},
			},
			"customresourcedefinitions": object{"owned": owned},
		},
	}
}
