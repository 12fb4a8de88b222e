import { describe, expect, it } from "vitest";
import { object } from "../support/apiServer";
import { api, namespace } from "../support/api";

describe("a request", () => {
  it("is made again while the API server restarts, or makes the storage of a new kind", async () => {
    api.put(namespace("there"));
    api.failures.push(429, 503);
    const ref = { apiVersion: "v1", kind: "Namespace", name: "there" };
    expect(await api.cluster.get(ref)).toMatchObject({ metadata: { name: "there" } });
    api.failures.push(403);
    await expect(api.cluster.get(ref)).rejects.toThrow("403");
  });
});

it("knows which answer took longest", async () => {
  expect(api.cluster.slowest).toBeUndefined();
  await api.cluster.serves({ apiVersion: "v1", kind: "Pod" });
  expect(api.cluster.slowest).toMatchObject({ request: "GET /api/v1" });
  const { seconds = 0 } = api.cluster.slowest ?? {};
  // It is busy just when it is asked.
  api.onRequest = () => {
    const end = performance.now() + 50 + seconds * 1_000;
    while (performance.now() < end);
  };
  await api.cluster.get({ apiVersion: "v1", kind: "Namespace", name: "x" });
  expect(api.cluster.slowest).toMatchObject({ request: "GET /api/v1/namespaces/x" });
  expect(api.cluster.slowest?.seconds).toBeGreaterThan(0.045);
});

describe("many objects", () => {
  it("are asked for as one list where they are of one kind and namespace, and come in order", async () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    api.put(...names.map((name) => object("v1", "Secret", `team/${name}`)));
    const requests: string[] = [];
    api.onRequest = (path) => requests.push(path);
    const wanted = ["f", "gone", "e", "d", "c", "b"];
    const refs = wanted.map((name) => ({ apiVersion: "v1", kind: "Secret", namespace: "team", name }));
    const found = await api.cluster.getAll(refs);
    expect(found.map((object) => object?.metadata.name)).toEqual(["f", undefined, "e", "d", "c", "b"]);
    expect(requests.length).toBeLessThan(4);
  });

  it("are asked for by name where they are in no namespace: not all may be listed by everybody", async () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    api.put(...names.map((name) => namespace(name)));
    const requests: string[] = [];
    api.onRequest = (path) => requests.push(path);
    await api.cluster.getAll(names.map((name) => ({ apiVersion: "v1", kind: "Namespace", name })));
    expect(requests.filter((path) => /namespaces(\?|$)/.test(path))).toEqual([]);
  });

  it("come page by page, and from the start again where the API server has forgotten the next page", async () => {
    const names = Array.from({ length: 1_203 }, (_, index) => `n${String(index).padStart(4, "0")}`);
    api.put(...names.map((name) => namespace(name)));
    const pages: string[] = [];
    api.onRequest = (path) => {
      if (!path.includes("/namespaces?")) return;
      pages.push(path);
      if (pages.length === 2) api.failures.push(410);
    };
    const found = await api.cluster.list({ apiVersion: "v1", kind: "Namespace" }, { part: "metadata" });
    expect(found.map(({ metadata: { name } }) => name)).toEqual(names);
    expect(found[0]).toMatchObject({ apiVersion: "v1", kind: "Namespace" });
    expect(pages.length).toBe(5);
  });
});
