// Package server holds what the three stand-ins share: serving the resource
// provider protocol, the way back to the engine's log, and what is known about
// the process that runs the engine.
package server

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// maxMessageSize is the limit the engine itself uses for provider messages.
const maxMessageSize = 1024 * 1024 * 400

// orphanGrace is how long work goes on after the engine that asked for it has
// gone without cancelling it. A plugin of the official kind notices a dead
// engine after about this time.
const orphanGrace = 5 * time.Minute

// Provider is what a stand-in implements; Cancel must end its running work.
type Provider = pulumirpc.ResourceProviderServer

// Factory makes the provider for one engine connection.
type Factory func(Caller) Provider

// Serve listens on a free loopback port, writes it and a newline to announce,
// and serves until ctx ends.
//
// An engine starts one process for each provider instance, each with a
// configuration of its own. An attached process is shared instead, by all
// instances of a run and by all runs; but each instance has its own connection.
// So every connection gets a provider of its own.
func Serve(ctx context.Context, factory Factory, announce io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("cannot listen on the loopback interface: %w", err)
	}
	srv := grpc.NewServer(
		grpc.StatsHandler(connections{factory: factory}),
		grpc.MaxRecvMsgSize(maxMessageSize),
		grpc.MaxSendMsgSize(maxMessageSize),
	)
	// The handlers look the provider up by connection, so the implementation
	// registered here is never called.
	srv.RegisterService(perConnection(pulumirpc.ResourceProvider_ServiceDesc), pulumirpc.UnimplementedResourceProviderServer{})

	if _, err := fmt.Fprintf(announce, "%d\n", listener.Addr().(*net.TCPAddr).Port); err != nil {
		return fmt.Errorf("cannot announce the port: %w", err)
	}

	done := make(chan error, 1)
	go func() { done <- srv.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		srv.Stop()
		return nil
	}
}

type connectionKey struct{}

// connection is one engine's connection and its provider.
type connection struct {
	remote   net.Addr
	local    net.Addr
	factory  Factory
	once     sync.Once
	provider Provider
}

func (c *connection) get() Provider {
	c.once.Do(func() { c.provider = c.factory(callerOf(c.remote, c.local)) })
	return c.provider
}

// connections ties a connection record to every connection's context.
type connections struct{ factory Factory }

func (h connections) TagConn(ctx context.Context, info *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{
		remote: info.RemoteAddr, local: info.LocalAddr, factory: h.factory,
	})
}

func (h connections) HandleConn(ctx context.Context, s stats.ConnStats) {
	if _, ended := s.(*stats.ConnEnd); !ended {
		return
	}
	c := ctx.Value(connectionKey{}).(*connection)
	c.once.Do(func() {})
	if c.provider != nil {
		time.AfterFunc(orphanGrace, func() { _, _ = c.provider.Cancel(context.Background(), nil) })
	}
}

func (connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }
func (connections) HandleRPC(context.Context, stats.RPCStats)                       {}

// perConnection returns the service with every handler bound to the provider of
// the calling connection.
func perConnection(desc grpc.ServiceDesc) *grpc.ServiceDesc {
	providerOf := func(ctx context.Context) (Provider, error) {
		c, ok := ctx.Value(connectionKey{}).(*connection)
		if !ok {
			return nil, status.Error(codes.Internal, "call without a connection")
		}
		return c.get(), nil
	}

	methods := make([]grpc.MethodDesc, len(desc.Methods))
	for i, method := range desc.Methods {
		handler := method.Handler
		method.Handler = func(_ any, ctx context.Context, dec func(any) error, ic grpc.UnaryServerInterceptor) (any, error) {
			provider, err := providerOf(ctx)
			if err != nil {
				return nil, err
			}
			return handler(provider, ctx, dec, ic)
		}
		methods[i] = method
	}
	desc.Methods = methods

	streams := make([]grpc.StreamDesc, len(desc.Streams))
	for i, stream := range desc.Streams {
		handler := stream.Handler
		stream.Handler = func(_ any, ss grpc.ServerStream) error {
			provider, err := providerOf(ss.Context())
			if err != nil {
				return err
			}
			return handler(provider, ss)
		}
		streams[i] = stream
	}
	desc.Streams = streams
	return &desc
}
