package random

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/crypto/bcrypt"
	"google.golang.org/protobuf/types/known/structpb"

	"orchestrator-sandbox/plugins/internal/server"
)

const (
	password = "urn:pulumi:s::p::random:index/randomPassword:RandomPassword::r"
	idURN    = "urn:pulumi:s::p::random:index/randomId:RandomId::r"
)

func props(t *testing.T, values map[string]any) *structpb.Struct {
	t.Helper()
	marshalled, err := server.Marshal(resource.NewPropertyMapFromMap(values))
	if err != nil {
		t.Fatal(err)
	}
	return marshalled
}

func create(t *testing.T, urn string, inputs map[string]any) (string, resource.PropertyMap, *structpb.Struct) {
	t.Helper()
	p := New(server.Self())
	resp, err := p.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: props(t, inputs)})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := server.Unmarshal(resp.Properties)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Id, outputs, resp.Properties
}

func TestPassword(t *testing.T) {
	id, outputs, _ := create(t, password, map[string]any{
		"length": 20, "special": false, "minUpper": 3, "minNumeric": 4,
	})
	if id != "none" || !outputs["result"].IsSecret() || !outputs["bcryptHash"].IsSecret() {
		t.Errorf("id %q, outputs %v", id, outputs)
	}
	plain := server.PlainMap(outputs)
	text := plain["result"].StringValue()
	if len(text) != 20 || strings.ContainsAny(text, special) ||
		len(regexp.MustCompile("[A-Z]").FindAllString(text, -1)) < 3 ||
		len(regexp.MustCompile("[0-9]").FindAllString(text, -1)) < 4 {
		t.Errorf("result %q", text)
	}
	if err := bcrypt.CompareHashAndPassword([]byte(plain["bcryptHash"].StringValue()), []byte(text)); err != nil {
		t.Error(err)
	}
	if !plain["lower"].BoolValue() || !plain["number"].BoolValue() || plain["minLower"].NumberValue() != 0 {
		t.Errorf("defaults are missing: %v", plain)
	}
}

func TestID(t *testing.T) {
	id, outputs, _ := create(t, idURN, map[string]any{"byteLength": 4, "prefix": "p-"})
	if outputs["b64Url"].StringValue() != "p-"+id || !regexp.MustCompile("^p-[0-9a-f]{8}$").MatchString(outputs["hex"].StringValue()) {
		t.Errorf("id %q, outputs %v", id, outputs)
	}
}

func TestDiff(t *testing.T) {
	inputs := map[string]any{"length": 12, "overrideSpecial": "", "keepers": map[string]any{"a": "1"}}
	_, _, state := create(t, password, inputs)
	tests := []struct {
		name    string
		news    map[string]any
		changes pulumirpc.DiffResponse_DiffChanges
		replace bool
	}{
		{"same", inputs, pulumirpc.DiffResponse_DIFF_NONE, false},
		{"default spelt out", map[string]any{"length": 12, "overrideSpecial": "", "upper": true,
			"keepers": map[string]any{"a": "1"}}, pulumirpc.DiffResponse_DIFF_NONE, false},
		{"length", map[string]any{"length": 13, "overrideSpecial": "", "keepers": map[string]any{"a": "1"}},
			pulumirpc.DiffResponse_DIFF_SOME, true},
		{"keeper", map[string]any{"length": 12, "overrideSpecial": "", "keepers": map[string]any{"a": "2"}},
			pulumirpc.DiffResponse_DIFF_SOME, true},
		{"empty text to none", map[string]any{"length": 12, "keepers": map[string]any{"a": "1"}},
			pulumirpc.DiffResponse_DIFF_SOME, false},
	}
	for _, tt := range tests {
		resp, err := New(server.Self()).Diff(context.Background(), &pulumirpc.DiffRequest{
			Urn: password, Olds: state, News: props(t, tt.news),
		})
		if err != nil || resp.Changes != tt.changes || (len(resp.Replaces) > 0) != tt.replace {
			t.Errorf("%s: %v, %v", tt.name, resp, err)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		inputs map[string]any
		fails  bool
	}{
		{map[string]any{"length": 8}, false},
		{map[string]any{}, true},
		{map[string]any{"length": 0}, true},
		{map[string]any{"length": 3, "minLower": 4}, true},
		{map[string]any{"length": 3, "lower": false, "upper": false, "number": false, "special": false}, true},
		{map[string]any{"length": 3, "lenght": 4}, true},
	}
	for _, tt := range tests {
		resp, err := New(server.Self()).Check(context.Background(), &pulumirpc.CheckRequest{Urn: password, News: props(t, tt.inputs)})
		if err != nil || (len(resp.Failures) > 0) != tt.fails {
			t.Errorf("%v: %v, %v", tt.inputs, resp, err)
		}
	}
}
