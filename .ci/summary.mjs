// Usage: node .ci/summary.mjs DIR. Counts the tests of the reports in DIR: vitest's (*.json) and Go's (*.log).
// Each failure is named once more, in short: the end of a log is what is looked at first.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [, , folder] = process.argv;
const linesOfEach = 16;
const widest = 240;

/** Of what a run of Pulumi said, its diagnostics; of everything else, the beginning. */
function gist(message) {
  const lines = message
    .replace(/\x1b\[[0-9;]*m/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at /.test(line));
  const diagnostics = lines.findIndex((line) => line.startsWith("Diagnostics:"));
  const told = diagnostics < 0 ? lines : [...lines.slice(0, 1), ...lines.slice(diagnostics + 1)];
  const errors = told.filter((line, index) => index === 0 || /error|refuse|fail/i.test(line));
  return [...new Set([...errors.slice(0, linesOfEach / 2), ...told])]
    .slice(0, linesOfEach)
    .map((line) => line.slice(0, widest))
    .join("\n");
}

function* outcomes(file) {
  const text = readFileSync(join(folder, file), "utf8");
  if (file.endsWith(".json")) {
    for (const { assertionResults, message, name } of JSON.parse(text).testResults) {
      // A file that does not load, or whose set-up failed, has no failed test of its own.
      if (message && !assertionResults.some(({ status }) => status === "failed"))
        yield { name, passed: false, message };
      for (const { status, fullName, failureMessages } of assertionResults)
        if (status === "passed" || status === "failed")
          yield { name: fullName, passed: status === "passed", message: (failureMessages ?? []).join("\n") };
    }
  } else {
    for (const line of text.split("\n").filter((line) => line.startsWith("{"))) {
      const { Action, Test } = JSON.parse(line);
      if (Test && (Action === "pass" || Action === "fail"))
        yield { name: Test, passed: Action === "pass", message: "" };
    }
  }
}

const all = readdirSync(folder).flatMap((file) => [...outcomes(file)]);
const failures = all.filter(({ passed }) => !passed);
for (const { name, message } of failures) console.log(`\nFAILED ${name}\n${gist(message)}`);
console.log(`${all.length - failures.length} passed, ${failures.length} failed`);
