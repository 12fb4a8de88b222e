import { describe, expect, it } from "vitest";
import { claim, digestsOf } from "../../tasks/cluster/claim";
import type { Ref } from "../../kube/objects";
import { object } from "../support/apiServer";
import { api, olm, label, mark, namespace } from "../support/api";

describe("the claim", () => {
  const planned: Ref[] = [
    { apiVersion: "v1", kind: "Namespace", name: "rhdh" },
    { apiVersion: olm, kind: "Subscription", namespace: "ops", name: "op" },
  ];

  it("finds an empty cluster in order", async () => {
    const result = await claim(
      api.cluster,
      { installation: "me", planned, prerequisites: [], labels: [] },
      undefined,
    );
    expect(result).toEqual({ claimed: digestsOf(["Namespace rhdh", "Subscription ops/op"]) });
  });

  it("names all that is in the way, and all that is missing, at once", async () => {
    api.put(
      namespace("rhdh"),
      object(olm, "Subscription", "ops/op", {}, { labels: { [label]: "somebody else" } }),
    );
    const prerequisites = [
      { apiVersion: "v1", kind: "Secret", namespace: "db", name: "login", hint: "make it" },
    ];
    await expect(
      claim(api.cluster, { installation: "me", planned, prerequisites, labels: [] }, undefined),
    ).rejects.toThrow(
      /Namespace rhdh exists, and is not of this stack\n.*Subscription ops\/op exists, and is not of this stack\n.*Secret db\/login does not exist, though the configuration says so; make it\n.*namespaces\.<which>\.existing true/,
    );
  });

  it("does not take a label of a namespace from whoever set it, unless that was this stack", async () => {
    api.put(namespace("flows", { labels: { "managed-by": "theirs", same: "" } }));
    const labels = [
      { namespace: "flows", label: "managed-by", value: "ours" },
      { namespace: "flows", label: "same", value: "" },
      { namespace: "flows", label: "new", value: "" },
    ];
    const input = { installation: "me", planned: [], prerequisites: [], labels };
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow(
      /holds:\n {2}- label managed-by of Namespace flows is "theirs", and would have to be "ours"$/,
    );
    const previous = { claimed: digestsOf(["label managed-by of Namespace flows"]) };
    expect(await claim(api.cluster, input, previous)).toEqual({
      claimed: digestsOf(["managed-by", "same", "new"].map((label) => `label ${label} of Namespace flows`)),
    });
  });

  it("does not give up what is its own, which would be its end", async () => {
    api.put(namespace("rhdh", { labels: mark }));
    const prerequisites = [{ apiVersion: "v1", kind: "Namespace", name: "rhdh" }];
    const input = { installation: "me", planned: [], prerequisites, labels: [] };
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow(
      "Namespace rhdh was made by this stack, and would be deleted if it were taken for existing",
    );
  });

  it("names the keys that a Secret of others lacks, or has nothing usable under, without what is there", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const data = { username: base64("flows"), password: base64("planted\r\n"), port: base64("5432") };
    api.put(object("v1", "Secret", "db/login", { data }));
    const secret = { apiVersion: "v1", kind: "Secret", namespace: "db", name: "login" };
    const claimWith = (keys: Record<string, string>) =>
      claim(
        api.cluster,
        { installation: "me", planned: [], prerequisites: [{ ...secret, keys }], labels: [] },
        undefined,
      );
    await expect(
      claimWith({ "external.userKey": "user", "external.passwordKey": "password" }),
    ).rejects.toThrow(
      /holds:\n {2}- Secret db\/login has no key user; its keys are: password, port, username\. Name the right one with: pulumi config set --path external\.userKey <key>\n {2}- Secret db\/login has nothing under password, or a line end or another control character in it$/,
    );
    await expect(claimWith({ "external.userKey": "username" })).resolves.toBeDefined();
  });

  it("remembers thousands of objects in less than a variable of the environment may hold", async () => {
    const many = Array.from({ length: 12_000 }, (_, index) => ({
      apiVersion: "v1",
      kind: "Secret",
      namespace: `a-namespace-of-a-team-${index % 500}`,
      name: `a-workflow-with-a-long-name-${index}`,
    }));
    const input = { installation: "me", planned: many, prerequisites: [], labels: [] };
    const result = await claim(api.cluster, input, undefined);
    expect(JSON.stringify(result).length).toBeLessThan(128 * 1_024);
    const [first] = many;
    api.put(object("v1", "Secret", `${first?.namespace ?? ""}/${first?.name ?? ""}`));
    await expect(claim(api.cluster, input, undefined)).rejects.toThrow("exists, and is not of this stack");
    await expect(claim(api.cluster, input, result)).resolves.toEqual(result);
  });

  it("goes on with what an interrupted run of the same stack made", async () => {
    api.put(namespace("rhdh", { labels: mark }));
    await expect(
      claim(api.cluster, { installation: "me", planned, prerequisites: [], labels: [] }, undefined),
    ).resolves.toBeDefined();
  });

  it("looks only at what is new since the last claim", async () => {
    api.put(namespace("rhdh"));
    const previous = { claimed: digestsOf(["Namespace rhdh"]) };
    await expect(
      claim(api.cluster, { installation: "me", planned, prerequisites: [], labels: [] }, previous),
    ).resolves.toBeDefined();
  });
});

