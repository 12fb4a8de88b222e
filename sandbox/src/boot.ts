import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { Api, type KubeObject } from "./api";
import { applyAll } from "./apply";
import { ControlPlane } from "./controlPlane";
import { crdGroups, type CrdGroup } from "./crds";
import { applyFixture, type FixtureName } from "./fixtures";
import { packageFolder, programFolder, stateRoot } from "./folders";
import { bundlesOf, marketplace, serveCatalog, startOlm } from "./olm";
import {
  findPlugins,
  localPlugins,
  pluginEnvironment,
  reviveStandIns,
  servePlugins,
  type ServedPlugin,
} from "./plugins";
import { Processes } from "./processes";
import { duration, silent, type Progress } from "./progress";
import { provideParts, type Parts } from "./provide";
import { waitFor } from "./wait";

const run = promisify(execFile);

export interface SandboxOptions {
  /** The program's folder: stand-ins for plugins work there, as plugins do. @default - this repository */
  programDir?: string;
  /** The sandbox's own folder, new or empty. @default - a new one below `ORCHESTRATOR_SANDBOX_STATE` or the temporary folder */
  dir?: string;
  /** How long pods take to start, for their images and whatever runs in them, in seconds. @default 0 */
  podsTake?: number;
  /**
   * How long OLM's Jobs take to unpack a bundle, in seconds. Then the catalog's bundles are images, as they are in all
   * catalogs of a cluster. @default - the catalog carries the content of its bundles, and nothing is unpacked
   */
  bundlesTake?: number;
  /** Leave the folder, with its logs, when the sandbox stops. @default false */
  keep?: boolean;
  /** Who is told what happens. @default - nobody */
  progress?: Progress;
  /** Ends the boot, and what it has started, before it is ready. @default - only a failure does */
  signal?: AbortSignal;
}

/** One phase of the boot and the milliseconds it took. */
export interface Timing {
  readonly phase: string;
  readonly milliseconds: number;
}

/** A running control plane with OLM, to run the program against. */
export interface Sandbox {
  readonly dir: string;
  readonly kubeconfig: string;
  readonly apiServerUrl: string;
  /** The environment for `pulumi` and `kubectl`: everything of `process.env`, and what points them here. */
  readonly env: Readonly<Record<string, string>>;
  /** What of `env` the sandbox set itself. */
  readonly ownEnv: Readonly<Record<string, string>>;
  readonly plugins: readonly ServedPlugin[];
  readonly timings: readonly Timing[];
  readonly processes: Processes;
  /** Where each executable is. */
  readonly files: Parts["file"];
  /** Runs kubectl and gives its standard output; throws when it fails. */
  kubectl(...args: string[]): Promise<string>;
  /** The API, for kinds and objects that have no client. */
  readonly api: Api;
  /** Puts something into the cluster that was there before the program, and not by OLM. */
  fixture(name: FixtureName): Promise<void>;
  /** Kills the API server, as a crash would; all else goes on. */
  killApiServer(): Promise<void>;
  /** Kills the API server if it runs, starts it again at the same address, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /** Starts again the stand-ins for plugins that have ended; `env` then leads to these. */
  revivePlugins(): Promise<void>;
  /** Ends every process and, unless it is to be kept, removes the folder. */
  stop(): Promise<void>;
}

