package rhdh

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kubelet"
)

const (
	github = "github: {production: {clientId: \"${ID}\", clientSecret: \"${SECRET}\", signIn: {resolvers: [" +
		"{resolver: usernameMatchingUserEntityName, dangerouslyAllowSignInWithoutUserInCatalog: true}]}}}"
	gitlab = "gitlab: {production: {clientId: \"${ID}\", clientSecret: \"${SECRET}\", signIn: {resolvers: [" +
		"{resolver: usernameMatchingUserEntityName, dangerouslyAllowSignInWithoutUserInCatalog: true}]}}}"
	oidc = "oidc: {production: {metadataUrl: https://id, clientId: \"${ID}\", clientSecret: \"${SECRET}\", signIn: {resolvers: [" +
		"{resolver: preferredUsernameMatchingUserEntityName, dangerouslyAllowSignInWithoutUserInCatalog: true}]}}}"
	keycloak = "keycloak: {production: {baseUrl: https://id, realm: r, clientId: \"${ID}\", clientSecret: \"${SECRET}\", signIn: {resolvers: [" +
		"{resolver: preferredUsernameMatchingUserEntityName, dangerouslyAllowSignInWithoutUserInCatalog: true}]}}}"
)

// started is how Developer Hub starts with an app's configuration, plugins and more objects: what ends it, and its annotations.
func started(t *testing.T, version, app, list string, spec kube.M, objects ...runtime.Object) (string, kube.M) {
	t.Helper()
	application := kube.M{
		"appConfig":                   kube.M{"configMaps": kube.L{kube.M{"name": "app"}}},
		"dynamicPluginsConfigMapName": "plugins",
		"extraEnvs":                   kube.M{"secrets": kube.L{kube.M{"name": "env"}}},
	}
	for key, value := range spec {
		application[key] = value
	}
	client, deployed := play(t, version, kube.M{"application": application}, false, append(objects,
		config("plugins:\n"+list),
		object("v1", "ConfigMap", "app", kube.M{"data": kube.M{"app-config.yaml": app}}),
		object("v1", "Secret", "env", kube.M{"data": kube.M{"ID": encode("id"), "SECRET": encode("s"), "SESSION": encode("s")}}),
	)...)
	d := get(t, client, "apps/v1", "Deployment", "backstage-hub")
	if d == nil {
		t.Fatalf("%s: %v", version, deployed)
	}
	annotations := kube.Map(d, "spec", "template", "metadata", "annotations")
	said, _ := annotations[kubelet.Played].(string)
	return said, annotations
}

func auth(rest string) string { return "auth: {environment: production, " + rest + "}\n" }

func TestWhatBecomesOfAWayToLogIn(t *testing.T) {
	const session = "session: {secret: \"${SESSION}\"}, "
	const guest = "auth: {environment: development, providers: {guest: {dangerouslyAllowOutsideDevelopment: true}}}\n"
	in := func(name string) string {
		tag := map[string]string{"guest": "0.2.20", "gitlab": "0.4.4", "oidc": "0.4.17"}[name]
		if tag == "" {
			return map[string]string{
				"github":   "- {package: \"ref://backstage-plugin-auth-backend-module-github-provider\", enabled: true}\n",
				"keycloak": "- {package: \"ref://backstage-community-plugin-auth-backend-module-keycloak-provider\", enabled: true, pluginConfig: {}}\n",
			}[name]
		}
		image := "backstage-plugin-auth-backend-module-" + name + "-provider"
		return "- {package: \"oci://" + overlays + image + ":bs_1.52.0__" + tag + "!" + image + "\", enabled: true}\n"
	}
	for name, c := range map[string]struct{ version, app, list, want string }{
		"nobody":                    {"1.10.1", auth("providers: {}"), "", "github: No auth provider registered for 'github'"},
		"guests":                    {"1.10.1", guest, "", "guest: works; github: No auth provider registered for 'github'"},
		"guests, but none is shown": {"1.10.1", auth("providers: {guest: {dangerouslyAllowOutsideDevelopment: true}}"), "", "github: No auth provider registered for 'github'"},
		"guests outside of development": {"1.7.4", "auth: {environment: development, providers: {guest: {}}}\n", "",
			"guest: The guest provider cannot be used outside of a development environment; github: No auth provider registered for 'github'"},
		"guests without the plugin": {"2.1.0", guest, "", "guest: No auth provider registered for 'guest'; github: No auth provider registered for 'github'"},
		"guests with it":            {"2.1.0", guest, in("guest"), "guest: works; github: No auth provider registered for 'github'"},
		"a page without provider":   {"1.10.1", auth("providers: {}") + "signInPage: gitlab\n", "", "gitlab: No auth provider registered for 'gitlab'"},
		"no resolver":               {"1.10.1", auth("providers: {github: {production: {clientId: a, clientSecret: b}}}"), "", "github: Failed to sign-in, unable to resolve user identity"},
		"no resolver, 2.1":          {"2.1.0", auth("providers: {github: {production: {clientId: a, clientSecret: b}}}"), in("github"), "github: The github provider is not configured to support sign-in"},
		"of another environment":    {"1.10.1", "auth: {environment: development, providers: {" + github + "}}\n", "", "guest: No auth provider registered for 'guest'; github: No configuration available for the 'development' environment of this provider."},
		"GitHub":                    {"1.7.4", auth("providers: {" + github + "}"), "", "github: works"},
		"GitLab":                    {"1.7.4", auth("providers: {"+gitlab+"}") + "signInPage: gitlab\n", "", "gitlab: works"},
		"GitLab, 2.1":               {"2.1.0", auth("providers: {"+gitlab+"}") + "signInPage: gitlab\n", in("gitlab"), "gitlab: works"},
		"OIDC without a session":    {"1.8.7", auth("providers: {"+oidc+"}") + "signInPage: oidc\n", "", "oidc: authentication requires session support"},
		"OIDC":                      {"1.8.7", auth(session+"providers: {"+oidc+"}") + "signInPage: oidc\n", "", "oidc: works"},
		"Keycloak, 2.1":             {"2.1.0", auth(session+"providers: {"+keycloak+"}") + "signInPage: keycloak\n", in("keycloak"), "keycloak: works"},
		"several":                   {"1.9.8", auth("providers: {"+github+", "+gitlab+"}") + "signInPage: [github, gitlab]\n", "", "github: works; gitlab: works"},
		"several, too early":        {"1.8.7", auth("providers: {"+github+", "+gitlab+"}") + "signInPage: [github, gitlab]\n", "", "Invalid type in config for key 'signInPage', got array, wanted string"},
	} {
		said, annotations := started(t, c.version, c.app, c.list, nil)
		if said != "starts" || annotations[SignIn] != c.want {
			t.Errorf("%s: %q, %v", name, said, annotations[SignIn])
		}
	}
}

