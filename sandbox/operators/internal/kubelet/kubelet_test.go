package kubelet

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

func pod(said string, container kube.M) *kube.Object {
	container["name"] = "main"
	return kube.Manifest(kube.M{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": kube.M{
			"name": "p", "namespace": "n", "uid": "u", "annotations": kube.M{Played: said},
			"creationTimestamp": time.Now().UTC().Format(time.RFC3339),
		},
		"spec": kube.M{
			"nodeName":       "node-1",
			"volumes":        kube.L{kube.M{"name": "none", "configMap": kube.M{"name": "none"}}},
			"initContainers": kube.L{kube.M{"name": "init", "image": "init"}},
			"containers":     kube.L{container},
		},
	})
}

func login(key string) kube.L {
	of := func(variable, key string) kube.M {
		return kube.M{"name": variable, "valueFrom": kube.M{"secretKeyRef": kube.M{"name": "db", "key": key}}}
	}
	return kube.L{
		of("QUARKUS_DATASOURCE_USERNAME", "user"), of("QUARKUS_DATASOURCE_PASSWORD", key),
		kube.M{"name": "QUARKUS_DATASOURCE_JDBC_URL", "value": "jdbc:postgresql://db.n:5432/sonataflow?currentSchema=s"},
	}
}

func TestWhatAContainerHasSaid(t *testing.T) {
	p := pod("main: no such plugin", kube.M{"image": "i"})
	client, _ := kubetest.Cluster(map[string]string{"Pod": "v1", "ConfigMap": "v1"}, p)
	kubelet := New(client, 0)
	logs := kubelet.Logs()
	ask := func(path string) (int, string) {
		answer := httptest.NewRecorder()
		logs.ServeHTTP(answer, httptest.NewRequest("GET", "/containerLogs/n/"+path, nil))
		return answer.Code, answer.Body.String()
	}
	if code, text := ask("p/main"); code != 400 || !strings.Contains(text, "waiting to start") {
		t.Errorf("before it has started: got %d %q", code, text)
	}
	if err := kubelet.Tick(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if code, text := ask("p/main?previous=true"); code != 200 || !strings.Contains(text, "\nno such plugin\n") {
		t.Errorf("after its end: got %d %q", code, text)
	}
	if code, text := ask("p/init"); code != 200 || text != "" {
		t.Errorf("one that is done: got %d %q", code, text)
	}
	if code, text := ask("p/init?previous=true"); code != 400 || !strings.Contains(text, "previous terminated container") {
		t.Errorf("one that has never ended otherwise: got %d %q", code, text)
	}
	if code, _ := ask("q/main"); code != 404 {
		t.Errorf("one of nowhere: got %d", code)
	}
}

func TestWhatKeepsAPodFromRunning(t *testing.T) {
	others := []runtime.Object{
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Secret", "metadata": kube.M{"name": "db", "namespace": "n"},
			"data": kube.M{"user": "Zmxvd3M=", "right": "cmlnaHQ=", "wrong": "d3Jvbmc="}}),
		kube.Manifest(kube.M{"apiVersion": "v1", "kind": "PersistentVolume",
			"metadata": kube.M{"name": "pv", "annotations": kube.M{Contents: `{"user":"flows","password":"right","database":"sonataflow"}`}},
			"spec":     kube.M{"claimRef": kube.M{"namespace": "n"}}}),
	}
	for name, c := range map[string]struct {
		pod    *kube.Object
		delay  time.Duration
		reason string
	}{
		"nothing":                {pod("starts", kube.M{"image": "i"}), 0, ""},
		"its image":              {pod("starts", kube.M{"image": "i:missing"}), 0, "ImagePullBackOff"},
		"a container before it":  {pod("init: no such plugin", kube.M{"image": "i"}), 0, "CrashLoopBackOff PodInitializing"},
		"itself":                 {pod("main: no", kube.M{"image": "i"}), 0, "CrashLoopBackOff"},
		"no key in the Secret":   {pod("starts", kube.M{"image": "i", "env": login("none")}), 0, "CreateContainerConfigError"},
		"the database":           {pod("starts", kube.M{"image": "i", "env": login("wrong")}), 0, "CrashLoopBackOff"},
		"nothing, with database": {pod("starts", kube.M{"image": "i", "env": login("right")}), 0, ""},
		"a file of nowhere":      {pod("starts", kube.M{"image": "i", "volumeMounts": kube.L{kube.M{"name": "init", "mountPath": "/x"}, kube.M{"name": "none", "mountPath": "/y"}}}), 0, "ContainerCreating"},
		"a Secret of nowhere":    {pod("starts", kube.M{"image": "i", "envFrom": kube.L{kube.M{"secretRef": kube.M{"name": "none"}}}}), 0, "CreateContainerConfigError"},
		"its time":               {pod("starts", kube.M{"image": "i"}), time.Hour, "ContainerCreating PodInitializing"},
	} {
		client, _ := kubetest.Cluster(map[string]string{"Pod": "v1", "Secret": "v1", "PersistentVolume": "v1", "ConfigMap": "v1"}, append(others, c.pod)...)
		if err := New(client, c.delay).Tick(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		p, err := client.Get(context.Background(), "v1", "Pod", "n", "p")
		if err != nil {
			t.Fatal(err)
		}
		reason := ""
		for _, list := range []string{"initContainerStatuses", "containerStatuses"} {
			states, _ := kube.Map(p, "status")[list].(kube.L)
			for _, s := range states {
				state, _ := s.(kube.M)["state"].(kube.M)
				if waiting, ok := state["waiting"].(kube.M); ok {
					if reason != "" {
						reason += " "
					}
					reason += waiting["reason"].(string)
				}
			}
		}
		if reason != c.reason || kube.IsTrue(p, "Ready") != (c.reason == "") {
			t.Errorf("%s: got %q, %v", name, reason, p.Object["status"])
		}
	}
}
