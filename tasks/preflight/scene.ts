import { installationLabel } from "../../config/names";
import type { Made } from "../adoption";
import { isOf, type ClaimInput } from "../claim";
import type { Cluster, KubeObject, Ref } from "../cluster";
import {
  isReleased,
  subscriptions,
  type Package,
  type Release,
  type Subscription as AnySubscription,
} from "../operator";
import { permitted } from "./finding";

export interface PreflightInput extends Omit<ClaimInput, "installation"> {
  /** The id of this stack. @default - it has none yet, so nothing on the cluster is its own */
  readonly installation?: string | undefined;
  /** The platform that is to be installed. @default - none, only workflow namespaces */
  readonly platform?: Expectations | undefined;
}

/** What an installation of the platform expects of a cluster. */
export interface Expectations {
  /** The OpenShift versions that a release is for, as `4.14`. */
  readonly openshift: OpenShiftRange;
  /** The kind of the custom resource, in the version that the release has it. */
  readonly kind: { readonly apiVersion: string; readonly kind: string };
  /** The custom resource. Its operator makes a Helm release of that name. */
  readonly resource: Release;
  /** The packages that the operator subscribes to, and the setting that keeps it from that. */
  readonly children: readonly (Package & { readonly setting: string })[];
  /** The packages that the program subscribes to itself, and where their settings are. */
  readonly settings: Readonly<Record<string, string>>;
  /** The account whose token is put into Developer Hub, if it may only read. */
  readonly account?: { readonly namespace: string; readonly name: string } | undefined;
  /** Developer Hub, and with it a database of its own, is installed too. */
  readonly needsStorage: boolean;
}

export interface OpenShiftRange {
  readonly release: string;
  readonly from: string;
  readonly to: string;
}

export interface Subscription extends AnySubscription {
  readonly spec: SubscriptionSpec;
}

export interface SubscriptionSpec {
  readonly name: string;
  readonly channel?: string;
  readonly source: string;
  readonly sourceNamespace: string;
  readonly installPlanApproval?: string;
  readonly startingCSV?: string;
}

/** A Subscription that the program makes. */
export interface Own {
  readonly made: Made & { readonly namespace: string };
  readonly spec: SubscriptionSpec;
  /** Where its settings are. */
  readonly settings: string;
  /** The one that is there already: the stack's own, or what it takes over. */
  readonly live: Subscription | undefined;
}

/** A cluster as the checks look at it, with what several of them need. */
export interface Scene {
  readonly cluster: Cluster;
  readonly input: PreflightInput;
  /** Carries the stack's mark. */
  readonly isMarked: (object: KubeObject) => boolean;
  /** Carries it, or may have carried it before somebody took it off: Pulumi has had the object in hand. */
  readonly isMine: (object: KubeObject) => boolean;
  readonly subscriptions: readonly Subscription[];
  readonly own: readonly Own[];
}

export async function sceneOf(cluster: Cluster, input: PreflightInput): Promise<Scene> {
  const isMarked = (object: KubeObject) =>
    input.installation !== undefined && isOf(input.installation, object);
  const isMine = (object: KubeObject) =>
    isMarked(object) || (input.installation !== undefined && isUnmarked(object) && isPulumis(object));
  const all = await permitted(cluster.list<Subscription>(subscriptions));
  const own = input.makes.flatMap((made): Own[] => {
    const { kind, namespace, name } = made;
    if (kind !== "Subscription" || namespace === undefined) return [];
    const spec = made.spec as SubscriptionSpec;
    const live = all.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    const settings = input.platform?.settings[spec.name] ?? "operator";
    const isOwn = live && (isMine(live) || input.adopt === true);
    return [{ made: { ...made, namespace }, spec, settings, live: isOwn ? live : undefined }];
  });
  return { cluster, input, isMarked, isMine, subscriptions: all, own };
}

/** Those that are still to be installed: what is there already is not judged again. */
export const pending = ({ own }: Scene): readonly Own[] =>
  own.filter(({ live }) => live?.status?.installedCSV === undefined);

const isUnmarked = ({ metadata: { labels } }: KubeObject) => labels?.[installationLabel] === undefined;
const isPulumis = ({ metadata: { managedFields = [] } }: KubeObject) =>
  managedFields.some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));

/** Whether the operator has made it for this stack's custom resource. */
export const isOfRelease = ({ input: { platform } }: Scene, object: KubeObject): boolean =>
  isReleased(platform?.resource, object);

/** The namespaces that operators run in. */
export const operatorNamespaces = ({ own, input }: Scene): string[] => [
  ...new Set([
    ...own.map(({ made }) => made.namespace),
    ...(input.platform?.children ?? []).map(({ namespace }) => namespace),
  ]),
];

export const namespaceRef = (name: string): Ref => ({ apiVersion: "v1", kind: "Namespace", name });
