import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { slowLines, statusOf } from "../status";
import { exitCodeOf, textOf, type Line } from "../status/report";
import { ApiServer, object, type Stored } from "./support/apiServer";

const olm = "operators.coreos.com/v1alpha1";
const sonataflow = "sonataflow.org/v1alpha08";
const knative = "operator.knative.dev/v1beta1";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
});
afterEach(() => {
  api.stop();
});

const condition = (type: string, status: string, more: object = {}) => ({
  status: { conditions: [{ type, status, ...more }] },
});

/** An operator that OLM has installed. */
const installed = (name: string, namespace: string, version: string): Stored[] => [
  object(olm, "Subscription", `${namespace}/${name}`, {
    spec: { name, channel: "stable", source: "redhat-operators", sourceNamespace: "openshift-marketplace" },
    status: { installedCSV: version, currentCSV: version, state: "AtLatestKnown" },
  }),
  object(olm, "ClusterServiceVersion", `${namespace}/${version}`, { status: { phase: "Succeeded" } }),
];

/** A Deployment of which all is there. */
const running = (path: string): Stored =>
  object("apps/v1", "Deployment", path, {
    spec: { replicas: 1, selector: { matchLabels: {} }, template: { spec: { containers: [] } } },
    status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  });

/** One that is scaled to 0, and has what it should. */
const idle = (path: string): Stored =>
  object("apps/v1", "Deployment", path, {
    spec: { replicas: 0, selector: { matchLabels: {} }, template: { spec: { containers: [] } } },
    status: { replicas: 0, updatedReplicas: 0, availableReplicas: 0 },
  });

const platform = object(sonataflow, "SonataFlowPlatform", "sonataflow-infra/sonataflow-platform", {
  spec: {
    services: { dataIndex: { enabled: true }, jobService: { enabled: true } },
    persistence: {
      postgresql: {
        secretRef: { name: "postgres", userKey: "user", passwordKey: "password" },
        serviceRef: { name: "postgres", namespace: "sonataflow-infra" },
      },
    },
  },
  ...condition("Succeed", "True"),
});
const indexPath =
  "/api/v1/namespaces/sonataflow-infra/services/http:sonataflow-platform-data-index-service:80/proxy/graphql";
const workflow = (status: object = condition("Running", "True")) =>
  object(sonataflow, "SonataFlow", "loans/greeting", status);
const hub = (status: object = condition("Deployed", "True")) =>
  object("rhdh.redhat.com/v1alpha3", "Backstage", "rhdh/developer-hub", status);

const putWell = () => {
  api.put(
    object(olm, "CatalogSource", "openshift-marketplace/redhat-operators", {
      status: { connectionState: { lastObservedState: "READY" } },
    }),
    // In the order of an API server.
    ...installed("logic-operator", "openshift-serverless-logic", "logic-operator.v1.38.0"),
    ...installed("serverless-operator", "openshift-serverless", "serverless-operator.v1.37.1"),
    ...installed("rhdh", "rhdh-operator", "rhdh-operator.v1.10.3"),
    object(knative, "KnativeServing", "knative-serving/knative-serving", condition("Ready", "True")),
    object(knative, "KnativeEventing", "knative-eventing/knative-eventing", condition("Ready", "True")),
    platform,
    running("sonataflow-infra/sonataflow-platform-data-index-service"),
    running("sonataflow-infra/sonataflow-platform-jobs-service"),
    object("v1", "Secret", "sonataflow-infra/postgres", { data: { user: "dQ==", password: "cA==" } }),
    object("v1", "Service", "sonataflow-infra/postgres"),
    object(
      "discovery.k8s.io/v1",
      "EndpointSlice",
      "sonataflow-infra/postgres-1",
      { endpoints: [{ conditions: { ready: true } }] },
      { labels: { "kubernetes.io/service-name": "postgres" } },
    ),
    hub(),
    object("route.openshift.io/v1", "Route", "rhdh/backstage-developer-hub", {
      spec: { host: "hub.apps.example.com" },
    }),
    running("rhdh/backstage-developer-hub"),
    object("v1", "Namespace", "loans"),
    object("networking.k8s.io/v1", "NetworkPolicy", "sonataflow-infra/allow-infra-ns-to-workflow-ns"),
    object(
      "networking.k8s.io/v1",
      "NetworkPolicy",
      "sonataflow-infra/allow-external-workflows-to-sonataflow-infra-loans",
    ),
    workflow(),
  );
  api.services.set(indexPath, { data: { ProcessDefinitions: [{ id: "greeting" }] } });
};

