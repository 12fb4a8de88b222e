import { createHash } from "node:crypto";
import { installationLabel, keepLabel } from "../config/names";
import { crowded, refusals, type Made, type Obstacle } from "./adoption";
import { ApiError, inParallel, nameOf, refOf, type Cluster, type KubeObject, type Ref } from "./cluster";
import { isOf } from "./mark";
import { rolesOfGoneGroups } from "./operators/groupRoles";
import { heldByWorkflows, type Held } from "./operators/minorMove";
import { namespaces, operatorGroups, subscriptions, type Settings, type Subscription } from "./operators/olm";
import { cannotMove, switched, type SwitchInput } from "./operators/switches";
import { checkRelease, type ReleaseInput } from "./release";
import { removed, TaskError } from "./wait";

export interface ClaimInput {
  /** The id of this stack, which {@link installationLabel} puts on all that it makes. */
  readonly installation: string;
  /** What the stack is about to make. Unless it adopts, objects inside a namespace that it makes itself are left out. */
  readonly makes: readonly Made[];
  /** What it builds on and never touches. */
  readonly needs: readonly Need[];
  /** What it adds to namespaces of others. */
  readonly labels: readonly Label[];
  /** Take over what an install by hand has made. @default - the release cannot */
  readonly adopt?: boolean | undefined;
  /** The release of the Orchestrator operator. @default - none is installed */
  readonly release?: ReleaseInput | undefined;
  /** The operators that it subscribes to. @default - none */
  readonly packages?: readonly PackageClaim[] | undefined;
  /** What was switched must not have been the stack's. @default - nothing is looked for */
  readonly switches?: Omit<SwitchInput, "installation"> | undefined;
  /**
   * Where there may be something of the stack's: of each kind that it makes, and that its operators leave to it.
   * @default - nowhere
   */
  readonly places?: readonly Place[] | undefined;
}

/** One kind in one namespace; without a namespace, on the cluster. */
export type Place = Omit<Ref, "name">;

/** An operator of which a cluster has only one, whatever namespace it is in. */
export interface PackageClaim extends Settings, Held {
  /** All packages that bring the same kinds. */
  readonly packages: readonly string[];
  /** What to do where somebody else has one of them. */
  readonly otherwise: string;
}

export interface Need extends Ref {
  /** What to do where it is missing. */
  readonly otherwise?: string | undefined;
  /** Keys that a Secret has to have, by the settings that name them. @default - any */
  readonly keys?: Readonly<Record<string, string>> | undefined;
}

/** One label of one namespace. */
export interface Label {
  readonly namespace: string;
  readonly label: string;
  readonly value: string;
}

/** What the last claim was about, kept in the state. */
export interface ClaimResult {
  /** See {@link digestsOf}: thousands of names would be more than Linux lets a variable hold, which is how this comes back. */
  readonly claimed: string;
  /** What was there, and has been taken over. @default - nothing */
  readonly adopted?: readonly string[];
  /** All places of this claim and those before. @default - none */
  readonly places?: readonly Place[];
}

/**
 * Makes sure, before the first object is made, that none of them is there already, and that what is needed is. The
 * provider takes existing objects over, which lets an interrupted `up` go on; this is what keeps it from taking over
 * somebody else's, which the next destroy would then delete.
 */
export async function claim(
  cluster: Cluster,
  input: ClaimInput,
  previous: ClaimResult | undefined,
): Promise<ClaimResult> {
  const { adopt, packages = [] } = input;
  const before = new Set(previous?.claimed.match(new RegExp(`.{${digestLength}}`, "g")));
  const isKnown = (name: string) => before.has(digestsOf([name]));
  const isMine = (object: KubeObject) => isOf(input.installation, object);
  const fresh = input.makes.filter((ref) => !isKnown(nameOf(ref)));
  const foreign = await obstacles(cluster, fresh, isMine);
  const labels = input.labels.filter((label) => !isKnown(claimOf(label)));
  const adopted = previous?.adopted ?? [];
  const subscribed = packages.length > 0 ? await cluster.list<Subscription>(subscriptions) : [];

  const complaints = [
    ...inTheWay(foreign, input),
    ...(adopt ? await crowded(cluster, foreign) : []),
    ...rivals(subscribed, input, isMine),
    ...(await heldByWorkflows(cluster, subscribed, packages, isMine)),
    ...(await unmet(cluster, input.needs, isMine)),
    ...(await switched(cluster, { ...input.switches, installation: input.installation })),
    // The provider would overwrite it, and the next destroy take it away.
    ...(await taken(cluster, labels)),
    ...(adopted.length > 0 && !adopt
      ? [
          `${adopted.join(", ")}: taken over with adopt, without which a new backend secret would be made; pulumi config set adopt true`,
        ]
      : []),
  ];
  const blocked = input.release ? await checkRelease(cluster, input.release) : [];
  if (complaints.length + blocked.length > 0) {
    throw new TaskError(
      [
        "nothing was created, because of what the cluster holds:",
        ...[...complaints, ...blocked].map((complaint) => `  - ${complaint}`),
        ...advice(foreign, adopt),
      ].join("\n"),
    );
  }
  const claimed = digestsOf([...input.makes.map(nameOf), ...input.labels.map(claimOf)]);
  const all = [...adopted, ...foreign.map(({ made }) => nameOf(made))];
  const places = distinct([...(previous?.places ?? []), ...(input.places ?? [])]);
  return { claimed, ...(all.length > 0 && { adopted: all }), ...(places.length > 0 && { places }) };
}

