import { orchestratorPackage } from "../../../config/names";
import type { PlannedObject } from "../adoption";
import type { ClaimInput } from "../claim";
import type { Place } from "../conflicts";
import type { Cluster } from "../../../kube/cluster";
import type { KubeObject, Ref } from "../../../kube/objects";
import { belongsTo, isUnmarked } from "../mark";
import type { Wanted } from "../../operators/findOperator";
import { isReleased } from "../../operators/helm";
import type { FindPlatformInput } from "../../platform/findPlatform";
import { subscriptions, type Subscription, type SubscriptionSpec } from "../../operators/olm";
import type { Package, SettingPaths } from "../../../config/operators";
import { emptyIfForbidden } from "./finding";

/** Another release that the same settings could install, and what it subscribes to. */
export interface Alternative {
  readonly version: string;
  readonly subscriptions: readonly SubscriptionSpec[];
}

/** An operator that the product is validated with in one minor version. */
export interface Validated {
  readonly release: string;
  /** As `1.37`. */
  readonly version: string;
  /** All packages that bring its kinds. */
  readonly packages: readonly string[];
  /** The path of the settings by which it is held. @default - it is not the stack's */
  readonly settings?: string | undefined;
}

export interface PreflightInput extends Omit<ClaimInput, "installation"> {
  /** The id of this stack. @default - it has none yet, so nothing on the cluster is its own */
  readonly installation?: string | undefined;
  /** The platform that is to be installed. @default - none, only workflow namespaces */
  readonly platform?: Expectations | undefined;
  /** The platform of others that the workflows belong to. @default - none, it is to be installed */
  readonly existing?: FindPlatformInput | undefined;
  /** Nothing is to be made, so what the user may not make is only worth a warning. @default false */
  readonly isDryRun?: boolean | undefined;
  /** Where the tasks look for what is not of the stack. @default - nowhere */
  readonly guardedPlaces?: readonly Place[] | undefined;
}

/** What an installation of the platform expects of a cluster. */
export interface Expectations {
  /** The OpenShift versions that the release is for. @default - all whose catalogs have its operators */
  readonly openshift?: OpenShiftRange | undefined;
  /** What else could be installed with the same settings, the oldest first. @default - nothing */
  readonly alternatives?: readonly Alternative[] | undefined;
  /** The operators that it is validated with. @default - not known */
  readonly validated?: readonly Validated[] | undefined;
  /** The custom resource, in the version that the release has it. @default - none: the program makes the platform */
  readonly resource?: (Ref & { readonly namespace: string }) | undefined;
  /** Where the channel of its operator is known to lead, should its catalog not say so. @default - unknown */
  readonly channelHead?: string | undefined;
  /** What of it has no images for ARM64. */
  readonly unavailableOnArm: readonly string[];
  /** The packages that its operator subscribes to, and the setting that keeps it from that. */
  readonly dependencies: readonly (Package & { readonly setting: string })[];
  /** The Subscriptions that it makes for these. @default - none */
  readonly subscriptions?: readonly DependencySubscription[] | undefined;
  /** The operators of others that it builds on. @default - none */
  readonly existingOperators?: readonly Wanted[] | undefined;
  /** The account whose token is put into Developer Hub, if it may only read. */
  readonly account?: { readonly namespace: string; readonly name: string } | undefined;
  /** The Services of databases of somebody else, and the setting that names each. @default - none */
  readonly databases?:
    readonly { readonly settings: string; readonly namespace: string; readonly name: string }[] | undefined;
  /** Developer Hub, and with it a database of its own, is installed too. */
  readonly needsStorage: boolean;
  /** The CRDs go with the operators. @default false */
  readonly removesCrds?: true | undefined;
}

/** A Subscription that the operator of the platform makes. */
export interface DependencySubscription extends SettingPaths {
  readonly namespace: string;
  readonly name: string;
  readonly spec: SubscriptionSpec;
}

