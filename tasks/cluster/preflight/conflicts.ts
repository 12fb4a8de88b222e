import { globalOperatorsNamespace, serverlessPackage } from "../../../config/names";
import { nameOf, refOf, type KubeObject } from "../../../kube/objects";
import { findSingleSubscription } from "../../operators/findOperator";
import {
  installPlans,
  operatorGroups,
  subscriptions,
  type InstallPlan,
  type Subscription,
} from "../../operators/olm";
import { and, refusal, warning, type Finding } from "./finding";
import { dependenciesToCome, isOfRelease, namespaceRef, pending, type Own, type Scene } from "./scene";

interface OperatorGroup extends KubeObject {
  readonly spec?: { readonly targetNamespaces?: readonly string[]; readonly selector?: object };
}

/** Subscriptions of others to what the Orchestrator operator subscribes to on its own. */
export function childRivals(scene: Scene): Finding[] {
  return dependenciesToCome(scene).flatMap(({ package: name, setting }) =>
    scene.subscriptions
      .filter((subscription) => subscription.spec.name === name && !isOfRelease(scene, subscription))
      .map((rival) =>
        warning(
          `${nameOf(refOf(rival))} has installed ${name} already, and the Orchestrator operator may not get past it. Let it use that one: pulumi config set --path ${setting} false`,
        ),
      ),
  );
}

/** Objects among the workflows of which the cluster says that they would be nobody's namespace's, but its own. */
export async function clusterWide({ cluster, input }: Scene): Promise<Finding[]> {
  const inside = input.planned.filter(({ namespace }) => namespace !== undefined);
  const namespaced = await Promise.all(inside.map((made) => cluster.isNamespaced(made)));
  return inside
    .filter((_, index) => namespaced[index] === false)
    .map(({ kind, name, namespace }) =>
      refusal(
        `${kind} ${name}, of the workflows for ${namespace ?? ""}, would be the whole cluster's; only what is in a namespace is for there`,
      ),
    );
}

/** Operators that are said to be there, each of which is one. */
export async function missingOperators({ cluster, input }: Scene): Promise<Finding[]> {
  const uses = input.platform?.existingOperators ?? [];
  const all = uses.length > 0 ? await cluster.list<Subscription>(subscriptions) : [];
  const found = uses.map((wanted) => findSingleSubscription(all, wanted));
  return found.filter((trouble) => typeof trouble === "string").map(refusal);
}

const isAt = (
  made: { readonly name: string; readonly namespace: string },
  { name, namespace }: KubeObject["metadata"],
) => made.name === name && made.namespace === namespace;

/** What neighbours in an operator's namespace have to do with its InstallPlans, from when it comes to that namespace. */
export async function neighbours(scene: Scene): Promise<Finding[]> {
  const coming = pending(scene).filter(({ live }) => live?.status?.installedCSV === undefined);
  const found = await Promise.all(
    coming.map(async (own) => {
      const { namespace } = own.made;
      const here = scene.subscriptions.filter(
        ({ metadata, spec }) =>
          metadata.namespace === namespace && !isAt(own.made, metadata) && !isOwn(scene, spec.name),
      );
      return here.length === 0 ? [] : [...approval(own, here), ...(await waitingPlans(scene, own))];
    }),
  );
  return found.flat();
}

const isOwn = ({ own }: Scene, name: string) => own.some(({ spec }) => spec.name === name);

function approval({ made: { namespace }, spec, settings }: Own, here: readonly Subscription[]): Finding[] {
  const isManual = (subscription: { readonly installPlanApproval?: string }) =>
    subscription.installPlanApproval === "Manual";
  const others = here.filter((subscription) => isManual(subscription.spec) !== isManual(spec));
  if (others.length === 0) return [];
  const names = and(others.map(({ metadata }) => metadata.name));
  const move = `give the operator a namespace of its own: pulumi config set --path ${settings}.namespace <name>`;
  return [
    warning(
      isManual(spec)
        ? `OLM will hold the updates of ${names} too, because approval is Manual for one Subscription in ${namespace}; ${move}`
        : `OLM will hold the InstallPlans of ${spec.name}, because approval is Manual for ${names} in ${namespace}; ${move}`,
    ),
  ];
}

