package orchestrator

import (
	"fmt"
	"strconv"
	"strings"

	"orchestrator-sandbox/operators/internal/kube"
)

// values is the CR's spec merged over the chart's own defaults.
type values kube.M

// chart tells the versions of the chart apart.
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

// source is the field that names a Subscription's catalog.
func (c chart) source() string {
	if c.minor >= 4 {
		return "source"
	}
	return "sourceName"
}

func (c chart) defaults() kube.M {
	// Each chart names the releases of its time: Serverless Logic 1.33 with 1.2, and so on.
	logic := fmt.Sprintf("logic-operator-rhel8.v1.%d.0", c.minor+31)
	hub, branch, plugins := fmt.Sprintf("fast-1.%d", c.minor), fmt.Sprintf("v1.%d.x", c.minor), fmt.Sprintf("@1.%d.0", c.minor)
	return kube.M{
		"sonataFlowOperator": kube.M{"enabled": true, "subscription": kube.M{
			"channel": "alpha", "installPlanApproval": "Automatic", "name": "logic-operator-rhel8",
			"namespace": "openshift-serverless-logic", c.source(): "redhat-operators", "startingCSV": logic,
		}},
		"serverlessOperator": kube.M{"enabled": true, "subscription": kube.M{
			"channel": "stable", "name": "serverless-operator", "namespace": "openshift-serverless",
			"source": "redhat-operators", "startingCSV": "serverless-operator.v1.35.0",
		}},
		"rhdhOperator": kube.M{
			"enabled": true, "enableGuestProvider": false, "catalogBranch": branch,
			"secretRef": kube.M{
				"name":      "backstage-backend-auth-secret",
				"backstage": kube.M{"backendSecret": "BACKEND_SECRET"},
				"github":    kube.M{"token": "GITHUB_TOKEN", "clientId": "GITHUB_CLIENT_ID", "clientSecret": "GITHUB_CLIENT_SECRET"},
				"gitlab":    kube.M{"host": "GITLAB_HOST", "token": "GITLAB_TOKEN"},
				"k8s":       kube.M{"clusterToken": "K8S_CLUSTER_TOKEN", "clusterUrl": "K8S_CLUSTER_URL"},
				"argocd":    kube.M{"url": "ARGOCD_URL", "username": "ARGOCD_USERNAME", "password": "ARGOCD_PASSWORD"},
				"notificationsEmail": kube.M{
					"hostname": "NOTIFICATIONS_EMAIL_HOSTNAME", "username": "NOTIFICATIONS_EMAIL_USERNAME", "password": "NOTIFICATIONS_EMAIL_PASSWORD",
				},
			},
			"subscription": kube.M{
				"channel": hub, "name": "rhdh", "namespace": "rhdh-operator", "source": "redhat-operators", "startingCSV": "",
				"targetNamespace": "rhdh-operator",
			},
		},
		"rhdhPlugins": kube.M{
			"npmRegistry":         "https://npm.registry.redhat.com",
			"scope":               "@redhat",
			"orchestrator":        kube.M{"package": "backstage-plugin-orchestrator" + plugins},
			"orchestratorBackend": kube.M{"package": "backstage-plugin-orchestrator-backend-dynamic" + plugins},
		},
		"postgres": kube.M{
			"serviceName": "sonataflow-psql-postgresql", "serviceNamespace": "sonataflow-infra",
			"authSecret": kube.M{"name": "sonataflow-psql-postgresql", "userKey": "postgres-username", "passwordKey": "postgres-password"},
		},
		"orchestrator": kube.M{"namespace": "sonataflow-infra", "sonataflowPlatform": kube.M{
			"monitoring": kube.M{"enabled": true},
			"resources": kube.M{
				"requests": kube.M{"cpu": "250m", "memory": "64Mi"}, "limits": kube.M{"cpu": "500m", "memory": "1Gi"},
			},
		}},
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
