import { describe, expect, it } from "vitest";
import { refOf } from "../../kube/objects";
import { awaitWorkflows } from "../../tasks/workflows/awaitWorkflows";
import { checkWorkflows } from "../../tasks/workflows/checkWorkflows";
import type { GuardInput } from "../../tasks/workflows/clearing";
import { drainWorkflows } from "../../tasks/workflows/drainWorkflows";
import { object } from "../support/apiServer";
import { api, label, messageOf } from "../support/api";

const version = "sonataflow.org/v1alpha08";

const mark = { labels: { [label]: "me" } };

const workflow = (path: string, metadata: object = {}, status: object = {}) =>
  object(version, "SonataFlow", path, { status }, metadata);

const platform = (path: string, spec: object = {}, metadata: object = {}) =>
  object(version, "SonataFlowPlatform", path, { spec }, metadata);

const guard: GuardInput = {
  installation: "me",
  made: ["loans"],
  used: ["theirs"],
  goes: ["loans"],
  isClusterWide: false,
  deleteForeign: false,
  minutes: 1,
};

const refusal = (...names: string[]) =>
  "nothing was deleted, because there are objects that are not of this stack and would not survive it: " +
  `${names.map((name) => (name.includes(" ") ? name : `SonataFlow ${name}`)).join(", ")}. ` +
  "Delete them, or have them deleted with: pulumi config set --path workflows.deleteForeign true, " +
  "which takes effect with the next pulumi up";

describe("looking after namespaces that leave the stack", () => {
  const before = { made: ["loans", "cards"], used: ["theirs"], goes: ["loans", "cards"] };
  const check = (previous: typeof before | undefined, changes: Partial<GuardInput> = {}) =>
    checkWorkflows(api.cluster, { ...guard, ...changes }, previous);

  it("remembers those there are, and has nothing to look after the first time", async () => {
    api.put(workflow("loans/foreign"), workflow("cards/foreign"), workflow("elsewhere/foreign"));
    expect(await check(undefined, { isClusterWide: true })).toEqual({
      made: ["loans"],
      used: ["theirs"],
      goes: ["loans"],
    });
    expect(api.writes).toEqual([]);
  });

  it("is refused while others have workflows in one", async () => {
    api.put(workflow("cards/foreign"), workflow("cards/ours", mark), workflow("loans/staying"));
    expect(await messageOf(check(before))).toBe(refusal("cards/foreign"));
    expect(api.writes).toEqual([]);
  });

  it("lets one go that has only workflows of this stack, and one that others made", async () => {
    api.put(workflow("cards/ours", mark), workflow("theirs/foreign"));
    expect(await check(before, { used: [] })).toEqual({ made: ["loans"], used: [], goes: ["loans"] });
    expect(api.writes).toEqual([]);
  });

  it("is refused while others run something in one, which is not what the stack's own workflows run", async () => {
    const { apiVersion, kind, metadata } = workflow("cards/ours", mark);
    const controlled = {
      ownerReferences: [{ apiVersion, kind, name: "ours", uid: metadata.uid ?? "", controller: true }],
    };
    api.put(
      workflow("cards/ours", { ...mark, uid: metadata.uid }),
      object("apps/v1", "Deployment", "cards/ours", {}, controlled),
      object("apps/v1", "Deployment", "cards/beside", {}, mark),
      object("apps/v1", "Deployment", "cards/theirs"),
      object("apps/v1", "StatefulSet", "cards/theirs"),
      object("batch/v1", "CronJob", "cards/nightly"),
      object("apps/v1", "Deployment", "loans/staying"),
      object("apps/v1", "Deployment", "elsewhere/foreign"),
    );
    expect(await messageOf(check(before))).toBe(
      refusal("Deployment cards/theirs", "StatefulSet cards/theirs", "CronJob cards/nightly"),
    );
    expect(api.writes).toEqual([]);
  });

  it("deletes the workflows of others where told to, in that namespace alone", async () => {
    api.put(workflow("cards/foreign"), workflow("loans/foreign"), workflow("elsewhere/foreign"));
    await check(before, { deleteForeign: true });
    expect(api.writes).toEqual(["DELETE SonataFlow cards/foreign"]);
    expect(console.error).toHaveBeenCalledWith(
      "deleting SonataFlow cards/foreign, which is not of this stack",
    );
  });

  it("does without the kind, on a cluster that has lost it", async () => {
    api.lacks.add("SonataFlow");
    expect(await check(before)).toEqual({ made: ["loans"], used: ["theirs"], goes: ["loans"] });
  });
});

