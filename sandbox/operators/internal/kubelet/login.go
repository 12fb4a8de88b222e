package kubelet

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"orchestrator-sandbox/operators/internal/kube"
)

// Contents is the annotation of a PersistentVolume that says what PostgreSQL has made on it, as JSON.
const Contents = "sandbox.orchestrator/postgresql"

// Server is what is known of a played PostgreSQL.
type Server struct {
	User, Database, Password string
	// AdminPassword is that of the role postgres, which may create databases.
	AdminPassword string
	// Authority is that of its certificate. It then lets nobody in without TLS, as `hostssl` lines alone in pg_hba.conf would.
	Authority string
}

// attempt is how a program tries to log in.
type attempt struct {
	host, database, user, password string
	tls                            bool
	// trusts is the file of the authorities that it trusts, where it looks at certificates.
	trusts string
	looks  bool
	// driver has its own words.
	driver string
	// creates tells whether it makes databases.
	creates bool
}

const (
	java = "pgjdbc"
	node = "pg"
)

// jdbc finds host, database and parameters in the URL that the logic operator gives its services.
var jdbc = regexp.MustCompile(`^jdbc:postgresql://([^/:]+)(?::\d+)?/([^?]+)\??(.*)$`)

// attempts are those of a container with an environment.
func attempts(env map[string]string) []attempt {
	if found := jdbc.FindStringSubmatch(env["QUARKUS_DATASOURCE_JDBC_URL"]); found != nil {
		query, _ := url.ParseQuery(found[3])
		mode := query.Get("sslmode")
		// Where nothing is said, pgjdbc tries TLS first: https://jdbc.postgresql.org/documentation/ssl.
		blocking := attempt{
			host: found[1], database: found[2], user: env["QUARKUS_DATASOURCE_USERNAME"], password: env["QUARKUS_DATASOURCE_PASSWORD"],
			tls: mode != "disable", looks: strings.HasPrefix(mode, "verify-"), trusts: query.Get("sslrootcert"), driver: java,
		}
		list := []attempt{blocking}
		// Vert.x's does not, and reads none of the URL's: https://quarkus.io/guides/reactive-sql-clients.
		if env["QUARKUS_DATASOURCE_REACTIVE_URL"] != "" {
			reactive := blocking
			mode := env["QUARKUS_DATASOURCE_REACTIVE_POSTGRESQL_SSL_MODE"]
			reactive.tls = slices.Contains([]string{"prefer", "require", "verify-ca", "verify-full"}, mode)
			reactive.looks = strings.HasPrefix(mode, "verify-")
			reactive.trusts = ""
			if env["QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM"] == "true" {
				reactive.trusts = env["QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM_CERTS"]
			}
			list = append(list, reactive)
		}
		return list
	}
	if host := env["POSTGRES_HOST"]; host != "" {
		// node-postgres looks at certificates in all modes but no-verify: packages/pg/lib/connection-parameters.js.
		mode := env["PGSSLMODE"]
		return []attempt{{
			host: host, user: env["POSTGRES_USER"], password: env["POSTGRES_PASSWORD"], creates: true, driver: node,
			tls:   slices.Contains([]string{"prefer", "require", "verify-ca", "verify-full", "no-verify"}, mode),
			looks: mode != "no-verify", trusts: env["NODE_EXTRA_CA_CERTS"],
		}}
	}
	return nil
}

// loginFails is what ends an application that is not let into its database, which it asks for when it starts. Only servers that
// are played are known; others let everybody in.
func (k *Kubelet) loginFails(ctx context.Context, pod, container kube.M, namespace string, env map[string]string) (string, error) {
	for _, try := range attempts(env) {
		servers, err := k.servers(ctx, try.host)
		if err != nil || len(servers) == 0 {
			return "", err
		}
		trusted := ""
		if try.looks && try.trusts != "" {
			content, there, err := k.file(ctx, pod, container, namespace, try.trusts)
			if err != nil {
				return "", err
			}
			if !there && try.driver == java {
				return fmt.Sprintf("Could not open SSL root certificate file %s.", try.trusts), nil
			}
			trusted = content // Node only warns of a file that is not there.
		}
		problem := ""
		for _, server := range servers {
			if problem = server.refuses(try, trusted); problem == "" {
				break
			}
		}
		if problem != "" {
			return problem, nil
		}
	}
	return "", nil
}

// servers are those behind a host name, which is that of a Service of the cluster.
func (k *Kubelet) servers(ctx context.Context, host string) ([]Server, error) {
	var servers []Server
	err := k.eachServer(ctx, host, func(volume *kube.Object, _ map[string]json.RawMessage) error {
		var server Server
		err := json.Unmarshal([]byte(volume.GetAnnotations()[Contents]), &server)
		servers = append(servers, server)
		return err
	})
	return servers, err
}

