import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accessTo } from "../../kube/access";
import { isKubeconfig } from "../../kube/kubeconfig";
import { environmentProxy } from "../../kube/proxy";
import { Cluster } from "../../kube/cluster";
import { isPassing } from "../../kube/requests";
import { authority, certificate, expired, key } from "../support/certificates";

let folder: string;
const servers: http.Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "access-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

type Entries = Readonly<Record<string, object>>;

/** A kubeconfig with a context for each cluster. @returns what it holds */
function kubeconfig(clusters: Entries, user: object, current?: string): string {
  const names = Object.keys(clusters);
  return JSON.stringify({
    "current-context": current ?? names[0],
    clusters: names.map((name) => ({ name, cluster: clusters[name] })),
    contexts: names.map((name) => ({ name, context: { cluster: name, user: "me" } })),
    users: [{ name: "me", user }],
  });
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function listening(server: http.Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const one = { server: "https://one.example:6443" };
const two = { server: "https://two.example:6443" };
const headersOf = async (target: object, env: NodeJS.ProcessEnv = {}) =>
  (await accessTo(target, env).options()).headers;

describe("which cluster", () => {
  it("is what a list of files says, the first that says it", async () => {
    const first = file(
      "a/config",
      kubeconfig({ one: { ...one, "certificate-authority": "ca.crt" } }, { tokenFile: "token" }),
    );
    file("a/token", "first\n");
    file("a/ca.crt", authority);
    const second = file("b/config", kubeconfig({ one: two, two }, { token: "second" }, "two"));
    const env = { KUBECONFIG: [join(folder, "missing"), first, "", second].join(":"), KUBE_CONTEXT: "two" };
    expect(accessTo({}, env).server).toBe(one.server);
    expect(await headersOf({}, env)).toEqual({ authorization: "Bearer first" });
    expect(accessTo({ context: "two" }, env).server).toBe(two.server);
    expect(() => accessTo({ context: "three" }, env)).toThrow(
      "the kubeconfig has no context three; set KUBECONFIG or orchestrator:context",
    );
  });

  it("is what the home folder says, where no file is named, and what the setting holds before both", () => {
    const HOME = folder;
    file(".kube/config", kubeconfig({ one }, {}));
    expect(accessTo({}, { HOME }).server).toBe(one.server);
    expect(accessTo({}, { HOME, KUBECONFIG: "" }).server).toBe(one.server);
    expect(accessTo({ kubeconfig: kubeconfig({ two }, {}) }, { HOME }).server).toBe(two.server);
    expect(() => accessTo({}, { HOME, KUBECONFIG: join(folder, "missing") })).toThrow(
      "has no context that is current",
    );
  });

  it("is none where the kubeconfig names what it does not have", () => {
    const env = (text: string) => ({ KUBECONFIG: file("config", text) });
    const broken = JSON.parse(kubeconfig({ one }, {})) as object;
    expect(() => accessTo({}, env(JSON.stringify({ ...broken, clusters: [] })))).toThrow("no cluster one");
    expect(() => accessTo({}, env(JSON.stringify({ ...broken, users: [] })))).toThrow("no user me");
    expect(() => accessTo({}, env("a: [secret"))).toThrow(/config is not YAML$/);
  });

  it("can be told from the path of a file", () => {
    expect(isKubeconfig(kubeconfig({ one }, {}))).toBe(true);
    for (const path of ["~/.kube/config", "/etc/kubeconfig", "a: b", ""])
      expect(isKubeconfig(path)).toBe(false);
  });
});

describe("who asks", () => {
  it("shows a token, a name, and on whose behalf", async () => {
    const target = (user: object) => ({ kubeconfig: kubeconfig({ one }, user) });
    expect(await headersOf(target({ username: "me", password: "secret" }))).toEqual({
      authorization: `Basic ${Buffer.from("me:secret").toString("base64")}`,
    });
    const user = { token: "t", as: "her", "as-groups": ["a", "b"], "as-user-extra": { scope: ["x"] } };
    expect(await headersOf(target(user))).toEqual({
      authorization: "Bearer t",
      "impersonate-user": "her",
      "impersonate-group": ["a", "b"],
      "impersonate-extra-scope": ["x"],
    });
  });

  it("asks a plugin once, and once more when what that gave is refused", async () => {
    const calls = join(folder, "calls");
    const plugin = file(
      "bin/plugin",
      `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> ${calls}\n` +
        `printf '{"status":{"token":"%s"}}' "$PREFIX$(wc -l < ${calls} | tr -d ' ')"`,
    );
    chmodSync(plugin, 0o755);
    const seen: (string | undefined)[] = [];
    const port = await listening(
      http.createServer((request, response) => {
        seen.push(request.headers.authorization);
        // The first token has expired.
        response.statusCode = request.headers.authorization === "Bearer t1" ? 401 : 200;
        response.end('{"resources":[]}');
      }),
    );
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "bin/plugin", // beside the kubeconfig
      env: [{ name: "PREFIX", value: "t" }],
      provideClusterInfo: true,
    };
    const server = `http://127.0.0.1:${port}`;
    const cluster = Cluster.connect(
      {},
      { KUBECONFIG: file("config", kubeconfig({ plain: { server } }, { exec })) },
    );
    const asked = ["a/v1", "b/v1", "c/v1"].map((apiVersion) => cluster.serves({ apiVersion, kind: "X" }));
    expect(await Promise.all(asked)).toEqual([false, false, false]);
    expect(seen.sort()).toEqual([
      ...Array<string>(3).fill("Bearer t1"),
      ...Array<string>(3).fill("Bearer t2"),
    ]);
    const told = readFileSync(calls, "utf8").trim().split("\n");
    expect(told.length).toBe(2);
    expect(JSON.parse(told[0] ?? "")).toMatchObject({
      apiVersion: exec.apiVersion,
      kind: "ExecCredential",
      spec: { interactive: false, cluster: { server } },
    });
  });

  it("says why a plugin gives nothing, without its arguments", async () => {
    const failing = (exec: object) => headersOf({ kubeconfig: kubeconfig({ one }, { exec }) });
    const args = ["-c", "echo no login >&2; exit 3", "planted-secret"];
    await expect(failing({ command: "sh", args })).rejects.toThrow(/plugin sh failed: no login$/);
    await expect(failing({ command: "no-such-plugin", installHint: "Install it." })).rejects.toThrow(
      "plugin no-such-plugin is not there. Install it.",
    );
    await expect(failing({ command: "echo" })).rejects.toThrow("plugin echo gave no credentials");
  });

  it("is refused at once where there are no other credentials", async () => {
    let requests = 0;
    const port = await listening(
      http.createServer((_, response) => {
        requests++;
        response.statusCode = 401;
        response.end("{}");
      }),
    );
    const cluster = Cluster.connect({
      kubeconfig: kubeconfig({ plain: { server: `http://127.0.0.1:${port}` } }, { token: "old" }),
    });
    await expect(cluster.serves({ apiVersion: "v1", kind: "Pod" })).rejects.toThrow(
      "(401): the API server does not accept the credentials in the kubeconfig; they may have expired. Log in again",
    );
    expect(requests).toBe(2);
  });

  it("is told when its certificate has expired", async () => {
    const data = (text: string) => Buffer.from(text).toString("base64");
    const user = { "client-certificate-data": data(expired), "client-key-data": data(key) };
    const access = accessTo({ kubeconfig: kubeconfig({ one }, user) }, {});
    await access.options();
    expect(await access.whyRefused()).toBe(
      "the client certificate in the kubeconfig has expired at 2025-01-02T00:00:00.000Z. Log in again, such as with oc login",
    );
  });
});

describe("the way there", () => {
  let port: number;
  beforeEach(async () => {
    port = await listening(
      https.createServer({ cert: certificate, key }, (_, response) => {
        response.end('{"resources":[{"name":"pods","kind":"Pod","verbs":[]}]}');
      }),
    );
  });
  const reach = async (cluster: object, env: NodeJS.ProcessEnv = {}) => {
    const server = `https://127.0.0.1:${port}`;
    const text = kubeconfig({ tls: { server, "tls-server-name": "api.test", ...cluster } }, { token: "t" });
    return await Cluster.connect({ kubeconfig: text }, env).serves({ apiVersion: "v1", kind: "Pod" });
  };
  const trusted = { "certificate-authority-data": Buffer.from(authority).toString("base64") };

  it("trusts whom the kubeconfig names, else whom the system does", async () => {
    expect(await reach(trusted)).toBe(true);
    expect(await reach({}, { SSL_CERT_FILE: file("ca.crt", authority) })).toBe(true);
    expect(await reach({}, { NODE_EXTRA_CA_CERTS: file("ca.crt", authority) })).toBe(true);
    expect(await reach({ "insecure-skip-tls-verify": true })).toBe(true);
    await expect(reach({})).rejects.toThrow(
      "no trusted authority has signed the API server's certificate. Name its authority as certificate-authority",
    );
    await expect(reach({ ...trusted, "tls-server-name": "other.test" })).rejects.toThrow("does not match");
    port = await listening(https.createServer({ cert: expired, key }));
    const itself = { "certificate-authority-data": Buffer.from(expired).toString("base64") };
    await expect(reach(itself)).rejects.toThrow(
      "the API server's certificate, or that of its authority, has expired. It has to be renewed on the cluster",
    );
    await expect(reach({ ...trusted, "insecure-skip-tls-verify": true })).rejects.toThrow(
      "remove one of the two",
    );
  });

  it("goes through the proxy that the kubeconfig names, and on this machine through no other", async () => {
    const asked: string[] = [];
    const proxy = http.createServer();
    proxy.on("connect", (request, socket) => {
      asked.push(`${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`);
      const upstream = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
    });
    const proxyPort = await listening(proxy);
    const address = `http://me:secret@127.0.0.1:${proxyPort}`;
    expect(await reach(trusted, { HTTPS_PROXY: address })).toBe(true);
    expect(asked).toEqual([]);
    expect(await reach({ ...trusted, "proxy-url": address })).toBe(true);
    expect(asked).toEqual([`127.0.0.1:${port} Basic ${Buffer.from("me:secret").toString("base64")}`]);
    const server = `https://cluster.test:${port}`;
    expect(await reach({ ...trusted, server }, { https_proxy: address.replace("http://", "") })).toBe(true);
    expect(asked[1]).toContain(`cluster.test:${port}`);
    await expect(reach({ ...trusted, "proxy-url": "proxy:3128" })).rejects.toThrow("proxy-url is no URL");
  });

  it("has a proxy or none by the rules of Go", () => {
    const proxyOf = (url: string, noProxy: string) =>
      environmentProxy(new URL(url), { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: noProxy })?.host;
    const direct: [string, string][] = [
      ["https://localhost:6443", ""],
      ["https://127.8.0.1:6443", ""],
      ["https://[::1]:6443", ""],
      ["https://api.example.com", "*"],
      ["https://api.example.com", "other, EXAMPLE.com"],
      ["https://example.com", "example.com:443"],
      ["https://api.example.com", ".example.com"],
      ["https://api.example.com", "*.example.com"],
      ["https://10.1.2.3:6443", "10.0.0.0/8"],
      ["https://10.1.2.3:6443", "10.1.2.3:6443"],
      ["https://[fd00::1]:6443", "fd00::/16"],
    ];
    for (const [url, noProxy] of direct)
      expect([url, noProxy, proxyOf(url, noProxy)]).toEqual([url, noProxy, undefined]);
    const proxied: [string, string][] = [
      ["https://api.example.com", ""],
      ["https://example.com", ".example.com"],
      ["https://badexample.com", "example.com"],
      ["https://example.com:6443", "example.com:443"],
      ["https://11.1.2.3", "10.0.0.0/8,10.0.0.0/99"],
    ];
    for (const [url, noProxy] of proxied)
      expect([url, noProxy, proxyOf(url, noProxy)]).toEqual([url, noProxy, "proxy:3128"]);
    expect(
      environmentProxy(new URL("http://api.example.com"), { HTTPS_PROXY: "http://proxy" }),
    ).toBeUndefined();
    expect(() => environmentProxy(new URL("https://a.example"), { https_proxy: ":::" })).toThrow(
      "HTTPS_PROXY",
    );
  });
});

it("waits out a network that is down for a moment", () => {
  const codes = ["ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"];
  for (const code of codes)
    expect([code, isPassing(Object.assign(new Error(), { code }))]).toEqual([code, true]);
  expect(isPassing(new Error("socket hang up"))).toBe(true);
  expect(isPassing(new Error("no trusted authority"))).toBe(false);
});
