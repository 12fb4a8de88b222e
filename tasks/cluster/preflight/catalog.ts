import { parseCsv } from "../../../config/csv";
import { sleep } from "../../../kube/parallel";
import type { Cluster } from "../../../kube/cluster";
import { findCatalogTrouble } from "../../operators/catalogHealth";
import { sourceSettings, subscriptions } from "../../operators/olm";
import { otherReleases } from "./alternatives";
import { runCheck, refusal, unchecked, type Finding } from "./finding";
import { packageManifests, packageOf } from "./packages";
import { pending, pendingDependencies, type Own, type Scene } from "./scene";

/** How long a catalog may be restarting, in seconds. */
const patience = 15;

/** A Subscription to come, of the program's or of an operator's. */
type Coming = Pick<Own, "spec" | "settings" | "sourceSettings">;

/** OLM itself, and for each Subscription to come a healthy catalog that has its package, channel and version. */
export async function catalogs(scene: Scene): Promise<Finding[]> {
  const { cluster } = scene;
  const wanted: readonly Coming[] = [...pending(scene), ...pendingDependencies(scene)];
  if (wanted.length === 0) return [];
  if (!(await cluster.serves(subscriptions))) {
    return [refusal("there is no OLM, which installs the operators: operators.coreos.com is not served")];
  }
  const sources = await Promise.all(wanted.map((own) => sourceTrouble(cluster, own)));
  const troubles = [...new Set(sources.filter((trouble) => trouble !== undefined))];
  const healthy = wanted.filter((_, index) => sources[index] === undefined);
  const packages = await runCheck("whether the catalogs have the operators", async () => {
    if (!(await cluster.serves(packageManifests))) return [unserved];
    const found = await Promise.all(healthy.map((own) => packageTrouble(scene, own)));
    const missing = found.filter((trouble) => trouble !== undefined);
    const others = missing.length > 0 ? await otherReleases(scene) : undefined;
    return [...missing, ...(others === undefined ? [] : [others])].map(refusal);
  });
  const isAsked = packages.every(({ level }) => level !== "unchecked");
  const departures = isAsked ? [] : wanted.flatMap((own) => leaves(scene, own) ?? []);
  return [...[...troubles, ...departures].map(refusal), ...packages];
}

const unserved = unchecked(
  `whether the catalogs have the operators (${packageManifests.apiVersion} is not served)`,
);

async function sourceTrouble(cluster: Cluster, own: Coming): Promise<string | undefined> {
  for (let waited = 0; ; waited++) {
    const trouble = await findCatalogTrouble(cluster, own.spec);
    if (!trouble) return undefined;
    if (trouble.isMissing) return `${trouble.text}. Set ${sourceSettings(own).all}`;
    if (waited >= patience) return `${trouble.text}. Look at its pod, or set ${sourceSettings(own).first}`;
    await sleep(1_000);
  }
}

/** Why the operator of a release would not stay with it: OLM keeps to the release only where it is held. */
function leaves({ input }: Scene, { spec, settings }: Coming, head?: string): string | undefined {
  const { release, platform } = input;
  const end = head ?? platform?.channelHead;
  if (spec.name !== release?.package || spec.installPlanApproval === "Manual" || end === undefined)
    return undefined;
  const { version } = release;
  return parseCsv(end)?.release === version
    ? undefined
    : `with Automatic approval OLM goes on to ${end}, where channel ${spec.channel ?? ""} ends, and that is not Orchestrator ${version}. ` +
        `Have it held: pulumi config set --path ${settings}.approval Manual`;
}

async function packageTrouble(scene: Scene, own: Coming): Promise<string | undefined> {
  const { spec, settings } = own;
  const { name, channel: wanted, source, sourceNamespace: namespace, startingCSV } = spec;
  const { first, found } = await packageOf(scene.cluster, spec);
  if (!found) {
    const elsewhere = first?.status?.catalogSource;
    return `CatalogSource ${namespace}/${source} has no package ${name}${elsewhere === undefined ? "" : `, but ${elsewhere} has`}; set ${sourceSettings(own).first}`;
  }
  const channels = found.status?.channels ?? [];
  const channel = channels.find((candidate) => candidate.name === wanted);
  if (!channel) {
    const names = channels.map((candidate) => candidate.name).join(", ");
    return `package ${name} of ${source} has no channel ${wanted ?? ""}; it has ${names}. Set ${settings}.channel`;
  }
  const versions = channel.entries?.map((entry) => entry.name);
  const departure = leaves(scene, own, channel.currentCSV);
  if (departure !== undefined) return departure;
  return startingCSV === undefined || !versions || versions.includes(startingCSV)
    ? undefined
    : `channel ${channel.name} of package ${name} has no ${startingCSV}: ${versions.join(", ")}. ` +
        `The catalog of each OpenShift version has its own. Set ${settings}.startingCSV`;
}
