import {
  gitopsPackage,
  knativeServing,
  logicPackages,
  orchestratorGroup,
  orchestratorPackage,
  pipelinesPackage,
  serverlessPackage,
  sonataFlowKind,
  sonataFlowPlatform,
} from "../config/names";
import { nameOf, namesOf, refOf } from "../kube/objects";
import type { Cluster } from "../kube/cluster";
import { and } from "../tasks/cluster/preflight/finding";
import { isOfPackage } from "../config/csv";
import { findCatalogTrouble } from "../tasks/operators/catalogHealth";
import { wantedBy } from "../tasks/operators/dependencies";
import { reportCsv, reportSubscription } from "../tasks/operators/diagnosis";
import {
  csvs,
  getCsv,
  installPlans,
  subscriptions,
  type InstallPlan,
  type Subscription,
} from "../tasks/operators/olm";
import { PersistentProblems } from "../kube/wait";
import { broken, waiting, well, type Line } from "./report";

/** The operators that Orchestrator is made of, or goes with: what each is for, and where its settings are. */
const known: readonly {
  readonly packages: readonly string[];
  readonly settings: string;
  readonly isNeeded?: true;
  /** The kind of which each object needs it. @default - none */
  readonly serves?: { readonly group: string; readonly kind: string };
}[] = [
  { packages: [orchestratorPackage], settings: "operator" },
  { packages: [serverlessPackage], settings: "serverless.subscription", isNeeded: true },
  { packages: logicPackages, settings: "serverlessLogic.subscription", isNeeded: true },
  {
    packages: ["rhdh"],
    settings: "rhdh.subscription",
    serves: { group: orchestratorGroup, kind: "Backstage" },
  },
  { packages: [gitopsPackage], settings: "gitops.subscription" },
  { packages: [pipelinesPackage], settings: "tekton.subscription" },
];

/** All of their packages. */
export const knownPackages: readonly string[] = known.flatMap(({ packages }) => packages);

/** Takes every trouble for lasting: whoever asks for the status is told what is, not what may pass. */
class AllTroubles extends PersistentProblems {
  readonly texts: string[] = [];

  override report(_trouble: string, _seconds: number, message: string): void {
    this.texts.push(message);
  }
}

/** Each operator: its version, or why there is none. */
export async function operatorLines(cluster: Cluster): Promise<Line[]> {
  const all = await cluster.list<Subscription>(subscriptions);
  const lines = await Promise.all(
    known.map(async ({ packages, settings, isNeeded, serves }) => {
      const found = all.filter(({ spec }) => packages.includes(spec.name));
      if (found.length === 0 && serves) return withoutOperator(cluster, packages, serves);
      if (found.length === 0 && isNeeded)
        return [await missing(cluster, packages, "without this operator, no workflow runs")];
      return Promise.all(found.map((subscription) => lineOf(cluster, subscription, settings)));
    }),
  );
  const own = knownPackages.flatMap((name) => all.filter(({ spec }) => spec.name === name));
  return [...lines.flat(), ...(await catalogLines(cluster, own))];
}

/** A version that nobody subscribes to may run on; then it is the next one that does not come. */
async function missing(cluster: Cluster, packages: readonly string[], loss: string): Promise<Line> {
  const [left] = await cluster.list(csvs, {
    label: "!olm.copiedFrom",
    part: "metadata",
    where: ({ metadata: { name } }) => packages.some((each) => isOfPackage(each, name)),
  });
  const what = left ? `${nameOf(refOf(left))} runs on, and gets no new version` : loss;
  return broken(`no Subscription to ${packages.join(" or ")}: ${what}`, "pulumi up");
}

