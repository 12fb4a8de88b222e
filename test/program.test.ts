import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { versions } from "../config/profiles";
import type { Place } from "../tasks/cluster/conflicts";
import { find, ids, objects, run, stdin } from "./support/program";
import { looks, type Registration } from "./support/record";

/** The component and its custom resource share a kind and a name. */
const customResource = (seen: readonly Registration[]) =>
  find(
    seen.filter(({ type }) => type.startsWith("kubernetes:")),
    "Orchestrator orchestrator",
  );

describe("the default stack", () => {
  let seen: Registration[];
  beforeAll(async () => {
    seen = await run();
  });

  it("takes over what an interrupted run has made, and puts back what was changed by hand", () => {
    // The sandbox cannot tell: the plugin that it builds does the one always, and the other by a variable.
    expect(find(seen, "kubernetes installation").inputs).toMatchObject({
      upsertExistingObjects: "true",
      enablePatchForce: "true",
    });
  });

  it("keeps its resources' names, which are a promise to every stack already installed", () => {
    expect(seen.map(({ id, parent }) => `${id} < ${parent ?? ""}`)).toMatchInlineSnapshot(`
      [
        "Cluster installation < Installation installation",
        "ClusterAccess cluster-access < ",
        "ClusterRole cluster-access < ClusterAccess cluster-access",
        "ClusterRoleBinding cluster-access-read < ClusterAccess cluster-access",
        "Command installation-claim < Installation installation",
        "Command installation-take < Installation installation",
        "Command orchestrator-operator-guard < Operator orchestrator-operator",
        "Command orchestrator-operator-ready < Operator orchestrator-operator",
        "Command orchestrator-operator-removal < Operator orchestrator-operator",
        "Command orchestrator-ready < Orchestrator orchestrator",
        "Command orchestrator-removal < Orchestrator orchestrator",
        "Command sonataflow-psql-postgresql-guard < Postgres sonataflow-psql-postgresql",
        "Command workflows-guard < Workflows workflows",
        "Infrastructure cluster-access < ClusterAccess cluster-access",
        "Installation installation < ",
        "kubernetes installation < Installation installation",
        "Namespace orchestrator < PlatformNamespace orchestrator",
        "Namespace orchestrator-operator-namespace < Operator orchestrator-operator",
        "Namespace rhdh < PlatformNamespace rhdh",
        "Namespace sonataflow < PlatformNamespace sonataflow",
        "NetworkPolicy orchestrator-allow-api-server < Orchestrator orchestrator",
        "Operator orchestrator-operator < ",
        "OperatorGroup orchestrator-operator-group < Operator orchestrator-operator",
        "OperatorState orchestrator-operator < Operator orchestrator-operator",
        "Orchestrator orchestrator < ",
        "Orchestrator orchestrator < Orchestrator orchestrator",
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
        "Service sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "ServiceAccount cluster-access < ClusterAccess cluster-access",
        "StatefulSet sonataflow-psql-postgresql < Postgres sonataflow-psql-postgresql",
        "Subscription orchestrator-operator < Operator orchestrator-operator",
        "WorkflowNamespaces workflow-namespaces < ",
        "Workflows workflows < ",
      ]
    `);
  });

  it("installs the Orchestrator once everything that the operator looks for is there", () => {
    const component = find(
      seen.filter(({ type }) => !type.startsWith("kubernetes:")),
      "Orchestrator orchestrator",
    );
    expect(component.dependsOn).toEqual(
      expect.arrayContaining([
        "Command orchestrator-operator-ready",
        "Namespace orchestrator",
        "Namespace rhdh",
        "Namespace sonataflow",
        "Secret rhdh-credentials",
        "Secret sonataflow-psql-postgresql",
        "StatefulSet sonataflow-psql-postgresql",
      ]),
    );
  });

  it("cleans up after OLM when the Subscription is gone, and after the Orchestrator before it goes", () => {
    expect(find(seen, "Subscription orchestrator-operator").dependsOn).toContain(
      "Command orchestrator-operator-removal",
    );
    expect(find(seen, "Command orchestrator-operator-guard").dependsOn).toContain(
      "Subscription orchestrator-operator",
    );
    expect(find(seen, "Command orchestrator-operator-ready").dependsOn).toContain(
      "Command orchestrator-operator-guard",
    );
    expect(find(seen, "Command orchestrator-operator-removal").inputs["delete"]).toMatch(/remove-operator$/);
    expect(find(seen, "Command orchestrator-operator-guard").inputs["delete"]).toMatch(/drain$/);
  });

  it("makes nothing on the cluster before the claim, and destroys the claim after everything", () => {
    expect(find(seen, "kubernetes installation").dependsOn).toContain("Command installation-take");
    expect(find(seen, "Command installation-take").dependsOn).toContain("Command installation-claim");
    const others = seen.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(others.length).toBeGreaterThan(8);
    for (const { provider } of others) expect(provider).toMatch(/::installation::/);
  });

  it("sweeps wherever it makes something, and where its operators leave something to it", async () => {
    const workflowNamespaces = JSON.stringify([
      { name: "team-a", quota: { pods: 1 }, workflows: ["test/e2e/workflows/greeting"] },
      { name: "shared", existing: true },
    ]);
    for (const version of versions) {
      const all = await run({
        orchestrator: JSON.stringify({ version }),
        workflowNamespaces,
        gitops: '{"install":true}',
        tekton: '{"install":true}',
      });
      const made = objects(all).filter(({ type }) => !type.endsWith("Patch"));
      const { places } = stdin(find(all, "Command installation-claim")) as { places: Place[] };
      const swept = places.map(
        ({ apiVersion, kind, namespace = "" }) => `${apiVersion} ${kind} ${namespace}`,
      );
      for (const { inputs } of made) {
        const { apiVersion, kind, metadata } = inputs;
        expect(swept).toContain(`${apiVersion ?? ""} ${kind ?? ""} ${metadata?.["namespace"] ?? ""}`);
      }
      expect(swept).toContain("rbac.authorization.k8s.io/v1 ClusterRole ");
      expect(swept).toContain("sonataflow.org/v1alpha08 SonataFlowPlatform shared");
      expect(new Set(swept).size).toBe(swept.length);
    }
  });

  it("claims what it makes, but for what is inside its own namespaces", () => {
    expect(stdin(find(seen, "Command installation-claim"))).toMatchObject({
      installation: "0123456789abcdef",
      adopt: false,
      packages: [
        {
          package: "orchestrator-operator",
          packages: ["orchestrator-operator"],
          settings: "operator",
          hint: "remove it, or leave the platform to it with: pulumi config set install false",
        },
      ],
      prerequisites: [],
      labels: [],
      planned: [
        { apiVersion: "v1", kind: "Namespace", name: "orchestrator" },
        { apiVersion: "v1", kind: "Namespace", name: "rhdh-operator" },
        { apiVersion: "v1", kind: "Namespace", name: "sonataflow-infra" },
        {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          name: "orchestrator-rhdh-orchestrator",
        },
        {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRoleBinding",
          name: "orchestrator-rhdh-orchestrator",
        },
        { apiVersion: "v1", kind: "Namespace", name: "orchestrator-operator" },
      ],
      release: {
        package: "orchestrator-operator",
        namespace: "orchestrator-operator",
        version: "1.2",
        api: "v1alpha1",
        startingCSV: "orchestrator-operator.v1.2.3",
      },
    });
  });

  it("marks every object with the stack's id", () => {
    for (const { id, inputs } of objects(seen)) {
      expect(inputs["metadata"]?.["labels"], id).toMatchObject({
        "orchestrator-on-openshift/installation": "0123456789abcdef",
      });
    }
  });

  it("names every object itself, and every namespaced one's namespace", () => {
    for (const { id, inputs, type } of objects(seen)) {
      expect(inputs["metadata"]?.["name"], id).toBeTypeOf("string");
      if (!/:(Namespace|ClusterRole|ClusterRoleBinding)$/.test(type))
        expect(inputs["metadata"]?.["namespace"], id).toBeTypeOf("string");
    }
  });

  it("labels the SonataFlow namespace, without which Data Index cannot reach PostgreSQL", () => {
    expect(find(seen, "Namespace sonataflow").inputs["metadata"]?.["labels"]).toHaveProperty(
      ["rhdh.redhat.com/workflow-namespace"],
      "",
    );
    expect(find(seen, "Namespace rhdh").inputs["metadata"]?.["labels"]).not.toHaveProperty([
      "rhdh.redhat.com/workflow-namespace",
    ]);
  });

  it("pins the operator to a version that has the custom resource it makes", () => {
    expect(find(seen, "Subscription orchestrator-operator").inputs["spec"]).toEqual({
      name: "orchestrator-operator",
      channel: "stable",
      source: "redhat-operators",
      sourceNamespace: "openshift-marketplace",
      installPlanApproval: "Manual",
      startingCSV: "orchestrator-operator.v1.2.3",
    });
  });

  it("leaves keys without a value out of Developer Hub's Secret", () => {
    expect(find(seen, "Secret rhdh-credentials").inputs["stringData"]).toEqual({
      BACKEND_SECRET: "rhdh-credentials-backend-result",
      K8S_CLUSTER_URL: "https://api.example.com:6443",
      K8S_CLUSTER_TOKEN: "planted-token",
    });
  });

  it("gives the removal of the Orchestrator time for its operator's five minutes and a second try", () => {
    expect(stdin(find(seen, "Command orchestrator-removal"))).toMatchObject({
      ref: { kind: "Orchestrator", namespace: "orchestrator", name: "orchestrator" },
      packages: [{ package: "orchestrator-operator" }],
      deleteMinutes: 30,
    });
    expect(customResource(seen)).toMatchObject({ retainOnDelete: true });
    expect(customResource(seen).dependsOn).toContain("Command orchestrator-removal");
  });

  it("removes the operators that the Orchestrator brings along with it", () => {
    expect(stdin(find(seen, "Command orchestrator-operator-removal"))).toEqual({
      createdNamespaces: ["knative-serving-ingress"],
      installation: "0123456789abcdef",
      packages: [
        { package: "orchestrator-operator", namespace: "orchestrator-operator" },
        { package: "rhdh", namespace: "rhdh-operator" },
        { package: "logic-operator-rhel8", namespace: "openshift-serverless-logic" },
        { package: "serverless-operator", namespace: "openshift-serverless" },
      ],
    });
  });
});

