import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import type { Inventory, Stack } from "../../sandbox/src";
import { ok, said, unchanged, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

/** One part of a kubeconfig, as JSON. */
interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
  readonly contexts: readonly { readonly name: string; readonly context: object }[];
  readonly users: readonly { readonly name: string; readonly user: object }[];
}

let stack: Stack;
let before: Inventory;
let installed: string;
const tokens: string[] = [];

const file = (name: string, content: object): string => {
  const path = join(world.sandbox.dir, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};
/** A ServiceAccount that may do everything. @returns its token */
async function admin(name: string): Promise<string> {
  await world.kubectl("create", "serviceaccount", name, "-n", "default");
  const binding = [
    "clusterrolebinding",
    name,
    "--clusterrole=cluster-admin",
    `--serviceaccount=default:${name}`,
  ];
  await world.kubectl("create", ...binding);
  const token = (await world.kubectl("create", "token", name, "-n", "default")).trim();
  tokens.push(token);
  return token;
}
const uid = () => world.kubectl("get", "namespace", "orchestrator", "-o", "jsonpath={.metadata.uid}");
const nowhere = () => ({ env: { KUBECONFIG: join(world.sandbox.dir, "nowhere") } });

beforeAll(async () => {
  before = await world.inventory();
  stack = world.stack("moves");
});

/** A proxy on this machine. @returns its address, and who has asked it for a connection, by user agent */
async function proxy(): Promise<{ readonly url: string; readonly callers: Set<string>; stop: () => void }> {
  const callers = new Set<string>();
  const server = createServer().on("connect", (request: IncomingMessage, socket: Socket) => {
    // Go names itself, Node does not.
    callers.add(request.headers["user-agent"]?.split("/")[0] ?? "node");
    const { hostname, port } = new URL(`http://${request.url ?? ""}`);
    const upstream = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    const end = () => {
      socket.destroy();
      upstream.destroy();
    };
    socket.on("error", end);
    upstream.on("error", end);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, callers, stop: () => server.close() };
}

it("is made with what a plugin gives, through a proxy, in spite of a stray KUBE_CONTEXT", async () => {
  const { url, callers, stop } = await proxy();
  const token = await admin("one");
  const own = JSON.parse(readFileSync(await world.kubeconfigOf(token), "utf8")) as Kubeconfig;
  const credential = {
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token },
  };
  const exec = {
    apiVersion: credential.apiVersion,
    command: "cat",
    args: [file("credential", credential)],
    interactiveMode: "Never",
  };
  const elsewhere = { server: "https://127.0.0.1:1" };
  const KUBECONFIG = file("machine-one", {
    ...own,
    clusters: [
      ...own.clusters.map(({ name, cluster }) => ({ name, cluster: { ...cluster, "proxy-url": url } })),
      { name: "elsewhere", cluster: elsewhere },
    ],
    contexts: [...own.contexts, { name: "elsewhere", context: { cluster: "elsewhere", user: "user" } }],
    users: [{ name: "user", user: { exec } }],
  });
  await ok(stack.up(undefined, { env: { KUBECONFIG, KUBE_CONTEXT: "elsewhere" } }), "up, by a plugin");
  stop();
  expect([...callers].sort()).toEqual(["Go-http-client", "node"]);
  installed = await uid();
  renameSync(KUBECONFIG, `${KUBECONFIG}-gone`);
});

it("is the same on another machine, whose kubeconfig is several files", async () => {
  const own = JSON.parse(await world.kubectl("config", "view", "--raw", "-o", "json")) as Kubeconfig;
  const other = {
    "current-context": "elsewhere",
    clusters: [{ name: "x", cluster: { server: "https://127.0.0.1:1" } }],
  };
  const clusters = own.clusters.map(({ name, cluster: { server } }) => ({
    name,
    cluster: { server, "insecure-skip-tls-verify": true },
  }));
  const KUBECONFIG = [
    file("machine-two", { ...own, clusters: [], users: [] }),
    join(world.sandbox.dir, "nowhere"),
    file("machine-two-more", { ...other, clusters: [...clusters, ...other.clusters], users: own.users }),
  ].join(":");
  await ok(stack.up(unchanged, { env: { KUBECONFIG } }), "up, by several files, unchanged");
  expect(world.stateFiles()).not.toMatch(/machine-one|machine-two/);
});

it("takes the contents of a kubeconfig instead, and others when these have expired", async () => {
  await stack.setSecret("kubeconfig", readFileSync(await world.kubeconfigOf(await admin("two")), "utf8"));
  await ok(stack.up(), "up, by contents");
  await ok(stack.up(unchanged, nowhere()), "up, by contents alone, unchanged");

  await stack.setSecret("kubeconfig", readFileSync(await world.kubeconfigOf(await admin("three")), "utf8"));
  await world.kubectl("delete", "serviceaccount", "two", "-n", "default");
  const rotated = await ok(
    stack.up(["--skip-preview", "--refresh=false"], nowhere()),
    "up, by other contents",
  );
  expect(said(rotated)).not.toMatch(/replaced|created|deleted/);
  expect(await uid()).toBe(installed);
});

it("is destroyed with nothing else, and has shown nothing of it", async () => {
  const state = world.stateFiles();
  expect(tokens.filter((token) => state.includes(token))).toEqual([]);
  await ok(stack.destroy(undefined, nowhere()), "destroy, by contents alone");
  for (const name of ["one", "two", "three"]) {
    await world.kubectl("delete", "serviceaccount", name, "-n", "default", "--ignore-not-found");
    await world.kubectl("delete", "clusterrolebinding", name);
  }
  expect(await world.leftovers(before)).toEqual([]);
});
