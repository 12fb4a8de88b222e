import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planDestroy, textOfPlan } from "../../advice/destroyPlan";
import { parseState } from "../../cli/state";
import { installationLabel, keepLabel } from "../../config/names";
import { nameOf } from "../../kube/objects";
import { previewTask } from "../../tasks/run/previews";
import { ApiServer, hurry, object } from "../support/apiServer";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
  api.put(object("v1", "Namespace", "kube-system", {}, { uid: "own" }));
});
afterEach(() => {
  api.stop();
});

const signature = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({
  [signature]: "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const mine = { labels: { [installationLabel]: "me" } };
const olm = "operators.coreos.com/v1alpha1";

/** A task as the state has it; its answer is a secret there as soon as the stack has a kubeconfig. */
const task = (verb: string, input: object, result?: object) => ({
  type: "command:local:Command",
  inputs: {
    delete: `node --require ./load.cjs tasks/main.ts ${verb}`,
    stdin: JSON.stringify({ installation: "me", ...input }),
    environment: secret({
      ORCHESTRATOR_KUBECONFIG: "",
      ORCHESTRATOR_CONTEXT: "test",
      ORCHESTRATOR_CLUSTER: "Namespace/kube-system/own",
    }),
  },
  outputs: result && { stdout: secret(JSON.stringify({ question: "q", result })) },
});

const guard = { made: ["loans"], used: [], goes: ["loans", "rhdh"], isClusterWide: true, minutes: 1 };
const rhdh = { package: "rhdh", namespace: "rhdh-operator" };
const theirs = { package: "serverless-operator", namespace: "openshift-serverless" };
const places = [
  { apiVersion: "v1", kind: "Namespace" },
  { apiVersion: "v1", kind: "Secret", namespace: "rhdh" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "sonataflow-infra" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" },
];

const stateOf = (more: object = {}) =>
  parseState(
    JSON.stringify({
      deployment: {
        resources: [
          {
            type: "pulumi:pulumi:Stack",
            outputs: { keptOnDestroy: ["Namespace sonataflow-infra: it was there before"] },
          },
          { type: "kubernetes:core/v1:Secret", inputs: { metadata: { name: "x" } } },
          task("sweep", { planned: [], places }, { claimed: "", places }),
          task(
            "remove-operator",
            { packages: [rhdh, theirs], ...more },
            { own: [rhdh], preexisting: [theirs], createdNamespaces: [] },
          ),
          task("drain-workflows", { ...guard, deleteForeign: false, packages: [rhdh], ...more }, {}),
        ],
      },
    }),
  );
const plan = (more: object = {}) => planDestroy(api.cluster, "dev", stateOf(more));

const putAll = () => {
  api.put(
    object("v1", "Namespace", "loans", {}, mine),
    object("v1", "Namespace", "rhdh", {}, mine),
    object("v1", "Namespace", "sonataflow-infra"),
    object("v1", "Secret", "rhdh/credentials", {}, mine),
    object("rbac.authorization.k8s.io/v1", "ClusterRole", "orchestrator-reader", {}, mine),
    object("sonataflow.org/v1alpha08", "SonataFlow", "loans/greeting", {}, mine),
    object("v1", "PersistentVolumeClaim", "rhdh/data-hub", {
      spec: { volumeName: "pv-1", resources: { requests: { storage: "1Gi" } } },
    }),
    object(
      "v1",
      "PersistentVolumeClaim",
      "sonataflow-infra/data",
      {},
      { labels: { ...mine.labels, ...keepLabel } },
    ),
    object(olm, "Subscription", "rhdh-operator/rhdh", { spec: { name: "rhdh" } }, mine),
    object(
      olm,
      "ClusterServiceVersion",
      "rhdh-operator/rhdh-operator.v1.10.3",
      { status: { phase: "Succeeded" } },
      { labels: { "operators.coreos.com/rhdh.rhdh-operator": "" } },
    ),
    object("operators.coreos.com/v1", "Operator", "rhdh.rhdh-operator"),
    object(
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      "backstages.rhdh.redhat.com",
      { spec: { group: "rhdh.redhat.com", names: { kind: "Backstage" }, versions: [] } },
      {
        annotations: {
          "operatorframework.io/installed-alongside-1": "rhdh-operator/rhdh-operator.v1.10.3",
        },
      },
    ),
  );
};

describe("the plan of a destroy", () => {
  it("says what goes, and what stays and why, and writes nothing", async () => {
    putAll();
    const found = await plan();
    expect(textOfPlan({ ...found, cluster: "https://api.example.com:6443" })).toMatchInlineSnapshot(`
      "pulumi destroy of the stack dev on https://api.example.com:6443

      Operators that go
        - ClusterServiceVersion rhdh-operator/rhdh-operator.v1.10.3
        - Operator rhdh.rhdh-operator
        - Subscription rhdh-operator/rhdh

      Namespaces that go, with all that is in them
        - loans
        - rhdh

      Volumes that go
        - PersistentVolumeClaim rhdh/data-hub, 1Gi, with its data

      Workflows that go
        - SonataFlow loans/greeting

      Other objects that go
        - ClusterRole orchestrator-reader

      What stays
        = PersistentVolumeClaim sonataflow-infra/data: postgres.keepData
        = serverless-operator in openshift-serverless: the operator was there before the stack
        = CustomResourceDefinition backstages.rhdh.redhat.com: deleting a CRD deletes everybody's objects of its kind; see removeCrds
        = Namespace sonataflow-infra: it was there before

      Nothing is in its way."
    `);
    expect(api.writes).toEqual([]);
  });

  it("refuses as the destroy does, with all of its reasons", async () => {
    putAll();
    api.put(
      object("sonataflow.org/v1alpha08", "SonataFlow", "elsewhere/foreign"),
      object("apps/v1", "Deployment", "loans/theirs"),
      object("rhdh.redhat.com/v1alpha3", "Backstage", "their-hub/hub"),
    );
    const { refuses } = await plan();
    expect(refuses).toEqual([
      "nothing was deleted, because operators of this stack run what is not of it: Backstage their-hub/hub. " +
        "Delete that first, then run pulumi destroy again",
      expect.stringContaining(
        "would not survive it: SonataFlow elsewhere/foreign, Deployment loans/theirs. Delete them, or",
      ),
    ]);
  });

  it("lists what of others goes where they may be deleted", async () => {
    putAll();
    api.put(object("sonataflow.org/v1alpha08", "SonataFlow", "elsewhere/foreign"));
    const { refuses, goes } = await plan({ deleteForeign: true });
    expect([refuses, goes.workflows]).toEqual([
      [],
      ["SonataFlow elsewhere/foreign", "SonataFlow loans/greeting"],
    ]);
  });

  it("refuses where an operator is gone that has to take something down", async () => {
    hurry();
    putAll();
    api.put(
      object("rhdh.redhat.com/v1alpha3", "Backstage", "rhdh/hub", {}, { ...mine, finalizers: ["rhdh/f"] }),
    );
    for (const [key, { kind }] of api.objects)
      if (kind === "Subscription" || kind === "ClusterServiceVersion") api.objects.delete(key);
    expect((await plan()).refuses).toEqual([
      expect.stringContaining("Backstage rhdh/hub can be taken down only by rhdh in rhdh-operator"),
    ]);
  });

  it("lists the CRDs that go with removeCrds", async () => {
    putAll();
    const { goes, stays } = await plan({ removeCrds: true });
    expect(goes.crds).toEqual(["backstages.rhdh.redhat.com"]);
    expect(stays.map(({ what }) => what)).not.toContain(
      "CustomResourceDefinition backstages.rhdh.redhat.com",
    );
  });

  it("knows a volume that outlives its claim", async () => {
    putAll();
    api.put(object("v1", "PersistentVolume", "pv-1", { spec: { persistentVolumeReclaimPolicy: "Retain" } }));
    const { goes, stays } = await plan();
    expect(goes.volumes).toEqual(["PersistentVolumeClaim rhdh/data-hub, 1Gi"]);
    expect(stays.map(({ what }) => what)).toContain("PersistentVolume pv-1");
  });

  it("is not made on another cluster", async () => {
    api.put(object("v1", "Namespace", "kube-system", {}, { uid: "another" }));
    await expect(plan()).rejects.toThrow("this is not the cluster of the stack");
  });

  it("is empty for a stack that has made nothing", async () => {
    const empty = parseState(JSON.stringify({ deployment: { resources: [] } }));
    const text = textOfPlan(await planDestroy(api.cluster, "dev", empty));
    expect(text).toContain("There is nothing to delete.");
  });
});

describe("what one task would do", () => {
  const drain = {
    installation: "me",
    apiVersion: "rhdh.redhat.com/v1alpha3",
    kind: "Backstage",
    packages: [rhdh],
    leftovers: [{ apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "theirs", name: "left" }],
    deleteMinutes: 1,
  };

  it("is to take down what only the operator can, with what that leaves behind", async () => {
    const created = (creationTimestamp: string) => ({ creationTimestamp });
    api.put(
      object("rhdh.redhat.com/v1alpha3", "Backstage", "rhdh/hub", {}, mine),
      object(
        olm,
        "Subscription",
        "rhdh-operator/rhdh",
        { spec: { name: "rhdh" } },
        created("2026-01-02T00:00:00Z"),
      ),
      object("v1", "PersistentVolumeClaim", "theirs/left", {}, created("2026-01-03T00:00:00Z")),
    );
    const names = async () =>
      (await previewTask(api.cluster, { verb: "drain", input: drain })).goes?.map(nameOf);
    expect(await names()).toEqual(["Backstage rhdh/hub", "PersistentVolumeClaim theirs/left"]);
    api.put(object("v1", "PersistentVolumeClaim", "theirs/left", {}, created("2026-01-01T00:00:00Z")));
    expect(await names()).toEqual(["Backstage rhdh/hub"]);
    api.put(object("rhdh.redhat.com/v1alpha3", "Backstage", "theirs/hub"));
    const { refuses } = await previewTask(api.cluster, { verb: "drain", input: drain });
    expect(refuses).toEqual([expect.stringContaining("what is not of this stack: Backstage theirs/hub")]);
    expect(api.writes).toEqual([]);
  });

  it("is to take the Orchestrator down with the namespaces that came with it", async () => {
    const ref = {
      apiVersion: "rhdh.redhat.com/v1alpha1",
      kind: "Orchestrator",
      namespace: "orchestrator",
      name: "sample",
    };
    const annotations = {
      "meta.helm.sh/release-name": "sample",
      "meta.helm.sh/release-namespace": "orchestrator",
    };
    api.put(
      object(ref.apiVersion, ref.kind, "orchestrator/sample", {}, mine),
      object("v1", "Namespace", "openshift-serverless", {}, { annotations }),
      object("v1", "Namespace", "others"),
    );
    const input = { installation: "me", ref, packages: [], deleteMinutes: 1 };
    const of = async (verb: string) => (await previewTask(api.cluster, { verb, input })).goes?.map(nameOf);
    expect(await of("take-down")).toEqual([
      "Orchestrator orchestrator/sample",
      "Namespace openshift-serverless",
    ]);
    expect(await of("await-ready")).toBeUndefined();
    api.put(object(ref.apiVersion, ref.kind, "orchestrator/sample"));
    expect(await of("take-down")).toBeUndefined();
  });

  it("is to refuse to delete CRDs of which others have objects", async () => {
    putAll();
    api.put(
      object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "backstages.rhdh.redhat.com",
        {
          spec: {
            group: "rhdh.redhat.com",
            names: { kind: "Backstage" },
            versions: [{ name: "v1alpha3", served: true }],
          },
        },
        { annotations: { "operatorframework.io/installed-alongside-1": "rhdh-operator/rhdh-operator.v1" } },
      ),
      object("rhdh.redhat.com/v1alpha3", "Backstage", "theirs/hub"),
    );
    const input = { installation: "me", packages: [rhdh] };
    const { refuses } = await previewTask(api.cluster, { verb: "check-crds", input });
    expect(refuses).toEqual([
      expect.stringContaining(
        "removeCrds would delete objects that are not of this stack: Backstage theirs/hub",
      ),
    ]);
  });
});

describe("a stack's state", () => {
  it("has the way to the cluster and its tasks, also where they are secret", () => {
    const state = stateOf();
    expect(state).toMatchObject({
      target: { kubeconfig: undefined, context: "test" },
      identity: "Namespace/kube-system/own",
      installation: "me",
    });
    expect(state.tasks.map(({ verb }) => verb)).toEqual(["sweep", "remove-operator", "drain-workflows"]);
    expect(state.tasks[0]?.previous).toEqual({ claimed: "", places });
  });
});
