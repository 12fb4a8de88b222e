import { compareCsvs } from "../../config/csv";
import { orchestratorCrd, orchestratorGroup, postgresName } from "../../config/names";
import { namesOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import { downgradeMessage } from "../operators/awaitOperator";
import { crds, subscriptions, type Subscription } from "../operators/olm";
import type { Package } from "../../config/operators";

/** The release of the Orchestrator operator that is about to be installed, or moved to. */
export interface ReleaseInput extends Package {
  /** As the setting `orchestrator.version` has it. */
  readonly version: string;
  /** The one version of the API that its CRD has. */
  readonly api: string;
  /** The version of the operator, where one is pinned. */
  readonly startingCSV?: string | undefined;
}

interface Crd extends KubeObject {
  readonly status?: { readonly storedVersions?: readonly string[] };
}

/**
 * Looks whether there is a way from what is installed to a release.
 * @returns what is wrong, with the way round, as lines for the user.
 */
export async function checkRelease(cluster: Cluster, release: ReleaseInput): Promise<string[]> {
  const { package: name, namespace, version, api, startingCSV } = release;
  const subscription = await cluster.get<Subscription>({ ...subscriptions, namespace, name });
  const installed = subscription?.status?.installedCSV;
  const crd = await cluster.get<Crd>({ ...crds, name: orchestratorCrd });

  // OLM fails such an InstallPlan: "risk of data loss" (pkg/controller/operators/catalog/step.go).
  const stored = (crd?.status?.storedVersions ?? []).filter((other) => other !== api);
  if (stored.length > 0) {
    const why =
      `the CRD ${orchestratorCrd} stores ${stored.join(", ")}, which Orchestrator ${version} does not know ` +
      "any more or not yet; nothing converts between the two, and OLM refuses to replace it";
    return [
      installed === undefined
        ? `${why}. ${await leftover(cluster)}`
        : `${installed} cannot be moved to ${startingCSV ?? version}: ${why}. ${wayRound}`,
    ];
  }
  const difference =
    installed === undefined || startingCSV === undefined ? 0 : compareCsvs(startingCSV, installed);
  return installed !== undefined && difference !== undefined && difference < 0
    ? [downgradeMessage(installed, startingCSV ?? "", "operator")]
    : [];
}

const wayRound =
  "The way round, which keeps the database: with the old version, pulumi config set --path postgres.keepData true, pulumi up and pulumi destroy; " +
  `then oc delete crd ${orchestratorCrd}; then, with the new version, pulumi config set --path namespaces.sonataflow.existing true, ` +
  `pulumi config set --path postgres.existingClaim data-${postgresName}-0 and pulumi up`;

async function leftover(cluster: Cluster): Promise<string> {
  const kind = await cluster.served(orchestratorGroup, "Orchestrator");
  const there = kind ? await cluster.list(kind, { part: "metadata" }) : [];
  return there.length > 0
    ? `Of these there are ${namesOf(there)}: remove them by the operator that made them`
    : `It is left from an earlier install, and there is no Orchestrator: oc delete crd ${orchestratorCrd}`;
}
