import { nameOf, refOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { remove } from "../../kube/wait";
import type { Departure, Staying } from "../cluster/departure";
import { crdsOf, objectsOf, refuse } from "./crds";
import { componentName, csvsOf, namespaces, operators, subscriptionsOf } from "./olm";
import { removeOperator, type RemovalInput, type RemovalResult } from "./removal";

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
  const crds = await removeOperator(cluster, input, prepared);
  if (!input.removeCrds) {
    if (crds.length > 0)
      console.error(
        `kept, because deleting a CRD deletes everybody's objects of its kind: ${crds.join(", ")}`,
      );
    return;
  }
  const { removable, shared } = await crdsOf(cluster, prepared.own);
  refuse("the CRDs were not deleted", await objectsOf(cluster, removable));
  await remove(cluster, removable.map(refOf), 5);
  const kept = shared.map(({ metadata }) => metadata.name).sort();
  if (kept.length > 0)
    console.error(`kept, because other operators have brought them too: ${kept.join(", ")}`);
}

/** What {@link removeWithCrds} would delete, and what it would leave. */
export async function previewRemoveWithCrds(
  cluster: Cluster,
  { removeCrds }: RemovalInput,
  { own, preexisting, createdNamespaces }: RemovalResult,
): Promise<Departure> {
  const packages = await Promise.all(
    own.map(async (of) => [
      ...(await subscriptionsOf(cluster, of)),
      ...(await csvsOf(cluster, of, "metadata")),
      ...(await cluster.getAll([{ ...operators, name: componentName(of) }], "metadata")),
    ]),
  );
  const { removable, shared } = await crdsOf(cluster, own);
  const stays = (crds: readonly KubeObject[], why: string): Staying[] =>
    crds.map((crd) => ({ what: nameOf(refOf(crd)), why }));
  const places = await cluster.getAll(
    createdNamespaces.map((name) => ({ ...namespaces, name })),
    "metadata",
  );
  return {
    goes: [...packages.flat(), ...places, ...(removeCrds ? removable : [])].flatMap((object) =>
      object ? [refOf(object)] : [],
    ),
    stays: [
      ...preexisting.map(({ package: name, namespace }) => ({
        what: `${name} in ${namespace}`,
        why: "the operator was there before the stack",
      })),
      ...(removeCrds
        ? stays(shared, "another operator has brought it too")
        : stays(
            [...removable, ...shared],
            "deleting a CRD deletes everybody's objects of its kind; see removeCrds",
          )),
    ],
  };
}
