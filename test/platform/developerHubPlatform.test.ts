import { beforeAll, describe, expect, it } from "vitest";
import { singletons } from "../../components/cluster/claims";
import { find, stdin } from "../support/program";
import type { Registration } from "../support/record";
import { parse, mistakes, run } from "../support/release";
import type { Values } from "../support/config";

describe("the program, for 1.10", () => {
  let seen: Registration[];
  beforeAll(async () => {
    seen = await run({
      orchestrator: { version: "1.10" },
      workflowNamespaces: [{ name: "team-a", workflows: ["test/e2e/workflows/pl*.yaml"] }],
    });
  });

  it("keeps its resources' names, which are a promise to every stack already installed", () => {
    expect(seen.map(({ id, parent }) => `${id} < ${parent ?? ""}`)).toMatchInlineSnapshot(`
      [
        "Backstage developer-hub < DeveloperHub developer-hub",
        "Cluster installation < Installation installation",
        "ClusterAccess cluster-access < ",
        "ClusterRole cluster-access < ClusterAccess cluster-access",
        "ClusterRoleBinding cluster-access-read < ClusterAccess cluster-access",
        "Command developer-hub-ready < DeveloperHub developer-hub",
        "Command installation-claim < Installation installation",
        "Command installation-take < Installation installation",
        "Command platform-ready < SonataFlow platform",
        "Command rhdh-operator-guard < Operator rhdh-operator",
        "Command rhdh-operator-ready < Operator rhdh-operator",
        "Command rhdh-operator-removal < Operator rhdh-operator",
        "Command serverless-logic-guard < Operator serverless-logic",
        "Command serverless-logic-move-start < Operator serverless-logic",
        "Command serverless-logic-ready < Operator serverless-logic",
        "Command serverless-logic-removal < Operator serverless-logic",
        "Command serverless-operator-guard < Operator serverless-operator",
        "Command serverless-operator-ready < Operator serverless-operator",
        "Command serverless-operator-removal < Operator serverless-operator",
        "Command serverless-ready < Serverless serverless",
        "Command sonataflow-psql-postgresql-guard < Postgres sonataflow-psql-postgresql",
        "Command workflows-guard < Workflows workflows",
        "Command workflows-ready < Workflows workflows",
        "ConfigMap developer-hub-app < DeveloperHub developer-hub",
        "ConfigMap developer-hub-plugins < DeveloperHub developer-hub",
        "DeveloperHub developer-hub < ",
        "Infrastructure cluster-access < ClusterAccess cluster-access",
        "Installation installation < ",
        "KnativeEventing serverless-eventing < Serverless serverless",
        "KnativeServing serverless-serving < Serverless serverless",
        "kubernetes installation < Installation installation",
        "Namespace orchestrator < PlatformNamespace orchestrator",
        "Namespace rhdh < PlatformNamespace rhdh",
        "Namespace rhdh-operator-namespace < Operator rhdh-operator",
        "Namespace serverless-eventing < Serverless serverless",
        "Namespace serverless-logic-namespace < Operator serverless-logic",
        "Namespace serverless-operator-namespace < Operator serverless-operator",
        "Namespace serverless-serving < Serverless serverless",
        "Namespace sonataflow < PlatformNamespace sonataflow",
        "Namespace team-a < WorkflowNamespaces workflow-namespaces",
        "NetworkPolicy platform-allow-api-server < SonataFlow platform",
        "NetworkPolicy platform-allow-external-communication < SonataFlow platform",
        "NetworkPolicy platform-allow-infra-ns-to-workflow-ns < SonataFlow platform",
        "NetworkPolicy platform-allow-intra-network < SonataFlow platform",
        "NetworkPolicy platform-allow-monitoring-to-sonataflow-and-workflows < SonataFlow platform",
        "NetworkPolicy platform-allow-rhdh-to-sonataflow-and-workflows < SonataFlow platform",
        "NetworkPolicy team-a < WorkflowNamespaces workflow-namespaces",
        "NetworkPolicy team-a-admission < WorkflowNamespaces workflow-namespaces",
        "Operator rhdh-operator < SharedOperator rhdh-operator",
        "Operator serverless-logic < SharedOperator serverless-logic",
        "Operator serverless-operator < SharedOperator serverless-operator",
        "OperatorGroup rhdh-operator-group < Operator rhdh-operator",
        "OperatorGroup serverless-logic-group < Operator serverless-logic",
        "OperatorGroup serverless-operator-group < Operator serverless-operator",
        "OperatorState rhdh-operator < Operator rhdh-operator",
        "OperatorState serverless-logic < Operator serverless-logic",
        "OperatorState serverless-operator < Operator serverless-operator",
        "orchestrator-cluster installation < Installation installation",
        "PersistentVolumeClaim sonataflow-psql-postgresql-data < Postgres sonataflow-psql-postgresql",
        "PlatformNamespace orchestrator < ",
        "PlatformNamespace rhdh < ",
        "PlatformNamespace sonataflow < ",
        "Postgres sonataflow-psql-postgresql < ",
        "RandomId installation-id < Installation installation",
        "RandomPassword rhdh-credentials-backend < RhdhSecret rhdh-credentials",
        "RandomPassword sonataflow-psql-postgresql-password < Postgres sonataflow-psql-postgresql",
        "RhdhSecret rhdh-credentials < ",
        "Secret cluster-access < ClusterAccess cluster-access",
        "Secret rhdh-credentials < RhdhSecret rhdh-credentials",
        "Secret sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "Secret team-a < WorkflowNamespaces workflow-namespaces",
        "Serverless serverless < ",
        "Service sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "ServiceAccount cluster-access < ClusterAccess cluster-access",
        "SharedOperator rhdh-operator < ",
        "SharedOperator serverless-logic < ",
        "SharedOperator serverless-operator < Serverless serverless",
        "SonataFlow platform < ",
        "SonataFlow team-a/plain < WorkflowNamespaces workflow-namespaces",
        "SonataFlowClusterPlatform platform-cluster < SonataFlow platform",
        "SonataFlowPlatform platform < SonataFlow platform",
        "StatefulSet sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "Subscription rhdh-operator < Operator rhdh-operator",
        "Subscription serverless-logic < Operator serverless-logic",
        "Subscription serverless-operator < Operator serverless-operator",
        "WorkflowNamespaces workflow-namespaces < ",
        "Workflows workflows < ",
      ]
    `);
  });

  it("puts each operator into a namespace of its own, with upstream's OperatorGroup", () => {
    const groups = seen.filter(({ type }) => type.endsWith(":OperatorGroup"));
    expect(
      groups.map(({ inputs }) => [inputs["metadata"]?.["namespace"], inputs["metadata"]?.["name"]]),
    ).toEqual(
      expect.arrayContaining([
        ["openshift-serverless", "serverless-operator-group"],
        ["openshift-serverless-logic", "openshift-serverless-logic"],
        ["rhdh-operator", "rhdh-operator-group"],
      ]),
    );
    expect(find(seen, "Subscription serverless-logic").inputs["spec"]).toEqual({
      name: "logic-operator",
      channel: "stable",
      source: "redhat-operators",
      sourceNamespace: "openshift-marketplace",
      installPlanApproval: "Manual",
      startingCSV: "logic-operator.v1.38.1",
    });
  });

  it("makes Knative once its operator runs, and lets it go before that does", () => {
    for (const kind of ["KnativeServing serverless-serving", "KnativeEventing serverless-eventing"]) {
      const knative = find(seen, kind);
      expect(knative.dependsOn).toContain("Command serverless-operator-ready");
      expect(knative.deleteTimeout).toBe("10m");
      expect(find(seen, "Command serverless-ready").dependsOn).toContain(kind);
    }
    expect(find(seen, "SharedOperator serverless-logic").dependsOn).toEqual(
      expect.arrayContaining(["Command serverless-ready"]),
    );
  });

  it("looks before it takes an operator down for what others have on it", () => {
    expect(stdin(find(seen, "Command serverless-operator-guard"))).toMatchObject({
      kind: "KnativeServing",
      otherKinds: [{ kind: "KnativeEventing" }, { kind: "KnativeKafka" }],
    });
    // Of each operator one, by what its removal says is the stack's.
    expect(stdin(find(seen, "Command workflows-guard"))).toMatchObject({ packages: [{}, {}, {}] });
  });

  it("makes the platform's services once Knative, their operator and their database are there", () => {
    expect(find(seen, "SonataFlow platform").dependsOn).toEqual(
      expect.arrayContaining([
        "Command serverless-ready",
        "Command serverless-logic-ready",
        "StatefulSet sonataflow-psql-postgresql",
      ]),
    );
    expect(find(seen, "SonataFlowPlatform platform").dependsOn).toContain(
      "NetworkPolicy platform-allow-intra-network",
    );
    expect(stdin(find(seen, "Command platform-ready"))).toMatchObject({
      objects: [
        { kind: "SonataFlowPlatform", namespace: "sonataflow-infra" },
        { kind: "SonataFlowClusterPlatform", name: "cluster-platform" },
      ],
    });
  });

  it("makes Developer Hub last, in the version of the API that the release has", () => {
    const backstage = find(seen, "Backstage developer-hub");
    expect(backstage.type).toBe("kubernetes:rhdh.redhat.com/v1alpha5:Backstage");
    expect(backstage.inputs["metadata"]).toMatchObject({
      name: "backstage",
      namespace: "rhdh",
      annotations: { "pulumi.com/deletionPropagationPolicy": "background" },
    });
    expect(backstage.dependsOn).toEqual(
      expect.arrayContaining(["ConfigMap developer-hub-app", "ConfigMap developer-hub-plugins"]),
    );
    expect(find(seen, "DeveloperHub developer-hub").dependsOn).toEqual(
      expect.arrayContaining([
        "Command rhdh-operator-ready",
        "Command platform-ready",
        "Secret rhdh-credentials",
      ]),
    );
  });

  it("has the platform before workflows and their namespaces, and takes these down first", () => {
    expect(find(seen, "WorkflowNamespaces workflow-namespaces").dependsOn).toEqual(
      expect.arrayContaining(["Command platform-ready", "Command developer-hub-ready"]),
    );
    expect(find(seen, "NetworkPolicy team-a-admission").inputs["metadata"]).toMatchObject({
      namespace: "sonataflow-infra",
    });
    expect(find(seen, "Workflows workflows").dependsOn).toEqual(
      expect.arrayContaining([
        "Command serverless-ready",
        "Command serverless-logic-ready",
        "Command platform-ready",
        "Command rhdh-operator-ready",
        "Command developer-hub-ready",
      ]),
    );
  });

  it("has workflows make way when Serverless Logic is moved, and all else stay", async () => {
    const start = "Command serverless-logic-move-start";
    const making = seen.filter(({ replaceWith }) => replaceWith.length > 0);
    expect(making.map(({ id, replaceWith }) => [id, ...replaceWith])).toEqual([
      ["SonataFlow team-a/plain", start],
    ]);
    // Both: an engine that goes on after a failure would else make the workflow, and then delete what it was before, by its name.
    for (const id of [start, "SonataFlow team-a/plain"])
      expect(find(seen, id).deleteBeforeReplace).toBe(true);
    expect(find(seen, "Command serverless-logic-removal").dependsOn).toContain(start);
    expect(find(seen, "Subscription serverless-logic").dependsOn).toContain(
      "Command serverless-logic-removal",
    );
    const movedTo = async (version: string) => {
      const moved = find(await run({ orchestrator: { version } }), start);
      return [moved.inputs["triggers"], (stdin(moved) as { formerPackages: string[] }).formerPackages];
    };
    expect(await movedTo("1.7")).toEqual([["logic-operator-rhel8 1.36"], []]);
    expect(await movedTo("1.8")).toEqual([["logic-operator-rhel8 1.36"], []]);
    expect(await movedTo("1.9")).toEqual([["logic-operator 1.37"], ["logic-operator-rhel8"]]);
    expect(find(seen, start).inputs["triggers"]).toEqual(["logic-operator 1.38"]);
  });

  it("waits for workflows anew once Serverless Logic has been moved", async () => {
    const digestOf = async (version: string) => {
      const workflowNamespaces = [{ name: "team-a", workflows: ["test/e2e/workflows/pl*.yaml"] }];
      const all = await run({ orchestrator: { version }, workflowNamespaces });
      const { workflows } = stdin(find(all, "Command workflows-ready")) as { workflows: object[] };
      return workflows;
    };
    expect(await digestOf("1.7")).toEqual(await digestOf("1.8"));
    expect(await digestOf("1.9")).not.toEqual(await digestOf("1.8"));
  });

  it("sweeps up the volume of Developer Hub's own database from a namespace of others", async () => {
    const leaves = async (values: Values) => {
      const guard = find(
        await run({ orchestrator: { version: "1.9" }, ...values }),
        "Command rhdh-operator-guard",
      );
      return (stdin(guard) as { leftovers: { namespace: string; name: string }[] }).leftovers;
    };
    expect(await leaves({})).toEqual([]);
    const mine = { rhdh: { name: "hub" }, namespaces: { rhdh: { name: "team", existing: true } } };
    expect(await leaves(mine)).toMatchObject([{ namespace: "team", name: "data-backstage-psql-hub-0" }]);
  });

  it("claims the operators that a cluster has only one of", () => {
    const { packages } = stdin(find(seen, "Command installation-claim")) as {
      packages: { package: string; hint: string }[];
    };
    expect(packages.map(({ package: name }) => name)).toEqual([
      "serverless-operator",
      "logic-operator",
      "rhdh",
    ]);
    expect(packages[0]?.hint).toContain("pulumi config set --path serverless.install false");
  });
});

