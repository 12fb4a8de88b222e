// Package postgres plays the kubelet of PostgreSQL's pods, and in them the images of sclorg/postgresql-container: a server
// starts only on a volume that fits it. A volume remembers, in an annotation of its PersistentVolume, what was made on it.
package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"regexp"
	"strings"
	"time"

	"orchestrator-sandbox/operators/internal/kube"
	"orchestrator-sandbox/operators/internal/kubelet"
)

// contents is a data directory.
type contents struct {
	// System tells one data directory from every other, as PostgreSQL's own system identifier does.
	System   string `json:"system"`
	Major    string `json:"major"`
	User     string `json:"user"`
	Database string `json:"database"`
	Password string `json:"password"`
	// AdminPassword is that of the role postgres, if it has one.
	AdminPassword string `json:"adminPassword,omitempty"`
	// Authority is that of the certificate without which nobody is let in.
	Authority string `json:"authority,omitempty"`
	// Starts counts the servers that ran on it.
	Starts int `json:"starts"`
	// Schemas are what applications have made.
	Schemas map[string]kubelet.Schema `json:"schemas,omitempty"`
}

// TLS is the annotation of a server's pod that gives it a certificate of an authority, which is its value, and has it let nobody
// in without TLS: `ssl = on`, and only `hostssl` lines in pg_hba.conf.
const TLS = "sandbox.orchestrator/postgresql-tls"

// Kubelet plays it. It belongs to the platform, so no operator gates it.
type Kubelet struct {
	client *kube.Client
}

// New plays against a cluster.
func New(client *kube.Client) *Kubelet { return &Kubelet{client} }

// Name is for logs.
func (k *Kubelet) Name() string { return "postgres" }

// Tick does what is due now.
func (k *Kubelet) Tick(ctx context.Context, _ kube.Operators) error {
	return kubelet.EachWaiting(ctx, k.client, func(pod *kube.Object) error {
		container := server(pod)
		if container == nil {
			return nil
		}
		return k.start(ctx, pod, container)
	})
}

// server is the container of a pod that has the interface of sclorg's images; manifests/kubelet.yaml has the same rule.
func server(pod *kube.Object) kube.M {
	container, _ := kube.ContainerWith(pod, "POSTGRESQL_DATABASE")
	return container
}

// start tries to start a pod's server, and says in its status how that went.
func (k *Kubelet) start(ctx context.Context, pod *kube.Object, container kube.M) error {
	image, _ := container["image"].(string)
	if strings.HasSuffix(image, kubelet.MissingTag) {
		return k.waiting(ctx, pod, container, "ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q", image), "")
	}
	env, problem, err := kubelet.Environment(ctx, k.client, pod, container)
	if err != nil {
		return err
	}
	if problem != "" {
		return k.waiting(ctx, pod, container, "CreateContainerConfigError", problem, "")
	}
	volume, err := k.volume(ctx, pod)
	if err != nil || volume == nil {
		return err // not bound yet: the kubelet waits, too
	}
	data := contents{}
	text := volume.GetAnnotations()[kubelet.Contents]
	if text != "" {
		if err := json.Unmarshal([]byte(text), &data); err != nil {
			return err
		}
	}
	if reason := run(&data, major(image), env); reason != "" {
		return k.waiting(ctx, pod, container, "CrashLoopBackOff", "back-off restarting failed container", reason)
	}
	data.Authority = pod.GetAnnotations()[TLS]
	if data.System == "" {
		data.System = string(pod.GetUID())
	}
	data.Starts++
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	annotations := map[string]string{kubelet.Contents: string(raw)}
	for key, value := range volume.GetAnnotations() {
		if key != kubelet.Contents {
			annotations[key] = value
		}
	}
	volume.SetAnnotations(annotations)
	if err := k.client.Update(ctx, volume); err != nil {
		return err
	}
	now := time.Now().UTC().Format(time.RFC3339)
	log.Printf("postgres: %s is ready on %s", kube.Ref(pod), kube.Ref(volume))
	return k.report(ctx, pod, "True", kube.M{
		"name": container["name"], "image": image, "imageID": image, "ready": true, "started": true,
		"restartCount": 0, "state": kube.M{"running": kube.M{"startedAt": now}},
	})
}

