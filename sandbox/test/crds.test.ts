import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { crdModules, prepareCrds, type CrdModule } from "../src/crds";
import { fixtures } from "../src/fixtures";
import { packageFolder } from "../src/folders";
import { Processes } from "../src/processes";
import { silent } from "../src/progress";
import { RealSources } from "../src/provide";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "sandbox-test-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const module: CrdModule = {
  group: "tekton.dev",
  module: "example.com/pipeline",
  version: "v1.2.3",
  folder: "config/crds",
  plurals: ["tasks"],
};

const published = `# a licence
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: tasks.tekton.dev
spec:
  group: tekton.dev
  conversion: { strategy: Webhook, webhook: { conversionReviewVersions: [v1] } }
  names: { kind: Task, plural: tasks }
  versions:
    - name: v1
      subresources: { status: {} }
      schema:
        openAPIV3Schema:
          description: A long story.
          type: object
          properties:
            description: { type: string, description: What the Task is for. }
            steps: { type: array, items: { type: object, description: One of them. } }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: others.tekton.dev }
spec: { versions: [] }
`;

/** The module, unpacked as Go unpacks it. */
function unpacked(): string {
  const source = path.join(folder, "module", module.folder);
  fs.mkdirSync(source, { recursive: true });
  fs.writeFileSync(path.join(source, "300-tasks.yaml"), published);
  fs.writeFileSync(path.join(source, "kustomization.yaml"), "resources: [300-tasks.yaml]\n");
  return source;
}

describe("CRDs of a Go module", () => {
  it("are those that are wanted, without descriptions and webhooks", () => {
    prepareCrds(module, unpacked(), path.join(folder, "to"));
    expect(fs.readdirSync(path.join(folder, "to"))).toEqual(["tasks.tekton.dev.yaml"]);
    expect(parse(fs.readFileSync(path.join(folder, "to", "tasks.tekton.dev.yaml"), "utf8"))).toMatchObject({
      spec: {
        group: "tekton.dev",
        versions: [
          {
            name: "v1",
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  description: { type: "string" },
                  steps: { type: "array", items: { type: "object" } },
                },
              },
            },
          },
        ],
      },
    });
    const text = fs.readFileSync(path.join(folder, "to", "tasks.tekton.dev.yaml"), "utf8");
    expect(text).not.toMatch(/Webhook|A long story|One of them|What the Task/);
  });

  it("are refused when one is missing", () => {
    const wanted = { ...module, plurals: ["tasks", "pipelines"] };
    expect(() => {
      prepareCrds(wanted, unpacked(), path.join(folder, "to"));
    }).toThrow(/example\.com\/pipeline v1\.2\.3 has no CRD pipelines\.tekton\.dev/);
  });

  it("are fetched once, and then cached", async () => {
    unpacked();
    const bin = path.join(folder, "bin");
    const asked = path.join(folder, "asked");
    fs.mkdirSync(bin);
    const answer = JSON.stringify({ Dir: path.join(folder, "module") });
    fs.writeFileSync(path.join(bin, "go"), `#!/bin/sh\necho "$@" >> '${asked}'\necho '${answer}'\n`, {
      mode: 0o755,
    });
    const cache = path.join(folder, "cache");
    fs.mkdirSync(cache);
    const processes = new Processes(folder);
    const env = { ...process.env, PATH: `${bin}:/usr/bin:/bin` };
    const sources = new RealSources(cache, silent, processes, env);
    const places = await Promise.all([sources.crds(module), sources.crds(module)]);
    places.push(await sources.crds(module));
    expect(new Set(places).size).toBe(1);
    expect(fs.readdirSync(places[0])).toEqual(["tasks.tekton.dev.yaml"]);
    expect(fs.readFileSync(asked, "utf8")).toBe("mod download -json example.com/pipeline@v1.2.3\n");
    await processes.stop();
  });
});

describe("the fixtures", () => {
  it.each(Object.entries(fixtures))("%s has its files and its kinds", (_, { group, files }) => {
    expect(crdModules.map((each) => each.group)).toContain(group);
    for (const file of files) expect(fs.existsSync(path.join(packageFolder, "fixtures", file))).toBe(true);
  });
});
