package rhdh

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// bundled are plugins in the image of Developer Hub: redhat-developer/rhdh at 1.7.4, 1.8.7, 1.9.8 and 1.10.3,
// dynamic-plugins/wrappers, of those that a list for Orchestrator may name. Each has the last release that has it.
var bundled = map[string]int{
	"backstage-plugin-kubernetes":                               last,
	"backstage-plugin-kubernetes-backend-dynamic":               last,
	"backstage-plugin-scaffolder-backend-module-github-dynamic": last,
	"backstage-plugin-scaffolder-backend-module-gitlab-dynamic": last,
	"backstage-plugin-notifications":                            last,
	"backstage-plugin-signals":                                  last,
	"backstage-community-plugin-rbac":                           last,
	"backstage-community-plugin-tekton":                         9,
	"roadiehq-backstage-plugin-argo-cd-backend-dynamic":         9,
	"roadiehq-scaffolder-backend-argocd-dynamic":                9,
	"backstage-community-plugin-redhat-argocd":                  8,
}

// last is the last release that has any.
const last = 10

// inheritable are the images whose version a default list knows, with the first release that has them: 1.9.8,
// dynamic-plugins.default.yaml, and rhdh-plugin-export-overlays at catalog-index-release-1.10,
// catalog-index/supported/dynamic-plugins.default.yaml.
var inheritable = map[string]int{
	product + "orchestrator":                               9,
	product + "orchestrator-backend":                       9,
	product + "scaffolder-backend-module-orchestrator":     9,
	product + "orchestrator-form-widgets":                  9,
	overlays + "backstage-community-plugin-tekton":         10,
	overlays + "roadiehq-backstage-plugin-argo-cd-backend": 10,
	overlays + "roadiehq-scaffolder-backend-argocd":        10,
}

// onlyIn9 are those that 1.9 has and 1.10 does not.
var onlyIn9 = []string{
	overlays + "backstage-community-plugin-argocd",
	overlays + "backstage-community-plugin-argocd-backend",
}

// catalog is what the list of 2.x has, by name: rhdh-plugin-export-overlays at catalog-index-main,
// catalog-index/supported/dynamic-plugins.default.yaml, and Red Hat Developer Hub 2.1, "Enable authentication with GitHub".
// The other ways to log in are in neither. Whatever registry a reference with {{inherit}} names, its name counts.
var catalog = []string{
	"backstage-community-plugin-auth-backend-module-keycloak-provider",
	"backstage-community-plugin-rbac",
	"backstage-plugin-auth-backend-module-github-provider",
	"backstage-plugin-kubernetes",
	"backstage-plugin-kubernetes-backend",
	"backstage-plugin-scaffolder-backend-module-github",
	"backstage-plugin-scaffolder-backend-module-gitlab",
	"red-hat-developer-hub-backstage-plugin-orchestrator",
	"red-hat-developer-hub-backstage-plugin-orchestrator-backend",
	"red-hat-developer-hub-backstage-plugin-orchestrator-form-widgets",
	"red-hat-developer-hub-backstage-plugin-scaffolder-backend-module-orchestrator",
}

const product = "registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-"

// published are images of plugins that the registry has, by release: rhdh-plugin-export-overlays at release-1.9 and
// release-1.10, and for 2.1 main, workspaces/{argocd,tekton,roadie-backstage-plugins}/metadata, dynamicArtifact. Those to log in
// are in rhdh at fadb2c2f0, .ci/pipelines/value_files/values_showcase.yaml; GitLab's has the version of the same Backstage, 1.52.
var published = map[int][]string{
	9: {
		"backstage-community-plugin-argocd-backend:bs_1.45.3__1.0.2",
		"backstage-community-plugin-argocd:bs_1.45.3__2.4.3",
	},
	10: {
		"backstage-community-plugin-argocd-backend:bs_1.49.4__1.4.0",
		"backstage-community-plugin-argocd:bs_1.49.4__2.8.0",
		"backstage-community-plugin-tekton:bs_1.49.4__3.37.0",
		"roadiehq-backstage-plugin-argo-cd-backend:bs_1.49.4__4.8.0",
		"roadiehq-scaffolder-backend-argocd:bs_1.49.4__1.8.1",
	},
	21: {
		"backstage-plugin-auth-backend-module-gitlab-provider:bs_1.52.0__0.4.4",
		"backstage-plugin-auth-backend-module-guest-provider:bs_1.52.0__0.2.20",
		"backstage-plugin-auth-backend-module-oidc-provider:bs_1.52.0__0.4.17",
		"backstage-community-plugin-argocd-backend:bs_1.49.4__1.4.0",
		"backstage-community-plugin-argocd:bs_1.49.4__2.8.0",
		"backstage-community-plugin-tekton:bs_1.52.0__3.41.0",
		"roadiehq-backstage-plugin-argo-cd-backend:bs_1.49.4__4.8.0",
		"roadiehq-scaffolder-backend-argocd:bs_1.49.4__1.8.1",
	},
}

