/*
 * Writes the tables of README.md and the commented sample Pulumi.dev.yaml from config/schema.ts and config/profiles, so
 * that none can forget a setting or a release: `npm run docs`. A test compares them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { profiles } from "../config/profiles";
import { scalar, secret, structured } from "../config/schema";

/** One setting: a leaf of the configuration. */
interface Setting {
  readonly path: readonly string[];
  readonly type: string;
  readonly default: unknown;
  readonly description: string;
  readonly secret: boolean;
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The step of a path that stands for each entry of a list. */
const entry = "[]";

export function settings(): Setting[] {
  const leaves = (
    schema: JsonSchema,
    path: readonly string[],
    inherited: unknown,
    secret: boolean,
  ): Setting[] => {
    const fallback = schema.default ?? inherited;
    if (schema.properties) {
      const inner = (fallback ?? {}) as Readonly<Record<string, unknown>>;
      return Object.entries(schema.properties).flatMap(([key, property]) =>
        leaves(property, [...path, key], inner[key], secret),
      );
    }
    if (schema.items?.properties && schema.description === undefined)
      return leaves(schema.items, [...path, entry], undefined, secret);
    // A quantity may be a number too.
    const type = schema.enum?.join(" or ") ?? schema.type ?? schema.anyOf?.[0]?.type ?? "structure";
    return [{ path, type, default: fallback, description: schema.description ?? "", secret }];
  };
  const of = (schemas: Readonly<Record<string, z.ZodType>>, secret: boolean) =>
    Object.entries(schemas).flatMap(([key, schema]) =>
      leaves(z.toJSONSchema(schema, { io: "input" }) as JsonSchema, [key], undefined, secret),
    );
  return [...of(structured, false), ...of(scalar, false), ...of(secret, true)];
}

const nameOf = ({ path }: Setting) => path.join(".").replaceAll(`.${entry}`, entry);
const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
const defaultOf = ({ default: value }: Setting) => (value === undefined ? "" : `\`${text(value)}\``);

/** The settings, for README.md. */
export function table(): string {
  const rows = settings().map((setting) => {
    const { type, description, secret } = setting;
    return `| \`${nameOf(setting)}\` | ${secret ? "secret" : type} | ${defaultOf(setting)} | ${description} |`;
  });
  return ["| setting | type | default | what it does |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The sample stack configuration: all settings, commented out, each with its default or a place for a value. */
export function sample(): string {
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const { path, default: value, description, secret, type } of settings()) {
    if (secret) {
      lines.push(`  # ${description}`, `  # pulumi config set --secret ${path.join(".")}`);
      continue;
    }
    const parents = path.slice(0, -1);
    const shared = parents.findIndex((key, depth) => open[depth] !== key);
    for (const [depth, key] of parents.entries()) {
      if (shared !== -1 && depth >= shared && key !== entry)
        lines.push(`  # ${"  ".repeat(depth)}${depth === 0 ? "orchestrator:" : ""}${key}:`);
    }
    const isFirst = parents.at(-1) === entry && open.length < parents.length;
    const indent = isFirst ? `${"  ".repeat(parents.length - 1)}- ` : "  ".repeat(parents.length);
    open = parents;
    const key = `${path.length === 1 ? "orchestrator:" : ""}${path.at(-1) ?? ""}`;
    const shown = value === undefined ? "" : ` ${JSON.stringify(value)}`;
    lines.push(`  # ${indent}${key}:${shown} # ${type === "boolean" ? "true or false. " : ""}${description}`);
  }
  return [
    "# Every setting of a stack, with its default. Uncomment what you change, or say for instance:",
    "#   pulumi config set --path operator.namespace orchestrator-operator",
    "config:",
    ...lines,
    "",
  ].join("\n");
}

/** The releases, for README.md. */
export function releases(): string {
  const rows = profiles.map((profile) => {
    const [operator, kind, openshift] =
      profile.kind === "operator"
        ? [
            `\`${profile.startingCSV}\``,
            `Orchestrator \`${profile.api}\``,
            `${profile.openshift.from} to ${profile.openshift.to}`,
          ]
        : [
            `none: \`rhdh\`, channel \`${profile.operators.rhdh.channel}\`, and \`${profile.operators.serverlessLogic.startingCSV ?? ""}\` or later`,
            `Backstage \`${profile.backstage}\``,
            "where the catalog has these",
          ];
    return `| ${profile.version} | ${operator} | ${kind} | ${openshift} |`;
  });
  return [
    "| `orchestrator.version` | operator | custom resource | OpenShift |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

const tables = { settings: table, releases };

/** README.md with its tables as they should be. */
export function withTables(readme: string): string {
  return Object.entries(tables).reduce((text, [name, write]) => {
    const [begin, end] = [`<!-- ${name}: npm run docs -->`, `<!-- end of ${name} -->`];
    const [before = "", rest = ""] = text.split(begin);
    const [, after = ""] = rest.split(end);
    return `${before}${begin}\n\n${write()}\n\n${end}${after}`;
  }, readme);
}

if (require.main === module) {
  writeFileSync("README.md", withTables(readFileSync("README.md", "utf8")));
  writeFileSync("Pulumi.dev.yaml", sample());
}
