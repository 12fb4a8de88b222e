/** The engine's own settings under measurement. README.md says what each of them buys. */
export const pulumiSettings: Readonly<Record<string, string>> = {
  PULUMI_PARALLEL: "16",
  PULUMI_DIY_BACKEND_ZSTD: "true",
};

/** How namespaces are spread over stacks. */
export interface Layout {
  /** Namespaces in a stack. @default - all in one */
  readonly perStack?: number;
  /** Stacks that are worked on at the same time. */
  readonly atOnce: number;
}

export function parseLayout(text: string, atOnce: string): Layout {
  if (text === "single") return { atOnce: 1 };
  const [, perStack] = /^split:(\d+)$/.exec(text) ?? [];
  if (perStack === undefined) throw new Error(`--layout is single or split:N, not ${text}`);
  return { perStack: positive("--layout split:N", perStack), atOnce: positive("--at-once", atOnce) };
}

export const describeLayout = ({ perStack, atOnce }: Layout): string =>
  perStack === undefined ? "one stack" : `stacks of ${perStack} namespaces, ${atOnce} at a time`;

export const parseSizes = (text: string): number[] =>
  text.split(",").map((size) => positive("--sizes", size));

/** `NAME=VALUE` */
export function parseVariable(text: string): [name: string, value: string] {
  const [, name, value] = /^(\w+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`--set is NAME=VALUE, not ${text}`);
  return [name, value];
}

/** Small sizes are quick, and what they tell is subtracted and divided by: one odd run among them would show everywhere. */
export const repetitions = (size: number): number => (size <= 10 ? 3 : 1);

/** The namespaces of a size, in the order in which teams come. */
export const teamNames = (size: number): string[] =>
  Array.from({ length: size }, (_, index) => `team-${String(index + 1).padStart(3, "0")}`);

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${option} takes whole numbers from 1, not ${text}`);
  return number;
}
