import { describe, expect, it } from "vitest";
import { withPersistence } from "../../components/workflows/persistence";
import { isWorkflow } from "../../config/workflowFiles";
import { limitRange, networkPolicy, resourceQuota, roleBindings } from "../../components/workflows/manifests";
import type { Manifest } from "../../config/workflowFiles";
import { crdSpec, violations } from "../support/schema";

type Labels = Readonly<Record<string, string>>;

/** As much of a NetworkPolicy as is judged here; the judge refuses whatever else it has. */
interface Policy {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress: readonly { readonly from: readonly Peer[] }[];
  };
}
interface Peer {
  readonly namespaceSelector?: Selector;
  readonly podSelector?: Selector;
}
interface Selector {
  readonly matchLabels?: Labels;
}

/** Somebody who knocks: a pod, and the labels that OpenShift gives its namespace. */
interface Caller {
  readonly namespace: string;
  readonly labels?: Labels;
  readonly pod?: Labels;
}

/** Whether a policy lets a caller in, as a network plugin sees it: by labels alone. */
function lets(policy: Policy, { namespace, labels = {}, pod = {} }: Caller): boolean {
  const ofNamespace = { "kubernetes.io/metadata.name": namespace, ...labels };
  const peers = policy.spec.ingress.flatMap(({ from, ...rest }) => {
    expect(rest, "ports").toEqual({});
    return from;
  });
  return peers.some(({ namespaceSelector, podSelector = {}, ...rest }) => {
    expect(rest, "a peer of another sort").toEqual({});
    const isThere = namespaceSelector
      ? matches(namespaceSelector, ofNamespace)
      : namespace === policy.metadata.namespace;
    return isThere && matches(podSelector, pod);
  });
}

