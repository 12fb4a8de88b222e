package rhdh

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"orchestrator-sandbox/operators/internal/kube"
)

// Reachable is the annotation of a namespace that is cut off from all registries but these: their hosts, with commas between.
const Reachable = "sandbox.orchestrator/registries"

const (
	// mirrorsFolder is where skopeo, and so the installer, reads which registry stands in for which: rhdh-operator at c0cb1c92,
	// .rhdh/docs/mirror-dynamic-plugins.adoc. What the kubelet is told of mirrors means nothing to it.
	mirrorsFolder = "/etc/containers/registries.conf.d"
	// npmrc is the file of NPM_CONFIG_USERCONFIG: config/profile/rhdh/default-config/deployment.yaml and secret-files.yaml.
	npmrc = "/opt/app-root/src/.npmrc.dynamic-plugins/.npmrc"
	// images is where the product's plugins and the list of them are.
	images = "registry.access.redhat.com/rhdh/"
)

// sees tells whether a container has the files of an entry of extraFiles. From 1.8 on the entry may say which ones have; else, and
// in 1.7, it is Developer Hub's own alone (1.8.7, api/v1alpha4/backstage_types.go; 1.7.4, pkg/model/configmapfiles.go).
func sees(release int, entry kube.M, container string) bool {
	only, _ := entry["containers"].(kube.L)
	if release < 8 || len(only) == 0 {
		return container == main
	}
	return slices.ContainsFunc(only, func(c any) bool { return c == "*" || c == container })
}

// filesOf are the files of extraFiles that a container has, by their paths.
func (o *Operator) filesOf(ctx context.Context, release int, b *kube.Object, container string) (map[string]string, error) {
	files := map[string]string{}
	for _, kind := range []string{"ConfigMap", "Secret"} {
		err := o.each(ctx, b, "extraFiles", kind, func(entry kube.M, data map[string]string) error {
			if !sees(release, entry, container) {
				return nil
			}
			for key, value := range data {
				if only, _ := entry["key"].(string); only == "" || only == key {
					files[path.Join(mountPath(b, entry), key)] = value
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// cutOff is what the installer ends with in a namespace that does not reach a registry of the plugins, or of their list; nothing
// where it reaches them all.
func (o *Operator) cutOff(ctx context.Context, release int, b *kube.Object, plugins []plugin) (string, error) {
	namespace, err := o.client.Get(ctx, "v1", "Namespace", "", b.GetNamespace())
	if err != nil || namespace == nil {
		return "", err
	}
	said, isCutOff := namespace.GetAnnotations()[Reachable]
	if !isCutOff || release < 7 {
		return "", nil
	}
	files, err := o.filesOf(ctx, release, b, installer)
	if err != nil {
		return "", err
	}
	return unreachable(release, plugins, files, strings.Split(said, ",")), nil
}

// unreachable goes through what the installer fetches, in its order: the list first, which releases from 1.9 on take from an image.
func unreachable(release int, plugins []plugin, files map[string]string, hosts []string) string {
	if release >= 9 {
		if host := hostOf(mirrored(images+"plugin-catalog-index", files)); !slices.Contains(hosts, host) {
			return "Error while extracting catalog index: pinging container registry " + host + ": connection refused"
		}
	}
	for _, p := range plugins {
		name, isImage := strings.CutPrefix(p.Package, "oci://")
		listed, isRef := strings.CutPrefix(p.Package, ref)
		if isRef {
			name = images + listed
		}
		switch {
		case p.off(release), strings.HasPrefix(p.Package, "./"):
		case isImage, isRef:
			if host := hostOf(mirrored(name, files)); !slices.Contains(hosts, host) {
				return fmt.Sprintf("Error while installing OCI plugin %s: pinging container registry %s: connection refused", p.Package, host)
			}
		default:
			if host := npmHost(files[npmrc]); !slices.Contains(hosts, host) {
				return fmt.Sprintf("Error while installing plugin %s with 'npm pack': connect ECONNREFUSED %s", p.Package, host)
			}
		}
	}
	return ""
}

func hostOf(image string) string {
	host, _, _ := strings.Cut(image, "/")
	return host
}

var setting = regexp.MustCompile(`(?m)^\s*(prefix|location)\s*=\s*"([^"]*)"`)

// mirrored is where an image is looked for: the longest prefix counts, which ends where a part of the name does
// (containers-registries.conf(5)).
func mirrored(image string, files map[string]string) string {
	best, found := "", image
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if path.Dir(file) != mirrorsFolder || !strings.HasSuffix(file, ".conf") {
			continue
		}
		for _, table := range strings.Split(files[file], "[[registry]]")[1:] {
			values := map[string]string{}
			for _, match := range setting.FindAllStringSubmatch(table, -1) {
				values[match[1]] = match[2]
			}
			prefix := values["prefix"]
			if prefix == "" {
				prefix = values["location"]
			}
			rest, has := strings.CutPrefix(image, prefix)
			if has && (rest == "" || strings.ContainsAny(rest[:1], "/:@")) && len(prefix) > len(best) {
				best, found = prefix, values["location"]+rest
			}
		}
	}
	return found
}

// npmHost is where packages of @redhat come from; without a file of one's own, that of the operator counts.
func npmHost(npmrc string) string {
	registry := "https://npm.registry.redhat.com"
	if npmrc != "" {
		registry = "https://registry.npmjs.org"
	}
	for _, line := range strings.Split(npmrc, "\n") {
		if value, has := strings.CutPrefix(strings.TrimSpace(line), "@redhat:registry="); has {
			registry = value
		}
	}
	parsed, err := url.Parse(registry)
	if err != nil {
		return registry
	}
	return parsed.Host
}
