import type { Cluster } from "../../kube/cluster";
import { type KubeObject, namesOf, type Ref, refOf } from "../../kube/objects";
import type { Departure } from "../cluster/departure";
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
  const { packages } = input;
  const left = await leftOf(cluster, input);
  const trouble = whyNotDrained(left.theirs);
  if (trouble !== undefined) throw new TaskError(trouble);
  await markBundles(cluster, input); // before it deletes the Subscriptions that it has made
  await uninstall(cluster, left.all.map(refOf), input.deleteMinutes);
  if (input.env) await keepEnvironment(cluster, packages, input.env);
  for (const object of await youngerOf(cluster, input))
    await mark(cluster, refOf(object), input.installation);
}

/** What {@link drain} would refuse for, and what it would delete, or leave to the last sweep. */
export async function previewDrain(cluster: Cluster, input: DrainInput): Promise<Departure> {
  const { all, theirs } = await leftOf(cluster, input);
  const trouble = whyNotDrained(theirs);
  const younger = await youngerOf(cluster, input);
  return {
    refuses: trouble === undefined ? [] : [trouble],
    goes: [...all, ...younger].map(refOf),
  };
}

/** What is left that only the operator can take down, and what of it is of others. */
async function leftOf(
  cluster: Cluster,
  { installation, apiVersion, kind, otherKinds = [], createdObjects = [], packages }: DrainInput,
): Promise<{ readonly all: readonly KubeObject[]; readonly theirs: readonly KubeObject[] }> {
  const kinds = [{ apiVersion, kind }, ...otherKinds];
  const all = (await Promise.all(kinds.map((kind) => cluster.list(kind, { part: "metadata" })))).flat();
  // What an operator makes itself goes with it, unless it is somebody else's operator, which stays.
  const isOperators = (name: string) => packages.length > 0 && createdObjects.includes(name);
  const isOurs = (object: KubeObject) => belongsTo(installation, object) || isOperators(object.metadata.name);
  return { all, theirs: await new Ownership(cluster, isOurs).others(all) };
}

const whyNotDrained = (theirs: readonly KubeObject[]): string | undefined =>
  theirs.length === 0
    ? undefined
    : `the operator stays, because it is needed to remove what is not of this stack: ${namesOf(theirs)}. ` +
      "Delete that first, then run pulumi destroy again";

/** What the operator leaves behind that is younger than its Subscription, and so goes with the last sweep. */
async function youngerOf(cluster: Cluster, { packages, leftovers = [] }: DrainInput): Promise<KubeObject[]> {
  const own = packages[0] && (await subscriptionsOf(cluster, packages[0]))[0];
  const since = own?.metadata.creationTimestamp;
  if (since === undefined) return [];
  const found = await cluster.getAll(leftovers);
  return found.flatMap((object) =>
    object && (object.metadata.creationTimestamp ?? "") >= since ? [object] : [],
  );
}
