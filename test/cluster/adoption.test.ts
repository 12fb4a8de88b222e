import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Made } from "../../tasks/cluster/adoption";
import { keepCredentials, type KeepInput } from "../../tasks/access/keepCredentials";
import { claim, type ClaimInput } from "../../tasks/cluster/claim";
import { prepareRemoval } from "../../tasks/operators/removal";
import { take } from "../../tasks/cluster/take";
import { ApiServer, object } from "../support/apiServer";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
});
afterEach(() => {
  api.stop();
});

const olm = "operators.coreos.com/v1alpha1";
const label = "orchestrator-on-openshift/installation";
const psql = "sonataflow-psql-postgresql";

const made = (apiVersion: string, kind: string, path: string, spec?: object): Made => {
  const [name = "", namespace] = path.split("/").reverse();
  return { apiVersion, kind, namespace, name, ...(spec && { spec }) };
};
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a claim that adopts", () => {
  const input = (makes: readonly Made[], adopt = true): ClaimInput => ({
    installation: "me",
    makes,
    needs: [],
    labels: [],
    adopt,
  });

  it("lets what an install by hand makes pass, and remembers it", async () => {
    const makes = [
      made(olm, "Subscription", "ops/op"),
      made("v1", "Secret", "rhdh/s"),
      made("v1", "Namespace", "new"),
    ];
    api.put(object(olm, "Subscription", "ops/op"), object("v1", "Secret", "rhdh/s"));
    const result = await claim(api.cluster, input(makes), undefined);
    expect(result.adopted).toEqual(["Subscription ops/op", "Secret rhdh/s"]);
    const next = await claim(api.cluster, input(makes), result);
    expect(next.adopted).toEqual(result.adopted);
    await expect(claim(api.cluster, input(makes, false), next)).rejects.toThrow(
      /Subscription ops\/op, Secret rhdh\/s: taken over with adopt, .*; pulumi config set adopt true/,
    );
  });

  it("lets no namespace pass but that of the operator, without anything of others in it", async () => {
    const namespaces = (...names: string[]) => names.map((name) => made("v1", "Namespace", name));
    const subscription = (path: string) => made(olm, "Subscription", path);
    const put = (...makes: Made[]) => {
      for (const { apiVersion, kind, namespace, name } of makes)
        api.put(object(apiVersion, kind, namespace === undefined ? name : `${namespace}/${name}`));
      return makes;
    };
    const message = (makes: readonly Made[]) =>
      claim(api.cluster, input(makes), undefined).then(
        () => "adopted",
        (error: unknown) => String(error),
      );
    const refused =
      "Namespace rhdh is not taken over: a stack owns, and deletes, no namespace that it has not made";
    expect(await message(put(...namespaces("rhdh")))).toContain(refused);
    expect(await message(put(...namespaces("rhdh")))).toContain("namespaces.<which>.existing true");
    expect(await message(put(...namespaces("openshift-x"), subscription("openshift-x/op")))).toContain(
      "Namespace openshift-x is not taken over",
    );
    const own = put(...namespaces("ops"), subscription("ops/op"));
    api.put(
      object("apps/v1", "StatefulSet", "ops/of-the-operator", {}, { labels: { "olm.owner": "op.v1" } }),
    );
    expect(await message(own)).toBe("adopted");
    put(made("apps/v1", "StatefulSet", "ops/theirs"), subscription("ops/theirs"));
    expect(await message(own)).toContain(
      "Namespace ops is not taken over, since it would be deleted with what else is in it: Subscription ops/theirs, StatefulSet ops/theirs",
    );
  });

  it("does not let what another stack has made pass", async () => {
    api.put(object("v1", "Namespace", "rhdh", {}, { labels: { [label]: "you" } }));
    await expect(claim(api.cluster, input([made("v1", "Namespace", "rhdh")]), undefined)).rejects.toThrow(
      /Namespace rhdh is of another stack, which its label .* names\. If that stack is lost, remove the label/,
    );
  });

  it("names what OLM would act on in another way", async () => {
    const spec = { name: "op", channel: "stable", installPlanApproval: "Manual", startingCSV: "op.v1" };
    const makes = [made(olm, "Subscription", "ops/op", spec)];
    api.put(
      object(olm, "Subscription", "ops/op", { spec: { ...spec, channel: "alpha", startingCSV: "op.v0" } }),
    );
    await expect(claim(api.cluster, input(makes), undefined)).rejects.toThrow(
      /- Subscription ops\/op has spec\.channel "alpha", and would have to have "stable"\. Change the setting, or the Subscription\nOther/,
    );
    api.put(object(olm, "Subscription", "ops/op", { spec: { ...spec, startingCSV: undefined } }));
    await expect(claim(api.cluster, input(makes), undefined)).resolves.toBeDefined();
  });

  it.each([
    ["a chart's", {}, ""],
    ["a template's", { "database-user": base64("me") }, "database-user"],
  ])("says how to use %s database as it is", async (_, data, key) => {
    const kinds = [
      ["v1", "Secret"],
      ["v1", "Service"],
      ["apps/v1", "StatefulSet"],
    ] as const;
    const makes = kinds.map(([apiVersion, kind]) => made(apiVersion, kind, `infra/${psql}`));
    for (const [apiVersion, kind] of kinds)
      api.put(object(apiVersion, kind, `infra/${psql}`, kind === "Secret" ? { data } : {}));
    const refusal = claim(api.cluster, input(makes), undefined);
    await expect(refusal).rejects.toThrow(
      `- PostgreSQL infra/${psql} (Secret, Service, StatefulSet) cannot be taken over`,
    );
    await expect(refusal).rejects.toThrow(`pulumi config set --path externalPostgres.serviceName ${psql}`);
    await expect(refusal).rejects.toThrow(
      `pulumi config set --path externalPostgres.existingSecret.name ${psql}`,
    );
    await expect(refusal).rejects.toThrow(key === "" ? psql : "existingSecret.userKey database-user");
  });

  it("says what to do about the rest", async () => {
    const makes = [
      made("argoproj.io/v1beta1", "ArgoCD", "gitops/argocd"),
      made("tekton.dev/v1", "Task", "gitops/build"),
    ];
    for (const { apiVersion, kind, namespace = "", name } of makes)
      api.put(object(apiVersion, kind, `${namespace}/${name}`));
    await expect(claim(api.cluster, input(makes), undefined)).rejects.toThrow(
      /ArgoCD gitops\/argocd cannot be taken over\. Use it: pulumi config set --path gitops\.install false\n.*Task gitops\/build cannot be taken over\. Remove it/,
    );
  });
});

