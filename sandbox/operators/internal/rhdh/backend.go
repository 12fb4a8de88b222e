package rhdh

import (
	"context"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"orchestrator-sandbox/operators/internal/kube"
)

// SignIn is the annotation of Developer Hub's pods that says what its sign-in page offers, and what becomes of each way.
const SignIn = "sandbox.orchestrator/sign-in"

// backend is what Developer Hub starts with.
type backend struct {
	release int
	config  kube.M
	plugins []plugin
	// files are those that are mounted into its container.
	files map[string]string
	env   map[string]string
}

// backendOf reads what a Backstage refers to. References to the environment are replaced as the backend does it: what is not
// there takes the value with it (backstage at v1.39.1, packages/config-loader/src/sources/transform/substitution.ts).
func (o *Operator) backendOf(ctx context.Context, release int, b *kube.Object, plugins []plugin) (backend, error) {
	env := map[string]string{}
	config := kube.M{}
	for _, p := range plugins {
		if !p.off(release) {
			merge(config, kube.M(configOf(release, p)))
		}
	}
	err := o.each(ctx, b, "appConfig", "ConfigMap", func(_ kube.M, data map[string]string) error {
		for _, key := range slices.Sorted(maps.Keys(data)) {
			var part kube.M
			if err := yaml.Unmarshal([]byte(data[key]), &part); err != nil {
				return fmt.Errorf("failed to unmarshal %s: %w", key, err)
			}
			merge(config, part)
		}
		return nil
	})
	if err != nil {
		return backend{}, err
	}
	for _, kind := range []string{"ConfigMap", "Secret"} {
		err := o.each(ctx, b, "extraEnvs", kind, func(entry kube.M, data map[string]string) error {
			for key, value := range data {
				if only, _ := entry["key"].(string); only == "" || only == key {
					env[key] = value
				}
			}
			return nil
		})
		if err != nil {
			return backend{}, err
		}
	}
	files, err := o.filesOf(ctx, release, b, main)
	if err != nil {
		return backend{}, err
	}
	if localDatabase(b) {
		env["POSTGRES_HOST"] = databaseName(b)
	}
	if name := authSecret(b); name != "" {
		found, err := o.client.Get(ctx, "v1", "Secret", b.GetNamespace(), name)
		if err != nil {
			return backend{}, err
		}
		data, err := kube.SecretData(found)
		if err != nil {
			return backend{}, err
		}
		if host, there := data["POSTGRES_HOST"]; there {
			env["POSTGRES_HOST"] = host
		}
	}
	envs, _ := kube.Map(b, "spec", "application", "extraEnvs")["envs"].(kube.L)
	for _, e := range envs {
		entry, _ := e.(kube.M)
		name, _ := entry["name"].(string)
		env[name], _ = entry["value"].(string)
	}
	resolved, _ := substituted(config, env).(kube.M)
	return backend{release, resolved, plugins, files, env}, nil
}

// each goes through the objects of one kind that a part of spec.application lists.
func (o *Operator) each(ctx context.Context, b *kube.Object, part, kind string, do func(entry kube.M, data map[string]string) error) error {
	list := map[string]string{"ConfigMap": "configMaps", "Secret": "secrets"}[kind]
	entries, _ := kube.Map(b, "spec", "application", part)[list].(kube.L)
	for _, e := range entries {
		entry, _ := e.(kube.M)
		name, _ := entry["name"].(string)
		found, err := o.client.Get(ctx, "v1", kind, b.GetNamespace(), name)
		if err != nil || found == nil {
			return err
		}
		data := map[string]string{}
		if kind == "Secret" {
			if data, err = kube.SecretData(found); err != nil {
				return err
			}
		} else {
			for key, v := range kube.Map(found, "data") {
				data[key], _ = v.(string)
			}
		}
		if err := do(entry, data); err != nil {
			return err
		}
	}
	return nil
}

// mountPath is where files of an entry go: rhdh-operator at 1.7.4 and c0cb1c92, pkg/model/deployment.go, mountPath.
func mountPath(b *kube.Object, entry kube.M) string {
	base := "/opt/app-root/src"
	if shared := kube.Str(b, "spec", "application", "extraFiles", "mountPath"); shared != "" {
		base = shared
	}
	own, _ := entry["mountPath"].(string)
	if path.IsAbs(own) {
		return own
	}
	return path.Join(base, own)
}

