import { installationLabel } from "../../config/names";
import { ApiError } from "../../kube/requests";
import { inParallel } from "../../kube/parallel";
import { nameOf, refOf, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { belongsTo } from "./mark";
import { remove, TaskError } from "../../kube/wait";

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
      return !there || !belongsTo(installation, there);
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
    await remove(cluster, made, 2);
    throw new TaskError(
      `nothing was created, because somebody else, perhaps another stack with the same names, has made ${theirs.join(", ")} at this very moment. ` +
        "Give the stack other names, or run pulumi up again to see what there is",
    );
  }
  return { taken: namespaces };
}
