package server

import (
	"context"
	"encoding/json"
	"log"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Base answers the calls that every stand-in answers alike.
type Base struct {
	pulumirpc.UnimplementedResourceProviderServer

	Caller Caller
	Host   *Host

	name    string
	version string
	ctx     context.Context
	cancel  context.CancelFunc
}

// NewBase returns the base of a provider.
func NewBase(name, version string, caller Caller) Base {
	ctx, cancel := context.WithCancel(context.Background())
	return Base{
		Caller: caller, Host: &Host{},
		name: name, version: version,
		ctx: ctx, cancel: cancel,
	}
}

// Context ends when the engine cancels the provider. Unlike the context of a
// call it outlives a connection that breaks.
func (b *Base) Context() context.Context { return b.ctx }

// Handshake tells the engine what the provider can do, before anything else.
func (b *Base) Handshake(
	context.Context, *pulumirpc.ProviderHandshakeRequest,
) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

// Configure accepts any configuration.
func (b *Base) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

// CheckConfig accepts any configuration as it is.
func (b *Base) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig finds that no change of configuration matters.
func (b *Base) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// GetSchema returns the smallest valid schema: programs do not need more.
func (b *Base) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	schema, err := json.Marshal(map[string]string{"name": b.name, "version": b.version})
	if err != nil {
		return nil, err
	}
	return &pulumirpc.GetSchemaResponse{Schema: string(schema)}, nil
}

// GetPluginInfo names the version of the plugin this stands in for.
func (b *Base) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: b.version}, nil
}

// Attach learns where the engine takes log messages.
func (b *Base) Attach(_ context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, b.Host.attach(req.GetAddress())
}

// Cancel ends all running work.
func (b *Base) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	b.cancel()
	return &emptypb.Empty{}, nil
}

// Severities of log messages.
const (
	Debug   = pulumirpc.LogSeverity_DEBUG
	Info    = pulumirpc.LogSeverity_INFO
	Warning = pulumirpc.LogSeverity_WARNING
	Error   = pulumirpc.LogSeverity_ERROR
)

// Host sends messages to the engine's log. Without an engine they are dropped.
type Host struct {
	mu     sync.Mutex
	client pulumirpc.EngineClient
}

func (h *Host) attach(address string) error {
	if address == "" {
		return nil
	}
	conn, err := grpc.NewClient("dns:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.client = pulumirpc.NewEngineClient(conn)
	return nil
}

// Log writes a message that stays in the output.
func (h *Host) Log(severity pulumirpc.LogSeverity, urn, message string) {
	h.send(severity, urn, message, false)
}

// LogStatus shows a message while the resource is worked on.
func (h *Host) LogStatus(severity pulumirpc.LogSeverity, urn, message string) {
	h.send(severity, urn, message, true)
}

func (h *Host) send(severity pulumirpc.LogSeverity, urn, message string, ephemeral bool) {
	h.mu.Lock()
	client := h.client
	h.mu.Unlock()
	if client == nil {
		return
	}
	_, err := client.Log(context.Background(), &pulumirpc.LogRequest{
		Severity: severity, Message: message, Urn: urn, Ephemeral: ephemeral,
	})
	if err != nil {
		log.Printf("cannot reach the engine's log: %v", err)
	}
}