describe("the claim on a release", () => {
  const release = {
    package: "orchestrator-operator",
    namespace: "ops",
    version: "1.4",
    api: "v1alpha2",
    startingCSV: "orchestrator-operator.v1.4.0",
  } as const;
  const check = (changes: object = {}) =>
    claim(
      api.cluster,
      { installation: "me", planned: [], prerequisites: [], labels: [], release: { ...release, ...changes } },
      undefined,
    ).then(
      () => "fine",
      (error: unknown) => (error as Error).message,
    );
  const subscription = (installedCSV: string, name: string = release.package) =>
    object(
      olm,
      "Subscription",
      `ops/${name}`,
      { spec: { name }, status: { installedCSV } },
      { labels: mark },
    );
  const crd = (...storedVersions: string[]) =>
    object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "orchestrators.rhdh.redhat.com", {
      status: { storedVersions },
    });

  it("finds a cluster in order that has none, or has the same API", async () => {
    expect(await check()).toBe("fine");
    api.put(crd("v1alpha2"));
    expect(await check()).toBe("fine");
    api.put(subscription("orchestrator-operator.v1.4.0"));
    expect(await check()).toBe("fine");
    expect(await check({ startingCSV: "orchestrator-operator.v1.4.1" })).toBe("fine");
    expect(console.error).not.toHaveBeenCalled();
  });

  it("refuses a way that OLM would not go for the custom resources, and says the one round", async () => {
    api.put(crd("v1alpha1"), subscription("orchestrator-operator.v1.3.1"));
    const message = await check();
    expect(message).toMatch(
      /orchestrator-operator\.v1\.3\.1 cannot be moved to orchestrator-operator\.v1\.4\.0: .* stores v1alpha1, which Orchestrator 1\.4 does not know/,
    );
    expect(message).toMatch(
      /postgres\.keepData true, .*destroy; then oc delete crd .*postgres\.existingClaim data-sonataflow-psql-postgresql-0/,
    );
    // This has nothing to do with what is in the way of a first install.
    expect(message).not.toContain("namespaces.<which>.existing");
    expect(api.writes).toEqual([]);
  });

  it("refuses the CRD that an earlier install left, and says whether anybody still needs it", async () => {
    api.put(crd("v1alpha1"));
    expect(await check()).toMatch(
      /there is no Orchestrator: oc delete crd orchestrators\.rhdh\.redhat\.com$/,
    );
    api.put(object("rhdh.redhat.com/v1alpha1", "Orchestrator", "team/theirs"));
    expect(await check()).toMatch(
      /there are Orchestrator team\/theirs: remove them by the operator that made them$/,
    );
  });

  it("refuses to go back, within a release too", async () => {
    api.put(crd("v1alpha2"), subscription("orchestrator-operator.v1.4.1"));
    expect(await check()).toContain(
      "orchestrator-operator.v1.4.1 is installed, and OLM does not go back to orchestrator-operator.v1.4.0; set orchestrator.version and operator.startingCSV",
    );
    expect(await check({ startingCSV: undefined })).toBe("fine");
  });
});
