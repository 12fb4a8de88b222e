import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../config";
import type { Manifest } from "../config/manifests";

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "project-"));
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
}

/** What the namespace `loans` is to hold of what its setting `workflows` names. */
function read(...workflows: string[]): readonly Manifest[] {
  const values = { workflowNamespaces: JSON.stringify([{ name: "loans", workflows }]) };
  const config = parseConfig({ project: "orchestrator", values, folder: project, isSecret: () => false });
  return config.workflowNamespaces[0]?.manifests ?? [];
}

/** The mistakes that it is refused for, without the key and the value that each begins with. */
function mistakes(...workflows: string[]): string[] {
  try {
    read(...workflows);
  } catch (error) {
    if (!pulumi.RunError.isInstance(error)) throw error;
    const key = /^ {2}- orchestrator:workflowNamespaces\[0\]\.workflows\[0\] is "[^"]*": /;
    return error.message
      .split("\n")
      .slice(1)
      .map((mistake) => mistake.replace(key, ""));
  }
  return [];
}

const configMap = (name: string, metadata = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}${metadata} }\n`;
const names = (manifests: readonly Manifest[]) => manifests.map(({ metadata }) => metadata.name);

describe("what is deployed into a workflow namespace", () => {
  beforeEach(() => {
    write({
      "flows/b.yml": configMap("b"),
      "flows/a.yaml": configMap("a"),
      "flows/c.json": JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } }),
      "flows/README.md": "no manifest",
      "flows/below/d.yaml": configMap("d"),
      "other/e.yaml": configMap("e"),
    });
  });

  it("is in a file", () => {
    expect(names(read("flows/below/d.yaml"))).toEqual(["d"]);
  });

  it("is in a folder: its YAML and its JSON, by name, and nothing of the folders below", () => {
    expect(names(read("flows"))).toEqual(["a", "b", "c"]);
    expect(names(read("./flows/"))).toEqual(["a", "b", "c"]);
  });

  it("is what a glob matches, by name, below as well", () => {
    expect(names(read("flows/**/*.y{,a}ml"))).toEqual(["a", "b", "d"]);
  });

  it("is all that is listed, in that order, wherever it is", () => {
    expect(names(read(join(project, "other/e.yaml"), "flows/below"))).toEqual(["e", "d"]);
  });

  it("gets the namespace, and keeps all else but what only the cluster may say", () => {
    write({
      "flow.yaml":
        "apiVersion: sonataflow.org/v1alpha08\nkind: SonataFlow\n" +
        "metadata: { name: greet, creationTimestamp: null, labels: { app: greet }, annotations: { a: b } }\n" +
        "spec: { flow: { status: kept } }\nstatus: { address: {} }\n",
    });
    expect(read("flow.yaml")).toEqual([
      {
        apiVersion: "sonataflow.org/v1alpha08",
        kind: "SonataFlow",
        metadata: { name: "greet", namespace: "loans", labels: { app: "greet" }, annotations: { a: "b" } },
        spec: { flow: { status: "kept" } },
      },
    ]);
  });

  it("may say its namespace, if it is this one", () => {
    write({ "a.yaml": configMap("a", ", namespace: loans") });
    expect(read("a.yaml")).toMatchObject([{ metadata: { name: "a", namespace: "loans" } }]);
  });

  it("comes in documents, between which there may be nothing or a comment, and in Lists", () => {
    const list = { apiVersion: "v1", kind: "List", items: [{ ...read("flows/a.yaml")[0] }] };
    write({
      "many.yaml": `# first\n---\n${configMap("x")}---\n---\n# nothing but this\n---\n${configMap("y")}---\n`,
      "list.json": JSON.stringify(list),
      "empty.yaml": "",
      "comment.yaml": "# nothing\n",
    });
    expect(names(read("*.{yaml,json}"))).toEqual(["a", "x", "y"]);
  });

  it("is in files, not in folders that are called like one", () => {
    write({ "flows/folder.yaml/z.yaml": configMap("z") });
    expect(names(read("flows"))).toEqual(["a", "b", "c"]);
  });

  it("may have one name for objects of two kinds, be it by their group alone", () => {
    const service = "kind: Service\nmetadata: { name: a }\n";
    write({
      "services.yaml": `apiVersion: v1\n${service}---\napiVersion: serving.knative.dev/v1\n${service}`,
    });
    expect(read("services.yaml")).toHaveLength(2);
    write({ "both.yaml": `${configMap("a")}---\n${configMap("a").replace("ConfigMap", "Secret")}` });
    expect(read("both.yaml").map(({ kind }) => kind)).toEqual(["ConfigMap", "Secret"]);
  });
});

