import { versionOf } from "../../../config/postgres";
import { nameOf, type KubeObject } from "../../../kube/objects";
import { warning, type Finding } from "./finding";
import type { Scene } from "./scene";

/**
 * The first major version that Developer Hub and the platform's services are tested with: redhat-developer/rhdh-operator,
 * docs/external-db.md, and the images of their own databases.
 */
const oldest = 15;

interface Service extends KubeObject {
  readonly spec?: { readonly selector?: Readonly<Record<string, string>> };
}
interface Pod extends KubeObject {
  readonly spec?: { readonly containers?: readonly { readonly image?: string }[] };
}

/** Servers behind a Service whose image says that they are too old. What a host outside of the cluster runs is not seen. */
export async function databaseVersions({ cluster, input }: Scene): Promise<Finding[]> {
  const found = await Promise.all(
    (input.platform?.databases ?? []).map(async ({ settings, namespace, name }) => {
      const ref = { apiVersion: "v1", kind: "Service", namespace, name };
      const selector = Object.entries((await cluster.get<Service>(ref))?.spec?.selector ?? {});
      if (selector.length === 0) return [];
      const label = selector.map(([key, value]) => `${key}=${value}`).join(",");
      const pods = await cluster.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace, label });
      const images = pods.flatMap(({ spec }) => spec?.containers?.map(({ image = "" }) => image) ?? []);
      const old = images.find((image) => Number(versionOf(image)) < oldest);
      return old === undefined
        ? []
        : [
            warning(
              `${nameOf(ref)} leads to PostgreSQL ${versionOf(old) ?? ""} (${old}), and Developer Hub and the platform's services are tested with ${oldest} and later; choose another with ${settings}`,
            ),
          ];
    }),
  );
  return found.flat();
}
