import { beforeAll, describe, expect, it } from "vitest";
import { waitFor, type Inventory, type RunOptions, type Stack } from "../../sandbox/src";
import {
  fails,
  githubToken,
  handMadeSpec,
  ok,
  rhdhSecret,
  said,
  unchanged,
  useWorld,
  type World,
} from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

const olm = "operators.coreos.com/v1alpha1";
const operators = "openshift-operators";
const marketplace = "openshift-marketplace";
const nothingMade = "nothing was made, because of what the cluster holds:";

/** An object of the core, or of another group. */
const object = (apiVersion: string, kind: string, path: string, more: object = {}) => {
  const [name = "", namespace] = path.split("/").reverse();
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) }, ...more };
};
const subscription = (path: string, spec: object) =>
  object(olm, "Subscription", path, {
    spec: {
      name: "orchestrator-operator",
      channel: "stable",
      source: "redhat-operators",
      sourceNamespace: "openshift-marketplace",
      installPlanApproval: "Manual",
      startingCSV: "orchestrator-operator.v1.2.3",
      ...spec,
    },
  });

describe("a cluster that is not ready", () => {
  let stacks = 0;
  /** What a preview, and then an `up`, says of a cluster in some state. Both must refuse it, in the same words. */
  async function refused(
    config: Readonly<Record<string, object | string>> = {},
    tearDown: () => Promise<void> = () => Promise.resolve(),
    options: RunOptions = {},
  ): Promise<string> {
    const before = await world.inventory();
    const stack = world.stack(`refused-${stacks++}`, config);
    const preview = refusals(await fails(stack.preview([], options), "preview"));
    const up = refusals(await fails(stack.up(undefined, options), "up"));
    expect(preview.length).toBeGreaterThan(1);
    expect(up).toEqual(preview);
    await ok(stack.destroy(), "destroy");
    // OLM goes on looking at what a test has put elsewhere.
    expect(await world.leftovers(before, (line) => !line.includes("elsewhere"))).toEqual([]);
    await tearDown();
    return preview.join("\n");
  }
  /** The lines of a refusal, which must stand alone. */
  function refusals(message: string): string[] {
    const diagnostics = message.slice(message.indexOf("Diagnostics:"));
    expect(diagnostics).toContain(`error: ${nothingMade}`);
    expect(diagnostics.split("error:").length).toBe(2);
    const lines = diagnostics.split("\n").map((line) => line.trim());
    const from = lines.findIndex((line) => line.endsWith(nothingMade));
    return lines.slice(from, lines.indexOf("", from)).sort();
  }
  async function removed(...args: string[]): Promise<void> {
    await world.kubectl("delete", ...args);
  }

  it("is told apart by all that is wrong with it, on one screen, and one line is for what is only unusual", async () => {
    await world.kubectl("create", "namespace", "rhdh-operator");
    await world.kubectl("create", "namespace", "elsewhere");
    await world.apply(subscription("elsewhere/theirs", {}));
    await world.apply(
      object("operators.coreos.com/v1", "OperatorGroup", `${operators}/second`, { spec: {} }),
    );
    await world.kubectl(
      "annotate",
      "storageclass",
      "standard",
      "storageclass.kubernetes.io/is-default-class=false",
      "--overwrite",
    );
    const message = await refused({ operator: { namespace: operators } });
    expect(message).toContain("- Namespace rhdh-operator exists, and is not of this stack");
    expect(message).toContain(
      "- Subscription elsewhere/theirs, to orchestrator-operator, exists, and is not of this stack; remove it",
    );
    expect(message).toContain("there are several OperatorGroups: global-operators and second");
    expect(message).toContain(
      "there is no default StorageClass for the database's volume (there are standard)",
    );
    expect(message).toContain("namespaces.<which>.existing true");
    expect(message).toContain("pulumi config set adopt true");
    expect(message).toContain("what to know before you go on:");
    expect(message).toContain("is for OpenShift 4.14 to 4.15, and this is 4.16.21");
    await world.kubectl(
      "annotate",
      "storageclass",
      "standard",
      "storageclass.kubernetes.io/is-default-class=true",
      "--overwrite",
    );
    await removed("operatorgroup", "second", "-n", operators);
    await removed("subscription.operators.coreos.com", "theirs", "-n", "elsewhere");
    await removed("operator.operators.coreos.com", "--all");
    await removed("namespace", "rhdh-operator", "elsewhere");
  });

  it("is no OpenShift, has no images for its nodes, and has not got rid of an earlier install", async () => {
    const version = await world.json<object>("clusterversion", "version");
    await removed("clusterversion", "version");
    await world.kubectl("label", "node", "node-1", "kubernetes.io/arch=arm64", "--overwrite");
    await world.apply(
      object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "left", {
        webhooks: [
          {
            name: "left.knative.dev",
            admissionReviewVersions: ["v1"],
            sideEffects: "None",
            clientConfig: { service: { namespace: "knative-eventing", name: "webhook" } },
            rules: [{ apiGroups: ["none.example"], apiVersions: ["*"], operations: ["*"], resources: ["*"] }],
          },
        ],
      }),
    );
    await world.kubectl("create", "namespace", "openshift-serverless");
    await world.kubectl(
      "create",
      "clusterrolebinding",
      "cluster-admin-0",
      "--clusterrole=cluster-admin",
      "--serviceaccount=orchestrator:orchestrator",
    );
    await world.kubectl("create", "namespace", "sonataflow-infra");
    const held = object("v1", "ConfigMap", "sonataflow-infra/held");
    await world.apply({ ...held, metadata: { ...held.metadata, finalizers: ["example.com/hold"] } });
    await world.kubectl("delete", "namespace", "sonataflow-infra", "--wait=false");
    await world.kubectl(
      "apply",
      "--server-side",
      "-f",
      "sandbox/catalog/crds/orchestrators.rhdh.redhat.com_v1alpha3.yaml",
    );
    await waitFor("what holds the namespace to be seen", async () =>
      (await world.kubectl("get", "namespace", "sonataflow-infra", "-o", "yaml")).includes(
        "example.com/hold",
      ),
    );
    const message = await refused({ operator: { source: "community" } }, async () => {
      const release = '{"metadata":{"finalizers":null}}';
      await world.kubectl(
        "patch",
        "configmap",
        "held",
        "-n",
        "sonataflow-infra",
        "--type",
        "merge",
        "-p",
        release,
      );
      await removed("validatingwebhookconfiguration", "left");
      await removed("clusterrolebinding", "cluster-admin-0");
      await removed("namespace", "openshift-serverless");
      await removed("crd", "orchestrators.rhdh.redhat.com");
      await world.kubectl("label", "node", "node-1", "kubernetes.io/arch=amd64", "--overwrite");
      await world.apply(withoutServerFields(version));
      await waitFor(
        "the namespace to go",
        async () => !(await world.exists("namespace", "sonataflow-infra")),
      );
    });
    expect(message).toContain("- this is no OpenShift: it has no ClusterVersion");
    expect(message).toContain("- all nodes are ARM64, and there are no images");
    expect(message).toContain(
      "- CatalogSource openshift-marketplace/community does not exist; the CatalogSources there are: redhat-operators",
    );
    expect(message).toContain("- Namespace sonataflow-infra is being deleted: ");
    expect(message).toContain("example.com/hold");
    expect(message).toContain("- Namespace openshift-serverless has no OperatorGroup");
    expect(message).toContain("oc delete validatingwebhookconfiguration left");
    expect(message).toContain(
      "- the CRD orchestrators.rhdh.redhat.com stores v1alpha3, which Orchestrator 1.2 does not know",
    );
    expect(message).toContain("oc delete clusterrolebinding cluster-admin-0");
  });

  it("has an operator without a Subscription", async () => {
    await world.apply(subscription(`${operators}/orchestrator-operator`, {}));
    await installed(operators, "orchestrator-operator.v1.2.3");
    await removed("subscription.operators.coreos.com", "orchestrator-operator", "-n", operators);
    await waitFor("its InstallPlan to go", async () => !(await world.exists("installplan", "-n", operators)));
    const message = await refused({}, async () => {
      await removed("csv", "orchestrator-operator.v1.2.3", "-n", operators);
      await removed("crd", "orchestrators.rhdh.redhat.com");
      await removed("clusterrole", "orchestrator-metrics-reader");
      await removed("operator.operators.coreos.com", "--all");
    });
    expect(message).toContain(`oc delete csv orchestrator-operator.v1.2.3 -n ${operators}`);
  });

  it("has a catalog without what is asked for, be it for the stack's own operator or for those that it brings", async () => {
    const message = await refused({
      operator: { startingCSV: "orchestrator-operator.v1.2.9" },
      rhdh: { subscription: { channel: "fast-1.1" } },
      serverlessLogic: { subscription: { startingCSV: "logic-operator-rhel8.v1.32.0" } },
    });
    expect(message).toMatch(
      /- channel stable of package orchestrator-operator has no orchestrator-operator\.v1\.2\.9: orchestrator-operator\.v1\.6\.1, /,
    );
    expect(message).toMatch(
      /- package rhdh of redhat-operators has no channel fast-1\.1; it has .*fast-1\.2,/,
    );
    expect(message).toContain(
      "- channel alpha of package logic-operator-rhel8 has no logic-operator-rhel8.v1.32.0: logic-operator-rhel8.v1.36.0, ",
    );
    const alpha = await refused({ operator: { channel: "alpha" } });
    expect(alpha).toContain(
      "- package orchestrator-operator of redhat-operators has no channel alpha; it has stable, unhealthy",
    );
    expect(alpha).toContain(
      "- the catalogs have all of another release; choose it with: pulumi config set --path orchestrator.version 2.1 (or 1.10, 1.9, 1.8, 1.7)",
    );
  });

  it("has a second catalog with the same packages, either of which may be the one", async () => {
    const { spec } = await world.json<{ spec: object }>(
      "catalogsource",
      "redhat-operators",
      "-n",
      marketplace,
    );
    await world.apply(object(olm, "CatalogSource", `${marketplace}/mirror`, { spec }));
    await waitFor("its packages", async () => {
      const list = await world.kubectl("get", "packagemanifests", "-n", marketplace, "-l", "catalog=mirror");
      return list.includes("orchestrator-operator");
    });
    for (const source of ["mirror", "redhat-operators"]) {
      const preview = await ok(world.stack(`of-${source}`, { operator: { source } }).preview(), "preview");
      expect(said(preview)).not.toContain("not checked");
      expect(await refused({ operator: { source, channel: "alpha" } })).toContain(
        `- package orchestrator-operator of ${source} has no channel alpha; it has stable, unhealthy`,
      );
    }
    await removed("catalogsource", "mirror", "-n", marketplace);
  });

  it("has an operator of OLM v1, beside which none is subscribed to, unless it is another", async () => {
    const extension = (packageName: string) =>
      object("olm.operatorframework.io/v1", "ClusterExtension", "theirs", {
        spec: {
          namespace: "their-operators",
          serviceAccount: { name: "installer" },
          source: { sourceType: "Catalog", catalog: { packageName } },
        },
      });
    await world.sandbox.fixture("olm-v1");
    // One that the stack subscribes to, and one that its operator does.
    for (const [version, name] of [
      ["1.10", "rhdh"],
      ["1.2", "serverless-operator"],
    ] as const) {
      await world.apply(extension(name));
      const lines = (await refused({ orchestrator: { version } })).split("\n");
      // Beside what is only to be known, as that this OpenShift is older than the product's.
      const told = lines.filter((line) => line.startsWith("- ") && !line.includes("is for OpenShift"));
      expect(told).toEqual([
        expect.stringContaining(
          `- ClusterExtension theirs, of OLM v1, has package ${name}, and a Subscription beside it would own the same CRDs.`,
        ),
      ]);
      await removed("clusterextension", "theirs");
    }
    await world.apply(extension("quay-operator"));
    const stack = world.stack("beside-olm-v1", { orchestrator: { version: "1.10" } });
    expect(said(await ok(stack.preview(), "preview, beside another operator of OLM v1"))).not.toContain(
      "ClusterExtension",
    );
    await removed("crd", "clusterextensions.olm.operatorframework.io");
  });

  it("has no package server that answers, which is said, and is no reason to make nothing", async () => {
    const service = ["service", "packageserver-service", "-n", "openshift-operator-lifecycle-manager"];
    const leadsTo = (externalName: string) =>
      world.kubectl("patch", ...service, "--type=merge", "-p", JSON.stringify({ spec: { externalName } }));
    const available = (status: string) =>
      world.kubectl(
        ...["wait", "apiservice/v1.packages.operators.coreos.com", "--timeout=120s"],
        `--for=condition=Available=${status}`,
      );
    await leadsTo("127.0.0.2");
    await available("False");
    const preview = said(await ok(world.stack("no-packages").preview(), "preview, without package server"));
    expect(preview).toMatch(
      /not checked:\s+- whether the catalogs have the operators: .* service unavailable \(503\)/,
    );
    await leadsTo("127.0.0.1");
    await available("True");
    expect(said(await ok(world.stack("packages").preview(), "preview, with it"))).not.toContain(
      "not checked",
    );
  });

  it("does not let the user do what it takes", async () => {
    await world.kubectl("create", "serviceaccount", "weak", "-n", "default");
    // As OpenShift's cluster-reader, with Secrets.
    const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }];
    await world.apply(object("rbac.authorization.k8s.io/v1", "ClusterRole", "weak", { rules }));
    await world.kubectl(
      "create",
      "clusterrolebinding",
      "weak",
      "--clusterrole=weak",
      "--serviceaccount=default:weak",
    );
    const token = (await world.kubectl("create", "token", "weak", "-n", "default")).trim();
    const env = { KUBECONFIG: await world.kubeconfigOf(token) };
    const stack = world.stack("weak");
    const missing = "- you may not, and would have to; log in as a cluster-admin";
    const preview = said(await ok(stack.preview([], { env }), "preview, by a user who may only read"));
    expect(preview).toContain("what to know before you go on:");
    expect(preview).toContain(missing);
    const message = await fails(stack.up(undefined, { env }), "up, by a user who may only read");
    expect(message).toContain(nothingMade);
    expect(message).toContain(missing);
    await ok(stack.destroy(undefined, { env }), "destroy");
    await removed("clusterrolebinding,clusterrole", "weak");
    await removed("serviceaccount", "weak", "-n", "default");
    expect(message).toMatch(
      /create, patch and delete subscriptions\.operators\.coreos\.com in orchestrator-operator/,
    );
    expect(message).toMatch(/create, patch and delete namespaces/);
  });

  it("cannot be looked at, which is said", async () => {
    const KUBECONFIG = await world.kubeconfigOf("x", "https://127.0.0.1:1");
    const preview = world.stack("unreachable").preview([], { env: { KUBECONFIG } });
    const message = await fails(preview, "preview, without a cluster");
    expect(message).toContain("the cluster could not be looked at: connect ECONNREFUSED");
    expect(message.slice(message.indexOf("Diagnostics:")).split("error:").slice(1)).toHaveLength(1);
  });
});

