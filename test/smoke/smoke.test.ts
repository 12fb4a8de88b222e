import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { smoke } from "../../smoke";
import { exitCodeOf, textOf } from "../../smoke/report";
import { ApiServer, hurry, object, type Stored } from "../support/apiServer";

const sonataflow = "sonataflow.org/v1alpha08";
const home = "sonataflow-infra";
const name = "orchestrator-smoke";
const label = "orchestrator-on-openshift/smoke";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
  hurry();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  api.stop();
});

const proxy = (service: string, path: string, namespace = home) =>
  `/api/v1/namespaces/${namespace}/services/http:${service}:80/proxy/${path}`;
const indexPath = proxy("sonataflow-platform-data-index-service", "graphql");
const workflowPath = (namespace = home) => proxy(name, name, namespace);

const platform = object(sonataflow, "SonataFlowPlatform", `${home}/sonataflow-platform`, {
  spec: { services: { dataIndex: { enabled: true } } },
  status: { conditions: [{ type: "Succeed", status: "True" }] },
});
const deployment = (path: string, availableReplicas = 1, metadata: object = {}): Stored =>
  object(
    "apps/v1",
    "Deployment",
    path,
    {
      spec: { replicas: 1, selector: { matchLabels: {} }, template: { spec: { containers: [] } } },
      status: { replicas: 1, updatedReplicas: 1, availableReplicas },
    },
    metadata,
  );
const indexDeployment = `${home}/sonataflow-platform-data-index-service`;
const madeFor = (kind: string, of = name) => ({
  ownerReferences: [{ apiVersion: sonataflow, kind, name: of, uid: "u", controller: true }],
});

/** The namespace in which the workflow is looked at, and what Data Index and the workflow answer. */
interface Answers {
  readonly instances?: readonly object[];
  readonly definitions?: readonly object[];
  readonly running?: object;
}

const well = { type: "Running", status: "True" };
const complete = { id: "i-1", state: "COMPLETED", error: null };

/** A cluster that runs workflows: the operator, the garbage collector, the workflow and Data Index. */
function put(
  namespace = home,
  {
    instances = [complete],
    definitions = [{ id: name, version: "1.0", serviceUrl: `http://${name}.${namespace}` }],
    running = well,
  }: Answers = {},
): void {
  api.put(platform, deployment(indexDeployment), object("v1", "Namespace", namespace));
  api.services.set(indexPath, {
    data: { ProcessInstances: instances, ProcessDefinitions: definitions },
  });
  api.services.set(workflowPath(namespace), { id: "i-1", workflowdata: {} });
  const [workflow, made] = [`SonataFlow ${namespace}/${name}`, `Deployment ${namespace}/${name}`];
  let hasBeen = false;
  api.onRequest = () => {
    const found = api.objects.get(workflow);
    if (found) {
      hasBeen = true;
      api.put({ ...found, status: { conditions: [running] } });
      if (!api.objects.has(made)) api.put(deployment(`${namespace}/${name}`, 1, madeFor("SonataFlow")));
    } else if (hasBeen) {
      hasBeen = false;
      api.objects.delete(made);
    }
  };
}

const run = (options: object = {}) => smoke(api.cluster, { minutes: 1, ...options });
const left = () =>
  [...api.objects.keys()].filter(
    (key) => key.includes(name) || key === "SonataFlowPlatform loans/sonataflow-platform",
  );

/** The workflow as it was made first, once a run has made it. */
function watched(): () => Stored | undefined {
  let seen: Stored | undefined;
  const operator = api.onRequest;
  api.onRequest = (path) => {
    operator(path);
    seen ??= api.objects.get(`SonataFlow ${home}/${name}`);
  };
  return () => seen;
}

