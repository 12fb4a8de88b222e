import type { Api, KubeObject } from "./api";

export interface CrowdOptions {
  /** How many namespaces. */
  readonly namespaces: number;
  /** How many operators OLM shows in each of them. @default 15 */
  readonly operators?: number;
  /** The size of each copy, in KB. @default 100 */
  readonly kilobytes?: number;
}

const home = "crowd";
const olm = "operators.coreos.com/v1alpha1";
const csvsOf = (namespace: string) => `/apis/${olm}/namespaces/${namespace}/clusterserviceversions`;
const together = 16;

/**
 * Makes a cluster of some size: namespaces, with a copy of each operator's ClusterServiceVersion in every one, as OLM makes
 * them for operators that watch all namespaces (operator-lifecycle-manager, pkg/controller/operators/olm/operatorgroup.go,
 * csvCopyPrototype). They are written here, since OLM takes its time. It keeps them as long as there are the originals, and
 * does nothing with these, since their namespace has no OperatorGroup.
 * @returns the names of the namespaces.
 */
export async function crowd(
  api: Api,
  { namespaces, operators = 15, kilobytes = 100 }: CrowdOptions,
): Promise<string[]> {
  const names = Array.from({ length: namespaces }, (_, index) => `${home}-${String(index).padStart(3, "0")}`);
  const packages = Array.from({ length: operators }, (_, index) => `crowd-operator-${index}.v1.0.0`);
  await each([home, ...names], (name) =>
    api.request("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } }),
  );
  await each(packages, (name) => api.request("POST", csvsOf(home), csv(name, home, 0)));
  const copies = names.flatMap((namespace) => packages.map((name) => ({ namespace, name })));
  await each(copies, async ({ namespace, name }) => {
    const place = csvsOf(namespace);
    const made = (await api.request("POST", place, csv(name, namespace, kilobytes))) as KubeObject;
    const status = { phase: "Succeeded", reason: "Copied", message: `The operator is running in ${home}` };
    await api.request("PUT", `${place}/${name}/status`, { ...made, status });
  });
  return names;
}

/** An operator's icon and examples make the better part of its size, and are copied with all the rest. */
function csv(name: string, namespace: string, kilobytes: number): KubeObject {
  const isCopy = namespace !== home;
  const text = (kb: number) => "QUJD".repeat(256 * kb);
  return {
    apiVersion: olm,
    kind: "ClusterServiceVersion",
    metadata: {
      name,
      namespace,
      ...(isCopy && {
        labels: { "olm.copiedFrom": home },
        annotations: {
          "olm.operatorNamespace": home,
          "olm.operatorGroup": home,
          "alm-examples": text(Math.floor(kilobytes / 20)),
        },
      }),
    },
    spec: {
      displayName: name,
      version: "1.0.0",
      icon: [{ base64data: text(kilobytes - Math.floor(kilobytes / 20)), mediatype: "image/png" }],
      install: { strategy: "deployment", spec: { deployments: [] } },
      installModes: [{ type: "AllNamespaces", supported: true }],
    },
  };
}

async function each<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const rest = all.values();
  const worker = async () => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: together }, worker));
}
