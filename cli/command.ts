import { parseArgs } from "node:util";
import { isForUser, TaskError } from "../kube/wait";
import { and } from "../tasks/cluster/preflight/finding";

/** What a command has found out. */
export interface Answer {
  /** For a terminal. */
  readonly text: string;
  /** The same for a program. @default - only the text */
  readonly report?: object;
  /** The exit status. */
  readonly code: number;
}

/** The values of the options, without dashes. */
export type Values = Readonly<Record<string, string | undefined>>;

export interface Command {
  readonly usage: string;
  /** The options, each with a value. `output` chooses between `formats` and JSON. */
  readonly options: readonly string[];
  /** The forms that its text has, the default first. @default - text */
  readonly formats?: readonly string[];
  /** The exit status where it cannot be found out. */
  readonly failure: number;
  /** @param format One of `formats`, or json. */
  readonly run: (values: Values, format: string) => Promise<Answer>;
}

/** Runs a command with the arguments of this process, and ends that. */
export async function runCommand(command: Command): Promise<void> {
  try {
    const { text, code } = await answerTo(command, process.argv.slice(2));
    process.stdout.write(`${text}\n`);
    process.exitCode = code;
  } catch (error) {
    console.error(isForUser(error) ? error.message : error);
    process.exitCode = command.failure;
  }
}

/** @throws TaskError that names an option which is not there, or its value. */
export async function answerTo(
  { usage, options, formats = ["text"], run }: Command,
  args: readonly string[],
): Promise<{ readonly text: string; readonly code: number }> {
  const { help, output = formats[0] ?? "", ...values } = parsed(options, args);
  if (help) return { text: usage, code: 0 };
  if (output !== "json" && !formats.includes(output))
    throw new TaskError(`--output is "${output}": there are ${and([...formats, "json"])}`);
  const { text, report, code } = await run(values, output);
  return { text: output === "json" ? JSON.stringify(report, undefined, 2) : text, code };
}

type Parsed = Values & { readonly help?: boolean; readonly output?: string };

function parsed(names: readonly string[], args: readonly string[]): Parsed {
  const known = names.map(
    (name) => [name, { type: "string", ...(name === "output" && { short: "o" }) }] as const,
  );
  const options = { ...Object.fromEntries(known), help: { type: "boolean", short: "h" } } as const;
  try {
    return parseArgs({ args: [...args], options }).values as Parsed;
  } catch (error) {
    // Node says which option, and how it would be right.
    throw new TaskError(error instanceof Error ? error.message : String(error));
  }
}
