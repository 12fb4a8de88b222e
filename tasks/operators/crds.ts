import { isOf } from "../mark";
import { nameOf, refOf, type Cluster, type KubeObject } from "../cluster";
import { isReleased, type Release } from "./helm";
import { Ownership } from "../ownership";
import { broughtBy, crds, csvs, isVersionOf, namespaces, type Package } from "./olm";
import { removeOperator, type RemovalInput, type RemovalResult } from "./removal";
import { removed, TaskError } from "../wait";

interface Crd extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** What operators make for themselves and leave behind: nobody's data. */
const operatorsOwn: readonly string[] = ["GitopsService cluster"];

export interface CheckCrdsInput {
  readonly installation: string;
  /** The packages that go with the stack. */
  readonly packages: readonly Package[];
  /** The custom resource of their operator. @default - there is none */
  readonly resource?: Release | undefined;
}

/**
 * Makes sure, before anything is deleted, that nobody else has objects of the kinds whose CRDs are to go. What is not in
 * any namespace may be an operator's own, and is looked at when that is gone.
 * @throws TaskError that names them.
 */
export async function checkCrds(
  cluster: Cluster,
  { installation, packages, resource }: CheckCrdsInput,
): Promise<void> {
  const isOurs = (object: KubeObject) => isOf(installation, object) || isReleased(resource, object);
  const ownership = new Ownership(cluster, isOurs);
  const going = (await cluster.list(namespaces, { part: "metadata", where: isOurs })).map(
    ({ metadata }) => metadata.name,
  );
  const found = await objectsOf(cluster, (await brought(cluster, packages)).removable);
  refuse(
    "nothing was deleted",
    await ownership.others(
      found.filter(({ metadata: { namespace } }) => namespace !== undefined && !going.includes(namespace)),
    ),
  );
}

/**
 * Removes the operators, and where told to also the CRDs that these have brought. One that a version of another package has
 * brought too stays.
 * @throws TaskError that names objects that are left; by now, none of the stack's is.
 */
export async function removeWithCrds(
  cluster: Cluster,
  input: RemovalInput,
  prepared: RemovalResult,
): Promise<void> {
  await removeOperator(cluster, input, prepared);
  if (!input.removeCrds) return;
  const { removable, shared } = await brought(cluster, prepared.ours);
  refuse("the CRDs were not deleted", await objectsOf(cluster, removable));
  await removed(cluster, removable.map(refOf), 5);
  const kept = shared.map(({ metadata }) => metadata.name).sort();
  if (kept.length > 0)
    console.error(`kept, because other operators have brought them too: ${kept.join(", ")}`);
}

function refuse(what: string, left: readonly KubeObject[]): void {
  if (left.length === 0) return;
  throw new TaskError(
    `${what}, because removeCrds would delete objects that are not of this stack: ${left.map((object) => nameOf(refOf(object))).join(", ")}. ` +
      "Delete them and run pulumi destroy again, or let the CRDs stay: pulumi config rm removeCrds, which takes effect with the next pulumi up",
  );
}

async function brought(
  cluster: Cluster,
  packages: readonly Package[],
): Promise<{ removable: Crd[]; shared: Crd[] }> {
  const isOurs = (csv: string) => packages.some((of) => isVersionOf(of, csv));
  const ours = await cluster.list<Crd>(crds, { where: (crd) => broughtBy(crd).some(isOurs) });
  const isShared = await Promise.all(
    ours.map(async (crd) => {
      const others = broughtBy(crd).filter((csv) => !isOurs(csv));
      const found = await Promise.all(
        others.map((csv) => {
          const [namespace, name = ""] = csv.split("/");
          return cluster.get({ ...csvs, namespace, name }, "metadata");
        }),
      );
      return found.some((csv) => csv !== undefined);
    }),
  );
  return {
    removable: ours.filter((_, index) => !isShared[index]),
    shared: ours.filter((_, index) => isShared[index]),
  };
}

async function objectsOf(cluster: Cluster, kinds: readonly Crd[]): Promise<KubeObject[]> {
  const lists = await Promise.all(
    kinds.map(({ spec: { group, names, versions } }) => {
      const version = versions.find(({ served }) => served)?.name ?? "";
      return cluster.list({ apiVersion: `${group}/${version}`, kind: names.kind }, { part: "metadata" });
    }),
  );
  return lists.flat().filter(({ kind, metadata }) => !operatorsOwn.includes(`${kind} ${metadata.name}`));
}
