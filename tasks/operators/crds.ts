import { namesOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { TaskError } from "../../kube/wait";
import { broughtBy, crds, csvs, isVersionOf } from "./olm";
import type { Package } from "../../config/operators";

interface Crd extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** What operators make for themselves and leave behind: nobody's data. */
const operatorsOwn: readonly string[] = ["GitopsService cluster"];

/** Why CRDs cannot go, with what is left of their kinds; undefined where nothing is. */
export const whyKept = (what: string, left: readonly KubeObject[]): string | undefined =>
  left.length === 0
    ? undefined
    : `${what}, because removeCrds would delete objects that are not of this stack: ${namesOf(left)}. ` +
      "Delete them and run pulumi destroy again, or let the CRDs stay: pulumi config rm removeCrds, which takes effect with the next pulumi up";

/** @throws TaskError that names what is left. */
export function refuse(what: string, left: readonly KubeObject[]): void {
  const why = whyKept(what, left);
  if (why !== undefined) throw new TaskError(why);
}

/** The CRDs that versions of these packages have brought: of no other package, or of another one too. */
export async function crdsOf(
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

/** All objects of these kinds, but for those of the operators themselves. */
export async function objectsOf(cluster: Cluster, kinds: readonly Crd[]): Promise<KubeObject[]> {
  const lists = await Promise.all(
    kinds.map(({ spec: { group, names, versions } }) => {
      const version = versions.find(({ served }) => served)?.name ?? "";
      return cluster.list({ apiVersion: `${group}/${version}`, kind: names.kind }, { part: "metadata" });
    }),
  );
  return lists.flat().filter(({ kind, metadata }) => !operatorsOwn.includes(`${kind} ${metadata.name}`));
}
