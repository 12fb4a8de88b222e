import { nameOf, type Condition, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { Dependencies, type Dependency } from "../operators/dependencies";
import { Redactor, withoutPrintedSecrets, type SecretData } from "../../kube/redactor";
import { reminder } from "../../config/names";
import type { Package } from "../../config/operators";
import { findUnready } from "../readiness/readiness";
import { TaskError, PersistentProblems, until } from "../../kube/wait";
import { lastWritten } from "../readiness/written";

export interface AwaitOrchestratorInput {
  readonly ref: Ref;
  /** Changes with what is sent, and with the object, so that a change is waited for again. */
  readonly digest: string;
  readonly uid: string;
  /** The operators that it subscribes to, and what these are to run, as far as they are known beforehand. */
  readonly dependencies: readonly Dependency[];
  /** The operators that come and go with this stack. */
  readonly packages: readonly Package[];
  readonly objects: readonly Ref[];
  /** Developer Hub: the name of its `Backstage`, and its namespace. */
  readonly rhdh: { readonly name: string; readonly namespace: string };
  /** The Secret that the operator reads, whose values its messages may repeat. */
  readonly secret: { readonly namespace: string; readonly name: string };
  readonly minutes: number;
}

export interface AwaitOrchestratorResult {
  /** What the custom resource said when the wait ended. */
  readonly condition: string;
  /** Where Developer Hub is served, or "unknown". */
  readonly rhdhUrl: string;
}

interface Orchestrator extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Route extends KubeObject {
  readonly spec: { readonly host?: string };
}

/** The cluster's own, of OpenShift's configuration. */
interface Ingress extends KubeObject {
  readonly spec: { readonly domain?: string };
}

/**
 * How long a condition may be a leftover of the spec before, in seconds: the operator renders anew on each change, at
 * the latest in its next round a minute later (its watches.yaml), and its status names no generation.
 */
const settling = 75;

/** How long a failure may stand before it is believed, in seconds: a first attempt may lose a race with a webhook. */
const lasting = 5;

/**
 * Waits until the operator has rolled out the custom resource as it is now, and all runs that comes of it. Its condition
 * `Deployed` only says that the chart was applied (operator-sdk, internal/helm): then Subscriptions are seconds old, and
 * CronJobs have yet to make what the chart's notes list.
 * @throws TaskError with the operator's message once it keeps saying that this has failed, with OLM's reason why an
 * operator cannot come, or with that of the operator whose part keeps failing.
 */
export async function awaitOrchestrator(
  cluster: Cluster,
  input: AwaitOrchestratorInput,
): Promise<AwaitOrchestratorResult> {
  const { ref, minutes } = input;
  const started = Date.now();
  const troubles = new PersistentProblems();
  let isReminded = false;
  const dependencies = new Dependencies(cluster, input.dependencies, input.packages);
  const redact = await redactor(cluster, input.secret);
  const condition = await until({ minutes, what: `the roll-out of ${nameOf(ref)}` }, async (status) => {
    troubles.nextLook();
    const orchestrator = await cluster.get<Orchestrator>(ref);
    if (!orchestrator) throw new TaskError(`${nameOf(ref)} is gone; run pulumi up again`);
    const { conditions = [] } = orchestrator.status ?? {};
    const holding = (type: string) =>
      conditions.find((entry) => entry.type === type && entry.status === "True");
    const isFresh = saysSomethingNew(orchestrator) || Date.now() - started > settling * 1_000;
    const failure = holding("ReleaseFailed") ?? holding("Irreconcilable");
    if (failure) {
      const { type, reason = "no reason given", message = "" } = failure;
      const text = `${nameOf(ref)}: ${type} (${reason}): ${redact(message)}`;
      status(text);
      if (!isReminded) await remind(cluster, ref);
      isReminded = true;
      if (isFresh) troubles.report(type, lasting, text);
      return undefined;
    }
    const deployed = holding("Deployed");
    if (!deployed || !isFresh) {
      const state = conditions.map(({ type, status }) => `${type}=${status}`).join(", ");
      status(`it is ${state || "not yet seen by the operator"}`);
      return undefined;
    }
    const toCome = await dependencies.waiting(orchestrator);
    // What they are to run is not there before them.
    const parts = toCome.length > 0 ? [] : await findUnready(cluster, input.objects);
    for (const { ref, text, lasting } of parts)
      if (lasting !== undefined) troubles.report(nameOf(ref), lasting, text);
    const waiting = [...toCome, ...parts.map(({ text }) => text)];
    status(waiting.join("; "));
    return waiting.length === 0 ? `Deployed (${deployed.reason ?? ""})` : undefined;
  });

  return { condition, rhdhUrl: await rhdhUrl(cluster, input.rhdh) };
}

/**
 * Has the operator try again at once. After some failures it pauses for up to 1,000 seconds, although what it has missed is
 * there by now; only a change of its custom resource wakes it (operator-sdk, internal/helm/controller/controller.go).
 */
const remind = (cluster: Cluster, ref: Ref): Promise<void> =>
  cluster.patch(ref, { metadata: { annotations: { [reminder]: new Date().toISOString() } } });

/** Where Developer Hub is, while the cluster does not say. */
export const unknownUrl = "unknown";

/**
 * Where Developer Hub is served. Its Route comes minutes later; until then, the address is the one that the operator
 * has already written into Developer Hub's configuration.
 */
export async function rhdhUrl(cluster: Cluster, rhdh: AwaitOrchestratorInput["rhdh"]): Promise<string> {
  const { namespace } = rhdh;
  const name = `backstage-${rhdh.name}`;
  const route = await cluster.get<Route>({
    apiVersion: "route.openshift.io/v1",
    kind: "Route",
    namespace,
    name,
  });
  if (route?.spec.host !== undefined) return `https://${route.spec.host}`;
  const ingress = await cluster.get<Ingress>({
    apiVersion: "config.openshift.io/v1",
    kind: "Ingress",
    name: "cluster",
  });
  return ingress?.spec.domain === undefined
    ? unknownUrl
    : `https://${name}-${namespace}.${ingress.spec.domain}`;
}

/** Whether the status was written after the spec; both carry the second of their last change. */
const saysSomethingNew = (object: KubeObject): boolean =>
  lastWritten(object, "status") >= lastWritten(object, "spec");

/**
 * Hides the Secret's values: when a key is missing, the operator puts the whole Secret into the condition
 * (templates/rhdh-operator.yaml).
 */
async function redactor(
  cluster: Cluster,
  ref: { namespace: string; name: string },
): Promise<(text: string) => string> {
  const secret = await cluster.get<KubeObject & SecretData>({ apiVersion: "v1", kind: "Secret", ...ref });
  const values = new Redactor(secret ? [secret] : []);
  return (text) => withoutPrintedSecrets(values.redact(text));
}
