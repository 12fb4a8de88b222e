import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TaskError, until, onWait } from "../../kube/wait";
import { duration, expectationOf, progress } from "../../tasks/run/progress";
import type { ReportedTask } from "../../tasks/run/report";
import { ApiServer, object } from "../support/apiServer";

describe("the progress of a wait", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Looks at a wait after each of these seconds. */
  const told = (seconds: readonly number[], status: string, expectation?: string) => {
    const lines: string[] = [];
    const clock = vi.spyOn(performance, "now").mockReturnValue(0);
    const wait = progress((line) => lines.push(line), expectation)({ what: "the start of x", minutes: 30 });
    for (const second of seconds) {
      clock.mockReturnValue(second * 1_000);
      wait.onLook(status);
    }
    return lines;
  };

  it("says what is waited for, for how long, how long that usually takes, and what is seen", () => {
    expect(told([1, 4, 5], "it is Pending", "usually 1 to 3 minutes")).toEqual([
      "waiting for the start of x, for 5 s by now (usually 1 to 3 minutes, at most 30 minutes): it is Pending",
    ]);
    expect(told([90], "")).toEqual([
      "waiting for the start of x, for 1 min 30 s by now (at most 30 minutes)",
    ]);
  });

  it("is told the more rarely the longer it takes", () => {
    const seconds = Array.from({ length: 1_800 }, (_, second) => second);
    expect(told(seconds, "").map((line) => /for ([^,]*) by now/.exec(line)?.[1])).toEqual([
      "5 s",
      "10 s",
      "20 s",
      "40 s",
      "1 min 20 s",
      "2 min 40 s",
      "5 min 20 s",
      "10 min 40 s",
      "21 min 20 s",
    ]);
  });

  it("names no more of hundreds of workflows than fits on a screen", () => {
    const [line = ""] = told([5], "x".repeat(10_000));
    expect(line.length).toBeLessThan(450);
  });

  it("goes by the last time where there was one", () => {
    expect([expectationOf("await-operator"), expectationOf("await-operator", 93)]).toEqual([
      "usually 1 to 3 minutes",
      "1 min 33 s the last time",
    ]);
    expect(expectationOf("claim")).toBeUndefined();
  });

  it("says a time as one says it", () => {
    expect([0.4, 59.6, 60, 93].map(duration)).toEqual(["0 s", "1 min", "1 min", "1 min 33 s"]);
  });
});

describe("a wait", () => {
  it("tells its looks and its end to whoever wants to know", async () => {
    const seen: string[] = [];
    onWait(({ what }) => ({
      onLook: (status) => void seen.push(`${what}: ${status}`),
      onEnd: (failure) => void seen.push(`${what} ends: ${failure ?? "well"}`),
    }));
    let looks = 0;
    await until({ minutes: 1, what: "a" }, (status) => {
      status("not yet");
      return Promise.resolve(++looks === 2 ? true : undefined);
    });
    const failing = () => Promise.reject(new TaskError("in vain"));
    await expect(until({ minutes: 1, what: "b" }, failing)).rejects.toThrow("in vain");
    expect(seen).toEqual(["a: not yet", "a ends: well", "b ends: in vain"]);
  });
});

describe("the report of a run", () => {
  let api: ApiServer;
  let file: string;
  beforeEach(async () => {
    api = await ApiServer.start();
    api.put(object("v1", "Namespace", "kube-system", {}, { uid: "own" }));
    file = join(mkdtempSync(join(tmpdir(), "report-")), "report.jsonl");
  });
  afterEach(() => {
    api.stop();
  });

  const password = "planted-password";
  /** A task as Pulumi's Command runs it. */
  async function run(verb: string, input: object, more: NodeJS.ProcessEnv = {}, signal?: NodeJS.Signals) {
    const child = spawn(process.execPath, ["--require", "./load.cjs", "tasks/main.ts", verb], {
      env: {
        PATH: process.env["PATH"],
        KUBECONFIG: process.env["KUBECONFIG"],
        ORCHESTRATOR_REPORT: file,
        ...more,
      },
    });
    child.stdin.end(JSON.stringify(input));
    if (signal)
      await vi
        .waitFor(
          () => {
            if (requests === 0) throw new Error("it has not begun");
          },
          { timeout: 50_000 },
        )
        .then(() => child.kill(signal));
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { out, err, code };
  }
  let requests = 0;
  const lines = () =>
    readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as ReportedTask);
  const serving = (kind: string) => ({
    apis: [{ apiVersion: "v1", kind, hint: "Have it installed." }],
    minutes: 0,
  });

  it("has a line for each task, with its waits, whether they came to anything or not", async () => {
    const { out } = await run("await-apis", serving("Namespace"));
    expect(JSON.parse(out)).toMatchObject({ seconds: 0 });
    const { err } = await run("await-apis", serving("Missing"));
    expect(lines()).toMatchObject([
      {
        task: "await-apis",
        outcome: "succeeded",
        waits: [{ what: "serving v1 Namespace", atMostMinutes: 1, outcome: "succeeded" }],
      },
      {
        task: "await-apis",
        outcome: "failed",
        why: "the cluster does not serve v1 Missing: Have it installed.",
        waits: [{ what: "serving v1 Missing", outcome: "failed" }],
      },
    ]);
    expect(err).toContain(lines()[1]?.why);
  });

  it("is for its owner only, and has no secret", async () => {
    api.put(object("v1", "Secret", "rhdh/s", { data: { P: Buffer.from(password).toString("base64") } }));
    const { out } = await run("keep-credentials", {
      secret: { namespace: "rhdh", name: "s" },
      keys: { backendSecret: "P" },
      token: { namespace: "orchestrator", name: "t" },
    });
    // The answer has it, so the task did read it.
    expect(out).toContain(password);
    expect(readFileSync(file, "utf8")).not.toContain(password);
    expect(readFileSync(file, "utf8")).not.toContain(Buffer.from(password).toString("base64"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("says what was interrupted", async () => {
    requests = 0;
    api.onRequest = () => (requests += 1);
    api.put(object("v1", "Namespace", "stuck"));
    const input = { ...serving("Missing"), minutes: 5 };
    const { code } = await run("await-apis", input, {}, "SIGTERM");
    expect(code).toBe(1);
    expect(lines()).toMatchObject([{ outcome: "interrupted", waits: [{ outcome: "interrupted" }] }]);
  });

  it("does not keep a task from its work where it cannot be written", async () => {
    const { code, err } = await run("await-apis", serving("Namespace"), {
      ORCHESTRATOR_REPORT: "/nowhere/report.jsonl",
    });
    expect(code).toBe(0);
    expect(err).toContain("ORCHESTRATOR_REPORT: ENOENT");
  });
});
