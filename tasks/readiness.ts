import { nameOf, type Cluster, type Condition, type KubeObject, type Ref } from "./cluster";

/** An object that says by conditions how it is. */
interface Conditioned extends KubeObject {
  readonly spec?: object;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** By what an object of a kind is known to work. */
interface Readiness {
  /** The condition that is true then. */
  readonly condition: string;
  /** What that condition does not tell, in words; undefined where there is nothing. @default - it tells all */
  readonly lacks?: (object: Conditioned) => string | undefined;
  /** What its operator makes of it, which has to work, too. @default - nothing */
  readonly makes?: (object: Conditioned) => readonly Ref[];
}

const deployment = (namespace: string | undefined, name: string): Ref => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace,
  name,
});

interface Deployment extends Conditioned {
  readonly spec?: { readonly replicas?: number };
  readonly status?: Conditioned["status"] & {
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** What is missing of a roll-out, as `kubectl rollout status` sees it: pods of before count for `Available`, too. */
function rollout({ spec, status }: Deployment): string | undefined {
  const { replicas: wanted = 1 } = spec ?? {};
  const { replicas = 0, updatedReplicas: updated = 0, availableReplicas: available = 0 } = status ?? {};
  if (updated >= wanted && replicas <= updated && available >= updated) return undefined;
  const late = status?.conditions?.find(({ type, status }) => type === "Progressing" && status === "False");
  const pods = `${available} of ${wanted} pods are available, ${updated} of them as they are to be`;
  return late ? `${late.reason ?? ""}: ${late.message ?? pods}` : pods;
}

interface SonataFlowPlatform extends Conditioned {
  readonly spec?: {
    readonly services?: Readonly<Record<string, { readonly enabled?: boolean } | undefined>>;
  };
}

/** The services of a SonataFlowPlatform: apache/incubator-kie-kogito-serverless-operator, platform/services. */
const services = { dataIndex: "data-index-service", jobService: "jobs-service" };

const servicesOf = ({ metadata: { namespace, name }, spec }: SonataFlowPlatform): Ref[] =>
  Object.entries(services).flatMap(([service, suffix]) =>
    spec?.services?.[service]?.enabled === true ? [deployment(namespace, `${name}-${suffix}`)] : [],
  );

/**
 * When what the platform is made of works. Conditions may come before what they speak of, so that some name what has to
 * be there besides.
 */
const table: Readonly<Record<string, Readiness>> = {
  KnativeServing: { condition: "Ready" },
  KnativeEventing: { condition: "Ready" },
  SonataFlowClusterPlatform: { condition: "Succeed" },
  // `Succeed` is said before there are services: incubator-kie-kogito-serverless-operator, platform/create.go.
  SonataFlowPlatform: { condition: "Succeed", makes: servicesOf },
  // `Deployed` stays true during a roll-out: rhdh-operator, internal/controller/backstage_status.go.
  Backstage: {
    condition: "Deployed",
    makes: ({ metadata: { namespace, name } }) => [deployment(namespace, `backstage-${name}`)],
  },
  Deployment: { condition: "Available", lacks: rollout },
};

/** The condition by which an object says that it works. */
export const conditionOf = ({ kind }: Ref): string => readinessOf(kind).condition;

function readinessOf(kind: string): Readiness {
  const readiness = table[kind];
  if (!readiness) throw new Error(`nothing is known of when a ${kind} works`);
  return readiness;
}

/** An object that does not work yet. */
export interface Unready {
  readonly ref: Ref;
  /** Why, in its operator's words, with the object's name. */
  readonly text: string;
  readonly isMissing?: true;
  /** Its operator calls it a failure. Most try again by themselves. */
  readonly hasFailed?: boolean;
}

/** Those of `refs`, or of what operators make of them, that do not work. */
export async function unready(cluster: Cluster, refs: readonly Ref[]): Promise<Unready[]> {
  const found = await cluster.getAll<Conditioned>(refs);
  const each = await Promise.all(
    refs.map(async (ref, index): Promise<Unready[]> => {
      const object = found[index];
      if (!object) return [{ ref, text: `${nameOf(ref)} does not exist yet`, isMissing: true }];
      const readiness = readinessOf(ref.kind);
      const trouble = whyNot(object, readiness);
      if (trouble !== undefined) {
        const hasFailed = /Fail|DeadlineExceeded/.test(trouble);
        return [{ ref, text: `${nameOf(ref)} is not ready: ${trouble}`, hasFailed }];
      }
      return readiness.makes ? unready(cluster, readiness.makes(object)) : [];
    }),
  );
  return each.flat();
}

/** Why an object does not work yet, in its operator's words; undefined where it does. */
function whyNot(object: Conditioned, { condition: type, lacks }: Readiness): string | undefined {
  const { metadata, status } = object;
  const { generation = 0 } = metadata;
  if ((status?.observedGeneration ?? generation) < generation) return "it has changed";
  const condition = status?.conditions?.find((entry) => entry.type === type);
  const lack = lacks?.(object);
  if (condition?.status === "True" || lack !== undefined) return lack;
  const { reason = "", message = "" } = condition ?? { reason: "not yet seen by its operator" };
  return [reason, message].filter((text) => text !== "").join(": ");
}
