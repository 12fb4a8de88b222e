import { describe, expect, it } from "vitest";
import { PersistentProblems, until } from "../../kube/wait";

describe("what waiting is made of", () => {
  it("takes a trouble for lasting only when each look sees it", () => {
    const troubles = new PersistentProblems();
    troubles.report("a", 10, "lasting", 0);
    troubles.nextLook();
    troubles.nextLook(); // a look without it
    expect(() => {
      troubles.report("a", 10, "lasting", 11_000);
    }).not.toThrow();
    troubles.nextLook();
    expect(() => {
      troubles.report("a", 10, "lasting", 22_000);
    }).toThrow("lasting");
  });

  it("sits out an API server that restarts, and says what was wrong when it does not come back", async () => {
    let tries = 0;
    const flaky = () =>
      ++tries < 3 ? Promise.reject(new Error("connect ECONNREFUSED")) : Promise.resolve("up");
    expect(await until({ minutes: 1, what: "it" }, flaky)).toBe("up");
    const down = () => Promise.reject(new Error("connect ECONNREFUSED"));
    await expect(until({ minutes: 0.02, what: "it" }, down)).rejects.toThrow(
      "it did not happen within 0.02 minutes: connect ECONNREFUSED",
    );
  });
});
