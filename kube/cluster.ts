import { accessTo } from "./access";
import type { Target } from "./kubeconfig";
import type { KubeObject, Ref } from "./objects";
import { inParallel } from "./parallel";
import { absent, ApiError, json, Requests, type Answered } from "./requests";

/** One kind, as the API server's discovery describes it. */
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** What a rule allows: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/ */
export interface Action {
  readonly verb: string;
  readonly group: string;
  /** The plural of the kind. */
  readonly resource: string;
  /** @default - all namespaces, or none for a kind without */
  readonly namespace?: string | undefined;
}

/** How many objects of one kind are asked for as a list. */
const many = 5;

/** What is asked for of an object: all of it, or only its metadata, where the rest is large or nobody's business. */
type Part = "whole" | "metadata";

const metadataOf = (answer: string) => `${json};as=${answer};g=meta.k8s.io;v=v1,${json}`;
const accepted: Readonly<Record<"object" | "list", Readonly<Record<Part, string>>>> = {
  object: { whole: json, metadata: metadataOf("PartialObjectMetadata") },
  list: { whole: json, metadata: metadataOf("PartialObjectMetadataList") },
};

/** How many objects a page of a list has: an InstallPlan or a ClusterServiceVersion may be of some hundred KB. */
const pageSize: Readonly<Record<Part, number>> = { whole: 50, metadata: 500 };

/** How often a list is begun whose next page the API server has forgotten. */
const beginnings = 5;

interface Page<T> {
  readonly metadata?: { readonly continue?: string };
  readonly items: readonly T[];
}

/** Which objects of a kind are listed, and what of each. */
export interface Selection<T> {
  /** @default - all namespaces */
  readonly namespace?: string | undefined;
  /** A label selector. @default - all objects */
  readonly label?: string | undefined;
  /** @default "whole" */
  readonly part?: Part | undefined;
  /** What no label tells. It is asked of each page, so that no more is held than what is wanted. @default - all objects */
  readonly where?: (object: T) => boolean;
}

export interface LogOptions {
  readonly container: string;
  /** How many lines at most. */
  readonly lines: number;
  /** That of the container's last run instead. @default false */
  readonly isPrevious?: boolean;
}

/** The few requests that the tasks need, for objects of any kind. */
export class Cluster {
  private readonly resources = new Map<string, Promise<readonly Resource[]>>();

  private constructor(
    private readonly requests: Requests,
    /** Where it leads, for messages. */
    readonly where: string,
  ) {}

  /** Connects to what the target names, else to what the environment does. */
  static connect(target: Target = {}, env: NodeJS.ProcessEnv = process.env): Cluster {
    const access = accessTo(target, env);
    return new Cluster(new Requests(access), access.server);
  }

  /** The answer that took longest until now. */
  get slowest(): Answered | undefined {
    return this.requests.slowest;
  }

  /** The object, or undefined where it or its kind does not exist. */
  async get<T extends KubeObject>(ref: Ref, part: Part = "whole"): Promise<T | undefined> {
    const path = await this.path(ref);
    if (path === undefined) return undefined;
    const object = await absent(this.requests.send<T>("GET", path, undefined, accepted.object[part]));
    return object && { ...object, apiVersion: ref.apiVersion, kind: ref.kind };
  }

  /**
   * The objects in the order of `refs`, undefined where there is none. Many of one kind in one namespace are asked for as a
   * list; what is in no namespace never is: whoever may read the stack's own may not see everybody's.
   */
  async getAll<T extends KubeObject>(refs: readonly Ref[], part: Part = "whole"): Promise<(T | undefined)[]> {
    const alike = (ref: Ref) => `${ref.apiVersion} ${ref.kind} ${ref.namespace ?? ""}`;
    const counts = new Map<string, number>();
    for (const ref of refs) counts.set(alike(ref), (counts.get(alike(ref)) ?? 0) + 1);
    const lists = new Map<string, Promise<ReadonlyMap<string, T>>>();
    const listOf = (ref: Ref) => {
      const known = lists.get(alike(ref));
      if (known) return known;
      const names = new Set(refs.filter((other) => alike(other) === alike(ref)).map(({ name }) => name));
      const where = ({ metadata: { name } }: T) => names.has(name);
      const list = this.list<T>(ref, { namespace: ref.namespace, part, where }).then(
        (objects) => new Map(objects.map((object) => [object.metadata.name, object])),
      );
      lists.set(alike(ref), list);
      return list;
    };
    const isListed = (ref: Ref) => ref.namespace !== undefined && (counts.get(alike(ref)) ?? 0) >= many;
    return inParallel(refs, async (ref) =>
      isListed(ref) ? (await listOf(ref)).get(ref.name) : this.get<T>(ref, part),
    );
  }

