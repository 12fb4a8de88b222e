import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { KubeObject, Sandbox } from "../../sandbox/src";
import type { CountedClient } from "./requests";

/** The same objects, made by `kubectl`. */
export class KubectlSide {
  private readonly file: string;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly client: CountedClient,
  ) {
    this.file = path.join(sandbox.dir, "objects.json");
  }

  /** What the next commands are about. */
  give(objects: readonly KubeObject[]): void {
    fs.writeFileSync(this.file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  }

  apply(): Promise<void> {
    return this.run("apply", "--server-side");
  }

  /** Fails unless nothing differs. */
  diffUnchanged(): Promise<void> {
    return this.run("diff", "--server-side");
  }

  delete(): Promise<void> {
    return this.run("delete", "--wait=true");
  }

  private run(...args: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.sandbox.files.kubectl, [...args, "-f", this.file], {
        env: { ...this.sandbox.env, KUBECONFIG: this.client.kubeconfig },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => (output += text));
      child.once("error", reject);
      child.once("close", (code) => {
        if (code === 0) resolve();
        else reject(new Error(`kubectl ${args.join(" ")} ended with ${String(code)}:\n${output}`));
      });
    });
  }
}
