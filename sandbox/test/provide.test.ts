import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checksumOf, download, Hosts } from "../src/download";
import { isRecentPulumi, publishedParts, type Part } from "../src/parts";
import { Processes } from "../src/processes";
import { silent } from "../src/progress";
import { buildOf, findOnPath, provide, RealSources, type Provided, type Sources } from "../src/provide";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "sandbox-test-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const part: Part = {
  name: "tool",
  version: "v1.2.3",
  onPath: { args: ["--version"], accepts: (output) => output.includes("1.2.3") },
  module: { package: "example.com/tool", usually: "1 s" },
};

/** Sources of which only those named have the part; tells which were asked. */
function fakes(...have: string[]) {
  const asked: string[] = [];
  const answer = (how: string): Provided | undefined => {
    asked.push(how);
    return have.includes(how) ? { file: `/${how}/tool`, version: "v1.2.3", how } : undefined;
  };
  const sources: Sources = {
    path: () => Promise.resolve(answer("path")),
    cache: () => answer("cache"),
    download: () => Promise.resolve(answer("download")),
    build: () => Promise.resolve(answer("build") ?? { file: "/", version: "", how: "nothing" }),
    alone: (_, work) => work(),
  };
  return { asked, sources };
}

describe("a part", () => {
  it.each([
    ["path", ["path"]],
    ["cache", ["path", "cache"]],
    ["download", ["path", "cache", "cache", "download"]],
    ["build", ["path", "cache", "cache", "download", "build"]],
  ])("comes from %s when nothing before has it", async (how, order) => {
    const { asked, sources } = fakes(how);
    expect((await provide(part, sources)).how).toBe(how);
    expect(asked).toEqual(order);
  });

  it("is taken from the cache when another sandbox put it there meanwhile", async () => {
    const { asked, sources } = fakes("build");
    sources.alone = (_, work) => {
      sources.cache = () => ({ file: "/cache/tool", version: "v1.2.3", how: "cache" });
      return work();
    };
    expect((await provide(part, sources)).how).toBe("cache");
    expect(asked).not.toContain("build");
  });

  it("is refused on PATH when its version is another", async () => {
    const processes = new Processes(folder);
    const sources = new RealSources(folder, silent, processes, {
      ...process.env,
      PATH: `${folder}:/usr/bin:/bin`,
    });
    const tool = (version: string) => {
      fs.writeFileSync(path.join(folder, "tool"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    };
    tool("v1.2.2");
    expect(await sources.path(part)).toBeUndefined();
    tool("v1.2.3");
    expect(await sources.path(part)).toMatchObject({ file: path.join(folder, "tool"), version: "v1.2.3" });
    await processes.stop();
  });

  it("is provided by one sandbox at a time, and a dead one does not hold it", async () => {
    const processes = new Processes(folder);
    const sources = new RealSources(folder, silent, processes);
    fs.mkdirSync(path.join(folder, "locks"));
    fs.writeFileSync(path.join(folder, "locks", "tool"), "999999999");
    let inside = 0;
    const work = async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([sources.alone(part, work), sources.alone(part, work), sources.alone(part, work)]);
    expect(fs.readdirSync(path.join(folder, "locks"))).toEqual([]);
    await processes.stop();
  });
});

describe("a build", () => {
  const own: Part = { ...part, module: { package: "./tool", own: ["tool"], usually: "1 s" } };
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  beforeEach(() => {
    write("go.mod", "require example.com/library v1.0.0\n");
    write("tool/main.go", "package main\n");
  });

  it.each([
    ["a version of a dependency", "go.mod", "require example.com/library v1.0.1\n"],
    ["a source", "tool/main.go", "package main // changed\n"],
    ["a file that a source may embed", "tool/template.yaml", "kind: Pod\n"],
  ])("is another when %s changes", (_, file, text) => {
    const before = buildOf(own, folder);
    write(file, text);
    expect(buildOf(own, folder)).not.toBe(before);
  });

  it("is the same when a test changes, or what another part is made of", () => {
    const before = buildOf(own, folder);
    write("tool/main_test.go", "package main\n");
    write("other/main.go", "package main\n");
    expect(buildOf(own, folder)).toBe(before);
    expect(before).toMatch(/^v1\.2\.3-[0-9a-f]{12}$/);
  });

  it("is another for another executable, and for other variables", () => {
    const names = [{}, { package: "./other" }, { variables: { "main.version": "2" } }].map((change) =>
      buildOf({ ...own, module: { ...own.module, ...change } }, folder),
    );
    expect(new Set(names).size).toBe(3);
  });
});

describe("a download", () => {
  const binary = Buffer.from("#!/bin/sh\necho hello\n");
  const sum = createHash("sha256").update(binary).digest("hex");
  let server: http.Server;
  let base: string;
  let requests: string[];

  beforeEach(async () => {
    requests = [];
    const answers: Record<string, string | Buffer> = {
      "/tool": binary,
      "/tool.sha256": sum,
      "/SHA256SUMS": `${"0".repeat(64)}  other\n${sum}  tool\n`,
      "/wrong.sha256": "0".repeat(64),
    };
    server = http.createServer(({ url = "" }, response) => {
      requests.push(url);
      const body = answers[url];
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
  });

  const target = () => path.join(folder, "tool");
  const from = (file: string) => ({ url: `${base}/tool`, version: "v1", checksum: `${base}/${file}` });

  it.each(["tool.sha256", "SHA256SUMS"])("is kept when %s agrees", async (file) => {
    await download(from(file), target());
    expect(fs.readFileSync(target())).toEqual(binary);
    expect(fs.statSync(target()).mode & 0o111).not.toBe(0);
  });

  it("is refused when the checksum is another", async () => {
    await expect(download(from("wrong.sha256"), target())).rejects.toThrow(/but .*wrong.sha256 says 0000/);
    expect(fs.existsSync(target())).toBe(false);
  });

  it("is refused when the publisher's checksum cannot be read", async () => {
    await expect(download(from("gone"), target())).rejects.toThrow(/gone answered 404/);
  });

  it("gives the cache what it downloaded, and leaves a refused one to the build", async () => {
    const processes = new Processes(folder);
    const sources = new RealSources(path.join(folder, "cache"), silent, processes);
    expect(await sources.download({ ...part, download: from("wrong.sha256") })).toBeUndefined();
    expect(sources.cache(part)).toBeUndefined();
    const good = { ...part, download: { ...from("tool.sha256"), version: "v1.2.4" } };
    expect(await sources.download(good)).toMatchObject({ version: "v1.2.4" });
    expect(sources.cache(good)).toMatchObject({ version: "v1.2.4", how: "cached (official download)" });
    await processes.stop();
  });

  it("is not tried again at a host that refused", async () => {
    server.close();
    const hosts = new Hosts(path.join(folder, "refused"));
    expect(await hosts.answer(`${base}/tool`)).toBe(false);
    await new Promise<void>((resolve) => server.listen(Number(new URL(base).port), "127.0.0.1", resolve));
    expect(await new Hosts(path.join(folder, "refused")).answer(`${base}/tool`)).toBe(false);
    expect(await new Hosts(path.join(folder, "fresh")).answer(`${base}/tool`)).toBe(true);
  });
});

describe("the table of parts", () => {
  it.each([
    ["v3.259.0", true],
    ["v3.238.0", true],
    ["3.300.1-dev", true],
    ["v3.237.9", false],
    ["v2.300.0", false],
    ["", false],
  ])("judges pulumi %s", (output, accepted) => {
    expect(isRecentPulumi(output)).toBe(accepted);
  });

  it("takes Kubernetes of the pinned minor version only", () => {
    const apiServer = publishedParts("linux", "x64").find(({ name }) => name === "kube-apiserver");
    expect(apiServer?.onPath.accepts("Kubernetes v1.36.9")).toBe(true);
    expect(apiServer?.onPath.accepts("Kubernetes v1.35.2")).toBe(false);
    expect(apiServer?.onPath.accepts("Kubernetes v1.3.2")).toBe(false);
  });

  it("names the publisher's file for the platform", () => {
    const urls = (platform: NodeJS.Platform, architecture: string) =>
      publishedParts(platform, architecture as NodeJS.Architecture).map(({ download: from }) => from?.url);
    expect(urls("linux", "x64")).toContain("https://dl.k8s.io/v1.36.1/bin/linux/amd64/kube-apiserver");
    expect(urls("darwin", "arm64")).not.toContain(
      "https://dl.k8s.io/v1.36.1/bin/darwin/arm64/kube-apiserver",
    );
    expect(urls("darwin", "arm64")).toContain("https://dl.k8s.io/v1.36.1/bin/darwin/arm64/kubectl");
  });

  it("finds a checksum only under the file's own name", () => {
    const sum = "a".repeat(64);
    expect(checksumOf("tool", `${sum}\n`)).toBe(sum);
    expect(checksumOf("tool", `${sum} *tool\n`)).toBe(sum);
    expect(checksumOf("tool", `${sum}  tool.txt\n`)).toBeUndefined();
    expect(checksumOf("tool", "<html>not found</html>")).toBeUndefined();
  });

  it("passes over relative folders and files that cannot be run on PATH", () => {
    fs.writeFileSync(path.join(folder, "tool"), "", { mode: 0o644 });
    expect(findOnPath("tool", `.:${folder}`)).toBeUndefined();
    fs.chmodSync(path.join(folder, "tool"), 0o755);
    expect(findOnPath("tool", `.:${folder}`)).toBe(path.join(folder, "tool"));
  });
});