describe("the program, with operators that are there", () => {
  it("subscribes to none of them, and waits for them", async () => {
    const seen = await run({
      orchestrator: { version: "1.8" },
      serverless: { install: false },
      serverlessLogic: { install: false },
      rhdh: { existingOperator: true },
    });
    expect(seen.filter(({ type }) => /:(Subscription|OperatorGroup|Knative\w+)$/.test(type))).toEqual([]);
    expect(seen.filter(({ id }) => id.startsWith("Namespace ")).map(({ id }) => id)).toEqual([
      "Namespace orchestrator",
      "Namespace rhdh",
      "Namespace sonataflow",
    ]);
    expect(stdin(find(seen, "Command serverless-operator-found"))).toMatchObject({
      packages: ["serverless-operator"],
      installHint: "serverless.install true",
    });
    expect(stdin(find(seen, "Command serverless-logic-found"))).toMatchObject({
      packages: ["logic-operator-rhel8", "logic-operator"],
    });
    const [{ hint } = {}] = (
      stdin(find(seen, "Command serverless-ready")) as { objects: { hint?: string }[] }
    ).objects;
    expect(hint).toContain("serverless.install true");
    // The policy names the namespace that the operator was found in.
    const policy = find(seen, "NetworkPolicy platform-allow-infra-ns-to-workflow-ns");
    expect(JSON.stringify(policy.inputs)).toContain("their-operators");
    expect(find(seen, "SonataFlow platform").dependsOn).toContain("Command serverless-logic-found");
    expect(find(seen, "Backstage developer-hub").type).toContain("v1alpha4");
  });

  it("leaves Developer Hub out where it is yours", async () => {
    const seen = await run({ orchestrator: { version: "1.10" }, rhdh: { install: false } });
    expect(seen.some(({ id }) => /developer-hub|rhdh-operator/.test(id))).toBe(false);
    expect(find(seen, "SonataFlowPlatform platform")).toBeDefined();
  });
});