describe("secrets", () => {
  const planted = {
    githubToken: "ghp_planted",
    clusterToken: "sha256~planted",
    githubClientSecret: "planted-client",
    emailPassword: "planted-mail",
  };

  it("go into the Secret as secrets, and nowhere else", async () => {
    const halves = { githubClientId: "Iv1.abc", emailUsername: "me" };
    const seen = await run(halves, planted);
    const secret = find(seen, "Secret rhdh-credentials");
    expect(secret.inputs["stringData"]).toMatchObject({
      GITHUB_TOKEN: "ghp_planted",
      K8S_CLUSTER_TOKEN: "sha256~planted",
      NOTIFICATIONS_EMAIL_PASSWORD: "planted-mail",
      GITHUB_CLIENT_ID: "Iv1.abc",
    });
    expect(secret.secrets.join()).toContain("stringData");
    for (const other of seen.filter((resource) => resource !== secret)) {
      for (const value of Object.values(planted))
        expect(JSON.stringify(other.inputs), other.id).not.toContain(value);
    }
  });
});

describe("the backend secret", () => {
  const backend = async (values?: Record<string, string>) =>
    find(await run(values), "RandomPassword rhdh-credentials-backend").inputs;

  it("is never made anew by running again: nothing that could is there", async () => {
    expect(await backend()).not.toHaveProperty("keepers");
  });

  it("is made anew by a change of the setting, and by nothing else", async () => {
    expect(await backend({ rotateBackendSecret: "2025-01" })).toMatchObject({
      keepers: { rotation: "2025-01" },
    });
    expect(
      await backend({ rotateBackendSecret: "2025-02", clusterUrl: "https://api.example.com" }),
    ).toMatchObject({
      keepers: { rotation: "2025-02" },
    });
  });
});

