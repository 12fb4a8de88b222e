import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { accessTo } from "../tasks/access";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "access-"));
});

function kubeconfig(user: object, cluster: object = {}, name = "config"): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    JSON.stringify({
      "current-context": "one",
      clusters: [
        { name: "one", cluster: { server: "https://one.example:6443", ...cluster } },
        { name: "two", cluster: { server: "https://two.example:6443" } },
      ],
      contexts: [
        { name: "one", context: { cluster: "one", user: "me" } },
        { name: "two", context: { cluster: "two", user: "me" } },
      ],
      users: [{ name: "me", user }],
    }),
  );
  return file;
}
const agentOf = (options: { agent?: unknown }) => (options.agent as Agent).options;

describe("a plain kubeconfig", () => {
  it("gives address, token and authority", async () => {
    const data = { "certificate-authority-data": Buffer.from("CA").toString("base64") };
    const { server, options } = await accessTo({ KUBECONFIG: kubeconfig({ token: "t" }, data) });
    expect(server).toBe("https://one.example:6443");
    const found = await options();
    expect(found.headers).toEqual({ authorization: "Bearer t" });
    expect(agentOf(found).ca?.toString()).toBe("CA");
    expect(agentOf(found)).not.toHaveProperty("rejectUnauthorized");
  });

  it("gives certificates, whose files are beside it", async () => {
    mkdirSync(join(folder, "pki"));
    writeFileSync(join(folder, "pki", "me.crt"), "CERT");
    const user = {
      "client-certificate": "pki/me.crt",
      "client-key-data": Buffer.from("KEY").toString("base64"),
    };
    const { options } = await accessTo({
      KUBECONFIG: kubeconfig(user, { "insecure-skip-tls-verify": true }),
    });
    const { cert, key, rejectUnauthorized } = agentOf(await options());
    expect([cert, key, rejectUnauthorized]).toEqual([Buffer.from("CERT"), Buffer.from("KEY"), false]);
  });

  it("has contexts to choose from", async () => {
    const env = { KUBECONFIG: kubeconfig({ token: "t" }), KUBE_CONTEXT: "two" };
    expect((await accessTo(env)).server).toBe("https://two.example:6443");
    await expect(accessTo({ ...env, KUBE_CONTEXT: "three" })).rejects.toThrow(
      "the kubeconfig has no context three; set KUBECONFIG, orchestrator:kubeconfig or orchestrator:context",
    );
  });
});

describe("what is not plain", () => {
  it("is left to the library: plugins", async () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "sh",
      args: [
        "-c",
        `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"by-plugin"}}'`,
      ],
    };
    const { options } = await accessTo({ KUBECONFIG: kubeconfig({ exec }) });
    expect((await options()).headers).toEqual({ Authorization: "Bearer by-plugin" });
  });

  it("is left to the library: several files", async () => {
    const first = join(folder, "first");
    writeFileSync(first, JSON.stringify({ "current-context": "one", clusters: [], contexts: [], users: [] }));
    const files = [first, kubeconfig({ token: "t" }, {}, "second")].join(":");
    expect((await accessTo({ KUBECONFIG: files })).server).toBe("https://one.example:6443");
  });
});
