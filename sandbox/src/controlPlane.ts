import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import { stringify } from "yaml";
import { packageFolder } from "./folders";
import { freePorts } from "./ports";
import type { Processes } from "./processes";
import type { Parts } from "./provide";
import { waitFor } from "./wait";

/** How long the path of a Unix socket may be, in characters: `sun_path` of unix(7), which is shorter on macOS. */
const longestSocket = 103;

/** etcd and the Kubernetes processes of one sandbox. */
export class ControlPlane {
  readonly kubeconfig: string;
  readonly url: string;
  /** Where the API server hands over what goes to pods: the other end is played. */
  readonly network: string;

  private constructor(
    private readonly folder: string,
    private readonly file: Parts["file"],
    private readonly processes: Processes,
    private readonly token: string,
    private readonly podsTake: number,
    private readonly ports: { readonly etcd: number; readonly etcdPeer: number; readonly api: number },
    /** Where the API server asks for the logs of pods. */
    readonly kubeletPort: number,
  ) {
    this.kubeconfig = path.join(folder, "kubeconfig");
    this.url = `https://127.0.0.1:${ports.api}`;
    this.network = path.join(folder, "network");
  }

  /** Starts it, and comes back when the API server is ready. */
  static async start(
    folder: string,
    file: Parts["file"],
    processes: Processes,
    podsTake: number,
  ): Promise<ControlPlane> {
    const token = randomBytes(16).toString("hex");
    const [etcd, etcdPeer, api, kubelet] = (await freePorts(4)) as [number, number, number, number];
    const ports = { etcd, etcdPeer, api };
    const plane = new ControlPlane(folder, file, processes, token, podsTake, ports, kubelet);
    plane.writeKeys();
    plane.writeEgress();
    plane.startEtcd();
    await plane.startApiServer();
    plane.startControllers();
    return plane;
  }

  /** Kills the API server, as a crash would. */
  async killApiServer(): Promise<void> {
    await this.processes.kill("kube-apiserver");
  }

  async startApiServer(): Promise<void> {
    const { folder } = this;
    this.processes.service("kube-apiserver", this.file["kube-apiserver"], [
      `--etcd-servers=http://127.0.0.1:${this.ports.etcd}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${this.ports.api}`,
      // An address for documentation: nothing connects to it, and a machine without network has no other.
      "--advertise-address=192.0.2.1",
      "--endpoint-reconciler-type=none",
      `--cert-dir=${path.join(folder, "pki")}`,
      `--token-auth-file=${path.join(folder, "pki", "tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--allow-privileged=true",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${path.join(folder, "pki", "sa.pub")}`,
      `--service-account-signing-key-file=${path.join(folder, "pki", "sa.key")}`,
      `--egress-selector-config-file=${this.egress}`,
      "--shutdown-delay-duration=0s",
    ]);
    await waitFor("the API server", () => this.isReady(), {
      check: () => {
        this.processes.check();
      },
    });
    this.writeKubeconfig();
  }

  private startEtcd(): void {
    const client = `http://127.0.0.1:${this.ports.etcd}`;
    const peer = `http://127.0.0.1:${this.ports.etcdPeer}`;
    this.processes.service("etcd", this.file.etcd, [
      "--name=sandbox",
      `--data-dir=${path.join(this.folder, "etcd")}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=sandbox=${peer}`,
      "--quota-backend-bytes=4294967296",
      "--unsafe-no-fsync",
    ]);
  }

  private startControllers(): void {
    const pki = path.join(this.folder, "pki");
    // No leader to elect and no port to serve: there is one of each, and several sandboxes.
    const common = [`--kubeconfig=${this.kubeconfig}`, "--leader-elect=false", "--secure-port=0"];
    this.processes.service("kube-controller-manager", this.file["kube-controller-manager"], [
      ...common,
      `--root-ca-file=${path.join(pki, "apiserver.crt")}`,
      `--service-account-private-key-file=${path.join(pki, "sa.key")}`,
      // The defaults are for a shared API server; here they would only slow down large removals.
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
    ]);
    this.processes.service("kube-scheduler", this.file["kube-scheduler"], [
      ...common,
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
    ]);
    // Without leases the controller manager would take the node for lost after a minute.
    this.processes.service(
      "kwok",
      this.file.kwok,
      [
        `--kubeconfig=${this.kubeconfig}`,
        `--config=${this.kubelet()}`,
        "--manage-all-nodes=true",
        // What it has seen of a node may be from before its address was there. Then it writes this one, and else none: without an
        // address, the API server asks nobody for logs.
        "--node-ip=127.0.0.1",
        "--node-lease-duration-seconds=40",
      ],
      { env: { ...process.env, KWOK_WORKDIR: path.join(this.folder, "kwok") } },
    );
  }

  /** What kwok plays of the kubelet, whose pods take their time to start. */
  private kubelet(): string {
    const stages = fs.readFileSync(path.join(packageFolder, "manifests", "kubelet.yaml"), "utf8");
    const file = path.join(this.folder, "kubelet.yaml");
    fs.writeFileSync(
      file,
      stages.replace("durationMilliseconds: 0", `durationMilliseconds: ${this.podsTake * 1_000}`),
    );
    return file;
  }

  private get egress(): string {
    return path.join(this.folder, "egress.yaml");
  }

  /** Has the API server reach Services, pods and nodes through a tunnel: here, no address of the cluster leads anywhere. */
  private writeEgress(): void {
    if (this.network.length > longestSocket)
      throw new Error(
        `${this.folder} is too long a path: a Unix socket in it has more than ${longestSocket} characters`,
      );
    const connection = {
      proxyProtocol: "HTTPConnect",
      transport: { uds: { udsName: this.network } },
    };
    const selection = {
      apiVersion: "apiserver.k8s.io/v1beta1",
      kind: "EgressSelectorConfiguration",
      egressSelections: [{ name: "cluster", connection }],
    };
    fs.writeFileSync(this.egress, stringify(selection));
  }

  private writeKeys(): void {
    const pki = path.join(this.folder, "pki");
    fs.mkdirSync(pki, { recursive: true, mode: 0o700 });
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    fs.writeFileSync(path.join(pki, "sa.pub"), publicKey);
    fs.writeFileSync(path.join(pki, "sa.key"), privateKey, { mode: 0o600 });
    fs.writeFileSync(
      path.join(pki, "tokens.csv"),
      `${this.token},sandbox-admin,sandbox-admin,system:masters\n`,
      {
        mode: 0o600,
      },
    );
  }

  private writeKubeconfig(): void {
    const name = "sandbox";
    const certificate = fs.readFileSync(path.join(this.folder, "pki", "apiserver.crt")).toString("base64");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server: this.url, "certificate-authority-data": certificate } }],
      users: [{ name, user: { token: this.token } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
      "current-context": name,
    };
    fs.writeFileSync(this.kubeconfig, stringify(config), { mode: 0o600 });
  }

  private async isReady(): Promise<boolean> {
    const ca = fs.readFileSync(path.join(this.folder, "pki", "apiserver.crt"));
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.token}` };
      const request = https.get(
        `${this.url}/readyz`,
        { ca, headers, agent: false, timeout: 2000 },
        (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        },
      );
      request.once("timeout", () => request.destroy(new Error("no answer")));
      request.once("error", reject);
    });
  }
}