describe("taking namespaces", () => {
  const of = (installation: string, ...namespaces: string[]) => ({ installation, namespaces });
  const theirs = object("v1", "Namespace", "b", {}, { labels: { [label]: "you" } });

  it("makes those that are missing, with the stack's mark", async () => {
    expect(await take(api.cluster, of("me", "b", "a"), undefined)).toEqual({ taken: ["b", "a"] });
    expect(api.objects.get("Namespace /a")).toMatchObject({ metadata: { labels: { [label]: "me" } } });
    // Again, as after an interrupted run.
    await take(api.cluster, of("me", "b", "a", "c"), undefined);
    expect(api.writes).toEqual(["POST Namespace a", "POST Namespace b", "POST Namespace c"]);
  });

  it("is for one of two stacks, and the other leaves nothing behind", async () => {
    api.put(theirs);
    const refused = take(api.cluster, of("me", "b", "a", "c"), undefined);
    await expect(refused).rejects.toThrow(/has made Namespace b at this very moment/);
    expect(api.writes).toEqual(expect.arrayContaining(["POST Namespace a", "DELETE Namespace a"]));
    expect(api.has("Namespace", "a")).toBe(false);
    expect(api.has("Namespace", "c")).toBe(false);
    expect(api.objects.get("Namespace /b")).toBe(theirs);
  });

  it("leaves alone what has lost its mark since, and what was taken over", async () => {
    api.put(object("v1", "Namespace", "a"), object("v1", "Namespace", "b"));
    const previous = { taken: ["a"] };
    await take(api.cluster, { ...of("me", "a", "b"), adopted: ["Namespace b"] }, previous);
    expect(api.writes).toEqual([]);
  });
});

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

describe("a removal that adopts", () => {
  const packages = [
    { package: "op", namespace: "ops" },
    { package: "rhdh", namespace: "rhdh" },
    { package: "serverless", namespace: "serverless" },
  ];
  const resource = { namespace: "orchestrator", name: "orchestrator" };
  const subscription = (name: string, namespace: string, metadata: object = {}) =>
    object(olm, "Subscription", `${namespace}/${name}`, { spec: { name } }, metadata);

  it("counts as its own what it takes over, and what that has subscribed to", async () => {
    const annotations = {
      "meta.helm.sh/release-name": "orchestrator",
      "meta.helm.sh/release-namespace": "orchestrator",
    };
    api.put(
      subscription("op", "ops"),
      subscription("rhdh", "rhdh", { annotations }),
      subscription("serverless", "serverless"),
    );
    const { ours, theirs } = await prepareRemoval(
      api.cluster,
      { installation: "me", packages, brings: [], adopt: { resource } },
      undefined,
    );
    expect(ours.map(({ package: name }) => name)).toEqual(["op", "rhdh"]);
    expect(theirs.map(({ package: name }) => name)).toEqual(["serverless"]);
    expect(
      (await prepareRemoval(api.cluster, { installation: "me", packages, brings: [] }, undefined)).ours,
    ).toEqual([]);
  });
});
