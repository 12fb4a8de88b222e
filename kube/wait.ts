import { AccessError } from "./kubeconfig";
import { ApiError, isPassing } from "./requests";
import { inParallel, sleep } from "./parallel";
import { nameOf, refOf, type KubeObject, type Ref } from "./objects";
import type { Cluster } from "./cluster";

const interval = 1_000;

/** Ends a task with a message for the user. Everything else that is thrown while waiting counts as passing. */
export class TaskError extends Error {}

/** Whether an error says all in its message. Any other is a bug of this program, which wants its stack. */
export const isForUser = (error: unknown): error is Error =>
  error instanceof TaskError || error instanceof AccessError || error instanceof ApiError || isPassing(error);

export interface Patience {
  /** The longest wait, in minutes. */
  readonly minutes: number;
  /** What is waited for, as the end of "… within 10 minutes". */
  readonly what: string;
}

/** Is told of a wait, from its beginning to its end. */
export interface WaitObserver {
  /** A look was in vain. @param status What it has shown; it may be empty. */
  onLook(status: string): void;
  /** @param failure Why it was in vain. @default - what was waited for has happened */
  onEnd(failure?: string): void;
}

const watching: ((wait: Patience) => WaitObserver)[] = [];

/** Has all further waits of this process told to somebody: to the user, or to a report. */
export const onWait = (begin: (wait: Patience) => WaitObserver): void => void watching.push(begin);

/**
 * Asks `check` once a second until it answers something other than undefined.
 * @throws TaskError when the time is up, with the last `status` that was reported or the last passing error.
 */
export async function until<T>(
  patience: Patience,
  check: (status: (text: string) => void) => Promise<T | undefined>,
): Promise<T> {
  const observers = watching.map((begin) => begin(patience));
  try {
    const answer = await looking(patience, check, (status) => {
      for (const observer of observers) observer.onLook(status);
    });
    for (const observer of observers) observer.onEnd();
    return answer;
  } catch (error) {
    for (const observer of observers) observer.onEnd(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function looking<T>(
  { minutes, what }: Patience,
  check: (status: (text: string) => void) => Promise<T | undefined>,
  onLook: (status: string) => void,
): Promise<T> {
  const deadline = Date.now() + minutes * 60_000;
  let last = "";
  for (;;) {
    try {
      const answer = await check((text) => (last = text));
      if (answer !== undefined) return answer;
    } catch (error) {
      if (error instanceof TaskError || (error instanceof ApiError && !isPassing(error))) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline) {
      throw new TaskError(`${what} did not happen within ${minutes} minutes${last && `: ${last}`}`);
    }
    onLook(last);
    await sleep(interval);
  }
}

/** What a look has shown: what was looked for, that it is missing, or that it is there and not ready yet. */
export type Look<T> = { readonly found: T } | { readonly missing: string } | { readonly pending: string };

/**
 * Looks until something is found. With 0 minutes it has to be there already: what is missing is an error at once.
 * @throws TaskError that says what was missing, or not ready, at the last look.
 */
export function waitUntilFound<T>({ minutes, what }: Patience, look: () => Promise<Look<T>>): Promise<T> {
  // A minute, even for what has to be there: an API server that restarts is not one that lacks something.
  return until({ minutes: Math.max(minutes, 1), what }, async (status) => {
    const seen = await look();
    if ("found" in seen) return seen.found;
    if ("missing" in seen && minutes === 0) throw new TaskError(seen.missing);
    status("missing" in seen ? seen.missing : seen.pending);
    return undefined;
  });
}

/**
 * Tells a lasting trouble from a passing one: OLM shows errors of its last attempt, and of catalogs that are just
 * being restarted, for a few seconds on an install that then goes well.
 */
export class PersistentProblems {
  private readonly since = new Map<string, number>();
  private seen = new Set<string>();

  /** Starts a look at the cluster: a trouble that the last look did not see has to begin again. */
  nextLook(): void {
    for (const trouble of this.since.keys()) if (!this.seen.has(trouble)) this.since.delete(trouble);
    this.seen = new Set();
  }

  /** @throws TaskError with `message` once each look of the last `seconds` seconds has seen this trouble. */
  report(trouble: string, seconds: number, message: string, now = Date.now()): void {
    this.seen.add(trouble);
    const start = this.since.get(trouble) ?? now;
    this.since.set(trouble, start);
    if (now - start >= seconds * 1_000) throw new TaskError(message);
  }
}

/** Counts how long something has been so, look after look. */
export class Spell {
  private since: number | undefined;

  constructor(private readonly seconds: number) {}

  /** @returns whether each look of the last seconds has found it so, and begins again. */
  isOver(isSo: boolean): boolean {
    if (!isSo) {
      this.since = undefined;
      return false;
    }
    this.since ??= Date.now();
    const isOver = Date.now() - this.since >= this.seconds * 1_000;
    if (isOver) this.since = undefined;
    return isOver;
  }
}

/** Asks for the removal of objects, all at once, and waits until the last is gone. */
export async function remove(cluster: Cluster, refs: readonly Ref[], minutes: number): Promise<void> {
  await inParallel(refs, (ref) => cluster.delete(ref));
  await waitUntilGone(cluster, refs, minutes);
}

/**
 * Waits until none of `refs` is left.
 * @param describe What there is to say of one that is left. @default - its name and the finalizers that hold it
 * @throws TaskError that says it of all that are left.
 */
export async function waitUntilGone(
  cluster: Cluster,
  refs: readonly Ref[],
  minutes: number,
  describe?: (object: KubeObject) => string,
): Promise<void> {
  const [first] = refs;
  if (!first) return;
  const others = refs.length > 1 ? ` and ${refs.length - 1} more` : "";
  await until({ minutes, what: `the removal of ${nameOf(first)}${others}` }, async (status) => {
    const found = await (describe ? cluster.getAll(refs) : cluster.getAll(refs, "metadata"));
    const left = found.filter((object) => object !== undefined);
    status(left.map(describe ?? describeLeftover).join(", "));
    return left.length === 0 ? true : undefined;
  });
}

function describeLeftover(object: KubeObject): string {
  const { finalizers = [] } = object.metadata;
  return `${nameOf(refOf(object))} is still there${finalizers.length > 0 ? ` (finalizers ${finalizers.join(", ")})` : ""}`;
}
