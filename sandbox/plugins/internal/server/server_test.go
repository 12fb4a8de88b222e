package server

import (
	"bufio"
	"context"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// TestEveryConnectionHasItsProvider cancels one provider and finds another's
// context open, and that both know who calls.
func TestEveryConnectionHasItsProvider(t *testing.T) {
	t.Setenv("STANDINS_TEST", "ignored: the environment is the one the process began with")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	made := make(chan *Base, 2)
	reader, writer := io.Pipe()
	go func() {
		_ = Serve(ctx, func(c Caller) Provider {
			base := NewBase("x", "1.0.0", c)
			made <- &base
			return &base
		}, writer)
	}()
	port, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	connect := func() (pulumirpc.ResourceProviderClient, *Base) {
		conn, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		client := pulumirpc.NewResourceProviderClient(conn)
		if _, err := client.GetPluginInfo(ctx, &emptypb.Empty{}); err != nil {
			t.Fatal(err)
		}
		return client, <-made
	}
	first, one := connect()
	_, two := connect()
	if _, err := first.Cancel(ctx, &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-one.Context().Done():
	case <-time.After(time.Second):
		t.Error("the provider was not cancelled")
	}
	if two.Context().Err() != nil {
		t.Error("another connection's provider was cancelled")
	}
	if runtime.GOOS == "linux" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		if one.Caller.Dir != projectDir(dir) || one.Caller.Getenv("STANDINS_TEST") != "" || one.Caller.Getenv("PATH") == "" {
			t.Errorf("caller: dir %q, %d variables", one.Caller.Dir, len(one.Caller.Env))
		}
	}
}

func TestCaller(t *testing.T) {
	c := Caller{Env: []string{"A=1", "A=2"}, Dir: "/project"}
	if c.Getenv("A") != "2" {
		t.Error("the last value counts")
	}
	if c.Path("x") != "/project/x" || c.Path("/x") != "/x" {
		t.Error("paths")
	}
}
