import { describe, expect, it } from "vitest";
import { argocdSpec } from "../../components/delivery/argocd";
import { readSchema, violations } from "../support/schema";

describe("Argo CD", () => {
  const schema = readSchema("test/schemas/argocd.yaml");

  it("has no field that the cluster would drop", () => {
    expect(violations(schema, argocdSpec)).toEqual([]);
  });

  it("keeps its hands off pipeline runs, and is nobody's admin by default", () => {
    expect(JSON.parse(argocdSpec.resourceExclusions)).toEqual([
      { apiGroups: ["tekton.dev"], clusters: ["*"], kinds: ["TaskRun", "PipelineRun"] },
    ]);
    expect(argocdSpec.rbac.defaultPolicy).toBe("");
  });
});
