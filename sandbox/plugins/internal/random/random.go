// Package random stands in for the "random" plugin: values that are made once
// and kept in the state.
package random

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

const version = "4.21.2"

type provider struct {
	server.Base
}

// New returns the stand-in.
func New(caller server.Caller) server.Provider {
	return &provider{Base: server.NewBase("random", version, caller)}
}

// Check validates the inputs and passes them through.
func (p *provider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	kind, err := kindOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	inputs, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	var failures []*pulumirpc.CheckFailure
	for _, reason := range kind.validate(inputs) {
		failures = append(failures, &pulumirpc.CheckFailure{Reason: reason})
	}
	return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: failures}, nil
}

// Diff compares the inputs, defaults filled in, with those in the state. Every
// change replaces the resource, except one that cannot matter.
func (p *provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	kind, err := kindOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	state, err := server.Unmarshal(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	olds := server.PlainMap(kind.inputsOf(state))
	news = server.PlainMap(kind.inputsOf(kind.plan(news)))
	for _, path := range req.GetIgnoreChanges() {
		key := resource.PropertyKey(path)
		if old, found := olds[key]; found {
			news[key] = old
		} else {
			delete(news, key)
		}
	}
	return server.DiffResponse(olds, news, func(name string) bool {
		key := resource.PropertyKey(name)
		return !inconsequential(key, olds[key], news[key])
	})
}

// Create makes the value.
func (p *provider) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	kind, err := kindOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	inputs, err := server.Unmarshal(req.GetProperties())
	if err != nil {
		return nil, err
	}
	outputs := kind.inputsOf(kind.plan(inputs))
	if req.GetPreview() {
		for _, key := range append([]resource.PropertyKey{"id"}, kind.outputs...) {
			outputs[key] = kind.mark(key, server.Unknown())
		}
		props, err := server.Marshal(outputs)
		return &pulumirpc.CreateResponse{Properties: props}, err
	}
	id, made, err := kind.make(server.PlainMap(outputs))
	if err != nil {
		return nil, fmt.Errorf("cannot make %s: %w", req.GetUrn(), err)
	}
	outputs["id"] = resource.NewStringProperty(id)
	for key, value := range made {
		outputs[key] = kind.mark(key, value)
	}
	props, err := server.Marshal(outputs)
	return &pulumirpc.CreateResponse{Id: id, Properties: props}, err
}

// Update records inputs whose change does not matter to the value.
func (p *provider) Update(_ context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	kind, err := kindOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	state, err := server.Unmarshal(req.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := server.Unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	outputs := kind.inputsOf(kind.plan(news))
	for _, key := range append([]resource.PropertyKey{"id"}, kind.outputs...) {
		if value, found := state[key]; found {
			outputs[key] = value
		}
	}
	props, err := server.Marshal(outputs)
	return &pulumirpc.UpdateResponse{Properties: props}, err
}

// Read echoes the state: there is nothing outside it.
func (p *provider) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if len(req.GetProperties().GetFields()) == 0 {
		return nil, status.Error(codes.Unimplemented, "the stand-in does not import")
	}
	return &pulumirpc.ReadResponse{
		Id: req.GetId(), Inputs: req.GetInputs(), Properties: req.GetProperties(),
	}, nil
}

// Delete has nothing to do.
func (p *provider) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// inconsequential tells of the few changes that keep the value.
func inconsequential(key resource.PropertyKey, old, new resource.PropertyValue) bool {
	switch key {
	case "overrideSpecial":
		return old.IsString() && old.StringValue() == "" && new.IsNull()
	case "keepers":
		return keepersEqual(old, new)
	default:
		return false
	}
}

// keepersEqual compares keepers, where one that is null counts as absent.
func keepersEqual(old, new resource.PropertyValue) bool {
	return values(old).DeepEquals(values(new))
}

func values(keepers resource.PropertyValue) resource.PropertyMap {
	kept := resource.PropertyMap{}
	if keepers.IsObject() {
		for key, value := range keepers.ObjectValue() {
			if !value.IsNull() {
				kept[key] = value
			}
		}
	}
	return kept
}
