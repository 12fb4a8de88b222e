import { layout } from "../cli/layout";

/** How one thing is. `unchecked` is what could not be looked at. */
export type State = "well" | "waiting" | "broken" | "unchecked";

/** One thing that was looked at. */
export interface Line {
  readonly state: State;
  /** What it is, and where it is not well, why: in the words of its operator. */
  readonly text: string;
  /** What to run next. @default - nothing */
  readonly next?: string | undefined;
}

/** The lines on one subject. */
export interface Category {
  readonly name: string;
  readonly lines: readonly Line[];
  /** Whether nothing is known of it, because it could not be looked at. @default false */
  readonly isUnread?: true;
}

export interface Report {
  /** The address of the API server. */
  readonly cluster: string;
  readonly categories: readonly Category[];
}

export const well = (text: string): Line => ({ state: "well", text });
export const waiting = (text: string, next?: string): Line => ({ state: "waiting", text, next });
export const broken = (text: string, next?: string): Line => ({ state: "broken", text, next });
export const unchecked = (text: string, next?: string): Line => ({ state: "unchecked", text, next });

const signs: Readonly<Record<State, string>> = { well: "✓", waiting: "…", broken: "✗", unchecked: "?" };

/** The report for a terminal. */
export function textOf({ cluster, categories }: Report): string {
  const blocks = categories.map(({ name, lines }) => ({
    name,
    lines: lines.map(({ state, text, next }) => ({
      sign: signs[state],
      text,
      below: next === undefined ? [] : [`next: ${next}`],
    })),
  }));
  return layout(`Orchestrator on ${cluster}`, blocks, summaryOf(categories));
}

function summaryOf(categories: readonly Category[]): string {
  const count = (state: State) =>
    categories.flatMap(({ lines }) => lines).filter((line) => line.state === state).length;
  const parts = [
    `${count("well")} well`,
    `${count("waiting")} waiting`,
    `${count("broken")} broken`,
    ...(count("unchecked") > 0 ? [`${count("unchecked")} not checked`] : []),
  ];
  return parts.join(", ");
}

/**
 * What CI goes by: 0 where all is well, 1 where something is broken, 2 where something is still on its way or waits for somebody,
 * and 3 where a subject could not be looked at: of that, nobody knows.
 */
export function exitCodeOf({ categories }: Report): 0 | 1 | 2 | 3 {
  const states = categories.flatMap(({ lines }) => lines.map(({ state }) => state));
  if (states.includes("broken")) return 1;
  if (states.includes("waiting")) return 2;
  return categories.some(({ isUnread }) => isUnread) ? 3 : 0;
}
