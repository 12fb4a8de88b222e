package command

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"orchestrator-sandbox/plugins/internal/server"
)

const urn = "urn:pulumi:s::p::command:local:Command::greet"

func props(t *testing.T, values map[string]any) *structpb.Struct {
	t.Helper()
	marshalled, err := server.Marshal(resource.NewPropertyMapFromMap(values))
	if err != nil {
		t.Fatal(err)
	}
	return marshalled
}

func newProvider() *provider { return New(server.Self()).(*provider) }

func stdout(s *structpb.Struct) string { return s.GetFields()["stdout"].GetStringValue() }

func TestLifecycle(t *testing.T) {
	p, ctx := newProvider(), context.Background()
	inputs := map[string]any{
		"create": `echo "hello $NAME"; echo problem >&2`, "environment": map[string]any{"NAME": "you"},
	}
	created, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Properties: props(t, inputs)})
	if err != nil {
		t.Fatal(err)
	}
	if stdout(created.Properties) != "hello you" || created.Properties.Fields["stderr"].GetStringValue() != "problem" {
		t.Errorf("outputs: %v", created.Properties)
	}
	if !strings.HasPrefix(created.Id, "greet") || len(created.Id) != len("greet")+idLength {
		t.Errorf("id: %q", created.Id)
	}

	inputs["environment"] = map[string]any{"NAME": "all"}
	updated, err := p.Update(ctx, &pulumirpc.UpdateRequest{Urn: urn, Olds: created.Properties, News: props(t, inputs)})
	if err != nil || stdout(updated.Properties) != "hello all" {
		t.Errorf("an update without its own command: %v, %v", updated, err)
	}
	inputs["update"] = `echo "was $PULUMI_COMMAND_STDOUT/$PULUMI_COMMAND_STDERR"`
	updated, err = p.Update(ctx, &pulumirpc.UpdateRequest{Urn: urn, Olds: created.Properties, News: props(t, inputs)})
	if err != nil || stdout(updated.Properties) != "was hello you/problem" {
		t.Errorf("update: %v, %v", updated, err)
	}
	inputs["addPreviousOutputInEnv"] = false
	updated, err = p.Update(ctx, &pulumirpc.UpdateRequest{Urn: urn, Olds: created.Properties, News: props(t, inputs)})
	if err != nil || stdout(updated.Properties) != "was /" {
		t.Errorf("update without the previous output: %v, %v", updated, err)
	}
}

func TestDeleteRunsWithTheState(t *testing.T) {
	file := t.TempDir() + "/out"
	state := props(t, map[string]any{
		"delete": `echo "$X $PULUMI_COMMAND_STDOUT" > "$FILE"; cat >> "$FILE"`, "stdin": "in",
		"environment": map[string]any{"X": "x", "FILE": file}, "stdout": "before", "stderr": "",
	})
	p := newProvider()
	if _, err := p.Delete(context.Background(), &pulumirpc.DeleteRequest{Urn: urn, Properties: state}); err != nil {
		t.Fatal(err)
	}
	read, err := p.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urn, Properties: props(t, map[string]any{"create": "cat " + file}),
	})
	if err != nil || stdout(read.Properties) != "x before\nin" {
		t.Errorf("got %v, %v", read, err)
	}
}

func TestFailureShowsCommandAndOutput(t *testing.T) {
	_, err := newProvider().Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urn, Properties: props(t, map[string]any{"create": "echo out; echo err >&2; exit 3"}),
	})
	if err == nil {
		t.Fatal("no error")
	}
	// The two outputs come through two pipes, in any order.
	for _, want := range []string{"exit status 3: running \"echo out; echo err >&2; exit 3\":\n", "out\n", "err\n"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not have %q: %v", want, err)
		}
	}
}

func TestInterpreterAndDir(t *testing.T) {
	dir := t.TempDir()
	created, err := newProvider().Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: props(t, map[string]any{
		"create": "pwd", "dir": dir, "interpreter": []any{"/bin/sh", "-e", "-c"},
	})})
	if err != nil || stdout(created.Properties) != dir {
		t.Errorf("got %v, %v", created, err)
	}
}

func TestPreviewRunsNothing(t *testing.T) {
	p := newProvider()
	resp, err := p.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urn, Preview: true, Properties: props(t, map[string]any{"create": "exit 1"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := server.Unmarshal(resp.Properties)
	if err != nil || !outputs["stdout"].IsComputed() || !outputs["create"].IsString() {
		t.Errorf("outputs: %v, %v", outputs, err)
	}
}

func TestDiff(t *testing.T) {
	tests := []struct {
		name    string
		news    map[string]any
		changes pulumirpc.DiffResponse_DiffChanges
		replace bool
	}{
		{"same", map[string]any{"create": "a", "triggers": []any{"1"}}, pulumirpc.DiffResponse_DIFF_NONE, false},
		{"command", map[string]any{"create": "b", "triggers": []any{"1"}}, pulumirpc.DiffResponse_DIFF_SOME, false},
		{"delete", map[string]any{"create": "a", "delete": "x", "triggers": []any{"1"}}, pulumirpc.DiffResponse_DIFF_SOME, false},
		{"trigger", map[string]any{"create": "a", "triggers": []any{"2"}}, pulumirpc.DiffResponse_DIFF_SOME, true},
	}
	olds := props(t, map[string]any{"create": "a", "triggers": []any{"1"}, "stdout": "x", "stderr": ""})
	for _, tt := range tests {
		resp, err := newProvider().Diff(context.Background(), &pulumirpc.DiffRequest{Urn: urn, Olds: olds, News: props(t, tt.news)})
		if err != nil || resp.Changes != tt.changes || (len(resp.Replaces) > 0) != tt.replace {
			t.Errorf("%s: %v, %v", tt.name, resp, err)
		}
	}
}

func TestCancelKills(t *testing.T) {
	p := newProvider()
	time.AfterFunc(100*time.Millisecond, func() { _, _ = p.Cancel(context.Background(), nil) })
	start := time.Now()
	_, err := p.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urn, Properties: props(t, map[string]any{"create": "exec sleep 30"}),
	})
	if err == nil || time.Since(start) > 10*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}