describe("an install by hand", () => {
  let before: Inventory;
  let stack: Stack;
  const backendSecret = "hand0made0backend0secret";
  const uids = async () => {
    const refs = [
      ["namespace", "orchestrator"],
      ["namespace", "rhdh-operator"],
      ["namespace", "sonataflow-infra"],
      ["subscription.operators.coreos.com", "orchestrator-operator", "-n", operators],
      ["orchestrator", "orchestrator", "-n", "orchestrator"],
      ["secret", "backstage-backend-auth-secret", "-n", "rhdh-operator"],
      ["secret", "orchestrator", "-n", "orchestrator"],
      ["statefulset", "sonataflow-psql-postgresql", "-n", "sonataflow-infra"],
    ];
    const found = await Promise.all(refs.map((ref) => world.json<{ metadata: Metadata }>(...ref)));
    return found.map(({ metadata }) => metadata.uid);
  };
  const pods = async () => {
    const { items } = await world.json<{ items: { metadata: Metadata }[] }>("pods", "-A");
    // Neither those of a moment nor the catalog's, which OLM makes anew when it answers too late.
    const lasting = items.filter(
      ({ metadata: { namespace, ownerReferences } }) =>
        namespace !== "openshift-marketplace" && !ownerReferences?.some(({ kind }) => kind === "Job"),
    );
    return lasting.map(({ metadata: { namespace, name, uid } }) => `${namespace}/${name} ${uid}`).sort();
  };
  const logic = "logic-operator-rhel8";
  const lastMade = [
    ["sonataflow-infra", "sonataflow-platform-data-index-service"],
    ["sonataflow-infra", "sonataflow-platform-jobs-service"],
    ["rhdh-operator", "backstage-backstage"],
  ] as const;
  const generation = async () =>
    (await world.json<{ metadata: Metadata }>("orchestrator", "orchestrator", "-n", "orchestrator")).metadata
      .generation;

  beforeAll(async () => {
    before = await world.inventory();
    await byHand(backendSecret);
    stack = world.stack("adopting");
  });

  it("is not touched, and is offered to be taken over", async () => {
    const message = await fails(stack.preview(), "preview, of what is there");
    expect(message).toContain(
      "- Subscription openshift-operators/orchestrator-operator, to orchestrator-operator, exists, and is not of this stack",
    );
    expect(message).toContain("pulumi config set adopt true");
  });

  it("has a database that can only be used as it is, as is said with the settings for it", async () => {
    await stack.setConfig("adopt", "true");
    const message = await fails(stack.preview(), "preview, of a database");
    expect(message).toContain(
      "- PostgreSQL sonataflow-infra/sonataflow-psql-postgresql (Secret, Service, StatefulSet)",
    );
    expect(message).toContain("externalPostgres.serviceName sonataflow-psql-postgresql");
    expect(message).toContain("Namespace rhdh-operator is not taken over");
    expect(message).toContain("namespaces.<which>.existing true");
    const existing = { existing: true };
    await stack.setConfig(
      "namespaces",
      JSON.stringify({ orchestrator: existing, rhdh: existing, sonataflow: existing }),
    );
    await stack.setConfig(
      "externalPostgres",
      JSON.stringify({
        serviceName: "sonataflow-psql-postgresql",
        serviceNamespace: "sonataflow-infra",
        existingSecret: { name: "sonataflow-psql-postgresql" },
      }),
    );
  });

  it("is shown before it is changed, and a different channel is refused", async () => {
    await stack.setConfig("operator", '{"approval":"Automatic"}');
    expect(await fails(stack.preview(), "preview, of another approval")).toContain(
      'has spec.installPlanApproval "Manual", and would have to have "Automatic"',
    );
    await stack.removeConfig("operator");
    await stack.setConfig("rhdh", '{"guestProvider":true}');
    const message = said(await ok(stack.preview(), "preview, of an adoption"));
    expect(message).toContain("taken over from what is there:");
    expect(message).toContain("Secret rhdh-operator/backstage-backend-auth-secret");
    expect(message).toMatch(
      /Orchestrator orchestrator\/orchestrator: spec\.rhdhOperator\.enableGuestProvider is (false|unset), and will be true/,
    );
    expect(message).toContain("oc delete clusterrolebinding cluster-admin-0");
    await stack.removeConfig("rhdh");
  });

  it("is taken over without anything being replaced, restarted or rotated", async () => {
    const state = async () => [await uids(), await pods(), await generation()];
    // OLM upgrades Serverless Logic as soon as the operator has subscribed to it, by one version after the other, and each
    // makes pods anew. In between, the Subscription says that it is AtLatestKnown, too.
    const head = 'jsonpath={.status.channels[?(@.name=="alpha")].currentCSV}';
    const newest = await world.kubectl("get", "packagemanifest", logic, "-n", marketplace, "-o", head);
    const isNewest = async () => (await world.csvs()).includes(`${newest} Succeeded`);
    await waitFor(newest, isNewest, { timeout: 300, interval: 2_000 });
    for (const [namespace, name] of lastMade)
      for (const what of ["create", "condition=Available"])
        await world.kubectl("wait", "deployment", name, "-n", namespace, `--for=${what}`, "--timeout=300s");
    let last = "";
    const isAtRest = async () => {
      const before = last;
      last = JSON.stringify(await state());
      return last === before;
    };
    await waitFor("all pods of the install by hand", isAtRest, { timeout: 300, interval: 10_000 });
    const [was, token] = [await state(), await world.secret(...rhdhSecret, "K8S_CLUSTER_TOKEN")];
    await ok(stack.up(), "up, adopting");
    expect(await state()).toEqual(was);
    expect(await world.secret(...rhdhSecret, "BACKEND_SECRET")).toBe(backendSecret);
    expect(await world.secret(...rhdhSecret, "K8S_CLUSTER_TOKEN")).toBe(token);
    expect(await world.secret(...rhdhSecret, "K8S_CLUSTER_URL")).toBe("https://hand.example:6443");
    expect(await world.secret(...rhdhSecret, "GITHUB_TOKEN")).toBe(githubToken);
    expect(world.stateFiles()).not.toContain(backendSecret);
    expect(said(await ok(stack.up(unchanged), "up, unchanged"))).not.toMatch(/taken over/);
    expect(await state()).toEqual(was);
  });

  it("keeps its backend secret with each change but a rotation", async () => {
    await stack.setConfig("emailHostname", "smtp.example.com");
    await ok(stack.up(), "up, after a change");
    expect(await world.secret(...rhdhSecret, "NOTIFICATIONS_EMAIL_HOSTNAME")).toBe("smtp.example.com");
    expect(await world.secret(...rhdhSecret, "BACKEND_SECRET")).toBe(backendSecret);
    await stack.removeConfig("adopt");
    expect(await fails(stack.up(), "up, without adopt")).toContain("pulumi config set adopt true");
    await stack.setConfig("adopt", "true");
    await stack.setConfig("rotateBackendSecret", "once");
    await ok(stack.up(), "up, rotating");
    expect(await world.secret(...rhdhSecret, "BACKEND_SECRET")).toMatch(/^[A-Za-z0-9]{32}$/);
  });

  it("is removed like any other stack's, but for the namespaces", async () => {
    await ok(stack.destroy(), "destroy");
    await world.kubectl("delete", "clusterrolebinding", "cluster-admin-0");
    // What was there before, and what each namespace has from the start.
    const stays =
      /^\+ \S+ (orchestrator|rhdh-operator|sonataflow-infra|knative-serving-ingress)$|(kube-root-ca\.crt|ServiceAccount \S+\/default)$|sonataflow-psql-postgresql|IPAddress/;
    expect(await world.leftovers(before, (line) => !stays.test(line))).toEqual([]);
    const namespaces = ["orchestrator", "rhdh-operator", "sonataflow-infra", "knative-serving-ingress"];
    await world.kubectl("delete", "namespace", ...namespaces);
    expect(await world.leftovers(before)).toEqual([]);
  });
});

