import type { Ref } from "../../kube/objects";

/** What a destroy would do, as far as one of its tasks does it. Nothing is written to find that out. */
export interface Departure {
  /** Why the task would end the destroy, in its own words. @default - it would not */
  readonly refuses?: readonly string[];
  /** What it would delete. @default - nothing */
  readonly goes?: readonly Ref[];
  /** What it would leave where it is. @default - nothing that it has to do with */
  readonly stays?: readonly Staying[];
}

export interface Staying {
  readonly what: string;
  readonly why: string;
}
