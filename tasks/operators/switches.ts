import { globalOperatorsNamespace, installationLabel } from "../../config/names";
import type { Cluster } from "../../kube/cluster";
import { nameOf, refOf } from "../../kube/objects";
import { emptyIfForbidden } from "../cluster/preflight/finding";
import { isBare } from "./dependents";
import { isReleased, type Release } from "./helm";
import type { Package } from "../../config/operators";
import { type Subscription, subscriptions } from "./olm";

/** What the configuration says is there without the stack. */
export interface Existing {
  /** The packages of one operator. */
  readonly packages: readonly string[];
  /** What may stand for it where no package does. @default - nothing */
  readonly kinds?: readonly { readonly apiVersion: string; readonly kind: string }[];
  /** The end of the command by which it is the stack's. */
  readonly installHint: string;
}

export interface SwitchInput {
  /** The id of this stack. @default - it has none yet, and so has made nothing */
  readonly installation?: string | undefined;
  /** @default - nothing */
  readonly existing?: readonly Existing[] | undefined;
  /** The custom resource by which the stack's operator subscribes to others. @default - there is none */
  readonly resource?: Release | undefined;
  /** Where it does so, and the setting of that. @default - nowhere */
  readonly dependencies?: readonly (Package & { readonly setting: string })[] | undefined;
}

/**
 * What this stack has made and the configuration now says is somebody else's, or elsewhere, a line each. To the engine, or to
 * the stack's operator, that means to delete it, while all that is made after it counts on it.
 */
export async function describeSwitched(cluster: Cluster, input: SwitchInput): Promise<string[]> {
  const { installation, existing = [], resource, dependencies = [] } = input;
  if (installation === undefined || (existing.length === 0 && dependencies.length === 0)) return [];
  const label = `${installationLabel}=${installation}`;
  const marked = await emptyIfForbidden(cluster.list<Subscription>(subscriptions, { label }));
  const where = (object: Subscription) => isReleased(resource, object);
  const released = resource
    ? await emptyIfForbidden(cluster.list<Subscription>(subscriptions, { where }))
    : [];
  const subscribed = [...marked, ...released];
  const lists = await Promise.all(
    existing.map(async ({ packages, kinds = [], installHint }) => {
      const objects = await Promise.all(
        // One beside workflows, which the stack has marked as coming with them, is no platform that it has made.
        kinds.map((kind) =>
          emptyIfForbidden(cluster.list(kind, { label, where: (object) => !isBare(object) })),
        ),
      );
      const found = [...subscribed.filter(({ spec }) => packages.includes(spec.name)), ...objects.flat()];
      return found.map(
        (object) =>
          `${nameOf(refOf(object))} was made by this stack, and would be deleted with what it runs if it were taken for existing. ` +
          wayBack(installHint),
      );
    }),
  );
  const moved = dependencies.flatMap(({ package: name, namespace, setting }) =>
    released
      .filter(({ spec, metadata }) => spec.name === name && metadata.namespace !== namespace)
      .map((object) => cannotMove(object, `${setting.replace(/\.install$/, "")}.subscription`)),
  );
  return [...lists.flat(), ...moved];
}

/** Why a Subscription of the stack's cannot be made anew in another namespace: OLM runs an operator for all namespaces once. */
export const cannotMove = (object: Subscription, settings: string): string =>
  `${nameOf(refOf(object))}, to ${object.spec.name}, is of this stack, and does not move to another namespace while it runs. ` +
  // Where it was taken over, it has its namespace by default with that setting, which is to be left on.
  (settings === "operator" && object.metadata.namespace === globalOperatorsNamespace
    ? "If it was taken over: pulumi config set adopt true. "
    : "") +
  wayBack(`${settings}.namespace ${object.metadata.namespace ?? ""}`);

const wayBack = (setting: string) =>
  `Go back with: pulumi config set --path ${setting}; or run pulumi destroy (with postgres.keepData the database stays), and install anew`;
