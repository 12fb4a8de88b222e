import { describe, expect, it } from "vitest";
import { awaitWorkflows } from "../../tasks/workflows/awaitWorkflows";
import { object } from "../support/apiServer";
import { api, messageOf } from "../support/api";

const version = "sonataflow.org/v1alpha08";

const workflow = (path: string, metadata: object = {}, status: object = {}) =>
  object(version, "SonataFlow", path, { status }, metadata);

describe("waiting for workflows", () => {
  const condition = (type: string, status: string, reason = "", message = "") => ({
    type,
    status,
    reason,
    message,
  });
  const state = (path: string, ...conditions: object[]) =>
    workflow(path, { generation: 2 }, { observedGeneration: 2, conditions });
  const running = (path: string) => state(path, condition("Running", "True"));
  const input = {
    workflows: ["loans/a", "cards/b"].map((path) => {
      const [namespace = "", name = ""] = path.split("/");
      return { namespace, name, digest: "x" };
    }),
    installation: "me",
    used: ["cards"],
    minutes: 10,
  };
  const wait = (minutes = input.minutes) => awaitWorkflows(api.cluster, { ...input, minutes });
  /** Plays the operator: takes one step with every sixth request. */
  const play = (...steps: (() => void)[]) => {
    let looks = 0;
    api.onRequest = () => {
      if (++looks % 6 === 0) steps.shift()?.();
    };
    return steps;
  };

  it("ends when all of them run", async () => {
    api.put(running("cards/b"), state("loans/a", condition("Running", "False", "WaitingForDeployment")));
    const steps = play(() => {
      api.put(running("loans/a"));
    });
    expect(await wait()).toEqual({ running: 2 });
    expect(steps).toEqual([]);
  });

  it("does not take the run of the manifest before for that of this one", async () => {
    const old = { observedGeneration: 1, conditions: [condition("Running", "True")] };
    api.put(running("cards/b"), workflow("loans/a", { generation: 2 }, old));
    const steps = play(() => {
      api.put(running("loans/a"));
    });
    await wait();
    expect(steps).toEqual([]);
    api.put(workflow("loans/a", { generation: 2 }, old));
    expect(await messageOf(wait(1))).toContain("SonataFlow loans/a does not run: it has changed");
  });

  it("ends with the operator's reason once it keeps saying that one has failed", async () => {
    api.put(
      running("cards/b"),
      state("loans/a", condition("Running", "False", "RedeploymentExhausted", "CrashLoopBackOff")),
    );
    expect(await messageOf(wait())).toBe(
      "SonataFlow loans/a does not run: RedeploymentExhausted: CrashLoopBackOff",
    );
    const built = condition("Built", "False", "BuildFailed", "no space left");
    api.put(state("loans/a", condition("Running", "False", "WaitingForBuild"), built));
    expect(await messageOf(wait())).toBe("SonataFlow loans/a does not run: BuildFailed: no space left");
  });

  it("does not take it for a failure that no image is built, and tells what else is one", async () => {
    const skipped = condition("Built", "False", "BuildSkipped");
    const unavailable = (text: string) =>
      condition("Running", "False", "DeploymentIsUnavailable", `ContainerNotReady: ${text}`);
    api.put(running("cards/b"), state("loans/a", skipped, condition("Running", "True")));
    expect(await wait()).toEqual({ running: 2 });
    api.put(state("loans/a", skipped, condition("Running", "False", "WaitingForDeployment")));
    expect(await messageOf(wait(3))).toContain(
      "within 3 minutes: SonataFlow loans/a does not run: WaitingForDeployment",
    );
    for (const text of ["(ImagePullBackOff) Back-off pulling", "(CreateContainerConfigError) no such key"]) {
      api.put(state("loans/a", skipped, unavailable(text)));
      expect(await messageOf(wait())).toBe(
        `SonataFlow loans/a does not run: DeploymentIsUnavailable: ContainerNotReady: ${text}`,
      );
    }
  });

  it("gives the operator time to try again", async () => {
    api.put(running("cards/b"), state("loans/a", condition("Running", "False", "DeploymentFailure")));
    const steps = play(() => {
      api.put(running("loans/a"));
    });
    expect(await wait()).toMatchObject({ running: 2 });
    expect(steps).toEqual([]);
  });

  it("names all that do not run, and why, when the time is up", async () => {
    api.put(
      workflow("loans/a", { generation: 1 }),
      state("cards/b", condition("Running", "False", "WaitingForDeployment", "1 of 2 pods")),
    );
    expect(await messageOf(wait(1))).toBe(
      "the start of all workflows did not happen within 1 minutes: " +
        "SonataFlow loans/a does not run: not yet seen by the operator; " +
        "SonataFlow cards/b does not run: WaitingForDeployment: 1 of 2 pods",
    );
  });

  it("does not wait for one that somebody has deleted", async () => {
    api.put(running("loans/a"));
    expect(await messageOf(wait())).toBe("SonataFlow cards/b is gone; run pulumi up again");
  });
});
