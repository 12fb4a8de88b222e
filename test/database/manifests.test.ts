import { describe, expect, it } from "vitest";
import { platformOf } from "../support/config";
import * as postgres from "../../components/database/manifests";
import { parseValues } from "../support/config";

describe("the reference database", () => {
  const settings = platformOf(parseValues()).database;
  if (settings.kind !== "reference") throw new Error("the database is an external one");
  const spec: postgres.PostgresSpec = { ...settings, name: "pg", namespace: "db" };
  const server = postgres.server(spec) as unknown as {
    spec: {
      template: {
        spec: {
          securityContext: object;
          containers: [{ securityContext: object; env: { name: string }[]; resources: object }];
        };
      };
    };
  };
  const pod = server.spec.template.spec;

  it("runs under the SCC restricted-v2, with whatever user OpenShift gives it", () => {
    expect(pod.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
    expect(JSON.stringify(server)).not.toMatch(/runAsUser|fsGroup|runAsGroup/);
  });

  it("has its data on the claim that outlives its pod", () => {
    const claim = postgres.volumeClaim(spec, {}).metadata as { name: string };
    expect(JSON.stringify(pod)).toContain(`"claimName":"${claim.name}"`);
  });

  it("is reached by its Service", () => {
    const service = postgres.service(spec).spec as { selector: object };
    expect(
      (postgres.server(spec) as unknown as { spec: { selector: { matchLabels: object } } }).spec.selector
        .matchLabels,
    ).toEqual(service.selector);
  });

  it("has requests and limits", () => {
    expect(pod.containers[0].resources).toEqual({
      requests: { cpu: "100m", memory: "256Mi" },
      limits: { memory: "512Mi" },
    });
  });

  it("takes size and class of its volume from the configuration", () => {
    const claim = postgres.volumeClaim({ ...spec, storage: "5Gi", storageClass: "fast" }, {});
    expect(claim.spec).toMatchObject({
      storageClassName: "fast",
      resources: { requests: { storage: "5Gi" } },
    });
    expect(postgres.volumeClaim(spec, {}).spec).not.toHaveProperty("storageClassName");
  });
});
