import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { globSync, isDynamicPattern } from "tinyglobby";
import { parseAllDocuments } from "yaml";

/** One object to deploy, as its file has it, with its namespace filled in. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The objects in the files that `pattern` names: a file, the YAML and JSON files of a folder, or a glob.
 * @param folder What a relative pattern starts from.
 * @param report Told of each mistake, with its file and line.
 */
export function readManifests(
  pattern: string,
  namespace: string,
  folder: string,
  report: (mistake: string) => void,
): Manifest[] {
  const files = filesOf(pattern, folder);
  if (files.length === 0) report("expected a file, a folder or a glob with YAML or JSON files in it");
  return files.flatMap((file) => {
    const name = relative(folder, file);
    return documentsOf(file, (line, mistake) => {
      report(`${name}:${line}: ${mistake}`);
    }).flatMap(({ line, content }) =>
      objectsOf(content, namespace, (mistake) => {
        report(`${name}:${line}: ${mistake}`);
      }),
    );
  });
}

function filesOf(pattern: string, folder: string): string[] {
  if (isDynamicPattern(pattern)) return globSync(pattern, { cwd: folder, absolute: true }).sort();
  const path = resolve(folder, pattern);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found ? [path] : [];
  const inside = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
  return inside
    .sort()
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile());
}

interface Document {
  /** Where it begins in its file. */
  readonly line: number;
  readonly content: unknown;
}

/** JSON is YAML too. */
function documentsOf(file: string, report: (line: number, mistake: string) => void): Document[] {
  const text = readFileSync(file, "utf8");
  const lineOf = (offset: number) => text.slice(0, offset).split("\n").length;
  return [...parseAllDocuments(text, { prettyErrors: false })].flatMap((document) => {
    for (const { message, pos } of document.errors) report(lineOf(pos[0]), message);
    const line = lineOf(document.range[0]);
    if (document.errors.length > 0) return [];
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

function objectsOf(content: unknown, namespace: string, report: (mistake: string) => void): Manifest[] {
  const { apiVersion, kind, metadata, items } = isTree(content) ? content : {};
  if (typeof apiVersion !== "string" || typeof kind !== "string") {
    report("expected a Kubernetes object, with apiVersion and kind");
    return [];
  }
  if (kind === "List" && Array.isArray(items)) {
    return items.flatMap((item) => objectsOf(item, namespace, report));
  }
  if (kind === "Kustomization") {
    report("is for kustomize; name what `kubectl kustomize` makes of it instead");
    return [];
  }
  const { name, namespace: own } = isTree(metadata) ? metadata : {};
  if (typeof name !== "string") {
    report(`${kind} has no metadata.name`);
    return [];
  }
  if (kind === "Namespace") {
    report(
      `Namespace ${name} is not for here: ${namespace} is made, or taken as it is, by its setting existing`,
    );
    return [];
  }
  if ((own ?? namespace) !== namespace) {
    report(`${kind} ${name} is about namespace ${String(own)}; what is listed here goes into ${namespace}`);
    return [];
  }
  // Tools that write manifests leave in them what only the cluster may say.
  const fields = without("status", content as Tree);
  const labels = without("creationTimestamp", metadata as Tree);
  return [{ ...fields, apiVersion, kind, metadata: { ...labels, name, namespace } }];
}

const without = (key: string, tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([other]) => other !== key));