/** Each place once. */
export function distinct(places: readonly Place[]): Place[] {
  const byName = new Map(places.map((place) => [nameOf({ ...place, name: place.apiVersion }), place]));
  return [...byName.values()];
}

export interface TakeInput {
  readonly installation: string;
  /** The namespaces that the stack makes. */
  readonly namespaces: readonly string[];
  /** What is there, and has been taken over, by its name. @default - nothing */
  readonly adopted?: readonly string[] | undefined;
}

/** The namespaces that have been taken by now. */
export interface TakeResult {
  readonly taken: readonly string[];
}

/**
 * Makes the stack's namespaces. The claim can only look, and two stacks that begin at once both see nothing; but of two that
 * make the same object, the API server lets one.
 * @throws TaskError where another stack has just been faster. What was made until then is gone again.
 */
export async function take(
  cluster: Cluster,
  { installation, namespaces, adopted = [] }: TakeInput,
  previous: TakeResult | undefined,
): Promise<TakeResult> {
  const label = { [installationLabel]: installation };
  const namespaceOf = (name: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: label },
  });
  /** @returns whether it is somebody else's. */
  const lost = async (object: KubeObject): Promise<boolean> => {
    try {
      await cluster.create(object);
      made.push(refOf(object));
      return false;
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 409)) throw error;
      const there = await cluster.get(refOf(object), "metadata");
      return !there || !isOf(installation, there);
    }
  };
  const made: Ref[] = [];
  // All stacks begin with the first of the names, so that one of them is first.
  const [first, ...rest] = namespaces
    .filter((name) => previous?.taken.includes(name) !== true)
    .sort()
    .map(namespaceOf)
    .filter((object) => !adopted.includes(nameOf(refOf(object))));
  const isFirstLost = first !== undefined && (await lost(first));
  const areLost = isFirstLost ? [true] : [false, ...(await inParallel(rest, lost))];
  const theirs = [first, ...rest]
    .filter((_, index) => areLost[index])
    .flatMap((each) => (each ? [nameOf(refOf(each))] : []));
  if (theirs.length > 0) {
    await removed(cluster, made, 2);
    throw new TaskError(
      `nothing was created, because somebody else, perhaps another stack with the same names, has made ${theirs.join(", ")} at this very moment. ` +
        "Give the stack other names, or run pulumi up again to see what there is",
    );
  }
  return { taken: namespaces };
}

const digestLength = 8;

/** A digest of each name, one after the other: 48 bits are enough to tell those of one stack apart. */
export const digestsOf = (names: readonly string[]): string =>
  names.map((name) => createHash("sha256").update(name).digest("base64url").slice(0, digestLength)).join("");

/** What is there of what the stack is to make, and not its own. */
export async function obstacles(
  cluster: Cluster,
  makes: readonly Made[],
  isMine: (object: KubeObject) => boolean,
): Promise<Obstacle[]> {
  const found = await cluster.getAll(makes);
  return makes.flatMap((made, index) => {
    const object = found[index];
    return object && !isMine(object) ? [{ made, object }] : [];
  });
}

/** What of it cannot be made the stack's own, a line each. */
export const inTheWay = (
  foreign: readonly Obstacle[],
  { adopt, packages = [] }: Pick<ClaimInput, "adopt" | "packages">,
): string[] =>
  adopt
    ? refusals(foreign)
    : foreign.map(({ made, object }) => {
        const { spec } = object as { readonly spec?: { readonly name?: string } };
        const claimed = packages.find(
          (wanted) => made.kind === "Subscription" && wanted.package === spec?.name,
        );
        return `${nameOf(made)} exists, and is not of this stack${adviceOf(claimed ?? made)}`;
      });

