import { isOfPackage } from "../../config/csv";
import type { Cluster } from "../../kube/cluster";
import { type KubeObject, nameOf, type Ref, refOf } from "../../kube/objects";
import { remove, until } from "../../kube/wait";
import { removeByOlm } from "./csvRemoval";
import { rolesOfGoneGroups } from "./groupRoles";
import { isReleased, type Release } from "./helm";
import {
  broughtBy,
  clusterRolesOf,
  componentLabel,
  componentName,
  crds,
  csvs,
  csvsOf,
  installPlans,
  isVersionOf,
  namespaces,
  componentsOf,
  type Operator,
  operators,
  type Subscription,
  subscriptionsOf,
} from "./olm";
import type { Package } from "../../config/operators";
import { markBundles } from "./settling";

export interface RemovalInput {
  /** The id that marks what this stack made. */
  readonly installation: string;
  /** The operator's own package first, then those that it installs. */
  readonly packages: readonly Package[];
  /** Namespaces that these operators make themselves and never remove. */
  readonly createdNamespaces: readonly string[];
  /**
   * The operator goes with the stack even if it was there before, and with it what it has subscribed to for this custom
   * resource. @default - what was there stays
   */
  readonly adopt?: { readonly resource?: Release | undefined } | undefined;
  /** What the operator was called before: by now it is gone. @default - nothing else */
  readonly formerPackages?: readonly string[] | undefined;
  /** The CRDs that came with the packages go as well. @default false */
  readonly removeCrds?: true | undefined;
}

export interface RemovalResult {
  /** The packages that were there before this stack, and outlive it. */
  readonly preexisting: readonly Package[];
  /** The packages that come, and go, with this stack. */
  readonly own: readonly Package[];
  /** The namespaces that were not there before. */
  readonly createdNamespaces: readonly string[];
}

/** Remembers which of the packages somebody else has installed before, so that {@link removeOperator} spares them. */
export async function prepareRemoval(
  cluster: Cluster,
  { packages, createdNamespaces, adopt, formerPackages = [] }: RemovalInput,
  previous: RemovalResult | undefined,
): Promise<RemovalResult> {
  const staying = (previous?.own ?? []).filter(({ package: name }) => !formerPackages.includes(name));
  const known = [...staying, ...(previous?.preexisting ?? [])].map(componentName);
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
  const there = await Promise.all(createdNamespaces.map((name) => cluster.get({ ...namespaces, name })));
  return {
    own: [...staying, ...fresh.filter((_, index) => !found[index])],
    preexisting: [...(previous?.preexisting ?? []), ...fresh.filter((_, index) => found[index])],
    createdNamespaces: previous?.createdNamespaces ?? createdNamespaces.filter((_, index) => !there[index]),
  };
}

/**
 * Removes what OLM leaves behind when a Subscription is deleted: the CSV, at whatever version it is by now, with its
 * Deployment and roles, and the `Operator` object. CRDs stay, as OLM means it: deleting one deletes everybody's data.
 * @returns the names of these, sorted.
 */
export async function removeOperator(
  cluster: Cluster,
  { installation, packages }: RemovalInput,
  prepared: RemovalResult,
): Promise<string[]> {
  const kept = new Set<string>();
  const isOwn = (of: Package) =>
    packages[0] !== undefined && componentName(of) === componentName(packages[0]);
  const removeOne = async (of: Package, patience: number) => {
    const wasThere = await removePackage(cluster, installation, of, patience);
    for (const crd of await removeOlmLabels(cluster, of)) kept.add(crd);
    return wasThere;
  };
  // The operator itself goes first: it would subscribe to the others again. Where it never ran, it has not.
  const own = prepared.own.find(isOwn);
  const hasRun = own === undefined || (await removeOne(own, inFlight));
  const others = prepared.own.filter((of) => of !== own);
  await Promise.all(others.map((of) => removeOne(of, hasRun ? inFlight : 0)));
  // After a restart of the API server, OLM acts for a while on what is gone.
  const late = await Promise.all(prepared.own.map((of) => orphans(cluster, of)));
  await remove(cluster, late.flat(), 5);
  await remove(
    cluster,
    prepared.createdNamespaces.map((name) => ({ ...namespaces, name })),
    5,
  );
  return [...kept].sort();
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
    await remove(cluster, subscribed.map(refOf), 5);
    const installed = await csvsOf(cluster, of);
    await removeByOlm(cluster, installed.map(refOf));
    found ||= installed.length > 0;
    quiet = subscribed.length > 0 || installed.length > 0 ? 0 : quiet + 1;
    return quiet > (found || known > 0 ? 0 : patience) ? true : undefined;
  });
  await remove(cluster, await orphans(cluster, of), 5);
  return found;
}

