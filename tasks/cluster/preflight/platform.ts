import type { KubeObject } from "../../../kube/objects";
import { findPlatform } from "../../platform/findPlatform";
import { TaskError } from "../../../kube/wait";
import { and, refusal, warning, type Finding } from "./finding";
import { pending, type Scene } from "./scene";

const clusterVersion = {
  apiVersion: "config.openshift.io/v1",
  kind: "ClusterVersion",
  name: "version",
} as const;
const isDefault = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

interface ClusterVersion extends KubeObject {
  readonly status?: {
    readonly desired?: { readonly version?: string };
    readonly history?: readonly { readonly state: string; readonly version: string }[];
  };
}

/**
 * OpenShift, in a version that the release is for. Another version is a warning only: what it comes down to is whether the
 * catalog has the release, which {@link catalogs} looks at.
 */
export async function openShift(scene: Scene): Promise<Finding[]> {
  const { cluster, input } = scene;
  if (!input.platform || pending(scene).length === 0) return [];
  const { openshift } = input.platform;
  const found = await cluster.get<ClusterVersion>(clusterVersion);
  if (!found)
    return [
      refusal(
        "this is no OpenShift: it has no ClusterVersion. The platform needs OpenShift's Routes and Ingress",
      ),
    ];
  if (!openshift) return [];
  const { release, from, to } = openshift;
  const { history = [], desired } = found.status ?? {};
  const version = history.find(({ state }) => state === "Completed")?.version ?? desired?.version ?? "";
  if (rank(version) >= rank(from) && rank(version) <= rank(to)) return [];
  const range = from === to ? from : `${from} to ${to}`;
  return [
    warning(
      `Orchestrator ${release} is for OpenShift ${range}, and this is ${version || "of an unknown version"}: its catalogs may lack a version that the operator or those it installs need`,
    ),
  ];
}

/** `4.16.21` as a number to compare minor versions by. */
function rank(version: string): number {
  const [major = "0", minor = "0"] = version.split(".");
  return Number(major) * 1_000 + Number(minor);
}

/** The platform of others that workflows are to belong to. */
export async function existingPlatform({ cluster, input }: Scene): Promise<Finding[]> {
  if (!input.existing) return [];
  try {
    await findPlatform(cluster, input.existing);
    return [];
  } catch (error) {
    if (error instanceof TaskError) return [refusal(error.message)];
    throw error;
  }
}

/** Nodes that there may be no images for. A mirrored catalog may have some of its own. */
export async function architecture(scene: Scene): Promise<Finding[]> {
  if (!scene.input.platform || pending(scene).length === 0) return [];
  const nodes = await scene.cluster.list({ apiVersion: "v1", kind: "Node" }, { part: "metadata" });
  const arm = nodes.filter(({ metadata }) => metadata.labels?.["kubernetes.io/arch"] === "arm64");
  if (arm.length === 0) return [];
  const what = `there are no images of ${and(scene.input.platform.unavailableOnArm)} for ARM64`;
  return [
    warning(
      arm.length === nodes.length
        ? `all nodes are ARM64, and ${what}; add nodes of another architecture`
        : `${arm.length} of ${nodes.length} nodes are ARM64, and ${what}; keep its pods from them with a taint, or by the node selector of their namespaces`,
    ),
  ];
}

/** A default StorageClass, where a volume does not name one. */
export async function storage({ cluster, input }: Scene): Promise<Finding[]> {
  const claims = input.planned.filter(
    ({ kind, spec }) =>
      kind === "PersistentVolumeClaim" &&
      (spec as { readonly storageClassName?: string } | undefined)?.storageClassName === undefined,
  );
  const missing = (await Promise.all(claims.map((claim) => cluster.get(claim)))).some((claim) => !claim);
  if (!missing && !input.platform?.needsStorage) return [];
  const classes = await cluster.list(
    { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" },
    { part: "metadata" },
  );
  const names = classes.map(({ metadata }) => metadata.name);
  if (classes.some(({ metadata }) => isDefault.some((key) => metadata.annotations?.[key] === "true")))
    return [];
  const there = names.length === 0 ? "there is none at all" : `there are ${names.join(", ")}`;
  return missing
    ? [
        refusal(
          `there is no default StorageClass for the database's volume (${there}); name one with: pulumi config set --path postgres.storageClass <name>`,
        ),
      ]
    : [
        warning(
          `there is no default StorageClass (${there}), which Developer Hub's own database asks for; make one the default with: oc annotate storageclass <name> ${isDefault[0] ?? ""}=true`,
        ),
      ];
}
