import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiServer, object } from "../support/apiServer";
import { find, run as program } from "../support/program";

/** A task as Pulumi's Command runs it: as a process, with the shell's environment and its own. */
async function run(
  env: NodeJS.ProcessEnv,
  input: object,
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ["--require", "./load.cjs", "tasks/main.ts", "await-apis"], {
    env: { PATH: process.env["PATH"], ...env },
  });
  child.stdin.end(JSON.stringify(input));
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

describe("a task", () => {
  let api: ApiServer;
  let contents: string;
  beforeEach(async () => {
    api = await ApiServer.start();
    api.put(object("v1", "Namespace", "kube-system", {}, { uid: "own" }));
    contents = readFileSync(process.env["KUBECONFIG"] ?? "", "utf8");
  });
  afterEach(() => {
    api.stop();
  });
  const input = (minutes = 0) => ({
    apis: [{ apiVersion: "v1", kind: "Namespace", hint: "Make it." }],
    minutes,
  });
  const ORCHESTRATOR_CLUSTER = "Namespace/kube-system/own";

  it("goes where the stack says, whatever the shell has of its own", async () => {
    const stray = { KUBECONFIG: "/nowhere", KUBE_CONTEXT: "other" };
    const env = {
      ...stray,
      ORCHESTRATOR_CLUSTER,
      ORCHESTRATOR_KUBECONFIG: contents,
      ORCHESTRATOR_CONTEXT: "",
    };
    const { code, out, err } = await run(env, input());
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ result: { served: ["v1 Namespace"] } });
  });

  it("has its answer already where only the way to the cluster is another", async () => {
    const env = { KUBECONFIG: process.env["KUBECONFIG"], ORCHESTRATOR_CLUSTER };
    const { out } = await run(env, input());
    const again = { KUBECONFIG: "/nowhere", PULUMI_COMMAND_STDOUT: out };
    expect(await run(again, input())).toEqual({ code: 0, out, err: "" });
    expect((await run(again, input(1))).code).toBe(1);
  });
});

describe("the way to the cluster, in the state", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const kubeconfig = "{clusters: [{name: a, cluster: {server: https://planted.example}}]}";

  it("is nothing where the shell says it", async () => {
    const seen = await program({ context: "prod" });
    expect(find(seen, "kubernetes installation").inputs).toMatchObject({ kubeconfig: "", context: "prod" });
    expect(find(seen, "Command installation-claim").inputs["environment"]).toEqual({
      ORCHESTRATOR_KUBECONFIG: "",
      ORCHESTRATOR_CONTEXT: "prod",
      ORCHESTRATOR_CLUSTER: "Namespace/kube-system/planted-uid",
    });
    expect(find(seen, "Command installation-claim").secrets).toEqual([]);
  });

  it("is a secret where the setting says it, and makes none of what the tasks find", async () => {
    const seen = await program({}, { kubeconfig });
    const provider = find(seen, "kubernetes installation");
    expect([provider.inputs["kubeconfig"], provider.secrets]).toEqual([kubeconfig, ["kubeconfig"]]);
    const tasks = seen.filter(({ type }) => type === "command:local:Command");
    expect(tasks.length).toBeGreaterThan(5);
    for (const { id, secrets } of tasks)
      expect([id, secrets]).toEqual([id, ["environment.ORCHESTRATOR_KUBECONFIG"]]);
    expect(JSON.stringify(seen.filter(({ type }) => !/Command|kubernetes$/.test(type)))).not.toContain(
      "planted.ex",
    );
  });
});
