import { describeCrowded, differences, type Conflict } from "../adoption";
import {
  advice,
  describeConflicts,
  findConflicts,
  describeRivals,
  describeTakenLabels,
  describeMissing,
} from "../conflicts";
import { nameOf, type KubeObject, type Ref } from "../../../kube/objects";
import type { Cluster } from "../../../kube/cluster";
import { catalogs } from "./catalog";
import { isUnmarked } from "../mark";
import { describeRefusedMoves } from "../../operators/minorMove";
import { describeSwitched } from "../../operators/switches";
import { checkRelease } from "../../orchestrator/upgradePath";
import {
  childRivals,
  clusterWide,
  missingOperators,
  neighbours,
  operatorGroupTroubles,
  siblings,
} from "./conflicts";
import { databaseVersions } from "./databases";
import { extensions } from "./extensions";
import { adopted, runCheck, emptyIfForbidden, refusal, warning, type Finding } from "./finding";
import { grants, orphans, roles, terminating, webhooks } from "./leftovers";
import { validatedVersions } from "./matrix";
import { permissions } from "./permissions";
import { architecture, existingPlatform, openShift, storage } from "./platform";
import { pending, pendingDependencies, sceneOf, type PreflightInput, type Scene } from "./scene";

export type { Expectations, OpenShiftRange, PreflightInput } from "./scene";

/** What a look at the cluster has shown. */
export interface Preflight {
  readonly findings: readonly Finding[];
  /** What can be done about the refusals in general, a line each. */
  readonly advice: readonly string[];
}

const nothing: Preflight = { findings: [], advice: [] };

/**
 * Looks, before anything is made, whether a cluster has all that an install takes and nothing that is in its way. Only
 * reads. A stack that is there as it was last made is not examined again.
 */
export async function preflight(cluster: Cluster, wanted: PreflightInput): Promise<Preflight> {
  const lookup = (refs: readonly Ref[]) => emptyIfForbidden(cluster.getAll(refs));
  const scene = await sceneOf(cluster, wanted);
  const { input } = scene;
  const [planned, prerequisites] = await Promise.all([lookup(input.planned), lookup(input.prerequisites)]);
  const { switches, installation } = input;
  const turned = await describeSwitched(cluster, { ...switches, installation });
  if (turned.length === 0 && isInstalled(scene, planned, prerequisites)) return nothing;

  const { isMarked } = scene;
  const foreign = await emptyIfForbidden(foreignOf(scene));
  const { adopt } = input;
  const refused = describeConflicts(foreign, input);
  const checks: [string, () => Promise<readonly Finding[]> | readonly Finding[]][] = [
    ["the version of OpenShift", () => openShift(scene)],
    ["the versions of operators", () => validatedVersions(scene)],
    ["the architecture of the nodes", () => architecture(scene)],
    ["the platform", () => existingPlatform(scene)],
    ["the catalogs", () => catalogs(scene)],
    ["the StorageClasses", () => storage(scene)],
    ["the versions of databases", () => databaseVersions(scene)],
    ["your rights", () => permissions(scene)],
    [
      "what is in the way of a move",
      async () =>
        (await describeRefusedMoves(cluster, scene.subscriptions, input.packages ?? [], scene.isMine)).map(
          refusal,
        ),
    ],
    ["other Subscriptions", () => describeRivals(scene.subscriptions, input, scene.isMine).map(refusal)],
    ["what was switched", () => turned.map(refusal)],
    ["operators of OLM v1", () => extensions(scene)],
    ["Subscriptions of the operator", () => childRivals(scene)],
    ["operators that are there", () => missingOperators(scene)],
    ["neighbours of the operators", () => neighbours(scene)],
    ["OperatorGroups", () => operatorGroupTroubles(scene)],
    ["kinds without a namespace", () => clusterWide(scene)],
    ["other custom resources", () => siblings(scene)],
    ["what is in the way", () => refused.map(refusal)],
    [
      "what else is in namespaces",
      async () => (adopt ? await describeCrowded(cluster, foreign) : []).map(refusal),
    ],
    [
      "what is needed",
      async () => (await describeMissing(cluster, input.prerequisites, isMarked)).map(refusal),
    ],
    // Whether it was this stack that had set it, only its state knows; so the claim has the last word.
    ["labels of namespaces", async () => (await describeTakenLabels(cluster, input.labels)).map(warning)],
    ["left-over operators", () => orphans(scene)],
    ["namespaces that are going", () => terminating(scene)],
    [
      "the way to the release",
      async () => (input.release ? await checkRelease(cluster, input.release) : []).map(refusal),
    ],
    ["left-over webhooks", () => webhooks(scene)],
    ["left-over roles", () => roles(scene)],
    ["rights of Developer Hub", () => grants(scene)],
    ["what is taken over", () => (adopt && refused.length === 0 ? takeover(foreign) : [])],
  ];
  const found = await Promise.all(checks.map(([what, check]) => runCheck(what, async () => check())));
  return { findings: found.flat(), advice: refused.length > 0 ? advice(foreign, adopt) : [] };
}

/**
 * What is there of what the stack is to make, and not its own. A namespace may be, that has lost its mark: often that was all
 * that Pulumi had written on it; but then what is in it has one.
 */
async function foreignOf({ cluster, input, isMine, isMarked }: Scene): Promise<Conflict[]> {
  const found = await findConflicts(cluster, input.planned, isMine);
  const isInhabited = await Promise.all(
    found.map(async ({ planned, object }) => {
      if (planned.kind !== "Namespace" || !isUnmarked(object)) return false;
      const inside = input.planned.filter(({ namespace }) => namespace === planned.name);
      const objects = await cluster.getAll(inside);
      return objects.some((each) => each && isMarked(each));
    }),
  );
  return found.filter((_, index) => !isInhabited[index]);
}

/** Whether all is there that the stack makes, and is its own, and all that it needs, and is not. */
function isInstalled(
  scene: Scene,
  planned: readonly (KubeObject | undefined)[],
  prerequisites: readonly (KubeObject | undefined)[],
): boolean {
  const { input, isMarked } = scene;
  return (
    pending(scene).length === 0 &&
    pendingDependencies(scene).length === 0 &&
    planned.length === input.planned.length &&
    planned.every(
      (object) => object && isMarked(object) && object.metadata.deletionTimestamp === undefined,
    ) &&
    prerequisites.every((object) => object && !isMarked(object))
  );
}

function takeover(foreign: readonly Conflict[]): Finding[] {
  if (foreign.length === 0) return [];
  return [
    adopted(foreign.map(({ planned }) => nameOf(planned)).join(", ")),
    ...foreign.flatMap(({ planned, object }) =>
      // Credentials are nobody's business, and are kept.
      planned.kind === "Secret"
        ? []
        : differences(planned, object).map(({ path, is, wanted }) =>
            adopted(`${nameOf(planned)}: ${path} is ${is}, and will be ${wanted}`),
          ),
    ),
  ];
}
