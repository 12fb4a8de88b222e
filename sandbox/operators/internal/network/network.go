// Package network plays the network between the API server and the pods. The API server reaches what is inside of the cluster
// through a tunnel, as its EgressSelectorConfiguration says (kubernetes v1.36.1, staging/src/k8s.io/apiserver/pkg/server/egressselector):
// this is the other end. An address of a pod leads to whatever plays what runs in that pod, if the NetworkPolicies let it.
package network

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"time"

	"orchestrator-sandbox/operators/internal/kube"
)

// Port is where everything listens that is played in pods.
const Port = "8080"

// dropped is how long a connection is tried that a policy drops. On a cluster it is half a minute.
const dropped = 2 * time.Second

// Service plays what runs in some pods.
type Service interface {
	// Handler answers what is asked of a pod; nil where it plays nothing there.
	Handler(ctx context.Context, pod *kube.Object) (http.Handler, error)
}

// Network plays it.
type Network struct {
	client   *kube.Client
	services []Service
}

// New is the network in which these run.
func New(client *kube.Client, services ...Service) *Network { return &Network{client, services} }

// refusal is what a dialling API server is told.
type refusal struct {
	code int
	text string
}

func (r *refusal) Error() string { return r.text }

// Serve tunnels what comes to a Unix socket, until the context ends.
func (n *Network) Serve(ctx context.Context, socket string) error {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	inside := newInside()
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			if err := n.tunnel(ctx, conn, inside); err != nil {
				log.Printf("network: %v", err)
				_ = conn.Close()
			}
		}()
	}
}

// tunnel answers a CONNECT, and hands the connection on.
func (n *Network) tunnel(ctx context.Context, conn net.Conn, inside *inside) error {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return err
	}
	handler, err := n.dial(ctx, request.RequestURI)
	var refused *refusal
	if errors.As(err, &refused) {
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n", refused.code, refused.text)
		return conn.Close()
	}
	if err != nil {
		return err
	}
	if handler == nil {
		return outside(conn, request.RequestURI)
	}
	if _, err := io.WriteString(conn, established); err != nil {
		return err
	}
	inside.add(conn, handler)
	return nil
}

const established = "HTTP/1.1 200 Connection established\r\n\r\n"

// dial finds what answers at an address of the cluster: nil for one that is outside of it.
func (n *Network) dial(ctx context.Context, address string) (http.Handler, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	pod, err := n.podAt(ctx, host)
	if err != nil || pod == nil {
		return nil, err
	}
	allowed, err := n.admits(ctx, pod, port, fromHosts)
	if err != nil {
		return nil, err
	}
	if !allowed {
		time.Sleep(dropped)
		return nil, &refusal{http.StatusGatewayTimeout, "i/o timeout"}
	}
	for _, service := range n.services {
		handler, err := service.Handler(ctx, pod)
		if err != nil {
			return nil, err
		}
		if handler != nil && port == Port {
			return handler, nil
		}
	}
	return nil, &refusal{http.StatusBadGateway, "connection refused"}
}

// outside connects to what is no pod: an aggregated API server, a kubelet.
func outside(conn net.Conn, address string) error {
	target, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 502 %s\r\nContent-Length: 0\r\n\r\n", err)
		return conn.Close()
	}
	if _, err := io.WriteString(conn, established); err != nil {
		return errors.Join(err, target.Close())
	}
	go func() {
		_, _ = io.Copy(target, conn)
		_ = target.Close()
	}()
	_, _ = io.Copy(conn, target)
	return conn.Close()
}

func (n *Network) podAt(ctx context.Context, ip string) (*kube.Object, error) {
	pods, err := n.client.List(ctx, "v1", "Pod", "", "")
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(pods, func(pod kube.Object) bool {
		return kube.Str(&pod, "status", "podIP") == ip && kube.Str(&pod, "status", "phase") == "Running" && pod.GetDeletionTimestamp() == nil
	})
	if at < 0 {
		return nil, nil
	}
	return &pods[at], nil
}

// inside is an HTTP server whose connections each have a handler of their own.
type inside struct {
	conns chan net.Conn
}

// podConn is a connection to what is played in a pod.
type podConn struct {
	net.Conn
	handler http.Handler
}

type handlerKey struct{}

func newInside() *inside {
	s := &inside{make(chan net.Conn)}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Context().Value(handlerKey{}).(http.Handler).ServeHTTP(w, r)
		}),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, handlerKey{}, c.(*podConn).handler)
		},
	}
	// Each request finds the pods and policies of its time.
	server.SetKeepAlivesEnabled(false)
	go func() { _ = server.Serve(s) }()
	return s
}

func (s *inside) add(conn net.Conn, handler http.Handler) { s.conns <- &podConn{conn, handler} }

// Accept is the next connection.
func (s *inside) Accept() (net.Conn, error) { return <-s.conns, nil }

// Close does nothing: it ends with the process.
func (s *inside) Close() error { return nil }

// Addr is of no use.
func (s *inside) Addr() net.Addr { return &net.UnixAddr{Name: "pods", Net: "unix"} }
