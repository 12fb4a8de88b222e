import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { promisify } from "node:util";
import type { Download } from "./parts";

const run = promisify(execFile);

/** How long a refusal is believed: a machine without these hosts must not lose seconds at each boot. */
const refusalLasts = 10 * 60_000;

/** Which hosts answer. Each is tried once. */
export class Hosts {
  private readonly answers = new Map<string, Promise<boolean>>();

  /** @param folder where refusals are kept for the next sandbox */
  constructor(
    private readonly folder: string,
    private readonly timeout = 4000,
  ) {}

  answer(url: string): Promise<boolean> {
    const { hostname, port, protocol } = new URL(url);
    const known =
      this.answers.get(hostname) ?? this.ask(hostname, Number(port || (protocol === "http:" ? 80 : 443)));
    this.answers.set(hostname, known);
    return known;
  }

  private async ask(hostname: string, port: number): Promise<boolean> {
    const note = path.join(this.folder, `${hostname}-${port}`);
    const refused = fs.statSync(note, { throwIfNoEntry: false })?.mtimeMs;
    if (refused !== undefined && Date.now() - refused < refusalLasts) return false;

    const answers = await new Promise<boolean>((resolve) => {
      const socket = net.connect({ host: hostname, port });
      const end = (answer: boolean) => {
        socket.destroy();
        resolve(answer);
      };
      socket.setTimeout(this.timeout, () => {
        end(false);
      });
      socket.once("connect", () => {
        end(true);
      });
      socket.once("error", () => {
        end(false);
      });
    });
    fs.rmSync(note, { force: true });
    if (!answers) {
      fs.mkdirSync(this.folder, { recursive: true });
      fs.writeFileSync(note, "");
    }
    return answers;
  }
}

/** Puts the publisher's file at `target`, after checking it against the publisher's checksum. */
export async function download(from: Download, target: string): Promise<void> {
  const bytes = Buffer.from(await (await get(from.url)).arrayBuffer());
  if (from.checksum !== undefined) {
    const published = await (await get(from.checksum)).text();
    const file = path.posix.basename(new URL(from.url).pathname);
    const expected = checksumOf(file, published);
    const actual = createHash("sha256").update(bytes).digest("hex");
    if (actual !== expected) {
      throw new Error(
        `${from.url} has the SHA-256 ${actual}, but ${from.checksum} says ${expected ?? "nothing of it"}`,
      );
    }
  }
  if (from.member === undefined) {
    fs.writeFileSync(target, bytes);
  } else {
    const folder = fs.mkdtempSync(`${target}-`);
    try {
      fs.writeFileSync(path.join(folder, "archive.tar.gz"), bytes);
      await run("tar", ["-xzf", "archive.tar.gz", from.member], { cwd: folder });
      fs.renameSync(path.join(folder, from.member), target);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }
  fs.chmodSync(target, 0o755);
}

/** The checksum of a file in a publisher's list, or in a checksum file that holds nothing else. */
export function checksumOf(file: string, published: string): string | undefined {
  const lines = published.trim().split("\n");
  for (const line of lines) {
    const [hash, name] = line.trim().split(/\s+\*?/);
    if (
      hash !== undefined &&
      /^[0-9a-f]{64}$/i.test(hash) &&
      (name === file || (!name && lines.length === 1))
    ) {
      return hash.toLowerCase();
    }
  }
  return undefined;
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}