/** A plan that waits may come to hold this operator too, and is then not approved. */
async function waitingPlans({ cluster }: Scene, { made: { namespace } }: Own): Promise<Finding[]> {
  const where = ({ spec, status }: InstallPlan) => !spec.approved && status?.phase === "RequiresApproval";
  const plans = await cluster.list<InstallPlan>(installPlans, { namespace, where });
  return plans.map((plan) =>
    warning(
      `${nameOf(refOf(plan))} waits for approval (${plan.spec.clusterServiceVersionNames.join(", ")}), and OLM may make one plan of it and the stack's; approve or delete it first`,
    ),
  );
}

/** Exactly one OperatorGroup in each operator's namespace, for all namespaces. */
export async function operatorGroupTroubles(scene: Scene): Promise<Finding[]> {
  const { cluster, input } = scene;
  const coming = pending(scene);
  if (coming.length === 0) return [];
  const groups = await cluster.list<OperatorGroup>(operatorGroups);
  const isMade = (group: OperatorGroup) =>
    scene.isMine(group) ||
    input.planned.some(
      ({ kind, ...ref }) =>
        kind === "OperatorGroup" &&
        ref.namespace === group.metadata.namespace &&
        ref.name === group.metadata.name &&
        input.adopt,
    );
  const places = [...new Set(coming.map(({ made }) => made.namespace))];
  const own = places.flatMap((namespace): Finding[] => {
    const here = groups.filter(({ metadata }) => metadata.namespace === namespace);
    const narrow = here.filter(
      ({ spec }) => (spec?.targetNamespaces ?? []).length > 0 || spec?.selector !== undefined,
    );
    const isGlobal = namespace === globalOperatorsNamespace;
    const foreign = here.filter((group) => !isMade(group));
    if (isGlobal && here.length === 0)
      return [
        refusal(
          `namespace ${namespace} has no OperatorGroup, without which OLM installs nothing there; make one with an empty spec`,
        ),
      ];
    if (isGlobal ? here.length > 1 : foreign.length > 0)
      return [
        refusal(
          `OLM installs nothing in ${namespace} while there are several OperatorGroups: ${and(here.map(({ metadata }) => metadata.name))}${isGlobal ? "" : " and the stack's"}. Delete all but one`,
        ),
      ];
    return narrow.map((group) =>
      refusal(
        `${nameOf(refOf(group))} is not for all namespaces, which these operators are; empty its spec, or have the operator installed elsewhere`,
      ),
    );
  });
  const children = await Promise.all(
    dependenciesToCome(scene).map(async ({ package: name, namespace, setting }) => {
      const here = groups.filter(({ metadata }) => metadata.namespace === namespace);
      const foreign = here.filter((group) => !isOfRelease(scene, group));
      // The operator makes a group of its own, but for Serverless not in a namespace that it finds.
      if (name !== serverlessPackage) {
        return foreign.length === 0
          ? []
          : [
              refusal(
                `OLM would install nothing in ${namespace}, where ${nameOf(refOf(foreign[0] as OperatorGroup))} and that of the Orchestrator operator would be two. Delete it, or: pulumi config set --path ${setting} false`,
              ),
            ];
      }
      const home = here.length === 0 ? await cluster.get(namespaceRef(namespace)) : undefined;
      return home && !isOfRelease(scene, home) && home.metadata.deletionTimestamp === undefined
        ? [
            refusal(
              `Namespace ${namespace} has no OperatorGroup, and the Orchestrator operator makes none in a namespace that is there. Delete the namespace, or make one with an empty spec`,
            ),
          ]
        : [];
    }),
  );
  return [...own, ...children.flat()];
}

/** Custom resources of the same kind that others have made: what they stand for is there once. */
export async function siblings({ cluster, input, isMine }: Scene): Promise<Finding[]> {
  const { platform: { resource } = {}, adopt } = input;
  if (!resource) return [];
  const others = (await cluster.list(resource, { part: "metadata" })).filter(
    (object) => !isMine(object) && !isAt(resource, object.metadata),
  );
  return others.map((object) => {
    const found = nameOf(refOf(object));
    const { name, namespace = "" } = object.metadata;
    return adopt
      ? refusal(
          `${found} is not taken over, and the stack's would be a second one. Name it: pulumi config set --path orchestrator.name ${name}; pulumi config set --path namespaces.orchestrator.name ${namespace}; pulumi config set --path namespaces.orchestrator.existing true`,
        )
      : warning(
          `${found} is there already. Two of them install the same operators, and get into each other's way`,
        );
  });
}
