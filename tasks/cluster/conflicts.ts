import { refusals, type PlannedObject, type Conflict } from "./adoption";
import { nameOf, refOf, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import type { Held } from "../operators/minorMove";
import type { SettingPaths } from "../../config/operators";
import type { Subscription } from "../operators/olm";
import { cannotMove } from "../operators/switches";

/* What on a cluster is in the way of a stack, or missing for it: told by the claim, and before it by the preflight checks. */

/** What a stack wants for itself. */
export interface Wanted {
  /** What it is about to make. Unless it adopts, objects inside a namespace that it makes itself are left out. */
  readonly planned: readonly PlannedObject[];
  /** Take over what an install by hand has made. @default - the release cannot */
  readonly adopt?: boolean | undefined;
  /** The operators that it subscribes to. @default - none */
  readonly packages?: readonly PackageClaim[] | undefined;
}

/** One kind in one namespace; without a namespace, on the cluster. */
export type Place = Omit<Ref, "name">;

/** An operator of which a cluster has only one, whatever namespace it is in. */
export interface PackageClaim extends SettingPaths, Held {
  /** All packages that bring the same kinds. */
  readonly packages: readonly string[];
  /** What to do where somebody else has one of them. */
  readonly hint: string;
}

export interface Prerequisite extends Ref {
  /** What to do where it is missing. */
  readonly hint?: string | undefined;
  /** Keys that a Secret has to have, by the settings that name them. @default - any */
  readonly keys?: Readonly<Record<string, string>> | undefined;
}

/** One label of one namespace. */
export interface Label {
  readonly namespace: string;
  readonly label: string;
  readonly value: string;
}

/** Each place once. */
export function distinct(places: readonly Place[]): Place[] {
  const byName = new Map(places.map((place) => [nameOf({ ...place, name: place.apiVersion }), place]));
  return [...byName.values()];
}

/** What is there of what the stack is to make, and not its own. */
export async function findConflicts(
  cluster: Cluster,
  planned: readonly PlannedObject[],
  isMine: (object: KubeObject) => boolean,
): Promise<Conflict[]> {
  const found = await cluster.getAll(planned);
  return planned.flatMap((made, index) => {
    const object = found[index];
    return object && !isMine(object) ? [{ planned: made, object }] : [];
  });
}

/** What of it cannot be made the stack's own, a line each. */
export const describeConflicts = (
  foreign: readonly Conflict[],
  { adopt, packages = [] }: Pick<Wanted, "adopt" | "packages">,
): string[] =>
  adopt
    ? refusals(foreign)
    : foreign.map(({ planned, object }) => {
        const { spec } = object as { readonly spec?: { readonly name?: string } };
        const claimed = packages.find(
          (wanted) => planned.kind === "Subscription" && wanted.package === spec?.name,
        );
        return `${nameOf(planned)} exists, and is not of this stack${adviceOf(claimed ?? planned)}`;
      });

/** What can be done about {@link describeConflicts}. */
export function advice(foreign: readonly Conflict[], adopt: boolean | undefined): string[] {
  if (foreign.length === 0) return [];
  return [
    ...(foreign.some(({ planned }) => planned.kind === "Namespace")
      ? [
          "A namespace of yours is used, and kept on destroy, with: pulumi config set --path namespaces.<which>.existing true, " +
            "or workflowNamespaces[<index>].existing true",
        ]
      : []),
    ...(adopt !== false
      ? []
      : [
          "What an install by hand has made is taken over, and is the stack's from then on, with: pulumi config set adopt true",
        ]),
    "Other objects have to be removed, or named otherwise in the configuration.",
  ];
}

/** What is needed and missing, or the stack's own, a line each. */
export async function describeMissing(
  cluster: Cluster,
  prerequisites: readonly Prerequisite[],
  isMine: (object: KubeObject) => boolean,
): Promise<string[]> {
  const found = await cluster.getAll(prerequisites);
  return prerequisites.flatMap((ref, index) => {
    const object = found[index];
    if (!object) {
      return [`${nameOf(ref)} does not exist, though the configuration says so${adviceOf(ref)}`];
    }
    // To make it somebody else's means, to the engine, to delete it.
    return isMine(object)
      ? [`${nameOf(ref)} was made by this stack, and would be deleted if it were taken for existing`]
      : unusable(ref, object);
  });
}

/** Keys of a Secret that its users would not find, or could not use, a line each. Values are not shown. */
function unusable({ keys = {}, ...ref }: Prerequisite, object: KubeObject): string[] {
  const { data = {} } = object as { readonly data?: Readonly<Record<string, string>> };
  const has = Object.keys(data).sort().join(", ") || "none";
  return Object.entries(keys).flatMap(([setting, key]) => {
    const value = data[key];
    if (value === undefined)
      return [
        `${nameOf(ref)} has no key ${key}; its keys are: ${has}. Name the right one with: pulumi config set --path ${setting} <key>`,
      ];
    const text = Buffer.from(value, "base64").toString("utf8");
    return text === "" || /\p{Cc}/u.test(text)
      ? [`${nameOf(ref)} has nothing under ${key}, or a line end or another control character in it`]
      : [];
  });
}

/** Labels that say something else already, a line each. */
export async function describeTakenLabels(cluster: Cluster, labels: readonly Label[]): Promise<string[]> {
  const found = await Promise.all(
    labels.map(async (label) => ({ label, value: await valueOf(cluster, label) })),
  );
  return found.flatMap(({ label, value }) =>
    value === undefined || value === label.value
      ? []
      : [`${claimOf(label)} is "${value}", and would have to be "${label.value}"`],
  );
}

/**
 * Subscriptions of others to an operator that is about to be brought, or the stack's own under another name, a line each.
 * One that is where the stack's is to be is {@link describeConflicts}.
 */
export function describeRivals(
  all: readonly Subscription[],
  { planned, packages = [] }: Pick<Wanted, "planned" | "packages">,
  isMine: (object: KubeObject) => boolean,
): string[] {
  const known = planned.map(nameOf);
  return packages.flatMap((wanted) => {
    const isThere = all.some((object) => isMine(object) && object.spec.name === wanted.package);
    return all.flatMap((object) => {
      const { name } = object.spec;
      if (!wanted.packages.includes(name) || known.includes(nameOf(refOf(object)))) return [];
      const what = `${nameOf(refOf(object))}, to ${name},`;
      // One that has come later is in the way of nothing.
      if (!isMine(object))
        return isThere ? [] : [`${what} exists, and is not of this stack${adviceOf(wanted)}`];
      if (name === wanted.package || wanted.formerPackages?.includes(name) === true)
        return object.metadata.namespace === wanted.namespace ? [] : [cannotMove(object, wanted.settings)];
      return [
        `${what} is of this stack, and nothing leads from there to ${wanted.package}, which has the same kinds: ` +
          "go back to the release before, run pulumi destroy (with postgres.keepData the database stays), and install anew",
      ];
    });
  });
}

const adviceOf = ({ hint }: { readonly hint?: string | undefined }): string =>
  hint === undefined ? "" : `; ${hint}`;

/** How a label is called in messages, and in the record of a claim. */
export const claimOf = ({ namespace, label }: Label) => `label ${label} of Namespace ${namespace}`;

async function valueOf(cluster: Cluster, { namespace, label }: Label): Promise<string | undefined> {
  const object = await cluster.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
  return object?.metadata.labels?.[label];
}