/** What the program makes for access to the cluster, and how it comes by the address. */
const accessOf = (seen: readonly Registration[]) => ids(seen).filter((id) => id.includes("cluster-access"));

describe("access to the cluster", () => {
  it("is a token that may read, and is waited for", async () => {
    const seen = await run();
    const token = find(seen, "Secret cluster-access");
    expect(token.inputs).toMatchObject({
      type: "kubernetes.io/service-account-token",
      metadata: {
        name: "orchestrator",
        namespace: "orchestrator",
        annotations: { "kubernetes.io/service-account.name": "orchestrator" },
      },
    });
    expect(token.dependsOn).toContain("ServiceAccount cluster-access");
    expect(find(seen, "ClusterRoleBinding cluster-access-read").inputs).toMatchObject({
      roleRef: { kind: "ClusterRole", name: "orchestrator-rhdh-orchestrator" },
      subjects: [{ kind: "ServiceAccount", name: "orchestrator", namespace: "orchestrator" }],
    });
  });

  it("goes into Developer Hub's Secret as a secret, and nowhere else", async () => {
    const seen = await run();
    const secret = find(seen, "Secret rhdh-credentials");
    expect(secret.secrets.join()).toContain("stringData");
    for (const { id, inputs } of seen.filter((resource) => resource !== secret))
      expect(JSON.stringify(inputs), id).not.toContain("planted-token");
  });

  it("has the address that the cluster gives itself, which is read and left as it is", async () => {
    const read = find(await run(), "Infrastructure cluster-access");
    expect(read.reads).toBe("cluster");
    expect(read.provider).toMatch(/::installation::/);
    expect(JSON.stringify(read.inputs)).not.toContain("labels");
  });

  it("is cluster-admin only when told so, with a warning", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const seen = await run({ clusterAccess: JSON.stringify({ role: "cluster-admin" }) });
    expect(accessOf(seen)).not.toContain("ClusterRole cluster-access");
    expect(find(seen, "ClusterRoleBinding cluster-access-cluster-admin").inputs).toMatchObject({
      metadata: { name: "orchestrator-rhdh-orchestrator-cluster-admin" },
      roleRef: { name: "cluster-admin" },
    });
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining("clusterAccess.role is cluster-admin"),
      expect.anything(),
    );
    warn.mockClear();
    await run();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it("is not made where there is one already, or none is wanted", async () => {
    expect(accessOf(await run({}, { clusterToken: "mine" }))).toEqual([
      "ClusterAccess cluster-access",
      "Infrastructure cluster-access",
    ]);
    expect(accessOf(await run({ clusterUrl: "https://api.example.com" }, { clusterToken: "mine" }))).toEqual([
      "ClusterAccess cluster-access",
    ]);
    const seen = await run({ clusterAccess: JSON.stringify({ role: "none" }) });
    expect(accessOf(seen)).toEqual(["ClusterAccess cluster-access"]);
    expect(Object.keys(find(seen, "Secret rhdh-credentials").inputs["stringData"] ?? {})).toEqual([
      "BACKEND_SECRET",
    ]);
  });
});

