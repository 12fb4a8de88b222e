import { describe, expect, it } from "vitest";
import { planOf, targets } from "./plan";

describe("the plan of a round of kills", () => {
  const durations = { up: 20, destroy: 45 };
  const plans = (seed: string) => Array.from({ length: 60 }, (_, round) => planOf(seed, round, durations));

  it("is the same for the same seed, and another for another", () => {
    expect(plans("a")).toEqual(plans("a"));
    expect(plans("a")).not.toEqual(plans("b"));
  });

  it("hits everything, in every way, at any moment of a run", () => {
    expect(new Set(plans("a").map(({ target }) => target))).toEqual(new Set(targets));
    expect(new Set(plans("a").map(({ hit, next }) => `${hit}, ${next}`)).size).toBe(3);
    for (const { hit, after } of plans("a")) expect(after).toBeLessThan(durations[hit]);
    const destroys = plans("a").filter(({ hit }) => hit === "destroy");
    expect(destroys.some(({ after }) => after < 10)).toBe(true);
    expect(destroys.some(({ after }) => after > 35)).toBe(true);
  });
});
