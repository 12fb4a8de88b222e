import { compareCsvs } from "../../config/csv";
import type { Cluster } from "../../kube/cluster";
import { nameOf } from "../../kube/objects";
import { PersistentProblems } from "../../kube/wait";
import type { WantedOperator } from "./wantedOperator";
import { lasting } from "./diagnosis";
import { type InstallPlan, installPlans, type Subscription } from "./olm";

export async function approveOrReport(
  cluster: Cluster,
  input: WantedOperator,
  subscription: Subscription,
  troubles: PersistentProblems,
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