describe("GitOps", () => {
  const existing = { gitops: "{}" };
  const installed = { gitops: JSON.stringify({ install: true }) };
  const labels = (seen: readonly Registration[], id: string) => find(seen, id).inputs["metadata"]?.["labels"];

  it("with an Argo CD that is there makes nothing of it, and labels its namespace", async () => {
    const seen = await run(existing);
    expect(ids(seen).filter((id) => / gitops/.test(id))).toEqual([
      "Command gitops-found",
      "GitOps gitops",
      "NamespacePatch gitops",
      "PlatformNamespace gitops",
      "Secret gitops-admin",
    ]);
    expect(find(seen, "PlatformNamespace gitops").dependsOn).toContain("Command gitops-found");
    expect(labels(seen, "NamespacePatch gitops")).toEqual({ "rhdh.redhat.com/argocd-namespace": "" });
    expect(stdin(find(seen, "Command gitops-found"))).toEqual({
      namespace: "orchestrator-gitops",
      minutes: 0,
    });
    expect(stdin(find(seen, "Command installation-claim"))).toMatchObject({
      prerequisites: [{ kind: "Namespace", name: "orchestrator-gitops" }],
      labels: [{ namespace: "orchestrator-gitops", label: "rhdh.redhat.com/argocd-namespace", value: "" }],
    });
  });

  it("installs one where told to, each step once the one before is there", async () => {
    const seen = await run(installed);
    expect(find(seen, "Subscription gitops-operator").inputs).toMatchObject({
      metadata: { name: "openshift-gitops-operator", namespace: "openshift-gitops-operator" },
      spec: {
        channel: "latest",
        installPlanApproval: "Automatic",
        config: {
          env: [
            { name: "DISABLE_DEFAULT_ARGOCD_INSTANCE", value: "true" },
            { name: "ARGOCD_CLUSTER_CONFIG_NAMESPACES", value: "orchestrator-gitops" },
          ],
        },
      },
    });
    const argocd = find(seen, "ArgoCD gitops");
    expect(argocd.inputs["metadata"]).toMatchObject({ name: "argocd", namespace: "orchestrator-gitops" });
    // The other way round on destroy: only the operator can take its Argo CD down.
    expect(argocd.dependsOn).toEqual(
      expect.arrayContaining(["Command gitops-operator-ready", "Namespace gitops"]),
    );
    expect(find(seen, "Command gitops-operator-guard").inputs["delete"]).toMatch(/drain$/);
    expect(stdin(find(seen, "Command gitops-operator-removal"))).toMatchObject({
      createdNamespaces: ["openshift-gitops"],
      installation: "0123456789abcdef",
    });
    expect(stdin(find(seen, "Command gitops-operator-guard"))).toMatchObject({
      env: { DISABLE_DEFAULT_ARGOCD_INSTANCE: "true" },
    });
    expect(find(seen, "Command gitops-found").dependsOn).toContain("ArgoCD gitops");
    expect(labels(seen, "Namespace gitops")).toHaveProperty(["rhdh.redhat.com/argocd-namespace"], "");
    expect(find(seen, "Namespace gitops").inputs["metadata"]?.["name"]).toBe("orchestrator-gitops");
  });

  it.each([existing, installed])("tells the operator and Developer Hub of it: %j", async (values) => {
    const seen = await run(values);
    expect(customResource(seen).inputs["spec"]?.["argocd"]).toEqual({
      enabled: true,
      namespace: "orchestrator-gitops",
    });
    expect(find(seen, "Secret rhdh-credentials").inputs["stringData"]).toMatchObject({
      ARGOCD_URL: "https://argocd.example.com",
      ARGOCD_USERNAME: "admin",
      ARGOCD_PASSWORD: "planted-password",
    });
    expect(labels(seen, "Namespace sonataflow")).toHaveProperty(
      ["argocd.argoproj.io/managed-by"],
      "orchestrator-gitops",
    );
    const component = find(
      seen.filter(({ type }) => !type.startsWith("kubernetes:")),
      "Orchestrator orchestrator",
    );
    // Where the AppProject's kind is not served yet, the operator leaves it out.
    expect(component.dependsOn).toContain("Command gitops-found");
  });

  it("gets the AppProject from the program where no operator makes it: from 1.7 on", async () => {
    const seen = await run({ ...existing, orchestrator: JSON.stringify({ version: "1.7" }) });
    const project = find(seen, "AppProject gitops-project");
    expect(project.inputs["metadata"]).toMatchObject({
      name: "orchestrator-gitops",
      namespace: "orchestrator-gitops",
    });
    expect(project.dependsOn).toContain("Command gitops-found");
    expect(ids(await run(existing))).not.toContain("AppProject gitops-project");
  });

  it("reads the password by way of the provider, and shows it to Developer Hub's Secret only", async () => {
    const seen = await run(existing);
    expect(find(seen, "Secret gitops-admin").reads).toBe("orchestrator-gitops/argocd-cluster");
    expect(JSON.stringify(find(seen, "Secret gitops-admin").inputs)).not.toContain("labels");
    for (const { id, inputs } of seen.filter(({ id }) => id !== "Secret rhdh-credentials"))
      expect(JSON.stringify(inputs), id).not.toContain("planted-password");
  });

  it("leaves no trace when it is off", async () => {
    const seen = await run();
    expect(ids(seen).filter((id) => /gitops|pipelines|ArgoCD|Task /.test(id))).toEqual([]);
    expect(labels(seen, "Namespace sonataflow")).not.toHaveProperty(["argocd.argoproj.io/managed-by"]);
    expect(JSON.stringify(find(seen, "Secret rhdh-credentials").inputs)).not.toContain("ARGOCD");
    expect(customResource(seen).inputs["spec"]).toMatchObject({
      argocd: { enabled: false },
      tekton: { enabled: false },
    });
  });
});