function matches({ matchLabels = {}, ...rest }: Selector, labels: Labels): boolean {
  expect(rest, "a selector of another sort").toEqual({});
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

describe("the NetworkPolicy of a workflow namespace", () => {
  const policy = networkPolicy("loans", {
    rhdhNamespace: "hub",
    sonataflowNamespace: "flows",
  }) as unknown as Policy;
  const workflowNamespace = { "rhdh.redhat.com/workflow-namespace": "" };

  it.each<[string, Caller, boolean]>([
    ["lets Developer Hub in", { namespace: "hub" }, true],
    ["lets Data Index and Job Service in", { namespace: "flows", labels: workflowNamespace }, true],
    [
      "lets its own pods in",
      { namespace: "loans", labels: workflowNamespace, pod: { app: "greeting" } },
      true,
    ],
    ["lets Knative's brokers in", { namespace: "knative-eventing" }, true],
    ["lets Knative's activator in", { namespace: "knative-serving" }, true],
    ["lets Knative's gateway in", { namespace: "knative-serving-ingress" }, true],
    [
      "lets the router in",
      {
        namespace: "openshift-ingress",
        labels: {
          "policy-group.network.openshift.io/ingress": "",
          "network.openshift.io/policy-group": "ingress",
        },
      },
      true,
    ],
    [
      "lets the API server in",
      {
        namespace: "openshift-host-network",
        labels: { "policy-group.network.openshift.io/host-network": "" },
      },
      true,
    ],
    [
      "lets the cluster's monitoring in",
      {
        namespace: "openshift-monitoring",
        labels: {
          "network.openshift.io/policy-group": "monitoring",
          "openshift.io/cluster-monitoring": "true",
        },
      },
      true,
    ],
    [
      "lets the monitoring of its users in",
      {
        namespace: "openshift-user-workload-monitoring",
        labels: { "openshift.io/cluster-monitoring": "true" },
      },
      true,
    ],
    ["keeps another team out", { namespace: "team", pod: { app: "greeting" } }, false],
    ["keeps whoever is in the namespace default out", { namespace: "default" }, false],
    [
      "keeps the workflows of another namespace out",
      { namespace: "cards", labels: workflowNamespace },
      false,
    ],
  ])("%s", (_, caller, expected) => {
    expect(lets(policy, caller)).toBe(expected);
  });

  it("has the name and the two rules of upstream's, which others may go by", () => {
    expect(policy.metadata).toEqual({ name: "allow-rhdh-to-sonataflow-and-workflows", namespace: "loans" });
    expect(policy.spec.ingress).toHaveLength(1);
    const called = (name: string) => ({
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
    });
    expect(policy.spec.ingress[0]?.from).toEqual(expect.arrayContaining([called("hub"), called("flows")]));
  });

  it("is about all pods, and leaves what they call alone", () => {
    expect(policy.spec.podSelector).toEqual({});
    expect(policy.spec.policyTypes).toEqual(["Ingress"]);
  });
});

describe("a workflow's state", () => {
  const schema = crdSpec("sandbox/catalog/crds/sonataflows.sonataflow.org.yaml");
  const database = {
    serviceName: "pg",
    serviceNamespace: "flows",
    port: 5433,
    databaseName: "state",
    authSecret: { name: "login", userKey: "user", passwordKey: "pass" },
  };
  const secretRef = { name: "login", userKey: "user", passwordKey: "pass" };

  const workflow = (persistence?: object): Manifest => ({
    apiVersion: "sonataflow.org/v1alpha08",
    kind: "SonataFlow",
    metadata: { name: "greeting", namespace: "loans", annotations: { "sonataflow.org/profile": "gitops" } },
    spec: {
      flow: { start: { stateName: "Done" }, states: [{ name: "Done", type: "inject", end: true }] },
      ...(persistence && { persistence }),
    },
  });
  /** What the cluster gets of a workflow, with all but `persistence` as it was. */
  function persistenceOf(manifest: Manifest, services: readonly string[] = []): unknown {
    const { spec, ...rest } = withPersistence(manifest, database, services);
    const { persistence, ...others } = spec as { readonly persistence?: unknown };
    expect({ ...rest, spec: others }).toEqual({
      ...manifest,
      spec: { ...(manifest["spec"] as object), persistence: undefined },
    });
    expect(violations(schema, spec)).toEqual([]);
    return persistence;
  }

  it("is kept in the platform's database where the manifest says nothing, in a schema of its name", () => {
    const filled = {
      postgresql: {
        secretRef,
        serviceRef: {
          name: "pg",
          namespace: "flows",
          port: 5433,
          databaseName: "state",
          databaseSchema: "greeting",
        },
      },
    };
    expect(persistenceOf(workflow())).toEqual(filled);
  });

  it("is kept nowhere where the manifest speaks of it and names no database", () => {
    expect(persistenceOf(workflow({ migrateDBOnStartUp: false }))).toEqual({ migrateDBOnStartUp: false });
  });

  it("is kept there where the manifest names its Service alone, as upstream's demos do", () => {
    const serviceRef = { name: "pg", port: 5432, databaseName: "sonataflow" };
    const demo = { postgresql: { secretRef, serviceRef } };
    const placed = { ...serviceRef, namespace: "flows", databaseSchema: "greeting" };
    expect(persistenceOf(workflow(demo))).toEqual({ postgresql: { secretRef, serviceRef: placed } });
  });

  it("stays in the schema that the manifest names", () => {
    const serviceRef = { name: "pg", databaseSchema: "shared" };
    expect(persistenceOf(workflow({ postgresql: { secretRef, serviceRef } }))).toEqual({
      postgresql: { secretRef, serviceRef: { ...serviceRef, namespace: "flows" } },
    });
  });

  it.each<[string, object, readonly string[]]>([
    ["at another Service", { serviceRef: { name: "mine" } }, []],
    ["in another namespace", { serviceRef: { name: "pg", namespace: "loans" } }, []],
    ["at a URL", { jdbcUrl: "jdbc:postgresql://mine:5432/state" }, []],
    ["at a Service of that name beside it", { serviceRef: { name: "pg" } }, ["other", "pg"]],
  ])("stays where the manifest puts it: %s", (_, where, services) => {
    const own = { postgresql: { secretRef: { name: "mine" }, ...where } };
    expect(persistenceOf(workflow(own), services)).toEqual(own);
  });

  it("would be caught in a shape that the cluster refuses", () => {
    const both = { secretRef, serviceRef: { name: "pg" }, jdbcUrl: "jdbc:postgresql://pg/state" };
    const { spec } = withPersistence(workflow({ postgresql: both }), database, []);
    expect(violations(schema, spec)).toEqual([expect.stringMatching(/postgresql must NOT have more/)]);
  });

  it("is a matter of SonataFlow alone", () => {
    expect(isWorkflow(workflow())).toBe(true);
    expect(isWorkflow({ ...workflow(), kind: "SonataFlowPlatform" })).toBe(false);
    expect(isWorkflow({ ...workflow(), apiVersion: "example.com/v1" })).toBe(false);
  });
});

describe("what a workflow namespace has on request", () => {
  const apiGroup = "rbac.authorization.k8s.io";

  it("is a binding for each role, with all who have it", () => {
    const access = [
      { role: "view", group: "auditors" },
      { role: "edit", group: "team" },
      { role: "edit", user: "me" },
    ] as const;
    expect(roleBindings("loans", access)).toEqual([
      {
        metadata: { name: "workflows-edit", namespace: "loans" },
        roleRef: { apiGroup, kind: "ClusterRole", name: "edit" },
        subjects: [
          { apiGroup, kind: "Group", name: "team" },
          { apiGroup, kind: "User", name: "me" },
        ],
      },
      {
        metadata: { name: "workflows-view", namespace: "loans" },
        roleRef: { apiGroup, kind: "ClusterRole", name: "view" },
        subjects: [{ apiGroup, kind: "Group", name: "auditors" }],
      },
    ]);
    expect(roleBindings("loans", [])).toEqual([]);
  });

  it("is a quota for all its pods together", () => {
    expect(resourceQuota("loans", { pods: "10", "limits.memory": "8Gi" })).toEqual({
      metadata: { name: "workflows", namespace: "loans" },
      spec: { hard: { pods: "10", "limits.memory": "8Gi" } },
    });
  });

  it("is a limit for containers that say none, without which a quota on memory lets no pod start", () => {
    expect(limitRange("loans", { limits: { memory: "512Mi" }, requests: { cpu: "50m" } })).toEqual({
      metadata: { name: "workflows", namespace: "loans" },
      spec: {
        limits: [{ type: "Container", default: { memory: "512Mi" }, defaultRequest: { cpu: "50m" } }],
      },
    });
  });
});
