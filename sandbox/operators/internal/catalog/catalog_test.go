package catalog

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const source = "../../../catalog"

func render(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := RenderDir(source, foreignCRDs(t), dir, ""); err != nil {
		t.Fatal(err)
	}
	return dir
}

// foreignCRDs stands for what the boot takes from Argo CD's Go module.
func foreignCRDs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for plural, kind := range map[string]string{"applications": "Application", "applicationsets": "ApplicationSet", "appprojects": "AppProject"} {
		raw, err := json.Marshal(object{
			"kind":     "CustomResourceDefinition",
			"metadata": object{"name": plural + ".argoproj.io"},
			"spec": object{
				"group": "argoproj.io", "names": object{"kind": kind, "plural": plural},
				"versions": []object{{"name": "v1alpha1", "served": true, "storage": true}},
			},
		})
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, plural+".argoproj.io.yaml"), raw, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func documents(t *testing.T, dir, pkg string) []object {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, pkg, "catalog.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var docs []object
	for dec := json.NewDecoder(f); ; {
		var d object
		if err := dec.Decode(&d); err == io.EOF {
			return docs
		} else if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
}

// bundleObjects gives what OLM would apply for one bundle, by kind.
func bundleObjects(t *testing.T, docs []object, name string) map[string][]object {
	t.Helper()
	byKind := map[string][]object{}
	for _, d := range docs {
		if d["schema"] != "olm.bundle" || d["name"] != name {
			continue
		}
		for _, p := range d["properties"].([]any) {
			property := p.(object)
			if property["type"] != "olm.bundle.object" {
				continue
			}
			data, err := base64.StdEncoding.DecodeString(property["value"].(object)["data"].(string))
			if err != nil {
				t.Fatal(err)
			}
			var o object
			if err := json.Unmarshal(data, &o); err != nil {
				t.Fatal(err)
			}
			byKind[o["kind"].(string)] = append(byKind[o["kind"].(string)], o)
		}
	}
	return byKind
}

func TestRenderingTwiceGivesTheSameBytes(t *testing.T) {
	a, b := render(t), render(t)
	files, err := filepath.Glob(a + "/*/catalog.json")
	if err != nil || len(files) == 0 {
		t.Fatal("nothing rendered", err)
	}
	for _, f := range files {
		first, _ := os.ReadFile(f)
		second, _ := os.ReadFile(filepath.Join(b, strings.TrimPrefix(f, a)))
		if string(first) != string(second) {
			t.Errorf("%s differs between two renderings", f)
		}
	}
}

func TestOrchestratorChannels(t *testing.T) {
	docs := documents(t, render(t), "orchestrator-operator")
	chain := map[string][]string{}
	skip := map[string]string{}
	for _, d := range docs {
		if d["schema"] != "olm.channel" {
			continue
		}
		last := any(nil)
		for _, e := range d["entries"].([]any) {
			entry := e.(object)
			if entry["replaces"] != last {
				t.Errorf("%v replaces %v, want %v", entry["name"], entry["replaces"], last)
			}
			last = entry["name"]
			chain[d["name"].(string)] = append(chain[d["name"].(string)], strings.TrimPrefix(last.(string), "orchestrator-operator.v"))
			if s, ok := entry["skipRange"].(string); ok {
				skip[last.(string)] = s
			}
		}
	}
	if got, want := strings.Join(chain["stable"], " "), "1.2.0 1.2.1 1.2.3 1.3.0 1.3.1 1.4.0 1.5.0 1.5.1 1.5.2 1.6.0 1.6.1"; got != want {
		t.Errorf("stable: %s", got)
	}
	if got := strings.Join(chain["unhealthy"], " "); got != "0.0.1" {
		t.Errorf("unhealthy: %s", got)
	}
	if skip["orchestrator-operator.v1.4.0"] != ">=1.3.1 <1.4.0" || len(skip) != 4 {
		t.Errorf("skip ranges: %v", skip)
	}
}

func TestOrchestratorBundles(t *testing.T) {
	docs := documents(t, render(t), "orchestrator-operator")
	for release, version := range map[string]string{"1.2.3": "v1alpha1", "1.3.1": "v1alpha1", "1.4.0": "v1alpha2", "1.6.1": "v1alpha3"} {
		objects := bundleObjects(t, docs, "orchestrator-operator.v"+release)
		crd := objects["CustomResourceDefinition"][0]
		versions := crd["spec"].(object)["versions"].([]any)
		if len(versions) != 1 || versions[0].(object)["name"] != version {
			t.Errorf("%s: wants exactly version %s", release, version)
		}
		if len(objects["Service"]) != 1 || len(objects["ClusterRole"]) != 1 {
			t.Errorf("%s: further objects are missing", release)
		}
		spec := objects["ClusterServiceVersion"][0]["spec"].(object)
		for _, m := range spec["installModes"].([]any) {
			mode := m.(object)
			if mode["supported"] != (mode["type"] == "AllNamespaces") {
				t.Errorf("%s: install mode %v", release, mode)
			}
		}
	}
}

func TestEveryChannelEntryHasABundleAndOneStoredVersion(t *testing.T) {
	dir := render(t)
	packages, _ := os.ReadDir(dir)
	for _, p := range packages {
		docs := documents(t, dir, p.Name())
		channels := map[any]bool{}
		var defaultChannel any
		for _, d := range docs {
			switch d["schema"] {
			case "olm.package":
				defaultChannel = d["defaultChannel"]
			case "olm.channel":
				channels[d["name"]] = true
				for _, e := range d["entries"].([]any) {
					name := e.(object)["name"].(string)
					objects := bundleObjects(t, docs, name)
					if len(objects["ClusterServiceVersion"]) != 1 {
						t.Errorf("%s: no bundle", name)
					}
					for _, crd := range objects["CustomResourceDefinition"] {
						stored := 0
						for _, v := range crd["spec"].(object)["versions"].([]any) {
							if v.(object)["storage"] == true {
								stored++
							}
						}
						if stored != 1 {
							t.Errorf("%s: %d stored versions", name, stored)
						}
					}
				}
			}
		}
		if !channels[defaultChannel] {
			t.Errorf("%s: default channel %v does not exist", p.Name(), defaultChannel)
		}
	}
}

func TestBackstageVersionsFollowTheRelease(t *testing.T) {
	docs := documents(t, render(t), "rhdh")
	for release, want := range map[string]struct{ served, owned, stored string }{
		"1.2.4":  {"v1alpha1", "v1alpha1", "v1alpha1"},
		"1.3.0":  {"v1alpha1 v1alpha2", "v1alpha1 v1alpha2", "v1alpha2"},
		"1.7.1":  {"v1alpha1 v1alpha2 v1alpha3", "v1alpha1 v1alpha2 v1alpha3", "v1alpha3"},
		"1.8.1":  {"v1alpha1 v1alpha2 v1alpha3 v1alpha4", "v1alpha1 v1alpha2 v1alpha3 v1alpha4", "v1alpha4"},
		"1.9.1":  {"v1alpha3 v1alpha4 v1alpha5", "v1alpha3 v1alpha4 v1alpha5", "v1alpha5"},
		"1.10.1": {"v1alpha4 v1alpha5", "v1alpha4 v1alpha5", "v1alpha5"},
	} {
		objects := bundleObjects(t, docs, "rhdh-operator.v"+release)
		var served, owned []string
		stored := ""
		for _, v := range objects["CustomResourceDefinition"][0]["spec"].(object)["versions"].([]any) {
			version := v.(object)
			if version["served"] == true {
				served = append(served, version["name"].(string))
			}
			if version["storage"] == true {
				stored = version["name"].(string)
			}
		}
		for _, o := range objects["ClusterServiceVersion"][0]["spec"].(object)["customresourcedefinitions"].(object)["owned"].([]any) {
			owned = append(owned, o.(object)["version"].(string))
		}
		if strings.Join(served, " ") != want.served || strings.Join(owned, " ") != want.owned || stored != want.stored {
			t.Errorf("%s: serves %v, owns %v, stores %s", release, served, owned, stored)
		}
	}
}

// A channel whose releases do not lead from one to the next would never upgrade.
func TestEachReleaseReplacesTheOneBefore(t *testing.T) {
	dir := render(t)
	packages, _ := os.ReadDir(dir)
	for _, p := range packages {
		for _, d := range documents(t, dir, p.Name()) {
			if d["schema"] != "olm.channel" {
				continue
			}
			last := any(nil)
			for _, e := range d["entries"].([]any) {
				if got := e.(object)["replaces"]; got != last {
					t.Errorf("%s, %v: %v replaces %v, want %v", p.Name(), d["name"], e.(object)["name"], got, last)
				}
				last = e.(object)["name"]
			}
		}
	}
}

// The operator of 1.2 to 1.4 is played by the name of its Deployment; that of 1.5 and 1.6 must have another.
func TestReleasesThatAreNotPlayedHaveAnotherDeployment(t *testing.T) {
	docs := documents(t, render(t), "orchestrator-operator")
	for release, want := range map[string]string{"1.4.0": "orchestrator-operator", "1.5.0": "orchestrator-operator-controller-manager", "1.6.1": "orchestrator-operator-controller-manager"} {
		csv := bundleObjects(t, docs, "orchestrator-operator.v"+release)["ClusterServiceVersion"][0]
		deployments := csv["spec"].(object)["install"].(object)["spec"].(object)["deployments"].([]any)
		if got := deployments[0].(object)["name"]; len(deployments) != 1 || got != want {
			t.Errorf("%s: got %v", release, got)
		}
	}
}

func TestCRDsFromElsewhereAreCarried(t *testing.T) {
	docs := documents(t, render(t), "openshift-gitops-operator")
	var names []string
	for _, crd := range bundleObjects(t, docs, "openshift-gitops-operator.v1.14.4")["CustomResourceDefinition"] {
		names = append(names, crd["metadata"].(object)["name"].(string))
	}
	if got := strings.Join(names, " "); got != "argocds.argoproj.io applications.argoproj.io appprojects.argoproj.io applicationsets.argoproj.io" {
		t.Errorf("got %s", got)
	}
	if err := RenderDir(source, "", t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), "applications.argoproj.io") {
		t.Errorf("a CRD that is nowhere must be named, got %v", err)
	}
}

