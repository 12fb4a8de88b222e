// Package command stands in for the "command" plugin: commands on this machine
// that run when a resource is created, updated or deleted.
package command

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"orchestrator-sandbox/plugins/internal/server"
)

const (
	version     = "1.2.1"
	commandType = "command:local:Command"
	runToken    = "command:local:run"
	idLength    = 8
)

type provider struct {
	server.Base
}

// New returns the stand-in.
func New(caller server.Caller) server.Provider {
	return &provider{Base: server.NewBase("command", version, caller)}
}

// Check passes the inputs through. Only commands on this machine are known.
func (p *provider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if err := supported(req.GetUrn()); err != nil {
		return nil, err
	}
	inputs, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	var failures []*pulumirpc.CheckFailure
	if _, err := parseInputs(inputs); err != nil {
		failures = append(failures, &pulumirpc.CheckFailure{Reason: err.Error()})
	}
	return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: failures}, nil
}

// Diff compares the inputs. Changed triggers replace the resource; any other
// change updates it.
func (p *provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	state, err := server.Unmarshal(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	olds := inputsOf(state)
	news = inputsOf(news)
	for _, path := range req.GetIgnoreChanges() {
		if old, found := olds[resource.PropertyKey(path)]; found {
			news[resource.PropertyKey(path)] = old
		}
	}
	return server.DiffResponse(olds, news, func(name string) bool { return name == "triggers" })
}

// Create runs the create command. A command that fails leaves nothing behind,
// so that the next run starts over.
func (p *provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	props, err := server.Unmarshal(req.GetProperties())
	if err != nil {
		return nil, err
	}
	urn := resource.URN(req.GetUrn())
	if req.GetPreview() {
		outputs, err := server.Marshal(withOutputs(props, server.Unknown(), server.Unknown()))
		return &pulumirpc.CreateResponse{Properties: outputs}, err
	}
	in, err := parseInputs(props)
	if err != nil {
		return nil, fmt.Errorf("invalid inputs: %w", err)
	}
	id, err := resource.NewUniqueHex(urn.Name(), idLength, 0)
	if err != nil {
		return nil, err
	}
	var out result
	if in.create != nil {
		if out, err = p.run(ctx, req.GetUrn(), *in.create, in, out); err != nil {
			return nil, err
		}
	}
	outputs, err := server.Marshal(withResult(props, out))
	return &pulumirpc.CreateResponse{Id: id, Properties: outputs}, err
}

// Update runs the update command, or the create command where there is none.
func (p *provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	state, err := server.Unmarshal(req.GetOlds())
	if err != nil {
		return nil, err
	}
	props, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		outputs, err := server.Marshal(previewUpdate(state, props))
		return &pulumirpc.UpdateResponse{Properties: outputs}, err
	}
	in, err := parseInputs(props)
	if err != nil {
		return nil, fmt.Errorf("invalid inputs: %w", err)
	}
	out := resultOf(state)
	text := in.create
	if in.update != nil {
		text = in.update
	}
	if text != nil {
		if out, err = p.run(ctx, req.GetUrn(), *text, in, out); err != nil {
			return nil, err
		}
	}
	outputs, err := server.Marshal(withResult(props, out))
	return &pulumirpc.UpdateResponse{Properties: outputs}, err
}

// Read echoes the state: a command has nothing to read.
func (p *provider) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	return &pulumirpc.ReadResponse{
		Id: req.GetId(), Inputs: req.GetInputs(), Properties: req.GetProperties(),
	}, nil
}

// Delete runs the delete command with the inputs recorded in the state.
func (p *provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	state, err := server.Unmarshal(req.GetProperties())
	if err != nil {
		return nil, err
	}
	in, err := parseInputs(inputsOf(state))
	if err != nil {
		return nil, fmt.Errorf("invalid state: %w", err)
	}
	if in.del != nil {
		if _, err := p.run(ctx, req.GetUrn(), *in.del, in, resultOf(state)); err != nil {
			return nil, err
		}
	}
	return &emptypb.Empty{}, nil
}

// Invoke runs a command at once, in previews too.
func (p *provider) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	if req.GetTok() != runToken {
		return nil, status.Errorf(codes.Unimplemented, "the stand-in does not know the function %q", req.GetTok())
	}
	args, err := server.Unmarshal(req.GetArgs())
	if err != nil {
		return nil, err
	}
	in, err := parseInputs(args)
	if err != nil {
		return nil, fmt.Errorf("invalid arguments: %w", err)
	}
	if in.command == nil {
		return nil, fmt.Errorf("invalid arguments: %q is required", "command")
	}
	out, err := p.run(ctx, "", *in.command, in, result{})
	if err != nil {
		return nil, err
	}
	ret, err := server.Marshal(withResult(args, out))
	return &pulumirpc.InvokeResponse{Return: ret}, err
}

func supported(urn string) error {
	if t := string(resource.URN(urn).Type()); t != commandType {
		return status.Errorf(codes.Unimplemented, "the stand-in does not know the resource type %q", t)
	}
	return nil
}

// previewUpdate leaves the outputs unknown if an input is unknown or changes.
func previewUpdate(state, props resource.PropertyMap) resource.PropertyMap {
	stdout, stderr := state["stdout"], state["stderr"]
	for key := range inputNames {
		old, had := state[key]
		if props[key].ContainsUnknowns() || had && !server.Plain(old).DeepEquals(server.Plain(props[key])) {
			stdout, stderr = server.Unknown(), server.Unknown()
			break
		}
	}
	return withOutputs(props, stdout, stderr)
}

func withResult(props resource.PropertyMap, out result) resource.PropertyMap {
	return withOutputs(props, resource.NewStringProperty(out.stdout), resource.NewStringProperty(out.stderr))
}

func withOutputs(props resource.PropertyMap, stdout, stderr resource.PropertyValue) resource.PropertyMap {
	outputs := props.Copy()
	// Each output depends on each input: pulumi-command@v1.2.1, provider/pkg/provider/local/commandController.go.
	if props.ContainsSecrets() {
		stdout, stderr = resource.MakeSecret(stdout), resource.MakeSecret(stderr)
	}
	outputs["stdout"], outputs["stderr"] = stdout, stderr
	return outputs
}