describe("Tekton", () => {
  const gitops = { gitops: JSON.stringify({ namespace: "cd" }) };
  const made = (seen: readonly Registration[]) => ids(objects(seen)).filter((id) => / pipelines/.test(id));

  it("makes the Tasks before the Pipeline, in the namespace of Argo CD, once their kinds are served", async () => {
    const seen = await run({ ...gitops, tekton: "{}" });
    const tasks = ["build-gitops", "build-manifests", "flattener", "git-cli"].map(
      (name) => `Task pipelines-${name}`,
    );
    expect(made(seen)).toEqual(["Pipeline pipelines", ...tasks]);
    expect(find(seen, "Pipeline pipelines").dependsOn).toEqual(expect.arrayContaining(tasks));
    for (const task of tasks) {
      expect(find(seen, task).dependsOn).toContain("Command pipelines-served");
      expect(find(seen, task).inputs["metadata"]?.["namespace"]).toBe("cd");
    }
    expect(stdin(find(seen, "Command pipelines-served"))).toMatchObject({
      minutes: 0,
      apis: [
        { apiVersion: "tekton.dev/v1", kind: "Task" },
        { apiVersion: "tekton.dev/v1", kind: "Pipeline" },
      ],
    });
  });

  it("leaves all of it to the Orchestrator operator where told to, if ClusterTask is there", async () => {
    const seen = await run({ ...gitops, tekton: JSON.stringify({ pipeline: "operator" }) });
    expect(made(seen)).toEqual([]);
    expect(customResource(seen).inputs["spec"]?.["tekton"]).toEqual({ enabled: true });
    const { apis } = stdin(find(seen, "Command pipelines-served")) as { apis: { kind: string }[] };
    expect(apis.map(({ kind }) => kind)).toEqual(["Task", "Pipeline", "ClusterTask"]);
  });

  it("installs OpenShift Pipelines where told to, and takes it down with its configuration", async () => {
    const seen = await run({ ...gitops, tekton: JSON.stringify({ install: true }) });
    expect(find(seen, "Subscription pipelines-operator").inputs).toMatchObject({
      metadata: { name: "openshift-pipelines-operator-rh", namespace: "openshift-pipelines-operator" },
      spec: { channel: "latest", installPlanApproval: "Automatic" },
    });
    expect(find(seen, "Subscription pipelines-operator").inputs["spec"]).not.toHaveProperty("config");
    const served = find(seen, "Command pipelines-served");
    expect(served.dependsOn).toContain("Command pipelines-operator-ready");
    expect(stdin(served)).toMatchObject({ minutes: 15, readyWhen: { kind: "TektonConfig", name: "config" } });
    expect(stdin(find(seen, "Command pipelines-operator-guard"))).toMatchObject({
      kind: "TektonConfig",
      createdObjects: ["config"],
    });
    // There can be only one on a cluster: another's would be taken down with this stack.
    const claim = stdin(find(seen, "Command installation-claim")) as { planned: object[] };
    expect(claim.planned).toContainEqual({
      apiVersion: "operator.tekton.dev/v1alpha1",
      kind: "TektonConfig",
      name: "config",
      by: "openshift-pipelines-operator-rh",
    });
  });
});

