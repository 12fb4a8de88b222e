// Package language is a stand-in for Pulumi's language host for Node.js: it
// starts the program, and forwards nothing. The last host that is a package of
// a Go module knows too little of today's engine: it would not pass a
// program's packages on.
//
// What it does follows pulumi/pulumi, sdk/nodejs/cmd/pulumi-language-nodejs,
// main.go at 1b594989.
package language

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// shownExitCode says that the program has told the user all there is to say
// (sdk/nodejs/cmd/run/run.ts).
const shownExitCode = 32

// stopGrace is how long a program may take to end once it is told to.
const stopGrace = 5 * time.Second

// Host is the language host of one engine.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string
	stop   context.CancelFunc
	ctx    context.Context
}

// Serve announces a port, and serves the engine at this address until ctx ends.
func Serve(ctx context.Context, engine string, announce io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("cannot listen on the loopback interface: %w", err)
	}
	running, stop := context.WithCancel(ctx)
	srv := grpc.NewServer()
	pulumirpc.RegisterLanguageRuntimeServer(srv, &Host{engine: engine, ctx: running, stop: stop})
	if _, err := fmt.Fprintf(announce, "%d\n", listener.Addr().(*net.TCPAddr).Port); err != nil {
		return fmt.Errorf("cannot announce the port: %w", err)
	}
	context.AfterFunc(ctx, srv.Stop)
	return srv.Serve(listener)
}

// GetPluginInfo names no version: this is not one of Pulumi's.
func (*Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{}, nil
}

// Handshake is left out by an engine that starts a host by itself.
func (*Host) Handshake(context.Context, *pulumirpc.LanguageHandshakeRequest) (*pulumirpc.LanguageHandshakeResponse, error) {
	return nil, status.Error(codes.Unimplemented, "the engine's address is an argument")
}

// Cancel ends the program.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.stop()
	return &emptypb.Empty{}, nil
}

// GetRequiredPackages lists what the installed packages say that they need.
func (*Host) GetRequiredPackages(_ context.Context, req *pulumirpc.GetRequiredPackagesRequest) (*pulumirpc.GetRequiredPackagesResponse, error) {
	packages, err := requiredPackages(req.GetInfo().GetProgramDirectory())
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages}, err
}

// Run runs the program to its end.
func (h *Host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	run, err := command(h.ctx, h.engine, req)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	defer context.AfterFunc(ctx, func() { _ = run.Cancel() })()
	err = run.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == shownExitCode:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program exited with non-zero exit code: %d", exit.ExitCode())}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Problem executing program (could not run language executor): %s", err)}, nil
	}
}

func command(ctx context.Context, engine string, req *pulumirpc.RunRequest) (*exec.Cmd, error) {
	info := req.GetInfo()
	runner := filepath.Join(info.GetProgramDirectory(), "node_modules", "@pulumi", "pulumi", "cmd", "run")
	if _, err := os.Stat(runner); err != nil {
		return nil, fmt.Errorf("it looks like the Pulumi SDK has not been installed: %w", err)
	}
	env, err := environment(req)
	if err != nil {
		return nil, err
	}
	args := append(nodeArguments(info), runner)
	for _, flag := range [][2]string{
		{"monitor", req.GetMonitorAddress()},
		{"engine", engine},
		{"organization", req.GetOrganization()},
		{"project", req.GetProject()},
		{"root-directory", info.GetRootDirectory()},
		{"stack", req.GetStack()},
		{"pwd", info.GetProgramDirectory()},
		{"parallel", strconv.Itoa(int(req.GetParallel()))},
	} {
		if flag[1] != "" {
			args = append(args, "--"+flag[0], flag[1])
		}
	}
	if req.GetDryRun() {
		args = append(args, "--dry-run")
	}
	args = append(append(args, info.GetEntryPoint()), req.GetArgs()...)

	run := exec.CommandContext(ctx, "node", args...)
	run.Cancel = func() error {
		if run.Process == nil {
			return nil
		}
		return run.Process.Signal(syscall.SIGINT)
	}
	run.WaitDelay = stopGrace
	run.Env = append(os.Environ(), env...)
	run.Stdout, run.Stderr = os.Stdout, os.Stderr
	return run, nil
}

// nodeArguments are the project's, split where there are blanks; quotes are
// not understood here.
func nodeArguments(info *pulumirpc.ProgramInfo) []string {
	return strings.Fields(info.GetOptions().GetFields()["nodeargs"].GetStringValue())
}

func environment(req *pulumirpc.RunRequest) ([]string, error) {
	values := map[string]string{}
	for key, value := range req.GetConfig() {
		namespace, name, found := strings.Cut(key, ":")
		if !found {
			return nil, fmt.Errorf("setting %q has no namespace", key)
		}
		values[namespace+":config:"+strings.TrimPrefix(name, "config:")] = value
	}
	config, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(append([]string{}, req.GetConfigSecretKeys()...))
	if err != nil {
		return nil, err
	}
	env := []string{"PULUMI_CONFIG=" + string(config), "PULUMI_CONFIG_SECRET_KEYS=" + string(secrets)}
	typescript, given := req.GetInfo().GetOptions().GetFields()["typescript"]
	if !given || typescript.GetBoolValue() {
		env = append(env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	return env, nil
}

// manifest is what a package.json says of a plugin.
type manifest struct {
	Name    string
	Version string
	Pulumi  struct {
		Resource bool
		Name     string
		Version  string
		Server   string
	}
}

func requiredPackages(folder string) ([]*pulumirpc.PackageDependency, error) {
	var files []string
	for _, pattern := range []string{"*", "@*/*"} {
		found, err := filepath.Glob(filepath.Join(folder, "node_modules", pattern, "package.json"))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	packages := []*pulumirpc.PackageDependency{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var read manifest
		if json.Unmarshal(text, &read) != nil || !read.Pulumi.Resource {
			continue
		}
		name, version := read.Pulumi.Name, read.Pulumi.Version
		if name == "" {
			name = strings.TrimPrefix(read.Name, "@pulumi/")
		}
		if version == "" {
			version = read.Version
		}
		packages = append(packages, &pulumirpc.PackageDependency{
			Name: name, Kind: "resource", Version: "v" + strings.TrimPrefix(version, "v"), Server: read.Pulumi.Server,
		})
	}
	return packages, nil
}
