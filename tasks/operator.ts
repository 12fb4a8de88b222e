import { installationLabel } from "../config/names";
import { nameOf, refOf, sleep, type Cluster, type Condition, type KubeObject, type Ref } from "./cluster";
import { gone, removed, TaskError, Troubles, until } from "./wait";

const subscriptions = { apiVersion: "operators.coreos.com/v1alpha1", kind: "Subscription" } as const;
const csvs = { apiVersion: "operators.coreos.com/v1alpha1", kind: "ClusterServiceVersion" } as const;
const installPlans = { apiVersion: "operators.coreos.com/v1alpha1", kind: "InstallPlan" } as const;
const catalogSources = { apiVersion: "operators.coreos.com/v1alpha1", kind: "CatalogSource" } as const;
const operators = { apiVersion: "operators.coreos.com/v1", kind: "Operator" } as const;
const clusterRoleKinds = ["ClusterRole", "ClusterRoleBinding"];
const namespaces = { apiVersion: "v1", kind: "Namespace" } as const;
const crds = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

/** The names and states are OLM's: operator-framework/api, pkg/operators/v1alpha1. */
interface Subscription extends KubeObject {
  readonly spec: { readonly name: string };
  readonly status?: {
    readonly state?: string;
    readonly currentCSV?: string;
    readonly installedCSV?: string;
    readonly installPlanRef?: { readonly name: string };
    readonly conditions?: readonly Condition[];
  };
}

