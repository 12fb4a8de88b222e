// Ends a sandbox: kills what it started, and removes its folder. It does so when its standard input closes,
// which happens when the sandbox is stopped and also when its process dies in any other way, SIGKILL included.
//
//   node watchdog.mjs <mark>
//
// Standard input takes lines: `group <pid>` for a process group to end, `ended <pid>` for one that has ended,
// `remove <folder>` for a folder to delete at the end, `keep` to leave it after all. On Linux it also ends every
// process of this user that has <mark> in its environment: plugins put themselves into groups of their own.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as readline from "node:readline";

const grace = 1500;
const mark = process.argv[2];
const groups = new Set();
let folder;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [word, value = ""] = line.split(/ (.*)/);
  if (word === "group") groups.add(Number(value));
  if (word === "ended") groups.delete(Number(value));
  if (word === "remove") folder = value;
  if (word === "keep") folder = undefined;
}

signalAll("SIGTERM");
for (const end = Date.now() + grace; Date.now() < end && signalAll(0) > 0;) await pause(50);
for (const end = Date.now() + 10_000; Date.now() < end && signalAll("SIGKILL") > 0;) await pause(20);
if (folder) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });

function signalAll(signal) {
  // A group with the marked processes outside it: the group's number is negative for kill().
  const targets = [...[...groups].map((pid) => -pid), ...marked()];
  return targets.filter((target) => {
    try {
      process.kill(target, signal);
      return true;
    } catch (error) {
      return error.code === "EPERM";
    }
  }).length;
}

function marked() {
  if (!mark) return [];
  if (process.platform === "linux") {
    return fs
      .readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid && environment(pid).includes(mark));
  }
  try {
    return execFileSync("ps", ["eww", "-U", String(process.getuid()), "-o", "pid=,command="], {
      encoding: "utf8",
    })
      .split("\n")
      .filter((line) => line.includes(mark))
      .map((line) => Number.parseInt(line, 10))
      .filter((pid) => pid > 0 && pid !== process.pid);
  } catch {
    return [];
  }
}

function environment(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
