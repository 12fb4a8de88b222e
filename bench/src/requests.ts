import * as fs from "node:fs";
import * as path from "node:path";
import { waitFor, type Sandbox } from "../../sandbox/src";

const namespace = "bench";
const counter = "apiserver_flowcontrol_dispatched_requests_total";

/**
 * A user of the API server whose requests are counted by the API server itself: nothing stands between the two. The
 * user's FlowSchema is what the count is kept for; its level is `exempt`, so that nothing is throttled or queued.
 */
export class CountedClient {
  private constructor(
    private readonly sandbox: Sandbox,
    private readonly name: string,
    /** Makes whoever uses it this client. */
    readonly kubeconfig: string,
  ) {}

  static async create(sandbox: Sandbox, name: string): Promise<CountedClient> {
    const { api } = sandbox;
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await api.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
    await api.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: schema(name) },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    });
    await api.apply({
      apiVersion: "flowcontrol.apiserver.k8s.io/v1",
      kind: "FlowSchema",
      metadata: { name: schema(name) },
      spec: {
        matchingPrecedence: 2, // 1 is the API server's own
        priorityLevelConfiguration: { name: "exempt" },
        rules: [
          {
            subjects: [{ kind: "ServiceAccount", serviceAccount: { name, namespace } }],
            resourceRules: [
              { apiGroups: ["*"], resources: ["*"], verbs: ["*"], namespaces: ["*"], clusterScope: true },
            ],
            nonResourceRules: [{ nonResourceURLs: ["*"], verbs: ["*"] }],
          },
        ],
      },
    });

    const kubeconfig = path.join(sandbox.dir, `kubeconfig-${name}`);
    fs.copyFileSync(sandbox.kubeconfig, kubeconfig);
    const token = await sandbox.kubectl("create", "token", name, "-n", namespace, "--duration=24h");
    const config = (...args: string[]) => sandbox.kubectl("config", ...args, "--kubeconfig", kubeconfig);
    await config("set-credentials", name, `--token=${token.trim()}`);
    await config("set-context", "--current", `--user=${name}`);

    const client = new CountedClient(sandbox, name, kubeconfig);
    await waitFor(`the requests of ${name} to be counted`, async () => {
      const before = await client.requests();
      await sandbox.kubectl("get", "--raw", "/version", "--kubeconfig", kubeconfig);
      return (await client.requests()) === before + 1;
    });
    return client;
  }

  /** How many requests of this client the API server has taken on so far; a watch is one. */
  async requests(): Promise<number> {
    const metrics = String(await this.sandbox.api.get("/metrics"));
    const line = metrics
      .split("\n")
      .find((line) => line.startsWith(`${counter}{`) && line.includes(`flow_schema="${schema(this.name)}"`));
    return line === undefined ? 0 : Number(line.split(" ").at(-1));
  }
}

const schema = (name: string) => `bench-${name}`;
