import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, sep } from "node:path";
import { parse } from "yaml";

/*
 * What kubeconfigs mean, by the rules of client-go, which the provider and `oc` go by:
 * k8s.io/client-go@v0.34.2, tools/clientcmd/loader.go and client_config.go.
 */

/** Says what is wrong with the way to a cluster, in a sentence for the user. */
export class AccessError extends Error {}

/** Which cluster, where there is a choice. */
export interface Target {
  /** The contents of a kubeconfig. @default - what the environment says: KUBECONFIG, `~/.kube/config`, or the pod */
  readonly kubeconfig?: string | undefined;
  /** @default - the kubeconfig's own choice */
  readonly context?: string | undefined;
}

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#Cluster */
export interface ClusterEntry {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
  readonly extensions?: readonly { readonly name: string; readonly extension?: unknown }[];
}

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo */
export interface UserEntry {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly "as-uid"?: string;
  readonly "as-groups"?: readonly string[];
  readonly "as-user-extra"?: Readonly<Record<string, readonly string[]>>;
  readonly exec?: ExecEntry;
  readonly "auth-provider"?: { readonly name: string };
}

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#ExecConfig */
export interface ExecEntry {
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly apiVersion: string;
  readonly provideClusterInfo?: boolean;
  readonly installHint?: string;
}

/** The cluster and the user of one context. */
export interface Selection {
  readonly server: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
}

/** Entries by name. */
interface Kubeconfig {
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
}

/**
 * The cluster and the user that are meant.
 * @throws AccessError that names the file that cannot be read, or what the kubeconfig lacks.
 */
export function select({ kubeconfig, context }: Target, env: NodeJS.ProcessEnv): Selection {
  const config = kubeconfig === undefined ? ambient(env) : read(kubeconfig, "the setting kubeconfig");
  const name = context ?? config.currentContext;
  // As client-go: no choice at all is no mistake inside a pod.
  if (name === "") {
    const pod = kubeconfig === undefined ? inCluster(env) : undefined;
    if (pod) return pod;
  }
  const chosen = config.contexts.get(name);
  if (!chosen) {
    throw new AccessError(
      `the kubeconfig has no context ${name === "" ? "that is current" : name}; set KUBECONFIG or orchestrator:context`,
    );
  }
  const { cluster: clusterName = "", user: userName = "" } = chosen;
  const cluster = config.clusters.get(clusterName);
  if (cluster?.server === undefined || cluster.server === "") {
    throw new AccessError(
      `the kubeconfig has no cluster ${clusterName} with a server, which its context ${name} names`,
    );
  }
  const user = userName === "" ? {} : config.users.get(userName);
  if (!user) throw new AccessError(`the kubeconfig has no user ${userName}, which its context ${name} names`);
  return { server: cluster.server, cluster, user };
}

/** Whether a text is what a kubeconfig holds, and not the path of one. */
export function isKubeconfig(text: string): boolean {
  try {
    return read(text, "it").clusters.size > 0;
  } catch {
    return false;
  }
}

/** The files of KUBECONFIG, else `~/.kube/config`. One that is not there is passed over; of two entries, the first counts. */
function ambient(env: NodeJS.ProcessEnv): Kubeconfig {
  const listed = env["KUBECONFIG"] ?? "";
  const files = listed === "" ? [join(env["HOME"] ?? homedir(), ".kube", "config")] : listed.split(delimiter);
  const configs = files
    .filter((file) => file !== "" && existsSync(file))
    .map((file) => read(readFileSync(file, "utf8"), file, dirname(file)));
  const last = [...configs].reverse();
  const first = <T>(part: (config: Kubeconfig) => ReadonlyMap<string, T>) =>
    new Map(last.flatMap((config) => [...part(config)]));
  return {
    currentContext: configs.map(({ currentContext }) => currentContext).find((name) => name !== "") ?? "",
    contexts: first(({ contexts }) => contexts),
    clusters: first(({ clusters }) => clusters),
    users: first(({ users }) => users),
  };
}

/** @param folder - what its relative paths start from; the contents of a kubeconfig have none */
function read(text: string, where: string, folder?: string): Kubeconfig {
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch {
    // The parser's own message quotes the text, and that may be a secret.
    throw new AccessError(`${where} is not YAML`);
  }
  if (typeof content !== "object" || Array.isArray(content))
    throw new AccessError(`${where} is not a kubeconfig`);
  const config = content as Readonly<Record<string, unknown>>;
  const current = config["current-context"];
  const absolute = (path: string) => (folder === undefined || isAbsolute(path) ? path : join(folder, path));
  return {
    currentContext: typeof current === "string" ? current : "",
    contexts: entries<ContextEntry>(config["contexts"], "context"),
    clusters: entries<ClusterEntry>(config["clusters"], "cluster", (entry) =>
      resolved(entry, clusterFiles, absolute),
    ),
    users: entries<UserEntry>(config["users"], "user", (entry) => {
      const user = resolved(entry, userFiles, absolute);
      const { exec } = user;
      // A bare name is looked for in PATH.
      return exec?.command.includes(sep)
        ? { ...user, exec: { ...exec, command: absolute(exec.command) } }
        : user;
    }),
  };
}

const clusterFiles = ["certificate-authority"] as const;
const userFiles = ["client-certificate", "client-key", "tokenFile"] as const;

function entries<T extends object>(
  list: unknown,
  key: string,
  made: (entry: T) => T = (entry) => entry,
): Map<string, T> {
  const items = Array.isArray(list) ? (list as readonly Readonly<Record<string, unknown>>[]) : [];
  return new Map(items.map((item) => [String(item["name"]), made((item[key] ?? {}) as T)]));
}

function resolved<T extends object>(
  entry: T,
  fields: readonly (keyof T)[],
  absolute: (path: string) => string,
): T {
  const paths = fields.flatMap((field) => {
    const path: unknown = entry[field];
    return typeof path === "string" && path !== "" ? [[field, absolute(path)] as const] : [];
  });
  return { ...entry, ...Object.fromEntries(paths) };
}

/** What Kubernetes gives each pod: k8s.io/client-go@v0.34.2, rest/config.go, InClusterConfig. */
const podFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

function inCluster(env: NodeJS.ProcessEnv): Selection | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "" } = env;
  const tokenFile = join(podFolder, "token");
  if (host === "" || port === "" || !existsSync(tokenFile)) return undefined;
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    server,
    cluster: { server, "certificate-authority": join(podFolder, "ca.crt") },
    user: { tokenFile },
  };
}
