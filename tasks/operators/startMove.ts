import { sonataFlowKind, sonataFlowPlatform } from "../../config/names";
import type { Package } from "../../config/operators";
import type { Cluster } from "../../kube/cluster";
import { namesOf, type KubeObject } from "../../kube/objects";
import { TaskError } from "../../kube/wait";
import { belongsTo } from "../cluster/mark";
import { describeInTheWay, moveOf, type Held, type Move } from "./minorMove";
import { componentName, csvsOf, operators, subscriptionsOf } from "./olm";
import { removeOperator } from "./removal";

export interface StartMoveInput extends Held {
  readonly installation: string;
  readonly formerPackages: readonly string[];
}

interface Platform extends KubeObject {
  readonly spec?: {
    readonly services?: Readonly<
      Record<string, { readonly persistence?: { readonly dbMigrationStrategy?: string } }>
    >;
  };
}

/** The Job that migrates a platform's databases. From 1.38 on, each version has one of its own name. */
const migration = { apiVersion: "batch/v1", kind: "Job", name: "sonataflow-db-migrator-job" } as const;

/**
 * What comes before an operator's other version, once the stack's workflows are out: it makes sure that there are none, has the new
 * version migrate databases anew where a platform leaves that to a Job, and removes the operator of a former package.
 * Platforms and CRDs stay.
 * @throws TaskError that names workflows that are there all the same.
 */
export async function startMove(cluster: Cluster, input: StartMoveInput): Promise<void> {
  const { installation, namespace, formerPackages } = input;
  const isMine = (object: KubeObject) => belongsTo(installation, object);
  const former = formerPackages.map((name): Package => ({ package: name, namespace }));
  const subscribed = await Promise.all([input, ...former].map((of) => subscriptionsOf(cluster, of)));
  const theirs = subscribed
    .flat()
    .filter((object) => formerPackages.includes(object.spec.name) && !isMine(object));
  if (theirs.length > 0) throw new TaskError(`${namesOf(theirs)}: not of this stack, and so not removed`);
  const left = await remains(cluster, former);
  // An interrupted run may have removed the Subscription, by which the move is known, and no more.
  const move =
    moveOf(input, subscribed.flat(), isMine) ??
    (left[0] && { from: left[0].package, to: input.pin ?? input.package });
  if (!move) return;
  await refuseWorkflows(cluster, move, isMine);
  await forgetMigrations(cluster);
  for (const of of left) {
    console.error(`removing ${of.package}, which makes way for ${move.to}`);
    const prepared = { own: [of], preexisting: [], createdNamespaces: [] };
    await removeOperator(cluster, { installation, packages: [of], createdNamespaces: [] }, prepared);
  }
}

/** Also those of the stack itself, which a state that does not have that order yet has not taken out. */
async function refuseWorkflows(
  cluster: Cluster,
  move: Move,
  isMine: (object: KubeObject) => boolean,
): Promise<void> {
  const own = await cluster.list(sonataFlowKind, { part: "metadata", where: isMine });
  const troubles = [
    ...(own.length > 0
      ? [
          `${namesOf(own)}: of this stack, and did not make way for the move from ${move.from} to ${move.to}. ` +
            "Set orchestrator.version back and run pulumi up, after which they do; then move again",
        ]
      : []),
    ...(await describeInTheWay(cluster, move, isMine)),
  ];
  if (troubles.length > 0) throw new TaskError(troubles.join("\n"));
}

/** Which of the packages OLM still has something of. */
async function remains(cluster: Cluster, packages: readonly Package[]): Promise<Package[]> {
  const found = await Promise.all(
    packages.map(async (of) => [
      ...(await subscriptionsOf(cluster, of)),
      ...(await csvsOf(cluster, of, "metadata")),
      ...(await cluster.getAll([{ ...operators, name: componentName(of) }], "metadata")),
    ]),
  );
  return packages.filter((_, index) => found[index]?.some((object) => object !== undefined));
}

async function forgetMigrations(cluster: Cluster): Promise<void> {
  const platforms = await cluster.list<Platform>(sonataFlowPlatform);
  for (const { metadata, spec } of platforms) {
    const strategies = Object.values(spec?.services ?? {}).map(
      ({ persistence }) => persistence?.dbMigrationStrategy,
    );
    if (strategies.includes("job")) await cluster.delete({ ...migration, namespace: metadata.namespace });
  }
}
