import { compareCsvs, minorsBetween, parseCsv } from "../../config/csv";
import { installationLabel, sonataFlowKind } from "../../config/names";
import type { Package } from "../../config/operators";
import { releaseAfterLogic } from "../../config/upgrades/ways";
import { nameOf, refOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { downgradeMessage } from "./awaitOperator";
import type { Subscription } from "./olm";

/**
 * Serverless Logic goes to another minor version, or to the package that came after its own, without workflows: these are deleted
 * before, and deployed again after (openshift-knative/docs@ee85bb8, modules/serverless-logic, upgrade_1_36_0_to_1_37_0.adoc and
 * upgrade_1_37_2_to_1_38_0.adoc). Those of the stack the engine takes out and puts back; see components/workflows.
 */
export interface Held extends Package {
  /** The version that it is held at. @default - OLM moves it to the latest */
  readonly pin?: string | undefined;
  /** The packages that it was called before. @default - not held: it may be moved at any time */
  readonly formerPackages?: readonly string[] | undefined;
}

/** An operator of the stack that is about to be moved. */
export interface Move {
  /** What runs now; the name of its package where OLM has installed nothing yet. */
  readonly from: string;
  readonly to: string;
}

/** What an operator would be moved from, and to; undefined where it stays, or is not there. */
export function moveOf(
  { package: name, namespace, pin, formerPackages }: Held,
  subscribed: readonly Subscription[],
  isMine: (object: KubeObject) => boolean,
): Move | undefined {
  if (formerPackages === undefined) return undefined;
  const own = subscribed.filter((object) => object.metadata.namespace === namespace && isMine(object));
  const former = own.find(({ spec }) => formerPackages.includes(spec.name));
  if (former) return { from: former.status?.installedCSV ?? former.spec.name, to: pin ?? name };
  const from = own.find(({ spec }) => spec.name === name)?.status?.installedCSV;
  if (from === undefined || pin === undefined) return undefined;
  return parseCsv(from)?.release === parseCsv(pin)?.release ? undefined : { from, to: pin };
}

/** How many workflows a message names. */
const named = 10;

/**
 * Why an operator is not moved, with the way, a line for each: it would go back, or pass by a minor version, for which there is no
 * procedure; or there are workflows that are not the stack's.
 */
export async function describeRefusedMoves(
  cluster: Cluster,
  subscribed: readonly Subscription[],
  packages: readonly (Held & { readonly settings: string })[],
  isMine: (object: KubeObject) => boolean,
): Promise<string[]> {
  const refusals = packages.map(async (held) => {
    const move = moveOf(held, subscribed, isMine);
    if (!move) return [];
    const { from, to } = move;
    if ((compareCsvs(to, from) ?? 0) < 0) return [downgradeMessage(from, to, held.settings)];
    const next = (minorsBetween(from, to) ?? 0) > 1 ? releaseAfterLogic(from) : undefined;
    return [
      ...(next
        ? [
            `${from} is not moved to ${to} at once: its databases are migrated by one minor version after the other. ` +
              `Go by Orchestrator ${next.version}: pulumi config set --path orchestrator.version ${next.version}; pulumi up`,
          ]
        : []),
      ...(await describeInTheWay(cluster, move, isMine)),
    ];
  });
  return (await Promise.all(refusals)).flat();
}

/** The workflows of others with which an operator is not moved, and what to do about each: one line, or none. */
export async function describeInTheWay(
  cluster: Cluster,
  { from, to }: Move,
  isMine: (object: KubeObject) => boolean,
): Promise<string[]> {
  const all = await cluster.list(sonataFlowKind, { part: "metadata", where: (object) => !isMine(object) });
  if (all.length === 0) return [];
  const lines = all.slice(0, named).map((object) => `${nameOf(refOf(object))}: ${wayOut(object)}`);
  const others = all.length > named ? [`and ${all.length - named} others`] : [];
  return [
    `${from} is moved to ${to} without workflows, and these are not of this stack, which puts back only its own. ` +
      "Take them out, each with its manifest kept, and deploy them again after the move; the database stays. " +
      [...lines, ...others].join("; "),
  ];
}

function wayOut({ metadata: { name, namespace = "", labels } }: KubeObject): string {
  return labels?.[installationLabel] === undefined
    ? `oc delete sonataflow ${name} -n ${namespace}`
    : "in the stack that has it, pulumi config set --path 'workflowNamespaces[<index>].workflows' '[]' and pulumi up";
}
