import { configurationEnv } from "../../config/names";
import { reasonOf, nameOf, type Condition, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { whyNotRolledOut, type EnvVar, type Trouble, type Workload } from "./rollOut";

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
  /** What there is to say instead of that condition, which does not tell enough; undefined where it works. @default - it does */
  readonly findTrouble?: (
    cluster: Cluster,
    object: Conditioned,
    made: ManagedObject,
  ) => Promise<Trouble | undefined>;
  /** What its operator makes of it, which has to work, too. @default - nothing */
  readonly managedObjects?: (object: Conditioned) => readonly ManagedObject[];
}

const deployment = (namespace: string | undefined, name: string): Ref => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace,
  name,
});

/** What an operator makes of another object. */
interface ManagedObject extends Ref {
  /** What tells, in its pods' environment, whether it is made of the other object as that is now. */
  readonly env?: readonly EnvVar[];
}

/** Why what runs pods does not run all that it should, as its operator has been told to. */
async function whyNotRunning(
  cluster: Cluster,
  object: Conditioned,
  { env }: ManagedObject,
): Promise<Trouble | undefined> {
  const workload = object as unknown as Workload;
  const { containers } = workload.spec.template.spec;
  const has = ({ name, value }: EnvVar) =>
    containers.some((container) => container.env?.some((its) => its.name === name && its.value === value));
  if (env?.every(has) === false)
    return { text: "its operator has not taken in the present configuration yet" };
  // None is what a Backstage may ask for; the services of a platform have none while they wait for a broker.
  if (env === undefined && workload.spec.replicas === 0) return { text: "it is scaled to 0", isIdle: true };
  return whyNotRolledOut(cluster, workload);
}

export interface Backstage extends Conditioned {
  readonly spec?: {
    readonly application?: { readonly extraEnvs?: { readonly envs?: readonly EnvVar[] } };
    /** From 1.9 on it may be another kind than a Deployment. */
    readonly deployment?: { readonly kind?: string };
  };
}

/** What runs the pods of a Backstage. */
export const hubOf = ({ metadata: { namespace, name }, spec }: Backstage): ManagedObject => ({
  ...deployment(namespace, `backstage-${name}`),
  kind: spec?.deployment?.kind ?? "Deployment",
  env: spec?.application?.extraEnvs?.envs?.filter(({ name }) => name === configurationEnv) ?? [],
});

interface SonataFlowPlatform extends Conditioned {
  readonly spec?: {
    readonly services?: Readonly<Record<string, { readonly enabled?: boolean } | undefined>>;
  };
}

/** The services of a SonataFlowPlatform, each by the end of its name: apache/incubator-kie-kogito-serverless-operator, platform/services. */
export const services = { dataIndex: "data-index-service", jobService: "jobs-service" };

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
  SonataFlowPlatform: { condition: "Succeed", managedObjects: servicesOf },
  // `Deployed` stays true during a roll-out: rhdh-operator, internal/controller/backstage_status.go.
  Backstage: {
    condition: "Deployed",
    managedObjects: (object) => [hubOf(object)],
  },
  Deployment: { condition: "Available", findTrouble: whyNotRunning },
  StatefulSet: { condition: "Available", findTrouble: whyNotRunning },
};

/** The condition by which an object says that it works. */
export const conditionOf = ({ kind }: Ref): string => readinessOf(kind).condition;

function readinessOf(kind: string): Readiness {
  const readiness = table[kind];
  if (!readiness) throw new Error(`nothing is known of when a ${kind} works`);
  return readiness;
}

/** An object that does not work yet, and why, in its operator's words, with the object's name. */
export interface Unready extends Trouble {
  readonly ref: Ref;
  readonly isMissing?: true;
}

/** How long an operator may say that something has failed before it is believed: most try again, in seconds. */
const lasting = 90;

/** Those of `refs`, or of what operators make of them, that do not work. */
export async function findUnready(cluster: Cluster, refs: readonly ManagedObject[]): Promise<Unready[]> {
  const found = await cluster.getAll<Conditioned>(refs);
  const each = await Promise.all(
    refs.map(async (ref, index): Promise<Unready[]> => {
      const object = found[index];
      if (!object) return [{ ref, text: `${nameOf(ref)} does not exist yet`, isMissing: true }];
      const readiness = readinessOf(ref.kind);
      const trouble = readiness.findTrouble
        ? await readiness.findTrouble(cluster, object, ref)
        : whyNot(object, readiness);
      const parts = await findUnready(cluster, readiness.managedObjects?.(object) ?? []);
      if (trouble === undefined) return parts;
      // An operator says that it is not done; what has failed of its work says why.
      const causes =
        trouble.lasting === undefined ? parts.filter(({ lasting }) => lasting !== undefined) : [];
      return causes.length > 0
        ? causes
        : [{ ...trouble, ref, text: `${nameOf(ref)} is not ready: ${trouble.text}` }];
    }),
  );
  return each.flat();
}

/** Why an object does not work yet, in its operator's words; undefined where it does. */
function whyNot({ metadata, status }: Conditioned, { condition: type }: Readiness): Trouble | undefined {
  const { generation = 0 } = metadata;
  if ((status?.observedGeneration ?? generation) < generation) return { text: "it has changed" };
  const condition = status?.conditions?.find((entry) => entry.type === type);
  if (condition?.status === "True") return undefined;
  const text = reasonOf(condition ?? { reason: "not yet seen by its operator" });
  return /Fail/.test(text) ? { text, lasting } : { text };
}