describe("existing namespaces", () => {
  it("are neither made nor removed, but get the label that 1.2 needs", async () => {
    const existing = { existing: true };
    const seen = await run({ namespaces: JSON.stringify({ sonataflow: existing, rhdh: existing }) });
    expect(ids(seen).filter((id) => /^Namespace/.test(id))).toEqual([
      "Namespace orchestrator",
      "Namespace orchestrator-operator-namespace",
      "NamespacePatch sonataflow",
    ]);
    expect(find(seen, "NamespacePatch sonataflow").inputs["metadata"]).toEqual({
      name: "sonataflow-infra",
      labels: { "rhdh.redhat.com/workflow-namespace": "" },
    });
    expect(stdin(find(seen, "Command installation-claim"))).toMatchObject({
      prerequisites: [
        { kind: "Namespace", name: "rhdh-operator" },
        { kind: "Namespace", name: "sonataflow-infra" },
      ],
      planned: expect.arrayContaining([
        expect.objectContaining({
          kind: "Secret",
          namespace: "rhdh-operator",
          name: "backstage-backend-auth-secret",
        }),
        expect.objectContaining({ kind: "StatefulSet", namespace: "sonataflow-infra" }),
      ]) as unknown,
    });
  });
});

describe("an external database", () => {
  const external = { serviceName: "pg", serviceNamespace: "databases" };

  it("with a Secret of its own makes nothing of PostgreSQL", async () => {
    const existingSecret = { name: "pg-app", userKey: "user", passwordKey: "pass" };
    const seen = await run({ externalPostgres: JSON.stringify({ ...external, existingSecret }) });
    const made = seen.filter(({ reads }) => reads === undefined);
    expect(ids(made).filter((id) => /postgresql/.test(id))).toEqual([
      "ExternalPostgres sonataflow-external-postgresql",
    ]);
    expect(customResource(seen).inputs["spec"]?.["postgres"]).toEqual({
      serviceName: "pg",
      serviceNamespace: "databases",
      authSecret: existingSecret,
      database: "sonataflow",
    });
  });

  it("with given credentials makes only their Secret", async () => {
    const seen = await run(
      { externalPostgres: JSON.stringify({ ...external, username: "app" }) },
      { externalPostgresPassword: "planted-pg" },
    );
    expect(ids(seen).filter((id) => /postgresql/.test(id))).toEqual([
      "ExternalPostgres sonataflow-external-postgresql",
      "Secret sonataflow-external-postgresql",
    ]);
    expect(find(seen, "Secret sonataflow-external-postgresql").inputs["stringData"]).toEqual({
      "postgres-username": "app",
      "postgres-password": "planted-pg",
    });
  });
});

describe("kept data", () => {
  /** Tasks remove Subscriptions, with their operators, and the Orchestrator, with all that is its operator's. */
  const isKept = ({ id, retainOnDelete }: Awaited<ReturnType<typeof run>>[number]) =>
    retainOnDelete && !/^(Subscription|Orchestrator) /.test(id);

  it("stays with its namespace, and is spared by the sweep", async () => {
    const seen = await run({ postgres: JSON.stringify({ keepData: true }) });
    const kept = seen.filter(isKept);
    expect(ids(kept)).toEqual([
      "Namespace sonataflow",
      "PersistentVolumeClaim sonataflow-psql-postgresql-data",
    ]);
    for (const { inputs } of kept) {
      expect(inputs["metadata"]?.["labels"]).toHaveProperty(["orchestrator-on-openshift/keep"]);
    }
  });

  it("is used again", async () => {
    const claim = { existingClaim: "data-sonataflow-psql-postgresql-0" };
    const seen = await run({
      postgres: JSON.stringify(claim),
      namespaces: '{"sonataflow":{"existing":true}}',
    });
    expect(ids(seen).filter((id) => /^PersistentVolumeClaim/.test(id))).toEqual([]);
    expect(JSON.stringify(find(seen, "StatefulSet sonataflow-psql-postgresql").inputs)).toContain(
      '"claimName":"data-sonataflow-psql-postgresql-0"',
    );
    expect(stdin(find(seen, "Command installation-claim"))).toMatchObject({
      prerequisites: [
        { kind: "Namespace" },
        { kind: "PersistentVolumeClaim", namespace: "sonataflow-infra" },
      ],
    });
  });

  it("is not the default", async () => {
    expect((await run()).filter(isKept)).toEqual([]);
  });
});

describe("an operator namespace of its own", () => {
  it("comes with an OperatorGroup, before the Subscription", async () => {
    const seen = await run({ operator: JSON.stringify({ namespace: "orchestrator-operator" }) });
    expect(find(seen, "OperatorGroup orchestrator-operator-group").inputs["spec"]).toEqual({});
    expect(find(seen, "Command orchestrator-operator-removal").dependsOn).toContain(
      "OperatorGroup orchestrator-operator-group",
    );
  });
});

