import { beforeAll, describe, expect, it } from "vitest";
import { type Inventory, type Stack } from "../../sandbox/src";
import { example } from "../support/example";
import { fails, ok, unchanged, useWorld, type World } from "./world";

let world: World;
/** The cluster as it was booted: the CRDs that a release leaves behind are others after the next. */
let booted: Inventory | undefined;
useWorld((fresh) => {
  world = fresh;
  booted = undefined;
});

type Version = readonly [version: string, api: string, csvs: readonly string[]];

/** The tests of a release that is installed; those of `meanwhile` while it is there. */
const installs = ([version, api, versions]: Version, meanwhile?: (platform: () => Stack) => void) => {
  const team = `team-${version.replace(".", "-")}`;
  let stack: Stack;
  let before: Inventory;

  beforeAll(async () => {
    before = booted ??= await world.inventory();
    stack = world.stack(team, {
      orchestrator: { version },
      workflowNamespaces: [{ name: team, workflows: ["test/e2e/workflows/greeting"] }],
    });
  });

  it("is previewed on a cluster that has none of its kinds", async () => {
    await ok(stack.preview(), `preview of ${version}`);
    expect(await world.leftovers(before)).toEqual([]);
  });

  it("comes up part by part, with a workflow that runs", async () => {
    await ok(stack.up(), `up of ${version}`);
    expect(await world.csvs()).toEqual(versions.map((csv) => `${csv} Succeeded`));
    for (const part of ["serving", "eventing"]) {
      expect(await world.says("Ready", `knative${part}`, `knative-${part}`, "-n", `knative-${part}`)).toBe(
        true,
      );
    }
    expect(await world.says("Succeed", "sonataflowclusterplatform", "cluster-platform")).toBe(true);
    expect(
      await world.json("sonataflowplatform", "sonataflow-platform", "-n", "sonataflow-infra"),
    ).toMatchObject({
      spec: {
        services: {
          dataIndex: {
            persistence: { postgresql: { serviceRef: { name: "sonataflow-psql-postgresql" } } },
          },
        },
      },
    });
    expect(await world.says("Deployed", `backstages.${api}.rhdh.redhat.com`, "backstage", "-n", "rhdh")).toBe(
      true,
    );
    expect(await world.says("Running", "sonataflow", "greeting", "-n", team)).toBe(true);
    expect(await stack.outputs()).toMatchObject({
      readiness: "Deployed",
      rhdhUrl: "https://backstage-backstage-rhdh.apps.sandbox.example",
      operatorVersions: { serverlessLogic: versions[0], rhdh: versions[1], serverless: versions[2] },
      where: { backstage: "rhdh/backstage", sonataflow: "sonataflow-infra", workflows: [team] },
    });
  });

  it("has one platform, which is this stack's", async () => {
    const all = await world.kubectl("get", "sonataflowplatform", "-A", "--no-headers", "-o", "name");
    // The operator's own, empty one beside the workflow is the other.
    expect(all.trim().split("\n")).toHaveLength(2);
    expect(await world.exists("sonataflowplatform", "-n", "rhdh")).toBe(false);
  });

  it("changes nothing when it is run again", async () => {
    await ok(stack.up(unchanged), `up of ${version}, unchanged`);
  });

  meanwhile?.(() => stack);

  it("goes, in an order in which nothing gets stuck, and leaves the cluster as it was", async () => {
    await ok(stack.destroy(), `destroy of ${version}`);
    expect(await world.csvs()).toEqual([]);
    expect(await world.leftovers(before)).toEqual([]);
  });
};

/** Developer Hub's own pods, of the configuration that it has now. */
const hubPods = async (): Promise<Readonly<Record<string, string>>> => {
  const { spec } = await world.json<{
    spec: { template: { metadata: { annotations: Record<string, string> } } };
  }>("deployment", "backstage-backstage", "-n", "rhdh");
  return spec.template.metadata.annotations;
};

/** Credentials of every way to log in that are no secrets, the secrets, and what the sign-in page then makes of them. */
interface Ways {
  readonly plain: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly page: string;
}

