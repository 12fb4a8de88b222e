import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { crdModules, crdsVersion, prepareCrds, type CrdGroup, type CrdModule } from "./crds";
import { download, Hosts } from "./download";
import { cacheFolder, packageFolder } from "./folders";
import {
  ownParts,
  publishedParts,
  versions,
  type Embedded,
  type GoModule,
  type OwnPart,
  type Part,
  type PartName,
} from "./parts";
import type { Processes } from "./processes";
import type { Progress } from "./progress";

const run = promisify(execFile);

/** Where an executable is, and how it came there. */
export interface Provided {
  readonly file: string;
  readonly version: string;
  readonly how: string;
}

/** The four ways to have a part, in the order in which they are tried. */
export interface Sources {
  path(part: Part): Promise<Provided | undefined>;
  cache(part: Part): Provided | undefined;
  download(part: Part): Promise<Provided | undefined>;
  build(part: Part): Promise<Provided>;
  /** Runs `work` while no other sandbox works on the same part. */
  alone<T>(part: Pick<Part, "name">, work: () => Promise<T>): Promise<T>;
}

/** PATH, cache, official download, Go module: the first that has the part. */
export async function provide(part: Part, sources: Sources): Promise<Provided> {
  return (
    (await sources.path(part)) ??
    sources.cache(part) ??
    (await sources.alone(
      part,
      // Another sandbox may have provided it while this one waited for its turn.
      async () => sources.cache(part) ?? (await sources.download(part)) ?? (await sources.build(part)),
    ))
  );
}

/** The four sources as they really are. */
export class RealSources implements Sources {
  private readonly hosts: Hosts;