describe("refuses to deploy", () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ["from where nothing is", {}, ["expected a file, a folder or a glob with YAML or JSON files in it"]],
    [
      "from a folder without manifests",
      { "flows/README.md": "" },
      ["expected a file, a folder or a glob with YAML or JSON files in it"],
    ],
    [
      "what is no YAML, and says where",
      { "flows/a.yaml": `${configMap("a")}data:\n  a: b: c\n---\n${configMap("b")}` },
      ["flows/a.yaml:5: Nested mappings are not allowed in compact mappings"],
    ],
    [
      "what has one key twice, of which only one would count",
      { "flows/a.yaml": `${configMap("a")}data: {}\ndata: {}\n` },
      ["flows/a.yaml:5: Map keys must be unique"],
    ],
    [
      "what is no object, and says where its document begins",
      { "flows/a.yaml": `${configMap("a")}---\nname: b\n---\njust text\n---\n- a list\n` },
      [4, 6, 8].map((line) => `flows/a.yaml:${line}: expected a Kubernetes object, with apiVersion and kind`),
    ],
    [
      "objects that a List only seems to have",
      { "flows/a.json": JSON.stringify({ apiVersion: "v1", kind: "List", items: [{ kind: "ConfigMap" }] }) },
      ["flows/a.json:1: expected a Kubernetes object, with apiVersion and kind"],
    ],
    [
      "what kustomize has yet to build",
      {
        "flows/kustomization.yaml":
          "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
      },
      ["flows/kustomization.yaml:1: is for kustomize; name what `kubectl kustomize` makes of it instead"],
    ],
    [
      "into another namespace",
      { "flows/a.yaml": configMap("a", ", namespace: team") },
      ["flows/a.yaml:1: ConfigMap a is about namespace team; what is listed here goes into loans"],
    ],
    [
      "another namespace itself",
      { "flows/a.yaml": configMap("team").replace("ConfigMap", "Namespace") },
      [
        "flows/a.yaml:1: Namespace team is not for here: loans is made, or taken as it is, by its setting existing",
      ],
    ],
    [
      "what has no name of its own",
      { "flows/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { generateName: a- }\n" },
      ["flows/a.yaml:1: ConfigMap has no metadata.name"],
    ],
  ])("%s", (_, files, expected) => {
    write(files);
    expect(mistakes("flows")).toEqual(expected);
  });

  it("an alias of nothing, without a stack trace", () => {
    write({ "flows/a.yaml": `${configMap("a")}---\n${configMap("b")}data: *nothing\n` });
    expect(mistakes("flows")).toEqual([
      expect.stringMatching(/^flows\/a\.yaml:4: Unresolved alias .*nothing$/),
    ]);
  });

  it.each([
    ["networking.k8s.io/v1", "NetworkPolicy", "allow-rhdh-to-sonataflow-and-workflows"],
    ["v1", "ResourceQuota", "workflows"],
    ["v1", "Secret", "sonataflow-psql-postgresql"],
  ])("what every workflow namespace is made with: %s %s", (apiVersion, kind, name) => {
    write({ "a.yaml": `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name} }\n` });
    expect(mistakes("a.yaml")).toEqual([
      expect.stringContaining(`${kind} ${name} is in what each workflow namespace gets too`),
    ]);
  });

  it("one object twice, from one file or from two settings", () => {
    write({ "a.yaml": configMap("a"), "b.yaml": `${configMap("b")}---\n${configMap("b")}` });
    expect(mistakes("b.yaml")).toEqual([expect.stringMatching(/ConfigMap b .*too$/)]);
    expect(mistakes("a.yaml", "*a.yaml")).toEqual([
      '  - orchestrator:workflowNamespaces[0].workflows[1] is "*a.yaml": ConfigMap a is in a.yaml too',
    ]);
  });

  it("with all mistakes of all files at once, each under the setting that names its file", () => {
    write({
      "flows/a.yaml": `name: a\n---\n${configMap("b", ", namespace: team")}`,
      "flows/c.yaml": "a: [\n",
    });
    expect(mistakes("nowhere/*.yaml", "flows")).toEqual([
      "expected a file, a folder or a glob with YAML or JSON files in it",
      ...["a.yaml:1", "a.yaml:2", "c.yaml:2"].map(
        (place) =>
          expect.stringContaining(
            `orchestrator:workflowNamespaces[0].workflows[1] is "flows": flows/${place}: `,
          ) as unknown,
      ),
    ]);
  });
});
