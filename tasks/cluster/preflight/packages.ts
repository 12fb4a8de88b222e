import type { Cluster } from "../../../kube/cluster";
import type { KubeObject } from "../../../kube/objects";
import type { SubscriptionSpec } from "../../operators/olm";

export const packageManifests = {
  apiVersion: "packages.operators.coreos.com/v1",
  kind: "PackageManifest",
} as const;

/** operator-framework/operator-lifecycle-manager, pkg/package-server/apis/operators/v1 */
interface PackageManifest extends KubeObject {
  readonly status?: {
    readonly catalogSource?: string;
    readonly catalogSourceNamespace?: string;
    readonly channels?: readonly Channel[];
  };
}

interface Channel {
  readonly name: string;
  readonly currentCSV: string;
  /** All versions of the channel; OLM before 4.14 does not list them. */
  readonly entries?: readonly { readonly name: string }[];
}

/** A package by its name, of whichever catalog, and that of the catalog that is meant. */
export async function packageOf(
  cluster: Cluster,
  { name, source, sourceNamespace: namespace }: SubscriptionSpec,
) {
  const isFrom = ({ status }: PackageManifest) =>
    status?.catalogSource === source && status.catalogSourceNamespace === namespace;
  const first = await cluster.get<PackageManifest>({ ...packageManifests, namespace, name });
  // By its name there is only one to be had; the list of a whole catalog takes seconds.
  const found =
    first && isFrom(first)
      ? first
      : (
          await cluster.list<PackageManifest>(packageManifests, { namespace, label: `catalog=${source}` })
        ).find((manifest) => manifest.metadata.name === name && isFrom(manifest));
  return { first, found };
}

/** The channel of a Subscription; undefined where the catalog does not have it, or cannot be asked. */
export async function channelOf(cluster: Cluster, spec: SubscriptionSpec): Promise<Channel | undefined> {
  if (!(await cluster.serves(packageManifests))) return undefined;
  const { found } = await packageOf(cluster, spec);
  return found?.status?.channels?.find(({ name }) => name === spec.channel);
}
