import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Manifest } from "../../config/workflowFiles";
import { parseConfig } from "../support/config";

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
      "many.yaml": `# first\n---\n${configMap("x")}---\n---\n# nothing but this\n---\n${configMap("z")}---\n`,
      "list.json": JSON.stringify(list),
      "empty.yaml": "",
      "comment.yaml": "# nothing\n",
    });
    expect(names(read("*.{yaml,json}"))).toEqual(["a", "x", "z"]);
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

describe("the files mean what kubectl makes of them:", () => {
  const data = (text: string) => {
    write({ "flows/a.yaml": `${configMap("a")}data:\n${text.replace(/^/gm, "  ")}\n` });
    return read("flows")[0]?.["data"];
  };

  // What sigs.k8s.io/yaml v1.6.0, by which kubectl reads, says of the same texts.
  it.each<[string, unknown]>([
    ["a: [yes, On, y, TRUE, no, off, N, False]", { a: [true, true, true, true, false, false, false, false] }],
    ["a: [yEs, oN, tRue, 'yes', \"no\"]", { a: ["yEs", "oN", "tRue", "yes", "no"] }],
    ["a: [0440, -0440, 0o17, 0x1F, 0b11, 1_000, +5]", { a: [288, -288, 15, 31, 3, 1000, 5] }],
    [
      "a: [089, 0o8, 0x, _1, 1_, 1.2.3, 500m, 1e400]",
      { a: [89, "0o8", "0x", "_1", 1, "1.2.3", "500m", "1e400"] },
    ],
    [
      "a: [12:30, 190:20:30, 2001-12-14, 2001-1-1 1:2:3]",
      { a: ["12:30", "190:20:30", "2001-12-14", "2001-1-1 1:2:3"] },
    ],
    ["a: [1.10, .5, 1., 1e3, -1.5e-3]", { a: [1.1, 0.5, 1, 1000, -0.0015] }],
    ["a: [~, null, Null, nULL]", { a: [null, null, null, "nULL"] }],
    ["0440: a\nyes: b\n12:30: c", { 288: "a", true: "b", "12:30": "c" }],
    ["a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}", { a: { p: 1, q: 2 }, b: { p: 1, q: 3 } }],
    [
      "a: &x {p: 1}\nb: &y {<<: *x, p: 2, q: 2}\nc: {<<: [*x, *y]}",
      { a: { p: 1 }, b: { p: 2, q: 2 }, c: { p: 1, q: 2 } },
    ],
    ["a: !!str 0440", { a: "0440" }],
  ])("%s", (text, expected) => {
    expect(data(text)).toEqual(expected);
  });

  it.each<[string, string]>([
    ["a: &x {p: 1}\nb:\n  p: 3\n  <<: *x", "7: p is overridden by the << below it; put << first"],
    ["a: .inf", "5: .inf is no number that JSON has"],
    ["a: 9007199254740993", "5: 9007199254740993 is too large a number; put it into quotes, if it is a text"],
    ["a: !!binary aGk=", "5: Unresolved tag: tag:yaml.org,2002:binary"],
    ["~: a", "5: the key ~ is no text; put it into quotes"],
    ["1e-7: a", "5: the key 1e-7 is no text; put it into quotes"],
  ])("or nothing is made of them: %s", (text, mistake) => {
    write({ "flows/a.yaml": `${configMap("a")}data:\n${text.replace(/^/gm, "  ")}\n` });
    expect(mistakes("flows")).toEqual([`flows/a.yaml:${mistake}`]);
  });

  it("not by another version of YAML than kubectl knows", () => {
    write({ "a.yaml": `%YAML 1.2\n---\n${configMap("a")}` });
    expect(mistakes("a.yaml").join()).toContain("kubectl knows no YAML 1.2");
  });

  it("names, labels and annotations are texts", () => {
    write({ "a.yaml": configMap("a", ", labels: { version: 1.0, on: 'y' }"), "b.yaml": configMap("y") });
    expect(mistakes("a.yaml")).toEqual([
      "a.yaml:1: ConfigMap a: metadata.labels.version is no text; put it into quotes",
    ]);
    expect(mistakes("b.yaml")).toEqual([
      "b.yaml:1: ConfigMap: metadata.name is true to kubectl; put it into quotes, if it is a text",
    ]);
  });
});

describe("files and folders", () => {
  beforeEach(() => {
    write({ "flows/a.yaml": configMap("a"), "flows/.yamllint.yaml": "extends: default\n" });
  });

  it("with a dot in front are passed over in folders and globs alike, unless they are named", () => {
    symlinkSync("ada@desk.4711:1700000000", join(project, "flows/.#a.yaml"));
    write({ ".hidden/b.yaml": configMap("b"), "flows/.b.yaml": configMap("b") });
    expect(names(read("flows"))).toEqual(["a"]);
    expect(names(read("flows/*.yaml"))).toEqual(["a"]);
    expect(names(read("**/*.yaml"))).toEqual(["a"]);
    expect(names(read("flows/.b.yaml"))).toEqual(["b"]);
  });

  it("that are links to nowhere, or in a circle, are a mistake where they are named, or in a folder", () => {
    symlinkSync("nothing", join(project, "flows/z.yaml"));
    symlinkSync("y.yaml", join(project, "flows/y.yaml"));
    const expected = [
      "flows/y.yaml cannot be read: ELOOP: too many symbolic links encountered",
      "flows/z.yaml cannot be read: ENOENT: no such file or directory",
    ];
    expect(mistakes("flows")).toEqual(expected);
    expect(mistakes("flows/z.yaml")).toEqual(expected.slice(1));
  });

  it("that are links are what they lead to", () => {
    symlinkSync("../flows", join(project, "flows/links"));
    symlinkSync("flows/a.yaml", join(project, "link.yaml"));
    expect(names(read("link.yaml"))).toEqual(["a"]);
    expect(names(read("flows/links"))).toEqual(["a"]);
    expect(names(read("*.yaml"))).toEqual(["a"]);
    expect(names(read("flows/links/*.yaml"))).toEqual(["a"]);
  });
});

it("the values of a Secret are not in what kubectl had noted of it", () => {
  const noted = "kubectl.kubernetes.io/last-applied-configuration";
  write({ "a.yaml": configMap("a", `, annotations: { ${noted}: planted, b: c }`) });
  expect(read("a.yaml")[0]?.metadata.annotations).toEqual({ b: "c" });
});

describe("refuses to deploy", () => {
  it.each([
    ["rbac.authorization.k8s.io/v1", "ClusterRole"],
    ["apiextensions.k8s.io/v1", "CustomResourceDefinition"],
    ["scheduling.k8s.io/v1", "PriorityClass"],
    ["v1", "PersistentVolume"],
    ["config.openshift.io/v1", "OAuth"],
    ["sonataflow.org/v1alpha08", "SonataFlowClusterPlatform"],
  ])("what would be the whole cluster's: %s %s", (apiVersion, kind) => {
    write({ "a.yaml": `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\n` });
    expect(mistakes("a.yaml")).toEqual([
      `a.yaml:1: ${kind} a would be the whole cluster's; only what is in a namespace is for here`,
    ]);
  });

  it.each(["1st", "a.b", `a${"b".repeat(63)}`])(
    "a workflow whose Service could not have its name: %s",
    (name) => {
      write({
        "a.yaml": `apiVersion: sonataflow.org/v1alpha08\nkind: SonataFlow\nmetadata: { name: ${name} }\n`,
      });
      expect(mistakes("a.yaml")).toEqual([
        expect.stringContaining(`a.yaml:1: SonataFlow ${name} gets a Service of its name`),
      ]);
    },
  );

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