const letsPeopleIn = (platform: () => Stack, { plain, secrets, page }: Ways) => {
  it("lets nobody in without credentials, and then everybody who has some, each to what is theirs", async () => {
    const stack = platform();
    expect((await hubPods())["sandbox.orchestrator/sign-in"]).toBe(
      "github: No auth provider registered for 'github'",
    );
    for (const [key, value] of Object.entries(plain)) await stack.setConfig(key, value);
    for (const key of secrets) await stack.setSecret(key, `planted-${key}`);
    const rbac = { admins: ["user:default/alice"], workflowUsers: ["group:default/developers"] };
    await stack.setConfig("rhdh", JSON.stringify({ guestProvider: true, rbac }));
    await ok(stack.up(), "up, with ways to log in");
    const annotations = await hubPods();
    expect(annotations["sandbox.orchestrator/sign-in"]).toBe(page);
    expect(annotations["sandbox.orchestrator/permissions"]?.split("\n")).toEqual([
      "group:default/developers is role:default/workflowUser",
      "role:default/workflowAdmin may orchestrator.instanceAdminView",
      "role:default/workflowAdmin may orchestrator.workflow",
      "role:default/workflowAdmin may orchestrator.workflow.use",
      "role:default/workflowAdmin may orchestrator.workflowAdminView",
      "role:default/workflowUser may orchestrator.workflow",
      "role:default/workflowUser may orchestrator.workflow.use",
      "user:default/alice is role:default/workflowAdmin",
    ]);
    expect(world.stateFiles()).not.toContain("planted-");
  });
};
const keycloak = "https://id.example.com/realms/people/.well-known/openid-configuration";

/** A second Developer Hub, with services of its own, by the operators of the first stack. */
const sharesItsOperators = (platform: () => Stack) => {
  const shared = example("shared-cluster");
  let stage: Stack;

  beforeAll(() => {
    stage = world.stack("stage", { ...shared, platform: {} });
  });

  it("lets a second stack use its operators, but not be the platform of the whole cluster as well", async () => {
    const message = await fails(stage.up(), "up of a second stack, for the whole cluster");
    expect(message).toContain("SonataFlowClusterPlatform cluster-platform exists, and is not of this stack");
    expect(message).toContain("pulumi config set --path platform.clusterWide false");
    await stage.setConfig("platform", JSON.stringify(shared["platform"]));
    await ok(stage.up(), "up of a second stack, beside the first");
    expect(
      await world.says("Succeed", "sonataflowplatform", "sonataflow-platform", "-n", "stage-infra"),
    ).toBe(true);
    expect(
      await world.says("Deployed", "backstages.v1alpha5.rhdh.redhat.com", "backstage", "-n", "stage-rhdh"),
    ).toBe(true);
    expect(await world.csvs()).toHaveLength(3);
    await ok(stage.up(unchanged), "up of the second stack, unchanged");
    await ok(platform().up(unchanged), "up of the first stack, unchanged");
  });

  it("does not go while the second stack needs them, and loses nothing", async () => {
    const message = await fails(platform().destroy(), "destroy of the first stack, before the second");
    expect(message).toContain(
      "SonataFlowPlatform stage-infra/sonataflow-platform, Backstage stage-rhdh/backstage",
    );
    expect(await world.csvs()).toHaveLength(3);
    expect(await world.exists("sonataflow", "-A")).toBe(true);
    // The wait for the workflows, which had gone first.
    await ok(platform().up(), "up of the first stack, after a refused destroy");
  });

  it("stays as it is when the second stack goes", async () => {
    await ok(stage.destroy(), "destroy of the second stack");
    expect(await world.csvs()).toHaveLength(3);
    await ok(platform().up(unchanged), "up of the first stack, unchanged");
  });
};

const release = (version: string) => `Orchestrator ${version}, which has no operator of its own`;

// In this order: what a cluster has stored of a Backstage lets it go on to a later release, and not back.
describe(release("1.7"), () => {
  const versions = ["logic-operator-rhel8.v1.36.0", "rhdh-operator.v1.7.1", "serverless-operator.v1.37.1"];
  beforeAll(async () => {
    await world.sandbox.fixture("existing-argocd");
    await world.sandbox.fixture("existing-pipelines");
  });

  installs(["1.7", "v1alpha3", versions], (platform) => {
    it("gives an existing Argo CD its AppProject and a Pipeline, which no operator makes any more", async () => {
      const stack = platform();
      for (const key of ["gitops", "tekton"]) await stack.setConfig(key, "{}");
      await ok(stack.up(), "up, GitOps and Tekton on");
      const made = ["appproject/orchestrator-gitops", "pipelines.tekton.dev/workflow-deployment"];
      for (const object of made)
        expect(await world.exists(object, "-n", "orchestrator-gitops"), object).toBe(true);
      await ok(stack.up(unchanged), "up, GitOps and Tekton on, unchanged");
    });

    letsPeopleIn(platform, {
      plain: { oidcMetadataUrl: keycloak, oidcClientId: "id" },
      secrets: ["oidcClientSecret"],
      page: "guest: works; oidc: works",
    });
  });
});

