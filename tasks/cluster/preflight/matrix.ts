import { parseCsv } from "../../../config/csv";
import { nameOf, refOf } from "../../../kube/objects";
import { channelOf } from "./packages";
import { warning, type Finding } from "./finding";
import { pending, type Scene, type Validated } from "./scene";

/** Operators in another version than the release is validated with, whether they are there, or to come. */
export async function validatedVersions(scene: Scene): Promise<Finding[]> {
  const { validated = [] } = scene.input.platform ?? {};
  if (pending(scene).length === 0) return [];
  const findings = await Promise.all(validated.map((each) => outside(scene, each)));
  return findings.flat();
}

async function outside(
  scene: Scene,
  { release, version, packages, settings }: Validated,
): Promise<Finding[]> {
  const own = pending(scene).find(({ spec }) => packages.includes(spec.name));
  const live = scene.subscriptions.find(({ spec }) => packages.includes(spec.name));
  const installed = live?.status?.installedCSV;
  const planned = !own
    ? undefined
    : own.spec.installPlanApproval === "Manual"
      ? own.spec.startingCSV
      : (await channelOf(scene.cluster, own.spec))?.currentCSV;
  const csv = planned ?? installed;
  const found = csv === undefined ? undefined : parseCsv(csv);
  if (csv === undefined || found === undefined || found.release === version) return [];
  const where = planned === undefined && live ? ` ${nameOf(refOf(live))} has` : " this stack would have";
  const hold =
    settings === undefined
      ? ""
      : `; hold it with ${settings}.installPlanApproval Manual and a ${settings}.startingCSV of ${version}`;
  return [
    warning(
      `Orchestrator ${release} is validated with ${found.package} ${version}, and${where} ${csv}${hold}`,
    ),
  ];
}