interface InstallPlan extends KubeObject {
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

interface ClusterServiceVersion extends KubeObject {
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

/** A Deployment as a CSV has it. */
interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly env?: readonly { readonly name: string }[];
}

interface CatalogSource extends KubeObject {
  readonly status?: { readonly connectionState?: { readonly lastObservedState?: string } };
}

/** One package as OLM keeps it in one namespace. */
export interface Package {
  readonly package: string;
  readonly namespace: string;
}

export interface AwaitOperatorInput extends Package {
  /** The Subscription's spec, by which it is told apart from an earlier one. */
  readonly channel: string;
  readonly source: string;
  readonly sourceNamespace: string;
  readonly approval: "Automatic" | "Manual";
  /** With Manual approval, the version whose InstallPlan is approved. */
  readonly startingCSV?: string | undefined;
  /** The path of the settings above, for errors to name. */
  readonly settings: string;
  readonly minutes: number;
}

export interface AwaitOperatorResult {
  /** The version that runs. */
  readonly csv: string;
}

/** How long OLM may show a trouble before it is taken for lasting, in seconds. */
const lasting = {
  /** OLM resolves anew on each change of a Subscription; an answer to the one before stands for a moment. */
  resolution: 10,
  /** Catalog pods are restarted on each refresh of their image. */
  catalog: 45,
  /** OLM marks a version Failed while its Deployment comes up slowly, and tries again. */
  version: 60,
} as const;

/**
 * Waits until OLM has installed the operator and its CSV says `Succeeded`, the state in which its Deployment runs and
 * its CRDs are served. Approves the InstallPlan of `startingCSV`, if that is all it installs.
 * @throws TaskError with OLM's own reason as soon as it is clear that waiting is in vain.
 */
export async function awaitOperator(
  cluster: Cluster,
  input: AwaitOperatorInput,
): Promise<AwaitOperatorResult> {
  const ref = { ...subscriptions, namespace: input.namespace, name: input.package };
  const troubles = new Troubles();
  return until({ minutes: input.minutes, what: `the installation of ${input.package}` }, async (status) => {
    troubles.nextLook();
    const subscription = await cluster.get<Subscription>(ref);
    if (!subscription) throw new TaskError(`${nameOf(ref)} is gone; run pulumi up again`);

    const installed = subscription.status?.installedCSV;
    const wanted = subscription.status?.currentCSV;
    const csv = installed && (await getCsv(cluster, input.namespace, installed));
    if (csv) {
      status(`${installed} is ${csv.status?.phase ?? "new"}: ${csv.status?.message ?? ""}`);
      // With Manual approval the next version in the channel may wait for years, and is none of our business.
      const moving = input.approval === "Automatic" && wanted !== installed;
      if (csv.status?.phase === "Succeeded" && !moving) return { csv: installed };
      reportCsv(csv, troubles);
    } else {
      status(`Subscription ${input.package} is ${subscription.status?.state ?? "new"}`);
    }
    if (!csv || csv.status?.phase === "Succeeded") {
      await approveOrReport(cluster, input, subscription, troubles);
      await reportSubscription(cluster, input, subscription, troubles);
    }
    return undefined;
  });
}

const getCsv = (cluster: Cluster, namespace: string, name: string) =>
  cluster.get<ClusterServiceVersion>({ ...csvs, namespace, name });

function reportCsv({ metadata, status }: ClusterServiceVersion, troubles: Troubles): void {
  if (!status || (status.phase !== "Failed" && status.phase !== "Pending")) return;
  const unmet = (status.requirementStatus ?? []).filter(
    (requirement) => !/^(Present|Satisfied)/.test(requirement.status),
  );
  const details = unmet
    .map(({ kind, name, message, status }) => `\n  - ${kind} ${name}: ${message ?? status}`)
    .join("");
  const isOperatorGroup = /OperatorGroup/.test(status.reason ?? "");
  troubles.report(
    "CSV",
    isOperatorGroup ? lasting.resolution : lasting.version,
    `${metadata.name} is ${status.phase} (${status.reason ?? "no reason given"}): ${status.message ?? ""}${details}`,
  );
}

async function approveOrReport(
  cluster: Cluster,
  input: AwaitOperatorInput,
  subscription: Subscription,
  troubles: Troubles,
): Promise<void> {
  const name = subscription.status?.installPlanRef?.name;
  if (name === undefined) return;
  const ref = { ...installPlans, namespace: input.namespace, name };
  const plan = await cluster.get<InstallPlan>(ref);
  if (plan?.status?.phase === "Failed") {
    const messages = (plan.status.conditions ?? []).flatMap(({ status, message }) =>
      status === "False" && message ? [message] : [],
    );
    const reason = messages.join("; ") || (plan.status.message ?? "no reason given");
    troubles.report(name, lasting.resolution, `${nameOf(ref)} failed: ${reason}`);
  }
  if (plan?.status?.phase !== "RequiresApproval") return;

  const versions = plan.spec.clusterServiceVersionNames;
  if (
    input.approval === "Manual" &&
    input.startingCSV !== undefined &&
    versions.join() === input.startingCSV
  ) {
    console.error(`approving ${nameOf(ref)}, which installs ${versions.join(", ")}`);
    await cluster.patch(ref, { spec: { approved: true } });
    return;
  }
  const why =
    input.approval === "Automatic"
      ? `approval is Automatic, but another Subscription in ${input.namespace} is Manual, which OLM extends to all`
      : `only a plan that installs ${input.startingCSV ?? "a pinned version"} and nothing else is approved here`;
  troubles.report(
    name,
    lasting.resolution,
    `${nameOf(ref)} waits for approval. It would install ${versions.join(", ")}; ${why}. ` +
      `Approve it with: oc patch installplan ${name} -n ${input.namespace} --type merge -p '{"spec":{"approved":true}}' and run pulumi up again, ` +
      `or give the operator a namespace of its own with: pulumi config set --path ${input.settings}.namespace <name>`,
  );
}

async function reportSubscription(
  cluster: Cluster,
  input: AwaitOperatorInput,
  subscription: Subscription,
  troubles: Troubles,
): Promise<void> {
  const holding = (type: string) =>
    subscription.status?.conditions?.find(
      (condition) => condition.type === type && condition.status === "True",
    );
  const say = ({ type, reason, message }: Condition) =>
    `${type}${reason ? ` (${reason})` : ""}: ${message ?? ""}`;

  for (const type of ["BundleUnpackFailed", "InstallPlanFailed"]) {
    const condition = holding(type);
    if (condition)
      troubles.report(type, lasting.resolution, `OLM cannot install ${input.package}. ${say(condition)}`);
  }

  const catalog = { ...catalogSources, namespace: input.sourceNamespace, name: input.source };
  const source = await cluster.get<CatalogSource>(catalog);
  if (!source) {
    const others = await cluster.list(catalogSources, { namespace: input.sourceNamespace });
    const names = others.map(({ metadata }) => metadata.name).join(", ") || "none";
    troubles.report(
      "no catalog",
      lasting.resolution,
      `${nameOf(catalog)} does not exist; the CatalogSources there are: ${names}. Set ${input.settings}.source and ${input.settings}.sourceNamespace`,
    );
  }

  const failed = holding("ResolutionFailed");
  const pinned = input.startingCSV;
  if (failed?.reason === "ConstraintsNotSatisfiable") {
    troubles.report(
      "resolution",
      lasting.resolution,
      `OLM cannot install ${input.package}. ${say(failed)}. It looked for channel ${input.channel}` +
        `${pinned ? `, version ${pinned}` : ""} in ${nameOf(catalog)}: ` +
        `check ${input.settings}.channel${pinned ? `, ${input.settings}.startingCSV` : ""} and ${input.settings}.source`,
    );
  } else if (failed) {
    troubles.report("resolution", lasting.catalog, `OLM cannot install ${input.package}. ${say(failed)}`);
  }

  const state = source?.status?.connectionState?.lastObservedState;
  if (source && state !== "READY") {
    const message = `${nameOf(catalog)} is not healthy: its connection is ${state ?? "not made"}, not READY`;
    troubles.report("connection", lasting.catalog, message);
  }
  const unhealthy = holding("CatalogSourcesUnhealthy");
  if (unhealthy) {
    troubles.report("catalogs", lasting.catalog, `OLM cannot install ${input.package}. ${say(unhealthy)}`);
  }
}

export interface RemovalInput {
  /** The id that marks what this stack made. */
  readonly installation: string;
  /** The operator's own package first, then those that it installs. */
  readonly packages: readonly Package[];
  /** Namespaces that these operators make themselves and never remove. */
  readonly brings: readonly string[];
}

export interface RemovalResult {
  /** The packages that were there before this stack, and outlive it. */
  readonly theirs: readonly Package[];
  /** The packages that come, and go, with this stack. */
  readonly ours: readonly Package[];
  /** The namespaces that were not there before. */
  readonly brings: readonly string[];
}

/** OLM's name for all that belongs to a package in a namespace: part of a label, and the name of the `Operator`. */
const componentName = ({ package: name, namespace }: Package): string => `${name}.${namespace}`;
/** OLM cuts the part of the label after the slash to 63 characters (decorators/operator.go). */
const componentLabel = (of: Package): string =>
  `operators.coreos.com/${componentName(of)
    .slice(0, 63)
    .replace(/[-_.]+$/, "")}`;

/** Remembers which of the packages somebody else has installed before, so that {@link removeOperator} spares them. */
export async function prepareRemoval(
  cluster: Cluster,
  { packages, brings }: RemovalInput,
  previous: RemovalResult | undefined,
): Promise<RemovalResult> {
  const known = [...(previous?.ours ?? []), ...(previous?.theirs ?? [])].map(componentName);
  const fresh = packages.filter((of) => !known.includes(componentName(of)));
  const found = await Promise.all(
    fresh.map(
      async (of) => [...(await subscriptionsOf(cluster, of)), ...(await csvsOf(cluster, of))].length > 0,
    ),
  );
  const there = await Promise.all(brings.map((name) => cluster.get({ ...namespaces, name })));
  return {
    ours: [...(previous?.ours ?? []), ...fresh.filter((_, index) => !found[index])],
    theirs: [...(previous?.theirs ?? []), ...fresh.filter((_, index) => found[index])],
    brings: previous?.brings ?? brings.filter((_, index) => !there[index]),
  };
}

/**
 * Removes what OLM leaves behind when a Subscription is deleted: the CSV, at whatever version it is by now, with its
 * Deployment and roles, and the `Operator` object. CRDs stay, as OLM means it: deleting one deletes everybody's data.
 */
export async function removeOperator(
  cluster: Cluster,
  { installation, packages }: RemovalInput,
  prepared: RemovalResult,
): Promise<void> {
  const kept = new Set<string>();
  const isOwn = (of: Package) =>
    packages[0] !== undefined && componentName(of) === componentName(packages[0]);
  const remove = async (of: Package, patience: number) => {
    const wasThere = await removePackage(cluster, installation, of, patience);
    for (const crd of await forget(cluster, of)) kept.add(crd);
    return wasThere;
  };
  // The operator itself goes first: it would subscribe to the others again. Where it never ran, it has not.
  const own = prepared.ours.find(isOwn);
  const hasRun = own === undefined || (await remove(own, inFlight));
  const others = prepared.ours.filter((of) => of !== own);
  await Promise.all(others.map((of) => remove(of, hasRun ? inFlight : 0)));
  await removed(
    cluster,
    prepared.brings.map((name) => ({ ...namespaces, name })),
    5,
  );
  if (kept.size > 0) {
    console.error(
      `kept, because deleting a CRD deletes everybody's objects of its kind: ${[...kept].sort().join(", ")}`,
    );
  }
}

/** How long OLM may go on with what it has begun for a Subscription that somebody has deleted, in seconds. */
const inFlight = 10;

/** @returns whether the package was installed. */
async function removePackage(
  cluster: Cluster,
  installation: string,
  of: Package,
  patience: number,
): Promise<boolean> {
  const known = await markBundles(cluster, { installation, packages: [of] });
  let found = false;
  let quiet = 0;
  await until({ minutes: 10, what: `the removal of ${of.package}` }, async () => {
    // The Subscription goes first: OLM would install a deleted CSV again. It may still be about to do so once.
    const subscribed = await subscriptionsOf(cluster, of);
    await removed(cluster, subscribed.map(refOf), 5);
    const installed = await csvsOf(cluster, of);
    await removed(cluster, installed.map(refOf), 5);
    found ||= installed.length > 0;
    quiet = subscribed.length > 0 || installed.length > 0 ? 0 : quiet + 1;
    return quiet > (found || known > 0 ? 0 : patience) ? true : undefined;
  });
  return found;
}

/**
 * Lets OLM come to an end with what it is doing for packages, such as for an `up` that was interrupted a moment ago: it
 * would go on with that even though the Subscription is gone, and install a CSV, and roles that nothing tells whose they
 * are, after a removal has found none.
 * @returns how many Subscriptions there are that it is done with.
 */
async function atRest(cluster: Cluster, packages: readonly Package[]): Promise<number> {
  const what = `the end of what OLM does for ${packages.map(({ package: name }) => name).join(", ")}`;
  return until({ minutes: 2, what }, async () => {
    const all = await Promise.all(packages.map((of) => subscriptionsOf(cluster, of)));
    const rests = await Promise.all(all.flat().map((subscription) => rest(cluster, subscription)));
    return rests.every(Boolean) ? rests.length : undefined;
  }).catch((error: unknown) => {
    // One that hangs is no reason not to remove what there is.
    console.error(error instanceof Error ? error.message : error);
    return 0;
  });
}

/** Whether OLM has installed what it wants to, or says that it cannot. */
async function rest(cluster: Cluster, { metadata, status = {} }: Subscription): Promise<boolean> {
  const { installedCSV, currentCSV, installPlanRef, conditions = [] } = status;
  if (installedCSV !== undefined && installedCSV === currentCSV) return true;
  const troubles = ["ResolutionFailed", "BundleUnpackFailed", "InstallPlanFailed", "CatalogSourcesUnhealthy"];
  if (conditions.some(({ type, status }) => troubles.includes(type) && status === "True")) return true;
  if (installPlanRef === undefined) return false;
  const { namespace } = metadata;
  const plan = await cluster.get<InstallPlan>({ ...installPlans, namespace, name: installPlanRef.name });
  return plan?.status?.phase === "RequiresApproval" || plan?.status?.phase === "Failed";
}

async function subscriptionsOf(cluster: Cluster, of: Package): Promise<readonly Subscription[]> {
  const all = await cluster.list<Subscription>(subscriptions, { namespace: of.namespace });
  return all.filter(({ spec }) => spec.name === of.package);
}

/** The CSVs of a package, without the copies that OLM shows in other namespaces. */
const csvsOf = (cluster: Cluster, of: Package): Promise<readonly ClusterServiceVersion[]> =>
  cluster.list<ClusterServiceVersion>(csvs, {
    namespace: of.namespace,
    label: `${componentLabel(of)},!olm.copiedFrom`,
  });

/**
 * Takes OLM's label off the CRDs that stay, and off InstallPlans that a neighbour in the namespace shares, and deletes
 * the `Operator` object that is about them. OLM makes that again as long as anything carries the label, and acts a
 * moment after what it sees.
 * @returns the names of the package's CRDs.
 */
async function forget(cluster: Cluster, of: Package): Promise<string[]> {
  const label = componentLabel(of);
  const operator: Ref = { ...operators, name: componentName(of) };
  let quiet = 0;
  await until({ minutes: 2, what: `the removal of ${nameOf(operator)}` }, async () => {
    const labelled = [
      ...(await cluster.list(crds, { label })),
      ...(await cluster.list(installPlans, { label })),
    ];
    for (const object of labelled)
      await cluster.patch(refOf(object), { metadata: { labels: { [label]: null } } });
    const there = await cluster.get(operator);
    if (there) await cluster.delete(operator);
    quiet = there || labelled.length > 0 ? 0 : quiet + 1;
    return quiet >= 2 ? true : undefined;
  });
  const all = await cluster.list(crds);
  return all.filter((crd) => isInstalledBy(of, crd)).map(({ metadata }) => metadata.name);
}

/** OLM notes on each CRD, for good, which CSVs brought it: `operatorframework.io/installed-alongside-<hash>`. */
function isInstalledBy(
  { package: name, namespace }: Package,
  { metadata: { annotations = {} } }: KubeObject,
): boolean {
  return Object.entries(annotations).some(
    ([key, csv]) =>
      key.startsWith("operatorframework.io/installed-alongside-") && csv.startsWith(`${namespace}/${name}`),
  );
}

/**
 * Puts the stack's mark on the cluster roles that came with the packages, so that its last sweep finds them: OLM
 * itself removes only those that it made for a CSV, not those that a bundle has as objects. Only an InstallPlan tells
 * which these are, and it goes with its Subscription; so OLM has to be done with that first.
 * @returns how many Subscriptions there are that OLM is done with.
 */
export async function markBundles(
  cluster: Cluster,
  { installation, packages }: { readonly installation: string; readonly packages: readonly Package[] },
): Promise<number> {
  const count = await atRest(cluster, packages);
  for (const { package: name, namespace } of packages) {
    const plans = await cluster.list<InstallPlan>(installPlans, { namespace });
    const steps = plans.filter(({ spec }) => spec.approved).flatMap(({ status }) => status?.plan ?? []);
    const roles = steps.filter(
      ({ resolving, resource }) => resolving.startsWith(name) && clusterRoleKinds.includes(resource.kind),
    );
    for (const { resource } of roles) {
      const ref = { apiVersion: "rbac.authorization.k8s.io/v1", kind: resource.kind, name: resource.name };
      await cluster.patch(ref, { metadata: { labels: { [installationLabel]: installation } } });
    }
  }
  return count;
}

/** Helm's mark on what a release made; the Orchestrator operator up to 1.4 is a Helm operator. */
const helmRelease = "meta.helm.sh/release-name";

/**
 * Writes into the CSVs what their Subscription adds to the operator's environment. OLM takes that back as soon as the
 * Subscription is gone, and in the moment until the CSV is, the operator would start without it: that of GitOps
 * would make its default Argo CD, which nobody could remove any more.
 */
async function keepEnvironment(
  cluster: Cluster,
  packages: readonly Package[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const kept = Object.entries(env).map(([name, value]) => ({ name, value }));
  const withEnv = (container: Container) => {
    const others = (container.env ?? []).filter(({ name }) => !(name in env));
    return { ...container, env: [...others, ...kept] };
  };
  for (const of of packages) {
    for (const csv of await csvsOf(cluster, of)) {
      const deployments = (csv.spec?.install?.spec?.deployments ?? []).map((deployment) => {
        const { template } = deployment.spec;
        const containers = template.spec.containers.map(withEnv);
        const pod = { ...template, spec: { ...template.spec, containers } };
        return { ...deployment, spec: { ...deployment.spec, template: pod } };
      });
      await cluster.patch(refOf(csv), { spec: { install: { spec: { deployments } } } });
    }
  }
}

export interface TakeDownInput {
  readonly installation: string;
  /** The custom resource. */
  readonly ref: Ref;
  /** The packages that go with it. */
  readonly packages: readonly Package[];
  /** The longest wait for the removal, in minutes. */
  readonly deleteMinutes: number;
}

/** Has the operator take a custom resource down with all that it has installed for it. */
export async function takeDown(
  cluster: Cluster,
  { installation, ref, packages, deleteMinutes }: TakeDownInput,
): Promise<void> {
  await markBundles(cluster, { installation, packages }); // before it deletes the Subscriptions that it has made
  const object = await cluster.get(ref);
  if (object?.metadata.labels?.[installationLabel] === installation) {
    await grasped(cluster, ref);
    await removed(cluster, [ref], deleteMinutes);
  }
  await terminated(cluster, deleteMinutes);
}

/** The operator lets go of its object before the namespaces that came with it have finished terminating. */
async function terminated(cluster: Cluster, minutes: number): Promise<void> {
  const leaving = (await cluster.list(namespaces)).filter(
    ({ metadata }) =>
      metadata.deletionTimestamp !== undefined && metadata.annotations?.[helmRelease] !== undefined,
  );
  await gone(cluster, leaving.map(refOf), minutes);
}

/** How long the operator may take to install what a custom resource asks for, in seconds. */
const grasp = 60;

/**
 * Waits until the operator holds on to an object, or says that it cannot install it. Its finalizer is the last thing that
 * a Helm operator does when it installs (operator-sdk, internal/helm/controller/reconcile.go); for one that goes before, it
 * installs everything, and takes nothing down.
 */
async function grasped(cluster: Cluster, ref: Ref): Promise<void> {
  for (let second = 0; second < grasp; second++) {
    const object = await cluster.get<Resource>(ref);
    const failed = object?.status?.conditions?.some(
      ({ type, status }) => type === "ReleaseFailed" && status === "True",
    );
    if (!object || failed || (object.metadata.finalizers ?? []).length > 0) return;
    await sleep(1_000);
  }
}

interface Resource extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export interface DrainInput {
  readonly installation: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The longest wait for the removal, in minutes. */
  readonly deleteMinutes: number;
  /** Names of objects that the operator made itself. @default - none */
  readonly makes?: readonly string[];
  /** What stays behind in namespaces of others, and is to go unless it was there before. @default - nothing */
  readonly leaves?: readonly Ref[];
  /** What the Subscription adds to the operator's environment. @default - nothing */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The packages that are about to go. */
  readonly packages: readonly Package[];
}

/**
 * Makes sure that no object that only the operator can take down is left when the operator goes.
 * @throws TaskError that names objects of others.
 */
export async function drain(cluster: Cluster, input: DrainInput): Promise<void> {
  const { installation, deleteMinutes, apiVersion, kind, makes = [], packages } = input;
  const left = await cluster.list({ apiVersion, kind });
  // What an operator makes itself goes with it, unless it is somebody else's operator, which stays.
  const isMade = (name: string) => packages.length > 0 && makes.includes(name);
  const ours = left.filter(
    ({ metadata }) => metadata.labels?.[installationLabel] === installation || isMade(metadata.name),
  );
  const theirs = left.filter((object) => !ours.includes(object));
  if (theirs.length > 0) {
    throw new TaskError(
      `the operator stays, because it is needed to remove what is not of this stack: ${theirs.map((object) => nameOf(refOf(object))).join(", ")}. ` +
        "Delete that first, then run pulumi destroy again",
    );
  }
  await markBundles(cluster, input); // before it deletes the Subscriptions that it has made
  await removed(cluster, ours.map(refOf), deleteMinutes);
  await terminated(cluster, deleteMinutes);
  if (input.env) await keepEnvironment(cluster, packages, input.env);
  await markLeft(cluster, input);
}

/** Puts the stack's mark on what is left, for its last sweep, if it is younger than the Subscription. */
async function markLeft(
  cluster: Cluster,
  { installation, packages, leaves = [] }: DrainInput,
): Promise<void> {
  const own = packages[0] && (await subscriptionsOf(cluster, packages[0]))[0];
  const since = own?.metadata.creationTimestamp;
  if (since === undefined) return;
  for (const object of await cluster.getAll(leaves)) {
    if (object && (object.metadata.creationTimestamp ?? "") >= since) {
      await cluster.patch(refOf(object), { metadata: { labels: { [installationLabel]: installation } } });
    }
  }
}