const linesOf = async (): Promise<readonly Line[]> =>
  (await statusOf(api.cluster)).categories.flatMap(({ lines }) => lines);
/** What is not well, as its state, its text, and what to do next. */
const troubles = async () =>
  (await linesOf())
    .filter(({ state }) => state !== "well")
    .map(({ state, text, next }) => `${state}: ${text}${next === undefined ? "" : ` -> ${next}`}`);

describe("the status of an install", () => {
  it("is one screen where all is well, and writes nothing", async () => {
    putWell();
    const report = await statusOf(api.cluster);
    expect(textOf({ ...report, cluster: "https://api.example.com:6443" })).toMatchInlineSnapshot(`
      "Orchestrator on https://api.example.com:6443

      Operators
        ✓ serverless-operator (Subscription openshift-serverless/serverless-operator, channel stable): serverless-operator.v1.37.1
        ✓ logic-operator (Subscription openshift-serverless-logic/logic-operator, channel stable): logic-operator.v1.38.0
        ✓ rhdh (Subscription rhdh-operator/rhdh, channel stable): rhdh-operator.v1.10.3

      Knative
        ✓ KnativeServing knative-serving/knative-serving
        ✓ KnativeEventing knative-eventing/knative-eventing

      Platform
        ✓ SonataFlowPlatform sonataflow-infra/sonataflow-platform

      Database
        ✓ Service sonataflow-infra/postgres

      Developer Hub
        ✓ Backstage rhdh/developer-hub at https://hub.apps.example.com

      Workflows
        ✓ SonataFlow loans/greeting runs, is registered with Data Index, and is listed in Developer Hub

      9 well, 0 waiting, 0 broken"
    `);
    expect(exitCodeOf(report)).toBe(0);
    expect(api.writes).toEqual([]);
  });

  it("tells that a workflow is not listed while Developer Hub does not run", async () => {
    putWell();
    api.put(hub(condition("Deployed", "False", { reason: "Idled" })));
    expect((await linesOf()).map(({ text }) => text)).toContain(
      "SonataFlow loans/greeting runs, is registered with Data Index; Developer Hub lists it once that is well",
    );
  });

  it("is that nothing is there, on a cluster without", async () => {
    const report = await statusOf(api.cluster);
    expect(exitCodeOf(report)).toBe(1);
    expect(await troubles()).toEqual([
      "broken: it is not installed: there is no operator, platform or workflow of it -> pulumi up",
    ]);
  });

  it("is not that where one may not look, nor is that well", async () => {
    api.hides.add("Subscription");
    expect((await statusOf(api.cluster)).categories.map(({ name }) => name)).toContain("Platform");
    putWell();
    const report = await statusOf(api.cluster);
    expect(report.categories.filter(({ isUnread }) => isUnread).map(({ name }) => name)).toEqual([
      "Operators",
    ]);
    expect(exitCodeOf(report)).toBe(3);
    api.hides.add("SonataFlowPlatform");
    expect((await statusOf(api.cluster)).categories.filter(({ isUnread }) => isUnread)).toHaveLength(4);
  });

  it("is well for one who may not read Secrets, which is said", async () => {
    putWell();
    api.hides.add("Secret");
    expect(await troubles()).toEqual([
      "unchecked: the keys of Secret sonataflow-infra/postgres, which you may not read",
    ]);
    expect(exitCodeOf(await statusOf(api.cluster))).toBe(0);
  });

  it("is for nobody whom the API server does not know", async () => {
    putWell();
    api.answers.set("sonataflow.org", 401);
    await expect(statusOf(api.cluster)).rejects.toThrow("(401): the API server does not accept");
    for (const group of ["argoproj.io", "operators.coreos.com", "tekton.dev"]) api.answers.set(group, 401);
    await expect(statusOf(api.cluster)).rejects.toThrow(
      "GET /apis/operators.coreos.com/v1alpha1/subscriptions",
    );
  });

  it("says what takes its time", () => {
    expect(slowLines(undefined)).toEqual([]);
    expect(slowLines({ request: "GET /version", seconds: 4.9 })).toEqual([]);
    expect(slowLines({ request: "GET /version", seconds: 12.3 })).toEqual([
      {
        state: "waiting",
        text: "it takes 12 s to answer (GET /version), so all else takes its time, too",
        next: "oc get clusteroperators etcd kube-apiserver",
      },
    ]);
  });

  const missing = (kind: string, path: string) => () => {
    api.objects.delete(`${kind} ${path}`);
  };
  const put =
    (...objects: Stored[]) =>
    () => {
      api.put(...objects);
    };
  const subscription = (name: string, namespace: string, status: object, more: object = {}) =>
    object(olm, "Subscription", `${namespace}/${name}`, {
      spec: {
        name,
        channel: "stable",
        source: "redhat-operators",
        sourceNamespace: "openshift-marketplace",
        ...more,
      },
      status,
    });

  /** A Deployment whose pod ends, with the log of its last run. */
  function putCrash(path: string, log: string): void {
    const [namespace = "", name = ""] = path.split("/");
    const matchLabels = { app: name };
    api.put(
      object("apps/v1", "Deployment", path, {
        spec: { replicas: 1, selector: { matchLabels }, template: { spec: { containers: [] } } },
        status: { replicas: 1, updatedReplicas: 1, availableReplicas: 0 },
      }),
      object(
        "v1",
        "Pod",
        `${namespace}/p`,
        {
          status: {
            containerStatuses: [
              { name: "main", ready: false, state: {}, lastState: { terminated: { exitCode: 1 } } },
            ],
          },
        },
        { labels: matchLabels },
      ),
    );
    api.logs.set(
      `/api/v1/namespaces/${namespace}/pods/p/log?container=main&tailLines=400&previous=true`,
      log,
    );
  }

  it("tells why a database refuses the services of a platform, where they and it are", async () => {
    putWell();
    const words = 'FATAL: password authentication failed for user "flows"';
    putCrash(
      "sonataflow-infra/sonataflow-platform-data-index-service",
      `Caused by: org.postgresql.util.PSQLException: ${words}\n\tat org.postgresql`,
    );
    expect((await troubles()).filter((line) => !line.startsWith("unchecked"))).toEqual([
      `broken: Deployment sonataflow-infra/sonataflow-platform-data-index-service is not ready: Pod sonataflow-infra/p: CrashLoopBackOff: its container main ends with code 1: ${words} -> oc logs --previous -n sonataflow-infra p -c main`,
      `broken: Service sonataflow-infra/postgres refuses the login of Secret sonataflow-infra/postgres: ${words} -> pulumi up`,
    ]);
  });

  it.each<readonly [what: string, change: () => void, expected: string]>([
    [
      "an operator that is missing",
      () => {
        missing("Subscription", "openshift-serverless-logic/logic-operator")();
        missing("ClusterServiceVersion", "openshift-serverless-logic/logic-operator.v1.38.0")();
      },
      "broken: no Subscription to logic-operator-rhel8 or logic-operator: without this operator, no workflow runs -> pulumi up",
    ],
    [
      "an operator that nobody subscribes to",
      missing("Subscription", "openshift-serverless-logic/logic-operator"),
      "broken: no Subscription to logic-operator-rhel8 or logic-operator: ClusterServiceVersion openshift-serverless-logic/logic-operator.v1.38.0 runs on, and gets no new version -> pulumi up",
    ],
    [
      "a Developer Hub whose operator is gone",
      () => {
        missing("Subscription", "rhdh-operator/rhdh")();
        missing("ClusterServiceVersion", "rhdh-operator/rhdh-operator.v1.10.3")();
      },
      "broken: no Subscription to rhdh: without this operator, nobody looks after Backstage rhdh/developer-hub -> pulumi up",
    ],
    [
      "an operator whose CSV was deleted",
      missing("ClusterServiceVersion", "rhdh-operator/rhdh-operator.v1.10.3"),
      "broken: rhdh (Subscription rhdh-operator/rhdh, channel stable): rhdh-operator.v1.10.3 was deleted, and OLM does not install it again -> pulumi up",
    ],
    [
      "an InstallPlan that waits",
      put(
        subscription("rhdh", "rhdh-operator", { installPlanRef: { name: "install-1" }, currentCSV: "new" }),
        object(olm, "InstallPlan", "rhdh-operator/install-1", {
          spec: { approved: false, clusterServiceVersionNames: ["new"] },
          status: { phase: "RequiresApproval" },
        }),
      ),
      'waiting: rhdh (Subscription rhdh-operator/rhdh, channel stable): InstallPlan rhdh-operator/install-1 waits for approval -> oc patch installplan install-1 -n rhdh-operator --type merge -p \'{"spec":{"approved":true}}\'',
    ],
    [
      "a catalog that is gone, of an operator that is to come",
      put(subscription("rhdh", "rhdh-operator", {}, { source: "mirror" })),
      "broken: rhdh (Subscription rhdh-operator/rhdh, channel stable): CatalogSource openshift-marketplace/mirror does not exist; the CatalogSources there are: redhat-operators. Set rhdh.subscription.source and rhdh.subscription.sourceNamespace -> oc describe subscription.operators.coreos.com rhdh -n rhdh-operator",
    ],
    [
      "a catalog that is gone, of operators that run",
      missing("CatalogSource", "openshift-marketplace/redhat-operators"),
      "broken: CatalogSource openshift-marketplace/redhat-operators does not exist; the CatalogSources there are: none. Until it is back, OLM can install nothing anew, and no new version of serverless-operator, logic-operator and rhdh -> oc get catalogsources -n openshift-marketplace",
    ],
    [
      "a catalog that does not answer",
      put(
        object(olm, "CatalogSource", "openshift-marketplace/redhat-operators", {
          status: { connectionState: { lastObservedState: "TRANSIENT_FAILURE" } },
        }),
      ),
      "waiting: CatalogSource openshift-marketplace/redhat-operators is not healthy: its connection is TRANSIENT_FAILURE, not READY. Until it is back, OLM can install nothing anew, and no new version of serverless-operator, logic-operator and rhdh -> oc get pods -n openshift-marketplace -l olm.catalogSource=redhat-operators",
    ],
    [
      "a version that fails",
      put(
        object(olm, "ClusterServiceVersion", "rhdh-operator/rhdh-operator.v1.10.3", {
          status: { phase: "Failed", reason: "InstallCheckFailed", message: "install timeout" },
        }),
      ),
      "broken: rhdh (Subscription rhdh-operator/rhdh, channel stable): rhdh-operator.v1.10.3 is Failed (InstallCheckFailed): install timeout -> oc describe subscription.operators.coreos.com rhdh -n rhdh-operator",
    ],
    [
      "a Knative that is not ready",
      put(
        object(
          knative,
          "KnativeServing",
          "knative-serving/knative-serving",
          condition("Ready", "False", { reason: "NotReady", message: "no ingress" }),
        ),
      ),
      "waiting: KnativeServing knative-serving/knative-serving is not ready: NotReady: no ingress -> ",
    ],
    [
      "a Data Index that is down",
      put(
        object("apps/v1", "Deployment", "sonataflow-infra/sonataflow-platform-data-index-service", {
          spec: { replicas: 1, selector: { matchLabels: {} }, template: { spec: { containers: [] } } },
          status: { replicas: 1, updatedReplicas: 1, availableReplicas: 0 },
        }),
      ),
      "waiting: Deployment sonataflow-infra/sonataflow-platform-data-index-service is not ready: 0 of 1 pods are available",
    ],
    [
      "a database without a pod",
      missing("EndpointSlice", "sonataflow-infra/postgres-1"),
      "broken: Service sonataflow-infra/postgres has no pod that is ready behind it -> oc get pods -n sonataflow-infra",
    ],
    [
      "a database whose Secret lacks a key",
      put(object("v1", "Secret", "sonataflow-infra/postgres", { data: { user: "dQ==" } })),
      "broken: Secret sonataflow-infra/postgres has no key password -> pulumi up",
    ],
    [
      "a Developer Hub whose plugin is missing",
      put(
        hub(
          condition("Deployed", "False", {
            reason: "DeployFailed",
            message: "container install-dynamic-plugins ends with code 1",
          }),
        ),
      ),
      "broken: Backstage rhdh/developer-hub is not ready: DeployFailed: container install-dynamic-plugins ends with code 1 -> oc describe backstage.rhdh.redhat.com developer-hub -n rhdh",
    ],
    [
      "a Developer Hub that runs no pods",
      put(idle("rhdh/backstage-developer-hub")),
      'waiting: Backstage rhdh/developer-hub idles: Deployment rhdh/backstage-developer-hub is scaled to 0, so nobody can reach it -> oc patch backstage.rhdh.redhat.com developer-hub -n rhdh --type merge -p \'{"spec":{"application":{"replicas":1}}}\'',
    ],
    [
      "a Developer Hub of which its operator only says that it is not done",
      () => {
        api.put(hub(condition("Deployed", "False", { reason: "DeployInProgress" })));
        putCrash(
          "rhdh/backstage-developer-hub",
          "a line\nError while installing OCI plugin oci://me:secret@example.com/x: manifest unknown\n",
        );
      },
      "broken: Deployment rhdh/backstage-developer-hub is not ready: Pod rhdh/p: CrashLoopBackOff: its container main ends with code 1: Error while installing OCI plugin oci://example.com/x: manifest unknown -> oc logs --previous -n rhdh p -c main",
    ],
    [
      "a container that ends, of which nothing is known",
      () => {
        putCrash("rhdh/backstage-developer-hub", "token=secret\n");
      },
      "broken: Deployment rhdh/backstage-developer-hub is not ready: Pod rhdh/p: CrashLoopBackOff: its container main ends with code 1 -> oc logs",
    ],
    [
      "a workflow without its ConfigMap",
      put(
        workflow(
          condition("Running", "False", {
            reason: "WaitingForDeployment",
            message: "CreateContainerConfigError",
          }),
        ),
      ),
      "waiting: SonataFlow loans/greeting does not run: WaitingForDeployment: CreateContainerConfigError -> oc describe sonataflow greeting -n loans",
    ],
    [
      "a workflow that Data Index does not know",
      () => api.services.set(indexPath, { data: { ProcessDefinitions: [] } }),
      "broken: SonataFlow loans/greeting runs, but is not registered with Data Index, so Developer Hub does not list it -> oc logs -n loans -l sonataflow.org/workflow-app=greeting",
    ],
    [
      "a workflow whose place in Data Index one of another namespace has taken",
      () =>
        api.services.set(indexPath, {
          data: { ProcessDefinitions: [{ id: "greeting", serviceUrl: "http://greeting.cards" }] },
        }),
      "broken: SonataFlow loans/greeting runs, but is not registered with Data Index, so Developer Hub does not list it; the one of this name and version there is http://greeting.cards -> ",
    ],
    [
      "a policy in the way",
      missing("NetworkPolicy", "sonataflow-infra/allow-external-workflows-to-sonataflow-infra-loans"),
      "broken: Namespace loans is shut out of sonataflow-infra, so its workflows reach neither Data Index nor the database: there is no NetworkPolicy sonataflow-infra/allow-external-workflows-to-sonataflow-infra-loans -> pulumi up",
    ],
    [
      "a token without rights",
      () => api.hides.add("Subscription"),
      "unchecked: GET /apis/operators.coreos.com/v1alpha1/subscriptions",
    ],
    [
      "a Data Index that refuses",
      () => api.services.set(indexPath, { errors: [{ message: "no database" }] }),
      "unchecked: whether Data Index has registered them: Data Index, Service sonataflow-infra/sonataflow-platform-data-index-service, refuses: no database",
    ],
    [
      "a Data Index that one may not ask",
      () => api.refusals.set(indexPath, { code: 403, message: "forbidden" }),
      "unchecked: whether Data Index has registered them: you may not reach Services by way of the API server: the right to create services/proxy in namespace sonataflow-infra is missing",
    ],
    [
      "a Data Index that does not answer",
      () => api.services.delete(indexPath),
      "unchecked: whether Data Index has registered them: ",
    ],
  ])("tells of %s", async (_, change, expected) => {
    putWell();
    change();
    const found = await troubles();
    expect(found).toContainEqual(expect.stringContaining(expected));
    // What could not be looked at because of it comes besides.
    expect(found.filter((line) => !line.startsWith("unchecked"))).toHaveLength(
      expected.startsWith("unchecked") ? 0 : 1,
    );
  });
});
