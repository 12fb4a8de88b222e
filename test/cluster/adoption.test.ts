import { describe, expect, it } from "vitest";
import type { PlannedObject } from "../../tasks/cluster/adoption";
import { claim, type ClaimInput } from "../../tasks/cluster/claim";
import { prepareRemoval } from "../../tasks/operators/removal";
import { object } from "../support/apiServer";
import { api, olm, label } from "../support/api";

const psql = "sonataflow-psql-postgresql";

const made = (apiVersion: string, kind: string, path: string, spec?: object): PlannedObject => {
  const [name = "", namespace] = path.split("/").reverse();
  return { apiVersion, kind, namespace, name, ...(spec && { spec }) };
};

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a claim that adopts", () => {
  const input = (planned: readonly PlannedObject[], adopt = true): ClaimInput => ({
    installation: "me",
    planned,
    prerequisites: [],
    labels: [],
    adopt,
  });

  it("lets what an install by hand makes pass, and remembers it", async () => {
    const planned = [
      made(olm, "Subscription", "ops/op"),
      made("v1", "Secret", "rhdh/s"),
      made("v1", "Namespace", "new"),
    ];
    api.put(object(olm, "Subscription", "ops/op"), object("v1", "Secret", "rhdh/s"));
    const result = await claim(api.cluster, input(planned), undefined);
    expect(result.adopted).toEqual(["Subscription ops/op", "Secret rhdh/s"]);
    const next = await claim(api.cluster, input(planned), result);
    expect(next.adopted).toEqual(result.adopted);
    await expect(claim(api.cluster, input(planned, false), next)).rejects.toThrow(
      /Subscription ops\/op, Secret rhdh\/s: taken over with adopt, .*; pulumi config set adopt true/,
    );
  });

  it("lets no namespace pass but that of the operator, without anything of others in it", async () => {
    const namespaces = (...names: string[]) => names.map((name) => made("v1", "Namespace", name));
    const subscription = (path: string) => made(olm, "Subscription", path);
    const put = (...planned: PlannedObject[]) => {
      for (const { apiVersion, kind, namespace, name } of planned)
        api.put(object(apiVersion, kind, namespace === undefined ? name : `${namespace}/${name}`));
      return planned;
    };
    const message = (planned: readonly PlannedObject[]) =>
      claim(api.cluster, input(planned), undefined).then(
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
    const planned = [made(olm, "Subscription", "ops/op", spec)];
    api.put(
      object(olm, "Subscription", "ops/op", { spec: { ...spec, channel: "alpha", startingCSV: "op.v0" } }),
    );
    await expect(claim(api.cluster, input(planned), undefined)).rejects.toThrow(
      /- Subscription ops\/op has spec\.channel "alpha", and would have to have "stable"\. Change the setting, or the Subscription\nOther/,
    );
    api.put(object(olm, "Subscription", "ops/op", { spec: { ...spec, startingCSV: undefined } }));
    await expect(claim(api.cluster, input(planned), undefined)).resolves.toBeDefined();
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
    const planned = kinds.map(([apiVersion, kind]) => made(apiVersion, kind, `infra/${psql}`));
    for (const [apiVersion, kind] of kinds)
      api.put(object(apiVersion, kind, `infra/${psql}`, kind === "Secret" ? { data } : {}));
    const refusal = claim(api.cluster, input(planned), undefined);
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
    const planned = [
      made("argoproj.io/v1beta1", "ArgoCD", "gitops/argocd"),
      made("tekton.dev/v1", "Task", "gitops/build"),
    ];
    for (const { apiVersion, kind, namespace = "", name } of planned)
      api.put(object(apiVersion, kind, `${namespace}/${name}`));
    await expect(claim(api.cluster, input(planned), undefined)).rejects.toThrow(
      /ArgoCD gitops\/argocd cannot be taken over\. Use it: pulumi config set --path gitops\.install false\n.*Task gitops\/build cannot be taken over\. Remove it/,
    );
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
    const { own: ours, preexisting: theirs } = await prepareRemoval(
      api.cluster,
      { installation: "me", packages, createdNamespaces: [], adopt: { resource } },
      undefined,
    );
    expect(ours.map(({ package: name }) => name)).toEqual(["op", "rhdh"]);
    expect(theirs.map(({ package: name }) => name)).toEqual(["serverless"]);
    expect(
      (await prepareRemoval(api.cluster, { installation: "me", packages, createdNamespaces: [] }, undefined))
        .own,
    ).toEqual([]);
  });
});