/** Boots a sandbox. What it starts ends with this process at the latest, however that ends. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { programDir = programFolder, keep = false, podsTake = 0, progress = silent } = options;
  const timings: Timing[] = [];
  const timed = async <T>(phase: string, work: Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await work;
    timings.push({ phase, milliseconds: performance.now() - begun });
    return result;
  };

  const dir = makeFolder(options.dir);
  const processes = new Processes(dir);
  processes.removeFolderAtEnd(!keep);
  options.signal?.addEventListener("abort", () => void processes.stop());
  try {
    const parts = await timed("parts", provideParts(progress, processes));
    const found = await timed("plugins", findPlugins(parts.file.pulumi, progress, processes));
    const begun = performance.now();
    const env = environment(dir, parts);
    const crds = placeCrds(dir, parts);
    const [plane, catalogPort] = await Promise.all([
      timed("API server", ControlPlane.start(dir, parts.file, processes, podsTake)),
      timed("catalog", serveCatalog({ dir, parts, processes }, crds["argoproj.io"], options)),
    ]);
    const api = new Api(plane.kubeconfig);
    await timed(
      "OpenShift kinds",
      applyAll(api, parts.olmCrds, path.join(packageFolder, "manifests", "openshift-crds.yaml")),
    );
    await timed("OpenShift objects", applyOpenShift(api, plane));
    const olm = { dir, kubeconfig: plane.kubeconfig, parts, processes, env };
    await timed("OLM", startOlm(api, olm, catalogPort));
    startOperators(dir, plane, parts, crds["tekton.dev"], processes, env, options);
    const places = {
      standins: parts.file.standins,
      home: path.join(dir, "pulumi-home"),
      programDir,
      kubeconfig: plane.kubeconfig,
    };
    const pluginEnv = { ...process.env, ...env };
    let [served] = await Promise.all([
      timed("stand-ins", servePlugins(found, places, pluginEnv, processes)),
      timed("OLM and node", ready(api, processes)),
    ]);
    timings.push({ phase: "boot", milliseconds: performance.now() - begun });
    progress.line(`The sandbox is ready after ${duration(performance.now() - begun)}: ${dir}`);

    const ownEnv = () => ({ ...env, ...pluginEnvironment(served) });
    const whole = () => ({ ...(process.env as Record<string, string>), ...ownEnv() });
    return {
      dir,
      kubeconfig: plane.kubeconfig,
      apiServerUrl: plane.url,
      get env() {
        return whole();
      },
      get ownEnv() {
        return ownEnv();
      },
      get plugins() {
        return served;
      },
      timings,
      processes,
      files: parts.file,
      api,
      async kubectl(...args) {
        const ask = () => run(parts.file.kubectl, args, { env: whole(), maxBuffer: 256 << 20 });
        const answer = await ask().catch((error: unknown) => {
          // It remembers for minutes which version of a kind is served, and an operator's next version may bring another.
          if (!String(error).includes("could not find the requested resource")) throw error;
          fs.rmSync(path.join(dir, "kube-cache"), { recursive: true, force: true });
          return ask();
        });
        return answer.stdout;
      },
      fixture: (name) => applyFixture(api, crds, name),
      killApiServer: () => plane.killApiServer(),
      async restartApiServer() {
        await plane.killApiServer();
        await plane.startApiServer();
      },
      async revivePlugins() {
        served = await reviveStandIns(served, places, pluginEnv, processes);
      },
      stop: () => processes.stop(),
    };
  } catch (error) {
    if (!keep)
      progress.line(`The sandbox did not start. Its logs are removed with ${dir}; --keep leaves them.`);
    await processes.stop();
    throw error;
  }
}

function makeFolder(dir?: string): string {
  if (dir === undefined) {
    const root = stateRoot();
    fs.mkdirSync(root, { recursive: true });
    return fs.mkdtempSync(path.join(fs.realpathSync(root), "orchestrator-sandbox-"));
  }
  fs.mkdirSync(dir, { recursive: true });
  const folder = fs.realpathSync(dir);
  if (fs.readdirSync(folder).length > 0) {
    throw new Error(
      `${folder} is not empty: a sandbox wants a folder of its own, which it removes at the end`,
    );
  }
  return folder;
}

/** What points `pulumi` and `kubectl` at this sandbox and keeps their files in its folder. */
function environment(dir: string, { file }: Parts): Record<string, string> {
  const bin = path.join(dir, "bin");
  for (const folder of ["bin", "state", "pulumi-home", "tmp"])
    fs.mkdirSync(path.join(dir, folder), { recursive: true });
  for (const name of ["kubectl", "pulumi", "pulumi-language-nodejs"] as const)
    place(file[name], path.join(bin, name));
  const local = localPlugins();
  return {
    PATH: [local, bin, process.env["PATH"]].filter(Boolean).join(path.delimiter),
    TMPDIR: path.join(dir, "tmp"),
    KUBECONFIG: path.join(dir, "kubeconfig"),
    KUBECACHEDIR: path.join(dir, "kube-cache"),
    // Beside each state, a file backend writes the state's content type, and it cannot read the one without the other: a
    // kill between the two would lose a stack.
    PULUMI_BACKEND_URL: `file://${path.join(dir, "state")}?metadata=skip`,
    PULUMI_HOME: path.join(dir, "pulumi-home"),
    PULUMI_CONFIG_PASSPHRASE: "sandbox",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** CRDs by group where a hand finds them, too: what the modules have, and the one that is written here. */
function placeCrds(dir: string, parts: Parts): Record<CrdGroup, string> {
  const folder = (group: CrdGroup) => path.join(dir, "crds", group);
  for (const group of crdGroups) fs.cpSync(parts.crds[group], folder(group), { recursive: true });
  const own = "argocds.argoproj.io.yaml";
  fs.copyFileSync(path.join(packageFolder, "catalog", "crds", own), path.join(folder("argoproj.io"), own));
  return Object.fromEntries(crdGroups.map((group) => [group, folder(group)])) as Record<CrdGroup, string>;
}

/** The same file at another place. No symbolic link: the engine looks for its language host beside itself. */
function place(from: string, to: string): void {
  try {
    fs.linkSync(fs.realpathSync(from), to);
  } catch {
    fs.copyFileSync(from, to); // another file system
  }
}

/** Starts the one that plays the operators that OLM installs. */
function startOperators(
  dir: string,
  { kubeconfig, network, kubeletPort }: ControlPlane,
  { file }: Parts,
  tektonCrds: string,
  processes: Processes,
  own: Record<string, string>,
  { podsTake = 0, bundlesTake }: SandboxOptions,
): void {
  const bundles =
    bundlesTake === undefined ? [] : ["--bundles", bundlesOf(dir), "--bundles-take", `${bundlesTake}s`];
  const where = ["--kubeconfig", kubeconfig, "--network", network];
  const args = [...where, "--tekton-crds", tektonCrds, "--pods-take", `${podsTake}s`];
  const logs = ["--logs-port", String(kubeletPort)];
  const env = { ...process.env, ...own };
  processes.service("operators", file.operators, ["run", ...args, ...logs, ...bundles], { cwd: dir, env });
}

async function applyOpenShift(api: Api, { url, kubeletPort }: ControlPlane): Promise<void> {
  await applyAll(api, path.join(packageFolder, "manifests", "openshift.yaml"));
  const status = { daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } } };
  await api.request(
    "PATCH",
    "/api/v1/nodes/node-1/status",
    { status },
    { "content-type": "application/merge-patch+json" },
  );
  // Each cluster has an id of its own, from its installer.
  const version = {
    apiVersion: "config.openshift.io/v1",
    kind: "ClusterVersion",
    metadata: { name: "version" },
  };
  await api.apply({ ...version, spec: { channel: "stable-4.16", clusterID: randomUUID() } });
  await api.apply({
    apiVersion: "config.openshift.io/v1",
    kind: "Infrastructure",
    metadata: { name: "cluster" },
    spec: { platformSpec: { type: "None" } },
    status: {
      apiServerURL: url,
      apiServerInternalURI: url,
      infrastructureName: "sandbox-x7k2p",
      platform: "None",
      platformStatus: { type: "None" },
      controlPlaneTopology: "SingleReplica",
      infrastructureTopology: "SingleReplica",
    },
  });
}

