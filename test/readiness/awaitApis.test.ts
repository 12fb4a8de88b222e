import { describe, expect, it } from "vitest";
import { awaitApis } from "../../tasks/readiness/awaitApis";
import { object } from "../support/apiServer";
import { api } from "../support/api";

describe("waiting for kinds", () => {
  const apis = ["Task", "Pipeline"].map((kind) => ({
    apiVersion: "tekton.dev/v1",
    kind,
    hint: "install it",
  }));
  const config = { apiVersion: "operator.tekton.dev/v1alpha1", kind: "TektonConfig", name: "config" };
  const ready = (status: string) =>
    object(config.apiVersion, config.kind, "config", {
      status: { conditions: [{ type: "Ready", status, message: "webhook is starting" }] },
    });

  it("ends at once where they are there", async () => {
    expect(await awaitApis(api.cluster, { apis, minutes: 0 })).toEqual({
      served: ["tekton.dev/v1 Task", "tekton.dev/v1 Pipeline"],
    });
  });

  it("names what is missing, with what to do, at once where nobody brings it", async () => {
    api.lacks.add("Pipeline");
    await expect(awaitApis(api.cluster, { apis, minutes: 0 })).rejects.toThrow(
      /^the cluster does not serve tekton\.dev\/v1 Pipeline: install it$/,
    );
  });

  it("waits for kinds that come one by one, and for what they need to work", async () => {
    api.lacks.add("Task").add("Pipeline");
    let looks = 0;
    const steps = [
      () => api.lacks.delete("Task"),
      () => api.lacks.delete("Pipeline"),
      () => {
        api.put(ready("False"));
      },
      () => {
        api.put(ready("True"));
      },
    ];
    api.onRequest = () => {
      if (++looks % 6 === 0) steps.shift()?.();
    };
    await awaitApis(api.cluster, { apis, minutes: 10, readyWhen: config });
    expect(steps).toEqual([]);
  });

  it("says why it waited in vain", async () => {
    api.put(ready("False"));
    await expect(awaitApis(api.cluster, { apis, minutes: 1, readyWhen: config })).rejects.toThrow(
      "TektonConfig config is not ready: webhook is starting",
    );
  });

  it("does not ask for an object of a kind that this cluster has not", async () => {
    api.lacks.add("TektonConfig");
    await expect(awaitApis(api.cluster, { apis, minutes: 1, readyWhen: config })).resolves.toBeDefined();
  });
});
