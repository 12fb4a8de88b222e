import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { parse } from "yaml";

type Schema = Readonly<Record<string, unknown>> & {
  readonly properties?: Readonly<Record<string, Schema>>;
};

/** The schema of a CRD's `spec`, as the cluster serves it, but refusing fields that it would silently drop. */
export function crdSpec(file: string): Schema {
  interface Crd {
    readonly spec: {
      readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[];
    };
  }
  const crd = parse(readFileSync(file, "utf8")) as Crd;
  const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.["spec"];
  if (!spec) throw new Error(`${file} has no schema for its spec`);
  return closed(spec) as Schema;
}

export const readSchema = (file: string): Schema => parse(readFileSync(file, "utf8")) as Schema;

/** Every structure with named fields allows no others, unless the CRD says that it keeps them. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isOpen = inner["x-kubernetes-preserve-unknown-fields"] === true || "additionalProperties" in inner;
  return "properties" in inner && !isOpen ? { ...inner, additionalProperties: false } : inner;
}

/** What is wrong with `value`, a line each. */
export function violations(schema: Schema, value: unknown): string[] {
  const ajv = new Ajv({ allErrors: true, strict: false });
  const sent: unknown = JSON.parse(JSON.stringify(value)); // as the engine sends it, without undefined fields
  const validate = ajv.compile(schema);
  if (validate(sent)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message ?? ""} ${JSON.stringify(params)}`,
  );
}

/** Every leaf that a schema names, as a dotted path. */
export function leaves(schema: Schema, path: readonly string[] = []): string[] {
  const { properties } = schema;
  if (!properties) return [path.join(".")];
  return Object.entries(properties).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
