import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { placeLanguageHost } from "../src/languageHost";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "language-host-"));
  const options = '{ name: nodejs, options: { typescript: false, nodeargs: "--import tsx", newer: 1 } }';
  writeFileSync(join(folder, "Pulumi.yaml"), `name: x\nruntime: ${options}\n`);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What a host that prints `usage` is started with. */
function started(usage: string): string {
  const host = join(folder, "host");
  writeFileSync(
    host,
    `#!/bin/sh\nif [ "$1" = -h ]; then echo "${usage}" >&2; exit 2; fi\nprintf '<%s>' "$@"\n`,
  );
  chmodSync(host, 0o755);
  const placed = join(folder, "placed");
  placeLanguageHost(host, placed, folder);
  return execFileSync(placed, ["127.0.0.1:1"], { encoding: "utf8" });
}

it("hands the project's options on to a host that takes them as flags", () => {
  expect(started("  -nodeargs string\n  -typescript")).toBe(
    "<-typescript=false><-nodeargs=--import tsx><127.0.0.1:1>",
  );
});

it("leaves a host alone that has no such flags", () => {
  expect(started("  -tracing string")).toBe("<127.0.0.1:1>");
});
