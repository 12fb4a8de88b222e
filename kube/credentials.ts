import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { AccessError, type ClusterEntry, type ExecEntry, type Selection, type UserEntry } from "./kubeconfig";

/** What shows an API server who is asking. */
export interface Credentials {
  readonly headers: OutgoingHttpHeaders;
  /** A client's certificate and its key, in PEM. */
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  /** When to get them anew, in milliseconds since 1970. @default - once they are refused */
  readonly expires?: number | undefined;
}

/**
 * The credentials of the kubeconfig's user, got anew: files are read, plugins run.
 * @throws AccessError that names the plugin that has failed, or the file that cannot be read.
 */
export async function credentialsOf(selection: Selection): Promise<Credentials> {
  const { user } = selection;
  const given = {
    headers: { ...impersonation(user), ...authorization(user) },
    cert: contentOf(user["client-certificate-data"], user["client-certificate"]),
    key: contentOf(user["client-key-data"], user["client-key"]),
    // Kubernetes writes another token into a pod's file before the last one expires.
    expires: user.tokenFile ? inAMinute() : undefined,
  };
  const asked = user.exec
    ? await fromPlugin(user.exec, selection)
    : user["auth-provider"]
      ? await fromAuthProvider(selection)
      : undefined;
  if (!asked) return given;
  return {
    headers: { ...given.headers, ...asked.headers },
    cert: asked.cert ?? given.cert,
    key: asked.key ?? given.key,
    expires: asked.expires,
  };
}

/** What there is to say where an API server refuses credentials: by itself, it tells nothing but that. */
export function whyRefused(cert: string | Buffer | undefined): string {
  const expiry = cert === undefined ? undefined : new Date(new X509Certificate(cert).validTo);
  const cause =
    expiry && expiry.getTime() < Date.now()
      ? `the client certificate in the kubeconfig has expired at ${expiry.toISOString()}`
      : "the API server does not accept the credentials in the kubeconfig; they may have expired";
  return `${cause}. Log in again, such as with oc login`;
}

/** Base64 first, as in client-go. */
export function contentOf(data: string | undefined, path: string | undefined): Buffer | undefined {
  if (data !== undefined && data !== "") return Buffer.from(data, "base64");
  return path !== undefined && path !== "" ? fileOf(path) : undefined;
}

function fileOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new AccessError(`${path}, which the kubeconfig names, cannot be read (${String(code)})`);
  }
}

function authorization({ token, tokenFile, username, password }: UserEntry): OutgoingHttpHeaders {
  const bearer =
    tokenFile !== undefined && tokenFile !== "" ? fileOf(tokenFile).toString("utf8").trim() : token;
  if (bearer !== undefined && bearer !== "") return { authorization: `Bearer ${bearer}` };
  if (username === undefined || username === "") return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonation(user: UserEntry): OutgoingHttpHeaders {
  const extra = Object.entries(user["as-user-extra"] ?? {}).map(([name, values]): [string, string[]] => [
    `impersonate-extra-${encodeURIComponent(name)}`,
    [...values],
  ]);
  const groups = user["as-groups"] ?? [];
  return {
    ...(user.as !== undefined && { "impersonate-user": user.as }),
    ...(user["as-uid"] !== undefined && { "impersonate-uid": user["as-uid"] }),
    ...(groups.length > 0 && { "impersonate-group": [...groups] }),
    ...Object.fromEntries(extra),
  };
}

interface ExecCredential {
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
async function fromPlugin(exec: ExecEntry, { cluster }: Selection): Promise<Credentials> {
  const { command, apiVersion, installHint } = exec;
  const spec = {
    interactive: false,
    ...(exec.provideClusterInfo === true && { cluster: clusterInfo(cluster) }),
  };
  const env = {
    ...process.env,
    ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: "ExecCredential", spec }),
  };
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(command, [...(exec.args ?? [])], { env }, (error, stdout, stderr) => {
      if (!error) {
        resolve(stdout);
        return;
      }
      // Never Node's own message: it has the arguments, and they may be secret.
      const reason =
        error.code === "ENOENT" ? "is not there" : stderr.trim() || `ended with ${String(error.code)}`;
      const hint = installHint === undefined ? "" : `. ${installHint}`;
      reject(
        new AccessError(
          `the kubeconfig's plugin ${command} ${error.code === "ENOENT" ? "" : "failed: "}${reason}${hint}`,
        ),
      );
    });
    child.stdin?.end();
  });
  let status: ExecCredential["status"];
  try {
    ({ status } = JSON.parse(output) as ExecCredential);
  } catch {
    status = undefined;
  }
  if (!status) throw new AccessError(`the kubeconfig's plugin ${command} gave no credentials`);
  const expires = Date.parse(status.expirationTimestamp ?? "");
  return {
    headers: status.token ? { authorization: `Bearer ${status.token}` } : {},
    cert: status.clientCertificateData,
    key: status.clientKeyData,
    expires: Number.isNaN(expires) ? undefined : expires,
  };
}

/** https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-Cluster */
function clusterInfo(cluster: ClusterEntry): object {
  const { server, extensions = [] } = cluster;
  const authority = contentOf(cluster["certificate-authority-data"], cluster["certificate-authority"]);
  return {
    server,
    "tls-server-name": cluster["tls-server-name"],
    "insecure-skip-tls-verify": cluster["insecure-skip-tls-verify"],
    "certificate-authority-data": authority?.toString("base64"),
    "proxy-url": cluster["proxy-url"],
    config: extensions.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension,
  };
}

/** `oidc`, the last of them, is what the library is for. Loading it takes as long as all of a task's requests together. */
async function fromAuthProvider({ user, cluster }: Selection): Promise<Credentials> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const name = "chosen";
  config.loadFromString(
    JSON.stringify({
      "current-context": name,
      clusters: [{ name, cluster }],
      users: [{ name, user: { "auth-provider": user["auth-provider"] } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    }),
  );
  const options: { headers: OutgoingHttpHeaders } = { headers: {} };
  await config.applyToHTTPSOptions(options);
  // The library knows when they expire, and tells nobody.
  return { headers: options.headers, expires: inAMinute() };
}

const inAMinute = () => Date.now() + 60_000;
