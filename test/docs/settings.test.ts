import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { reference, settings, withMade } from "../../docs/settings";
import { parseValues } from "../support/config";

/** As Prettier may lay a table out. */
const squeezed = (text: string) => text.replace(/ +/g, " ").replace(/-{3,}/g, "---").replace(/\n+/g, "\n");

it("docs/settings.md has every setting, as it is: npm run docs", () => {
  expect(squeezed(readFileSync("docs/settings.md", "utf8"))).toBe(squeezed(reference()));
});

it("the guide to upgrades has every release, as it is: npm run docs", () => {
  const guide = readFileSync("docs/guides/upgrade.md", "utf8");
  expect(squeezed(guide)).toBe(squeezed(withMade(guide)));
});

it("every setting says what it does", () => {
  for (const { path, description } of settings()) expect(description, path.join(".")).toMatch(/\.$/);
});

it("the defaults that are shown are what an empty configuration means", () => {
  // What is optional as a whole cannot be half given.
  const isOptional =
    /^(externalPostgres|plugins|gitops|tekton|platform|existingPlatform|workflowNamespaces|rhdh\.rbac|rhdh\.externalPostgres)\b/;
  const shown: Tree = {};
  for (const { path, default: value } of settings())
    if (value !== undefined && !isOptional.test(path.join("."))) plant(shown, path, value);
  expect(Object.keys(shown).length).toBeGreaterThan(8);
  expect(parseValues(shown)).toEqual(parseValues());
});

interface Tree {
  [key: string]: unknown;
}

function plant(tree: Tree, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) tree[key] = value;
  else plant((tree[key] ??= {}) as Tree, rest, value);
}
