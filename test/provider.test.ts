import { execFile, spawn, type ChildProcess } from "node:child_process";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatHome, packageName, parseHome } from "../provider/home";
import { ApiServer, object } from "./support/apiServer";

/** The plugin, started and spoken to as the engine does it. */
let api: ApiServer;
let client: ResourceProviderClient;

async function started(env: NodeJS.ProcessEnv = {}) {
  const plugin = execFile("provider/pulumi-resource-orchestrator", ["127.0.0.1:1"], {
    env: { ...process.env, ...env },
  });
  const port = await new Promise<string>((resolve) => plugin.stdout?.once("data", resolve));
  const client = new ResourceProviderClient(`127.0.0.1:${port.trim()}`, grpc.credentials.createInsecure());
  running.push({ plugin, client });
  return { client };
}
const running: { readonly plugin: ChildProcess; readonly client: ResourceProviderClient }[] = [];

beforeEach(async () => {
  api = await ApiServer.start();
  api.put(object("v1", "Namespace", "kube-system", {}, { uid: "own" }));
  ({ client } = await started());
});
afterEach(() => {
  for (const { plugin, client } of running.splice(0)) {
    client.close();
    plugin.kill();
  }
  api.stop();
});

type Reply<T> = (error: grpc.ServiceError | null, response: T) => void;
const answerTo = <T>(ask: (reply: Reply<T>) => unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    ask((error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });

const home = { identity: "Namespace/kube-system/own" };
const enter = (identity: string, { client: asked = client, isConfigured = false } = {}) => {
  const value = new rpc.ParameterizeRequest.ParametersValue();
  value.setName(packageName);
  value.setVersion("1.0.0");
  value.setValue(Buffer.from(formatHome({ identity, isConfigured })).toString("base64"));
  const request = new rpc.ParameterizeRequest();
  request.setValue(value);
  return answerTo<rpc.ParameterizeResponse>((reply) => asked.parameterize(request, reply));
};
const urn = (type: string) => `urn:pulumi:dev::orchestrator::parent:index:Of$${packageName}:index:${type}::x`;
const diff = async (type: string, before: Record<string, string>, after: Record<string, string>) => {
  const request = new rpc.DiffRequest();
  request.setUrn(urn(type));
  request.setOlds(Struct.fromJavaScript(before));
  request.setNews(Struct.fromJavaScript(after));
  const response = await answerTo<rpc.DiffResponse>((reply) => client.diff(request, reply));
  return response.getDiffsList();
};

describe("the project's own provider", () => {
  it("is let onto the cluster of the stack, and no other", async () => {
    expect((await enter(home.identity)).getName()).toBe(packageName);
    await expect(enter("Namespace/kube-system/of-another")).rejects.toThrow(
      /FAILED_PRECONDITION: this is not the cluster of the stack.*of-another/s,
    );
  });

  it("does not take another cluster for a changed setting", async () => {
    await enter(home.identity);
    const change = (before: string, after: string) => {
      const request = new rpc.DiffRequest();
      request.setOldInputs(Struct.fromJavaScript({ identity: before }));
      request.setNews(Struct.fromJavaScript({ identity: after }));
      return answerTo<rpc.DiffResponse>((reply) => client.diffConfig(request, reply));
    };
    await expect(change("Namespace/kube-system/of-another", home.identity)).rejects.toThrow("of-another");
    // The same cluster, told by something else: somebody with more rights has run the program.
    api.put(object("config.openshift.io/v1", "ClusterVersion", "version", { spec: { clusterID: "id" } }));
    const response = await change(home.identity, "ClusterVersion/version/id");
    expect(response.getDiffsList()).toEqual(["identity"]);
  });

  it("keeps the identity of a stack's cluster as it was first written down", async () => {
    await enter(home.identity);
    api.put(object("config.openshift.io/v1", "ClusterVersion", "version", { spec: { clusterID: "id" } }));
    expect(await diff("Cluster", home, { identity: "ClusterVersion/version/id" })).toEqual([]);
    await expect(diff("Cluster", { identity: "Namespace/kube-system/of-another" }, home)).rejects.toThrow(
      "of-another",
    );
  });

  it("goes the way of the stack's Kubernetes provider, whatever is set today", async () => {
    const kubeconfig = "{clusters: [{name: a, cluster: {server: https://127.0.0.1:1}}]}";
    const today = await started({ PULUMI_CONFIG: JSON.stringify({ kubeconfig }) });
    await enter(home.identity, { client: today.client });
    const configured = enter(home.identity, { client: today.client, isConfigured: true });
    await expect(configured).rejects.toThrow(
      "FAILED_PRECONDITION: the kubeconfig has no context that is current",
    );
  });

  it("makes no changes while the engine is ending it", async () => {
    await expect(answerTo<Empty>((reply) => client.cancel(new Empty(), reply))).resolves.toBeInstanceOf(
      Empty,
    );
  });

  it("tells an unknown type from a known one", async () => {
    await enter(home.identity);
    await expect(diff("Whatever", {}, {})).rejects.toThrow("there is no resource Whatever");
  });
});

describe("an operator, as it is found at the start of a run", () => {
  const olm = "operators.coreos.com/v1alpha1";
  const operator = { package: "op", namespace: "ops", pin: "op.v1" };
  const read = async (properties: Record<string, string>) => {
    const request = new rpc.ReadRequest();
    request.setUrn(urn("OperatorState"));
    request.setId("ops/op");
    request.setProperties(Struct.fromJavaScript(properties));
    const response = await answerTo<rpc.ReadResponse>((reply) => client.read(request, reply));
    return response.getProperties()?.toJavaScript() as Record<string, string>;
  };
  const installed = (csv: string, phase = "Succeeded") => {
    api.put(
      object(olm, "Subscription", "ops/op", { spec: { name: "op" }, status: { installedCSV: csv } }),
      object(olm, "ClusterServiceVersion", `ops/${csv}`, { status: { phase } }),
    );
  };
  beforeEach(() => enter(home.identity));

  it("is left as it was where all is in order", async () => {
    installed("op.v1");
    expect(await read({ ...operator, repair: "" })).toEqual({ ...operator, repair: "" });
    expect(await read({ ...operator, repair: "then" })).toMatchObject({ repair: "then" });
  });

  it.each<[string, () => void]>([
    ["was uninstalled in the console", () => undefined],
    [
      "has lost its CSV",
      () => {
        installed("op.v1");
        api.objects.delete("ClusterServiceVersion ops/op.v1");
      },
    ],
    [
      "does not run",
      () => {
        installed("op.v1", "Failed");
      },
    ],
    [
      "was moved beyond its pin",
      () => {
        installed("op.v2");
      },
    ],
  ])("is to be looked after again where it %s", async (_, prepare) => {
    prepare();
    const { repair } = await read({ ...operator, repair: "then" });
    expect(Date.parse(repair ?? "")).toBeGreaterThan(Date.now() - 60_000);
  });

  it("may be on its way back while it is looked at", async () => {
    installed("op.v1", "Installing");
    setTimeout(() => {
      installed("op.v1");
    }, 30);
    expect(await read({ ...operator, repair: "then" })).toMatchObject({ repair: "then" });
  });

  it("may be of any version without a pin", async () => {
    installed("op.v2");
    expect(await read({ package: "op", namespace: "ops", repair: "" })).toMatchObject({ repair: "" });
  });
});

it("reads back where a stack is at home", () => {
  const whole = { identity: "Namespace/kube-system/own", context: "prod", isConfigured: true };
  expect(parseHome(formatHome(whole))).toEqual(whole);
  expect(() => parseHome("{}")).toThrow("no identity");
});

it("ends with the engine that has started it, also when that is killed", async () => {
  const provider = path.resolve(__dirname, "..", "provider", "pulumi-resource-orchestrator");
  const engine = spawn("sh", ["-c", `node "${provider}" 127.0.0.1:1 & echo "pid $!"; wait`]);
  let said = "";
  engine.stdout.on("data", (text: Buffer) => (said += text.toString()));
  await vi.waitFor(
    () => {
      expect(said).toMatch(/^pid \d+\n\d+\n/);
    },
    { timeout: 30_000 },
  );
  const pid = Number(/\d+/.exec(said)?.[0]);
  const lives = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  expect(lives()).toBe(true);
  engine.kill("SIGKILL");
  await vi.waitFor(
    () => {
      expect(lives()).toBe(false);
    },
    { timeout: 10_000 },
  );
});
