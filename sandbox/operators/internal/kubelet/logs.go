package kubelet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	"time"

	"orchestrator-sandbox/operators/internal/kube"
)

// logKey is a container of a pod.
type logKey struct{ namespace, pod, container string }

// Logs serves the logs of containers, by the path at which the API server asks a kubelet for them (kubernetes v1.36.1,
// pkg/kubelet/server/server.go, getContainerLogs). A container that has ended has said what ended it; one that runs says nothing.
func (k *Kubelet) Logs() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		key := logKey{r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container")}
		pod, err := k.client.Get(r.Context(), "v1", "Pod", key.namespace, key.pod)
		switch words, ended := k.said.Load(key); {
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		case pod == nil:
			http.Error(w, fmt.Sprintf("pod %q does not exist", key.pod), http.StatusNotFound)
		case ended && !runs(pod, key.container):
			// As in a stack trace: what matters stands between other lines.
			_, _ = fmt.Fprintf(w, "Starting\n%s\n\tat the end of a stack\n", words)
		case r.URL.Query().Get("previous") == "true":
			// pkg/kubelet/kubelet_pods.go, validateContainerLogStatus
			http.Error(w, fmt.Sprintf("previous terminated container %q in pod %q not found", key.container, key.pod), http.StatusBadRequest)
		case !runs(pod, key.container):
			http.Error(w, fmt.Sprintf("container %q in pod %q is waiting to start: ContainerCreating", key.container, key.pod), http.StatusBadRequest)
		}
	})
	return mux
}

// runs tells whether a container runs, or has done what it was for.
func runs(pod *kube.Object, container string) bool {
	for _, list := range []string{"initContainerStatuses", "containerStatuses"} {
		statuses, _ := kube.Map(pod, "status")[list].(kube.L)
		for _, s := range statuses {
			if status, _ := s.(kube.M); status["name"] == container {
				return status["ready"] == true
			}
		}
	}
	return false
}

// Serve serves them on a loopback port until the context ends, with a certificate that nobody has signed: the API server of the
// sandbox does not look at it.
func (k *Kubelet) Serve(ctx context.Context, port int) error {
	certificate, err := selfSigned()
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	listener, err := tls.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port), config)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: k.Logs(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	go func() {
		if err := server.Serve(listener); ctx.Err() == nil {
			log.Printf("kubelet: logs are served no longer: %v", err)
		}
	}()
	return nil
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(1, 0, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, err
}