  /** All objects of a kind that are selected, page by page; none where the kind does not exist. */
  async list<T extends KubeObject>(
    kind: { readonly apiVersion: string; readonly kind: string },
    { namespace, label, part = "whole", where = () => true }: Selection<T> = {},
  ): Promise<readonly T[]> {
    const resource = await this.resource(kind);
    if (!resource) return [];
    const pages = async (): Promise<T[]> => {
      const found: T[] = [];
      for (let next: string | undefined = ""; next !== undefined;) {
        const query = new URLSearchParams({ limit: String(pageSize[part]) });
        if (label !== undefined) query.set("labelSelector", label);
        if (next !== "") query.set("continue", next);
        const path = `${collection(resource, namespace)}?${query.toString()}`;
        const page: Page<T> | undefined = await absent(
          this.requests.send<Page<T>>("GET", path, undefined, accepted.list[part]),
        );
        const { apiVersion } = kind;
        const items = (page?.items ?? []).map((item) => ({ ...item, apiVersion, kind: kind.kind }));
        found.push(...items.filter(where));
        next = page?.metadata?.continue || undefined;
      }
      return found;
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await pages();
      } catch (error) {
        // The API server remembers only for some minutes what there was at the first page.
        if (!(error instanceof ApiError && error.code === 410) || attempt === beginnings) throw error;
      }
    }
  }

  /** Whether the API server has this kind, as of now. */
  async serves(kind: { readonly apiVersion: string; readonly kind: string }): Promise<boolean> {
    this.resources.delete(kind.apiVersion); // kinds of one version may come one by one
    return (await this.resource(kind)) !== undefined;
  }

  /** A kind of a group, in whichever version the API server has it; undefined where it has none. */
  async served(group: string, kind: string): Promise<{ apiVersion: string; kind: string } | undefined> {
    const found = await absent(
      this.requests.send<{ versions: { groupVersion: string }[] }>("GET", `/apis/${group}`),
    );
    for (const { groupVersion: apiVersion } of found?.versions ?? []) {
      if (await this.resource({ apiVersion, kind })) return { apiVersion, kind };
    }
    return undefined;
  }

  /** How the API server spells a kind in rules and paths; undefined where it does not have it. */
  async pluralOf(kind: { readonly apiVersion: string; readonly kind: string }): Promise<string | undefined> {
    return (await this.resource(kind))?.plural;
  }

  /** Whether objects of a kind are in namespaces; undefined where the API server does not have it. */
  async isNamespaced(kind: {
    readonly apiVersion: string;
    readonly kind: string;
  }): Promise<boolean | undefined> {
    return (await this.resource(kind))?.namespaced;
  }

  /** Whether the user may do all of something; `*` stands for every group, or every kind. */
  async may(action: Action): Promise<boolean> {
    const apiVersion = "authorization.k8s.io/v1";
    const kind = "SelfSubjectAccessReview";
    const review = { apiVersion, kind, spec: { resourceAttributes: action } };
    const path = `${versionPath(apiVersion)}/selfsubjectaccessreviews`;
    const { status } = await this.requests.send<{ status?: { allowed?: boolean } }>("POST", path, review);
    return status?.allowed === true;
  }

  /** Makes an object. @throws ApiError 409 where it exists, 404 where its kind or namespace does not. */
  async create(object: KubeObject & { readonly spec?: object }): Promise<void> {
    const resource = await this.resource(object);
    if (!resource) throw new ApiError(404, `${object.kind} in ${object.apiVersion} is not served`);
    await this.requests.send("POST", collection(resource, object.metadata.namespace), object);
  }

  /**
   * Asks for an object's removal; see {@link gone} for waiting. An object that is not there is fine.
   * @param uid Another object of the same name stays. @default - whichever has the name
   */
  async delete(ref: Ref, uid?: string): Promise<void> {
    const path = await this.path(ref);
    if (path === undefined) return;
    const options = { propagationPolicy: "Background", ...(uid !== undefined && { preconditions: { uid } }) };
    await absent(this.requests.send("DELETE", path, options, accepted.object.metadata));
  }

  /** Changes an object by a JSON merge patch. An object that is not there is fine. */
  async patch(ref: Ref, patch: object): Promise<void> {
    const path = await this.path(ref);
    if (path !== undefined) await absent(this.requests.send("PATCH", path, patch, accepted.object.metadata));
  }

  /** The kinds of a group, each in one version: not every version has every kind. */
  async kindsOf(group: string): Promise<readonly Resource[]> {
    const found = await absent(
      this.requests.send<{ versions: { groupVersion: string }[] }>("GET", `/apis/${group}`),
    );
    const all = await Promise.all((found?.versions ?? []).map((each) => this.discover(each.groupVersion)));
    return [...new Map(all.flat().map((resource) => [resource.kind, resource])).values()];
  }

  /**
   * Asks a Service inside of the cluster by way of the API server, once.
   * @throws ApiError 403 where the user may not, 503 where nothing answers.
   */
  async ask<T>(
    service: { readonly namespace: string; readonly name: string },
    path: string,
    body: object,
  ): Promise<T> {
    const base = `/api/v1/namespaces/${service.namespace}/services/http:${service.name}:80/proxy`;
    return this.requests.once<T>("POST", base + path, body);
  }

  /**
   * The end of a container's log.
   * @throws ApiError 400 where it has not started, or has no log of before.
   */
  async log(
    pod: { readonly namespace: string; readonly name: string },
    options: LogOptions,
  ): Promise<string> {
    const { container, lines, isPrevious } = options;
    const query = new URLSearchParams({
      container,
      tailLines: String(lines),
      ...(isPrevious && { previous: "true" }),
    });
    return this.requests.read(`/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log?${query.toString()}`);
  }

  private async path(ref: Ref): Promise<string | undefined> {
    const resource = await this.resource(ref);
    return resource && `${collection(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  }

  private async resource({
    apiVersion,
    kind,
  }: {
    apiVersion: string;
    kind: string;
  }): Promise<Resource | undefined> {
    const found = (await this.discover(apiVersion)).find((resource) => resource.kind === kind);
    if (!found) this.resources.delete(apiVersion);
    return found;
  }

  /** The kinds of an API version. Only what is there is remembered: OLM adds versions while a task waits. */
  private discover(apiVersion: string): Promise<readonly Resource[]> {
    const known = this.resources.get(apiVersion);
    if (known) return known;
    const found = this.fetchKinds(apiVersion);
    this.resources.set(apiVersion, found);
    found.then(
      (kinds) => kinds.length === 0 && this.resources.delete(apiVersion),
      () => this.resources.delete(apiVersion),
    );
    return found;
  }

  private async fetchKinds(apiVersion: string): Promise<readonly Resource[]> {
    interface ApiResource {
      name: string;
      kind: string;
      namespaced: boolean;
    }
    const list = await absent(
      this.requests.send<{ resources: ApiResource[] }>("GET", versionPath(apiVersion)),
    );
    const kinds = (list?.resources ?? []).filter(({ name }) => !name.includes("/"));
    return kinds.map(({ name, kind, namespaced }) => ({ apiVersion, kind, plural: name, namespaced }));
  }
}

const versionPath = (apiVersion: string) =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

const collection = ({ apiVersion, namespaced, plural }: Resource, namespace: string | undefined) =>
  versionPath(apiVersion) +
  (namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "") +
  `/${plural}`;
