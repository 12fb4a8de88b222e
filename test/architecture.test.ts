import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { run } from "./support/program";
import type { Registration } from "./support/record";

const workflowNamespaces = '[{"name":"team-a"}]';
const optional = { gitops: "{}", tekton: "{}", workflowNamespaces };

/** The stacks that docs/architecture.md shows. */
const stacks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  operator: { orchestrator: '{"version":"1.4"}', ...optional },
  direct: { orchestrator: '{"version":"1.10"}', ...optional },
  team: { install: "false", workflowNamespaces },
};

it("docs/architecture.md shows the components and their order, as they are: npm run docs", async () => {
  const page = "docs/architecture.md";
  let text = readFileSync(page, "utf8");
  for (const [name, settings] of Object.entries(stacks)) {
    const [before = "", rest = ""] = text.split(`<!-- graph ${name} -->`);
    const [, ...after] = rest.split("<!-- end of graph -->");
    const drawn = graph(await run(settings));
    text = `${before}<!-- graph ${name} -->\n\n${drawn}\n\n<!-- end of graph -->${after.join("<!-- end of graph -->")}`;
  }
  await expect(text).toMatchFileSnapshot(`../${page}`);
});

/** The floors of the house, from the ground up: each is built on those before it, and knows nothing of those after it. */
const floors = [
  "kube",
  "config",
  "tasks",
  "cli",
  "status",
  "smoke",
  "diagnose",
  "provider",
  "components",
  "advice",
  "mirror",
  "index.ts",
];

describe("the house", () => {
  const files = globSync(floors.map((floor) => (floor.endsWith(".ts") ? floor : `${floor}/**/*.ts`))).sort();
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  const floorOf = (file: string) => floors.indexOf(file.split("/")[0] ?? "");

  it("has no file of more than 350 lines, and an installation guide of less than 90", () => {
    const lines = (file: string) => readFileSync(file, "utf8").trimEnd().split("\n").length;
    expect(files.filter((file) => lines(file) > 350)).toEqual([]);
    expect(lines("index.ts")).toBeLessThan(90);
  });

  it("has floors that are built on those below, and none above", () => {
    const upwards = files.flatMap((file) =>
      (imports.get(file) ?? [])
        .filter((other) => floorOf(other) > floorOf(file))
        .map((other) => [file, other]),
    );
    expect(upwards).toEqual([]);
  });

  it("has no circle of imports", () => {
    expect(circle(imports)).toEqual([]);
  });

  it("has the same rooms in components, tasks and tests, and nothing loose beside them", () => {
    const rooms = (floor: string) => [
      ...new Set(globSync(`${floor}/*/**`).map((path) => path.split("/")[1] ?? "")),
    ];
    const subjects = [...rooms("components"), "readiness", "run"];
    const others = [...floors, "chaos", "docs", "e2e", "schemas", "support"];
    const known = (floor: string) => rooms(floor).filter((room) => !others.includes(room));
    expect([...known("tasks"), ...known("test")].filter((room) => !subjects.includes(room))).toEqual([]);
    expect(globSync("components/*.ts").sort()).toEqual(
      ["component", "customArgs", "digest", "index"].map((name) => `components/${name}.ts`),
    );
    expect(globSync("tasks/*.ts")).toEqual(["tasks/main.ts"]);
  });

  it("has a file for each import", () => {
    const lost = [...imports.values()].flat().filter((file) => !imports.has(file));
    expect(lost).toEqual([]);
    expect(files.length).toBeGreaterThan(100);
  });
});

/** The files of the project that a file imports, be it for types alone. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const paths = [...text.matchAll(/^(?:import|export|\}) .*?from "(\.[^"]*)";$/gm)].map(([, path = ""]) =>
    normalize(join(dirname(file), path)),
  );
  return paths.map((path) => (existsSync(`${path}.ts`) ? `${path}.ts` : join(path, "index.ts")));
}

/** One circle of imports, as the files on it; none where there is none. */
function circle(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const search = (file: string, way: readonly string[]): string[] => {
    const start = way.indexOf(file);
    if (start >= 0) return way.slice(start);
    if (done.has(file)) return [];
    for (const other of imports.get(file) ?? []) {
      const found = search(other, [...way, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const found = search(file, []);
    if (found.length > 0) return found;
  }
  return [];
}

/** The components at the top of a stack, each with those that it needs directly. */
function graph(seen: readonly Registration[]): string {
  const tops = new Map(seen.map((resource) => [resource, topOf(resource, seen)]));
  const needs = new Map<string, Set<string>>();
  for (const [resource, top] of tops) {
    const own = needs.get(top) ?? new Set<string>();
    const used = seen.filter(
      ({ id, type }) => resource.dependsOn.includes(id) || isProvider(resource, id, type),
    );
    for (const other of used) own.add(tops.get(other) ?? "");
    own.delete(top);
    needs.set(top, own);
  }
  const names = [...needs.keys()].sort();
  const key = (top: string) => top.replace(" ", "-");
  const edges = names.flatMap((top) =>
    direct(top, needs)
      .sort()
      .map((other) => `  ${key(top)} --> ${key(other)}`),
  );
  const nodes = names.map((top) => `  ${key(top)}["${top.replace(" ", "<br/>")}"]`);
  return ["```mermaid", "flowchart BT", ...nodes, ...edges, "```"].join("\n");
}

const isProvider = ({ provider }: Registration, id: string, type: string) =>
  type.startsWith("pulumi:providers:kubernetes") && provider.includes(`::${id.split(" ").at(-1) ?? ""}::`);

/** The component that a resource is part of, or the resource itself. Names of components and resources may be the same. */
function topOf(resource: Registration, seen: readonly Registration[]): string {
  const parent = resource.parent;
  if (parent === undefined) return resource.id;
  const component = seen.find(({ id, parent: above }) => id === parent && above !== parent);
  return component ? topOf(component, seen) : parent;
}

/** What is needed and not by way of another. */
function direct(top: string, needs: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reached = (from: string): Set<string> =>
    new Set([...(needs.get(from) ?? [])].flatMap((other) => [other, ...reached(other)]));
  const own = [...(needs.get(top) ?? [])];
  return own.filter((other) => !own.some((between) => between !== other && reached(between).has(other)));
}
