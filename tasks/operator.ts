import { compareCsvs } from "../config/csv";
import { nameOf, refOf, sleep, type Cluster, type Condition, type KubeObject, type Ref } from "./cluster";
import { isOf, mark } from "./mark";
import { gone, removed, TaskError, Troubles, until } from "./wait";

export const subscriptions = { apiVersion: "operators.coreos.com/v1alpha1", kind: "Subscription" } as const;
export const csvs = { apiVersion: "operators.coreos.com/v1alpha1", kind: "ClusterServiceVersion" } as const;
export const installPlans = { apiVersion: "operators.coreos.com/v1alpha1", kind: "InstallPlan" } as const;
export const catalogSources = { apiVersion: "operators.coreos.com/v1alpha1", kind: "CatalogSource" } as const;
const operators = { apiVersion: "operators.coreos.com/v1", kind: "Operator" } as const;
export const operatorGroups = { apiVersion: "operators.coreos.com/v1", kind: "OperatorGroup" } as const;
const clusterRoles = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" } as const;
const clusterRoleKinds = [clusterRoles.kind, "ClusterRoleBinding"];
export const namespaces = { apiVersion: "v1", kind: "Namespace" } as const;
export const crds = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

/** The names and states are OLM's: operator-framework/api, pkg/operators/v1alpha1. */
export interface Subscription extends KubeObject {
  readonly spec: { readonly name: string };
  readonly status?: {
    readonly state?: string;
    readonly currentCSV?: string;
    readonly installedCSV?: string;
    readonly installPlanRef?: { readonly name: string };
    readonly conditions?: readonly Condition[];
  };
}

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

export interface CatalogSource extends KubeObject {
  readonly status?: { readonly connectionState?: { readonly lastObservedState?: string } };
}

/** One package as OLM keeps it in one namespace. */
export interface Package {
  readonly package: string;
  readonly namespace: string;
}

/** Where the settings of a Subscription are, for messages to name. */
export interface Settings {
  /** Their common path. */
  readonly settings: string;
  /** Those that choose the catalog. @default - `source` and `sourceNamespace` there */
  readonly sourceSettings?: readonly string[] | undefined;
}

/** The settings that choose the catalog, the one that nearly always does first. */
export const sourceSettings = ({
  settings,
  sourceSettings = [`${settings}.source`, `${settings}.sourceNamespace`],
}: Settings): { readonly first: string; readonly all: string } => ({
  first: sourceSettings[0] ?? settings,
  all: sourceSettings.join(" and "),
});

export interface AwaitOperatorInput extends Package, Settings {
  /** The Subscription's spec, by which it is told apart from an earlier one. */
  readonly channel: string;
  readonly source: string;
  readonly sourceNamespace: string;
  readonly approval: "Automatic" | "Manual";
  /** With Manual approval, the version that is wanted; what leads there from an older one is approved. */
  readonly startingCSV?: string | undefined;
  /** The kind that it is there for, in the version that is needed. A version of before may serve others. */
  readonly serves?: { readonly apiVersion: string; readonly kind: string } | undefined;
  readonly minutes: number;
}

export interface AwaitOperatorResult {
  /** The version that runs. */
  readonly csv: string;
}

/** An operator of others, which is to be used as it is. */
export interface Wanted {
  /** The packages that would do. */
  readonly packages: readonly string[];
  /** The end of the command that has it installed. */
  readonly toInstall: string;
}

export interface FindOperatorInput extends Wanted {
  readonly minutes: number;
}

