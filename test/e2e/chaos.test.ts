import { expect, it } from "vitest";
import { play } from "../chaos/round";
import type { Plan } from "../chaos/plan";
import { useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const newest = "2.1";
/** Moments at which all that there is to hit is at work. What kills engine, plugins and program at once is in interruption.test.ts. */
const rounds: readonly (readonly [release: string, plan: Omit<Plan, "choice">])[] = [
  [newest, { target: "engine", hit: "up", after: 8, next: "destroy", away: 0 }],
  [newest, { target: "plugin", hit: "up", after: 6, next: "destroy", away: 0 }],
  // The operators are just going: OLM remembers them for a while longer than the API server does.
  ["1.2", { target: "API server", hit: "destroy", after: 31, next: "destroy", away: 5 }],
];

it.each(rounds)("%s survives a kill: %j", async (release, plan) => {
  await world.forget();
  const name = `${plan.target.replace(" ", "-")}-${plan.hit}`.toLowerCase();
  const { killed, left, failure } = await play(world.sandbox, release, name, { ...plan, choice: 0 });
  console.log(`killed: ${killed}`);
  expect(failure).toBeUndefined();
  expect(killed).toContain(plan.target);
  expect(left).toEqual([]);
});
