package orchestrator

import (
	"strconv"
	"strings"

	"orchestrator-sandbox/operators/internal/kube"
)

// values is the CR's spec merged over the chart's own defaults.
type values kube.M

// chart tells the chart versions apart that share v1alpha1.
type chart struct{ minor, patch int }

func chartOf(version string) chart {
	parts := strings.SplitN(version, ".", 3)
	at := func(i int) int {
		if i >= len(parts) {
			return 0
		}
		n, _ := strconv.Atoi(parts[i])
		return n
	}
	return chart{minor: at(1), patch: at(2)}
}

// after120 is everything that later 1.2 releases brought.
func (c chart) after120() bool { return c.minor > 2 || c.patch > 0 }

func (c chart) defaults() kube.M {
	logic, hub, branch := "logic-operator-rhel8.v1.33.0", "fast-1.2", "v1.2.x"
	if c.minor >= 3 {
		logic, hub, branch = "logic-operator-rhel8.v1.34.0", "fast-1.3", "v1.3.x"
	}
	return kube.M{
		"sonataFlowOperator": kube.M{"enabled": true, "subscription": kube.M{
			"channel": "alpha", "installPlanApproval": "Automatic", "name": "logic-operator-rhel8",
			"namespace": "openshift-serverless-logic", "sourceName": "redhat-operators", "startingCSV": logic,
		}},
		"serverlessOperator": kube.M{"enabled": true, "subscription": kube.M{
			"channel": "stable", "name": "serverless-operator", "namespace": "openshift-serverless",
		}},
		"rhdhOperator": kube.M{
			"enabled": true, "enableGuestProvider": false, "catalogBranch": branch,
			"secretRef": kube.M{
				"name":      "backstage-backend-auth-secret",
				"backstage": kube.M{"backendSecret": "BACKEND_SECRET"},
				"github":    kube.M{"token": "GITHUB_TOKEN", "clientId": "GITHUB_CLIENT_ID", "clientSecret": "GITHUB_CLIENT_SECRET"},
				"k8s":       kube.M{"clusterToken": "K8S_CLUSTER_TOKEN", "clusterUrl": "K8S_CLUSTER_URL"},
				"argocd":    kube.M{"url": "ARGOCD_URL", "username": "ARGOCD_USERNAME", "password": "ARGOCD_PASSWORD"},
				"notificationsEmail": kube.M{
					"hostname": "NOTIFICATIONS_EMAIL_HOSTNAME", "username": "NOTIFICATIONS_EMAIL_USERNAME", "password": "NOTIFICATIONS_EMAIL_PASSWORD",
				},
			},
			"subscription": kube.M{"channel": hub, "name": "rhdh", "namespace": "rhdh-operator", "startingCSV": "", "targetNamespace": "rhdh-operator"},
		},
		"rhdhPlugins": kube.M{
			"npmRegistry":         "https://npm.registry.redhat.com",
			"scope":               "@redhat",
			"orchestrator":        kube.M{"package": "backstage-plugin-orchestrator@1.2.0"},
			"orchestratorBackend": kube.M{"package": "backstage-plugin-orchestrator-backend-dynamic@1.2.0"},
		},
		"postgres": kube.M{
			"serviceName": "sonataflow-psql-postgresql", "serviceNamespace": "sonataflow-infra",
			"authSecret": kube.M{"name": "sonataflow-psql-postgresql", "userKey": "postgres-username", "passwordKey": "postgres-password"},
		},
		"orchestrator": kube.M{"namespace": "sonataflow-infra", "sonataflowPlatform": kube.M{"resources": kube.M{
			"requests": kube.M{"cpu": "250m", "memory": "64Mi"}, "limits": kube.M{"cpu": "500m", "memory": "1Gi"},
		}}},
		"networkPolicy": kube.M{"rhdhNamespace": ""},
		"tekton":        kube.M{"enabled": false},
		"argocd":        kube.M{"enabled": false, "namespace": ""},
	}
}

func (c chart) values(spec kube.M) values { return values(merge(c.defaults(), spec)) }

func merge(base, over kube.M) kube.M {
	for k, v := range over {
		if inner, ok := v.(kube.M); ok {
			if under, ok := base[k].(kube.M); ok {
				base[k] = merge(under, inner)
				continue
			}
		}
		base[k] = v
	}
	return base
}

func (v values) at(path string) any {
	var current any = kube.M(v)
	for _, key := range strings.Split(path, ".") {
		m, ok := current.(kube.M)
		if !ok {
			return nil
		}
		current = m[key]
	}
	return current
}

func (v values) str(path string) string {
	s, _ := v.at(path).(string)
	return s
}

func (v values) on(path string) bool {
	b, _ := v.at(path).(bool)
	return b
}
