import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { textOf } from "../../status/report";
import { broken, brokenBefore17, forbidden, unreachable, type Seen } from "../support/brokenInstall";

const guide = readFileSync("docs/guides/troubleshooting.md", "utf8");

/** What the command prints, in the guide: lines with a sign, what comes next, and errors. Another one's screen says so first. */
const shown = [...guide.matchAll(/```text\n([^]*?)```/g)]
  .filter(([, block = ""]) => !block.startsWith("Smoke test of"))
  .flatMap(([, block = ""]) => block.trimEnd().split("\n"))
  .filter((line) => /^ +([✗…?]|next:) /.test(line) || /^\S.*: /.test(line))
  .filter((line) => !line.startsWith("waiting for "));

const printed = (seen: readonly Seen[]): string[] => {
  const categories = seen.map(({ category, ...line }) => ({ name: category, lines: [line] }));
  return textOf({ cluster: "", categories })
    .split("\n")
    .filter((line) => line.startsWith("  "));
};

it("the guide shows what npm run status really says, and all that is tried on a cluster", () => {
  const tried = [...Object.values(broken), ...Object.values(brokenBefore17), [forbidden]].flatMap(printed);
  const all = [...new Set([...tried, ...Object.values(unreachable)])];
  expect(shown.filter((line) => !all.includes(line))).toEqual([]);
  expect(all.filter((line) => !shown.includes(line))).toEqual([]);
});
