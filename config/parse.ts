import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { expectation, keysAt, pathOf, suggestion, type Report } from "./mistakes";
import { plain, scalar, secret, structured, type Scalar, type Structured } from "./schema";

/** The stack configuration as the engine hands it over: every value a text, objects as JSON. */
export interface RawConfig {
  readonly project: string;
  readonly values: Readonly<Record<string, string>>;
  /** Whether a key's value is stored encrypted. */
  readonly isSecret: (key: string) => boolean;
  /** What relative paths start from. */
  readonly folder: string;
}

/** The secret settings, as secrets. A setting without a value is absent. */
export type Secrets = { readonly [K in Exclude<keyof typeof secret, "kubeconfig">]?: pulumi.Output<string> };

/** Every setting by itself, with its default. */
export interface Parsed {
  readonly structures: Structured;
  readonly scalars: Scalar;
  readonly secrets: Secrets;
  /** The settings that have a mistake. Their defaults stand in, so that the other checks can still run. */
  readonly mistaken: ReadonlySet<string>;
}

const known = { ...structured, ...scalar, ...secret };

export const isSetting = (key: string): boolean => key in known;

/** Checks and types each setting. */
export function parseSettings(raw: RawConfig, report: Report): Parsed {
  for (const key of Object.keys(raw.values)) {
    if (!isSetting(key)) report(key, undefined, `no such setting${suggestion(key, Object.keys(known))}`);
  }

  const mistaken = new Set<string>();
  const parse = (key: string, schema: z.ZodType, value: unknown, hidden: boolean): unknown => {
    const result = schema.safeParse(value, { reportInput: true, error: expectation });
    if (result.success) return result.data;
    mistaken.add(key);
    for (const issue of result.error.issues) {
      const path = pathOf(key, issue.path);
      if (issue.code === "unrecognized_keys") {
        const siblings = keysAt(schema, issue.path);
        for (const unknown of issue.keys) {
          report(`${path}.${unknown}`, undefined, `no such setting${suggestion(unknown, siblings)}`);
        }
      } else {
        report(path, hidden ? undefined : issue.input, issue.message);
      }
    }
    return schema.safeParse(undefined).data;
  };

  const structures = mapValues(structured, (schema, key) => {
    const value = raw.values[key];
    if (value === undefined) return parse(key, schema, undefined, false);
    if (raw.isSecret(key)) {
      mistaken.add(key);
      report(key, undefined, unprotected(key));
      return schema.safeParse(undefined).data;
    }
    const json = parseJson(value);
    if (json !== undefined || schema.safeParse(false).success)
      return parse(key, schema, json ?? value, false);
    report(
      key,
      value,
      schema.safeParse([]).success
        ? `expected a list; set one value with: pulumi config set --path ${key}[0].<name> <value>`
        : `expected a structure; set one value with: pulumi config set --path ${key}.<name> <value>`,
    );
    return schema.safeParse(undefined).data;
  }) as unknown as Structured;

  const scalars = mapValues(scalar, (schema, key) => {
    const hidden = raw.values[key] !== undefined && raw.isSecret(key);
    if (hidden && plain.includes(key)) report(key, undefined, unprotected(key));
    return parse(key, schema, raw.values[key], hidden);
  }) as unknown as Scalar;

  const secrets: Record<string, pulumi.Output<string>> = {};
  for (const [key, schema] of Object.entries(secret)) {
    const value = raw.values[key];
    if (value === undefined) continue;
    const isRight = parse(key, schema, value, true) !== undefined;
    if (isRight && !raw.isSecret(key)) {
      report(key, undefined, `is stored as plain text; encrypt it with: pulumi config set --secret ${key}`);
    }
    if (isRight && key !== "kubeconfig") secrets[key] = pulumi.secret(value);
  }
  return { structures, scalars, secrets, mistaken };
}

/** The engine says of a whole structure only that there is something encrypted in it. */
const unprotected = (key: string): string =>
  `has an encrypted value, which would be in plain text in the stack's state and on the cluster; ${
    key === "spec"
      ? "put it into a Secret of yours, and its name here"
      : `store it without --secret. Settings that are kept secret are ${Object.keys(secret).join(", ")}`
  }`;

function mapValues<T extends Record<string, z.ZodType>>(
  schemas: T,
  parse: (schema: z.ZodType, key: string) => unknown,
): Record<keyof T, unknown> {
  const entries = Object.entries(schemas).map(([key, schema]) => [key, parse(schema, key)]);
  return Object.fromEntries(entries) as Record<keyof T, unknown>;
}

export function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
