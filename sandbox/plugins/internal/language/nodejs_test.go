package language

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// program is a folder with an SDK that writes down how it was started.
func program(t *testing.T, exit string) string {
	t.Helper()
	folder := t.TempDir()
	write := func(text string, path ...string) {
		file := filepath.Join(append([]string{folder, "node_modules"}, path...)...)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(`{ "name": "@pulumi/random", "version": "4.21.2", "pulumi": { "resource": true, "name": "random" } }`, "@pulumi", "random", "package.json")
	write(`{ "name": "left-pad", "version": "1.0.0" }`, "left-pad", "package.json")
	write(`const { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT = "unset" } = process.env;
		const said = [process.execArgv, process.argv.slice(2), PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT];
		require("node:fs").writeFileSync(`+"`${__dirname}/said`"+`, said.map(String).join("\n"));
		process.exit(`+exit+`);`, "@pulumi", "pulumi", "cmd", "run", "index.js")
	return folder
}

func request(t *testing.T, folder string) *pulumirpc.RunRequest {
	t.Helper()
	options, err := structpb.NewStruct(map[string]any{"typescript": false, "nodeargs": "--no-warnings --stack-size=900"})
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.RunRequest{
		Project: "orchestrator", Stack: "dev", Parallel: 8, DryRun: true, MonitorAddress: "127.0.0.1:2",
		Config:           map[string]string{"orchestrator:postgres": `{"user":"flows"}`},
		ConfigSecretKeys: []string{"orchestrator:githubToken"},
		Info:             &pulumirpc.ProgramInfo{RootDirectory: folder, ProgramDirectory: folder, EntryPoint: "index.ts", Options: options},
	}
}

func TestStartsTheProgramAsTheOfficialHostDoes(t *testing.T) {
	folder := program(t, "0")
	host := &Host{ctx: context.Background(), engine: "127.0.0.1:1"}
	response, err := host.Run(context.Background(), request(t, folder))
	if err != nil || response.GetError() != "" || response.GetBail() {
		t.Fatalf("run: %v %v", response, err)
	}
	said, err := os.ReadFile(filepath.Join(folder, "node_modules", "@pulumi", "pulumi", "cmd", "run", "said"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"--no-warnings,--stack-size=900",
		"--monitor,127.0.0.1:2,--engine,127.0.0.1:1,--project,orchestrator,--root-directory," + folder +
			",--stack,dev,--pwd," + folder + ",--parallel,8,--dry-run,index.ts",
		`{"orchestrator:config:postgres":"{\"user\":\"flows\"}"}`,
		`["orchestrator:githubToken"]`,
		"unset",
	}
	if got := strings.Split(string(said), "\n"); !slices.Equal(got, want) {
		t.Errorf("it was started with\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTellsAnErrorThatTheUserHasSeenFromOthers(t *testing.T) {
	host := &Host{ctx: context.Background()}
	for exit, want := range map[string]*pulumirpc.RunResponse{
		"32": {Bail: true},
		"7":  {Error: "Program exited with non-zero exit code: 7"},
	} {
		response, err := host.Run(context.Background(), request(t, program(t, exit)))
		if err != nil || response.GetBail() != want.GetBail() || response.GetError() != want.GetError() {
			t.Errorf("exit %s: %v %v", exit, response, err)
		}
	}
}

func TestSaysThatTheSdkIsMissing(t *testing.T) {
	host := &Host{ctx: context.Background()}
	response, err := host.Run(context.Background(), request(t, t.TempDir()))
	if err != nil || !strings.Contains(response.GetError(), "has not been installed") {
		t.Errorf("%v %v", response, err)
	}
}

func TestListsThePackagesThatAreInstalled(t *testing.T) {
	info := &pulumirpc.ProgramInfo{ProgramDirectory: program(t, "0")}
	response, err := new(Host).GetRequiredPackages(context.Background(), &pulumirpc.GetRequiredPackagesRequest{Info: info})
	if err != nil || len(response.GetPackages()) != 1 {
		t.Fatalf("%v %v", response, err)
	}
	if found := response.GetPackages()[0]; found.GetName() != "random" || found.GetVersion() != "v4.21.2" {
		t.Errorf("found %v", found)
	}
}
