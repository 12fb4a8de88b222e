import { randomUUID } from "node:crypto";
import type { Cluster } from "../kube/cluster";
import { nameOf, refOf, type KubeObject } from "../kube/objects";
import { ApiError, isPassing } from "../kube/requests";
import { isForUser, PersistentProblems, TaskError, until, type Patience } from "../kube/wait";
import { DataIndex, isOf, proxyForbidden } from "../status/dataIndex";
import { shutOut } from "../status/workflows";
import { thePlatform, type Platform } from "../tasks/platform/findPlatform";
import { findUnready } from "../tasks/readiness/readiness";
import { troubleOf } from "../tasks/readiness/rollOut";
import { hasFailed, notRunning, type SonataFlow } from "../tasks/workflows/awaitWorkflows";
import { findLeft, platformsIn, removeAll } from "./removal";
import { SmokeError, type Report, type Step, type Trouble } from "./report";
import { definitionFile, emptyPlatform, runOf, smokeName, workflow, workflowRef } from "./workflow";

export interface SmokeOptions {
  /** Where the workflow runs. @default - beside the platform */
  readonly namespace?: string | undefined;
  /** An image of the workflow. @default - the operator builds one on the cluster */
  readonly image?: string | undefined;
  /** The longest wait for the workflow to run, in minutes. */
  readonly minutes: number;
  /** Ends the run early; what it has made is removed. */
  readonly signal?: AbortSignal;
}

/** How long an instance may take to start, and to end as Data Index sees it, in minutes: it does nothing. */
const instanceMinutes = { start: 1, end: 2 };

/** How long the operator may say that the workflow has failed before it is believed, in seconds: it tries again. */
const lasting = 60;

const status = "npm run status";

/** Deploys a small workflow, starts it, sees its instance complete in Data Index, and removes all of it. */
export async function smoke(cluster: Cluster, options: SmokeOptions): Promise<Report> {
  const run = new Run(cluster, options);
  let failure = await caught(() => run.try());
  const left = await caught(() => run.tidy());
  if (left)
    failure = {
      ...left,
      text: failure ? `${failure.text}\nWhat it has made is left: ${left.text}` : left.text,
    };
  return run.report(failure);
}

type Failure = Trouble & { readonly outcome: "failed" | "refused" };

/** What has gone wrong, if anything has. Bugs of this program are thrown on. */
async function caught(work: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof SmokeError) return { text: error.message, next: error.next, outcome: error.outcome };
    if (isForUser(error)) return { text: error.message, next: status, outcome: "failed" };
    throw error;
  }
}