describe("a smoke test", () => {
  it("deploys, starts, sees and removes a workflow", async () => {
    put();
    const made = watched();
    const report = await run();
    expect(report).toMatchObject({ outcome: "passed", namespace: home, instance: "i-1" });
    expect(exitCodeOf(report)).toBe(0);
    expect(textOf({ ...report, cluster: "https://api.example.com:6443" }).replace(/\(\d+ s\)/g, "(… s)"))
      .toMatchInlineSnapshot(`
      "Smoke test of Orchestrator on https://api.example.com:6443

      Workflow orchestrator-smoke
        ✓ SonataFlowPlatform sonataflow-infra/sonataflow-platform is well, and its Data Index answers (… s)
        ✓ SonataFlow sonataflow-infra/orchestrator-smoke runs (… s)
        ✓ an instance was started (… s)
        ✓ Data Index has seen it complete, and lists the workflow (… s)
        ✓ all of it is removed (… s)

      passed: Orchestrator runs workflows; of this one, only Data Index keeps a record"
    `);
    expect(made()).toMatchObject({
      metadata: { labels: { [label]: "" }, annotations: { "sonataflow.org/version": "1.0" } },
      spec: { flow: { start: "Done", states: [{ type: "inject" }] } },
    });
    expect(made()?.metadata.annotations).not.toHaveProperty("sonataflow.org/profile");
    expect(left()).toEqual([]);
  });

  it("takes a prebuilt image as it is", async () => {
    put();
    const made = watched();
    expect((await run({ image: "registry.example.com/smoke:1" })).outcome).toBe("passed");
    expect(made()).toMatchObject({
      metadata: { annotations: { "sonataflow.org/profile": "gitops" } },
      spec: { podTemplate: { container: { image: "registry.example.com/smoke:1" } } },
    });
  });

  it("brings the platform of a namespace without one, and takes it away again", async () => {
    put("loans");
    expect((await run({ namespace: "loans" })).outcome).toBe("passed");
    expect(api.writes).toContain("POST SonataFlowPlatform loans/sonataflow-platform");
    expect(left()).toEqual([]);
  });

  it("leaves that platform to a workflow that has come meanwhile", async () => {
    put("loans");
    const operator = api.onRequest;
    api.onRequest = (path) => {
      operator(path);
      if (path === workflowPath("loans")) api.put(object(sonataflow, "SonataFlow", "loans/other"));
    };
    expect((await run({ namespace: "loans" })).outcome).toBe("passed");
    const kept = api.objects.get("SonataFlowPlatform loans/sonataflow-platform");
    expect(kept?.metadata.labels).toEqual({});
  });

  it("takes over what a killed run has left, and waits until that is gone", async () => {
    put();
    api.put(
      object(
        sonataflow,
        "SonataFlow",
        `${home}/${name}`,
        {},
        {
          labels: { [label]: "" },
          annotations: { "orchestrator-on-openshift/smoke-run": "before" },
        },
      ),
      deployment(`${home}/${name}`, 1, madeFor("SonataFlow")),
    );
    const operator = api.onRequest;
    const made = `Deployment ${home}/${name}`;
    let looks = 0;
    let isEarly = false;
    api.onRequest = (path) => {
      if (!api.writes.includes(`DELETE SonataFlow ${home}/${name}`)) return;
      // The garbage collector takes its time.
      if (api.objects.has(made) && ++looks === 9) api.objects.delete(made);
      isEarly ||= looks < 9 && api.has("SonataFlow", name);
      operator(path);
    };
    const report = await run();
    expect(report.outcome).toBe("passed");
    expect(report.steps.map(({ text }) => text)).toContain("what an earlier run had left is removed");
    expect(isEarly).toBe(false);
    expect(left()).toEqual([]);
  });

  it.each<readonly [what: string, foreign: Stored, named: string]>([
    ["workflow", object(sonataflow, "SonataFlow", `${home}/${name}`), `SonataFlow ${home}/${name}`],
    ["Deployment", deployment(`${home}/${name}`), `Deployment ${home}/${name}`],
    [
      "ConfigMap of an operator's",
      object("v1", "ConfigMap", `${home}/${name}-props`, {}, madeFor("Other")),
      `ConfigMap ${home}/${name}-props`,
    ],
  ])("refuses where a %s of its name is somebody else's", async (_, foreign, named) => {
    put();
    api.onRequest = () => undefined;
    api.put(foreign);
    const report = await run();
    expect(report.trouble?.text).toBe(`${named} is somebody else's: no run of npm run smoke has made it`);
    expect(exitCodeOf(report)).toBe(3);
    expect(api.writes).toEqual([]);
  });

  it("ends where another run takes over, and leaves that run's workflow", async () => {
    put();
    const operator = api.onRequest;
    let isTaken = false;
    api.onRequest = (path) => {
      operator(path);
      const found = api.objects.get(`SonataFlow ${home}/${name}`);
      if (isTaken || !found) return;
      isTaken = true;
      api.put({
        ...found,
        metadata: { ...found.metadata, annotations: { "orchestrator-on-openshift/smoke-run": "another" } },
      });
    };
    const report = await run();
    expect(report.trouble?.text).toContain("another run has taken it over");
    expect(left()).toContain(`SonataFlow ${home}/${name}`);
  });

  it("removes what it has made when it is interrupted", async () => {
    put(home, { running: { type: "Running", status: "False", reason: "WaitingForBuild" } });
    const interruption = new AbortController();
    const operator = api.onRequest;
    api.onRequest = (path) => {
      operator(path);
      if (api.objects.has(`SonataFlow ${home}/${name}`)) interruption.abort();
    };
    const report = await run({ signal: interruption.signal });
    expect(report.trouble?.text).toBe("it was interrupted");
    expect(exitCodeOf(report)).toBe(1);
    expect(left()).toEqual([]);
  });

  it.each<readonly [what: string, change: () => void, expected: string, next: string]>([
    [
      "there is no platform",
      () => api.objects.delete(`SonataFlowPlatform ${home}/sonataflow-platform`),
      "there is no SonataFlowPlatform with a Data Index on this cluster",
      "npm run status",
    ],
    [
      "Data Index is down",
      () => {
        api.put(deployment(indexDeployment, 0));
      },
      `Deployment ${indexDeployment} is not ready: 0 of 1 pods are available`,
      "npm run status",
    ],
    [
      "Data Index does not answer",
      () => api.refusals.set(indexPath, { code: 503, message: "no endpoints available" }),
      `Data Index, Service ${indexDeployment}, does not answer: POST ${indexPath}: no endpoints available (503)`,
      "npm run status",
    ],
    [
      "a policy keeps the API server out",
      () => api.refusals.set(indexPath, { code: 503, message: "dial tcp 10.128.0.1:8080: i/o timeout" }),
      "i/o timeout (503); where a NetworkPolicy of sonataflow-infra keeps the API server out, pulumi up lets it in",
      "npm run status",
    ],
    [
      "Data Index refuses",
      () => api.services.set(indexPath, { errors: [{ message: "relation does not exist" }] }),
      `Data Index, Service ${indexDeployment}, refuses: relation does not exist`,
      "npm run status",
    ],
    [
      "one may not ask it",
      () => api.refusals.set(indexPath, { code: 403, message: "forbidden" }),
      "the right to create services/proxy in namespace sonataflow-infra is missing",
      "npm run status",
    ],
    [
      "the workflow cannot start",
      () => {
        put(home, {
          running: { type: "Running", status: "False", reason: "DeploymentFailure", message: "quota" },
        });
      },
      `SonataFlow ${home}/${name} does not run: DeploymentFailure: quota`,
      `oc get events -n ${home} --sort-by=.lastTimestamp`,
    ],
    [
      "the workflow does not start in time",
      () => {
        put(home, { running: { type: "Running", status: "False", reason: "WaitingForBuild" } });
      },
      `the start of SonataFlow ${home}/${name} did not happen within 1 minutes: WaitingForBuild`,
      `oc get events -n ${home} --sort-by=.lastTimestamp`,
    ],
    [
      "the workflow's Service has no pod",
      () => api.refusals.set(workflowPath(), { code: 503, message: "no endpoints available" }),
      `the start of an instance, by Service ${home}/${name} did not happen within 1 minutes: POST ${workflowPath()}: no endpoints available (503)`,
      "npm run status",
    ],
    [
      "the image is that of another workflow",
      () => api.services.delete(workflowPath()),
      `the image has no workflow ${name}: it has to be built from smoke/orchestrator-smoke.sw.json`,
      "npm run smoke",
    ],
    [
      "the instance ends in an error at once",
      () => api.refusals.set(workflowPath(), { code: 500, message: "it broke" }),
      `the instance ended in an error: POST ${workflowPath()}: it broke (500)`,
      "npm run diagnose",
    ],
    [
      "the instance ends in an error",
      () => {
        put(home, { instances: [{ id: "i-1", state: "ERROR", error: { message: "it broke" } }] });
      },
      "instance i-1 is ERROR in Data Index: it broke",
      "npm run diagnose",
    ],
    [
      "Data Index does not hear of the instance, but has one of before",
      () => {
        put(home, { instances: [{ ...complete, id: "i-0" }] });
      },
      "the end of instance i-1 in Data Index did not happen within 2 minutes: Data Index has not heard of it",
      "npm run status",
    ],
    [
      "the instance does not end",
      () => {
        put(home, { instances: [{ ...complete, state: "ACTIVE" }] });
      },
      "the end of instance i-1 in Data Index did not happen within 2 minutes: it is ACTIVE",
      "npm run status",
    ],
    [
      "the definition is that of another namespace",
      () => {
        put(home, { definitions: [{ id: name, serviceUrl: `http://${name}.loans` }] });
      },
      `SonataFlow ${home}/${name} runs, but is not registered with Data Index`,
      "npm run status",
    ],
  ])("says why, and what to do, where %s, and leaves nothing", async (_, change, expected, next) => {
    put();
    change();
    const report = await run();
    expect(report.trouble?.text).toContain(expected);
    expect(report.trouble?.next).toBe(next);
    expect(exitCodeOf(report)).toBe(1);
    expect(left()).toEqual([]);
  });

  it("says what is left where it cannot be removed", async () => {
    put();
    const operator = api.onRequest;
    api.onRequest = (path) => {
      operator(path);
      const found = api.objects.get(`SonataFlow ${home}/${name}`);
      if (found) api.put({ ...found, metadata: { ...found.metadata, finalizers: ["held"] } });
    };
    const report = await run();
    expect(report.outcome).toBe("failed");
    expect(report.trouble?.text).toContain(`SonataFlow ${home}/${name} is still there (finalizers held)`);
  });
});
