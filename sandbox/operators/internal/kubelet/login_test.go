package kubelet

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

const address = "jdbc:postgresql://db.n.svc:5432/sonataflow?currentSchema=s"

// flows is the environment of a service that runs workflows.
func flows(more map[string]string) map[string]string {
	env := map[string]string{"QUARKUS_DATASOURCE_JDBC_URL": address, "QUARKUS_DATASOURCE_USERNAME": "flows", "QUARKUS_DATASOURCE_PASSWORD": "right"}
	maps.Copy(env, more)
	return env
}

// hub is that of Developer Hub.
func hub(more map[string]string) map[string]string {
	env := map[string]string{"POSTGRES_HOST": "db.n.svc", "POSTGRES_USER": "postgres", "POSTGRES_PASSWORD": "admin"}
	maps.Copy(env, more)
	return env
}

func TestWhoIsLetIntoADatabase(t *testing.T) {
	const verified = address + "&sslmode=verify-full&sslrootcert=/ca/ca.crt"
	plain := Server{User: "flows", Database: "sonataflow", Password: "right", AdminPassword: "admin"}
	secure := plain
	secure.Authority = "ours\n"
	reactive := func(more map[string]string) map[string]string {
		env := flows(map[string]string{"QUARKUS_DATASOURCE_REACTIVE_URL": "postgresql://db.n.svc:5432/sonataflow"})
		maps.Copy(env, more)
		return env
	}
	trusting := map[string]string{
		"QUARKUS_DATASOURCE_REACTIVE_POSTGRESQL_SSL_MODE":         "verify-full",
		"QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM":       "true",
		"QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM_CERTS": "/ca/ca.crt",
	}
	at := func(url string) map[string]string { return map[string]string{"QUARKUS_DATASOURCE_JDBC_URL": url} }
	withCa := map[string]string{"PGSSLMODE": "verify-full", "NODE_EXTRA_CA_CERTS": "/ca/ca.crt"}
	for name, c := range map[string]struct {
		server Server
		ca     string
		env    map[string]string
		want   string
	}{
		"in plain text":                        {plain, "", flows(nil), ""},
		"with another password":                {plain, "", flows(map[string]string{"QUARKUS_DATASOURCE_PASSWORD": "x"}), "password authentication failed"},
		"to another database":                  {plain, "", flows(at(strings.Replace(address, "/sonataflow", "/flows", 1))), `database "flows" does not exist`},
		"to nobody's host":                     {plain, "", flows(at("jdbc:postgresql://db.example:5432/x")), ""},
		"where TLS is tried first":             {secure, "", flows(nil), ""},
		"where TLS is turned off":              {secure, "", flows(at(address + "&sslmode=disable")), "no encryption"},
		"with the right authority":             {secure, "ours", flows(at(verified)), ""},
		"with another authority":               {secure, "theirs", flows(at(verified)), "PKIX path building failed"},
		"with an authority of nowhere":         {secure, "", flows(at(verified)), "Could not open SSL root certificate file"},
		"under a name without certificate":     {secure, "ours", flows(at(strings.Replace(verified, ".svc", "", 1))), "could not be verified"},
		"where there is no TLS":                {plain, "ours", flows(at(verified)), "does not support SSL"},
		"by the reactive driver":               {plain, "", reactive(nil), ""},
		"by that, which knows of no TLS":       {secure, "ours", reactive(at(verified)), "no encryption"},
		"by that, with the right authority":    {secure, "ours", reactive(merged(at(verified), trusting)), ""},
		"Developer Hub":                        {plain, "", hub(nil), ""},
		"Developer Hub, in plain text":         {secure, "ours", hub(nil), "no encryption"},
		"Developer Hub, with authority":        {secure, "ours", hub(withCa), ""},
		"Developer Hub, without":               {secure, "ours", hub(map[string]string{"PGSSLMODE": "require"}), "self-signed certificate"},
		"Developer Hub, where there is no TLS": {plain, "ours", hub(withCa), "does not support SSL"},
		"Developer Hub, as one who may make no database": {plain, "",
			hub(map[string]string{"POSTGRES_USER": "flows", "POSTGRES_PASSWORD": "right"}), "permission denied to create database"},
	} {
		contents, err := json.Marshal(c.server)
		if err != nil {
			t.Fatal(err)
		}
		client, _ := kubetest.Cluster(map[string]string{"PersistentVolume": "v1", "ConfigMap": "v1"},
			kube.Manifest(kube.M{"apiVersion": "v1", "kind": "PersistentVolume",
				"metadata": kube.M{"name": "pv", "annotations": kube.M{Contents: string(contents)}},
				"spec":     kube.M{"claimRef": kube.M{"namespace": "n"}}}))
		spec, container := kube.M{}, kube.M{}
		if c.ca != "" {
			ca := kube.Manifest(kube.M{"apiVersion": "v1", "kind": "ConfigMap", "metadata": kube.M{"name": "ca", "namespace": "app"}, "data": kube.M{"ca.crt": c.ca}})
			if err := client.Create(context.Background(), ca); err != nil {
				t.Fatal(err)
			}
			spec["volumes"] = kube.L{kube.M{"name": "v", "configMap": kube.M{"name": "ca"}}}
			container["volumeMounts"] = kube.L{kube.M{"name": "v", "mountPath": "/ca"}}
		}
		said, err := New(client, 0).loginFails(context.Background(), spec, container, "app", c.env)
		if err != nil || c.want == "" && said != "" || !strings.Contains(said, c.want) {
			t.Errorf("%s: %q, %v", name, said, err)
		}
	}
}

func merged(all ...map[string]string) map[string]string {
	result := map[string]string{}
	for _, m := range all {
		maps.Copy(result, m)
	}
	return result
}

func TestAServiceMigratesItsSchemaAndKeepsItsRows(t *testing.T) {
	contents := `{"user":"flows","database":"sonataflow","schemas":{"s":{"migratedBy":"1.37.2","rows":["an instance"]},"other":{"rows":["b"]}}}`
	client, _ := kubetest.Cluster(map[string]string{"PersistentVolume": "v1"},
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "PersistentVolume",
			"metadata": kube.M{"name": "pv", "annotations": kube.M{Contents: contents}},
			"spec":     kube.M{"claimRef": kube.M{"namespace": "n"}}}))
	if err := New(client, 0).migrate(context.Background(), "sandbox.invalid/logic/data-index-service:1.38.1", flows(nil)); err != nil {
		t.Fatal(err)
	}
	volume, err := client.Get(context.Background(), "v1", "PersistentVolume", "", "pv")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"database":"sonataflow","schemas":{"other":{"rows":["b"]},"s":{"migratedBy":"1.38.1","rows":["an instance"]}},"user":"flows"}`
	if got := volume.GetAnnotations()[Contents]; got != want {
		t.Errorf("the volume has %s", got)
	}
}
