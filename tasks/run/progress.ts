import type { Patience, WaitObserver } from "../../kube/wait";

/**
 * How long a task usually waits on a cluster that has to pull the images first. Orders of magnitude: upstream names limits only,
 * such as five minutes for each step (rhdh-operator, .rhdh/scripts/install-rhdh-catalog-source.sh). From its second run on, a task
 * tells how long it took on this very cluster.
 */
export const usual: Readonly<Record<string, string>> = {
  "await-operator": "1 to 3 minutes",
  "find-operator": "some seconds",
  "start-move": "some seconds, and a minute with another package",
  "await-apis": "1 to 3 minutes",
  "find-argocd": "1 to 3 minutes",
  "await-ready": "2 to 5 minutes",
  "await-developer-hub": "3 to 10 minutes",
  "await-orchestrator": "5 to 15 minutes",
  "await-workflows": "1 to 3 minutes",
  "drain-workflows": "some seconds",
  drain: "1 to 2 minutes",
  "take-down": "2 to 5 minutes",
  "remove-operator": "about a minute",
  sweep: "some seconds",
};

/** What to expect of a task, as a part of a sentence; undefined where nobody knows. @param before How long it took, in seconds. */
export function expectationOf(verb: string, before?: number): string | undefined {
  const ever = usual[verb];
  return before === undefined ? ever && `usually ${ever}` : `${duration(before)} the last time`;
}

/** When a wait is first told, in seconds; after that, each time that it has taken twice as long. */
const first = 5;

/** The longest status that is told of a wait, in characters: one of hundreds of workflows names them all. */
const longest = 300;

/**
 * Tells the user what is waited for, for how long, and how long it usually takes: the longer it takes, the more rarely.
 * @param say Writes a line.
 * @param expectation Such as `usually 1 to 3 minutes`. @default - nobody knows
 */
export const progress =
  (say: (line: string) => void, expectation?: string) =>
  ({ what, minutes }: Patience): WaitObserver => {
    const began = performance.now();
    let next = first;
    return {
      onLook: (status) => {
        const seconds = (performance.now() - began) / 1_000;
        if (seconds < next) return;
        while (next <= seconds) next *= 2;
        const limits = `${expectation === undefined ? "" : `${expectation}, `}at most ${minutes} minutes`;
        const seen = status.length > longest ? `${status.slice(0, longest)} …` : status;
        say(
          `waiting for ${what}, for ${duration(seconds)} by now (${limits})${seen === "" ? "" : `: ${seen}`}`,
        );
      },
      onEnd: () => undefined,
    };
  };

/** A time as one says it: `42 s`, `3 min 5 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return minutes === 0 ? `${rest} s` : rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}
