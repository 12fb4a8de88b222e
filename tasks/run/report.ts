import { appendFileSync } from "node:fs";
import type { Patience, WaitObserver } from "../../kube/wait";

/** How something ended. `interrupted` is what a signal has ended, such as Ctrl-C. */
type Outcome = "succeeded" | "failed" | "interrupted";

/** One wait of a task. */
export interface ReportedWait {
  /** Such as `the installation of rhdh`. */
  readonly what: string;
  readonly atMostMinutes: number;
  readonly seconds: number;
  readonly outcome: Outcome;
}

/** One task of a run: a line of the report. */
export interface ReportedTask {
  /** Its verb; see tasks/main.ts. */
  readonly task: string;
  /** When it began, as ISO 8601 has it. */
  readonly began: string;
  readonly seconds: number;
  readonly outcome: Outcome;
  /** What the user was told. @default - it succeeded */
  readonly why?: string | undefined;
  readonly waits: readonly ReportedWait[];
}

/** Takes down what one task waits for, and writes it as a line of JSON. It has neither the task's input nor its result. */
export class RunReport {
  private readonly began = new Date();
  private readonly waits = new Set<Measured>();

  constructor(
    private readonly file: string,
    private readonly task: string,
  ) {}

  readonly onWait = (wait: Patience): WaitObserver => {
    const measured = new Measured(wait);
    this.waits.add(measured);
    return {
      onLook: () => undefined,
      onEnd: (failure) => {
        measured.end(failure === undefined ? "succeeded" : "failed");
      },
    };
  };

  /** Adds the line. Tasks run side by side, so each is written at once, and whole. */
  end(outcome: Outcome, why?: string): void {
    const waits = [...this.waits].map((wait) => wait.report());
    const began = this.began.toISOString();
    const seconds = rounded(Date.now() - this.began.getTime());
    const line: ReportedTask = { task: this.task, began, seconds, outcome, why, waits };
    try {
      appendFileSync(this.file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    } catch (error) {
      // A report that cannot be written is no reason to stop.
      console.error(`ORCHESTRATOR_REPORT: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

class Measured {
  private readonly began = performance.now();
  private ended: { readonly seconds: number; readonly outcome: Outcome } | undefined;

  constructor(private readonly wait: Patience) {}

  end(outcome: Outcome): void {
    this.ended ??= { seconds: rounded(performance.now() - this.began), outcome };
  }

  /** One that has not ended by now has been interrupted. */
  report(): ReportedWait {
    this.end("interrupted");
    const { what, minutes } = this.wait;
    const { seconds, outcome } = this.ended ?? { seconds: 0, outcome: "interrupted" };
    return { what, atMostMinutes: minutes, seconds, outcome };
  }
}

const rounded = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;
