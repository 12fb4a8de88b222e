import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diagnose } from "../diagnose";
import { ApiServer, object } from "./support/apiServer";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const olm = "operators.coreos.com/v1alpha1";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
});
afterEach(() => {
  api.stop();
});

/** Values that must be nowhere, in the forms that they are written in. */
const password = 'pl4nted "pass/word"';
const key = "-----BEGIN PRIVATE KEY-----\nMIIplantedplantedplanted\n-----END PRIVATE KEY-----\n";

const put = () => {
  api.put(
    object(olm, "Subscription", "rhdh-operator/rhdh", { spec: { name: "rhdh", channel: "fast" } }),
    object("rhdh.redhat.com/v1alpha3", "Backstage", "rhdh/hub", {}, { managedFields: [{ manager: "x" }] }),
    object("v1", "Secret", "rhdh/credentials", {
      data: { POSTGRES_PASSWORD: base64(password), POSTGRES_USER: base64("hub"), "tls.key": base64(key) },
    }),
    object("v1", "Secret", "elsewhere/theirs", { data: { password: base64("somebody else's") } }),
    object("v1", "ConfigMap", "rhdh/app", { data: { "app.yaml": `password: ${password}\nuser: hub` } }),
    object("v1", "Event", "rhdh/event", { message: `login with ${base64(password)} failed` }),
    object("apps/v1", "Deployment", "rhdh/hub", {
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: "hub",
                env: [
                  { name: "API_TOKEN", value: "written-in-plain" },
                  { name: "LOG_LEVEL", value: "debug" },
                  {
                    name: "PASSWORD",
                    valueFrom: { secretKeyRef: { name: "credentials", key: "POSTGRES_PASSWORD" } },
                  },
                ],
              },
            ],
          },
        },
      },
    }),
    object("v1", "Pod", "rhdh/hub-1", {
      spec: { initContainers: [{ name: "plugins" }], containers: [{ name: "hub" }] },
      status: { containerStatuses: [{ name: "hub", restartCount: 2 }] },
    }),
  );
  const log = "/api/v1/namespaces/rhdh/pods/hub-1/log?container=hub&tailLines=1000";
  api.logs.set(
    log,
    `postgresql://hub:${encodeURIComponent(password)}@db/hub\n${JSON.stringify({ password })}\n`,
  );
  api.logs.set(`${log}&previous=true`, `the run before\n  ${key.split("\n")[1] ?? ""}\n`);
};

describe("a bundle", () => {
  it("has a summary first, then objects, events and logs, those of the run before as well", async () => {
    put();
    const bundle = await diagnose(api.cluster, new Map([["stack/outputs.json", "{}"]]));
    expect([...bundle.keys()].sort()).toEqual([
      "logs/rhdh/hub-1_hub.log",
      "logs/rhdh/hub-1_hub_previous.log",
      "logs/rhdh/hub-1_plugins.log",
      "objects/Backstage.yaml",
      "objects/ConfigMap.yaml",
      "objects/Deployment.yaml",
      "objects/Event.yaml",
      "objects/Pod.yaml",
      "objects/Secret.yaml",
      "objects/Subscription.yaml",
      "stack/outputs.json",
      "summary.txt",
    ]);
    expect([...bundle.keys()][0]).toBe("summary.txt");
    expect(bundle.get("summary.txt")).toContain("no Subscription to serverless-operator");
    expect(bundle.get("logs/rhdh/hub-1_hub_previous.log")).toContain("the run before");
    expect(bundle.get("logs/rhdh/hub-1_plugins.log")).toContain("There is no log: ");
    expect(bundle.get("objects/Backstage.yaml")).not.toContain("managedFields");
    expect(api.writes).toEqual([]);
  });

  it("has no value of a Secret in any form, and all else as it was", async () => {
    put();
    const all = [...(await diagnose(api.cluster)).values()].join("\n");
    for (const planted of [
      password,
      "pl4nted",
      base64(password),
      "MIIplanted",
      base64(key),
      "written-in-plain",
    ])
      expect(all).not.toContain(planted);
    for (const kept of [
      "POSTGRES_PASSWORD",
      "user: hub",
      "value: debug",
      "key: POSTGRES_PASSWORD",
      "tls.key",
    ])
      expect(all).toContain(kept);
    expect(all).not.toContain("somebody else's");
  });

  it("says what could not be read, and what that means", async () => {
    put();
    api.hides.add("Secret").add("Event");
    const summary = (await diagnose(api.cluster)).get("summary.txt");
    expect(summary).toMatch(/Not read:\n[^]*\/events/);
    expect(summary).toMatch(/secrets[^]* Its values are not known/);
  });
});