  constructor(
    private readonly folder: string,
    private readonly progress: Progress,
    private readonly processes: Processes,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {
    this.hosts = new Hosts(path.join(folder, "refused"));
  }

  async path(part: Part): Promise<Provided | undefined> {
    const file = findOnPath(part.name, this.env["PATH"]);
    if (file === undefined) return undefined;
    const { stdout, stderr } = await run(file, [...part.onPath.args], {
      timeout: 10_000,
      env: this.env,
    }).catch((error: unknown) => ({ stdout: "", stderr: "", ...(error as object) }));
    const output = stdout + stderr;
    if (!part.onPath.accepts(output)) return undefined;
    return { file, version: /v?\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "", how: `from PATH (${file})` };
  }

  cache(part: Part): Provided | undefined {
    const { name, version, download: published } = part;
    const downloaded = published && { version: published.version, file: this.place(name, published.version) };
    const built = { version, file: this.place(name, buildOf(part)) };
    const found = [downloaded, built].find((one) => one !== undefined && fs.existsSync(one.file));
    if (found === undefined) return undefined;
    const from = readIfThere(`${found.file}.from`);
    return { ...found, how: from === undefined ? "cached" : `cached (${from})` };
  }

  async download(part: Part): Promise<Provided | undefined> {
    const from = part.download;
    if (from === undefined || !(await this.hosts.answer(from.url))) return undefined;
    const done = this.progress.start(part.name, from.version, `downloading ${from.url}`);
    try {
      const file = await this.store(this.place(part.name, from.version), "official download", (target) =>
        download(from, target),
      );
      const note = from.checksum === undefined ? ", which has no published checksum" : "";
      return { file, version: from.version, how: `official download${note} (${done()})` };
    } catch (error) {
      done();
      this.progress.line(`${part.name}: ${(error as Error).message}; building it instead`);
      return undefined;
    }
  }

  async build(part: Part): Promise<Provided> {
    const { name, version, module } = part;
    const done = this.progress.start(
      name,
      version,
      `building from its Go module (usually ${module.usually})`,
    );
    try {
      const file = await this.store(this.place(name, buildOf(part)), "built from its Go module", (target) =>
        this.goBuild(module, target),
      );
      return { file, version, how: `built from its Go module (${done()})` };
    } finally {
      done();
    }
  }

  /** A lock is a file with the number of the process that holds it. */
  async alone<T>(part: Pick<Part, "name">, work: () => Promise<T>): Promise<T> {
    const lock = path.join(this.folder, "locks", part.name);
    fs.mkdirSync(path.dirname(lock), { recursive: true });
    let told = false;
    while (!take(lock)) {
      if (!told) this.progress.line(`${part.name}: another sandbox is providing it; waiting`);
      told = true;
      await sleep(250);
    }
    try {
      return await work();
    } finally {
      fs.rmSync(lock, { force: true });
    }
  }

  /** Makes a file under a temporary name, so that the cache never holds half of one. */
  private async store(file: string, from: string, make: (target: string) => Promise<void>): Promise<string> {
    const temporary = `${file}.${process.pid}`;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    try {
      await make(temporary);
      fs.writeFileSync(`${file}.from`, from);
      fs.renameSync(temporary, file);
    } finally {
      fs.rmSync(temporary, { force: true });
    }
    return file;
  }

  private async goBuild(module: GoModule, target: string): Promise<void> {
    const variables = Object.entries(module.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
    const args = ["build", "-o", target, compiling, `${linking} ${variables.join(" ")}`];
    const overlay = `${target}.overlay.json`;
    const folder = path.join(packageFolder, module.folder ?? ".");
    if (module.embeds) {
      fs.writeFileSync(overlay, await this.overlay(folder, module.embeds));
      args.push("-overlay", overlay);
    }
    try {
      await this.go([...args, module.package], folder);
    } finally {
      fs.rmSync(overlay, { force: true });
    }
  }

  /** What has Go take a module's files for files of the folder, which stays as it is. */
  private async overlay(folder: string, { module, files }: Embedded): Promise<string> {
    const source = unpacked(await this.go(["mod", "download", "-json", module], folder));
    const pairs = Object.entries(files).map(([to, from]) => [path.join(folder, to), path.join(source, from)]);
    return JSON.stringify({ Replace: Object.fromEntries(pairs) as object });
  }

  private go(args: readonly string[], cwd: string): Promise<string> {
    if (findOnPath("go", this.env["PATH"]) === undefined) {
      throw new Error("Go is needed for this part: put `go` on PATH (https://go.dev/doc/install)");
    }
    // Without C no compiler but Go's is needed, and the result runs on any libc.
    return this.processes.run("go", args, { cwd, env: { ...this.env, CGO_ENABLED: "0" } });
  }

  private place(name: string, version: string): string {
    return path.join(this.folder, "bin", name, version, name);
  }

  /** OLM's CRDs: its release has them in one file, the Go module of its API in a folder. */
  async olmCrds(): Promise<string> {
    const folder = path.join(this.folder, "olm-crds", versions.olmApi);
    if (fs.existsSync(folder)) return folder;
    const temporary = `${folder}.${process.pid}`;
    fs.rmSync(temporary, { recursive: true, force: true });
    const url = `https://github.com/operator-framework/operator-lifecycle-manager/releases/download/${versions.olm}/crds.yaml`;
    const done = this.progress.start("olm-crds", versions.olmApi, "fetching");
    let how = "from its Go module";
    if (await this.hosts.answer(url)) {
      fs.mkdirSync(temporary, { recursive: true });
      await download({ url, version: versions.olm }, path.join(temporary, "crds.yaml"));
      how = "official download";
    } else {
      const source = path.join(
        await this.moduleFolder("github.com/operator-framework/api", versions.olmApi),
        "crds",
      );
      fs.mkdirSync(temporary, { recursive: true });
      for (const file of fs.readdirSync(source).filter((name) => name.endsWith(".yaml"))) {
        fs.writeFileSync(path.join(temporary, file), fs.readFileSync(path.join(source, file)));
      }
    }
    fs.renameSync(temporary, folder);
    this.progress.line(row("olm-crds", versions.olmApi, `${how} (${done()})`));
    return folder;
  }

  /** The CRDs of an API group, from the Go module that defines it. */
  async crds(module: CrdModule): Promise<string> {
    const name = `${module.group} CRDs`;
    const folder = path.join(this.folder, "crds", module.group, crdsVersion(module));
    const say = (how: string) => {
      this.progress.line(row(name, module.version, how));
      return folder;
    };
    if (fs.existsSync(folder)) return say("cached (from its Go module)");
    return this.alone({ name: `crds-${module.group}` }, async () => {
      if (fs.existsSync(folder)) return say("cached (from its Go module)");
      const done = this.progress.start(name, module.version, "fetching its Go module");
      const temporary = `${folder}.${process.pid}`;
      try {
        const source = await this.moduleFolder(module.module, module.version);
        prepareCrds(module, path.join(source, module.folder), temporary);
        fs.renameSync(temporary, folder);
        return say(`from its Go module (${done()})`);
      } finally {
        fs.rmSync(temporary, { recursive: true, force: true });
        done();
      }
    });
  }

  /** Where a Go module is unpacked, once it is there. */
  private async moduleFolder(module: string, version: string): Promise<string> {
    return unpacked(await this.go(["mod", "download", "-json", `${module}@${version}`], this.folder));
  }
}

/** The folder that `go mod download -json` tells of. */
const unpacked = (stdout: string) => (JSON.parse(stdout) as { Dir: string }).Dir;

export interface Parts {
  /** The executables by name. */
  readonly file: Readonly<Record<PartName, string>>;
  /** The folder of OLM's CRDs. */
  readonly olmCrds: string;
  /** The folders of the CRDs that an API's Go module has. */
  readonly crds: Readonly<Record<CrdGroup, string>>;
}

/** Has every part at hand, and says of each how. */
export async function provideParts(progress: Progress, processes: Processes): Promise<Parts> {
  const folder = cacheFolder();
  fs.mkdirSync(folder, { recursive: true });
  const sources = new RealSources(folder, progress, processes);
  const file: Record<string, string> = {};
  for (const part of [...publishedParts(), ...ownParts.map(ownPart)]) {
    const provided = await provide(part, sources);
    progress.line(row(part.name, provided.version, provided.how));
    file[part.name] = provided.file;
  }
  const olmCrds = await sources.olmCrds();
  const crds: Record<string, string> = {};
  for (const module of crdModules) crds[module.group] = await sources.crds(module);
  return { file: file as Parts["file"], olmCrds, crds: crds as Parts["crds"] };
}

/** One of our own executables, which has the version of the sandbox. */
function ownPart({ name, official, ...module }: OwnPart): Part {
  return { name, version: "own", onPath: { args: [], accepts: () => false }, ...official, module };
}

/**
 * Nobody debugs these executables. Without what debuggers read, compiling takes a tenth less and linking half: both write it,
 * and `-s -w` alone only leaves it out at the end.
 */
const compiling = "-gcflags=all=-dwarf=false";
const linking = "-ldflags=-s -w";

/**
 * Names a build after all that it is made of: its version, flags, the versions of all modules, and source text of ours.
 *
 * @param root The folder of this package.
 */
export function buildOf({ version, module }: Part, root = packageFolder): string {
  const own = (module.own ?? []).flatMap((folder) => sources(root, folder));
  const hash = createHash("sha256");
  hash.update(JSON.stringify([compiling, linking, module.package, module.variables]));
  for (const file of [path.join(module.folder ?? ".", "go.mod"), ...own])
    hash.update(`${file}\0`).update(fs.readFileSync(path.join(root, file)));
  return `${version}-${hash.digest("hex").slice(0, 12)}`;
}

/** All of a folder that can end up in an executable: embedded files too, tests not. */
function sources(root: string, folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith("_test.go"))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** The first executable of that name on a PATH. */
export function findOnPath(name: string, searchPath = ""): string | undefined {
  return searchPath
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

function take(lock: string): boolean {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    const holder = Number(readIfThere(lock));
    if (holder > 0 && !lives(holder)) {
      // Renamed before it is removed: of several who find the dead holder, one succeeds.
      const dead = `${lock}.${process.pid}`;
      try {
        fs.renameSync(lock, dead);
        fs.rmSync(dead);
      } catch {
        return false;
      }
    }
    return false;
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** One line of the list of parts. */
export function row(name: string, version: string, how: string): string {
  return `${name.padEnd(24)} ${version.padEnd(14)} ${how}`;
}