// eachServer visits the volumes of the servers behind a host name, with what is on each.
func (k *Kubelet) eachServer(ctx context.Context, host string, visit func(volume *kube.Object, contents map[string]json.RawMessage) error) error {
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return nil
	}
	volumes, err := k.client.List(ctx, "v1", "PersistentVolume", "", "")
	if err != nil {
		return err
	}
	for i := range volumes {
		text := volumes[i].GetAnnotations()[Contents]
		if text == "" || kube.Str(&volumes[i], "spec", "claimRef", "namespace") != labels[1] {
			continue
		}
		contents := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(text), &contents); err != nil {
			return err
		}
		if err := visit(&volumes[i], contents); err != nil {
			return err
		}
	}
	return nil
}

// Schema is what an application has made in a database.
type Schema struct {
	// MigratedBy is the version of the application that ran its migrations last.
	MigratedBy string `json:"migratedBy,omitempty"`
	// Rows stand for what is in its tables; whoever looks at a cluster writes them. No migration takes one away.
	Rows []string `json:"rows,omitempty"`
}

// migrate runs the migrations of a service that starts, in its own schema: apache/incubator-kie-kogito-apps, data-index and
// jobs-service, quarkus.flyway.migrate-at-start.
func (k *Kubelet) migrate(ctx context.Context, image string, env map[string]string) error {
	found := jdbc.FindStringSubmatch(env["QUARKUS_DATASOURCE_JDBC_URL"])
	_, version, tagged := strings.Cut(path.Base(image), ":")
	if found == nil || !tagged {
		return nil
	}
	query, _ := url.ParseQuery(found[3])
	name := query.Get("currentSchema")
	return k.eachServer(ctx, found[1], func(volume *kube.Object, contents map[string]json.RawMessage) error {
		schemas := map[string]Schema{}
		if raw, there := contents["schemas"]; there {
			if err := json.Unmarshal(raw, &schemas); err != nil {
				return err
			}
		}
		schema := schemas[name]
		if schema.MigratedBy == version {
			return nil
		}
		schema.MigratedBy = version
		schemas[name] = schema
		raw, err := json.Marshal(schemas)
		if err != nil {
			return err
		}
		contents["schemas"] = raw
		text, err := json.Marshal(contents)
		if err != nil {
			return err
		}
		annotations := volume.GetAnnotations()
		annotations[Contents] = string(text)
		volume.SetAnnotations(annotations)
		return k.client.Update(ctx, volume)
	})
}

// refuses is what a server, or the driver before it, says to somebody who is not let in.
func (s Server) refuses(try attempt, trusted string) string {
	switch {
	case s.Authority != "" && !try.tls:
		return fmt.Sprintf("no pg_hba.conf entry for host, user %q, no encryption", try.user)
	case s.Authority == "" && try.tls && try.looks && try.driver == java:
		return "The server does not support SSL."
	case s.Authority == "" && try.tls && try.driver == node:
		return "The server does not support SSL connections"
	case s.Authority != "" && try.looks && strings.TrimSpace(trusted) != strings.TrimSpace(s.Authority):
		if try.driver == node {
			return "self-signed certificate in certificate chain"
		}
		return "PKIX path building failed: unable to find valid certification path to requested target"
	// The cluster's authority names no Service without svc: openshift/service-ca-operator, pkg/controller/servingcert.
	case s.Authority != "" && try.looks && !strings.HasSuffix(try.host, ".svc") && !strings.HasSuffix(try.host, ".svc.cluster.local"):
		return fmt.Sprintf("The hostname %s could not be verified by hostnameverifier PgjdbcHostnameVerifier.", try.host)
	case try.user == "postgres" && s.AdminPassword != "" && s.AdminPassword == try.password:
	case try.user != s.User || try.password != s.Password:
		return fmt.Sprintf("FATAL: password authentication failed for user %q", try.user)
	}
	switch {
	case !try.creates && try.database != s.Database:
		return fmt.Sprintf("FATAL: database %q does not exist", try.database)
	case try.creates && try.user != "postgres":
		return "permission denied to create database" // the image's role owns one database, and that is all
	}
	return ""
}

// file is what a container has at a path, of the ConfigMaps that are mounted into it.
func (k *Kubelet) file(ctx context.Context, pod, container kube.M, namespace, name string) (string, bool, error) {
	mounts, _ := container["volumeMounts"].(kube.L)
	volumes, _ := pod["volumes"].(kube.L)
	for _, m := range mounts {
		mount, _ := m.(kube.M)
		at, _ := mount["mountPath"].(string)
		key := path.Base(name)
		if sub, _ := mount["subPath"].(string); sub != "" {
			key = sub
			if at != name {
				continue
			}
		} else if at != path.Dir(name) {
			continue
		}
		for _, v := range volumes {
			volume, _ := v.(kube.M)
			source, _ := volume["configMap"].(kube.M)
			if volume["name"] != mount["name"] || source == nil {
				continue
			}
			called, _ := source["name"].(string)
			found, err := k.client.Get(ctx, "v1", "ConfigMap", namespace, called)
			if err != nil || found == nil {
				return "", false, err
			}
			content, there := kube.Map(found, "data")[key].(string)
			return content, there, nil
		}
	}
	return "", false, nil
}
