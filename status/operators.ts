import {
  gitopsPackage,
  logicPackages,
  orchestratorPackage,
  pipelinesPackage,
  serverlessPackage,
} from "../config/names";
import { nameOf, refOf } from "../kube/objects";
import type { Cluster } from "../kube/cluster";
import { wantedBy } from "../tasks/operators/dependencies";
import { reportCsv, reportSubscription } from "../tasks/operators/diagnosis";
import {
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
}[] = [
  { packages: [orchestratorPackage], settings: "operator" },
  { packages: [serverlessPackage], settings: "serverless.subscription", isNeeded: true },
  { packages: logicPackages, settings: "serverlessLogic.subscription", isNeeded: true },
  { packages: ["rhdh"], settings: "rhdh.subscription" },
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
    known.map(async ({ packages, settings, isNeeded }) => {
      const found = all.filter(({ spec }) => packages.includes(spec.name));
      if (found.length === 0 && isNeeded)
        return [
          broken(
            `no Subscription to ${packages.join(" or ")}: without this operator, no workflow runs`,
            "pulumi up",
          ),
        ];
      return Promise.all(found.map((subscription) => lineOf(cluster, subscription, settings)));
    }),
  );
  return lines.flat();
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
