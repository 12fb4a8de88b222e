import { describe, expect, it } from "vitest";
import { keepCredentials, type KeepInput } from "../../tasks/access/keepCredentials";
import { object } from "../support/apiServer";
import { api } from "../support/api";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("credentials that are kept", () => {
  const input: KeepInput = {
    secret: { namespace: "rhdh", name: "auth" },
    keys: {
      backendSecret: "BACKEND_SECRET",
      clusterUrl: "K8S_CLUSTER_URL",
      clusterToken: "K8S_CLUSTER_TOKEN",
    },
    token: { namespace: "orchestrator", name: "orchestrator" },
  };
  const auth = (values: Record<string, string>, path = "rhdh/auth") =>
    object("v1", "Secret", path, {
      data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)])),
    });

  it("are those that the Secret has, and once noted, whatever becomes of it", async () => {
    api.put(
      auth({
        BACKEND_SECRET: "old",
        K8S_CLUSTER_URL: "https://proxy",
        K8S_CLUSTER_TOKEN: "t",
        GITHUB_TOKEN: "g",
      }),
    );
    const first = await keepCredentials(api.cluster, input, undefined);
    expect(first.values).toEqual({ backendSecret: "old", clusterUrl: "https://proxy", clusterToken: "t" });
    api.put(auth({ BACKEND_SECRET: "changed" }));
    expect(await keepCredentials(api.cluster, input, first)).toEqual(first);
  });

  it("are none where there is no Secret, or nothing in it", async () => {
    expect((await keepCredentials(api.cluster, input, undefined)).values).toEqual({});
    api.put(auth({ K8S_CLUSTER_URL: "" }));
    expect((await keepCredentials(api.cluster, input, undefined)).values).toEqual({});
  });

  it("leave out what the configuration says, and a token that is the stack's own", async () => {
    api.put(auth({ BACKEND_SECRET: "old", K8S_CLUSTER_URL: "https://proxy", K8S_CLUSTER_TOKEN: "t" }));
    api.put(auth({ token: "t" }, "orchestrator/orchestrator"));
    const { backendSecret, clusterToken } = input.keys;
    const keys = { backendSecret, clusterToken };
    expect((await keepCredentials(api.cluster, { ...input, keys }, undefined)).values).toEqual({
      backendSecret: "old",
    });
  });

  it("let the backend secret go with a rotation, for good", async () => {
    const previous = { values: { backendSecret: "old", clusterUrl: "https://proxy" } };
    const rotated = await keepCredentials(api.cluster, { ...input, rotation: "1" }, previous);
    expect(rotated).toEqual({ rotation: "1", values: { clusterUrl: "https://proxy" } });
    expect(await keepCredentials(api.cluster, { ...input, rotation: "1" }, rotated)).toEqual(rotated);
  });
});
