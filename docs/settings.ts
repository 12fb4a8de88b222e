/*
 * Writes docs/settings.md from config/schema, and what docs/guides/upgrade.md says of releases and the ways between them from
 * config/profiles and config/upgrades, so that neither can miss anything: `npm run docs`. A test compares them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { profiles } from "../config/profiles";
import { scalar, secret, structured } from "../config/schema";
import { changes } from "../config/upgrades/changes";
import { instructionsFor } from "../config/upgrades/instructions";
import { stepTo, wayTo, type How, type Step } from "../config/upgrades/ways";

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

function item(setting: Setting): string {
  const { type, default: fallback, description, secret } = setting;
  const facts = [
    secret ? "secret" : type,
    ...(fallback === undefined ? [] : [`default \`${text(fallback)}\``]),
  ];
  return `- \`${nameOf(setting)}\` (${facts.join(", ")}): ${description}`;
}

/** docs/settings.md: a heading for each structure, so that it can be linked; what is no structure comes first. */
export function reference(): string {
  const all = settings();
  const isSingle = ({ path }: Setting) => path.length === 1;
  const keys = new Set(all.flatMap((setting) => (isSingle(setting) ? [] : setting.path.slice(0, 1))));
  const section = (heading: string, of: readonly Setting[], text: readonly string[] = []) => [
    `## ${heading}`,
    "",
    ...text.flatMap((line) => [line, ""]),
    ...of.map(item),
    "",
  ];
  return [
    "<!-- Written by npm run docs from config/schema. -->",
    "",
    "# Settings",
    "",
    "Set one with `pulumi config set <name> <value>`. A name with a dot needs `--path`:",
    "",
    "```sh",
    "pulumi config set --path postgres.storage 10Gi",
    "```",
    "",
    "In a stack file, the first part of the name has the prefix `orchestrator:`. A setting without a default is not set.",
    "",
    ...section(
      "General",
      all.filter((setting) => isSingle(setting) && !setting.secret),
    ),
    ...section(
      "Secrets",
      all.filter(({ secret }) => secret),
      ["Set these with `pulumi config set --secret <name>`. The program refuses them in plain text."],
    ),
    ...[...keys].flatMap((key) =>
      section(
        key,
        all.filter((setting) => !isSingle(setting) && setting.path[0] === key),
      ),
    ),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}

/** The table of releases. */
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
            `none: \`rhdh\`, channel \`${profile.operators.rhdh.channel}\`, and \`${profile.operators.serverlessLogic.startingCSV ?? ""}\``,
            `Backstage \`${profile.backstage}\``,
            profile.openshift
              ? `${profile.openshift.from} to ${profile.openshift.to}`
              : "where the catalog has these",
          ];
    return `| ${profile.version} | ${operator} | ${kind} | ${openshift} |`;
  });
  return [
    "| `orchestrator.version` | operator | custom resource | OpenShift |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** How each release is got to from the one before. */
function ways(): string {
  const rows = profiles.slice(1).map((to, index) => {
    const { from, how, why } = stepTo(profiles[index] ?? to, to);
    return `| ${from.version} | ${to.version} | [${how}](#${how.replaceAll(" ", "-")}) | ${why ?? ""} |`;
  });
  return ["| from | to | how | why |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The instructions for the last step of a kind, for a stack that has it all. */
function instructions(kind: How): string {
  const steps = profiles.slice(1).map((to, index) => stepTo(profiles[index] ?? to, to));
  const step = steps.filter(({ how }) => how === kind).at(-1);
  if (!step) throw new Error(`no step is ${kind}`);
  return numbered(step);
}

/** The steps from the first release to the newest, one after the other. */
function wholeWay(): string {
  const [first, newest] = [profiles[0], profiles.at(-1)];
  if (!first || !newest) throw new Error("there are no releases");
  return wayTo(first, newest)
    .map((step) => `#### From ${step.from.version} to ${step.to.version}, ${step.how}\n\n${numbered(step)}`)
    .join("\n\n");
}

/** The instructions for a step, for a stack with the reference database. */
const numbered = (step: Step): string =>
  instructionsFor(step, { hasOwnDatabase: true })
    .map(({ text, commands }, index) => {
      const block = commands ? ["", "```sh", ...commands, "```"].map((line) => line && `   ${line}`) : [];
      return [`${index + 1}. ${text}`, ...block].join("\n");
    })
    .join("\n");

/** What each release changes. */
const news = (): string =>
  profiles
    .flatMap(({ version }) => {
      const all = changes[version] ?? [];
      return all.length === 0
        ? []
        : [
            `### What is new with ${version}\n\n${all.map(({ text, who }) => `- ${text} It affects whoever ${who}.`).join("\n")}`,
          ];
    })
    .join("\n\n");

/** The parts of the guide that are made from data, by their names there. */
const made: Readonly<Record<string, () => string>> = {
  releases,
  ways,
  "in place": () => instructions("in place"),
  "workflows out": () => instructions("workflows out"),
  anew: () => instructions("anew"),
  "whole way": wholeWay,
  changes: news,
};

/** A guide with these parts as they should be. */
export const withMade = (guide: string): string =>
  Object.entries(made).reduce((text, [name, make]) => {
    const [begin, end] = [`<!-- ${name}: npm run docs -->`, `<!-- end of ${name} -->`];
    const [before = "", rest] = text.split(begin);
    const [, after] = (rest ?? "").split(end);
    if (after === undefined) throw new Error(`the guide has no place for ${name}`);
    return `${before}${begin}\n\n${make()}\n\n${end}${after}`;
  }, guide);

if (require.main === module) {
  const guide = "docs/guides/upgrade.md";
  writeFileSync(guide, withMade(readFileSync(guide, "utf8")));
  writeFileSync("docs/settings.md", reference());
}
