import { ApiError } from "../../kube/requests";
import { nameOf, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { TaskError } from "../../kube/wait";

/*
 * Which cluster it is. Names do not tell: a kubeconfig that leads somewhere else has namespaces of the same names there.
 */

/** An object that a cluster has for as long as it lives, and what tells it from that of any other cluster. */
interface Witness {
  readonly ref: Ref;
  read(object: KubeObject): string | undefined;
}

interface ClusterVersion extends KubeObject {
  readonly spec?: { readonly clusterID?: string };
}

const openShift: Witness = {
  ref: { apiVersion: "config.openshift.io/v1", kind: "ClusterVersion", name: "version" },
  read: (object: ClusterVersion) => object.spec?.clusterID,
};

const namespace = (name: string): Witness => ({
  ref: { apiVersion: "v1", kind: "Namespace", name },
  read: ({ metadata }) => metadata.uid,
});

/** One fact about a cluster, such as `ClusterVersion/version/<clusterID>` or `Namespace/kube-system/<uid>`. */
const write = ({ ref }: Witness, value: string): string => `${ref.kind}/${ref.name}/${value}`;

function witnessOf(identity: string): { readonly witness: Witness; readonly value: string } {
  const [kind, name = "", value = ""] = identity.split("/");
  return { witness: kind === openShift.ref.kind ? openShift : namespace(name), value };
}

/**
 * What tells this cluster from all others: the id of its ClusterVersion, else the UID of its namespace `kube-system`. Where
 * the user may read neither, the UID of a namespace of `others` has to do.
 * @throws TaskError where none of them can be read.
 */
export async function identityOf(cluster: Cluster, others: readonly string[] = []): Promise<string> {
  const witnesses = [openShift, namespace("kube-system"), ...others.map(namespace)];
  for (const witness of witnesses) {
    const object = await readable(cluster.get(witness.ref));
    const value = object && witness.read(object);
    if (value !== undefined) return write(witness, value);
  }
  const names = witnesses.map(({ ref }) => nameOf(ref)).join(", ");
  throw new TaskError(
    `which cluster this is cannot be told: you may get none of ${names}. Have the right to get one of them granted`,
  );
}

/**
 * Makes sure that this is the cluster of that identity.
 * @throws TaskError that names both clusters, and says how to go on.
 */
export async function checkIdentity(cluster: Cluster, identity: string): Promise<void> {
  const { witness, value } = witnessOf(identity);
  let object: KubeObject | undefined;
  try {
    object = await cluster.get(witness.ref);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    throw new TaskError(
      `whether this is the cluster of the stack cannot be told: you may not get ${nameOf(witness.ref)}. Have that right granted`,
    );
  }
  const found = object && witness.read(object);
  if (found === value) return;
  const actual = found === undefined ? `has no ${nameOf(witness.ref)}` : `is ${write(witness, found)}`;
  throw new TaskError(
    `this is not the cluster of the stack, and nothing was read, changed or deleted on it. The stack's cluster is ${identity}; ` +
      `${cluster.where} ${actual}.\n` +
      "Log in to the stack's cluster, or choose it with KUBECONFIG or the setting context.\n" +
      "Only if that cluster is gone for good: forget what was on it with pulumi state delete --all, then run pulumi up here",
  );
}

const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.code === 403;

async function readable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