func TestWhatEndsTheBackend(t *testing.T) {
	for name, c := range map[string]struct{ version, app, list, want string }{
		"half a pair":           {"1.10.1", auth("providers: {gitlab: {production: {clientId: a}}}"), "", "Missing required config value at 'auth.providers.gitlab.production.clientSecret'"},
		"a variable of nowhere": {"1.10.1", auth("providers: {github: {production: {clientId: \"${NONE}\", clientSecret: b}}}"), "", "'auth.providers.github.production.clientId'"},
		"an unknown provider":   {"1.10.1", auth("providers: {keycloak: {}}"), "", "No auth provider found for keycloak"},
		"an unknown resolver":   {"1.10.1", auth("providers: {gitlab: {production: {clientId: a, clientSecret: b, signIn: {resolvers: [{resolver: preferredUsernameMatchingUserEntityName}]}}}}"), "", "is not available"},
		"Keycloak's, gone in 2.1": {"2.1.0", auth("providers: {" + oidc + "}"), "- {package: \"oci://" + overlays + "backstage-plugin-auth-backend-module-oidc-provider:bs_1.52.0__0.4.17\", enabled: true}\n",
			"Sign-in resolver 'preferredUsernameMatchingUserEntityName' is not available"},
		"the list's example": {"2.1.0", auth("providers: {" + keycloak + "}"), "- {package: \"ref://backstage-community-plugin-auth-backend-module-keycloak-provider\", enabled: true}\n",
			"Missing required config value at 'auth.providers.keycloak.development.clientId'"},
		"rules that are not there": {"1.9.8", "permission: {enabled: true, rbac: {policies-csv-file: /rules/rules.csv}}\n", "", "ENOENT: no such file or directory, open '/rules/rules.csv'"},
		"an admin by mail":         {"1.9.8", "permission: {enabled: true, rbac: {admin: {users: [{name: user:default/me@here}]}}}\n", "", "Invalid admin entity reference 'user:default/me@here'"},
	} {
		said, annotations := started(t, c.version, c.app, c.list, nil)
		if !strings.HasPrefix(said, main+": ") || !strings.HasSuffix(said, c.want) || annotations[SignIn] != nil {
			t.Errorf("%s: %q", name, said)
		}
	}
	// What is not registered is not looked at, nor what is not on.
	for _, c := range []struct{ version, app string }{
		{"2.1.0", auth("providers: {github: {production: {}}}")},
		{"1.9.8", "permission: {rbac: {policies-csv-file: /rules.csv}}\n"},
		{"1.4.2", auth("providers: {none: {}}")},
	} {
		if said, _ := started(t, c.version, c.app, "", nil); said != "starts" {
			t.Errorf("%s: %q", c.app, said)
		}
	}
}

func TestRulesAreReadWhereTheyAreMounted(t *testing.T) {
	const file = "permission: {enabled: true, rbac: {policies-csv-file: /rules/rules.csv}}\n"
	rules := object("v1", "ConfigMap", "rules", kube.M{"data": kube.M{"rules.csv": strings.Join([]string{
		"p, role:default/admin, orchestrator.workflow, read, allow",
		"p, role:default/admin, orchestrator.workflow.use, use, allow", // no such action
		"p, role:default/admin, orchestrator.instanceAdminView, read, deny",
		"p, admin, orchestrator.workflow.use, update, allow", // no such role
		"g, user:default/a, role:default/admin",
		"g, user:default/a@b, role:default/admin", // no such user
	}, "\n")}})
	mounted := func(entry kube.M) kube.M { return kube.M{"extraFiles": kube.M{"configMaps": kube.L{entry}}} }
	said, annotations := started(t, "1.10.1", file, "", mounted(kube.M{"name": "rules", "mountPath": "/rules"}), rules)
	if said != "starts" || annotations[Rules] != "role:default/admin may orchestrator.workflow\nuser:default/a is role:default/admin" {
		t.Errorf("%q, %v", said, annotations)
	}
	for _, entry := range []kube.M{{"name": "rules"}, {"name": "rules", "mountPath": "rules"}} {
		if said, _ := started(t, "1.10.1", file, "", mounted(entry), rules); !strings.Contains(said, "ENOENT") {
			t.Errorf("%v: %q", entry, said)
		}
	}
	relative := strings.Replace(file, "/rules/", "rules/", 1)
	if said, _ := started(t, "1.10.1", relative, "", mounted(kube.M{"name": "rules", "mountPath": "rules", "key": "rules.csv"}), rules); said != "starts" {
		t.Errorf("%q", said)
	}
}
