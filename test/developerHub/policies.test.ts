import { describe, expect, it } from "vitest";
import { hubPolicies } from "../../components/developerHub/policies";
import { directProfiles } from "../../config/profiles";
import { find } from "../support/program";
import { hubOf, run } from "../support/release";
import type { Values } from "../support/config";

describe("the policies of Developer Hub", () => {
  const app = { "rhdh.redhat.com/app": "backstage-hub" };
  const named = (name: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  });
  const workflows = {
    namespaceSelector: {},
    podSelector: { matchExpressions: [{ key: "sonataflow.org/workflow-app", operator: "Exists" }] },
  };
  const tcp = (port: number) => [{ protocol: "TCP", port }];
  const base: Values = { rhdh: { name: "hub" }, namespaces: { sonataflow: { name: "infra" } } };
  const policiesOf = (version: string, values: Values = {}) =>
    hubPolicies(hubOf(version, { ...base, ...values }));

  it("are needed only where its operator closes it", () => {
    const counts = directProfiles.map(({ version }) => [version, policiesOf(version).length]);
    expect(counts).toEqual([
      ["1.7", 0],
      ["1.8", 0],
      ["1.9", 0],
      ["1.10", 0],
      ["2.1", 2],
    ]);
  });

  it("let it out to the platform, to workflows wherever they are, and to what else it is configured for", () => {
    const [egress] = policiesOf("2.1", { gitops: { namespace: "cd" } });
    expect(egress).toEqual({
      metadata: { name: "allow-orchestrator-egress", namespace: "rhdh" },
      spec: {
        podSelector: { matchLabels: app },
        policyTypes: ["Egress"],
        egress: [
          { to: [named("infra"), workflows], ports: tcp(8080) },
          { to: [named("knative-serving-ingress")] },
          { to: [named("cd")], ports: tcp(8080) },
          { ports: tcp(6443) },
        ],
      },
    });
    const [least] = policiesOf("2.1", { clusterAccess: { role: "none" } });
    expect(least?.spec).toMatchObject({ egress: [{}, {}] });
    expect(JSON.stringify(least)).not.toContain("6443");
  });

  it("let workflows and the platform's services in, which call it", () => {
    expect(policiesOf("2.1")[1]).toEqual({
      metadata: { name: "allow-orchestrator-ingress", namespace: "rhdh" },
      spec: {
        podSelector: { matchLabels: app },
        policyTypes: ["Ingress"],
        ingress: [{ from: [named("infra"), workflows], ports: tcp(7007) }],
      },
    });
  });

  it("are there before Developer Hub, and go after it", async () => {
    const seen = await run({ orchestrator: { version: "2.1" } });
    expect(find(seen, "Backstage developer-hub").dependsOn).toEqual(
      expect.arrayContaining([
        "NetworkPolicy developer-hub-allow-orchestrator-egress",
        "NetworkPolicy developer-hub-allow-orchestrator-ingress",
      ]),
    );
  });
});
