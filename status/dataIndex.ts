import type { Cluster } from "../kube/cluster";
import { ApiError } from "../kube/requests";
import { TaskError } from "../kube/wait";
import type { Platform } from "../tasks/platform/findPlatform";
import { services } from "../tasks/readiness/readiness";

/** A workflow that has registered. Names are those of apache/incubator-kie-kogito-apps, basic.schema.graphqls. */
export interface Definition {
  /** The workflow's name, without its namespace. */
  readonly id: string;
  readonly version?: string | null;
  /** Where it answers: `http://<name>.<namespace>`. */
  readonly serviceUrl?: string | null;
}

export interface Instance {
  readonly id: string;
  readonly state: "PENDING" | "ACTIVE" | "COMPLETED" | "ABORTED" | "SUSPENDED" | "ERROR";
  /** Where it has ended in one. */
  readonly error?: { readonly message?: string | null } | null;
}

interface Answer<T> {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message?: string }[];
}

/** The Data Index of a platform, asked by way of the API server, so that it needs no route. */
export class DataIndex {
  private readonly service: { readonly namespace: string; readonly name: string };

  constructor(
    private readonly cluster: Cluster,
    { metadata: { name, namespace = "" } }: Platform,
  ) {
    this.service = { namespace, name: `${name}-${services.dataIndex}` };
  }

  /** The workflows that have registered, or those of one name: in each namespace and version. */
  async definitions(id?: string): Promise<readonly Definition[]> {
    const where = id === undefined ? "" : `(where: { id: { equal: ${JSON.stringify(id)} } })`;
    const query = `{ ProcessDefinitions${where} { id version serviceUrl } }`;
    const { ProcessDefinitions: found } = await this.ask<{ ProcessDefinitions?: Definition[] | null }>(query);
    return found ?? [];
  }

  /** An instance; undefined where Data Index has not heard of it. */
  async instance(id: string): Promise<Instance | undefined> {
    const query = `{ ProcessInstances(where: { id: { equal: ${JSON.stringify(id)} } }) { id state error { message } } }`;
    const { ProcessInstances: found } = await this.ask<{ ProcessInstances?: Instance[] | null }>(query);
    return found?.find((instance) => instance.id === id);
  }

  /**
   * @throws ApiError where nothing answers, which may pass.
   * @throws TaskError where one may not ask, or Data Index refuses to answer.
   */
  private async ask<T>(query: string): Promise<T> {
    const { namespace, name } = this.service;
    const answer = await this.answerTo<T>(query);
    if (answer.data && !answer.errors?.length) return answer.data;
    const said = (answer.errors ?? []).flatMap(({ message }) => message ?? []).join("; ");
    throw new TaskError(`Data Index, Service ${namespace}/${name}, refuses: ${said || "it has no data"}`);
  }

  private async answerTo<T>(query: string): Promise<Answer<T>> {
    const { namespace, name } = this.service;
    try {
      return await this.cluster.ask<Answer<T>>(this.service, "/graphql", { query });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 403) throw new TaskError(proxyForbidden(namespace));
      // A connection that a policy drops is never refused.
      const hint = /time(d )?out/.test(error.message)
        ? `; where a NetworkPolicy of ${namespace} keeps the API server out, pulumi up lets it in`
        : "";
      throw new ApiError(
        error.code,
        `Data Index, Service ${namespace}/${name}, does not answer: ${error.message}${hint}`,
      );
    }
  }
}

/** What to say where one may not ask the Services of a namespace. */
export const proxyForbidden = (namespace: string): string =>
  `you may not reach Services by way of the API server: the right to create services/proxy in namespace ${namespace} is missing`;

/** Whether a definition is that of this workflow, and not of one that has its name in another namespace. */
export const isOf = ({ id, serviceUrl }: Definition, name: string, namespace: string): boolean =>
  id === name &&
  (serviceUrl === undefined || serviceUrl === null || hostOf(serviceUrl).startsWith(`${name}.${namespace}.`));

/** The host of a URL with a dot at its end, so that it can be told where a name ends. */
const hostOf = (url: string): string => (URL.canParse(url) ? `${new URL(url).hostname}.` : "");
