import { describe, expect, it } from "vitest";
import { drain } from "../../tasks/operators/drain";
import { object } from "../support/apiServer";
import { api } from "../support/api";

describe("the guard of an operator", () => {
  it("keeps an operator that somebody else's object of any of its kinds needs", async () => {
    const serving = { apiVersion: "operator.knative.dev/v1beta1", kind: "KnativeServing" };
    api.put(object(serving.apiVersion, serving.kind, "theirs/serving"));
    const input = {
      installation: "me",
      packages: [],
      apiVersion: "rhdh.redhat.com/v1alpha1",
      kind: "Backstage",
      otherKinds: [serving],
      deleteMinutes: 5,
    };
    await expect(drain(api.cluster, input)).rejects.toThrow("KnativeServing theirs/serving");
    expect(api.writes).toEqual([]);
  });
});