describe("the program, with a platform beside another stack's", () => {
  const beside = {
    platform: { clusterWide: false },
    serverless: { install: false },
    serverlessLogic: { install: false },
    rhdh: { existingOperator: true },
  };

  it("makes one for the workflows in its own namespace, and looks after these alone", async () => {
    const seen = await run({ orchestrator: { version: "1.10" }, ...beside });
    expect(seen.map(({ type }) => type).filter((type) => type.includes(":SonataFlow"))).toEqual([
      "orchestrator-on-openshift:index:SonataFlow",
      "kubernetes:sonataflow.org/v1alpha08:SonataFlowPlatform",
    ]);
    expect(stdin(find(seen, "Command platform-ready"))).toMatchObject({
      objects: [{ kind: "SonataFlowPlatform" }],
    });
    const guard = stdin(find(seen, "Command workflows-guard"));
    expect(guard).toMatchObject({ made: ["sonataflow-infra"], isClusterWide: false, packages: [] });
  });

  it("looks after everybody's where its operators or its platform are everybody's", async () => {
    const config = { orchestrator: { version: "1.10" }, ...beside };
    for (const change of [{ platform: {} }, { serverlessLogic: {} }]) {
      const seen = await run({ ...config, ...change });
      expect(stdin(find(seen, "Command workflows-guard"))).toMatchObject({ made: [], isClusterWide: true });
    }
    const seen = await run({ ...config, serverlessLogic: {}, rhdh: {} });
    expect(stdin(find(seen, "Command workflows-guard"))).toMatchObject({
      packages: [{}, {}],
    });
  });

  it("is what another stack's platform is told to be", () => {
    const [wanted] = singletons(parse("1.10"));
    expect(wanted).toMatchObject({ kind: "SonataFlowClusterPlatform", name: "cluster-platform" });
    expect(wanted?.hint).toContain("pulumi config set --path platform.clusterWide false");
    expect(singletons(parse("1.10", beside))).toEqual([]);
  });

  it("refuses workflow namespaces that it would not serve", () => {
    const home = { name: "sonataflow-infra" };
    expect(mistakes("1.10", { ...beside, workflowNamespaces: [home] })).toEqual([]);
    expect(mistakes("1.10", { ...beside, workflowNamespaces: [home, { name: "team-a" }] })).toEqual([
      '  - orchestrator:workflowNamespaces[1].name is "team-a": platform.clusterWide is false: the platform serves the workflows in its own namespace sonataflow-infra, and no others',
    ]);
  });
});
