import { KubeConfig } from "@kubernetes/client-node";
import * as http from "node:http";
import * as https from "node:https";
import { waitFor } from "./wait";

/** Any object of the API. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; uid?: string; labels?: Record<string, string> };
  [field: string]: unknown;
}

/** A kind as the API server lists it. */
export interface ApiResource {
  readonly groupVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly hasStatus: boolean;
}

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

interface DiscoveryList {
  items: {
    metadata: { name: string };
    versions: { version: string; resources: { responseKind?: { kind: string } }[] }[];
  }[];
}

/** The little of the API that the sandbox needs, for kinds that it does not know beforehand. */
export class Api {
  private readonly config = new KubeConfig();
  private readonly agent: http.Agent;
  private readonly server: string;

  constructor(kubeconfig: string) {
    this.config.loadFromFile(kubeconfig);
    const cluster = this.config.getCurrentCluster();
    if (!cluster) throw new Error(`${kubeconfig} has no current cluster`);
    this.server = cluster.server;
    const { Agent } = this.server.startsWith("http:") ? http : https;
    this.agent = new Agent({ keepAlive: true, maxSockets: 16 });
  }

  get(path: string): Promise<unknown> {
    return this.request("GET", path);
  }

  /** An object, or `undefined` when there is none. */
  async find(path: string): Promise<KubeObject | undefined> {
    try {
      return (await this.get(path)) as KubeObject;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: http.OutgoingHttpHeaders = {},
  ): Promise<unknown> {
    const options: https.RequestOptions = {
      method,
      headers: { accept: "application/json", "content-type": "application/json", ...headers },
    };
    await this.config.applyToHTTPSOptions(options);
    options.agent = this.agent; // the client's own would open a connection for each request
    const url = new URL(path, this.server);
    const payload = body === undefined ? undefined : JSON.stringify(body);

    const { status, text } = await send(url, options, payload);
    if (status >= 300) {
      let message = text;
      try {
        message = (JSON.parse(text) as { message?: string }).message ?? text;
      } catch {
        // plain text, then
      }
      throw new ApiError(`${method} ${path}: ${status} ${message}`, status);
    }
    return text.startsWith("{") ? JSON.parse(text) : text;
  }

  /** Creates the object or makes it what is given, its status included. */
  async apply(object: KubeObject): Promise<void> {
    const resource = await this.resource(object.apiVersion, object.kind);
    const path = objectPath(resource, object.metadata.name, object.metadata.namespace);
    const { status, ...rest } = object;
    const patch = (target: string, body: unknown) =>
      this.request("PATCH", `${target}?fieldManager=sandbox&force=true`, body, {
        "content-type": "application/apply-patch+yaml",
      });
    await patch(path, resource.hasStatus ? rest : object);
    if (resource.hasStatus && status !== undefined) {
      const { apiVersion, kind, metadata } = object;
      await patch(`${path}/status`, { apiVersion, kind, metadata: { name: metadata.name }, status });
    }
  }

  /** A kind, as soon as the server has it: a new CRD takes a moment. */
  resource(groupVersion: string, kind: string): Promise<ApiResource> {
    return waitFor(
      `the kind ${kind} of ${groupVersion}`,
      async () => (await this.resources(groupVersion)).find((resource) => resource.kind === kind),
      { timeout: 30 },
    );
  }

  async resources(groupVersion: string): Promise<ApiResource[]> {
    const { resources } = (await this.get(groupPath(groupVersion))) as ResourceList;
    const names = new Set(resources.map(({ name }) => name));
    return resources
      .filter(({ name }) => !name.includes("/"))
      .map(({ name, kind, namespaced, verbs }) => ({
        groupVersion,
        kind,
        plural: name,
        namespaced,
        verbs,
        hasStatus: names.has(`${name}/status`),
      }));
  }

  /** Every kind once, in the first version of its group that has it: OLM's kinds are spread over three. */
  async discover(): Promise<ApiResource[]> {
    const { groups } = (await this.get("/apis")) as { groups: { versions: { groupVersion: string }[] }[] };
    const versions = [
      "v1",
      ...groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion)),
    ];
    // A group whose last CRD is being removed may be listed and already gone.
    const lists = await Promise.all(versions.map((version) => this.resources(version).catch(gone)));
    const kinds = new Map<string, ApiResource>();
    for (const resource of lists.flat()) {
      const name = `${resource.groupVersion.replace(/\/?[^/]*$/, "")}/${resource.plural}`;
      if (!kinds.has(name)) kinds.set(name, resource);
    }
    return [...kinds.values()];
  }

  /** Whether clients that discover the server now find these kinds, given as `group/version/Kind`. */
  async offers(kinds: readonly string[]): Promise<boolean> {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const { items } = (await this.request("GET", "/apis", undefined, { accept })) as DiscoveryList;
    const offered = new Set(
      items.flatMap(({ metadata, versions }) =>
        versions.flatMap(({ version, resources }) =>
          resources.map(({ responseKind }) => `${metadata.name}/${version}/${responseKind?.kind ?? ""}`),
        ),
      ),
    );
    return kinds.every((kind) => offered.has(kind));
  }

  /** All objects of a kind, in every namespace. */
  async list(resource: ApiResource): Promise<KubeObject[]> {
    const items: KubeObject[] = [];
    let next = "";
    do {
      const path = `${groupPath(resource.groupVersion)}/${resource.plural}?limit=500&continue=${next}`;
      const page = (await this.get(path)) as { metadata: { continue?: string }; items: KubeObject[] };
      items.push(...page.items);
      next = encodeURIComponent(page.metadata.continue ?? "");
    } while (next !== "");
    return items;
  }
}

function gone(error: unknown): [] {
  if (error instanceof ApiError && error.status === 404) return [];
  throw error;
}

function groupPath(groupVersion: string): string {
  return groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
}

function objectPath(
  { groupVersion, plural, namespaced }: ApiResource,
  name: string,
  namespace = "default",
): string {
  return `${groupPath(groupVersion)}${namespaced ? `/namespaces/${namespace}` : ""}/${plural}/${name}`;
}

function send(
  url: URL,
  options: https.RequestOptions,
  body?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { request: start } = url.protocol === "http:" ? http : https;
    const request = start(url, options, (response: http.IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.setTimeout(30_000, () => request.destroy(new Error(`no answer from ${url.host} in 30 s`)));
    request.once("error", reject);
    request.end(body);
  });
}
