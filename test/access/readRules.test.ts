import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readRules } from "../../components/access/readRules";

describe("the token's role", () => {
  interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }
  const rules = readRules as readonly Rule[];

  it("writes nothing", () => {
    expect([...new Set(rules.flatMap(({ verbs }) => verbs))].sort()).toEqual(["get", "list", "watch"]);
  });

  it("reads no Secrets, and nothing by a wildcard", () => {
    for (const { apiGroups, resources } of rules) {
      expect(apiGroups).not.toContain("*");
      for (const resource of resources) expect(resource).not.toMatch(/\*|secret|token|exec|attach|proxy/);
    }
  });

  it("is explained in the guide to permissions, resource by resource", () => {
    const guide = readFileSync("docs/guides/permissions.md", "utf8");
    const explained = (resource: string) => guide.includes(`\`${resource}\``);
    const all = rules.flatMap(({ resources }) => resources);
    expect(all.filter((resource) => !explained(resource))).toEqual([]);
  });
});
