import * as os from "node:os";
import * as path from "node:path";

/** The folder of this package: where the Go modules, the manifests and the catalog are. */
export const packageFolder = path.resolve(__dirname, "..");

/** The program that the sandbox runs: the folder with `Pulumi.yaml`. */
export const programFolder = path.resolve(packageFolder, "..");

/** Built and downloaded parts. Nothing in it belongs to one sandbox; it can be deleted at any time. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { ORCHESTRATOR_SANDBOX_CACHE: own, XDG_CACHE_HOME: xdg } = env;
  return own
    ? path.resolve(own)
    : path.join(xdg ?? path.join(os.homedir(), ".cache"), "orchestrator-sandbox");
}

/** Where each sandbox makes a folder of its own. */
export function stateRoot(env: NodeJS.ProcessEnv = process.env): string {
  return path.resolve(env["ORCHESTRATOR_SANDBOX_STATE"] ?? os.tmpdir());
}
