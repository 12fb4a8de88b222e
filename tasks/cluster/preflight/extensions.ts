import { nameOf, refOf, type KubeObject } from "../../../kube/objects";
import { refusal, type Finding } from "./finding";
import { pending, pendingDependencies, type Scene } from "./scene";

/** OLM v1: operator-framework/operator-controller, api/v1/clusterextension_types.go. */
const clusterExtensions = { apiVersion: "olm.operatorframework.io/v1", kind: "ClusterExtension" } as const;

interface ClusterExtension extends KubeObject {
  readonly spec?: { readonly source?: { readonly catalog?: { readonly packageName?: string } } };
  readonly status?: { readonly install?: { readonly bundle?: { readonly name?: string } } };
}

/** Packages that OLM v1 has installed. OLM v0 does not see these: both would own the same CRDs. */
export async function extensions(scene: Scene): Promise<Finding[]> {
  const { cluster, input } = scene;
  const coming = [...pending(scene), ...pendingDependencies(scene)].map(({ spec }) => spec.name);
  if (coming.length === 0) return [];
  const claimed = (input.packages ?? []).filter(({ package: name }) => coming.includes(name));
  const names = new Set([...coming, ...claimed.flatMap(({ packages }) => packages)]);
  const found = await cluster.list<ClusterExtension>(clusterExtensions, {
    where: ({ spec }) => names.has(spec?.source?.catalog?.packageName ?? ""),
  });
  return found.map((extension) => {
    const { spec, status } = extension;
    const version = status?.install?.bundle?.name;
    return refusal(
      `${nameOf(refOf(extension))}, of OLM v1, has package ${spec?.source?.catalog?.packageName ?? ""}${version === undefined ? "" : ` as ${version}`}, and a Subscription beside it would own the same CRDs. ` +
        "Leave the platform to it with: pulumi config set install false. To delete it deletes its CRDs, with everybody's objects of their kinds",
    );
  });
}
