import { installationLabel, keepLabel } from "../config/names";
import { nameOf, refOf, type Cluster, type KubeObject, type Ref } from "./cluster";
import { subscriptions, type Subscription } from "./operator";
import { checkRelease, warnOfManual, type ReleaseInput } from "./release";
import { removed, TaskError } from "./wait";

export interface ClaimInput {
  /** The id of this stack, which {@link installationLabel} puts on all that it makes. */
  readonly installation: string;
  /** What the stack is about to make. Objects inside a namespace that it makes itself are left out. */
  readonly makes: readonly Need[];
  /** What it builds on and never touches. */
  readonly needs: readonly Need[];
  /** What it adds to namespaces of others. */
  readonly labels: readonly Label[];
  /** The release of the Orchestrator operator. @default - none is installed */
  readonly release?: ReleaseInput | undefined;
  /** The operators that it is about to subscribe to. @default - none */
  readonly packages?: readonly PackageClaim[] | undefined;
}

/** An operator of which a cluster has only one, whatever namespace it is in. */
export interface PackageClaim {
  readonly package: string;
  /** All packages that bring the same kinds. */
  readonly packages: readonly string[];
  /** What to do where somebody else has one of them. */
  readonly otherwise: string;
}

export interface Need extends Ref {
  /** What to do where it is missing, or where it is somebody else's. */
  readonly otherwise?: string | undefined;
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
  const foreign = fresh.filter((_, index) => {
    const object = found[index];
    return object !== undefined && !isOf(input.installation, object);
  });
  const there = await cluster.getAll(input.needs);
  const needed = input.needs.map((ref, index) => ({ ref, object: there[index] }));

  const taken = await Promise.all(
    input.labels
      .filter((label) => !before.has(claimOf(label)))
      .map(async (label) => ({ label, value: await valueOf(cluster, label) })),
  );

  const complaints = [
    ...foreign.map((ref) => `${nameOf(ref)} exists, and is not of this stack${adviceOf(ref)}`),
    ...needed.flatMap(({ ref, object }) => {
      if (!object) return [`${nameOf(ref)} does not exist, though the configuration says so${adviceOf(ref)}`];
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
  complaints.push(...(await rivals(cluster, input)));
  const blocked = input.release ? await checkRelease(cluster, input.release) : [];
  if (complaints.length + blocked.length > 0) {
    throw new TaskError(
      [
        "nothing was created, because of what the cluster holds:",
        ...[...complaints, ...blocked].map((complaint) => `  - ${complaint}`),
        ...(complaints.length > 0 ? hints : []),
      ].join("\n"),
    );
  }
  if (input.release) await warnOfManual(cluster, input.release);
  return { claimed: [...input.makes.map(nameOf), ...input.labels.map(claimOf)] };
}

/** Subscriptions to an operator that the stack is about to bring, or brought under another name. */
async function rivals(cluster: Cluster, { installation, packages = [] }: ClaimInput): Promise<string[]> {
  if (packages.length === 0) return [];
  const all = await cluster.list<Subscription>(subscriptions);
  return packages.flatMap((wanted) =>
    all.flatMap((subscription) => {
      const { name } = subscription.spec;
      if (!wanted.packages.includes(name)) return [];
      const what = `${nameOf(refOf(subscription))}, to ${name},`;
      if (!isOf(installation, subscription))
        return [`${what} exists, and is not of this stack; ${wanted.otherwise}`];
      return name === wanted.package
        ? []
        : [
            `${what} is of this stack, and nothing leads from there to ${wanted.package}, which has the same kinds: ` +
              "go back to the release before, run pulumi destroy (with postgres.keepData the database stays), and install anew",
          ];
    }),
  );
}

const hints = [
  "A namespace of yours is used, and kept on destroy, with: pulumi config set --path namespaces.<which>.existing true",
  "Other objects have to be removed, or named otherwise in the configuration.",
];

const adviceOf = ({ otherwise }: Need) => (otherwise === undefined ? "" : `; ${otherwise}`);

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

export const isOf = (installation: string, object: KubeObject): boolean =>
  object.metadata.labels?.[installationLabel] === installation;