describe(release("2.1"), () => {
  const versions = ["logic-operator.v1.39.2", "rhdh-operator.v2.1.0", "serverless-operator.v1.37.1"];
  installs(["2.1", "v1alpha5", versions], (platform) => {
    it("is let out to the platform by a policy beside those of its operator, and comes without an assistant", async () => {
      const names = await world.kubectl("get", "networkpolicy", "-n", "rhdh", "-o", "name");
      expect(
        names
          .trim()
          .split("\n")
          .map((name) => name.replace(/^.*\//, "")),
      ).toEqual(
        expect.arrayContaining([
          "allow-orchestrator-egress",
          "allow-orchestrator-ingress",
          "backstage-netpol-backstage-default-deny",
        ]),
      );
      const containers = "jsonpath={.spec.template.spec.containers[*].name}";
      expect(
        await world.kubectl("get", "deployment", "backstage-backstage", "-n", "rhdh", "-o", containers),
      ).toBe("backstage-backend");
    });

    letsPeopleIn(platform, {
      plain: { githubClientId: "id", gitlabClientId: "id", oidcMetadataUrl: keycloak, oidcClientId: "id" },
      secrets: ["githubClientSecret", "gitlabClientSecret", "oidcClientSecret"],
      page: "guest: works; keycloak: works; github: works; gitlab: works",
    });

    sharesItsOperators(platform);
  });
});

describe("the quickstart", () => {
  it("comes up with its workflow, and goes", async () => {
    const before = await world.inventory();
    const stack = world.stack("quickstart", example("quickstart"));
    await ok(stack.up(), "up of the quickstart");
    expect(await world.says("Running", "sonataflow", "hello", "-n", "hello")).toBe(true);
    await ok(stack.up(unchanged), "up of the quickstart, unchanged");
    await ok(stack.destroy(), "destroy of the quickstart");
    expect(await world.leftovers(before)).toEqual([]);
  });
});

describe("Serverless that is there already", () => {
  const olm = "operators.coreos.com";
  const theirs = { name: "serverless-operator", namespace: "their-serverless" };
  let before: Inventory;
  let stack: Stack;
  let version: string;

  const subscription = () =>
    world.kubectl("get", "subscription", theirs.name, "-n", theirs.namespace, "-o", "jsonpath={.spec}");

  beforeAll(async () => {
    for (const name of [theirs.namespace, "knative-serving", "knative-eventing"])
      await world.kubectl("create", "namespace", name);
    await world.apply({
      apiVersion: `${olm}/v1`,
      kind: "OperatorGroup",
      metadata: { name: "theirs", namespace: theirs.namespace },
      spec: {},
    });
    await world.apply({
      apiVersion: `${olm}/v1alpha1`,
      kind: "Subscription",
      metadata: theirs,
      spec: {
        name: theirs.name,
        channel: "stable",
        source: "redhat-operators",
        sourceNamespace: "openshift-marketplace",
      },
    });
    await world.kubectl(
      ...["wait", `subscription/${theirs.name}`, "-n", theirs.namespace, "--timeout=180s"],
      "--for=jsonpath={.status.state}=AtLatestKnown",
    );
    const csv = ["wait", "csv/serverless-operator.v1.37.1", "-n", theirs.namespace, "--timeout=180s"];
    await world.kubectl(...csv, "--for=jsonpath={.status.phase}=Succeeded");
    for (const [kind, name] of [
      ["KnativeServing", "knative-serving"],
      ["KnativeEventing", "knative-eventing"],
    ] as const) {
      await world.apply({
        apiVersion: "operator.knative.dev/v1beta1",
        kind,
        metadata: { name, namespace: name },
        spec: {},
      });
      await world.kubectl("wait", `${kind}/${name}`, "-n", name, "--for=condition=Ready", "--timeout=180s");
    }
    // OLM is still labelling its CRDs, and showing it in each namespace.
    before = await world.atRest(10);
    version = await subscription();
    stack = world.stack("beside", { orchestrator: { version: "1.10" } });
  });

  it("is not taken over: nothing is made, and the way to use it is said", async () => {
    const message = await fails(stack.up(), "up, with a Serverless of others");
    expect(message).toContain(
      "Subscription their-serverless/serverless-operator, to serverless-operator, exists, and is not of this stack",
    );
    expect(message).toContain("pulumi config set --path serverless.install false");
    expect(await world.leftovers(before)).toEqual([]);
  });

  it("is used as it is, which the outputs say", async () => {
    await stack.setConfig("serverless", '{"install":false}');
    await ok(stack.up(), "up, on a Serverless of others");
    expect(await stack.outputs()).toMatchObject({
      operatorVersions: { serverless: "serverless-operator.v1.37.1" },
      keptOnDestroy: expect.arrayContaining([
        "Operator serverless-operator.v1.37.1 in their-serverless: it was there before",
      ]) as unknown,
    });
    expect(await subscription()).toBe(version);
  });

  it("stays when the stack goes", async () => {
    await ok(stack.destroy(), "destroy, beside a Serverless of others");
    expect(await world.csvs()).toEqual(["serverless-operator.v1.37.1 Succeeded"]);
    expect(await world.says("Ready", "knativeserving", "knative-serving", "-n", "knative-serving")).toBe(
      true,
    );
    expect(await world.leftovers(before)).toEqual([]);
  });
});
