import { distance } from "fastest-levenshtein";
import { z } from "zod";

/* How a mistake in the configuration is told. */

/** Notes a mistake: the setting, its value, and what would be right. */
export type Report = (key: string, given: unknown, expected: string) => void;

/** What was noted. */
export interface Mistake {
  /** The setting, without the project. */
  readonly key: string;
  readonly given: unknown;
  readonly expected: string;
}

/** A line for each mistake. */
export function describeMistake(project: string, { key, given, expected }: Mistake): string {
  const value = given === undefined ? "" : ` is ${display(given)}`;
  return `${project}:${key}${value}: ${expected}`;
}

/** All of them in one message. */
export function describeMistakes(project: string, mistakes: readonly Mistake[]): string {
  const heading =
    mistakes.length === 1
      ? "The configuration has a mistake"
      : `The configuration has ${mistakes.length} mistakes`;
  const lines = mistakes.map((mistake) => `  - ${describeMistake(project, mistake)}`);
  return `${heading}:\n${lines.join("\n")}`;
}

/** As `pulumi config set --path` writes it. */
export const pathOf = (key: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (sofar, step) => (typeof step === "number" ? `${sofar}[${step}]` : `${sofar}.${String(step)}`),
    key,
  );

const display = (value: unknown): string =>
  typeof value === "object" && value !== null ? "a structure" : JSON.stringify(value);

/** What to say where the schema itself has no message; undefined leaves it to zod. */
export function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `expected ${typeName(issue.expected)}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_key":
      return issue.issues[0]?.message;
    default:
      return undefined;
  }
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    object: "a structure",
    record: "a structure",
    array: "a list",
    string: "a text",
    boolean: "true or false",
    int: "a whole number",
    number: "a whole number",
  };
  return names[expected] ?? expected;
}

/** The settings that the structure at `path` of a schema knows. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let json = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  for (const step of path) json = json.items ?? json.properties?.[String(step)] ?? {};
  return Object.keys(json.properties ?? {});
}

/** The part of a JSON schema that is read here. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

export function suggestion(given: string, known: readonly string[]): string {
  const nearest = known
    .map((key) => ({ key, edits: distance(given.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0];
  return nearest && nearest.edits <= Math.max(2, given.length / 3) ? `; did you mean ${nearest.key}?` : "";
}
