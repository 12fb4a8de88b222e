package postgres

import (
	"context"
	"strings"
	"testing"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
	"orchestrator-sandbox/operators/internal/kubelet"
)

func TestAServerStartsOnlyOnDataThatFits(t *testing.T) {
	env := func(user string) map[string]string {
		return map[string]string{"POSTGRESQL_USER": user, "POSTGRESQL_DATABASE": "flows", "POSTGRESQL_PASSWORD": "new"}
	}
	made := contents{Major: "15", User: "flows", Database: "flows", Password: "old"}
	for name, c := range map[string]struct {
		data  contents
		image string
		user  string
		says  string
	}{
		"an empty volume":             {contents{}, "registry/rhel9/postgresql-15:9.8", "flows", ""},
		"a role that the image has":   {contents{}, "registry/rhel9/postgresql-15:9.8", "postgres", "already exists"},
		"its own data":                {made, "registry/postgresql-15-c9s", "flows", ""},
		"data of another major":       {made, "registry/postgresql:16-el9", "flows", "Incompatible data directory"},
		"data that has no such role":  {made, "registry/rhel9/postgresql-15@sha256:0", "other", `role "other" does not exist`},
		"major before role, as it is": {made, "registry/rhel9/postgresql-16", "other", "Incompatible data directory"},
	} {
		data := c.data
		said := run(&data, major(c.image), env(c.user))
		if c.says == "" && (said != "" || data.Password != "new" || data.User != c.user) {
			t.Errorf("%s: %q, %+v", name, said, data)
		}
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: %q", name, said)
		}
	}
}

func TestAVolumeRemembersWhatWasMadeOnIt(t *testing.T) {
	pod := func(name, image string) *kube.Object {
		return kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Pod", "metadata": kube.M{"name": name, "namespace": "a", "uid": name}, "spec": kube.M{
			"nodeName": "node",
			"containers": kube.L{kube.M{"name": "postgresql", "image": image, "env": kube.L{
				kube.M{"name": "POSTGRESQL_USER", "valueFrom": kube.M{"secretKeyRef": kube.M{"name": "login", "key": "user"}}},
				kube.M{"name": "POSTGRESQL_DATABASE", "value": "flows"},
			}}},
			"volumes": kube.L{kube.M{"name": "data", "persistentVolumeClaim": kube.M{"claimName": "data"}}},
		}})
	}
	claim := kube.Manifest(kube.M{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": kube.M{"name": "data", "namespace": "a"},
		"spec": kube.M{"volumeName": "pv"}, "status": kube.M{"phase": "Bound"}})
	volume := kube.Manifest(kube.M{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": kube.M{"name": "pv"}})
	secret := kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Secret", "metadata": kube.M{"name": "login", "namespace": "a"},
		"data": kube.M{"user": "Zmxvd3M="}})
	client, _ := kubetest.Cluster(map[string]string{"Pod": "v1", "PersistentVolumeClaim": "v1", "PersistentVolume": "v1", "Secret": "v1"},
		pod("first", "x/postgresql-15:1"), pod("stuck", "x/postgresql-15:missing"), claim, volume, secret)
	player, ctx := New(client), context.Background()
	for range 2 {
		if err := player.Tick(ctx, kube.Operators{}); err != nil {
			t.Fatal(err)
		}
	}
	ready := func(name string) bool {
		o, err := client.Get(ctx, "v1", "Pod", "a", name)
		if err != nil {
			t.Fatal(err)
		}
		return kube.IsTrue(o, "Ready")
	}
	if !ready("first") || ready("stuck") {
		t.Errorf("first is ready: %v, the one without an image: %v", ready("first"), ready("stuck"))
	}
	pv, err := client.Get(ctx, "v1", "PersistentVolume", "", "pv")
	if err != nil {
		t.Fatal(err)
	}
	if text := pv.GetAnnotations()[kubelet.Contents]; !strings.Contains(text, `"user":"flows"`) || !strings.Contains(text, `"starts":1`) {
		t.Errorf("the volume remembers %s", text)
	}
	if err := client.Create(ctx, pod("next", "x/postgresql-16:1")); err != nil {
		t.Fatal(err)
	}
	if err := player.Tick(ctx, kube.Operators{}); err != nil {
		t.Fatal(err)
	}
	if ready("next") {
		t.Error("another major version runs on the data")
	}
}