interface Metadata {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly ownerReferences?: readonly { readonly kind: string }[];
}

/** The documented install, step by step: a database as its chart makes it, what setup.sh makes, operator, custom resource. */
async function byHand(backendSecret: string): Promise<void> {
  for (const name of ["orchestrator", "rhdh-operator", "sonataflow-infra"])
    await world.kubectl("create", "namespace", name);
  await world.kubectl("label", "namespace", "sonataflow-infra", "rhdh.redhat.com/workflow-namespace=");

  const database = "sonataflow-psql-postgresql";
  const labels = { "app.kubernetes.io/instance": "sonataflow-psql", "app.kubernetes.io/name": "postgresql" };
  const container = { name: "postgresql", image: "docker.io/bitnami/postgresql:15" };
  await world.kubectl(
    "create",
    "secret",
    "generic",
    database,
    "-n",
    "sonataflow-infra",
    "--from-literal=postgres-username=postgres",
    "--from-literal=postgres-password=postgres",
  );
  await world.kubectl("create", "service", "clusterip", database, "--tcp=5432", "-n", "sonataflow-infra");
  await world.apply(
    object("apps/v1", "StatefulSet", `sonataflow-infra/${database}`, {
      spec: {
        serviceName: `${database}-hl`,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    }),
  );

  await world.kubectl("create", "serviceaccount", "orchestrator", "-n", "orchestrator");
  await world.kubectl(
    "create",
    "clusterrolebinding",
    "cluster-admin-0",
    "--clusterrole=cluster-admin",
    "--serviceaccount=orchestrator:orchestrator",
  );
  const annotations = { "kubernetes.io/service-account.name": "orchestrator" };
  const token = object("v1", "Secret", "orchestrator/orchestrator", {
    type: "kubernetes.io/service-account-token",
  });
  await world.apply({ ...token, metadata: { ...token.metadata, annotations } });
  await waitFor(
    "the token",
    async () => (await world.secret("orchestrator", "orchestrator", "token")) !== "",
  );
  const [namespace, name] = rhdhSecret;
  await world.kubectl(
    "create",
    "secret",
    "generic",
    name,
    "-n",
    namespace,
    `--from-literal=BACKEND_SECRET=${backendSecret}`,
    "--from-literal=K8S_CLUSTER_URL=https://hand.example:6443",
    `--from-literal=K8S_CLUSTER_TOKEN=${await world.secret("orchestrator", "orchestrator", "token")}`,
    `--from-literal=GITHUB_TOKEN=${githubToken}`,
  );

  await world.apply(subscription(`${operators}/orchestrator-operator`, {}));
  await installed(operators, "orchestrator-operator.v1.2.3");
  await world.apply(
    object("rhdh.redhat.com/v1alpha1", "Orchestrator", "orchestrator/orchestrator", { spec: documentedSpec }),
  );
  await world.kubectl(
    "wait",
    "orchestrator/orchestrator",
    "-n",
    "orchestrator",
    "--for=condition=Deployed",
    "--timeout=180s",
  );
  await waitFor(
    "Developer Hub",
    () => world.exists("deployment", "backstage-backstage", "-n", "rhdh-operator"),
    { timeout: 180 },
  );
}

/** With the names that the documentation uses. */
const documentedSpec = {
  ...handMadeSpec,
  rhdhOperator: {
    ...handMadeSpec.rhdhOperator,
    secretRef: {
      ...handMadeSpec.rhdhOperator.secretRef,
      backstage: { backendSecret: "BACKEND_SECRET" },
      github: { token: "GITHUB_TOKEN", clientId: "GITHUB_CLIENT_ID", clientSecret: "GITHUB_CLIENT_SECRET" },
      k8s: { clusterToken: "K8S_CLUSTER_TOKEN", clusterUrl: "K8S_CLUSTER_URL" },
      argocd: { url: "ARGOCD_URL", username: "ARGOCD_USERNAME", password: "ARGOCD_PASSWORD" },
      notificationsEmail: {
        hostname: "NOTIFICATIONS_EMAIL_HOSTNAME",
        username: "NOTIFICATIONS_EMAIL_USERNAME",
        password: "NOTIFICATIONS_EMAIL_PASSWORD",
      },
    },
  },
  postgres: { ...handMadeSpec.postgres, database: "sonataflow" },
};

/** Approves what OLM plans for a version in a namespace, as an admin would, and not the next one, until that version runs. */
async function installed(namespace: string, csv: string): Promise<void> {
  interface Plan {
    readonly metadata: Metadata;
    readonly spec: { readonly clusterServiceVersionNames: readonly string[] };
  }
  const approval = ["--type", "merge", "-p", '{"spec":{"approved":true}}'];
  await waitFor(
    csv,
    async () => {
      const { items } = await world.json<{ items: Plan[] }>("installplan", "-n", namespace);
      for (const { metadata, spec } of items)
        if (spec.clusterServiceVersionNames.includes(csv))
          await world.kubectl("patch", "installplan", metadata.name, "-n", namespace, ...approval);
      const phase = await world
        .kubectl("get", "csv", csv, "-n", namespace, "-o", "jsonpath={.status.phase}")
        .catch(() => "");
      return phase === "Succeeded";
    },
    { timeout: 120, interval: 1_000 },
  );
}

/** An object as it can be made again. */
function withoutServerFields(given: object): object {
  const { metadata, ...rest } = given as { metadata: { name: string } };
  return { ...rest, metadata: { name: metadata.name } };
}
