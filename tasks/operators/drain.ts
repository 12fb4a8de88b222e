import type { Cluster } from "../../kube/cluster";
import { type KubeObject, nameOf, type Ref, refOf } from "../../kube/objects";
import { belongsTo, mark } from "../cluster/mark";
import { Ownership } from "../cluster/ownership";
import { TaskError } from "../../kube/wait";
import { keepEnvironment } from "./environment";
import type { Package } from "../../config/operators";
import { subscriptionsOf } from "./olm";
import { markBundles } from "./settling";
import { uninstall } from "./takeDown";

export interface DrainInput {
  readonly installation: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Further kinds that nobody could take down any more. @default - none */
  readonly otherKinds?: readonly { readonly apiVersion: string; readonly kind: string }[] | undefined;
  /** The longest wait for the removal, in minutes. */
  readonly deleteMinutes: number;
  /** Names of objects that the operator made itself. @default - none */
  readonly createdObjects?: readonly string[];
  /** What stays behind in namespaces of others, and is to go unless it was there before. @default - nothing */
  readonly leftovers?: readonly Ref[];
  /** What the Subscription adds to the operator's environment. @default - nothing */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The packages that are about to go. */
  readonly packages: readonly Package[];
}

/**
 * Makes sure that no object that only the operator can take down is left when the operator goes.
 * @throws TaskError that names objects of others.
 */
export async function drain(cluster: Cluster, input: DrainInput): Promise<void> {
  const { installation, apiVersion, kind, otherKinds = [], createdObjects = [], packages } = input;
  const kinds = [{ apiVersion, kind }, ...otherKinds];
  const left = (await Promise.all(kinds.map((kind) => cluster.list(kind, { part: "metadata" })))).flat();
  // What an operator makes itself goes with it, unless it is somebody else's operator, which stays.
  const isOperators = (name: string) => packages.length > 0 && createdObjects.includes(name);
  const isOurs = (object: KubeObject) => belongsTo(installation, object) || isOperators(object.metadata.name);
  const theirs = await new Ownership(cluster, isOurs).others(left);
  if (theirs.length > 0) {
    throw new TaskError(
      `the operator stays, because it is needed to remove what is not of this stack: ${theirs.map((object) => nameOf(refOf(object))).join(", ")}. ` +
        "Delete that first, then run pulumi destroy again",
    );
  }
  await markBundles(cluster, input); // before it deletes the Subscriptions that it has made
  await uninstall(cluster, left.map(refOf), input.deleteMinutes);
  if (input.env) await keepEnvironment(cluster, packages, input.env);
  await markLeft(cluster, input);
}

/** Puts the stack's mark on what is left, for its last sweep, if it is younger than the Subscription. */
async function markLeft(
  cluster: Cluster,
  { installation, packages, leftovers = [] }: DrainInput,
): Promise<void> {
  const own = packages[0] && (await subscriptionsOf(cluster, packages[0]))[0];
  const since = own?.metadata.creationTimestamp;
  if (since === undefined) return;
  for (const object of await cluster.getAll(leftovers)) {
    if (object && (object.metadata.creationTimestamp ?? "") >= since) {
      await mark(cluster, refOf(object), installation);
    }
  }
}