// run is what run-postgresql does up to "Starting server..."; it returns what it says where it fails. See
// sclorg/postgresql-container at 134bb39ab5c435087487c3422522bddf160f727d:
//   - src/root/usr/bin/run-postgresql makes role and database on an empty volume only,
//   - .../postgresql/common.sh refuses a role that exists (create_users) and data of another major (try_pgupgrade),
//   - .../postgresql/start/set_passwords.sh gives the role, and postgres, the password at each start; without the role, psql fails.
func run(data *contents, major string, env map[string]string) string {
	user, database := env["POSTGRESQL_USER"], env["POSTGRESQL_DATABASE"]
	switch {
	case data.Major == "" && user == "postgres":
		return `createuser: error: creation of new role failed: ERROR:  role "postgres" already exists`
	case data.Major == "":
		*data = contents{Major: major, User: user, Database: database}
	case data.Major != major:
		return fmt.Sprintf("Incompatible data directory.  This container image provides PostgreSQL '%s', but data directory is of version '%s'.", major, data.Major)
	case data.User != user:
		return fmt.Sprintf("ERROR:  role %q does not exist", user)
	}
	data.Password, data.AdminPassword = env["POSTGRESQL_PASSWORD"], env["POSTGRESQL_ADMIN_PASSWORD"]
	return ""
}

// majors are how the names of sclorg's images say their version: postgresql-15, postgresql-15-c9s, postgresql:15-el9.
var majors = regexp.MustCompile(`postgresql[-:](\d+)`)

func major(image string) string {
	if found := majors.FindStringSubmatch(image); found != nil {
		return found[1]
	}
	return "15" // whatever is in it
}

// volume is the pod's first one that comes from a claim; nil while that is not bound.
func (k *Kubelet) volume(ctx context.Context, pod *kube.Object) (*kube.Object, error) {
	volumes, _ := kube.Map(pod, "spec")["volumes"].(kube.L)
	for _, v := range volumes {
		entry, _ := v.(kube.M)
		source, _ := entry["persistentVolumeClaim"].(kube.M)
		name, _ := source["claimName"].(string)
		if name == "" {
			continue
		}
		claim, err := k.client.Get(ctx, "v1", "PersistentVolumeClaim", pod.GetNamespace(), name)
		if err != nil || claim == nil || kube.Str(claim, "status", "phase") != "Bound" {
			return nil, err
		}
		return k.client.Get(ctx, "v1", "PersistentVolume", "", kube.Str(claim, "spec", "volumeName"))
	}
	return nil, nil
}

// waiting reports a container that does not run, with the last words of the one before it.
func (k *Kubelet) waiting(ctx context.Context, pod *kube.Object, container kube.M, reason, message, last string) error {
	status := kube.M{
		"name": container["name"], "image": container["image"], "imageID": "", "ready": false, "started": false,
		"restartCount": 0, "state": kube.M{"waiting": kube.M{"reason": reason, "message": message}},
	}
	if last != "" {
		status["lastState"] = kube.M{"terminated": kube.M{"exitCode": 1, "reason": "Error", "message": last}}
	}
	before, _ := kube.Map(pod, "status")["containerStatuses"].(kube.L)
	if len(before) > 0 && fmt.Sprint(before[0].(kube.M)["state"]) == fmt.Sprint(status["state"]) {
		return nil
	}
	log.Printf("postgres: %s does not start: %s %s", kube.Ref(pod), message, last)
	return k.report(ctx, pod, "False", status)
}

func (k *Kubelet) report(ctx context.Context, pod *kube.Object, ready string, status kube.M) error {
	conditions := []kube.Condition{{Type: "Initialized", Status: "True"}, {Type: "ContainersReady", Status: ready}, {Type: "Ready", Status: ready}}
	phase := "Running"
	if ready == "False" && status["lastState"] == nil {
		phase = "Pending"
	}
	ip := kubelet.IP(pod)
	_, err := k.client.SetConditions(ctx, pod, conditions, kube.M{
		"phase": phase, "podIP": ip, "podIPs": kube.L{kube.M{"ip": ip}}, "containerStatuses": kube.L{status},
	})
	return err
}