/** The catalogs that operators come from which run, where these are in trouble. Those that do not run tell it themselves. */
async function catalogLines(cluster: Cluster, all: readonly Subscription[]): Promise<Line[]> {
  const installed = all.filter(({ status }) => status?.installedCSV !== undefined);
  const catalogs = new Map(
    installed.map(({ spec: { source, sourceNamespace } }) => [
      `${sourceNamespace}/${source}`,
      { source, sourceNamespace },
    ]),
  );
  const lines = await Promise.all(
    [...catalogs.values()].map(async ({ source, sourceNamespace }) => {
      const trouble = await findCatalogTrouble(cluster, { source, sourceNamespace });
      if (!trouble) return [];
      const packages = installed.flatMap(({ spec }) =>
        spec.source === source && spec.sourceNamespace === sourceNamespace ? [spec.name] : [],
      );
      const text = `${trouble.text}. Until it is back, OLM can install nothing anew, and no new version of ${and(packages)}`;
      return [
        trouble.isMissing
          ? broken(text, `oc get catalogsources -n ${sourceNamespace}`)
          : waiting(text, `oc get pods -n ${sourceNamespace} -l olm.catalogSource=${source}`),
      ];
    }),
  );
  return lines.flat();
}

/** What nobody looks after any more. */
async function withoutOperator(
  cluster: Cluster,
  packages: readonly string[],
  { group, kind: name }: { readonly group: string; readonly kind: string },
): Promise<Line[]> {
  const kind = await cluster.served(group, name);
  const left = kind ? await cluster.list(kind, { part: "metadata" }) : [];
  if (left.length === 0) return [];
  return [await missing(cluster, packages, `without this operator, nobody looks after ${namesOf(left)}`)];
}

/** Whether there is nothing of Orchestrator, nor of what it is made of. */
export async function isEmpty(cluster: Cluster): Promise<boolean> {
  const where = ({ spec }: Subscription) => knownPackages.includes(spec.name);
  if ((await cluster.list<Subscription>(subscriptions, { where })).length > 0) return false;
  const kinds = [
    await cluster.served(orchestratorGroup, "Backstage"),
    sonataFlowPlatform,
    sonataFlowKind,
    knativeServing,
  ];
  for (const kind of kinds)
    if (kind && (await cluster.list(kind, { part: "metadata" })).length > 0) return false;
  return true;
}

async function lineOf(cluster: Cluster, subscription: Subscription, settings: string): Promise<Line> {
  const { namespace = "" } = subscription.metadata;
  const { name: packageName, channel = "the default" } = subscription.spec;
  const { installedCSV, installPlanRef } = subscription.status ?? {};
  const what = `${packageName} (${nameOf(refOf(subscription))}, channel ${channel})`;
  const csv = installedCSV === undefined ? undefined : await getCsv(cluster, namespace, installedCSV);

  const troubles = new AllTroubles();
  if (csv) reportCsv(csv, troubles);
  await reportSubscription(cluster, wantedBy(subscription, { settings }, []), subscription, troubles);
  if (installedCSV !== undefined && !csv)
    return broken(`${what}: ${installedCSV} was deleted, and OLM does not install it again`, "pulumi up");

  const plan =
    installPlanRef &&
    (await cluster.get<InstallPlan>({ ...installPlans, namespace, name: installPlanRef.name }));
  const isWaiting = plan?.status?.phase === "RequiresApproval";
  // An operator that runs is well, whatever may come after it.
  if (csv?.status?.phase === "Succeeded") {
    if (!isWaiting) return well(`${what}: ${csv.metadata.name}`);
    const newer = plan.spec.clusterServiceVersionNames.join(", ");
    return well(`${what}: ${csv.metadata.name}; ${newer} waits for approval in ${nameOf(refOf(plan))}`);
  }
  if (isWaiting)
    return waiting(
      `${what}: ${nameOf(refOf(plan))} waits for approval`,
      `oc patch installplan ${plan.metadata.name} -n ${namespace} --type merge -p '{"spec":{"approved":true}}'`,
    );
  const [trouble] = troubles.texts;
  if (trouble !== undefined)
    return broken(
      `${what}: ${trouble}`,
      `oc describe subscription.operators.coreos.com ${subscription.metadata.name} -n ${namespace}`,
    );
  return waiting(
    `${what}: ${csv ? `${csv.metadata.name} is ${csv.status?.phase ?? "new"}` : "OLM has not installed it yet"}`,
  );
}
