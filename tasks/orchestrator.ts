import type { OperatorProfile } from "../config/profiles";
import { nameOf, type Cluster, type Condition, type KubeObject, type Ref } from "./cluster";
import { TaskError, Troubles, until } from "./wait";

export interface AwaitOrchestratorInput {
  readonly ref: Ref;
  /** Changes with the spec, so that a change is waited for again. */
  readonly generation: number;
  /** How the release says that it is rolled out. */
  readonly says: OperatorProfile["says"];
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
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
  };
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

/** What an Orchestrator says of itself. */
interface Verdict {
  /** Set where it is rolled out. */
  readonly done?: string | undefined;
  /** Set where that has failed. */
  readonly failure?:
    { readonly what: string; readonly reason?: string; readonly message?: string } | undefined;
  /** All of it, for a wait that was too long. */
  readonly state: string;
}

/** How to read each kind of status, and how long a failure may stand before it is believed, in seconds. */
const statuses: Readonly<
  Record<OperatorProfile["says"], { readonly lasting: number; readonly read: (of: Orchestrator) => Verdict }>
> = {
  // operator-sdk, internal/helm. Seconds, because a first attempt may lose a race with a webhook or a quota.
  condition: {
    lasting: 5,
    read: ({ status }) => {
      const conditions = status?.conditions ?? [];
      const holding = (type: string) =>
        conditions.find((entry) => entry.type === type && entry.status === "True");
      const deployed = holding("Deployed");
      const failure = holding("ReleaseFailed") ?? holding("Irreconcilable");
      return {
        done: deployed && `Deployed (${deployed.reason ?? ""})`,
        failure: failure && { ...failure, what: failure.type },
        state: conditions.map(({ type, status }) => `${type}=${status}`).join(", "),
      };
    },
  },
  // orchestrator-go-operator, internal/controller/orchestrator_controller.go. It tries again, sooner or later than after
  // a minute; the condition `Degrading` is False when it holds, and stays for good.
  phase: {
    lasting: 75,
    read: ({ status: { phase, conditions = [] } = {} }) => {
      const degrading = conditions.find(({ type }) => type === "Degrading");
      const completed = conditions.find(({ type }) => type === "Completed");
      return {
        done: phase === "Completed" ? `Completed (${completed?.reason ?? ""})` : undefined,
        failure: phase === "Failed" ? { ...degrading, what: phase } : undefined,
        state: phase ?? "",
      };
    },
  },
};

/**
 * Waits until the operator has rolled out the custom resource as it is now: its condition `Deployed` is true, or its phase
 * is `Completed`.
 * @throws TaskError with the operator's message once it keeps saying that this has failed.
 */
export async function awaitOrchestrator(
  cluster: Cluster,
  input: AwaitOrchestratorInput,
): Promise<AwaitOrchestratorResult> {
  const { ref, minutes } = input;
  const { lasting, read } = statuses[input.says];
  const started = Date.now();
  const troubles = new Troubles();
  const redact = await redactor(cluster, input.secret);
  const condition = await until({ minutes, what: `the roll-out of ${nameOf(ref)}` }, async (status) => {
    troubles.nextLook();
    const orchestrator = await cluster.get<Orchestrator>(ref);
    if (!orchestrator) throw new TaskError(`${nameOf(ref)} is gone; run pulumi up again`);
    const { done, failure, state } = read(orchestrator);
    const isFresh = saysSomethingNew(orchestrator) || Date.now() - started > settling * 1_000;
    if (failure) {
      const { what, reason = "no reason given", message = "" } = failure;
      const text = `${nameOf(ref)}: ${what} (${reason}): ${redact(message)}`;
      status(text);
      if (isFresh) troubles.report(what, lasting, text);
      return undefined;
    }
    if (done !== undefined && isFresh) return done;
    status(`it is ${state || "not yet seen by the operator"}`);
    return undefined;
  });

  return { condition, rhdhUrl: await rhdhUrl(cluster, input.rhdh) };
}

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
    ? "unknown"
    : `https://${name}-${namespace}.${ingress.spec.domain}`;
}

/** Whether the status was written after the spec; both carry the second of their last change. */
function saysSomethingNew({ metadata: { managedFields = [] } }: KubeObject): boolean {
  const last = (isStatus: boolean) =>
    managedFields
      .filter(({ subresource }) => (subresource === "status") === isStatus)
      .map(({ time = "" }) => time)
      .sort()
      .at(-1) ?? "";
  return last(true) >= last(false);
}

/**
 * Hides the Secret's values, as they are and in base64: when a key is missing, operators up to 1.4 put the whole
 * Secret into the condition (templates/rhdh-operator.yaml).
 */
async function redactor(
  cluster: Cluster,
  secret: { namespace: string; name: string },
): Promise<(text: string) => string> {
  const object = await cluster.get<KubeObject & { data?: Record<string, string> }>({
    apiVersion: "v1",
    kind: "Secret",
    ...secret,
  });
  const encoded = Object.values(object?.data ?? {});
  return (text) => redact(text, encoded);
}

/** Replaces `values`, given in base64, wherever `text` has them, and every other value of a Secret printed as JSON. */
export function redact(text: string, values: readonly string[]): string {
  const plain = values.map((value) => Buffer.from(value, "base64").toString("utf8"));
  const hidden = [...values, ...plain]
    .filter((value) => value.length > 3)
    .sort((a, b) => b.length - a.length);
  const known = hidden.reduce((rest, value) => rest.replaceAll(value, "[hidden]"), text);
  return known
    .replace(/("(?:data|stringData)"\s*:\s*)\{[^}]*\}/g, "$1{[hidden]}")
    .replace(/\b(data|stringData):map\[[^\]]*\]/g, "$1:[hidden]");
}