func TestBundlesCanBeImages(t *testing.T) {
	dir, bundles := t.TempDir(), t.TempDir()
	if err := RenderDir(source, foreignCRDs(t), dir, bundles); err != nil {
		t.Fatal(err)
	}
	for _, doc := range documents(t, dir, "rhdh") {
		if doc["name"] != "rhdh-operator.v1.10.1" {
			continue
		}
		if doc["image"] != "sandbox.invalid/rhdh/bundle:1.10.1" {
			t.Errorf("got image %v", doc["image"])
		}
		kinds := map[any]int{}
		for _, property := range doc["properties"].([]any) {
			kinds[property.(object)["type"]]++
		}
		if kinds["olm.bundle.object"] != 0 || kinds["olm.csv.metadata"] != 1 {
			t.Errorf("got properties %v", kinds)
		}
	}
	content, err := Content(bundles, "sandbox.invalid/rhdh/bundle:1.10.1")
	if err != nil || len(content) != 2 {
		t.Errorf("got %d files (%v)", len(content), err)
	}
	if content, err := Content(bundles, "sandbox.invalid/rhdh/bundle:9.9.9"); err != nil || content != nil {
		t.Errorf("an image that there is not has %v (%v)", content, err)
	}
}

func TestPipelinesBringsNoCRDs(t *testing.T) {
	docs := documents(t, render(t), "openshift-pipelines-operator-rh")
	objects := bundleObjects(t, docs, "openshift-pipelines-operator-rh.v1.16.0")
	if len(objects["ClusterServiceVersion"]) != 1 || len(objects["CustomResourceDefinition"]) != 0 {
		t.Errorf("got %v", objects)
	}
}
