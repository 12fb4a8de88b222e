import { createHash } from "node:crypto";
import { describeCrowded } from "./adoption";
import { nameOf, type KubeObject } from "../../kube/objects";
import type { Cluster } from "../../kube/cluster";
import {
  advice,
  claimOf,
  distinct,
  describeConflicts,
  findConflicts,
  describeRivals,
  describeTakenLabels,
  describeMissing,
  type Label,
  type Prerequisite,
  type Place,
  type Wanted,
} from "./conflicts";
import { belongsTo } from "./mark";
import { describeRefusedMoves } from "../operators/minorMove";
import { subscriptions, type Subscription } from "../operators/olm";
import { describeSwitched, type SwitchInput } from "../operators/switches";
import { checkRelease, type ReleaseInput } from "../orchestrator/upgradePath";
import { TaskError } from "../../kube/wait";

export interface ClaimInput extends Wanted {
  /** The id of this stack, which {@link installationLabel} puts on all that it makes. */
  readonly installation: string;
  /** What it builds on and never touches. */
  readonly prerequisites: readonly Prerequisite[];
  /** What it adds to namespaces of others. */
  readonly labels: readonly Label[];
  /** The release of the Orchestrator operator. @default - none is installed */
  readonly release?: ReleaseInput | undefined;
  /** What was switched must not have been the stack's. @default - nothing is looked for */
  readonly switches?: Omit<SwitchInput, "installation"> | undefined;
  /**
   * Where there may be something of the stack's: of each kind that it makes, and that its operators leave to it.
   * @default - nowhere
   */
  readonly places?: readonly Place[] | undefined;
}

/** What the last claim was about, kept in the state. */
export interface ClaimResult {
  /** See {@link digestsOf}: thousands of names would be more than Linux lets a variable hold, which is how this comes back. */
  readonly claimed: string;
  /** What was there, and has been taken over. @default - nothing */
  readonly adopted?: readonly string[];
  /** All places of this claim and those before. @default - none */
  readonly places?: readonly Place[];
}

/**
 * Makes sure, before the first object is made, that none of them is there already, and that what is needed is. The
 * provider takes existing objects over, which lets an interrupted `up` go on; this is what keeps it from taking over
 * somebody else's, which the next destroy would then delete.
 */
export async function claim(
  cluster: Cluster,
  input: ClaimInput,
  previous: ClaimResult | undefined,
): Promise<ClaimResult> {
  const { adopt, packages = [] } = input;
  const before = new Set(previous?.claimed.match(new RegExp(`.{${digestLength}}`, "g")));
  const isKnown = (name: string) => before.has(digestsOf([name]));
  const isMine = (object: KubeObject) => belongsTo(input.installation, object);
  const fresh = input.planned.filter((ref) => !isKnown(nameOf(ref)));
  const foreign = await findConflicts(cluster, fresh, isMine);
  const labels = input.labels.filter((label) => !isKnown(claimOf(label)));
  const adopted = previous?.adopted ?? [];
  const subscribed = packages.length > 0 ? await cluster.list<Subscription>(subscriptions) : [];

  const complaints = [
    ...describeConflicts(foreign, input),
    ...(adopt ? await describeCrowded(cluster, foreign) : []),
    ...describeRivals(subscribed, input, isMine),
    ...(await describeRefusedMoves(cluster, subscribed, packages, isMine)),
    ...(await describeMissing(cluster, input.prerequisites, isMine)),
    ...(await describeSwitched(cluster, { ...input.switches, installation: input.installation })),
    // The provider would overwrite it, and the next destroy take it away.
    ...(await describeTakenLabels(cluster, labels)),
    ...(adopted.length > 0 && !adopt
      ? [
          `${adopted.join(", ")}: taken over with adopt, without which a new backend secret would be made; pulumi config set adopt true`,
        ]
      : []),
  ];
  const blocked = input.release ? await checkRelease(cluster, input.release) : [];
  if (complaints.length + blocked.length > 0) {
    throw new TaskError(
      [
        "nothing was created, because of what the cluster holds:",
        ...[...complaints, ...blocked].map((complaint) => `  - ${complaint}`),
        ...advice(foreign, adopt),
      ].join("\n"),
    );
  }
  const claimed = digestsOf([...input.planned.map(nameOf), ...input.labels.map(claimOf)]);
  const all = [...adopted, ...foreign.map(({ planned }) => nameOf(planned))];
  const places = distinct([...(previous?.places ?? []), ...(input.places ?? [])]);
  return { claimed, ...(all.length > 0 && { adopted: all }), ...(places.length > 0 && { places }) };
}

const digestLength = 8;

/** A digest of each name, one after the other: 48 bits are enough to tell those of one stack apart. */
export const digestsOf = (names: readonly string[]): string =>
  names.map((name) => createHash("sha256").update(name).digest("base64url").slice(0, digestLength)).join("");
