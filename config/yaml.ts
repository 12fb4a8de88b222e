import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type Document, type YAMLMap } from "yaml";

/** One document of a file. */
export interface YamlDocument {
  /** Where it begins in its file. */
  readonly line: number;
  readonly content: unknown;
}

/**
 * The documents of a YAML or JSON text, as `kubectl` reads them: sigs.k8s.io/yaml, which is go-yaml v2, knows YAML 1.1
 * with merge keys, `yes` and `0440`, but no times and no numbers of base 60. What `kubectl` would read as something that
 * nobody can mean is a mistake.
 * @param report Told of each mistake, with its line.
 */
export function readYaml(text: string, report: (line: number, mistake: string) => void): YamlDocument[] {
  const lineOf = (offset: number) => text.slice(0, offset).split("\n").length;
  const documents = parseAllDocuments(text, {
    version: "1.1",
    prettyErrors: false,
    customTags: (tags) => [
      ...tags.filter((tag) => typeof tag !== "string" && known.includes(tag.tag)),
      number,
    ],
  });
  return [...documents].flatMap((document) => {
    const line = lineOf(document.range[0]);
    const troubles = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
      message,
      offset: pos[0],
    }));
    troubles.push(...oddKeys(document));
    const { explicit, version } = document.directives.yaml;
    if (explicit && version !== "1.1")
      troubles.push({ message: `kubectl knows no YAML ${version}`, offset: document.range[0] });
    for (const { message, offset } of troubles) report(lineOf(offset), message);
    if (troubles.length > 0) return [];
    try {
      const content: unknown = document.toJS();
      // Between two separators there may be nothing, or a comment.
      return content === null ? [] : [{ line, content }];
    } catch (error) {
      // An alias without its anchor shows only now.
      report(line, error instanceof Error ? error.message : String(error));
      return [];
    }
  });
}

/** What go-yaml knows beside its numbers. Any other tag is a warning of the library. */
const known = ["map", "seq", "str", "null", "bool", "merge"].map((name) => `tag:yaml.org,2002:${name}`);

/** All that go-yaml may take for a number: resolve.go. Without a match, it is a text. */
const number = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+.0-9]/,
  resolve(text: string, onError: (message: string) => void): number | string {
    if (/^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/.test(text)) onError(`${text} is no number that JSON has`);
    const plain = text.startsWith(".") ? text : text.replaceAll("_", "");
    const value = integer(plain) ?? float(plain);
    if (value === undefined || !Number.isFinite(value)) return text;
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(plain))
      onError(`${text} is too large a number; put it into quotes, if it is a text`);
    return value;
  },
};

function integer(plain: string): number | undefined {
  const [, sign, prefix = "", digits = ""] = /^([-+]?)(0[xX]|0[oO]|0[bB]|0(?=.))?(.+)$/.exec(plain) ?? [];
  const base = { "0x": 16, "0o": 8, "0b": 2, "0": 8, "": 10 }[prefix.toLowerCase()] ?? 10;
  const valid = { 2: /^[01]+$/, 8: /^[0-7]+$/, 10: /^[0-9]+$/, 16: /^[0-9a-fA-F]+$/ }[base];
  if (!valid?.test(digits)) return undefined;
  const value = parseInt(digits, base);
  return sign === "-" && value !== 0 ? -value : value;
}

const float = (plain: string): number | undefined =>
  /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain) ? Number(plain) : undefined;

interface Trouble {
  readonly message: string;
  readonly offset: number;
}

/** Keys that JSON does not have, and those that a merge after them overrides, for go-yaml and for nobody else. */
function oddKeys(document: Document.Parsed): Trouble[] {
  const found: Trouble[] = [];
  const keysOf = (node: unknown): unknown[] => {
    if (isAlias(node)) return keysOf(node.resolve(document));
    if (isSeq(node)) return node.items.flatMap(keysOf);
    return isMap(node)
      ? node.items.flatMap(({ key, value }) => (isMerge(key) ? keysOf(value) : [nameOf(key)]))
      : [];
  };
  visit(document, {
    Map(_, map: YAMLMap) {
      const before = new Map<unknown, number>();
      for (const { key, value } of map.items) {
        if (!isMerge(key)) {
          if (!isScalar(key)) continue;
          const offset = key.range?.[0] ?? 0;
          before.set(nameOf(key), offset);
          if (key.value === null || (typeof key.value === "number" && !Number.isInteger(key.value)))
            found.push({ message: `the key ${key.source ?? ""} is no text; put it into quotes`, offset });
          continue;
        }
        for (const name of keysOf(value)) {
          const offset = before.get(name);
          if (offset !== undefined)
            found.push({ message: `${String(name)} is overridden by the << below it; put << first`, offset });
        }
      }
    },
  });
  return found;
}

const nameOf = (key: unknown): unknown => (isScalar(key) ? String(key.value) : undefined);
const isMerge = (key: unknown): boolean =>
  isScalar(key) && (key.value === "<<" || (typeof key.value === "symbol" && key.value.description === "<<"));
