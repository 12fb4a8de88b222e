import { describe, expect, it } from "vitest";
import { findArgoCD } from "../../tasks/delivery/findArgoCD";
import { object } from "../support/apiServer";
import { api } from "../support/api";

describe("finding Argo CD", () => {
  const argocd = (name: string) => object("argoproj.io/v1beta1", "ArgoCD", `cd/${name}`);
  const route = (name: string, of: string, spec: object, status: object = {}) =>
    object(
      "route.openshift.io/v1",
      "Route",
      `cd/${name}`,
      { spec, status },
      { labels: { "app.kubernetes.io/managed-by": of } },
    );
  const password = Buffer.from("planted-password").toString("base64");
  const secret = (of: string, data: object = { "admin.password": password }) =>
    object("v1", "Secret", `cd/${of}-cluster`, { data });
  const input = { namespace: "cd", minutes: 0 };
  const failure = (changes: object = {}) =>
    findArgoCD(api.cluster, { ...input, ...changes }).then(
      (result) => `no error: ${JSON.stringify(result)}`,
      (error: unknown) => (error as Error).message,
    );

  it("takes the first by name, and its server's address as the router has it", async () => {
    const served = { ingress: [{ host: "b.apps.example.com" }] };
    api.put(
      argocd("c"),
      argocd("b"),
      object("argoproj.io/v1beta1", "ArgoCD", "elsewhere/a"),
      route("b-prometheus", "b", { host: "metrics.example.com" }),
      route("b-server", "b", { host: "wanted.example.com" }, served),
      secret("b"),
    );
    expect(await findArgoCD(api.cluster, input)).toEqual({
      instance: "b",
      url: "https://b.apps.example.com",
      secret: "b-cluster",
    });
  });

  it("takes the one that is named, and the address of its Route before the router has answered", async () => {
    api.put(argocd("a"), argocd("b"), route("other", "b", { host: "b.example.com" }), secret("b"));
    expect(await findArgoCD(api.cluster, { ...input, instance: "b" })).toMatchObject({
      url: "https://b.example.com",
    });
  });

  it("never tells the password, which its result would keep in plain text", async () => {
    api.put(argocd("a"), route("a-server", "a", { host: "a.example.com" }), secret("a"));
    const told = JSON.stringify(await findArgoCD(api.cluster, input)) + (await failure({ instance: "x" }));
    expect(told).not.toContain("planted-password");
    expect(told).not.toContain(password);
  });

  it("says what to set where there is none, and does not wait for it", async () => {
    const expected =
      /^there is no ArgoCD in namespace cd\. .*--path gitops\.namespace <name>, .*--path gitops\.install true$/;
    expect(await failure()).toMatch(expected);
    api.lacks.add("ArgoCD");
    let looks = 0;
    api.onRequest = () => {
      looks++;
    };
    expect(await failure()).toMatch(expected);
    expect(looks).toBeLessThan(4);
  });

  it("says which there are where the named one is not", async () => {
    api.put(argocd("a"), argocd("b"));
    expect(await failure({ instance: "x" })).toBe(
      "ArgoCD cd/x does not exist; there are: a, b. Set gitops.instance",
    );
  });

  it("says what an Argo CD lacks: a Route, a host, a password", async () => {
    api.put(argocd("a"), route("z-server", "z", { host: "z.example.com" }));
    expect(await failure()).toContain("ArgoCD cd/a has no Route with a host");
    api.put(route("a-server", "a", { host: "" }));
    expect(await failure()).toContain("ArgoCD cd/a has no Route with a host");
    api.put(route("a-server", "a", { host: "a.example.com" }));
    expect(await failure()).toContain("Secret cd/a-cluster has no key admin.password");
    api.put(secret("a", {}));
    expect(await failure()).toContain("Secret cd/a-cluster has no key admin.password");
  });

  it("waits for one that is being installed, and says what it lacked when the time is up", async () => {
    api.put(argocd("a"), secret("a"));
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 12) api.put(route("a-server", "a", { host: "a.example.com" }));
    };
    expect(await findArgoCD(api.cluster, { ...input, minutes: 10 })).toMatchObject({ instance: "a" });
    expect(await failure({ instance: "b", minutes: 1 })).toMatch(
      /^the start of Argo CD in cd did not happen within 1 minutes: ArgoCD cd\/b does not exist/,
    );
  });
});
