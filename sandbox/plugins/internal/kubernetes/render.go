package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"orchestrator-sandbox/plugins/internal/server"
)

// With renderYamlToDirectory, objects become files instead.

func (p *provider) renderCreate(
	urn string, inputs *unstructured.Unstructured, from resource.PropertyMap, manager string,
) (*pulumirpc.CreateResponse, error) {
	if err := p.render(urn, inputs, from); err != nil {
		return nil, err
	}
	props, err := server.Marshal(checkpoint(inputs, inputs, from, inputs.GetAPIVersion(), manager))
	return &pulumirpc.CreateResponse{Id: objectID(inputs), Properties: props}, err
}

func (p *provider) renderUpdate(
	urn string, inputs *unstructured.Unstructured, from resource.PropertyMap, apiVersion, manager string,
) (*pulumirpc.UpdateResponse, error) {
	if err := p.render(urn, inputs, from); err != nil {
		return nil, err
	}
	props, err := server.Marshal(checkpoint(inputs, inputs, from, apiVersion, manager))
	return &pulumirpc.UpdateResponse{Properties: props}, err
}

func (p *provider) renderDelete(urn string, live *unstructured.Unstructured) {
	path := p.renderPath(live)
	// A file that is gone already is as good as deleted.
	_ = os.Remove(path)
	p.Host.LogStatus(server.Info, urn, "deleted "+path)
}

func (p *provider) render(urn string, obj *unstructured.Unstructured, from resource.PropertyMap) error {
	path := p.renderPath(obj)
	if from.ContainsSecrets() {
		p.Host.Log(server.Warning, urn, fmt.Sprintf("rendered file %s contains a secret value in plaintext", path))
	}
	text, err := yaml.Marshal(obj.Object)
	if err != nil {
		return fmt.Errorf("failed to render YAML file: %w", err)
	}
	for _, folder := range []string{crdFolder, manifestFolder} {
		if err := os.MkdirAll(filepath.Join(p.settings.renderDirectory, folder), 0o700); err != nil {
			return fmt.Errorf("failed to create directory for rendered YAML: %w", err)
		}
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("failed to write YAML file: %w", err)
	}
	p.Host.LogStatus(server.Info, urn, "rendered "+path)
	return nil
}

const (
	crdFolder      = "0-crd"
	manifestFolder = "1-manifest"
)

func (p *provider) renderPath(obj *unstructured.Unstructured) string {
	folder := manifestFolder
	if isCRD(obj) {
		folder = crdFolder
	}
	version := strings.NewReplacer("/", "_", ":", "_").Replace(obj.GetAPIVersion())
	name := fmt.Sprintf("%s-%s-%s-%s.yaml",
		version, strings.ToLower(obj.GetKind()), canonicalNamespace(obj.GetNamespace()), obj.GetName())
	return filepath.Join(p.settings.renderDirectory, folder, name)
}
