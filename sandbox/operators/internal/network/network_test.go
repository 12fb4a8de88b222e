package network

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kube/kubetest"
)

func pod(namespace, name, ip string, more kube.M) *kube.Object {
	metadata := kube.M{"name": name, "namespace": namespace, "labels": kube.M{"app": name}}
	for key, value := range more {
		metadata[key] = value
	}
	return kube.Manifest(kube.M{
		"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
		"status": kube.M{"phase": "Running", "podIP": ip},
	})
}

func namespace(name string, labels kube.M) *kube.Object {
	labels[kube.NameLabel] = name
	return kube.Manifest(kube.M{"apiVersion": "v1", "kind": "Namespace", "metadata": kube.M{"name": name, "labels": labels}})
}

func policy(name string, spec kube.M) *kube.Object {
	return kube.Manifest(kube.M{
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
		"metadata": kube.M{"name": name, "namespace": "platform"}, "spec": spec,
	})
}

func from(peers ...kube.M) kube.M {
	return kube.M{"podSelector": kube.M{}, "policyTypes": kube.L{"Ingress"}, "ingress": kube.L{kube.M{"from": peers}}}
}

func cluster(objects ...*kube.Object) *kube.Client {
	kinds := map[string]string{"Pod": "v1", "Namespace": "v1", "NetworkPolicy": "networking.k8s.io/v1"}
	client, _ := kubetest.Cluster(kinds)
	for _, o := range objects {
		if err := client.Create(context.Background(), o); err != nil {
			panic(err)
		}
	}
	return client
}

func TestPoliciesLetInWhomTheyName(t *testing.T) {
	hosts := kube.Namespaces(HostNetworkLabel, "")
	port := func(number int, peers ...kube.M) kube.M {
		return kube.M{"podSelector": kube.M{}, "ingress": kube.L{kube.M{"from": peers, "ports": kube.L{kube.M{"port": number}}}}}
	}
	for name, c := range map[string]struct {
		policies         []*kube.Object
		hosts, neighbour bool
	}{
		"none":                         {nil, true, true},
		"of other pods":                {[]*kube.Object{policy("a", kube.M{"podSelector": kube.M{"matchLabels": kube.M{"app": "other"}}})}, true, true},
		"of outgoing traffic":          {[]*kube.Object{policy("a", kube.M{"podSelector": kube.M{}, "policyTypes": kube.L{"Egress"}})}, true, true},
		"that names nobody":            {[]*kube.Object{policy("a", kube.M{"podSelector": kube.M{}})}, false, false},
		"that names all":               {[]*kube.Object{policy("a", kube.M{"podSelector": kube.M{}, "ingress": kube.L{kube.M{}}})}, true, true},
		"that names its own namespace": {[]*kube.Object{policy("a", from(kube.SameNamespace()))}, false, false},
		"that names a namespace":       {[]*kube.Object{policy("a", from(kube.Namespace("workflows")))}, false, true},
		"that names the nodes":         {[]*kube.Object{policy("a", from(hosts))}, true, false},
		"that names pods somewhere": {[]*kube.Object{policy("a", from(kube.M{
			"namespaceSelector": kube.M{}, "podSelector": kube.M{"matchExpressions": kube.L{kube.M{"key": "app", "operator": "Exists"}}},
		}))}, false, true},
		"of which one is enough":      {[]*kube.Object{policy("a", from(kube.Namespace("workflows"))), policy("b", from(hosts))}, true, true},
		"for the port":                {[]*kube.Object{policy("a", port(8080, hosts))}, true, false},
		"for another port":            {[]*kube.Object{policy("a", port(8443, hosts))}, false, false},
		"that names an address range": {[]*kube.Object{policy("a", from(kube.M{"ipBlock": kube.M{"cidr": "10.0.0.0/8"}}))}, false, false},
	} {
		target, neighbour := pod("platform", "index", "10.0.0.1", nil), pod("workflows", "greeting", "10.0.0.2", nil)
		client := cluster(append(c.policies, namespace("workflows", kube.M{}), target, neighbour)...)
		n := New(client)
		admitted, err := n.admits(context.Background(), target, Port, fromHosts)
		if err != nil || admitted != c.hosts {
			t.Errorf("policies %s: the API server is let in: %v, %v", name, admitted, err)
		}
		reached, err := n.Reaches(context.Background(), neighbour, target)
		if err != nil || reached != c.neighbour {
			t.Errorf("policies %s: a workflow is let in: %v, %v", name, reached, err)
		}
	}
}

// echo answers for pods called "index".
type echo struct{}

func (echo) Handler(_ context.Context, pod *kube.Object) (http.Handler, error) {
	if pod.GetName() != "index" {
		return nil, nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s answers %s", pod.GetName(), r.URL.Path)
	}), nil
}

// dialled is what an API server gets that connects to an address and asks for a path.
func dialled(t *testing.T, socket, address string) string {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", address)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		return response.Status
	}
	_, _ = io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n")
	response, err = http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	return string(body)
}

func TestAnAddressLeadsToWhatPlaysThere(t *testing.T) {
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "from outside")
	}))
	defer outside.Close()
	client := cluster(
		pod("open", "index", "10.0.0.1", nil), pod("platform", "index", "10.0.0.2", nil), pod("open", "silent", "10.0.0.3", nil),
		policy("closed", kube.M{"podSelector": kube.M{}}),
	)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	socket := filepath.Join(t.TempDir(), "s")
	go func() { _ = New(client, echo{}).Serve(ctx, socket) }()
	for range 100 {
		if conn, err := net.Dial("unix", socket); err == nil {
			_ = conn.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	for address, want := range map[string]string{
		"10.0.0.1:8080": "index answers /x",
		"10.0.0.1:9090": "502 connection refused",
		"10.0.0.2:8080": "504 i/o timeout",
		"10.0.0.3:8080": "502 connection refused",
		strings.TrimPrefix(outside.URL, "http://"): "from outside",
		"127.0.0.1:1": "502 dial tcp 127.0.0.1:1: connect: connection refused",
	} {
		if got := dialled(t, socket, address); got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}
