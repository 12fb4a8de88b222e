import { compareCsvs, parseCsv } from "../../config/csv";
import { nameOf, refOf, type KubeObject, type Ref } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import type { Subscription } from "./olm";

/** An operator that is held at a version, and what it must not run while it is moved to another minor version. */
export interface Held {
  readonly package: string;
  readonly namespace: string;
  readonly pin?: string | undefined;
  readonly drained?: Omit<Ref, "name"> | undefined;
}

/** How many of them a message names. */
const named = 10;

/**
 * Serverless Logic goes to another minor version without workflows: these are deleted before, and deployed again after
 * (openshift-knative/docs, modules/serverless-logic, upgrade_1_37_2_to_1_38_0.adoc).
 * @returns why it is not moved now, with the way, as lines for the user.
 */
export async function heldByWorkflows(
  cluster: Cluster,
  subscribed: readonly Subscription[],
  packages: readonly Held[],
  isMine: (object: KubeObject) => boolean,
): Promise<string[]> {
  const moves = packages.flatMap(({ package: name, namespace, pin, drained }) => {
    const own = subscribed.find(
      (object) => object.spec.name === name && object.metadata.namespace === namespace && isMine(object),
    );
    const installed = own?.status?.installedCSV;
    if (pin === undefined || drained === undefined || installed === undefined) return [];
    const isLater = (compareCsvs(pin, installed) ?? 0) > 0;
    return isLater && parseCsv(pin)?.release !== parseCsv(installed)?.release
      ? [{ pin, installed, drained }]
      : [];
  });
  const complaints = await Promise.all(
    moves.map(async ({ pin, installed, drained }) => {
      const there = await cluster.list(drained, { part: "metadata" });
      if (there.length === 0) return [];
      const names = there.slice(0, named).map((object) => nameOf(refOf(object)));
      const others = there.length > named ? ` and ${there.length - named} others` : "";
      return [
        `${installed} is moved to ${pin} without workflows, and there are ${names.join(", ")}${others}. ` +
          "Set orchestrator.version back, and workflowNamespaces[<index>].workflows to []; run pulumi up, and delete what others have deployed. " +
          "Then move, and have the workflows back with the next pulumi up: docs/guides/upgrade.md. The database stays",
      ];
    }),
  );
  return complaints.flat();
}