/** An operator that was there before. */
export interface FindOperatorResult extends Package {
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

/** How long OLM may take to look at a Subscription that has changed, in seconds. It does not say whether it has. */
const unseen = 20;

/**
 * Waits until OLM has installed the operator and its CSV says `Succeeded`, the state in which its Deployment runs and
 * its CRDs are served. Approves the InstallPlan of `startingCSV`, and of each version on the way there from the one that
 * is installed, if that is all it installs.
 * @throws TaskError with OLM's own reason as soon as it is clear that waiting is in vain.
 */
export async function awaitOperator(
  cluster: Cluster,
  input: AwaitOperatorInput,
  previous?: AwaitOperatorResult,
): Promise<AwaitOperatorResult> {
  const ref = { ...subscriptions, namespace: input.namespace, name: input.package };
  const started = Date.now();
  /** It may be about to be replaced. */
  const isOfBefore = (csv: string) =>
    input.approval === "Automatic" && csv === previous?.csv && Date.now() - started < unseen * 1_000;
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
      const isThere = csv.status?.phase === "Succeeded" && !isMoving(input, installed, wanted);
      if (isThere && !isOfBefore(installed)) {
        const { serves } = input;
        if (!serves || (await cluster.pluralOf(serves)) !== undefined) return { csv: installed };
        status(`${installed} has succeeded, but does not serve ${serves.kind} in ${serves.apiVersion}`);
      }
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

/**
 * Finds an operator that somebody else has subscribed to, in whatever namespace, and waits until it runs.
 * @throws TaskError where there is none, or where there are several.
 */
export async function findOperator(
  cluster: Cluster,
  { minutes, ...wanted }: FindOperatorInput,
): Promise<FindOperatorResult> {
  const what = `the start of ${wanted.packages.join(" or ")}`;
  return until({ minutes, what }, async (status) => {
    const found = theOne(await cluster.list<Subscription>(subscriptions), wanted);
    if (typeof found === "string") throw new TaskError(found);
    const { namespace = "" } = found.metadata;
    const installed = found.status?.installedCSV;
    const csv = installed === undefined ? undefined : await getCsv(cluster, namespace, installed);
    status(`${installed ?? nameOf(refOf(found))} is ${csv?.status?.phase ?? "not installed"}`);
    return installed !== undefined && csv?.status?.phase === "Succeeded"
      ? { package: found.spec.name, namespace, csv: installed }
      : undefined;
  });
}

/** The one Subscription to it, or why there is none. */
export function theOne(all: readonly Subscription[], { packages, toInstall }: Wanted): Subscription | string {
  const names = packages.join(" or ");
  const [found, ...others] = all.filter(({ spec }) => packages.includes(spec.name));
  if (!found) {
    return `there is no Subscription to ${names}, though the configuration says so; have it installed with: pulumi config set --path ${toInstall}`;
  }
  const several = [found, ...others].map((object) => nameOf(refOf(object))).join(", ");
  return others.length === 0
    ? found
    : `there are several Subscriptions to ${names}, of which OLM runs one: ${several}`;
}

/**
 * Whether another version is on its way. With Manual approval that is so up to the pin only: what the channel has beyond it
 * may wait for years.
 * @throws TaskError where the pin is left behind.
 */
function isMoving(
  { approval, startingCSV: pin, settings }: AwaitOperatorInput,
  installed: string,
  wanted: string | undefined,
): boolean {
  if (approval === "Automatic" || pin === undefined) return wanted !== installed;
  if ((compareCsvs(pin, installed) ?? 0) < 0) throw new TaskError(goesBack(installed, pin, settings));
  return pin !== installed;
}

/** Why an operator stays where it is. */
export const goesBack = (installed: string, wanted: string, settings: string): string =>
  `${installed} is installed, and OLM does not go back to ${wanted}; set orchestrator.version and ${settings}.startingCSV to what is there, or to a later one`;

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
    leadsTo(input.startingCSV, versions, subscription.status?.installedCSV)
  ) {
    console.error(`approving ${nameOf(ref)}, which installs ${versions.join(", ")}`);
    await cluster.patch(ref, { spec: { approved: true } });
    return;
  }
  const why =
    input.approval === "Automatic"
      ? `approval is Automatic, but another Subscription in ${input.namespace} is Manual, which OLM extends to all`
      : `only a plan that installs ${input.startingCSV ?? "a pinned version"}${subscription.status?.installedCSV === undefined ? "" : ", or a version on the way there,"} and nothing else is approved here`;
  troubles.report(
    name,
    lasting.resolution,
    `${nameOf(ref)} waits for approval. It would install ${versions.join(", ")}; ${why}. ` +
      `Approve it with: oc patch installplan ${name} -n ${input.namespace} --type merge -p '{"spec":{"approved":true}}' and run pulumi up again, ` +
      `or give the operator a namespace of its own with: pulumi config set --path ${input.settings}.namespace <name>`,
  );
}

/** Whether a plan installs the wanted version, or one between it and the installed one, and nothing else. */
function leadsTo(
  pin: string | undefined,
  versions: readonly string[],
  installed: string | undefined,
): boolean {
  const [version, ...others] = versions;
  if (pin === undefined || version === undefined || others.length > 0) return false;
  if (version === pin) return true;
  const [after, before] = [installed && compareCsvs(version, installed), compareCsvs(version, pin)];
  return typeof after === "number" && after > 0 && before !== undefined && before < 0;
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
      `${nameOf(catalog)} does not exist; the CatalogSources there are: ${names}. Set ${sourceSettings(input).all}`,
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
        `check ${input.settings}.channel${pinned ? `, ${input.settings}.startingCSV` : ""} and ${sourceSettings(input).first}`,
    );
  } else if (failed) {
    troubles.report("resolution", lasting.catalog, `OLM cannot install ${input.package}. ${say(failed)}`);
  }

  const { state: progress, installedCSV: installed, currentCSV } = subscription.status ?? {};
  if (pinned && installed && progress === "AtLatestKnown" && currentCSV === installed) {
    troubles.report(
      "no way",
      lasting.catalog,
      `channel ${input.channel} in ${nameOf(catalog)} leads from ${installed} no further, and so not to ${pinned}: check ${input.settings}.startingCSV and ${input.settings}.channel`,
    );
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
  /**
   * The operator goes with the stack even if it was there before, and with it what it has subscribed to for this custom
   * resource. @default - what was there stays
   */
  readonly adopt?: { readonly resource?: Release | undefined } | undefined;
  /** The CRDs that came with the packages go as well. @default false */
  readonly removeCrds?: true | undefined;
}