describe("the look at the cluster", () => {
  const lookOf = async (values: Record<string, string> = {}) => {
    looks.length = 0;
    const seen = await run(values);
    return { seen, look: looks[0] };
  };

  it("is about all that the program makes, and about what it asks of OLM and of volumes", async () => {
    const { seen, look } = await lookOf();
    expect(looks).toHaveLength(1);
    expect(look?.installation).toBe("0123456789abcdef");
    expect(look?.planned.length).toBe(objects(seen).length);
    expect(look?.planned.find(({ kind }) => kind === "Subscription")).toMatchObject({
      namespace: "orchestrator-operator",
      spec: { channel: "stable", startingCSV: "orchestrator-operator.v1.2.3" },
    });
    expect(look?.planned.find(({ kind }) => kind === "PersistentVolumeClaim")?.spec).toBeDefined();
    expect(JSON.stringify(look)).not.toContain("result");
    expect(look?.platform).toMatchObject({
      openshift: { from: "4.14", to: "4.15" },
      resource: { namespace: "orchestrator", name: "orchestrator" },
      account: { namespace: "orchestrator", name: "orchestrator" },
    });
    expect(look?.platform?.dependencies.map(({ setting }) => setting)).toEqual([
      "rhdh.install",
      "serverlessLogic.install",
      "serverless.install",
    ]);
  });

  it("is about what the release really uses", async () => {
    const serverless = JSON.stringify({ install: false });
    const { look } = await lookOf({ orchestrator: JSON.stringify({ version: "1.10" }), serverless });
    const own = look?.planned.filter(({ kind }) => kind === "Subscription") ?? [];
    expect(own.map(({ namespace, name }) => `${namespace ?? ""}/${name}`).sort()).toEqual([
      "openshift-serverless-logic/logic-operator",
      "rhdh-operator/rhdh",
    ]);
    expect(look?.packages?.map(({ settings }) => settings)).toEqual([
      "serverlessLogic.subscription",
      "rhdh.subscription",
    ]);
    expect(look?.platform).toMatchObject({
      dependencies: [],
      existingOperators: [{ packages: ["serverless-operator"], installHint: "serverless.install true" }],
    });
    expect(look?.platform?.openshift).toEqual({ release: "1.10", from: "4.18", to: "4.22" });
    expect(look?.platform).not.toHaveProperty("resource");
    expect([look?.release, look?.adopt]).toEqual([undefined, undefined]);

    const of14 = (await lookOf({ orchestrator: JSON.stringify({ version: "1.4" }) })).look;
    expect(of14?.platform).toMatchObject({
      openshift: { release: "1.4", from: "4.14", to: "4.17" },
      resource: { apiVersion: "rhdh.redhat.com/v1alpha2", kind: "Orchestrator" },
    });
    expect(of14?.platform?.dependencies[0]).toEqual({
      package: "rhdh",
      namespace: "rhdh-operator",
      setting: "rhdh.install",
    });
  });

  it("knows where things are in a platform that is there", async () => {
    const workflowNamespaces = JSON.stringify([{ name: "flows" }]);
    const existingPlatform = JSON.stringify({ version: "1.10" });
    const { look } = await lookOf({ install: "false", workflowNamespaces, existingPlatform });
    expect(look?.planned.filter(({ kind }) => kind === "NetworkPolicy")).toEqual([
      expect.objectContaining({ namespace: "their-sonataflow" }),
      expect.objectContaining({ namespace: "flows" }),
    ]);
  });

  it("is not about a platform that is not installed, and about nothing when it is off", async () => {
    const workflowNamespaces = JSON.stringify([{ name: "flows" }]);
    expect((await lookOf({ install: "false", workflowNamespaces })).look?.platform).toBeUndefined();
    expect((await lookOf({ preflight: "false" })).look).toBeUndefined();
  });
});

describe("an adoption", () => {
  const values = { adopt: "true", rotateBackendSecret: "1", clusterUrl: "https://api.mine.example" };

  it("keeps what Developer Hub has been running with, as secrets, and what is configured goes before it", async () => {
    const seen = await run(values);
    const secret = find(seen, "Secret rhdh-credentials");
    expect(secret.inputs["stringData"]).toEqual({
      BACKEND_SECRET: "their-secret",
      K8S_CLUSTER_URL: "https://api.mine.example",
      K8S_CLUSTER_TOKEN: "their-token",
    });
    const task = find(seen, "Command rhdh-credentials-kept");
    expect(task.additionalSecretOutputs).toEqual(["stdout"]);
    expect(stdin(task)).toEqual({
      secret: { namespace: "rhdh-operator", name: "backstage-backend-auth-secret" },
      keys: { backendSecret: "BACKEND_SECRET", clusterToken: "K8S_CLUSTER_TOKEN" },
      token: { namespace: "orchestrator", name: "orchestrator" },
      rotation: "1",
    });
  });

  it("is claimed with all that is in its namespaces, and the operator then goes with the stack", async () => {
    const seen = await run(values);
    const { adopt, planned } = stdin(find(seen, "Command installation-claim")) as {
      adopt: boolean;
      planned: { kind: string; spec?: object }[];
    };
    expect(adopt).toBe(true);
    expect(planned.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["Secret", "Orchestrator", "StatefulSet"]),
    );
    expect(planned.filter(({ spec }) => spec).map(({ kind }) => kind)).toEqual(["Subscription"]);
    expect(stdin(find(seen, "Command orchestrator-operator-removal"))).toMatchObject({
      adopt: { resource: { namespace: "orchestrator", name: "orchestrator" } },
    });
  });
});

