import { nameOf, type Condition, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { waitUntilFound, type Look } from "../../kube/wait";

export interface AwaitApisInput {
  readonly apis: readonly Api[];
  /** An object that says by its condition `Ready` when all of them work. Not asked where its kind is not served. */
  readonly readyWhen?: Ref | undefined;
  /** The longest wait, in minutes; 0 where nobody is about to bring them. */
  readonly minutes: number;
}

interface Api {
  readonly apiVersion: string;
  readonly kind: string;
  /** What to do where the cluster has it not. */
  readonly hint: string;
}

export interface AwaitApisResult {
  readonly served: readonly string[];
}

interface Conditioned extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
  };
}

/**
 * Waits until the cluster serves all of these kinds: an operator may bring them long after OLM calls it installed.
 * @throws TaskError that names the missing kinds, with what to do about it.
 */
export async function awaitApis(cluster: Cluster, input: AwaitApisInput): Promise<AwaitApisResult> {
  const { apis, readyWhen, minutes } = input;
  const what = `serving ${apis.map(say).join(", ")}`;
  return waitUntilFound({ minutes, what }, async (): Promise<Look<AwaitApisResult>> => {
    const served = await Promise.all(apis.map((api) => cluster.serves(api)));
    const missing = apis.filter((_, index) => !served[index]);
    if (missing.length > 0) {
      const advice = [...new Set(missing.map(({ hint }) => hint))].join("; ");
      return { missing: `the cluster does not serve ${missing.map(say).join(", ")}: ${advice}` };
    }
    const trouble = readyWhen && (await notReady(cluster, readyWhen));
    return trouble === undefined ? { found: { served: apis.map(say) } } : { pending: trouble };
  });
}

const say = ({ apiVersion, kind }: Api) => `${apiVersion} ${kind}`;

async function notReady(cluster: Cluster, ref: Ref): Promise<string | undefined> {
  if (!(await cluster.serves(ref))) return undefined;
  const object = await cluster.get<Conditioned>(ref);
  if (!object) return `${nameOf(ref)} does not exist yet`;
  const ready = object.status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True"
    ? undefined
    : `${nameOf(ref)} is not ready: ${ready?.message ?? "it does not say why"}`;
}
