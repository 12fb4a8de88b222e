import type { Cluster } from "../../kube/cluster";
import type { KubeObject, Ref } from "../../kube/objects";

/** Whose an object is. Nobody's is one whose controller is gone: the garbage collector is about to take it. */
export type Owner = "stack" | "others" | "nobody";

type OwnerReference = NonNullable<KubeObject["metadata"]["ownerReferences"]>[number];

/**
 * Tells whose objects are: the stack's are those that carry its mark, and those that an operator has made for one of
 * them, which their controller tells. A controller may have a controller in its turn, as a Knative Service that was made
 * for a workflow has.
 */
export class Ownership {
  private readonly known = new Map<string, Promise<Owner>>();

  constructor(
    private readonly cluster: Cluster,
    /** Whether the stack has made it itself. */
    private readonly isOurs: (object: KubeObject) => boolean,
  ) {}

  async of(object: KubeObject): Promise<Owner> {
    if (this.isOurs(object)) return "stack";
    const { namespace, ownerReferences = [] } = object.metadata;
    const controller = ownerReferences.find((owner) => owner.controller);
    if (!controller) return "others";
    const known = this.known.get(controller.uid);
    if (known) return known;
    const answer = this.ofController(controller, namespace);
    this.known.set(controller.uid, answer);
    return answer;
  }

  /** Those that are neither the stack's nor nobody's, without what one of them controls. */
  async others<T extends KubeObject>(objects: readonly T[]): Promise<T[]> {
    const owners = await Promise.all(objects.map((object) => this.of(object)));
    const theirs = objects.filter((_, index) => owners[index] === "others");
    const uids = new Set(theirs.map(({ metadata: { uid } }) => uid));
    return theirs.filter(
      ({ metadata: { ownerReferences = [] } }) =>
        !ownerReferences.some(({ controller, uid }) => controller && uids.has(uid)),
    );
  }

  private async ofController(reference: OwnerReference, namespace: string | undefined): Promise<Owner> {
    const controller = await this.cluster.get({ ...(await this.refOf(reference)), namespace }, "metadata");
    return controller?.metadata.uid === reference.uid ? this.of(controller) : "nobody";
  }

  /** The version that a reference names may be served no more; the object is then another version's as well. */
  private async refOf({ apiVersion, kind, name }: OwnerReference): Promise<Ref> {
    const [group = "", version] = apiVersion.split("/");
    if (version === undefined || (await this.cluster.pluralOf({ apiVersion, kind })) !== undefined)
      return { apiVersion, kind, name };
    return { apiVersion, kind, ...(await this.cluster.served(group, kind)), name };
  }
}
