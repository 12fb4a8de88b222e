package rhdh

import (
	"strings"
	"testing"

	"orchestrator-sandbox/operators/internal/kube"
)

const conf = mirrorsFolder + "/mirrors.conf"

func TestImagesAreLookedForAtTheirMirror(t *testing.T) {
	files := map[string]string{conf: `[[registry]]
prefix = "ghcr.io/overlays"
location = "mirror.example.com/o"

[[registry]]
prefix = "ghcr.io"
location = "other.example.com"
`}
	for image, want := range map[string]string{
		"ghcr.io/overlays/plugin:1": "mirror.example.com/o/plugin:1",
		"ghcr.io/overlays2/x":       "other.example.com/overlays2/x",
		"quay.io/x@sha256:0":        "quay.io/x@sha256:0",
	} {
		if got := mirrored(image, files); got != want {
			t.Errorf("%s: %s", image, got)
		}
	}
	if got := mirrored("ghcr.io/x", map[string]string{"/etc/containers/registries.conf": files[conf]}); got != "ghcr.io/x" {
		t.Error(got)
	}
}

func TestWhatIsCutOff(t *testing.T) {
	listed := plugin{Package: ref + "backstage-plugin-kubernetes"}
	image := plugin{Package: "oci://" + overlays + "backstage-community-plugin-argocd:bs_1!x"}
	npm := plugin{Package: "@redhat/x@1", Integrity: "sha512-x"}
	product := `[[registry]]
prefix = "registry.access.redhat.com/rhdh"
location = "mirror.example.com/rhdh"
`
	both := product + "[[registry]]\nprefix = \"ghcr.io\"\nlocation = \"mirror.example.com\"\n"
	for _, c := range []struct {
		release int
		plugin  plugin
		files   map[string]string
		says    string
	}{
		{21, listed, nil, "catalog index: pinging container registry registry.access.redhat.com"},
		{21, listed, map[string]string{conf: product}, ""},
		{10, image, map[string]string{conf: product}, "pinging container registry ghcr.io"},
		{10, image, map[string]string{conf: both}, ""},
		{10, plugin{Package: "./dynamic-plugins/dist/x"}, map[string]string{conf: product}, ""},
		{8, npm, nil, "npm.registry.redhat.com"},
		{8, npm, map[string]string{npmrc: "@redhat:registry=https://mirror.example.com/npm\n"}, ""},
		{8, npm, map[string]string{npmrc: "registry=https://mirror.example.com\n"}, "registry.npmjs.org"},
	} {
		said := unreachable(c.release, []plugin{c.plugin}, c.files, []string{"mirror.example.com"})
		if c.says == "" && said != "" || !strings.Contains(said, c.says) {
			t.Errorf("%d, %s: %q", c.release, c.plugin.Package, said)
		}
	}
}

func TestWhichContainerHasAFile(t *testing.T) {
	named := kube.M{"containers": kube.L{installer}}
	for _, c := range []struct {
		release   int
		entry     kube.M
		container string
		want      bool
	}{
		{7, named, installer, false},
		{7, named, main, true},
		{8, named, installer, true},
		{8, named, main, false},
		{8, kube.M{}, installer, false},
		{8, kube.M{}, main, true},
		{10, kube.M{"containers": kube.L{"*"}}, main, true},
	} {
		if got := sees(c.release, c.entry, c.container); got != c.want {
			t.Errorf("%d, %v, %s: %v", c.release, c.entry, c.container, got)
		}
	}
}
