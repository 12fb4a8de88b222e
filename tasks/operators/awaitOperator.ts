import { compareCsvs } from "../../config/csv";
import type { Cluster } from "../../kube/cluster";
import { nameOf } from "../../kube/objects";
import { TaskError, PersistentProblems, until } from "../../kube/wait";
import { approveOrReport } from "./approval";
import { reportCsv, reportSubscription } from "./diagnosis";
import { Lost } from "./lost";
import { getCsv, type Subscription, subscriptions } from "./olm";
import { Repair } from "./repair";
import { Resolution } from "./resolution";
import type { WantedOperator } from "./wantedOperator";

export interface AwaitOperatorInput extends WantedOperator {
  readonly minutes: number;
  /** Another text where the operator was found not to be in order, and has to be looked after again. */
  readonly repair: string;
}

export interface AwaitOperatorResult {
  /** The version that runs. */
  readonly csv: string;
}

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
  const { minutes } = input;
  const what = `the installation of ${input.package}`;
  return until({ minutes, what }, lookingAt(cluster, input, previous));
}

/** Looks at an operator once, says how it is, and answers what {@link awaitOperator} waits for. It throws as that does. */
export type OperatorLook = (status: (text: string) => void) => Promise<AwaitOperatorResult | undefined>;

export function lookingAt(
  cluster: Cluster,
  input: WantedOperator,
  previous?: AwaitOperatorResult,
): OperatorLook {
  const ref = { ...subscriptions, namespace: input.namespace, name: input.package };
  const started = Date.now();
  /** It may be about to be replaced. */
  const isOfBefore = (csv: string) =>
    input.approval === "Automatic" && csv === previous?.csv && Date.now() - started < unseen * 1_000;
  const troubles = new PersistentProblems();
  const repair = new Repair(cluster);
  const lost = new Lost(cluster, input);
  const resolution = new Resolution(cluster);
  return async (status) => {
    troubles.nextLook();
    const subscription = await cluster.get<Subscription>(ref);
    if (!subscription) throw new TaskError(`${nameOf(ref)} is gone; run pulumi up again`);

    const installed = subscription.status?.installedCSV;
    const wanted = subscription.status?.currentCSV;
    const csv = installed && (await getCsv(cluster, input.namespace, installed));
    if (csv) {
      const next = unpacking(subscription);
      status(next ?? `${installed} is ${csv.status?.phase ?? "new"}: ${csv.status?.message ?? ""}`);
      const isThere = csv.status?.phase === "Succeeded" && !isMoving(input, installed, wanted, next);
      if (isThere && !isOfBefore(installed)) {
        const { expectedKind } = input;
        if (!expectedKind || (await cluster.pluralOf(expectedKind)) !== undefined) return { csv: installed };
        status(
          `${installed} has succeeded, but does not serve ${expectedKind.kind} in ${expectedKind.apiVersion}`,
        );
      }
      reportCsv(csv, troubles);
      await resolution.remind(subscription);
    } else {
      status(`Subscription ${input.package} is ${subscription.status?.state ?? "new"}`);
      if ((await repair.isNeeded(subscription)) || (await lost.isNeeded(subscription))) return undefined;
    }
    if (!csv || csv.status?.phase === "Succeeded") {
      await approveOrReport(cluster, input, subscription, troubles);
      await reportSubscription(cluster, input, subscription, troubles);
    }
    return undefined;
  };
}

/**
 * Says that OLM unpacks the bundle of another version. Until it has, the Subscription names the one that is there as the latest.
 * The condition outlives an upgrade, and then stands beside a resolution that fails until the version of before is gone
 * (operator-lifecycle-manager v0.45.0, pkg/controller/operators/catalog/operator.go, syncResolvingNamespace).
 */
function unpacking({ status }: Subscription): string | undefined {
  const holding = (wanted: string) =>
    status?.conditions?.find(({ type, status }) => type === wanted && status === "True");
  const found = holding("ResolutionFailed") ? undefined : holding("BundleUnpacking");
  return found && `OLM unpacks the bundle of the next version. ${found.message ?? ""}`.trim();
}

/**
 * Whether another version is on its way. With Manual approval that is so up to the pin only: what the channel has beyond it
 * may wait for years.
 * @throws TaskError where the pin is left behind.
 */
function isMoving(
  { approval, startingCSV: pin, settings }: Pick<WantedOperator, "approval" | "startingCSV" | "settings">,
  installed: string,
  wanted: string | undefined,
  next: string | undefined,
): boolean {
  if (approval === "Automatic" || pin === undefined) return wanted !== installed || next !== undefined;
  if ((compareCsvs(pin, installed) ?? 0) < 0) throw new TaskError(downgradeMessage(installed, pin, settings));
  return pin !== installed;
}

/** Why an operator stays where it is. */
export const downgradeMessage = (installed: string, wanted: string, settings: string): string =>
  `${installed} is installed, and OLM does not go back to ${wanted}; set orchestrator.version and ${settings}.startingCSV to what is there, or to a later one`;
