import { parseCsv } from "../csv";
import { profiles, type Profile } from "../profiles";

/**
 * How a stack gets from one release to another. `workflows out`: workflows are deleted before, and deployed again after.
 * `anew`: the stack is destroyed, and made again with the database that it had.
 */
export type How = "in place" | "workflows out" | "anew";

/** One step of a way. */
export interface Step {
  readonly from: Profile;
  readonly to: Profile;
  readonly how: How;
  /** Why it is not in place. @default - it is */
  readonly why?: string;
}

/** The steps from one release to a later one. Where one of them would be anew, all of them are one. */
export function wayTo(from: Profile, to: Profile): readonly Step[] {
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
  const [is, will] = [from.operators.serverlessLogic, to.operators.serverlessLogic];
  if (is.package !== will.package) {
    const why = `Serverless Logic changes its package from ${is.package} to ${will.package}, and nothing leads from the one to the other`;
    return { from, to, how: "anew", why };
  }
  const [before, after] = [is.startingCSV, will.startingCSV].map(
    (csv) => parseCsv(csv ?? "")?.release ?? "its latest version",
  );
  return before === after
    ? { from, to, how: "in place" }
    : { from, to, how: "workflows out", why: `Serverless Logic goes from ${before ?? ""} to ${after ?? ""}` };
}
