import { describe, expect, it } from "vitest";
import { take } from "../../tasks/cluster/take";
import { object } from "../support/apiServer";
import { api, label } from "../support/api";

describe("taking namespaces", () => {
  const of = (installation: string, ...namespaces: string[]) => ({ installation, namespaces });
  const theirs = object("v1", "Namespace", "b", {}, { labels: { [label]: "you" } });

  it("makes those that are missing, with the stack's mark", async () => {
    expect(await take(api.cluster, of("me", "b", "a"), undefined)).toEqual({ taken: ["b", "a"] });
    expect(api.objects.get("Namespace /a")).toMatchObject({ metadata: { labels: { [label]: "me" } } });
    // Again, as after an interrupted run.
    await take(api.cluster, of("me", "b", "a", "c"), undefined);
    expect(api.writes).toEqual(["POST Namespace a", "POST Namespace b", "POST Namespace c"]);
  });

  it("is for one of two stacks, and the other leaves nothing behind", async () => {
    api.put(theirs);
    const refused = take(api.cluster, of("me", "b", "a", "c"), undefined);
    await expect(refused).rejects.toThrow(/has made Namespace b at this very moment/);
    expect(api.writes).toEqual(expect.arrayContaining(["POST Namespace a", "DELETE Namespace a"]));
    expect(api.has("Namespace", "a")).toBe(false);
    expect(api.has("Namespace", "c")).toBe(false);
    expect(api.objects.get("Namespace /b")).toBe(theirs);
  });

  it("leaves alone what has lost its mark since, and what was taken over", async () => {
    api.put(object("v1", "Namespace", "a"), object("v1", "Namespace", "b"));
    const previous = { taken: ["a"] };
    await take(api.cluster, { ...of("me", "a", "b"), adopted: ["Namespace b"] }, previous);
    expect(api.writes).toEqual([]);
  });
});