// configOf is what a plugin brings along: its entry's, or else that of the default list, which has examples (rhdh-operator at
// c0cb1c92, pkg/model/dynamic-plugins.go, and rhdh-plugin-export-overlays at catalog-index-main,
// catalog-index/supported/dynamic-plugins.default.yaml, of which only the ways to log in are played).
func configOf(release int, p plugin) map[string]any {
	if p.PluginConfig != nil {
		return p.PluginConfig
	}
	if release >= closed && providerOf(p) == "keycloak" {
		return kube.M{"auth": kube.M{"providers": kube.M{"keycloak": kube.M{"development": kube.M{
			"clientId": "${KEYCLOAK_CLIENT_ID}", "clientSecret": "${KEYCLOAK_CLIENT_SECRET}",
			"baseUrl": "${KEYCLOAK_BASE_URL}", "realm": "${KEYCLOAK_REALM}",
		}}}}}
	}
	return nil
}

// provider finds the way to log in that a plugin is.
var provider = regexp.MustCompile(`plugin-auth-backend-module-([a-z]+)-provider`)

func providerOf(p plugin) string {
	if found := provider.FindStringSubmatch(p.Package); found != nil {
		return found[1]
	}
	return ""
}

func merge(into, from kube.M) {
	for key, value := range from {
		below, isMap := into[key].(kube.M)
		part, both := value.(kube.M)
		if !both {
			into[key] = value
			continue
		}
		if !isMap {
			below = kube.M{}
			into[key] = below
		}
		merge(below, part)
	}
}

var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

func substituted(value any, env map[string]string) any {
	switch v := value.(type) {
	case kube.M:
		result := kube.M{}
		for key, inner := range v {
			if inner := substituted(inner, env); inner != nil {
				result[key] = inner
			}
		}
		return result
	case kube.L:
		result := kube.L{}
		for _, inner := range v {
			result = append(result, substituted(inner, env))
		}
		return result
	case string:
		for _, found := range reference.FindAllStringSubmatch(v, -1) {
			if env[found[1]] == "" {
				return nil
			}
		}
		return reference.ReplaceAllStringFunc(v, func(name string) string { return env[name[2:len(name)-1]] })
	}
	return value
}

// at is the structure at a path of the configuration.
func (b backend) at(steps ...string) kube.M {
	m := b.config
	for _, step := range steps {
		m, _ = m[step].(kube.M)
	}
	return m
}

// wants is what each provider asks of its configuration: backstage, plugins/auth-backend-module-*-provider/src/authenticator.ts,
// and community-plugins, workspaces/keycloak/plugins/auth-backend-module-keycloak.
var wants = map[string][]string{
	"github":   {"clientId", "clientSecret"},
	"gitlab":   {"clientId", "clientSecret"},
	"oidc":     {"clientId", "clientSecret", "metadataUrl"},
	"keycloak": {"clientId", "clientSecret", "baseUrl", "realm"},
}

// resolvers are those that each knows: rhdh at 1.7.4 to 1.10.3, packages/backend/src/modules/authProvidersModule.ts; from 2.x
// on those of the plugin alone (rhdh at fadb2c2f0, docs/auth.md).
func resolvers(release int, id string) []string {
	known := []string{"emailMatchingUserEntityProfileEmail", "emailLocalPartMatchingUserEntityName"}
	switch {
	case id == "github", id == "gitlab":
		return append(known, "usernameMatchingUserEntityName", "userIdMatchingUserEntityAnnotation")
	case id == "keycloak", id == "oidc" && release < closed:
		return append(known, "preferredUsernameMatchingUserEntityName", "oidcSubClaimMatchingKeycloakUserId")
	}
	return known
}

// registered tells whether the backend knows a provider: up to 1.10 it has all of these in it but Keycloak's, which goes by
// oidc; from 2.x on each is a plugin.
func (b backend) registered(id string) bool {
	if b.release < closed {
		return id == "guest" || id != "keycloak" && wants[id] != nil
	}
	return slices.ContainsFunc(b.plugins, func(p plugin) bool { return !p.off(b.release) && providerOf(p) == id })
}

