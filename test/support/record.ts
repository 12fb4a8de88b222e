import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import type { PreflightInput } from "../../tasks/cluster/preflight";

/** One resource, as the engine would have been asked for it. */
export interface Registration {
  /** Its kind and Pulumi name, such as "StatefulSet sonataflow-psql-postgresql". */
  readonly id: string;
  readonly type: string;
  readonly inputs: Inputs;
  /** The properties that arrived as secrets, at any depth, as dotted paths. */
  readonly secrets: readonly string[];
  readonly parent: string | undefined;
  /** What it waits for, through `dependsOn` or through outputs that it uses. */
  readonly dependsOn: readonly string[];
  readonly provider: string;
  /** The id of what is only read: the cluster's, or somebody else's. */
  readonly reads: string | undefined;
  readonly retainOnDelete: boolean;
  /** What takes it along, so that its own removal is not asked for. */
  readonly deletedWith: string | undefined;
  /** What it makes way for: it is deleted before that is, and made after. */
  readonly replaceWith: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly deleteTimeout: string;
  readonly additionalSecretOutputs: readonly string[];
}

/** Whatever a resource was given, as plain data. */
export interface Inputs {
  readonly [key: string]: Inputs & string;
}

/** Outputs that only a provider computes. Without them, what is built on them silently vanishes. */
const computed: Readonly<Record<string, (name: string, inputs: Record<string, unknown>) => object>> = {
  "random:index/randomPassword:RandomPassword": (name) => ({ result: `${name}-result` }),
  "random:index/randomId:RandomId": () => ({ hex: "0123456789abcdef" }),
  // What the cluster fills in: a ServiceAccount's token, and the password of an Argo CD.
  "kubernetes:core/v1:Secret": (_, { metadata }) => ({
    metadata: metadata ?? { namespace: "orchestrator-gitops", name: "argocd-cluster" },
    data: { token: base64("planted-token"), "admin.password": base64("planted-password") },
  }),
  "kubernetes:config.openshift.io/v1:Infrastructure": () => ({
    status: { apiServerURL: "https://api.example.com:6443" },
  }),
  "command:local:Command": (_, { create }) => ({
    stdout: JSON.stringify({ result: results[String(create).split(" ").at(-1) ?? ""] }),
  }),
};

const base64 = (text: string) => Buffer.from(text).toString("base64");

const results: Readonly<Record<string, object>> = {
  claim: { claimed: [] },
  take: { taken: [] },
  "keep-credentials": { values: { backendSecret: "their-secret", clusterToken: "their-token" } },
  "prepare-removal": {
    own: [{ package: "orchestrator-operator", namespace: "orchestrator-operator" }],
    preexisting: [],
  },
  "await-operator": { csv: "orchestrator-operator.v1.2.3" },
  "await-apis": { served: [] },
  "find-argocd": { instance: "argocd", url: "https://argocd.example.com", secret: "argocd-cluster" },
  "check-workflows": { made: [], used: [] },
  "await-workflows": { running: [] },
  "find-platform": {
    sonataflowNamespace: "their-sonataflow",
    rhdhNamespace: "their-rhdh",
    database: {
      serviceName: "their-postgres",
      serviceNamespace: "databases",
      port: 5433,
      databaseName: "flows",
      authSecret: { name: "their-login", userKey: "user", passwordKey: "pass" },
    },
  },
  "find-operator": { package: "theirs", namespace: "their-operators", csv: "theirs.v1.0.0" },
  "await-ready": { ready: [] },
  "await-developer-hub": { condition: "Deployed", rhdhUrl: "https://rhdh.example.com" },
  "await-orchestrator": { condition: "Deployed (InstallSuccessful)", rhdhUrl: "https://rhdh.example.com" },
};

/** The part of the monitor behind the mocks that the SDK does not type. Mocks are not told of parents and the like. */
interface Monitor {
  registerResource(request: Request, done: unknown): unknown;
  readResource(request: ReadRequest, done: unknown): unknown;
}
interface AnyRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
}
interface ReadRequest extends AnyRequest {
  getId(): string;
  getProperties(): { toJavaScript(): Record<string, unknown> } | undefined;
}
interface Request extends AnyRequest {
  getRetainondelete(): boolean;
  getAdditionalsecretoutputsList(): string[];
  getDeletedwith(): string;
  getReplaceWithList(): string[];
  getDeletebeforereplace(): boolean;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getCustomtimeouts(): { getDelete(): string } | undefined;
}

/** What the programs that were recorded wanted to look at; there is no cluster behind them. */
export const looks: PreflightInput[] = [];

/** Runs `build` against a mocked engine. Resolves to all that it registered, sorted: the real order varies. */
export async function record(build: () => unknown): Promise<Registration[]> {
  const seen: Registration[] = [];
  vi.doMock("../../components/cluster/preflight", () => ({
    reach: () => () => Promise.resolve("Namespace/kube-system/planted-uid"),
    runPreflight: (_: unknown, input: PreflightInput) => Promise.resolve(void looks.push(input)),
    checkDatabase: () => Promise.resolve(),
  }));
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        id: `${name}-id`,
        state: { ...(inputs as object), ...computed[type]?.(name, inputs as Record<string, unknown>) },
      }),
      call: ({ token }): never => {
        throw new Error(`unexpected provider call ${token}`);
      },
    },
    "orchestrator",
    "test",
  );

  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  const common = (request: AnyRequest, object: Record<string, unknown> = {}) => ({
    id: idOf(request.getType(), request.getName()),
    type: request.getType(),
    inputs: reveal(object) as Inputs,
    secrets: secretPaths(object),
    parent: request.getParent() ? idOfUrn(request.getParent()) : undefined,
    dependsOn: request.getDependenciesList().map(idOfUrn),
    provider: request.getProvider(),
  });
  const read = monitor.readResource.bind(monitor);
  monitor.readResource = (request, done) => {
    const inputs = request.getProperties()?.toJavaScript();
    seen.push({
      ...common(request, inputs),
      reads: request.getId(),
      retainOnDelete: false,
      deletedWith: undefined,
      replaceWith: [],
      deleteBeforeReplace: false,
      deleteTimeout: "",
      additionalSecretOutputs: [],
    });
    return read(request, done);
  };
  monitor.registerResource = (request, done) => {
    seen.push({
      ...common(request, request.getObject()?.toJavaScript()),
      reads: undefined,
      retainOnDelete: request.getRetainondelete(),
      deletedWith: request.getDeletedwith() ? idOfUrn(request.getDeletedwith()) : undefined,
      replaceWith: request.getReplaceWithList().map(idOfUrn),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      deleteTimeout: request.getCustomtimeouts()?.getDelete() ?? "",
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    });
    return register(request, done);
  };

  try {
    await build();
  } finally {
    await pulumi.runtime.disconnect(); // waits until every registration has been answered
  }
  return seen.sort((a, b) => a.id.localeCompare(b.id));
}

const idOf = (type: string, name: string) => `${type.split(":").at(-1) ?? ""} ${name}`;

function idOfUrn(urn: string): string {
  const [, , type = "", name = ""] = urn.split("::");
  return idOf(type.split("$").at(-1) ?? "", name);
}

/** Secrets travel in an envelope marked with Pulumi's signature. */
const signature = "4dabf18193072939515e22adb298388d";
const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (!isTree(value)) return value;
  if (signature in value) return reveal(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
}

function secretPaths(value: unknown, path: readonly string[] = []): string[] {
  if (!isTree(value)) return [];
  if (signature in value) return [path.join(".")];
  return Object.entries(value).flatMap(([key, inner]) => secretPaths(inner, [...path, key]));
}
