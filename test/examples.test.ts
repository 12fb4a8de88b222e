import { readFileSync } from "node:fs";
import { globSync } from "tinyglobby";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { settingsIn } from "./support/example";
import { ids, run } from "./support/program";

const files = ["Pulumi.dev.yaml", ...globSync("examples/Pulumi.*.yaml").sort()];

afterEach(() => vi.restoreAllMocks());

describe.each(files)("%s", (file) => {
  it("is a configuration without mistakes, and without warnings", async () => {
    const warn = vi.spyOn(pulumi.log, "warn");
    const texts = Object.entries(settingsIn(file)).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const seen = await run(Object.fromEntries(texts) as Record<string, string>);
    expect(ids(seen)).toContain("Workflows workflows");
    expect(warn.mock.calls).toEqual([]);
  });

  it("says first what it is for", () => {
    expect(readFileSync(file, "utf8").split("\n")[0]).toMatch(/^# .*\.$/);
  });
});

it("Pulumi.dev.yaml has a comment for each setting", () => {
  const lines = readFileSync("Pulumi.dev.yaml", "utf8").split("\n");
  for (const [index, line] of lines.entries())
    if (line.startsWith("  orchestrator:")) expect(lines[index - 1], line).toMatch(/^ {2}# .*\.$/);
});

it("the README of the examples lists them all", () => {
  const readme = readFileSync("examples/README.md", "utf8");
  for (const file of globSync("examples/Pulumi.*.yaml"))
    expect(readme).toContain(`(${file.replace("examples/", "")})`);
});
