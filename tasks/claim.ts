import { installationLabel, keepLabel } from "../config/names";
import { nameOf, refOf, type Cluster, type KubeObject, type Ref } from "./cluster";
import { removed, TaskError } from "./wait";

export interface ClaimInput {
  /** The id of this stack, which {@link installationLabel} puts on all that it makes. */
  readonly installation: string;
  /** What the stack is about to make. Objects inside a namespace that it makes itself are left out. */
  readonly makes: readonly Ref[];
  /** What it builds on and never touches. */
  readonly needs: readonly Need[];
  /** What it adds to namespaces of others. */
  readonly labels: readonly Label[];
}

export interface Need extends Ref {
  /** What to do where it is missing. */
  readonly otherwise?: string;
}

/** One label of one namespace. */
export interface Label {
  readonly namespace: string;
  readonly label: string;
  readonly value: string;
}

/** What the last claim was about, kept in the state. */
export interface ClaimResult {
  readonly claimed: readonly string[];
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
  const before = new Set(previous?.claimed);
  const fresh = input.makes.filter((ref) => !before.has(nameOf(ref)));
  const found = await cluster.getAll(fresh);
  const foreign = found.filter((object) => object !== undefined && !isOf(input.installation, object));
  const there = await cluster.getAll(input.needs);
  const needed = input.needs.map((ref, index) => ({ ref, object: there[index] }));

  const taken = await Promise.all(
    input.labels
      .filter((label) => !before.has(claimOf(label)))
      .map(async (label) => ({ label, value: await valueOf(cluster, label) })),
  );

  const complaints = [
    ...foreign.flatMap((object) =>
      object ? [`${nameOf(refOf(object))} exists, and is not of this stack`] : [],
    ),
    ...needed.flatMap(({ ref, object }) => {
      if (!object) {
        const advice = ref.otherwise === undefined ? "" : `; ${ref.otherwise}`;
        return [`${nameOf(ref)} does not exist, though the configuration says so${advice}`];
      }
      // To make it somebody else's means, to the engine, to delete it.
      return isOf(input.installation, object)
        ? [`${nameOf(ref)} was made by this stack, and would be deleted if it were taken for existing`]
        : [];
    }),
    // The provider would overwrite it, and the next destroy take it away.
    ...taken.flatMap(({ label, value }) =>
      value === undefined || value === label.value
        ? []
        : [`${claimOf(label)} is "${value}", and would have to be "${label.value}"`],
    ),
  ];
  if (complaints.length > 0) {
    throw new TaskError(
      [
        "nothing was created, because of what the cluster holds:",
        ...complaints.map((complaint) => `  - ${complaint}`),
        "A namespace of yours is used, and kept on destroy, with: pulumi config set --path namespaces.<which>.existing true, " +
          "or workflowNamespaces[<index>].existing true",
        "Other objects have to be removed, or named otherwise in the configuration.",
      ].join("\n"),
    );
  }
  return { claimed: [...input.makes.map(nameOf), ...input.labels.map(claimOf)] };
}

const claimOf = ({ namespace, label }: Label) => `label ${label} of Namespace ${namespace}`;

async function valueOf(cluster: Cluster, { namespace, label }: Label): Promise<string | undefined> {
  const object = await cluster.get({ apiVersion: "v1", kind: "Namespace", name: namespace });
  return object?.metadata.labels?.[label];
}

/**
 * Removes what still carries this stack's id after everything else was destroyed: objects that an interrupted `up`
 * made without having had the time to write them down.
 */
export async function release(cluster: Cluster, { installation }: ClaimInput): Promise<void> {
  const label = `${installationLabel}=${installation},!${Object.keys(keepLabel).join()}`;
  const kinds = await cluster.removableKinds();
  const found = await Promise.all(kinds.map((kind) => cluster.list(kind, { label })));
  // Controllers copy labels onto what they make, and clean that up themselves.
  const left = found
    .flat()
    .filter(({ metadata }) => !metadata.ownerReferences?.some((owner) => owner.controller));
  const inside = left.filter(({ metadata }) => metadata.namespace !== undefined);
  const outside = left.filter(({ metadata }) => metadata.namespace === undefined);
  for (const objects of [inside, outside]) {
    for (const object of objects) console.error(`removing ${nameOf(refOf(object))}, which was left behind`);
    await removed(cluster, objects.map(refOf), 10);
  }
}

/**
 * Removes objects that an interrupted `up` made without having had the time to write them down, before what they hold
 * on to is deleted; a moment later there are none any more that the engine does not know.
 */
export async function removeUsers(
  cluster: Cluster,
  { installation, users }: { readonly installation: string; readonly users: readonly Ref[] },
): Promise<void> {
  const found = await cluster.getAll(users);
  const ours = found.filter((object) => object !== undefined && isOf(installation, object));
  await removed(
    cluster,
    ours.flatMap((object) => (object ? [refOf(object)] : [])),
    10,
  );
}

export const isOf = (installation: string, object: KubeObject): boolean =>
  object.metadata.labels?.[installationLabel] === installation;
