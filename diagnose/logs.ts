import { ApiError } from "../kube/requests";
import { inParallel } from "../kube/parallel";
import type { Cluster } from "../kube/cluster";
import type { KubeObject } from "../kube/objects";

interface Pod extends KubeObject {
  readonly spec?: {
    readonly initContainers?: readonly { readonly name: string }[];
    readonly containers?: readonly { readonly name: string }[];
  };
  readonly status?: {
    readonly initContainerStatuses?: readonly Status[];
    readonly containerStatuses?: readonly Status[];
  };
}

interface Status {
  readonly name: string;
  readonly restartCount?: number;
}

/** How much of each log is kept, in lines. */
const lines = 1_000;

/** The end of each container's log, and that of its run before where it was restarted, by the file's name. */
export async function logsOf(cluster: Cluster, pods: readonly KubeObject[]): Promise<Map<string, string>> {
  const wanted = (pods as readonly Pod[]).flatMap((pod) => {
    const { name, namespace = "" } = pod.metadata;
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    return containers.flatMap(({ name: container }) => {
      const restarts = statuses.find((status) => status.name === container)?.restartCount ?? 0;
      const file = `logs/${namespace}/${name}_${container}`;
      return [
        { pod: { name, namespace }, container, file: `${file}.log` },
        ...(restarts > 0
          ? [{ pod: { name, namespace }, container, file: `${file}_previous.log`, isPrevious: true }]
          : []),
      ];
    });
  });
  const texts = await inParallel(wanted, async ({ pod, file, ...options }) => {
    try {
      return [file, await cluster.log(pod, { ...options, lines })] as const;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return [file, `There is no log: ${error.message}\n`] as const;
    }
  });
  return new Map(texts);
}
