import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { freePorts } from "../src/ports";
import { Processes } from "../src/processes";
import { waitFor } from "../src/wait";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "sandbox-test-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

const lives = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const gone = (pid: number) =>
  waitFor(`${pid} to be gone`, () => Promise.resolve(!lives(pid)), { timeout: 10 });
const pidIn = (name: string) =>
  waitFor(name, () => Promise.resolve(Number(fs.readFileSync(path.join(folder, name), "utf8")) || undefined));

it("ends a service and what it started", async () => {
  const processes = new Processes(folder);
  processes.service("shell", "sh", ["-c", `sleep 100 & echo $! > ${folder}/inner; wait`]);
  const inner = await pidIn("inner");
  await processes.stop();
  expect(lives(inner)).toBe(false);
});

it("starts a service again that has run for a while, and gives one up that has not", async () => {
  const processes = new Processes(folder);
  const command = ["-c", `echo run >> ${folder}/runs; exec sleep 100`];
  const lasting = processes.service("lasting", "sh", command, {}, { afterSeconds: 0 });
  const runs = (count: number) =>
    waitFor(`run ${count}`, () => {
      const file = path.join(folder, "runs");
      return Promise.resolve(fs.existsSync(file) && fs.readFileSync(file, "utf8") === "run\n".repeat(count));
    });
  await runs(1);
  process.kill(lasting.child.pid ?? 0, "SIGKILL");
  await runs(2);
  expect(lasting.failure()).toBeUndefined();

  const brief = processes.service("brief", "sh", ["-c", "exit 3"], {}, { afterSeconds: 60 });
  await waitFor("its end", () => Promise.resolve(brief.failure() !== undefined));
  expect(brief.failure()).toContain("brief ended (exit code 3)");
  await processes.stop();
  await gone(lasting.child.pid ?? 0);
});

it("ends what ignores SIGTERM", async () => {
  const processes = new Processes(folder);
  processes.service("deaf", "sh", [
    "-c",
    `trap '' TERM; echo $$ > ${folder}/deaf; while :; do sleep 1; done`,
  ]);
  const deaf = await pidIn("deaf");
  await processes.stop();
  expect(lives(deaf)).toBe(false);
});

it.runIf(process.platform === "linux")("ends what has left its process group", async () => {
  const processes = new Processes(folder);
  processes.service("leaver", "setsid", ["sh", "-c", `echo $$ > ${folder}/left; sleep 100`]);
  const left = await pidIn("left");
  await processes.stop();
  await gone(left); // dead at once; init takes a moment to bury it
});

it("kills everything and removes the folder when its own process is killed", async () => {
  const own = path.join(folder, "own");
  fs.mkdirSync(own);
  const program = `
    const { Processes } = require(${JSON.stringify(path.resolve(__dirname, "../src/processes.ts"))});
    const processes = new Processes(${JSON.stringify(own)});
    processes.removeFolderAtEnd(true);
    processes.service("shell", "sh", ["-c", "sleep 100 & echo $! > ${folder}/inner; wait"]);
    setInterval(() => undefined, 1000);
  `;
  fs.writeFileSync(path.join(folder, "parent.cjs"), program);
  const parent = spawn(process.execPath, ["--import", "tsx", path.join(folder, "parent.cjs")], {
    cwd: path.resolve(__dirname, ".."),
    stdio: "inherit",
  });
  const inner = await pidIn("inner");
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await gone(inner);
  await waitFor("the folder to be gone", () => Promise.resolve(!fs.existsSync(own)), { timeout: 10 });
});

it("tells of a service that ended, with the end of its log", async () => {
  const processes = new Processes(folder);
  processes.service("broken", "sh", ["-c", "echo no such flag >&2; exit 3"]);
  const check = () => {
    processes.check();
  };
  await expect(waitFor("ever", () => Promise.resolve(false as const), { check })).rejects.toThrow(
    /broken ended \(exit code 3\).*\nno such flag/,
  );
  await processes.stop();
});

it("kills one service and lets the others go on", async () => {
  const processes = new Processes(folder);
  const one = processes.service("one", "sleep", ["100"]);
  const other = processes.service("other", "sleep", ["100"]);
  await processes.kill("one");
  processes.check();
  expect(lives(one.child.pid ?? 0)).toBe(false);
  expect(lives(other.child.pid ?? 0)).toBe(true);
  await processes.stop();
});

it("gives ports that differ", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
});
