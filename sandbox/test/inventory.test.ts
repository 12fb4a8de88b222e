import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describe as lines, diff, inventory, withoutKeptKinds } from "../src/inventory";

/** A server with core Namespaces and ConfigMaps, Events, and two versions of one group. */
let server: http.Server;
let kubeconfig: string;
let configMaps: object[];
beforeEach(async () => {
  configMaps = [configMap("a", { uid: "1" })];
  const kind = (name: string, kind: string, verbs = ["list"]) => ({ name, kind, namespaced: true, verbs });
  const answers: Record<string, () => object> = {
    "/api/v1": () => ({
      resources: [
        kind("configmaps", "ConfigMap"),
        kind("events", "Event"),
        kind("bindings", "Binding", ["create"]),
        kind("configmaps/status", "ConfigMap"),
      ],
    }),
    "/apis": () => ({ groups: [{ versions: [{ groupVersion: "x.io/v2" }, { groupVersion: "x.io/v1" }] }] }),
    "/apis/x.io/v2": () => ({ resources: [kind("things", "Thing")] }),
    "/apis/x.io/v1": () => ({ resources: [kind("things", "Thing"), kind("olds", "Old")] }),
    "/api/v1/configmaps": () => ({ metadata: { continue: "more" }, items: configMaps }),
    "/api/v1/configmaps more": () => ({ metadata: {}, items: [configMap("page-2", { uid: "9" })] }),
    "/apis/x.io/v2/things": () => ({ metadata: {}, items: [{ metadata: { name: "cluster", uid: "2" } }] }),
    "/apis/x.io/v1/olds": () => ({ metadata: {}, items: [] }),
  };
  server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://server");
    const answer = answers[[url.pathname, url.searchParams.get("continue")].filter(Boolean).join(" ")];
    response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer?.() ?? { message: "not found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  kubeconfig = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "sandbox-test-")), "kubeconfig");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  fs.writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: address, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
});
afterEach(() => {
  server.close();
  fs.rmSync(path.dirname(kubeconfig), { recursive: true });
});

function configMap(name: string, { uid = "", version = "1", labels = {}, data = {}, status = {} }): object {
  return { metadata: { name, namespace: "n", uid, resourceVersion: version, labels }, data, status };
}
const changes = async (...then: object[]) => {
  const before = await inventory(kubeconfig);
  configMaps = then;
  return lines(diff(before, await inventory(kubeconfig)));
};

it("lists every object of every kind once, whatever version has it", async () => {
  expect([...(await inventory(kubeconfig)).keys()]).toEqual([
    "/ConfigMap n/a",
    "/ConfigMap n/page-2",
    "x.io/Thing cluster",
  ]);
});

it("passes over a new version or status", async () => {
  expect(await changes(configMap("a", { uid: "1", version: "7", status: { phase: "Active" } }))).toEqual([]);
});

it("shows what was added and removed", async () => {
  expect(await changes(configMap("b", { uid: "2" }))).toEqual(["+ /ConfigMap n/b", "- /ConfigMap n/a"]);
});

it("shows changed labels and changed content", async () => {
  expect(await changes(configMap("a", { uid: "1", labels: { x: "y" } }))).toEqual(["~ /ConfigMap n/a"]);
  expect(await changes(configMap("a", { uid: "1", data: { x: "y" } }))).toEqual(["~ /ConfigMap n/a"]);
});

it("shows what was deleted and made again", async () => {
  expect(await changes(configMap("a", { uid: "3" }))).toEqual(["± /ConfigMap n/a"]);
});

it("takes what follows from a CRD that stays for nothing new", () => {
  const added = [
    "apiextensions.k8s.io/CustomResourceDefinition things.x.io",
    "apiregistration.k8s.io/APIService v1.x.io",
    "rbac.authorization.k8s.io/ClusterRole things.x.io-v1-admin",
    "apiregistration.k8s.io/APIService v1.y.io",
    "rbac.authorization.k8s.io/ClusterRole others.x.io-v1-admin",
  ];
  const changed = ["rbac.authorization.k8s.io/ClusterRole olm.og.g.admin-1", "/Secret n/a"];
  const difference = { added, changed, removed: ["/Pod n/a"], recreated: [] };
  const unexpected = {
    added: added.slice(3),
    changed: ["/Secret n/a"],
    removed: ["/Pod n/a"],
    recreated: [],
  };
  const after = new Map(added.map((name) => [name, "1 f"]));
  expect(withoutKeptKinds(difference, after)).toEqual(unexpected);
  // OLM makes the roles of a kind in its own time, at times only after a later stack has come.
  expect(withoutKeptKinds({ ...difference, added: added.slice(1) }, after)).toEqual(unexpected);
  // And what a group has gathered stays, also where the kinds and their roles were there before.
  expect(withoutKeptKinds({ ...difference, added: added.slice(3) }, after)).toEqual(unexpected);
});
