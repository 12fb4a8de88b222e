import { describe, expect, it } from "vitest";
import { findOperator } from "../../tasks/operators/findOperator";
import { object } from "../support/apiServer";
import { api, olm } from "../support/api";

const subscription = (path: string, name: string, more: object = {}, labels = {}) =>
  object(olm, "Subscription", path, { spec: { name }, ...more }, { labels });

const csv = (path: string, phase: string) =>
  object(olm, "ClusterServiceVersion", path, { status: { phase } });

describe("looking for an operator", () => {
  const input = { packages: ["op", "op-old"], installHint: "x.install true", minutes: 5 };

  it("waits until it runs, and tells where it is", async () => {
    const status = { installedCSV: "op.v1" };
    api.put(subscription("theirs/sub", "op-old", { status }), csv("theirs/op.v1", "Installing"));
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 6) api.put(csv("theirs/op.v1", "Succeeded"));
    };
    expect(await findOperator(api.cluster, input)).toEqual({
      package: "op-old",
      namespace: "theirs",
      csv: "op.v1",
    });
  });

  it("says what to do where there is none, and names them where there are several", async () => {
    await expect(findOperator(api.cluster, input)).rejects.toThrow(
      "there is no Subscription to op or op-old, though the configuration says so; have it installed with: pulumi config set --path x.install true",
    );
    api.put(subscription("a/one", "op"), subscription("b/two", "op-old"));
    await expect(findOperator(api.cluster, input)).rejects.toThrow(
      "of which OLM runs one: Subscription a/one, Subscription b/two",
    );
  });
});