// refused is what ends the backend's start; nothing where it starts.
func (b backend) refused() string {
	// Of the image's app-config.example.production.yaml: without a host, node-postgres takes the pod itself.
	if b.env["POSTGRES_HOST"] == "" {
		return "connect ECONNREFUSED 127.0.0.1:5432"
	}
	providers := b.at("auth", "providers")
	for _, id := range slices.Sorted(maps.Keys(providers)) {
		if id == "guest" {
			continue
		}
		if !b.registered(id) {
			if b.release < closed {
				return "No auth provider found for " + id
			}
			continue
		}
		// Of every environment, whichever is in use: plugins/auth-node/src/oauth/OAuthEnvironmentHandler.ts, mapConfig. What
		// fails ends the start (plugins/auth-backend/src/providers/router.ts).
		for _, environment := range slices.Sorted(maps.Keys(b.at("auth", "providers", id))) {
			for _, key := range wants[id] {
				if text, _ := b.at("auth", "providers", id, environment)[key].(string); text == "" {
					return fmt.Sprintf("Failed to initialize %s auth provider, Missing required config value at 'auth.providers.%s.%s.%s'", id, id, environment, key)
				}
			}
			for _, resolver := range b.resolversOf(id, environment) {
				if name, _ := resolver["resolver"].(string); !slices.Contains(resolvers(b.release, id), name) {
					return fmt.Sprintf("Failed to initialize %s auth provider, Sign-in resolver '%s' is not available", id, name)
				}
			}
		}
	}
	return b.unruled()
}

func (b backend) resolversOf(id, environment string) []kube.M {
	list, _ := b.at("auth", "providers", id, environment, "signIn")["resolvers"].(kube.L)
	var found []kube.M
	for _, r := range list {
		resolver, _ := r.(kube.M)
		found = append(found, resolver)
	}
	return found
}

// signIn is what the page offers, in its order, each with what becomes of it. Up to 1.8 it takes one provider beside guests:
// packages/app/src/components/SignInPage/SignInPage.tsx, at 1.7.4, 1.8.7, 1.9.8 and fadb2c2f0.
func (b backend) signIn() string {
	environment, _ := b.at("auth")["environment"].(string)
	if environment == "" {
		environment = "development"
	}
	var offered []string
	if environment == "development" {
		offered = append(offered, "guest")
	}
	switch page := b.config["signInPage"].(type) {
	case string:
		offered = append(offered, page)
	case kube.L:
		if b.release < 9 {
			return "Invalid type in config for key 'signInPage', got array, wanted string"
		}
		for _, id := range page {
			offered = append(offered, fmt.Sprint(id))
		}
	default:
		offered = append(offered, "github")
	}
	var ways []string
	for _, id := range offered {
		ways = append(ways, id+": "+b.login(id, environment))
	}
	return strings.Join(ways, "; ")
}

// login is what becomes of somebody who takes a way in.
func (b backend) login(id, environment string) string {
	providers := b.at("auth", "providers")
	if providers[id] == nil || !b.registered(id) {
		return "No auth provider registered for '" + id + "'"
	}
	if id == "guest" {
		// plugins/auth-backend-module-guest-provider/src/authenticator.ts
		if allowed, _ := b.at("auth", "providers", id)["dangerouslyAllowOutsideDevelopment"].(bool); !allowed {
			return "The guest provider cannot be used outside of a development environment"
		}
		return "works"
	}
	if b.at("auth", "providers", id, environment) == nil {
		return fmt.Sprintf("No configuration available for the '%s' environment of this provider.", environment)
	}
	// openid-client at v5, lib/passport_strategy.js: it keeps its state in the session, which there is none of without a secret
	// (plugins/auth-backend/src/service/router.ts).
	if secret, _ := b.at("auth", "session")["secret"].(string); secret == "" && (id == "oidc" || id == "keycloak") {
		return "authentication requires session support"
	}
	resolvers := b.resolversOf(id, environment)
	if len(resolvers) == 0 && b.release >= closed {
		return "The " + id + " provider is not configured to support sign-in"
	}
	for _, resolver := range resolvers {
		if allowed, _ := resolver["dangerouslyAllowSignInWithoutUserInCatalog"].(bool); allowed {
			return "works"
		}
	}
	// The catalog has no users here, which the resolvers by default look for, too.
	return "Failed to sign-in, unable to resolve user identity"
}