/** The custom resource. Its operator marks what it makes as a Helm release of that name. */
export interface Release {
  readonly namespace: string;
  readonly name: string;
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
  { packages, brings, adopt }: RemovalInput,
  previous: RemovalResult | undefined,
): Promise<RemovalResult> {
  const known = [...(previous?.ours ?? []), ...(previous?.theirs ?? [])].map(componentName);
  const fresh = packages.filter((of) => !known.includes(componentName(of)));
  const found = await Promise.all(
    fresh.map(async (of) => {
      const there = await subscriptionsOf(cluster, of);
      const isAdopted = (subscription: Subscription) =>
        (adopt !== undefined && of === packages[0]) || isReleased(adopt?.resource, subscription);
      if (there.length > 0 && there.every(isAdopted)) return false;
      return there.length > 0 || (await csvsOf(cluster, of)).length > 0;
    }),
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
  { installation, packages, removeCrds }: RemovalInput,
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
  if (kept.size > 0 && !removeCrds) {
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
    await removedByOlm(cluster, installed.map(refOf));
    found ||= installed.length > 0;
    quiet = subscribed.length > 0 || installed.length > 0 ? 0 : quiet + 1;
    return quiet > (found || known > 0 ? 0 : patience) ? true : undefined;
  });
  await removed(cluster, await orphans(cluster, of.namespace), 5);
  return found;
}

/**
 * What belongs to CSVs and OperatorGroups that a namespace has no more: the copies of CSVs in other namespaces, and the
 * cluster roles of the groups. OLM removes them, unless it has missed that their owners went.
 */
async function orphans(cluster: Cluster, namespace: string): Promise<Ref[]> {
  const copies = await cluster.list(csvs, { label: `olm.copiedFrom=${namespace}` });
  const originals = await cluster.list(csvs, { namespace, label: "!olm.copiedFrom" });
  const ofGroups = `olm.owner.kind=OperatorGroup,olm.owner.namespace=${namespace}`;
  const roles = await cluster.list(clusterRoles, { label: ofGroups });
  const groups = await cluster.list(operatorGroups, { namespace });
  const lacks = (owners: readonly KubeObject[], name: string | undefined) =>
    !owners.some(({ metadata }) => metadata.name === name);
  return [
    ...copies.filter(({ metadata: { name } }) => lacks(originals, name)),
    ...roles.filter(({ metadata: { labels } }) => lacks(groups, labels?.["olm.owner"])),
  ].map(refOf);
}

/** How long OLM may take to let go of a CSV before it is reminded, in seconds. */
const reminder = 20;

/**
 * Removes CSVs, which OLM has to let go of. It gives up after some attempts, such as while the API server was away, and
 * looks again only a quarter of an hour later, or when the object changes; so it is changed.
 */
async function removedByOlm(cluster: Cluster, refs: readonly Ref[]): Promise<void> {
  await Promise.all(refs.map((ref) => cluster.delete(ref)));
  for (let asked = 1; asked <= 15; asked++) {
    const left = await leftAfter(cluster, refs, reminder);
    if (left.length === 0) return;
    const annotations = { "orchestrator-on-openshift/reminder": String(asked) };
    await Promise.all(left.map((ref) => cluster.patch(ref, { metadata: { annotations } })));
    if (asked > 1) for (const ref of left) await letGo(cluster, ref);
  }
  await gone(cluster, refs, 1);
}

/**
 * Does OLM's part for a CSV whose namespace is gone. OLM never looks at one without an OperatorGroup; an API server that comes
 * back lets the namespace go before it serves the CSVs in it.
 */