/** What can be done about {@link inTheWay}. */
export function advice(foreign: readonly Obstacle[], adopt: boolean | undefined): string[] {
  if (foreign.length === 0) return [];
  return [
    ...(foreign.some(({ made }) => made.kind === "Namespace")
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
export async function unmet(
  cluster: Cluster,
  needs: readonly Need[],
  isMine: (object: KubeObject) => boolean,
): Promise<string[]> {
  const found = await cluster.getAll(needs);
  return needs.flatMap((ref, index) => {
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
function unusable({ keys = {}, ...ref }: Need, object: KubeObject): string[] {
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
export async function taken(cluster: Cluster, labels: readonly Label[]): Promise<string[]> {
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
 * One that is where the stack's is to be is {@link inTheWay}.
 */
export function rivals(
  all: readonly Subscription[],
  { makes, packages = [] }: Pick<ClaimInput, "makes" | "packages">,
  isMine: (object: KubeObject) => boolean,
): string[] {
  const known = makes.map(nameOf);
  return packages.flatMap((wanted) => {
    const isThere = all.some((object) => isMine(object) && object.spec.name === wanted.package);
    return all.flatMap((object) => {
      const { name } = object.spec;
      if (!wanted.packages.includes(name) || known.includes(nameOf(refOf(object)))) return [];
      const what = `${nameOf(refOf(object))}, to ${name},`;
      // One that has come later is in the way of nothing.
      if (!isMine(object))
        return isThere ? [] : [`${what} exists, and is not of this stack${adviceOf(wanted)}`];
      if (name === wanted.package)
        return object.metadata.namespace === wanted.namespace ? [] : [cannotMove(object, wanted.settings)];
      return [
        `${what} is of this stack, and nothing leads from there to ${wanted.package}, which has the same kinds: ` +
          "go back to the release before, run pulumi destroy (with postgres.keepData the database stays), and install anew",
      ];
    });
  });
}

const adviceOf = ({ otherwise }: { readonly otherwise?: string | undefined }): string =>
  otherwise === undefined ? "" : `; ${otherwise}`;

const claimOf = ({ namespace, label }: Label) => `label ${label} of Namespace ${namespace}`;

async function valueOf(cluster: Cluster, { namespace, label }: Label): Promise<string | undefined> {
  const object = await cluster.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
  return object?.metadata.labels?.[label];
}

/**
 * Removes what still carries this stack's id after everything else was destroyed: objects that an interrupted `up`
 * made without having had the time to write them down. Looks only where there may be such: what else a cluster has, the
 * user may not be allowed to list, or nobody may answer for.
 */
export async function release(
  cluster: Cluster,
  { installation, places = [] }: ClaimInput,
  claimed?: ClaimResult,
): Promise<void> {
  const label = `${installationLabel}=${installation},!${Object.keys(keepLabel).join()}`;
  const all = claimed?.places ?? places;
  const found = await inParallel(await there(cluster, all), (place) =>
    cluster.list(place, {
      namespace: place.namespace,
      label,
      part: "metadata",
      // Controllers copy labels onto what they make, and clean that up themselves.
      where: ({ metadata }) => !metadata.ownerReferences?.some((owner) => owner.controller),
    }),
  );
  const groups = all.filter(({ kind }) => kind === operatorGroups.kind);
  const roles = await inParallel(groups, ({ namespace = "" }) => rolesOfGoneGroups(cluster, namespace));
  const left = [...found.flat().map(refOf), ...roles.flat()];
  const inside = left.filter(({ namespace }) => namespace !== undefined);
  const outside = left.filter(({ namespace }) => namespace === undefined);
  for (const refs of [inside, outside]) {
    for (const ref of refs) console.error(`removing ${nameOf(ref)}, which was left behind`);
    await removed(cluster, refs, 10);
  }
}

/** Those that are on the cluster, or in a namespace that has not gone: with that, a user's rights in it may go too. */
async function there(cluster: Cluster, places: readonly Place[]): Promise<Place[]> {
  const names = [...new Set(places.flatMap(({ namespace }) => namespace ?? []))];
  const isThere = async (name: string) => {
    try {
      return (await cluster.get({ ...namespaces, name }, "metadata")) !== undefined;
    } catch (error) {
      // A namespace of others may be used by someone who may not look at it.
      if (error instanceof ApiError && error.code === 403) return true;
      throw error;
    }
  };
  const found = await inParallel(names, isThere);
  return places.filter(({ namespace }) => namespace === undefined || found[names.indexOf(namespace)]);
}

/**
 * Removes objects that an interrupted `up` made without having had the time to write them down, before what they hold
 * on to is deleted; a moment later there are none any more that the engine does not know.
 */
export async function removeUsers(
  cluster: Cluster,
  { installation, users }: { readonly installation: string; readonly users: readonly Ref[] },
): Promise<void> {
  const found = await cluster.getAll(users, "metadata");
  const ours = found.filter((object) => object !== undefined && isOf(installation, object));
  await removed(
    cluster,
    ours.flatMap((object) => (object ? [refOf(object)] : [])),
    10,
  );
}
