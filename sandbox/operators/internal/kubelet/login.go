package kubelet

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"orchestrator-sandbox/operators/internal/kube"
)

// Contents is the annotation of a PersistentVolume that says what PostgreSQL has made on it, as JSON.
const Contents = "sandbox.orchestrator/postgresql"

// server finds Service and namespace in the JDBC URL that the logic operator gives its services.
var server = regexp.MustCompile(`^jdbc:postgresql://([^./:]+)\.([^./:]+)`)

// loginFails is what ends a Quarkus application that is not let into its database, which it asks for when it starts. Only
// servers that are played are known; others let everybody in.
func (k *Kubelet) loginFails(ctx context.Context, env map[string]string) (string, error) {
	found := server.FindStringSubmatch(env["QUARKUS_DATASOURCE_JDBC_URL"])
	if found == nil {
		return "", nil
	}
	volumes, err := k.client.List(ctx, "v1", "PersistentVolume", "", "")
	if err != nil {
		return "", err
	}
	user, known := env["QUARKUS_DATASOURCE_USERNAME"], false
	for i := range volumes {
		text := volumes[i].GetAnnotations()[Contents]
		if text == "" || kube.Str(&volumes[i], "spec", "claimRef", "namespace") != found[2] {
			continue
		}
		var data struct{ User, Password string }
		if err := json.Unmarshal([]byte(text), &data); err != nil {
			return "", err
		}
		known = true
		if data.User == user && data.Password == env["QUARKUS_DATASOURCE_PASSWORD"] {
			return "", nil
		}
	}
	if !known {
		return "", nil
	}
	return fmt.Sprintf("FATAL: password authentication failed for user %q", user), nil
}
