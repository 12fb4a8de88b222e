import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { expect, it } from "vitest";
import { parseConfig } from "../config";
import { secret } from "../config/schema";
import { sample, settings, withTables } from "../docs/settings";

/** As Prettier may lay a table out. */
const squeezed = (text: string) => text.replace(/ +/g, " ").replace(/-{3,}/g, "---").replace(/\n+/g, "\n");

it("README.md has every setting and every release, as it is: npm run docs", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(squeezed(readme)).toBe(squeezed(withTables(readme)));
});

it("Pulumi.dev.yaml shows every setting, as it is: npm run docs", () => {
  expect(readFileSync("Pulumi.dev.yaml", "utf8")).toBe(sample());
});

it("every setting says what it does", () => {
  for (const { path, description } of settings()) expect(description, path.join(".")).toMatch(/\.$/);
});

it("the sample's defaults are what an empty configuration means", () => {
  const uncommented = sample().replace(/^ {2}# (?! *[A-Z]|pulumi config)(.*)$/gm, "  $1");
  const shown = (parse(uncommented) as { config: Record<string, unknown> }).config;
  const given = Object.entries(shown).flatMap(([key, value]) => {
    // What has no default is shown without a value, and what is optional as a whole cannot be half given.
    const values = withoutEmpty(value);
    const isOptional = /externalPostgres|plugins|gitops|tekton|[pP]latform|workflowNamespaces/.test(key);
    return values === undefined || isOptional ? [] : [[key.replace("orchestrator:", ""), values]];
  });
  const read = (values: Record<string, unknown>) =>
    parseConfig({
      project: "orchestrator",
      folder: ".",
      values: Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
          key,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      ),
      isSecret: (key) => key in secret,
    });
  expect(given.length).toBeGreaterThan(8);
  expect(read(Object.fromEntries(given) as Record<string, unknown>)).toEqual(read({}));
});

function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== "object") return value;
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, withoutEmpty(inner)] as const)
    .filter(([, inner]) => inner !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
