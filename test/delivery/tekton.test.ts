import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { TaskSpec } from "../../components/delivery/tekton/api";
import { pipeline } from "../../components/delivery/tekton/pipeline";
import { tasksWith } from "../../components/delivery/tekton/tasks";

const tasks = tasksWith({ dockerfile: { commit: "0123abcd", images: [] }, knWorkflow: "1.38.0" });
const known: Readonly<Record<string, TaskSpec>> = tasks;

describe("the pipeline", () => {
  it("takes its steps in the order that each needs", () => {
    const graph = pipeline.tasks.map(({ name, runAfter = [] }) => `${name} < ${runAfter.join(" ")}`);
    expect(graph).toEqual([
      "fetch-workflow < ",
      "fetch-workflow-gitops < ",
      "flatten-workflow < fetch-workflow",
      "build-manifests < flatten-workflow",
      "build-gitops < build-manifests fetch-workflow-gitops",
      "build-and-push-image < flatten-workflow",
      "push-workflow-gitops < build-gitops build-and-push-image",
    ]);
  });

  it("builds with the Task of current Pipelines, not with a ClusterTask", () => {
    expect(pipeline.tasks.find(({ name }) => name === "build-and-push-image")?.taskRef).toEqual({
      resolver: "cluster",
      params: [
        { name: "kind", value: "task" },
        { name: "name", value: "buildah" },
        { name: "namespace", value: "openshift-pipelines" },
      ],
    });
    expect(JSON.stringify(pipeline)).not.toContain("ClusterTask");
  });

  it("gives each Task all that it asks for, and nothing that it does not know", () => {
    for (const { name, taskRef, params, workspaces } of pipeline.tasks) {
      if (!("name" in taskRef)) continue;
      const task = known[taskRef.name];
      if (!task) throw new Error(`${name} runs ${taskRef.name}, which is not made`);
      const given = params.map((param) => param.name);
      expect(
        task.params.map((param) => param.name),
        name,
      ).toEqual(expect.arrayContaining(given));
      expect(given, name).toEqual(
        expect.arrayContaining(task.params.filter((p) => p.default === undefined).map((p) => p.name)),
      );
      const bound = workspaces.map((workspace) => workspace.name);
      expect(
        task.workspaces.map((workspace) => workspace.name),
        name,
      ).toEqual(expect.arrayContaining(bound));
      expect(bound, name).toEqual(
        expect.arrayContaining(task.workspaces.filter((w) => !w.optional).map((w) => w.name)),
      );
    }
  });

  it("uses no parameter and no workspace that it does not have", () => {
    const params = pipeline.params.map(({ name }) => name);
    for (const [, name] of JSON.stringify(pipeline.tasks).matchAll(/\$\(params\.([^)]+)\)/g))
      expect(params).toContain(name);
    const workspaces = pipeline.workspaces.map(({ name }) => name);
    for (const { workspace } of pipeline.tasks.flatMap((task) => task.workspaces))
      expect(workspaces).toContain(workspace);
  });
});

describe.each(Object.entries(known))("Task %s", (_, task) => {
  it("uses no parameter that it does not have", () => {
    const params = task.params.map(({ name }) => name);
    for (const [, name] of JSON.stringify(task.steps).matchAll(/\$\(params\.([^)]+)\)/g))
      expect(params).toContain(name);
  });

  it("keeps what its caller says out of its script, where it could be read as a command", () => {
    for (const { script } of task.steps) expect(script).not.toMatch(/\$\((params|workspaces)\./);
  });
});

/** The Tasks' scripts, run as they are, in a folder, with programs that are not to be run played by others. */
describe("the scripts", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "task-"));
    program("curl", 'while [ "$1" != -o ]; do shift; done; echo dockerfile > "$2"');
    program("microdnf", "true");
  });
  const program = (name: string, script: string) => {
    write(join("bin", name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dir, "bin", name), 0o755);
  };
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const runTask = (task: TaskSpec, at: string, env: Readonly<Record<string, string>>) => {
    const script = task.steps[0]?.script ?? "";
    write("script", script);
    chmodSync(join(dir, "script"), 0o755);
    const PATH = `${join(dir, "bin")}:${process.env["PATH"] ?? ""}`;
    return execFileSync(join(dir, "script"), { cwd: join(dir, at), env: { PATH, ...env }, stdio: "pipe" });
  };
  const files = (at: string) =>
    readdirSync(join(dir, at), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, at).length + 1))
      .sort();

  it.each(["workflow", "workflow/greeting"])("lay a project in %s out flat", (project) => {
    write(`${project}/src/main/resources/greeting.sw.yaml`, "");
    write(`${project}/src/main/java/Greeting.java`, "");
    write(`${project}/LICENSE`, "");
    const flatten = (toFlat: string) =>
      runTask(tasks.flattener, ".", { WORKFLOW_ID: "greeting", CONVERT_TO_FLAT: toFlat });
    flatten("true");
    flatten("true"); // a volume may be used twice
    expect(files("flat")).toEqual([
      "greeting/LICENSE",
      "greeting/greeting.sw.yaml",
      "workflow-builder.Dockerfile",
    ]);
    flatten("false");
    expect(files("flat/greeting")).toEqual(["LICENSE", "greeting.sw.yaml", "src/main/java/Greeting.java"]);
  });

  it("put the manifests where kustomize finds them, and name the image", () => {
    write("source/flat/greeting/manifests/01-sonataflow.yaml", "");
    write("gitops/workflow-gitops/kustomize/base/kustomization.yaml", "");
    write("gitops/workflow-gitops/kustomize/updater.sh", '#!/bin/sh\necho "$1 $2" > said\n');
    chmodSync(join(dir, "gitops/workflow-gitops/kustomize/updater.sh"), 0o755);
    runTask(tasks["build-gitops"], "gitops/workflow-gitops", {
      WORKFLOW_ID: "greeting",
      IMAGE_TAG: "abc",
      SOURCE: join(dir, "source"),
    });
    expect(files("gitops/workflow-gitops/kustomize/base")).toContain("01-sonataflow.yaml");
    expect(readFileSync(join(dir, "gitops/workflow-gitops/kustomize/said"), "utf8")).toBe("greeting abc\n");
  });

  it("tell the commit that git ends at, with the caller's keys and name", () => {
    write("ssh/id_rsa", "key");
    mkdirSync(join(dir, "home"));
    mkdirSync(join(dir, "source"));
    const env = {
      HOME: join(dir, "home"),
      USER_NAME: "Jo",
      USER_EMAIL: "jo@example.com",
      VERBOSE: "false",
      SSH_BOUND: "true",
      SSH_PATH: join(dir, "ssh"),
      BASIC_AUTH_BOUND: "false",
      BASIC_AUTH_PATH: "",
      COMMIT_FILE: join(dir, "commit"),
    };
    const script = "git init -q repo\ncd repo\ngit commit -q --allow-empty -m first";
    runTask(tasks["git-cli"], "source", { ...env, SCRIPT: script });
    const head = execFileSync("git", ["log", "--format=%H %an"], {
      cwd: join(dir, "source/repo"),
    }).toString();
    expect(`${readFileSync(join(dir, "commit"), "utf8")} Jo\n`).toBe(head);
    expect(existsSync(join(dir, "home/.ssh/id_rsa"))).toBe(true);
    expect(() => runTask(tasks["git-cli"], "source", { ...env, SCRIPT: "false" })).toThrow();
  });
});