/** The node is Ready, the catalog is connected, and OLM's operators and its package server have done their first work. */
async function ready(api: Api, processes: Processes): Promise<void> {
  const check = () => {
    processes.check();
  };
  const field = async (place: string, read: (object: KubeObject) => unknown, expected: unknown) =>
    read((await api.get(place)) as KubeObject) === expected;

  const node = () =>
    field(
      "/api/v1/nodes/node-1",
      ({ status }) =>
        (status as { conditions?: { type: string; status: string }[] }).conditions?.find(
          ({ type }) => type === "Ready",
        )?.status,
      "True",
    );
  const catalog = () =>
    field(
      `/apis/operators.coreos.com/v1alpha1/namespaces/${marketplace}/catalogsources/redhat-operators`,
      ({ status }) =>
        (status as { connectionState?: { lastObservedState?: string } }).connectionState?.lastObservedState,
      "READY",
    );
  const packages = () =>
    field(
      `/apis/packages.operators.coreos.com/v1/namespaces/${marketplace}/packagemanifests/rhdh`,
      ({ status }) => (status as { catalogSource?: string }).catalogSource,
      "redhat-operators",
    );
  const operatorGroup = () =>
    field(
      "/apis/operators.coreos.com/v1/namespaces/openshift-operators/operatorgroups/global-operators",
      ({ status }) => (status as { namespaces?: string[] }).namespaces?.[0],
      "",
    );
  await Promise.all([
    waitFor("node-1 to be Ready", node, { check }),
    waitFor("the CatalogSource redhat-operators to be READY", catalog, { check }),
    waitFor("the package server to have the catalog's packages", packages, { check }),
    waitFor("OLM to accept the OperatorGroup global-operators", operatorGroup, { check }),
  ]);
}
