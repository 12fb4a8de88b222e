import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseAllDocuments, stringify } from "yaml";

/** The CRDs of one API group, as the publisher keeps them in its Go module. */
export interface CrdModule {
  readonly group: CrdGroup;
  readonly module: string;
  readonly version: string;
  /** Where in the module they are. */
  readonly folder: string;
  /** Which of them are wanted. */
  readonly plurals: readonly string[];
}

export const crdGroups = ["argoproj.io", "tekton.dev", "olm.operatorframework.io"] as const;

export type CrdGroup = (typeof crdGroups)[number];

export const crdModules: readonly CrdModule[] = [
  {
    group: "argoproj.io",
    module: "github.com/argoproj/argo-cd/v3",
    version: "v3.1.9",
    folder: "manifests/crds",
    plurals: ["applications", "applicationsets", "appprojects"],
  },
  {
    group: "tekton.dev",
    module: "github.com/tektoncd/pipeline",
    version: "v1.3.0",
    folder: "config/300-crds",
    plurals: ["pipelineruns", "pipelines", "taskruns", "tasks"],
  },
  {
    group: "olm.operatorframework.io",
    module: "github.com/operator-framework/operator-controller",
    // That of OpenShift 4.18, the first with OLM v1; later ones have the file elsewhere.
    version: "v1.2.0",
    folder: "config/base/operator-controller/crd/bases",
    plurals: ["clusterextensions"],
  },
];

/** What prepared CRDs depend on: their module, and how they are prepared, which is this file. */
export function crdsVersion({ version }: CrdModule): string {
  const hash = createHash("sha256").update(fs.readFileSync(__filename)).digest("hex");
  return `${version}-${hash.slice(0, 8)}`;
}

/** Writes the wanted CRDs of a module's folder to another, one file for each. */
export function prepareCrds({ group, module, version, plurals }: CrdModule, from: string, to: string): void {
  const found = new Map(
    fs
      .readdirSync(from)
      .filter((file) => file.endsWith(".yaml"))
      .flatMap((file) => parseAllDocuments(fs.readFileSync(path.join(from, file), "utf8")))
      .map((document) => document.toJS() as Crd | null)
      .filter((object) => object?.kind === "CustomResourceDefinition")
      .map((crd) => [crd?.metadata.name ?? "", crd] as const),
  );
  fs.mkdirSync(to, { recursive: true });
  for (const plural of plurals) {
    const name = `${plural}.${group}`;
    const crd = found.get(name);
    if (!crd) throw new Error(`${module} ${version} has no CRD ${name} in its folder ${from}`);
    fs.writeFileSync(path.join(to, `${name}.yaml`), stringify(slim(crd), { aliasDuplicateObjects: false }));
  }
}

interface Crd {
  kind: string;
  metadata: { name: string };
  spec: { conversion?: unknown; versions: { schema?: { openAPIV3Schema?: unknown } }[] };
}

/**
 * A CRD without what does nothing here. Descriptions would make an InstallPlan too big for etcd, and a webhook for
 * conversion would be one more pod in which nothing runs.
 */
function slim(crd: Crd): Crd {
  const versions = crd.spec.versions.map((version) => ({
    ...version,
    schema: { openAPIV3Schema: withoutDescriptions(version.schema?.openAPIV3Schema) },
  }));
  return { ...crd, spec: { ...crd.spec, conversion: undefined, versions } };
}

/** A schema without descriptions; a property that is called `description` stays. */
function withoutDescriptions(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDescriptions);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => key !== "description" || typeof value !== "string")
      .map(([key, value]) => [key, withoutDescriptions(value)]),
  );
}
