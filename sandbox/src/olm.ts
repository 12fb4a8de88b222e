import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import type { Api } from "./api";
import type { SandboxOptions } from "./boot";
import { packageFolder } from "./folders";
import { freePorts } from "./ports";
import type { Processes } from "./processes";
import type { Parts } from "./provide";

const run = promisify(execFile);

/** The sandbox that something is started for. */
interface Place {
  readonly dir: string;
  readonly parts: Parts;
  readonly processes: Processes;
}

const olmNamespace = "openshift-operator-lifecycle-manager";
export const marketplace = "openshift-marketplace";

/** Where the content of the catalog's bundles is, if these are images. */
export const bundlesOf = (dir: string): string => path.join(dir, "bundles");

/** Renders the catalog and serves it. @returns the port. */
export async function serveCatalog(
  { dir, parts: { file }, processes }: Place,
  crds: string,
  { bundlesTake }: SandboxOptions,
): Promise<number> {
  const rendered = path.join(dir, "catalog");
  const from = path.join(packageFolder, "catalog");
  const images = bundlesTake === undefined ? [] : ["--bundles", bundlesOf(dir)];
  await run(file.operators, ["render-catalog", "--from", from, "--crds", crds, "--to", rendered, ...images]);
  const [port = 0] = await freePorts(1);
  const args = ["serve", rendered, "-p", String(port), "--cache-dir", path.join(dir, "catalog-cache")];
  const rest = ["--cache-enforce-integrity=false", "--pprof-addr", ""];
  processes.service("opm", file.opm, [...args, ...rest], { cwd: dir });
  return port;
}

/** Starts OLM's two operators and its package server, with the catalog that these know. */
export async function startOlm(
  api: Api,
  {
    dir,
    kubeconfig,
    parts: { file },
    processes,
    env,
  }: Place & { readonly kubeconfig: string; readonly env: Record<string, string> },
  catalogPort: number,
): Promise<void> {
  const options = { cwd: dir, env: { ...process.env, ...env } };
  const restarts = { afterSeconds: 5 };
  processes.service("olm", file.olm, ["--namespace", olmNamespace], options, restarts);
  const catalog = ["--kubeconfig", kubeconfig, "--namespace", marketplace];
  processes.service("catalog", file.catalog, catalog, options, restarts);
  const [port = 0] = await freePorts(1);
  const packages = [
    `--kubeconfig=${kubeconfig}`,
    `--global-namespace=${marketplace}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${path.join(dir, "pki", "package-server")}`,
  ];
  processes.service("package-server", file["package-server"], packages, options, restarts);
  await api.apply({
    apiVersion: "operators.coreos.com/v1alpha1",
    kind: "CatalogSource",
    metadata: { name: "redhat-operators", namespace: marketplace },
    spec: {
      sourceType: "grpc",
      address: `127.0.0.1:${catalogPort}`,
      displayName: "Red Hat Operators",
      publisher: "Red Hat",
    },
  });
  await registerPackages(api, port);
}

/** As OLM registers its package server, which here runs outside the cluster. */
async function registerPackages(api: Api, port: number): Promise<void> {
  const service = { namespace: olmNamespace, name: "packageserver-service" };
  await api.apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: service,
    spec: { type: "ExternalName", externalName: "127.0.0.1" },
  });
  await api.apply({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1.packages.operators.coreos.com" },
    spec: {
      group: "packages.operators.coreos.com",
      version: "v1",
      groupPriorityMinimum: 2_000,
      versionPriority: 15,
      insecureSkipTLSVerify: true,
      service: { ...service, port },
    },
  });
}