/**
 * What belongs to CSVs and OperatorGroups that a namespace has no more: the copies of CSVs in other namespaces, and
 * cluster roles. OLM removes them, unless it has missed that their owners went.
 */
async function orphans(cluster: Cluster, { package: name, namespace }: Package): Promise<Ref[]> {
  const part = "metadata";
  const originals = await cluster.list(csvs, { namespace, label: "!olm.copiedFrom", part });
  const isGone = (name: string) => !originals.some(({ metadata }) => metadata.name === name);
  const copies = await cluster.list(csvs, {
    label: `olm.copiedFrom=${namespace}`,
    part,
    where: ({ metadata: { name } }) => isGone(name),
  });
  const ofVersions = await clusterRolesOf(
    cluster,
    "ClusterServiceVersion",
    namespace,
    (owner) => isOfPackage(name, owner) && isGone(owner),
  );
  return [...copies.map(refOf), ...(await rolesOfGoneGroups(cluster, namespace)), ...ofVersions];
}

const operatorConditions = { apiVersion: "operators.coreos.com/v2", kind: "OperatorCondition" } as const;

/** How long OLM may count what is there no more, in seconds. */
const stale = 60;

/**
 * Takes OLM's label off the CRDs that stay, and off InstallPlans that a neighbour in the namespace shares, and deletes
 * the `Operator` object that is about them. OLM makes that again as long as anything that it remembers carries the label,
 * and it remembers what it saw last: after a restart of the API server, that may be half a minute old. So the object is
 * left until OLM itself says in it that nothing belongs to it any more; or until nothing of what it still counts has been there
 * for longer than that.
 * @returns the names of the package's CRDs.
 */
async function removeOlmLabels(cluster: Cluster, of: Package): Promise<string[]> {
  const label = componentLabel(of);
  const operator: Ref = { ...operators, name: componentName(of) };
  let quiet = 0;
  let since = Date.now();
  await until({ minutes: 5, what: `the removal of ${nameOf(operator)}` }, async (status) => {
    const labelled = [
      ...(await cluster.list(crds, { label, part: "metadata" })),
      ...(await cluster.list(installPlans, { label, part: "metadata" })),
    ];
    for (const object of labelled)
      await cluster.patch(refOf(object), { metadata: { labels: { [label]: null } } });
    const there = await cluster.get<Operator>(operator);
    const known = there && componentsOf(there);
    const found = known
      ? (await cluster.getAll(known, "metadata")).filter((object) => object !== undefined)
      : [];
    // Made for a CSV that has gone at that very moment, and with it the one by which it would have gone too.
    const late = (
      await cluster.list(operatorConditions, { namespace: of.namespace, part: "metadata" })
    ).filter(({ metadata: { name } }) => isOfPackage(of.package, name));
    for (const object of late) await cluster.delete(refOf(object));
    if (found.length + late.length > 0) since = Date.now();
    if (known?.length === 0 || Date.now() - since > stale * 1_000) await cluster.delete(operator);
    status(`OLM counts to it: ${known?.map(nameOf).join(", ") ?? "what it has not yet looked for"}`);
    quiet = there || labelled.length > 0 ? 0 : quiet + 1;
    return quiet >= 2 ? true : undefined;
  });
  const all = await cluster.list(crds, { part: "metadata", where: (crd) => isInstalledBy(of, crd) });
  return all.map(({ metadata }) => metadata.name);
}

const isInstalledBy = (of: Package, crd: KubeObject): boolean =>
  broughtBy(crd).some((csv) => isVersionOf(of, csv));