class Run {
  private readonly id = randomUUID();
  private readonly steps: Step[] = [];
  private namespace: string | undefined;
  private hasMade = false;
  private instance: string | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly options: SmokeOptions,
  ) {}

  async try(): Promise<void> {
    const platform = await thePlatform(this.cluster, undefined);
    const namespace = this.options.namespace ?? platform.metadata.namespace ?? "";
    this.namespace = namespace;
    const index = new DataIndex(this.cluster, platform);
    await this.step(`${nameOf(refOf(platform))} is well, and its Data Index answers`, () =>
      this.check(platform, index, namespace),
    );
    await this.takeOver(namespace);
    await this.step(`SonataFlow ${namespace}/${smokeName} runs`, () => this.deploy(namespace));
    await this.step("an instance was started", () => this.start(namespace));
    await this.step("Data Index has seen it complete, and lists the workflow", () =>
      this.see(index, namespace),
    );
  }

  /** Removes what this run has made, be it well or not. */
  async tidy(): Promise<void> {
    const { namespace, hasMade } = this;
    if (namespace === undefined || !hasMade) return;
    await this.step("all of it is removed", () => removeAll(this.cluster, namespace, this.id));
  }

  report(failure: Failure | undefined): Report {
    return {
      cluster: this.cluster.where,
      workflow: smokeName,
      namespace: this.namespace,
      instance: this.instance,
      steps: this.steps,
      outcome: failure?.outcome ?? "passed",
      trouble: failure && { text: failure.text, next: failure.next },
    };
  }

  private async step(text: string, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    await work();
    this.steps.push({ text, seconds: Math.round((performance.now() - began) / 1_000) });
  }

  /** Waits until `check` answers, or the run is to end. */
  private look<T>(
    patience: Patience,
    check: (say: (text: string) => void) => Promise<T | undefined>,
  ): Promise<T> {
    return until(patience, (say) => {
      if (this.options.signal?.aborted) throw new SmokeError("it was interrupted", "npm run smoke");
      return check(say);
    });
  }

  /** What would be in the way is told before anything is made. */
  private async check(platform: Platform, index: DataIndex, namespace: string): Promise<void> {
    const [unready] = await findUnready(this.cluster, [refOf(platform)]);
    if (unready) throw new SmokeError(unready.text, status);
    const [shut] = await shutOut(this.cluster, platform, namespace);
    if (shut) throw new SmokeError(shut.text, shut.next ?? status);
    await index.definitions(smokeName);
  }

  private async takeOver(namespace: string): Promise<void> {
    if ((await findLeft(this.cluster, namespace)).length === 0) return;
    await this.step("what an earlier run had left is removed", () => removeAll(this.cluster, namespace));
  }

  private async deploy(namespace: string): Promise<void> {
    const { image, minutes } = this.options;
    if ((await platformsIn(this.cluster, namespace)).length === 0) await this.make(emptyPlatform(namespace));
    await this.make(workflow(namespace, this.id, image));
    const troubles = new PersistentProblems();
    const what = `the start of SonataFlow ${namespace}/${smokeName}`;
    await this.look({ minutes, what }, async (say) => {
      troubles.nextLook();
      const said = notRunning(await this.own(namespace));
      if (said === undefined) return true;
      say(said);
      const seconds = hasFailed(said) ? lasting : troubleOf(said).lasting;
      if (seconds !== undefined)
        troubles.report(said, seconds, `SonataFlow ${namespace}/${smokeName} does not run: ${said}`);
      return undefined;
    }).catch((error: unknown) => {
      throw withNext(error, `oc get events -n ${namespace} --sort-by=.lastTimestamp`);
    });
  }

  private async make(object: KubeObject & { readonly spec: object }): Promise<void> {
    try {
      await this.cluster.create(object);
      this.hasMade = true;
    } catch (error) {
      const code = error instanceof ApiError ? error.code : undefined;
      const { namespace = "" } = object.metadata;
      if (code === 404)
        throw new SmokeError(
          `there is no namespace ${namespace}`,
          "npm run smoke -- --namespace <an existing one>",
          "refused",
        );
      if (code === 403)
        throw new SmokeError(String(error), `oc auth can-i create sonataflows -n ${namespace}`, "refused");
      // The answer may have been lost, and the object be there. Whose it is, is looked at next.
      this.hasMade = true;
      if (code !== 409) throw error;
    }
  }

  /** This run's workflow, and not one that has its name. */
  private async own(namespace: string): Promise<SonataFlow> {
    const found = await this.cluster.get<SonataFlow>(workflowRef(namespace));
    if (!found || runOf(found) !== this.id)
      throw new SmokeError(
        `SonataFlow ${namespace}/${smokeName} is not the one that this run has made: another run has taken it over, or somebody has deleted it`,
        "npm run smoke",
      );
    return found;
  }

  private async start(namespace: string): Promise<void> {
    const what = `the start of an instance, by Service ${namespace}/${smokeName}`;
    const started = await this.look({ minutes: instanceMinutes.start, what }, async () => {
      try {
        return await this.cluster.ask<{ readonly id?: string }>(
          { namespace, name: smokeName },
          `/${smokeName}`,
          {},
        );
      } catch (error) {
        throw this.notStarted(namespace, error);
      }
    });
    if (started.id === undefined)
      throw new SmokeError(
        `Service ${namespace}/${smokeName} has not said which instance it started`,
        status,
      );
    this.instance = started.id;
  }

  /** Why no instance was started, where that does not pass. What fails between the API server and the pod, may. */
  private notStarted(namespace: string, error: unknown): Error {
    if (!(error instanceof ApiError)) return asError(error);
    const { image = "the image" } = this.options;
    switch (error.code) {
      case 403:
        return new SmokeError(
          proxyForbidden(namespace),
          `oc auth can-i create services/proxy -n ${namespace}`,
        );
      case 404:
        return new SmokeError(
          `${image} has no workflow ${smokeName}: it has to be built from ${definitionFile}`,
          "npm run smoke",
        );
      case 500:
        return new SmokeError(`the instance ended in an error: ${error.message}`, "npm run diagnose");
      default:
        return isPassing(error) ? error : new SmokeError(error.message, status);
    }
  }

  private async see(index: DataIndex, namespace: string): Promise<void> {
    const id = this.instance ?? "";
    const { end: minutes } = instanceMinutes;
    await this.look({ minutes, what: `the end of instance ${id} in Data Index` }, async (say) => {
      const found = await index.instance(id);
      if (!found) say("Data Index has not heard of it");
      else if (found.state === "COMPLETED") return true;
      else if (found.state === "ERROR" || found.state === "ABORTED")
        throw new SmokeError(
          `instance ${id} is ${found.state} in Data Index: ${found.error?.message ?? "without a message"}`,
          "npm run diagnose",
        );
      else say(`it is ${found.state}`);
      return undefined;
    });
    // A definition that an earlier run has left says nothing; the instance says that the workflow reaches Data Index.
    if (!(await index.definitions(smokeName)).some((definition) => isOf(definition, smokeName, namespace)))
      throw new SmokeError(
        `SonataFlow ${namespace}/${smokeName} runs, but is not registered with Data Index, so Developer Hub does not list it`,
        status,
      );
  }
}

/** What went wrong while something was waited for, with what to do about it. */
const withNext = (error: unknown, next: string): Error =>
  error instanceof TaskError && !(error instanceof SmokeError)
    ? new SmokeError(error.message, next)
    : asError(error);

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
