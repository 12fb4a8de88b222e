import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { Cluster, type Action } from "../../kube/cluster";
import { nameOf, refOf, type KubeObject } from "../../kube/objects";

/** An object with whatever else its kind has. */
export type Stored = KubeObject & Readonly<Record<string, unknown>>;

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const olm = "operators.coreos.com/v1alpha1";
const kinds: readonly Kind[] = [
  { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
  { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced: true },
  { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true },
  { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true },
  { apiVersion: "v1", kind: "Event", plural: "events", namespaced: true },
  { apiVersion: "v1", kind: "PersistentVolume", plural: "persistentvolumes", namespaced: false },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    namespaced: true,
  },
  {
    apiVersion: "operators.coreos.com/v2",
    kind: "OperatorCondition",
    plural: "operatorconditions",
    namespaced: true,
  },
  { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced: true },
  { apiVersion: "apps/v1", kind: "DaemonSet", plural: "daemonsets", namespaced: true },
  { apiVersion: "batch/v1", kind: "Job", plural: "jobs", namespaced: true },
  { apiVersion: "batch/v1", kind: "CronJob", plural: "cronjobs", namespaced: true },
  { apiVersion: "apps/v1", kind: "StatefulSet", plural: "statefulsets", namespaced: true },
  { apiVersion: olm, kind: "Subscription", plural: "subscriptions", namespaced: true },
  { apiVersion: olm, kind: "ClusterServiceVersion", plural: "clusterserviceversions", namespaced: true },
  { apiVersion: olm, kind: "InstallPlan", plural: "installplans", namespaced: true },
  { apiVersion: olm, kind: "CatalogSource", plural: "catalogsources", namespaced: true },
  { apiVersion: "operators.coreos.com/v1", kind: "Operator", plural: "operators", namespaced: false },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    plural: "clusterroles",
    namespaced: false,
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    namespaced: false,
  },
  {
    apiVersion: "olm.operatorframework.io/v1",
    kind: "ClusterExtension",
    plural: "clusterextensions",
    namespaced: false,
  },
  { apiVersion: "v1", kind: "Node", plural: "nodes", namespaced: false },
  { apiVersion: "v1", kind: "Service", plural: "services", namespaced: true },
  { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", plural: "storageclasses", namespaced: false },
  {
    apiVersion: "operators.coreos.com/v1",
    kind: "OperatorGroup",
    plural: "operatorgroups",
    namespaced: true,
  },
  {
    apiVersion: "packages.operators.coreos.com/v1",
    kind: "PackageManifest",
    plural: "packagemanifests",
    namespaced: true,
  },
  {
    apiVersion: "config.openshift.io/v1",
    kind: "ClusterVersion",
    plural: "clusterversions",
    namespaced: false,
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
    namespaced: false,
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    namespaced: false,
  },
  { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Backstage", plural: "backstages", namespaced: true },
  {
    apiVersion: "sonataflow.org/v1alpha08",
    kind: "SonataFlowClusterPlatform",
    plural: "sonataflowclusterplatforms",
    namespaced: false,
  },
  { apiVersion: "rhdh.redhat.com/v1alpha1", kind: "Orchestrator", plural: "orchestrators", namespaced: true },
  {
    apiVersion: "operator.knative.dev/v1beta1",
    kind: "KnativeServing",
    plural: "knativeservings",
    namespaced: true,
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    namespaced: true,
  },
  {
    apiVersion: "sonataflow.org/v1alpha08",
    kind: "SonataFlowPlatform",
    plural: "sonataflowplatforms",
    namespaced: true,
  },
  { apiVersion: "serving.knative.dev/v1", kind: "Service", plural: "services", namespaced: true },
  { apiVersion: "eventing.knative.dev/v1", kind: "Trigger", plural: "triggers", namespaced: true },
  { apiVersion: "argoproj.io/v1beta1", kind: "ArgoCD", plural: "argocds", namespaced: true },
  {
    apiVersion: "operator.knative.dev/v1beta1",
    kind: "KnativeEventing",
    plural: "knativeeventings",
    namespaced: true,
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    plural: "endpointslices",
    namespaced: true,
  },
  { apiVersion: "route.openshift.io/v1", kind: "Route", plural: "routes", namespaced: true },
  { apiVersion: "tekton.dev/v1", kind: "Task", plural: "tasks", namespaced: true },
  { apiVersion: "tekton.dev/v1", kind: "Pipeline", plural: "pipelines", namespaced: true },
  {
    apiVersion: "operator.tekton.dev/v1alpha1",
    kind: "TektonConfig",
    plural: "tektonconfigs",
    namespaced: false,
  },
  // In a version of its own: RHDH has had several, and a task may not count on one.
  { apiVersion: "rhdh.redhat.com/v1alpha3", kind: "Backstage", plural: "backstages", namespaced: true },
  { apiVersion: "sonataflow.org/v1alpha08", kind: "SonataFlow", plural: "sonataflows", namespaced: true },
];

/**
 * A Kubernetes API of a few kinds, kept in memory: what a task asks for and does can be laid out and looked at.
 * Objects with finalizers stay when they are deleted, until those are gone. It knows no controllers; `onRequest` is where a test plays one.
 */
export class ApiServer {
  readonly objects = new Map<string, Stored>();
  /** What was asked of the server, as `DELETE Subscription openshift-operators/x`; reads are left out. */
  readonly writes: string[] = [];
  onRequest: (path: string) => void = () => undefined;
  /** What it has answered, in characters. */
  sent = 0;
  /** Codes to answer the next requests with, instead of doing what they ask for. */
  readonly failures: number[] = [];
  /** Groups that are always answered with a code, such as one whose own server is gone. */
  readonly answers = new Map<string, number>();
  /** The logs of containers, by their path with all that is asked for. */
  readonly logs = new Map<string, string>();
  /** What Services answer that are asked by way of the API server, by their path there. */
  readonly services = new Map<string, object>();
  /** What is answered otherwise than by 200, by its path. */
  readonly refusals = new Map<string, { readonly code: number; readonly message: string }>();
  /** Kinds that this cluster has not, or not yet. */
  readonly lacks = new Set<string>();
  /** Kinds that the user may not read. */
  readonly hides = new Set<string>();
  /** Objects that the user may not read, as `Secret their/login`; one without a namespace as `Namespace /theirs`. */
  readonly hidesObject = new Set<string>();
  /** What the user may do; here, an admin. */
  may: (action: Action) => boolean = () => true;

  /** The objects that wait for their finalizers. */
  private readonly deleted = new Set<string>();

  private constructor(
    private readonly server: Server,
    readonly cluster: Cluster,
  ) {}

  static async start(): Promise<ApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const kubeconfig = join(mkdtempSync(join(tmpdir(), "kubeconfig-")), "config");
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        "current-context": "test",
        clusters: [
          { name: "test", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } },
        ],
        contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
        users: [{ name: "test", user: {} }],
      }),
    );
    process.env["KUBECONFIG"] = kubeconfig;
    const api = new ApiServer(server, Cluster.connect());
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        api.onRequest(request.url ?? "/");
        const log = api.logs.get(request.url ?? "/");
        if (log !== undefined) {
          response.writeHead(200, { "content-type": "text/plain" });
          response.end(log);
          return;
        }
        const [, group = ""] = /^\/apis\/([^/]+)/.exec(request.url ?? "") ?? [];
        const refusal = api.refusals.get(request.url ?? "/");
        const failure = api.failures.shift() ?? api.answers.get(group) ?? refusal?.code;
        const answer =
          failure === undefined
            ? api.answer(request.method ?? "GET", new URL(request.url ?? "/", "http://x"), body)
            : { message: refusal?.message };
        const status =
          answer === undefined ? 404 : answer === forbidden ? 403 : answer === existing ? 409 : 200;
        response.writeHead(failure ?? status, { "content-type": "application/json" });
        const isPartial = request.headers.accept?.includes("as=PartialObjectMetadata") && status === 200;
        const text = JSON.stringify(
          isPartial ? partial(answer as object) : (answer ?? { message: "not found" }),
        );
        api.sent += text.length;
        response.end(text);
      });
    });
    return api;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  put(...objects: Stored[]): void {
    for (const object of objects) this.objects.set(keyOf(object), object);
  }

  has(kind: string, name: string): boolean {
    return [...this.objects.values()].some((object) => object.kind === kind && object.metadata.name === name);
  }

  private answer(method: string, url: URL, body: string): object | undefined {
    const match =
      /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        url.pathname,
      );
    if (url.pathname.endsWith("/selfsubjectaccessreviews")) {
      const { spec } = JSON.parse(body) as { spec: { resourceAttributes: Action } };
      return { status: { allowed: this.may(spec.resourceAttributes) } };
    }
    if (url.pathname.includes("/proxy/")) return this.services.get(url.pathname);
    if (url.pathname === "/apis") return { groups: this.groups() };
    const [, group] = /^\/apis\/([^/]+)$/.exec(url.pathname) ?? [];
    if (group !== undefined) return this.group(group);
    const [, apiVersion, namespace, plural, name] = match ?? [];
    const ofVersion = kinds.filter((kind) => kind.apiVersion === apiVersion && !this.lacks.has(kind.kind));
    if (plural === undefined) {
      const resources = ofVersion.map(({ kind, plural, namespaced }) => ({
        kind,
        namespaced,
        name: plural,
        verbs: ["list", "delete"],
      }));
      return resources.length > 0 ? { resources } : undefined;
    }
    const kind = ofVersion.find((candidate) => candidate.plural === plural);
    if (!kind) return undefined;
    if (this.hides.has(kind.kind)) return forbidden;
    if (name === undefined && method === "POST") return this.made(JSON.parse(body) as Stored);
    if (name === undefined) {
      const all = this.matching(kind, namespace, url.searchParams.get("labelSelector"));
      const limit = Number(url.searchParams.get("limit") ?? Infinity);
      const from = Number(url.searchParams.get("continue") ?? 0);
      const next = from + limit < all.length ? String(from + limit) : "";
      return { metadata: { continue: next }, items: all.slice(from, from + limit) };
    }

    const key = `${kind.kind} ${namespace ?? ""}/${name}`;
    if (this.hidesObject.has(key)) return forbidden;
    const object = this.objects.get(key);
    if (!object) return undefined;
    if (method !== "GET")
      this.writes.push(`${method} ${kind.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
    if (method === "PATCH") this.objects.set(key, merge(object, JSON.parse(body) as object) as Stored);
    if (method === "DELETE") this.deleted.add(key);
    const { finalizers = [] } = this.objects.get(key)?.metadata ?? {};
    if (this.deleted.has(key) && finalizers.length === 0) {
      this.objects.delete(key);
      this.deleted.delete(key);
    }
    return this.objects.get(key) ?? {};
  }

  private made(object: Stored): object {
    if (this.objects.has(keyOf(object))) return existing;
    this.writes.push(`POST ${nameOf(refOf(object))}`);
    this.put(object);
    return object;
  }

  private groups(): object[] {
    const versions = new Set(
      kinds.map(({ apiVersion }) => apiVersion).filter((version) => version.includes("/")),
    );
    return [...versions].map((groupVersion) => ({ preferredVersion: { groupVersion } }));
  }

  /** The versions of one group, as its discovery has them. */
  private group(name: string): object | undefined {
    const versions = kinds
      .map(({ apiVersion }) => apiVersion)
      .filter((version) => version.startsWith(`${name}/`));
    return versions.length > 0
      ? { versions: [...new Set(versions)].map((groupVersion) => ({ groupVersion })) }
      : undefined;
  }

  private matching(kind: Kind, namespace: string | undefined, selector: string | null): Stored[] {
    const terms = (selector ?? "").split(",").filter((term) => term !== "");
    return [...this.objects.values()].filter(
      ({ kind: name, metadata: { namespace: of, labels = {} } }) =>
        name === kind.kind &&
        (namespace === undefined || of === namespace) &&
        terms.every((term) => {
          if (term.startsWith("!")) return !(term.slice(1) in labels);
          const [key = "", value] = term.split("=");
          return value === undefined ? key in labels : labels[key] === value;
        }),
    );
  }
}

const existing = { message: "already exists" };
const forbidden = { message: "forbidden" };

/** An answer as somebody gets it who only asks for metadata. */
function partial(
  answer: object & { readonly items?: readonly Stored[]; readonly metadata?: object },
): object {
  const { items, metadata } = answer;
  return items
    ? { metadata, items: items.map((item) => partial(item)) }
    : { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata };
}
/** An object as a test lays it out: `path` is `name` or `namespace/name`, `more` all but its metadata. */
export const object = (
  apiVersion: string,
  kind: string,
  path: string,
  more: object = {},
  metadata: object = {},
): Stored => {
  const [name = "", namespace] = path.split("/").reverse();
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }), ...metadata },
    ...more,
  };
};

// A wait in vain looks some hundred times, which takes its time on a machine that is busy with a cluster.
vi.setConfig({ testTimeout: 60_000 });

/** Only the clock that the tasks look at: it goes on by a second with each look, and their waits are short. */
export function hurry(): void {
  let now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => (now += 1_000));
  const real = setTimeout;
  vi.stubGlobal("setTimeout", (done: () => void, ms: number) => real(done, ms / 1_000));
}

const keyOf = ({ kind, metadata: { namespace, name } }: Stored) => `${kind} ${namespace ?? ""}/${name}`;

function merge(object: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged = new Map<string, unknown>(Object.entries(object ?? {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
