/** A subject and what is to be said of it. */
export interface Block {
  readonly name: string;
  readonly lines: readonly Item[];
}

export interface Item {
  /** One character that tells at a glance how it is. */
  readonly sign: string;
  readonly text: string;
  /** What comes below it, such as a command. @default - nothing */
  readonly below?: readonly string[];
}

/** Blocks for a terminal, under a title and, where there is one, above a last line. */
export const layout = (title: string, blocks: readonly Block[], end?: string): string =>
  [
    title,
    ...blocks.map(({ name, lines }) => [name, ...lines.flatMap(linesOf)].join("\n")),
    ...(end === undefined ? [] : [end]),
  ].join("\n\n");

const linesOf = ({ sign, text, below = [] }: Item): string[] => [
  `  ${sign} ${text.replaceAll("\n", "\n    ")}`,
  ...below.map((line) => `      ${line}`),
];