/** Both ends as `4.14`. */
export interface OpenShiftRange {
  readonly release: string;
  readonly from: string;
  readonly to: string;
}

/** A Subscription that the program makes. */
export interface Own extends SettingPaths {
  readonly made: PlannedObject & { readonly namespace: string };
  readonly spec: SubscriptionSpec;
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
    input.installation !== undefined && belongsTo(input.installation, object);
  const isMine = (object: KubeObject) =>
    isMarked(object) || (input.installation !== undefined && isUnmarked(object) && isPulumis(object));
  // A stack of workflow namespaces has nothing to do with operators.
  const all = input.platform ? await emptyIfForbidden(cluster.list<Subscription>(subscriptions)) : [];
  const own = input.planned.flatMap((made): Own[] => {
    const { kind, namespace, name } = made;
    if (kind !== "Subscription" || namespace === undefined) return [];
    const spec = made.spec as SubscriptionSpec;
    const live = all.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    const claimed = input.packages?.find((wanted) => wanted.package === spec.name);
    const { settings = "operator", sourceSettings } = claimed ?? {};
    const isOwn = live && (isMine(live) || input.adopt === true);
    return [{ made: { ...made, namespace }, spec, settings, sourceSettings, live: isOwn ? live : undefined }];
  });
  // What these have made by now has no mark, and is in nobody's way.
  const running = own.filter(({ live }) => live && isMine(live)).map(({ spec }) => spec.name);
  const planned = input.planned.filter(({ by }) => by === undefined || !running.includes(by));
  return { cluster, input: { ...input, planned }, isMarked, isMine, subscriptions: all, own };
}

/** Those that are still to be installed, or to be moved: what is there already is not judged again. */
export const pending = ({ own }: Scene): readonly Own[] =>
  own.filter(({ live, spec }) => live?.status?.installedCSV === undefined || isMoving(live, spec));

/** Of what its operator subscribes to, that which is still to come, or to be moved. What others have made, they look after. */
export const pendingDependencies = (scene: Scene): readonly DependencySubscription[] =>
  (scene.input.platform?.subscriptions ?? []).filter(({ namespace, name, spec: { channel, source } }) => {
    const live = scene.subscriptions.find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
    if (!live) return true;
    const isToCome = live.status?.installedCSV === undefined;
    return (
      isOfRelease(scene, live) && (isToCome || live.spec.channel !== channel || live.spec.source !== source)
    );
  });

function isMoving({ spec: is, status }: Subscription, wanted: SubscriptionSpec): boolean {
  const { channel, installPlanApproval: approval, startingCSV: pin } = wanted;
  if (approval === "Automatic" && is.installPlanApproval !== approval) return true;
  return (
    is.channel !== channel || (approval === "Manual" && pin !== undefined && pin !== status?.installedCSV)
  );
}

const isPulumis = ({ metadata: { managedFields = [] } }: KubeObject) =>
  managedFields.some(({ manager }) => manager?.startsWith("pulumi-kubernetes"));

/** Whether the operator has made it for this stack's custom resource. */
export const isOfRelease = ({ input: { platform } }: Scene, object: KubeObject): boolean =>
  isReleased(platform?.resource, object);

/** What the Orchestrator operator is about to subscribe to: once it is installed, what there is may be its own. */
export function dependenciesToCome(scene: Scene): Expectations["dependencies"] {
  const parent = scene.own.find(({ spec }) => spec.name === orchestratorPackage);
  const isToCome = parent !== undefined && parent.live?.status?.installedCSV === undefined;
  return isToCome ? (scene.input.platform?.dependencies ?? []) : [];
}

/** The namespaces that operators run in. */
export const operatorNamespaces = ({ own, input }: Scene): string[] => [
  ...new Set([
    ...own.map(({ made }) => made.namespace),
    ...(input.platform?.dependencies ?? []).map(({ namespace }) => namespace),
  ]),
];

export const namespaceRef = (name: string): Ref => ({ apiVersion: "v1", kind: "Namespace", name });
