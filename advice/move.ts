import { subscriptionOf, type SubscriptionSettings } from "../components/operators/manifests";
import { planOf } from "../components/cluster/plan";
import type { Config } from "../config";
import { parseCsv } from "../config/csv";
import { installationLabel, orchestratorPackage } from "../config/names";
import { profiles, type Profile } from "../config/profiles";
import type { Cluster } from "../kube/cluster";
import { nameOf, refOf } from "../kube/objects";
import { knownPackages } from "../status/operators";
import { preflight } from "../tasks/cluster/preflight";
import type { Finding } from "../tasks/cluster/preflight/finding";
import { subscriptions, type Subscription } from "../tasks/operators/olm";

/** What is on a cluster of a release. */
export interface Installed {
  readonly operators: readonly string[];
  /** The id of the stack that has subscribed to them. @default - no stack has */
  readonly installation?: string | undefined;
  /** The release that its operator, or Developer Hub's, is of. @default - neither is there */
  readonly release?: Profile | undefined;
}

export async function installedOn(cluster: Cluster): Promise<Installed> {
  const all = await cluster.list<Subscription>(subscriptions, {
    where: ({ spec }) => knownPackages.includes(spec.name),
  });
  const csvOf = (name: string) => all.find(({ spec }) => spec.name === name)?.status?.installedCSV;
  const release = parseCsv(csvOf(orchestratorPackage) ?? csvOf("rhdh") ?? "")?.release;
  const marks = all.flatMap(({ metadata: { labels } }) => labels?.[installationLabel] ?? []);
  return {
    operators: all.map(
      (object) => `${object.status?.installedCSV ?? "nothing yet"} (${nameOf(refOf(object))})`,
    ),
    installation: marks[0],
    release: profiles.find(({ version }) => version === release),
  };
}

/**
 * What the preflight checks say of a cluster before a stack is moved to another release. They are those of `pulumi preview`,
 * which also knows all objects of the program; here they look at what decides about a move, the Subscriptions.
 * @returns undefined where no stack of this program is there.
 */
export async function preflightOfMove(
  cluster: Cluster,
  config: Config,
  { installation }: Installed,
): Promise<readonly Finding[] | undefined> {
  if (installation === undefined) return undefined;
  const { prerequisites, packages, release, adopt, switches, platform, existing, leftPlaces, guardedPlaces } =
    planOf(config);
  const { findings } = await preflight(cluster, {
    installation,
    planned: subscriptionsIn(config),
    labels: [],
    prerequisites,
    packages,
    release,
    adopt,
    switches,
    platform,
    existing,
    places: leftPlaces,
    guardedPlaces,
    isDryRun: true,
  });
  return findings;
}

function subscriptionsIn({ platform }: Config) {
  if (!platform) return [];
  const all: readonly SubscriptionSettings[] =
    platform.installedBy === "operator"
      ? [{ ...platform.subscription, package: orchestratorPackage }]
      : Object.values(platform.operators).filter(({ install }) => install);
  return all.map((settings) => {
    const { metadata, spec } = subscriptionOf(settings);
    return { ...subscriptions, ...metadata, spec };
  });
}
