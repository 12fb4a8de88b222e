import { describe, expect, it } from "vitest";
import { pluginEnvironment } from "../src/plugins";

describe("what runs are told of plugins", () => {
  it("is nothing where all are the publisher's", () => {
    expect(pluginEnvironment([{ name: "kubernetes", origin: "official", where: "/bin/plugin" }])).toEqual({});
  });

  it("is where the stand-ins are", () => {
    const served = [
      { name: "kubernetes", origin: "official", where: "/bin/plugin" },
      { name: "random", origin: "stand-in", where: "127.0.0.1:4000" },
      { name: "command", origin: "stand-in", where: "127.0.0.1:4001" },
    ] as const;
    expect(pluginEnvironment(served)).toEqual({
      PULUMI_DEBUG_PROVIDERS: "random:4000,command:4001",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
  });

  it("is to win conflicts, where the plugin for Kubernetes does not know the provider's option", () => {
    expect(pluginEnvironment([{ name: "kubernetes", origin: "built", where: "/bin/plugin" }])).toEqual({
      PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
    });
  });
});
