import { readFileSync } from "node:fs";
import * as https from "node:https";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";

/** The address of an API server, and what each request to it needs. */
export interface Access {
  readonly server: string;
  readonly options: () => Promise<https.RequestOptions>;
}

/** A kubeconfig, as far as it is read here: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
interface Kubeconfig {
  readonly "current-context"?: string;
  readonly contexts?: readonly {
    readonly name: string;
    readonly context: { readonly cluster?: string; readonly user?: string };
  }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster?: Entry }[];
  readonly users?: readonly { readonly name: string; readonly user?: Entry | null }[];
}

type Entry = Readonly<Record<string, string | boolean | object | undefined>>;

/** The fields that are understood here. With any other, the library has to make sense of the kubeconfig. */
const plainFields = {
  cluster: ["server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify"],
  user: ["token", "client-certificate", "client-certificate-data", "client-key", "client-key-data"],
} as const;

const keeping = { keepAlive: true, maxSockets: 8 } as const;

/**
 * The way to the cluster that `KUBECONFIG` and `KUBE_CONTEXT` name, else the default kubeconfig.
 * @throws Error that names the context that is missing.
 */
export async function accessTo(env: NodeJS.ProcessEnv): Promise<Access> {
  const files = (env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  const context = env["KUBE_CONTEXT"];
  return plainAccess(files, context) ?? (await libraryAccess(files, context));
}

/**
 * For a token or a certificate, as `oc login` and installers write them, this is all there is to it. The library can do far
 * more, but loading it takes as long as all of a task's requests together.
 */
function plainAccess(files: readonly string[], wanted: string | undefined): Access | undefined {
  const [file = join(homedir(), ".kube", "config"), ...others] = files;
  const text = others.length === 0 ? read(file) : undefined;
  const config = text && (parse(text) as Kubeconfig | null);
  if (!config) return undefined;
  const name = wanted ?? config["current-context"];
  const context = config.contexts?.find((entry) => entry.name === name)?.context;
  const cluster = config.clusters?.find((entry) => entry.name === context?.cluster)?.cluster;
  const user = config.users?.find((entry) => entry.name === context?.user)?.user ?? {};
  const server = cluster?.["server"];
  if (!cluster || typeof server !== "string") return undefined;
  if (!isPlain(cluster, plainFields.cluster) || !isPlain(user, plainFields.user)) return undefined;

  const content = (entry: Entry, field: string): Buffer | undefined => {
    const data = entry[`${field}-data`];
    if (typeof data === "string") return Buffer.from(data, "base64");
    const path = entry[field];
    return typeof path === "string" ? readFileSync(resolve(dirname(file), path)) : undefined;
  };
  const agent = new https.Agent({
    ...keeping,
    ca: content(cluster, "certificate-authority"),
    cert: content(user, "client-certificate"),
    key: content(user, "client-key"),
    ...(cluster["insecure-skip-tls-verify"] === true && { rejectUnauthorized: false }),
  });
  const token = user["token"];
  const headers = typeof token === "string" ? { authorization: `Bearer ${token}` } : {};
  // `kubectl proxy` speaks plain HTTP, which wants an agent of its own.
  const options = server.startsWith("https:") ? { agent, headers } : { headers };
  return { server, options: () => Promise.resolve(options) };
}

const isPlain = (entry: Entry, fields: readonly string[]) =>
  Object.keys(entry).every((field) => fields.includes(field));

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

async function libraryAccess(files: readonly string[], context: string | undefined): Promise<Access> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const [first, ...others] = files;
  if (first === undefined) config.loadFromDefault();
  else config.loadFromFile(first);
  for (const file of others) {
    const more = new KubeConfig();
    more.loadFromFile(file);
    config.mergeConfig(more);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new Error(
      `the kubeconfig has no context ${context ?? "that is current"}; set KUBECONFIG, orchestrator:kubeconfig or orchestrator:context`,
    );
  }
  const { server } = cluster;
  // The library makes an agent, and with it a connection, for each request. One that keeps its connections is enough.
  let kept: https.Agent | undefined;
  return {
    server,
    options: async () => {
      const options: https.RequestOptions = { headers: {} };
      await config.applyToHTTPSOptions(options);
      const { agent } = options;
      const isPlainAgent = agent instanceof https.Agent && agent.constructor === https.Agent; // not through a proxy
      return isPlainAgent
        ? { ...options, agent: (kept ??= new https.Agent({ ...agent.options, ...keeping })) }
        : options;
    },
  };
}
