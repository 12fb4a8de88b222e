import { reasonOf, nameOf, refOf, type Condition, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { emptyIfForbidden } from "../cluster/preflight/finding";

/** A Deployment or StatefulSet. */
export interface Workload extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: PodTemplate;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
}

interface PodTemplate {
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly env?: readonly EnvVar[];
    }[];
  };
}

interface Pod extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: Ended;
  };
  readonly lastState?: { readonly terminated?: Ended };
}

interface Ended {
  readonly exitCode: number;
  readonly reason?: string;
}

/** Why something does not work. */
export interface Trouble {
  readonly text: string;
  /** After how many seconds it is believed that it stays so. @default - it is waited for */
  readonly lasting?: number | undefined;
  /** Whether it runs nothing because it is scaled to 0. */
  readonly isIdle?: true;
  /** The container whose end is the reason, if one is. */
  readonly ended?: EndedContainer | undefined;
}

/** A container that ends, and what shows its last words. */
export interface EndedContainer {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly container: string;
  readonly command: string;
}

/** What the kubelet says of images and settings: it tries again, and a registry may be back shortly. */
const unstartable =
  /ErrImage|ImagePullBackOff|InvalidImageName|ImageInspectError|Create\w*Error|RunContainerError/;
/** How long such a thing may last, in seconds; and a container that ends, which may only miss another that comes. */
const lasting = { unstartable: 60, crashing: 150 };

/** What is known of a trouble by its text, in the words of the kubelet or of an operator that repeats them. */
export const troubleOf = (text: string): Trouble =>
  unstartable.test(text)
    ? { text, lasting: lasting.unstartable }
    : { text, ...(text.includes("CrashLoopBackOff") && { lasting: lasting.crashing }) };

/**
 * Why a workload does not run what its spec says now, all of it, as `kubectl rollout status` counts; undefined where it
 * does. Where a pod cannot start, its reason is told.
 */
export async function whyNotRolledOut(cluster: Cluster, workload: Workload): Promise<Trouble | undefined> {
  const { metadata, spec, status = {} } = workload;
  const wanted = spec.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if ((status.observedGeneration ?? metadata.generation ?? 0) < (metadata.generation ?? 0))
    return { text: "it has changed" };
  if (updatedReplicas >= wanted && replicas <= updatedReplicas && availableReplicas >= updatedReplicas)
    return undefined;
  const pod = await podTrouble(cluster, workload);
  if (pod) return { ...troubleOf(pod.text), ended: pod.ended };
  const refused = status.conditions?.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  if (refused) return { text: refused.message ?? "", lasting: lasting.unstartable };
  const late = status.conditions?.find(({ type, status }) => type === "Progressing" && status === "False");
  if (late) return { text: `${late.reason ?? ""}: ${late.message ?? ""}`, lasting: lasting.unstartable };
  return {
    text: `${availableReplicas} of ${wanted} pods are available, ${updatedReplicas} of them as they are to be`,
  };
}

/** What is wrong with the newest pod that does not run, and where its log is; undefined where nothing is said. */
async function podTrouble(cluster: Cluster, { metadata, spec }: Workload): Promise<Trouble | undefined> {
  const label = Object.entries(spec.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const pod = { apiVersion: "v1", kind: "Pod" };
  // Whoever may not see pods still learns how many there are.
  const pods = await emptyIfForbidden(cluster.list<Pod>(pod, { namespace: metadata.namespace, label }));
  const troubled = [...pods]
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .sort((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""))
    .flatMap((pod) => {
      const trouble = notStarted(pod);
      return trouble ? [{ ...trouble, text: `${nameOf(refOf(pod))}: ${trouble.text}` }] : [];
    });
  return troubled[0];
}

function notStarted({ metadata: { name, namespace = "" }, status = {} }: Pod): Trouble | undefined {
  const unscheduled = status.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  if (unscheduled) return { text: reasonOf(unscheduled) };
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const { state = {}, lastState = {} } = container;
    const { reason = "", message = "" } = state.waiting ?? {};
    const ended = state.terminated ?? lastState.terminated;
    if (ended !== undefined && ended.exitCode !== 0 && !container.ready) {
      // Whether it is just being started again or not: it has ended before, and its log says why.
      const command = `oc logs --previous -n ${namespace} ${name} -c ${container.name}`;
      return {
        text: `CrashLoopBackOff: its container ${container.name} ends with code ${ended.exitCode}${ended.reason === undefined ? "" : ` (${ended.reason})`}; see: ${command}`,
        ended: { pod: { namespace, name }, container: container.name, command },
      };
    }
    if (state.waiting && reason !== "ContainerCreating" && reason !== "PodInitializing")
      return { text: `${reason}: ${message}` };
  }
  return undefined;
}