const overlays = "ghcr.io/redhat-developer/rhdh-plugin-export-overlays/"

// listed is the version of the npm packages whose checksums an operator, and the image it starts, know by themselves:
// rhdh-operator, config/profile/rhdh/default-config/dynamic-plugins.yaml.
func listed(version string) string {
	parts := strings.Split(version, ".")
	patch := 0
	if len(parts) > 2 {
		patch, _ = strconv.Atoi(parts[2])
	}
	switch release := minor(version); {
	case release == 7 && patch == 0:
		return "1.6.0"
	case release == 7:
		return "1.7.1"
	case release == 8 && patch >= 6:
		return "1.8.12"
	case release == 8 && patch == 5:
		return "1.8.9"
	default:
		return "1.8.2"
	}
}

// tagged is an image without the folder in it.
func tagged(image string) string {
	name, _, _ := strings.Cut(image, "!")
	return name
}

// examples tells whether a plugin has the default list's examples of Argo CD's addresses. 1.9 has others for either
// (dynamic-plugins.default.yaml, 1169 and 1200), which the installer refuses (install-dynamic-plugins.py, merge).
func examples(plugins []plugin, part string) bool {
	return slices.ContainsFunc(plugins, func(p plugin) bool {
		return !p.off(9) && p.PluginConfig == nil && strings.Contains(p.Package, part)
	})
}

// install is what the container install-dynamic-plugins ends with, which fails with the first plugin that it cannot install
// (rhdh at 1.9.8, docker/install-dynamic-plugins.py); nothing where it installs all of them. What it knows of other
// registries and of releases before 1.7 is not played.
func install(version string, plugins []plugin) string {
	release := minor(version)
	if release < 7 {
		return ""
	}
	for _, p := range plugins {
		if p.off(release) {
			continue
		}
		local, isLocal := strings.CutPrefix(p.Package, "./dynamic-plugins/dist/")
		image, isImage := strings.CutPrefix(p.Package, "oci://")
		switch {
		case isLocal:
			if bundled[local] < release {
				return "Error while installing plugin " + p.Package + " with 'npm pack': no such file or directory"
			}
		case isImage && release >= closed && strings.Contains(image, inherit), strings.HasPrefix(p.Package, ref):
			// The operator has found these.
		case isImage && release < 9:
			return "Error while installing OCI plugin " + p.Package
		case isImage:
			if name, inherits := strings.CutSuffix(image, inherit); inherits {
				first, known := inheritable[name]
				if (!known || first > release) && (release != 9 || !slices.Contains(onlyIn9, name)) {
					return fmt.Sprintf("ERROR: {{inherit}} tag is set and there is currently no resolved tag or digest for %s", p.Package)
				}
			} else if name, ours := strings.CutPrefix(image, overlays); ours && !slices.Contains(published[release], tagged(name)) {
				return fmt.Sprintf("Error while installing OCI plugin %s: manifest unknown", p.Package)
			}
		case p.Integrity == "" && !strings.HasSuffix(p.Package, "@"+listed(version)):
			return "No integrity hash provided for Package " + p.Package
		}
	}
	if release == 9 && examples(plugins, "plugin-argocd-backend") && examples(plugins, "roadiehq-scaffolder-backend-argocd") {
		return "Config key 'argocd.appLocatorMethods' defined differently for 2 dynamic plugins"
	}
	return ""
}

const (
	ref     = "ref://"
	inherit = ":{{inherit}}"
)

// resolvable is what a release from 2.x on says of a list before it installs anything of it, whether a plugin is wanted or not:
// pkg/model/dynamic-plugins-reference.go, resolveReferences.
func resolvable(plugins []plugin) error {
	for _, p := range plugins {
		name, isRef := strings.CutPrefix(p.Package, ref)
		image, inherits := strings.CutSuffix(p.Package, inherit)
		switch {
		case isRef:
			if !slices.Contains(catalog, name) {
				return fmt.Errorf("cannot resolve ref:// reference: no plugin named %q found in default plugins", name)
			}
		case inherits:
			if name := image[strings.LastIndex(image, "/")+1:]; !slices.Contains(catalog, name) {
				return fmt.Errorf("cannot resolve {{inherit}} reference: no plugin named %q found in default plugins", name)
			}
		case !slices.ContainsFunc([]string{"oci://", "https://", "http://", "./"}, func(start string) bool { return strings.HasPrefix(p.Package, start) }):
			return fmt.Errorf("unsupported package URL format %q: must start with oci://, https://, http://, ./ or use ref:// for catalog lookup", p.Package)
		}
	}
	return nil
}
