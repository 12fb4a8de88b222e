import { createHash } from "node:crypto";

/** What is killed: the engine alone, it and all that it runs, one of its plugins, or the cluster's API server. */
export const targets = ["engine", "group", "plugin", "API server"] as const;

export type Target = (typeof targets)[number];
export type Command = "up" | "destroy";

/** One round: a run of Pulumi that is hit, and the run that has to put things right. */
export interface Plan {
  readonly target: Target;
  /** The run that is hit. */
  readonly hit: Command;
  /** When, in seconds from its start. */
  readonly after: number;
  /** The run that follows. */
  readonly next: Command;
  /** Which of the plugins that run at that moment, from 0 to 1. */
  readonly choice: number;
  /** How long the API server stays away, in seconds. */
  readonly away: number;
}

/** How long a run takes that nothing hits, in seconds. */
export type Durations = Readonly<Record<Command, number>>;

const courses = [
  { hit: "up", next: "up" },
  { hit: "up", next: "destroy" },
  { hit: "destroy", next: "destroy" },
] as const;

/** What happens in a round: the same for the same seed, round and durations. */
export function planOf(seed: string, round: number, durations: Durations): Plan {
  const random = (what: string) =>
    createHash("sha256").update(`${seed}/${round}/${what}`).digest().readUInt32BE() / 2 ** 32;
  const course = pick(courses, random("course"));
  return {
    ...course,
    target: pick(targets, random("target")),
    after: durations[course.hit] * random("moment"),
    choice: random("choice"),
    away: 1 + 9 * random("away"),
  };
}

/** The member of a list at a place from 0 to 1. */
export function pick<T>(list: readonly T[], place: number): T {
  const member = list[Math.floor(place * list.length)];
  if (member === undefined) throw new Error("nothing to pick from");
  return member;
}