describe("looking after workflows before a destroy", () => {
  const drain = (changes: Partial<GuardInput> = {}) => drainWorkflows(api.cluster, { ...guard, ...changes });

  it("is about the whole cluster where the platform goes, and about its own namespaces where it stays", async () => {
    api.put(
      workflow("loans/foreign"),
      workflow("loans/ours", mark),
      workflow("theirs/foreign"),
      workflow("elsewhere/foreign", { labels: { [label]: "somebody else" } }),
    );
    expect(await messageOf(drain({ isClusterWide: true }))).toBe(
      refusal("loans/foreign", "theirs/foreign", "elsewhere/foreign"),
    );
    const requests: string[] = [];
    api.onRequest = (path) => requests.push(path);
    expect(await messageOf(drain())).toBe(refusal("loans/foreign"));
    // Whoever has rights in its own namespaces may not list all.
    expect(requests.some((path) => path.includes("v1alpha08/sonataflows"))).toBe(false);
    expect(api.writes).toEqual([]);
  });

  it("is refused while others run something where the platform goes, beside its operators and what these make", async () => {
    const release = {
      "meta.helm.sh/release-name": "orchestrator",
      "meta.helm.sh/release-namespace": "orchestrator",
    };
    api.put(
      object(
        "apps/v1",
        "Deployment",
        "hub/rhdh-operator",
        {},
        { labels: { "olm.owner.kind": "ClusterServiceVersion" } },
      ),
      object("batch/v1", "CronJob", "hub/of-the-chart", {}, { annotations: release }),
      object("apps/v1", "StatefulSet", "hub/keycloak"),
      object("apps/v1", "Deployment", "theirs/staying"),
    );
    const resource = { namespace: "orchestrator", name: "orchestrator" };
    expect(await messageOf(drain({ goes: ["loans", "hub"], resource }))).toBe(
      refusal("StatefulSet hub/keycloak"),
    );
    expect(api.writes).toEqual([]);
  });

  describe("what others have on operators that go", () => {
    const sonataFlowPlatform = (path: string, spec: object, metadata = {}) =>
      object("sonataflow.org/v1alpha08", "SonataFlowPlatform", path, { spec }, metadata);
    const services = { services: { dataIndex: {} } };
    const of = (name: string) => ({ package: name, namespace: "somewhere" });
    const hubKind = ["rhdh.redhat.com/v1alpha3", "Backstage"] as const;
    const hub = (path: string, metadata: object = {}) => object(...hubKind, path, {}, metadata);
    const ownedBy = ([apiVersion, kind]: readonly [string, string], name: string, uid: string) => ({
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    });
    const service = (path: string, metadata = {}) =>
      object("serving.knative.dev/v1", "Service", path, {}, metadata);
    const running = (...names: string[]) =>
      "nothing was deleted, because operators of this stack run what is not of it: " +
      `${names.join(", ")}. Delete that first, then run pulumi destroy again`;

    it("is a platform, a Developer Hub, an Orchestrator", async () => {
      api.put(
        sonataFlowPlatform("ours/sonataflow-platform", services, mark),
        sonataFlowPlatform("theirs/sonataflow-platform", services),
        // What the operator has made beside a workflow.
        sonataFlowPlatform("loans/sonataflow-platform", {}),
        hub("theirs/hub"),
        object("rhdh.redhat.com/v1alpha1", "Orchestrator", "theirs/orchestrator"),
      );
      for (const logic of ["logic-operator", "logic-operator-rhel8"])
        expect(await messageOf(drain({ packages: [of(logic), of("rhdh")] }))).toBe(
          running("SonataFlowPlatform theirs/sonataflow-platform", "Backstage theirs/hub"),
        );
      expect(await messageOf(drain({ packages: [of("orchestrator-operator")] }))).toBe(
        running("Orchestrator theirs/orchestrator"),
      );
      await drain();
      expect(api.writes).toEqual([]);
    });

    it("is all that runs on Knative", async () => {
      const serving = object(
        "operator.knative.dev/v1beta1",
        "KnativeServing",
        "knative-serving/knative-serving",
      );
      api.put(
        serving,
        service("theirs/hello", { uid: "hello" }),
        service("loans/workflow", ownedBy(["sonataflow.org/v1alpha08", "SonataFlow"], "workflow", "flow")),
        workflow("loans/workflow", { ...mark, uid: "flow" }),
        object("eventing.knative.dev/v1", "Trigger", "theirs/orders"),
        // What a Knative Service is made of is named along with it.
        object(
          "eventing.knative.dev/v1",
          "Trigger",
          "theirs/of-hello",
          {},
          ownedBy(["serving.knative.dev/v1", "Service"], "hello", "hello"),
        ),
      );
      const packages = [of("serverless-operator")];
      const createdObjects = [refOf(serving)];
      expect(await messageOf(drain({ packages, createdObjects }))).toBe(
        running("Service theirs/hello", "Trigger theirs/orders"),
      );
      expect(await messageOf(drain({ packages }))).toContain(
        "KnativeServing knative-serving/knative-serving",
      );
      await drain({ packages: [of("rhdh")] });
      expect(api.writes).toEqual([]);
    });

    it("is not what an operator has made for an object of the stack, whatever version that is of", async () => {
      const made = (version: string, uid: string) =>
        sonataFlowPlatform("rhdh/sonataflow-platform", services, ownedBy([version, "Backstage"], "hub", uid));
      const packages = [of("logic-operator")];
      api.put(hub("rhdh/hub", { ...mark, uid: "hub" }));
      for (const version of ["rhdh.redhat.com/v1alpha3", "rhdh.redhat.com/v1alpha99"]) {
        api.put(made(version, "hub"));
        await drain({ packages });
      }
      // Made for one that is gone: the garbage collector is about to take it.
      api.put(made("rhdh.redhat.com/v1alpha3", "hub-before"));
      await drain({ packages });
      api.put(hub("rhdh/hub", { uid: "hub" }), made("rhdh.redhat.com/v1alpha3", "hub"));
      expect(await messageOf(drain({ packages }))).toBe(
        running("SonataFlowPlatform rhdh/sonataflow-platform"),
      );
    });
  });

  describe("an operator that has to take something down", () => {
    const of = { package: "orchestrator-operator", namespace: "ops" };
    const olm = "operators.coreos.com/v1alpha1";
    const csv = (phase: string, message?: string) =>
      object(
        olm,
        "ClusterServiceVersion",
        "ops/orchestrator-operator.v1",
        { status: { phase, message } },
        { labels: { "operators.coreos.com/orchestrator-operator.ops": "" } },
      );
    const subscription = object(olm, "Subscription", "ops/op", { spec: { name: of.package } });
    const orchestrator = (metadata: object) =>
      object("rhdh.redhat.com/v1alpha1", "Orchestrator", "o/orchestrator", {}, { ...mark, ...metadata });
    const held = { finalizers: ["helm.sdk.operatorframework.io/uninstall-release"] };
    const stuck = (why: string) =>
      "nothing was deleted, because it could not be to the end:\n" +
      `  - Orchestrator o/orchestrator can be taken down only by orchestrator-operator in ops, which does not run: ${why}. ` +
      "Have it installed again with: pulumi up; or let go of it, and leave behind what it has made: " +
      `oc patch orchestrator orchestrator -n o --type merge -p '{"metadata":{"finalizers":null}}'`;

    it("has to run, which is said at once, with the way out", async () => {
      api.put(orchestrator(held));
      const packages = [of];
      expect(await messageOf(drain({ packages }))).toBe(
        stuck("its Subscription and its ClusterServiceVersion are gone"),
      );
      api.put(subscription);
      expect(await messageOf(drain({ packages }))).toBe(stuck("its ClusterServiceVersion is gone"));
      api.put(csv("Failed", "no such image"));
      expect(await messageOf(drain({ packages }))).toBe(
        stuck("orchestrator-operator.v1 is Failed: no such image"),
      );
      api.put(csv("Succeeded"));
      await drain({ packages });
      expect(api.writes).toEqual([]);
    });

    it("may be gone where there is nothing that waits for it", async () => {
      await drain({ packages: [of] });
      api.put(orchestrator({}));
      await drain({ packages: [of] });
    });
  });

  it("leaves its own workflows to the engine", async () => {
    api.put(workflow("loans/ours", mark), workflow("theirs/foreign"));
    await drain();
    expect(api.writes).toEqual([]);
  });

  it("deletes the workflows of others where told to", async () => {
    api.put(workflow("loans/foreign"), workflow("loans/ours", mark), workflow("elsewhere/foreign"));
    await drain({ deleteForeign: true });
    expect(api.writes).toEqual(["DELETE SonataFlow loans/foreign"]);
    await drain({ deleteForeign: true, isClusterWide: true });
    expect(api.writes).toEqual(["DELETE SonataFlow loans/foreign", "DELETE SonataFlow elsewhere/foreign"]);
  });

  it("waits for those that go already, whose operator has to be there until they have gone", async () => {
    const going = { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/never"] };
    api.put(workflow("loans/going", going));
    expect(await messageOf(drain())).toBe(
      "the removal of SonataFlow loans/going did not happen within 1 minutes: " +
        "SonataFlow loans/going is still there (finalizers example.com/never)",
    );
    let looks = 0;
    api.onRequest = () => {
      if (++looks === 6) api.objects.delete("SonataFlow loans/going");
    };
    await drain();
    expect(looks).toBeGreaterThanOrEqual(6);
    expect(api.writes).toEqual([]);
  });
});

describe("the platform that the operator makes beside workflows", () => {
  const at = (time: string, metadata: object = {}) => ({
    creationTimestamp: `2026-01-01T${time}Z`,
    ...metadata,
  });
  const marked = () =>
    [...api.objects.values()]
      .filter(({ kind, metadata }) => kind === "SonataFlowPlatform" && metadata.labels?.[label] === "me")
      .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`);
  const older = () => platform("theirs/older", {}, at("09:59:59"));
  const made = (namespace = "theirs") => platform(`${namespace}/sonataflow-platform`, {}, at("10:00:00"));
  const ours = (name: string, time: string) => workflow(`theirs/${name}`, at(time, mark));

  it("is marked for the sweep before a destroy, in namespaces of others alone", async () => {
    api.put(ours("b", "11:00:00"), ours("a", "10:00:00"), made(), older());
    api.put(workflow("loans/ours", at("10:00:00", mark)), made("loans"));
    api.put(workflow("elsewhere/ours", at("10:00:00", mark)), made("elsewhere"));
    await drainWorkflows(api.cluster, guard);
    expect(marked()).toEqual(["theirs/sonataflow-platform"]);
  });

  it("is marked once the workflows beside it run", async () => {
    const running = { conditions: [{ type: "Running", status: "True" }] };
    api.put(workflow("theirs/a", at("10:00:00", mark), running), made(), older());
    const workflows = [{ namespace: "theirs", name: "a", digest: "x" }];
    await awaitWorkflows(api.cluster, { installation: "me", used: ["theirs"], workflows, minutes: 1 });
    expect(marked()).toEqual(["theirs/sonataflow-platform"]);
  });

  it("is marked when its namespace leaves the stack, and not while it stays", async () => {
    api.put(ours("a", "10:00:00"), made());
    const before = { made: [], used: ["theirs"], goes: [] };
    await checkWorkflows(api.cluster, guard, before);
    expect(marked()).toEqual([]);
    await checkWorkflows(api.cluster, { ...guard, used: [] }, before);
    expect(marked()).toEqual(["theirs/sonataflow-platform"]);
  });

  it("stays with the workflows of others", async () => {
    api.put(ours("a", "10:00:00"), made(), workflow("theirs/foreign", at("10:30:00")));
    await drainWorkflows(api.cluster, guard);
    expect(marked()).toEqual([]);
  });

  it("is not this stack's where the stack has no workflows", async () => {
    api.put(made());
    await drainWorkflows(api.cluster, guard);
    expect(marked()).toEqual([]);
  });

  it("is left alone where the destroy is refused", async () => {
    api.put(ours("a", "10:00:00"), made(), workflow("loans/foreign"));
    await expect(drainWorkflows(api.cluster, guard)).rejects.toThrow("loans/foreign");
    expect(api.writes).toEqual([]);
  });
});