async function letGo(cluster: Cluster, csv: Ref): Promise<void> {
  const { namespace = "", name } = csv;
  if (await cluster.get({ ...namespaces, name: namespace })) return;
  const label = `olm.owner.kind=ClusterServiceVersion,olm.owner.namespace=${namespace},olm.owner=${name}`;
  for (const kind of clusterRoleKinds) {
    const roles = await cluster.list({ ...clusterRoles, kind }, { label });
    await removed(cluster, roles.map(refOf), 1);
  }
  await cluster.patch(csv, { metadata: { finalizers: null } });
}

/** What is left of these objects after some seconds. */
async function leftAfter(cluster: Cluster, refs: readonly Ref[], seconds: number): Promise<Ref[]> {
  for (let second = 1; ; second++) {
    const found = await cluster.getAll(refs);
    const left = refs.filter((_, index) => found[index] !== undefined);
    if (left.length === 0 || second >= seconds) return left;
    await sleep(1_000);
  }
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
export const csvsOf = (cluster: Cluster, of: Package): Promise<readonly ClusterServiceVersion[]> =>
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
export const broughtBy = ({ metadata: { annotations = {} } }: KubeObject): string[] =>
  Object.entries(annotations).flatMap(([key, csv]) =>
    key.startsWith("operatorframework.io/installed-alongside-") ? [csv] : [],
  );

/** Whether a CSV, as `<namespace>/<name>`, is one of the package. */
export const isVersionOf = ({ package: name, namespace }: Package, csv: string): boolean =>
  csv.startsWith(`${namespace}/${name}`);

const isInstalledBy = (of: Package, crd: KubeObject): boolean =>
  broughtBy(crd).some((csv) => isVersionOf(of, csv));

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
      const ref = { ...clusterRoles, kind: resource.kind, name: resource.name };
      await mark(cluster, ref, installation);
    }
  }
  return count;
}

/** Helm's mark on what a release made; the Orchestrator operator is a Helm operator. */
const helmRelease = "meta.helm.sh/release-name";

/** Whether the Orchestrator operator has made it for this custom resource, as part of the Helm release of that name. */
export const isReleased = (
  release: Release | undefined,
  { metadata: { annotations = {} } }: KubeObject,
): boolean =>
  release !== undefined &&
  annotations[helmRelease] === release.name &&
  annotations["meta.helm.sh/release-namespace"] === release.namespace;

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
export async function takeDown(cluster: Cluster, input: TakeDownInput): Promise<void> {
  const { installation, ref } = input;
  await markBundles(cluster, input); // before it deletes the Subscriptions that it has made
  const object = await cluster.get(ref);
  const isOurs = object !== undefined && isOf(installation, object);
  if (isOurs) await grasped(cluster, ref);
  await uninstalled(cluster, isOurs ? [ref] : [], input.deleteMinutes);
}

/** Deletes the objects of an operator, and waits for all that it has installed for them to be gone. */
async function uninstalled(cluster: Cluster, refs: readonly Ref[], minutes: number): Promise<void> {
  await removed(cluster, refs, minutes);
  await terminated(cluster, minutes);
}

/** The operator lets go of its object before the namespaces that came with it have finished terminating. */
async function terminated(cluster: Cluster, minutes: number): Promise<void> {
  const leaving = (await cluster.list(namespaces)).filter(
    ({ metadata }) =>
      metadata.deletionTimestamp !== undefined && metadata.annotations?.[helmRelease] !== undefined,
  );
  const names = leaving.map(({ metadata }) => metadata.name);
  const inside = (await cluster.list(csvs)).filter(({ metadata }) =>
    names.includes(metadata.namespace ?? ""),
  );
  await removedByOlm(cluster, inside.map(refOf));
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
  /** Further kinds that nobody could take down any more. @default - none */
  readonly also?: readonly { readonly apiVersion: string; readonly kind: string }[] | undefined;
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
  const { installation, apiVersion, kind, also = [], makes = [], packages } = input;
  const kinds = [{ apiVersion, kind }, ...also];
  const left = (await Promise.all(kinds.map((kind) => cluster.list(kind)))).flat();
  // What an operator makes itself goes with it, unless it is somebody else's operator, which stays.
  const isOperators = (name: string) => packages.length > 0 && makes.includes(name);
  const ours = left.filter((object) => isOf(installation, object) || isOperators(object.metadata.name));
  const theirs = left.filter((object) => !ours.includes(object));
  if (theirs.length > 0) {
    throw new TaskError(
      `the operator stays, because it is needed to remove what is not of this stack: ${theirs.map((object) => nameOf(refOf(object))).join(", ")}. ` +
        "Delete that first, then run pulumi destroy again",
    );
  }
  await markBundles(cluster, input); // before it deletes the Subscriptions that it has made
  await uninstalled(cluster, ours.map(refOf), input.deleteMinutes);
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
      await mark(cluster, refOf(object), installation);
    }
  }
}
