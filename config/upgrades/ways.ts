import { minorsBetween, parseCsv } from "../csv";
import { directProfiles, operatorProfiles, profiles, type DirectProfile, type Profile } from "../profiles";

/**
 * How a stack gets from one release to another. `workflows out`: in place, and `up` takes the workflows out before, and puts them
 * back after. `anew`: the stack is destroyed, and made again with the database that it had.
 */
export type How = "in place" | "workflows out" | "anew";

/** One step of a way. */
export interface Step {
  readonly from: Profile;
  readonly to: Profile;
  readonly how: How;
  /** Why it is not simply in place. @default - it is */
  readonly why?: string;
}

/** The steps from one release to a later one. Those that would be anew are one, but for a halt at the last with an operator. */
export function wayTo(from: Profile, to: Profile): readonly Step[] {
  const [last] = operatorProfiles.slice(-1);
  if (last && from.kind === "operator" && to.kind === "direct" && from !== last)
    return [...wayTo(from, last), ...wayTo(last, to)];
  const between = profiles.slice(profiles.indexOf(from), profiles.indexOf(to) + 1);
  const steps = between.slice(1).map((next, index) => stepTo(between[index] ?? from, next));
  const anew = steps.find(({ how }) => how === "anew");
  return anew ? [{ ...anew, from, to }] : steps;
}

/** The releases after one, the oldest first. */
export const laterThan = (from: Profile): readonly Profile[] => profiles.slice(profiles.indexOf(from) + 1);

/** The step to the next release. It follows from what the two are made of, as what `up` refuses does. */
export function stepTo(from: Profile, to: Profile): Step {
  if (from.kind === "operator" && to.kind === "operator") {
    const why = `the custom resource of ${to.version} is ${to.api}, that of ${from.version} is ${from.api}, and nothing converts between them`;
    return from.api === to.api ? { from, to, how: "in place" } : { from, to, how: "anew", why };
  }
  if (from.kind !== "direct" || to.kind !== "direct") {
    const why = "from 1.7 on, Orchestrator is a part of Developer Hub, and has no operator of its own";
    return { from, to, how: "anew", why };
  }
  const [is, will] = [from, to].map(logicOf);
  return is === will
    ? { from, to, how: "in place" }
    : { from, to, how: "workflows out", why: `Serverless Logic goes from ${is ?? ""} to ${will ?? ""}` };
}

/** Package and minor version of Serverless Logic in a release. */
function logicOf({ operators: { serverlessLogic } }: DirectProfile): string {
  const { package: name, startingCSV = "" } = serverlessLogic;
  return `${name} ${parseCsv(startingCSV)?.release ?? "at its latest version"}`;
}

/** The first release with a later minor version of Serverless Logic than an installed one. */
export const releaseAfterLogic = (csv: string): DirectProfile | undefined =>
  directProfiles.find(
    ({ operators }) => (minorsBetween(csv, operators.serverlessLogic.startingCSV ?? "") ?? 0) > 0,
  );