describe("the policy that lets the API server in", () => {
  const policy = "NetworkPolicy orchestrator-allow-api-server";

  it("comes after that of the operator up to 1.4, and not where the operator makes none", async () => {
    const made = find(await run(), policy);
    expect(made.dependsOn).toContain("Command orchestrator-ready");
    expect(made.inputs).toMatchObject({ metadata: { namespace: "sonataflow-infra" } });
    const without = await run({ serverlessLogic: JSON.stringify({ install: false }) });
    expect(without.map(({ id }) => id)).not.toContain(policy);
  });
});

describe("the removal of CRDs", () => {
  it("is guarded: after the workflows, before everything else", async () => {
    const gitops = JSON.stringify({ install: true });
    const seen = await run({ removeCrds: "true", gitops });
    const guard = find(seen, "Command crds-guard");
    expect(guard.inputs["delete"]).toMatch(/check-crds$/);
    expect(guard.inputs["create"]).toBeUndefined();
    expect(find(seen, "Workflows workflows").dependsOn).toContain("Command crds-guard");
    expect(find(seen, "CrdsGuard crds-guard").dependsOn).toEqual(
      expect.arrayContaining(["Command orchestrator-ready", "Command gitops-operator-ready"]),
    );
    for (const operator of ["orchestrator-operator", "gitops-operator"])
      expect(stdin(find(seen, `Command ${operator}-removal`))).toMatchObject({ removeCrds: true });
  });

  it("is about the operators of the release, whichever these are", async () => {
    const seen = await run({ removeCrds: "true", orchestrator: JSON.stringify({ version: "1.9" }) });
    const operators = ["serverless-operator", "serverless-logic", "rhdh-operator"];
    for (const operator of operators)
      expect(stdin(find(seen, `Command ${operator}-removal`))).toMatchObject({ removeCrds: true });
    const guard = stdin(find(seen, "Command crds-guard"));
    expect(guard).not.toHaveProperty("resource");
    expect(find(seen, "CrdsGuard crds-guard").dependsOn).toEqual(
      expect.arrayContaining(operators.map((operator) => `Command ${operator}-ready`)),
    );
    const of14 = await run({ removeCrds: "true", orchestrator: JSON.stringify({ version: "1.4" }) });
    expect(stdin(find(of14, "Command crds-guard"))).toMatchObject({
      resource: { namespace: "orchestrator", name: "orchestrator" },
    });
  });

  it("is not there unless asked for", async () => {
    const seen = await run();
    expect(ids(seen)).not.toContain("Command crds-guard");
    expect(stdin(find(seen, "Command orchestrator-operator-removal"))).not.toHaveProperty("removeCrds");
  });
});

describe("workflow namespaces", () => {
  const added = { workflowNamespaces: JSON.stringify([{ name: "loans" }, { name: "old", existing: true }]) };
  const made = (seen: readonly Registration[]) =>
    ids(seen).filter((id) => /^(Namespace|NamespacePatch|NetworkPolicy) (loans|old)/.test(id));

  it("are let in by their label up to 1.4", async () => {
    const seen = await run(added);
    expect(made(seen)).toEqual([
      "Namespace loans",
      "NamespacePatch old",
      "NetworkPolicy loans",
      "NetworkPolicy old",
    ]);
    for (const id of ["Namespace loans", "NamespacePatch old"])
      expect(find(seen, id).inputs["metadata"]?.["labels"]).toHaveProperty([
        "rhdh.redhat.com/workflow-namespace",
      ]);
  });

  it("are let in by a NetworkPolicy where the platform is, from 1.7 on", async () => {
    const seen = await run({ ...added, orchestrator: JSON.stringify({ version: "1.7" }) });
    expect(made(seen)).toEqual([
      "Namespace loans",
      "NetworkPolicy loans",
      "NetworkPolicy loans-admission",
      "NetworkPolicy old",
      "NetworkPolicy old-admission",
    ]);
    expect(find(seen, "NetworkPolicy loans-admission").inputs).toMatchObject({
      metadata: {
        name: "allow-external-workflows-to-sonataflow-infra-loans",
        namespace: "sonataflow-infra",
      },
      spec: {
        ingress: [
          { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "loans" } } }] },
        ],
      },
    });
    expect(find(seen, "Namespace loans").inputs["metadata"]?.["labels"]).not.toHaveProperty([
      "rhdh.redhat.com/workflow-namespace",
    ]);
  });

  it("of a platform that is there are let in as that does it", async () => {
    const existing = (version: string) =>
      run({ ...added, install: "false", existingPlatform: JSON.stringify({ version }) });
    const seen = await existing("1.7");
    expect(made(seen)).toContain("NetworkPolicy loans-admission");
    expect(stdin(find(seen, "Command platform-found"))).toEqual({ admitsWorkflowsBy: "policy" });
    expect(made(await existing("1.4"))).not.toContain("NetworkPolicy loans-admission");
  });
});
