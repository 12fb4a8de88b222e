import { isOfPackage } from "../../config/csv";
import type { Package, SettingPaths } from "../../config/operators";
import type { Cluster } from "../../kube/cluster";
import { type Condition, type KubeObject, type Ref, refOf } from "../../kube/objects";

export const subscriptions = { apiVersion: "operators.coreos.com/v1alpha1", kind: "Subscription" } as const;

export const csvs = { apiVersion: "operators.coreos.com/v1alpha1", kind: "ClusterServiceVersion" } as const;

export const installPlans = { apiVersion: "operators.coreos.com/v1alpha1", kind: "InstallPlan" } as const;

export const catalogSources = { apiVersion: "operators.coreos.com/v1alpha1", kind: "CatalogSource" } as const;

export const operators = { apiVersion: "operators.coreos.com/v1", kind: "Operator" } as const;

export const operatorGroups = { apiVersion: "operators.coreos.com/v1", kind: "OperatorGroup" } as const;

export const clusterRoles = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" } as const;

export const clusterRoleKinds = [clusterRoles.kind, "ClusterRoleBinding"];

export const namespaces = { apiVersion: "v1", kind: "Namespace" } as const;

export const crds = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

/** https://olm.operatorframework.io/docs/concepts/crds/subscription/ */
export interface SubscriptionSpec {
  /** The package. */
  readonly name: string;
  readonly channel?: string | undefined;
  /** The CatalogSource, and its namespace. */
  readonly source: string;
  readonly sourceNamespace: string;
  /** @default "Automatic" */
  readonly installPlanApproval?: "Automatic" | "Manual" | undefined;
  readonly startingCSV?: string | undefined;
  /** What OLM adds to the operator's Deployment. */
  readonly config?:
    { readonly env: readonly { readonly name: string; readonly value: string }[] } | undefined;
}

/** The names and states are OLM's: operator-framework/api, pkg/operators/v1alpha1. */
export interface Subscription extends KubeObject {
  readonly spec: SubscriptionSpec;
  readonly status?: {
    readonly state?: string;
    readonly currentCSV?: string;
    readonly installedCSV?: string;
    readonly installPlanRef?: { readonly name: string };
    readonly conditions?: readonly Condition[];
  };
}

/** Whether OLM finds that no choice of versions fits what the Subscriptions and CSVs of the namespace ask for. */
export const isUnresolvable = ({ status }: Subscription): boolean =>
  (status?.conditions ?? []).some(
    ({ type, status, reason }) =>
      type === "ResolutionFailed" && status === "True" && reason === "ConstraintsNotSatisfiable",
  );

export interface InstallPlan extends KubeObject {
  readonly spec: { readonly approved: boolean; readonly clusterServiceVersionNames: readonly string[] };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly message?: string;
    readonly plan?: readonly Step[];
  };
}

/** One object of an InstallPlan, and the CSV that it belongs to. */
interface Step {
  readonly resolving: string;
  readonly resource: { readonly kind: string; readonly name: string };
}

export interface ClusterServiceVersion extends KubeObject {
  readonly spec?: { readonly install?: { readonly spec?: { readonly deployments?: readonly Deployment[] } } };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly requirementStatus?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** What OLM makes for each package in a namespace, with what carries its label (operator_controller.go). */
export interface Operator extends KubeObject {
  readonly status?: { readonly components?: { readonly refs?: readonly Ref[] } };
}

/** What OLM knows to belong to a package; undefined as long as it has not looked. */
export const componentsOf = ({ status }: Operator): readonly Ref[] | undefined =>
  status?.components && (status.components.refs ?? []);

/** A Deployment as a CSV has it. */
interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

export interface Container {
  readonly env?: readonly { readonly name: string }[];
}

export interface CatalogSource extends KubeObject {
  readonly status?: { readonly connectionState?: { readonly lastObservedState?: string } };
}

const otherRelease =
  "orchestrator.version to 1.4, or to 1.7 or later, which can take another catalog; or make a CatalogSource of that name";

/** The settings that choose the catalog, the one that nearly always does first. */
export const sourceSettings = ({
  settings,
  sourceSettings = [`${settings}.source`, `${settings}.sourceNamespace`],
}: SettingPaths): { readonly first: string; readonly all: string } => ({
  first: sourceSettings[0] ?? otherRelease,
  all: sourceSettings.join(" and ") || otherRelease,
});

/** OLM's name for all that belongs to a package in a namespace: part of a label, and the name of the `Operator`. */
export const componentName = ({ package: name, namespace }: Package): string => `${name}.${namespace}`;

/** OLM cuts the part of the label after the slash to 63 characters (decorators/operator.go). */
export const componentLabel = (of: Package): string =>
  `operators.coreos.com/${componentName(of)
    .slice(0, 63)
    .replace(/[-_.]+$/, "")}`;

export async function subscriptionsOf(cluster: Cluster, of: Package): Promise<readonly Subscription[]> {
  const all = await cluster.list<Subscription>(subscriptions, { namespace: of.namespace });
  return all.filter(({ spec }) => spec.name === of.package);
}

export const getCsv = (cluster: Cluster, namespace: string, name: string) =>
  cluster.get<ClusterServiceVersion>({ ...csvs, namespace, name });

/** The CSVs of a package, without the copies that OLM shows in other namespaces. */
export const csvsOf = (
  cluster: Cluster,
  of: Package,
  part?: "metadata",
): Promise<readonly ClusterServiceVersion[]> =>
  cluster.list<ClusterServiceVersion>(csvs, {
    namespace: of.namespace,
    part,
    label: `${componentLabel(of)},!olm.copiedFrom`,
  });

/** The cluster roles, and their bindings, that OLM has made for objects in a namespace (lib/ownerutil/util.go). */
export async function clusterRolesOf(
  cluster: Cluster,
  ownerKind: "ClusterServiceVersion" | "OperatorGroup",
  namespace: string,
  isOf: (owner: string) => boolean,
): Promise<Ref[]> {
  const label = `olm.owner.kind=${ownerKind},olm.owner.namespace=${namespace}`;
  const where = ({ metadata: { labels } }: KubeObject) => isOf(labels?.["olm.owner"] ?? "");
  const found = await Promise.all(
    clusterRoleKinds.map((kind) =>
      cluster.list({ ...clusterRoles, kind }, { label, part: "metadata", where }),
    ),
  );
  return found.flat().map(refOf);
}

/** OLM notes on each CRD, for good, which CSVs brought it: `operatorframework.io/installed-alongside-<hash>`. */
export const broughtBy = ({ metadata: { annotations = {} } }: KubeObject): string[] =>
  Object.entries(annotations).flatMap(([key, csv]) =>
    key.startsWith("operatorframework.io/installed-alongside-") ? [csv] : [],
  );

/** Whether a CSV, as `<namespace>/<name>`, is one of the package. */
export const isVersionOf = ({ package: name, namespace }: Package, csv: string): boolean =>
  csv.startsWith(`${namespace}/`) && isOfPackage(name, csv.slice(namespace.length + 1));
