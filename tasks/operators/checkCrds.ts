import type { Cluster } from "../../kube/cluster";
import type { KubeObject } from "../../kube/objects";
import type { Departure } from "../cluster/departure";
import { belongsTo } from "../cluster/mark";
import { Ownership } from "../cluster/ownership";
import { crdsOf, objectsOf, refuse, whyKept } from "./crds";
import { isReleased, type Release } from "./helm";
import { namespaces } from "./olm";
import type { Package } from "../../config/operators";

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
export async function checkCrds(cluster: Cluster, input: CheckCrdsInput): Promise<void> {
  refuse(nothing, await othersOf(cluster, input));
}

/** What {@link checkCrds} would refuse for. */
export async function previewCheckCrds(cluster: Cluster, input: CheckCrdsInput): Promise<Departure> {
  const why = whyKept(nothing, await othersOf(cluster, input));
  return { refuses: why === undefined ? [] : [why] };
}

const nothing = "nothing was deleted";

async function othersOf(
  cluster: Cluster,
  { installation, packages, resource }: CheckCrdsInput,
): Promise<KubeObject[]> {
  const isOurs = (object: KubeObject) => belongsTo(installation, object) || isReleased(resource, object);
  const ownership = new Ownership(cluster, isOurs);
  const going = (await cluster.list(namespaces, { part: "metadata", where: isOurs })).map(
    ({ metadata }) => metadata.name,
  );
  const found = await objectsOf(cluster, (await crdsOf(cluster, packages)).removable);
  return ownership.others(
    found.filter(({ metadata: { namespace } }) => namespace !== undefined && !going.includes(namespace)),
  );
}
