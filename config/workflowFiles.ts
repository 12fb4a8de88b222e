import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { globSync, isDynamicPattern } from "tinyglobby";
import { isClusterScoped } from "./clusterScoped";
import { sonataFlowKind } from "./names";
import { readYaml } from "./yaml";

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

/** A workflow, in whichever version. */
export const isWorkflow = ({ apiVersion, kind }: Pick<Manifest, "apiVersion" | "kind">): boolean =>
  kind === sonataFlowKind.kind && apiVersion.startsWith("sonataflow.org/");

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
  const files = filesOf(pattern, folder, report);
  return files.flatMap((file) => {
    const name = relative(folder, file);
    const at = (line: number, mistake: string) => {
      report(`${name}:${line}: ${mistake}`);
    };
    return readYaml(textOf(file, at), at).flatMap(({ line, content }) =>
      objectsOf(content, namespace, (mistake) => {
        report(`${name}:${line}: ${mistake}`);
      }),
    );
  });
}

/** A name with a dot in front is an editor's, or a tool's, and is passed over where it is not named itself. */
function filesOf(pattern: string, folder: string, report: (mistake: string) => void): string[] {
  const unreadable: string[] = [];
  const lookAt = (path: string) => {
    try {
      return statSync(path);
    } catch (error) {
      // A link to nowhere is one that is there.
      if (lstatSync(path, { throwIfNoEntry: false }))
        unreadable.push(`${relative(folder, path)} cannot be read: ${reason(error)}`);
      return undefined;
    }
  };
  const named = () => {
    if (isDynamicPattern(pattern))
      return globSync(pattern, {
        cwd: folder,
        absolute: true,
        onlyFiles: false,
        expandDirectories: false,
      });
    const path = resolve(folder, pattern);
    if (!lookAt(path)?.isDirectory()) return unreadable.length > 0 ? [] : [path];
    const inside = readdirSync(path).filter((name) => /^[^.].*\.(ya?ml|json)$/.test(name));
    return inside.map((name) => join(path, name));
  };
  const files = named()
    .sort()
    .filter((path) => lookAt(path)?.isFile());
  if (files.length + unreadable.length === 0)
    report("expected a file, a folder or a glob with YAML or JSON files in it");
  unreadable.forEach(report);
  return files;
}

/** As the system says it, without what it was asked. */
const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/, .*/, "");

function textOf(file: string, report: (line: number, mistake: string) => void): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    report(1, `cannot be read: ${reason(error)}`);
    return "";
  }
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
    report(
      name === undefined
        ? `${kind} has no metadata.name`
        : `${kind}: metadata.name is ${JSON.stringify(name)} to kubectl; put it into quotes, if it is a text`,
    );
    return [];
  }
  if (kind === "Namespace") {
    report(
      `Namespace ${name} is not for here: ${namespace} is made, or taken as it is, by its setting existing`,
    );
    return [];
  }
  if (isClusterScoped({ apiVersion, kind })) {
    report(`${kind} ${name} would be the whole cluster's; only what is in a namespace is for here`);
    return [];
  }
  if (isWorkflow({ apiVersion, kind }) && !/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    report(
      `${kind} ${name} gets a Service of its name, which may have 63 characters (a-z, 0-9 and "-"), the first a letter`,
    );
    return [];
  }
  if ((own ?? namespace) !== namespace) {
    report(`${kind} ${name} is about namespace ${String(own)}; what is listed here goes into ${namespace}`);
    return [];
  }
  const { labels, annotations, ...others } = without("creationTimestamp", metadata as Tree);
  const texts = (field: string, value: unknown) => {
    const entries = Object.entries(isTree(value) ? value : {});
    const odd = entries.filter(([, text]) => typeof text !== "string");
    for (const [key] of odd) report(`${kind} ${name}: ${field}.${key} is no text; put it into quotes`);
    return Object.fromEntries(entries) as Readonly<Record<string, string>>;
  };
  // Tools that write manifests leave in them what only the cluster may say; kubectl, the values of a Secret in plain text.
  return [
    {
      ...without("status", content as Tree),
      apiVersion,
      kind,
      metadata: {
        ...others,
        ...(isTree(labels) && { labels: texts("metadata.labels", labels) }),
        ...(isTree(annotations) && {
          annotations: texts("metadata.annotations", without(lastApplied, annotations)),
        }),
        name,
        namespace,
      },
    },
  ];
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

const without = (key: string, tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([other]) => other !== key));
