import { layout } from "../cli/layout";
import { TaskError } from "../kube/wait";
import { duration } from "../tasks/run/progress";

/** A step that has been taken. */
export interface Step {
  readonly text: string;
  readonly seconds: number;
}

/** What has become of a run: all went well, a step failed, or it did not begin. */
export type Outcome = "passed" | "failed" | "refused";

export interface Report {
  /** The address of the API server. */
  readonly cluster: string;
  readonly workflow: string;
  /** Where the workflow ran. @default - it was not decided yet */
  readonly namespace?: string | undefined;
  /** The instance that was started. @default - none */
  readonly instance?: string | undefined;
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
  /** @default - all went well */
  readonly trouble?: Trouble | undefined;
}

export interface Trouble {
  readonly text: string;
  /** What to run next. */
  readonly next: string;
}

/** Ends a run, with what to do next. */
export class SmokeError extends TaskError {
  constructor(
    message: string,
    readonly next: string,
    readonly outcome: Exclude<Outcome, "passed"> = "failed",
  ) {
    super(message);
  }
}

/** The report for a terminal. */
export function textOf({ cluster, workflow, steps, outcome, trouble }: Report): string {
  const done = steps.map(({ text, seconds }) => ({ sign: "✓", text: `${text} (${duration(seconds)})` }));
  const failed = trouble ? [{ sign: "✗", text: trouble.text, below: [`next: ${trouble.next}`] }] : [];
  const ends: Readonly<Record<Outcome, string>> = {
    passed: "passed: Orchestrator runs workflows; of this one, only Data Index keeps a record",
    failed: "failed",
    refused: "refused: nothing was done",
  };
  return layout(
    `Smoke test of Orchestrator on ${cluster}`,
    [{ name: `Workflow ${workflow}`, lines: [...done, ...failed] }],
    ends[outcome],
  );
}

/** What CI goes by. */
export const exitCodeOf = ({ outcome }: Report): 0 | 1 | 3 =>
  outcome === "passed" ? 0 : outcome === "failed" ? 1 : 3;
