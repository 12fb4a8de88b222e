import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { childPackages, clusterNeeds, parseConfig, type Config } from "../config";

type Values = Readonly<Record<string, string | object>>;

/** Parses settings as the engine would hand them over; those in `secrets` as encrypted ones. */
function parse(values: Values = {}, secrets: Readonly<Record<string, string>> = {}): Config {
  const texts = Object.entries({ ...values, ...secrets }).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return parseConfig({
    project: "orchestrator",
    folder: ".",
    values: Object.fromEntries(texts) as Record<string, string>,
    isSecret: (key) => key in secrets,
  });
}

/** The mistakes that a configuration is refused for. */
function mistakes(values: Values, secrets?: Readonly<Record<string, string>>): string[] {
  try {
    parse(values, secrets);
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) return error.message.split("\n").slice(1);
    throw error;
  }
  return [];
}

describe("without any configuration", () => {
  const config = parse();

  it("installs 1.2 the way its documentation names things", () => {
    expect(config.namespaces).toEqual({
      orchestrator: { name: "orchestrator", existing: false },
      rhdh: { name: "rhdh-operator", existing: false },
      sonataflow: { name: "sonataflow-infra", existing: false },
    });
    expect(config.operator).toMatchObject({
      channel: "stable",
      approval: "Manual",
      startingCSV: "orchestrator-operator.v1.2.3",
    });
    expect(config.rhdhSecret.name).toBe("backstage-backend-auth-secret");
    expect(config.externalPostgres).toBeUndefined();
  });

  it("needs nothing but a cluster", () => {
    expect(clusterNeeds(config)).toEqual([]);
  });
});

it("pins no version where the channel is followed", () => {
  expect(parse({ operator: { approval: "Automatic" } }).operator.startingCSV).toBeUndefined();
});

it("keeps secret settings secret", async () => {
  const { githubToken } = parse({}, { githubToken: "ghp_x" }).secrets;
  expect(await (githubToken as pulumi.Output<string> & { isSecret: Promise<boolean> }).isSecret).toBe(true);
});

it("takes namespaces of yours, your database and its Secret for granted", () => {
  const config = parse({
    namespaces: { sonataflow: { name: "flows", existing: true } },
    externalPostgres: { serviceName: "pg", serviceNamespace: "db", existingSecret: { name: "login" } },
  });
  expect(clusterNeeds(config)).toEqual([
    { apiVersion: "v1", kind: "Namespace", name: "flows" },
    { apiVersion: "v1", kind: "Secret", namespace: "flows", name: "login" },
    { apiVersion: "v1", kind: "Service", namespace: "db", name: "pg" },
  ]);
});

it("takes an Argo CD of yours, where its documentation puts it, when gitops is merely there", () => {
  const config = parse({ gitops: {} });
  expect(config.gitops).toMatchObject({ namespace: "orchestrator-gitops", install: false });
  expect(clusterNeeds(config)).toEqual([
    {
      apiVersion: "v1",
      kind: "Namespace",
      name: "orchestrator-gitops",
      otherwise: expect.stringMatching(/gitops\.namespace <name>, .* gitops\.install true$/) as string,
    },
  ]);
});

it("gives each operator that it installs a namespace of its own, out of reach of the Manual approval", () => {
  const config = parse({ gitops: { install: true }, tekton: { install: true } });
  expect(clusterNeeds(config)).toEqual([]);
  expect(
    [config.operator, config.gitops?.operator, config.tekton?.operator].map((of) => of?.namespace),
  ).toEqual(["openshift-operators", "openshift-gitops-operator", "openshift-pipelines-operator"]);
});

it("counts only those operators as its own that it installs", () => {
  expect(childPackages(parse({ serverless: { install: false }, rhdh: { install: false } }))).toEqual([
    { package: "logic-operator-rhel8", namespace: "openshift-serverless-logic" },
  ]);
});

it("lets operators share the global namespace where no approval is Manual", () => {
  const operator = { namespace: "openshift-operators" };
  const shared = {
    operator: { approval: "Automatic" },
    gitops: { install: true, operator },
    tekton: { install: true, operator },
  };
  expect(mistakes(shared)).toEqual([]);
});

describe("refuses", () => {
  it.each<[Values, string]>([
    [{ postgress: {} }, "  - orchestrator:postgress: no such setting; did you mean postgres?"],
    [{ quux: "1" }, "  - orchestrator:quux: no such setting"],
    [
      { operator: { chanel: "x" } },
      "  - orchestrator:operator.chanel: no such setting; did you mean channel?",
    ],
    [
      { operator: { approval: "Sometimes" } },
      '  - orchestrator:operator.approval is "Sometimes": expected "Automatic" or "Manual"',
    ],
    [
      { operator: { timeoutMinutes: 0 } },
      "  - orchestrator:operator.timeoutMinutes is 0: expected at least 1 minute",
    ],
    [
      { operator: { timeoutMinutes: "soon" } },
      '  - orchestrator:operator.timeoutMinutes is "soon": expected a whole number',
    ],
    [{ rhdh: { install: "yes" } }, '  - orchestrator:rhdh.install is "yes": expected true or false'],
    [
      { rhdh: "no" },
      '  - orchestrator:rhdh is "no": expected a structure; set one value with: pulumi config set --path rhdh.<name> <value>',
    ],
    [{ rhdh: "5" }, "  - orchestrator:rhdh is 5: expected a structure"],
    [{ gitops: "true" }, "  - orchestrator:gitops is true: expected a structure"],
    [
      { gitops: {}, tekton: { pipeline: "mine" } },
      '  - orchestrator:tekton.pipeline is "mine": expected "program" or "operator"',
    ],
    [
      { clusterAccess: { role: "admin" } },
      '  - orchestrator:clusterAccess.role is "admin": expected "read" or "cluster-admin" or "none"',
    ],
    [
      { gitops: { namespace: "rhdh-operator" } },
      '  - orchestrator:gitops.namespace is "rhdh-operator": is the namespace of "rhdh" too; each needs its own',
    ],
    [
      { gitops: { install: true, operator: { namespace: "orchestrator-gitops" } } },
      '  - orchestrator:gitops.operator.namespace is "orchestrator-gitops": is the namespace of "gitops" too; the operator needs its own',
    ],
    [
      { gitops: { install: true, operator: { namespace: "openshift-operators" } } },
      '  - orchestrator:gitops.operator.namespace is "openshift-operators": operator.approval Manual would hold this operator\'s InstallPlans there too; give one of the two another namespace',
    ],
    [
      { clusterUrl: "api" },
      '  - orchestrator:clusterUrl is "api": expected a URL such as https://api.example.com:6443',
    ],
    [
      { namespaces: { rhdh: { name: "RHDH" } } },
      '  - orchestrator:namespaces.rhdh.name is "RHDH": expected a name such as "sonataflow-infra" (a-z, 0-9 and "-")',
    ],
    [
      { postgres: { storage: "two gigs" } },
      '  - orchestrator:postgres.storage is "two gigs": expected a Kubernetes quantity such as "500m" or "2Gi"',
    ],
    [
      { postgres: { user: "postgres" } },
      '  - orchestrator:postgres.user is "postgres": expected a role other than "postgres", which the image makes itself',
    ],
    [
      { namespaces: { rhdh: { name: "orchestrator" } } },
      '  - orchestrator:namespaces.rhdh.name is "orchestrator": is the namespace of "orchestrator" too; each needs its own',
    ],
    [
      { operator: { namespace: "rhdh-operator" } },
      '  - orchestrator:operator.namespace is "rhdh-operator": is the namespace of "rhdh" too; the operator needs its own',
    ],
    [
      { gitops: {}, tekton: { install: true, pipeline: "operator" } },
      '  - orchestrator:tekton.operator.channel is "latest": has no ClusterTask, which tekton.pipeline operator needs; set it to pipelines-1.16, or tekton.pipeline to program',
    ],
    [
      { tekton: {} },
      "  - orchestrator:tekton: needs gitops: the pipeline ends with a push to the repository that Argo CD deploys from, and lives in its namespace; set one value with: pulumi config set --path gitops.install <true or false>",
    ],
    [
      { githubToken: "ghp_plain" },
      "  - orchestrator:githubToken: is stored as plain text; encrypt it with: pulumi config set --secret githubToken",
    ],
    [
      { externalPostgres: { serviceName: "pg", serviceNamespace: "db" } },
      "  - orchestrator:externalPostgres: expected existingSecret, or username and the secret externalPostgresPassword",
    ],
    [
      { externalPostgres: { serviceName: "pg", serviceNamespace: "db", username: "app" } },
      "  - orchestrator:externalPostgresPassword: is missing beside externalPostgres.username; set it with: pulumi config set --secret externalPostgresPassword",
    ],
    [
      { externalPostgres: { serviceName: "pg", existingSecret: { name: "s" } } },
      "  - orchestrator:externalPostgres.serviceNamespace: is missing",
    ],
    [
      {
        externalPostgres: { serviceName: "pg", serviceNamespace: "db", existingSecret: { name: "s" } },
        postgres: {},
      },
      "  - orchestrator:postgres: has no effect beside externalPostgres; remove one: pulumi config rm postgres",
    ],
    [
      { rhdhSecret: { keys: { gitlabToken: "GITHUB_TOKEN" } } },
      '  - orchestrator:rhdhSecret.keys.gitlabToken is "GITHUB_TOKEN": is the key of "githubToken" too; each needs its own',
    ],
  ])("%j", (values, message) => {
    expect(mistakes(values)).toEqual([message]);
  });

  it("a role for a token that it does not make", () => {
    expect(mistakes({ clusterAccess: { role: "read" } }, { clusterToken: "t" })).toEqual([
      "  - orchestrator:clusterAccess: has no effect beside clusterToken; remove one: pulumi config rm clusterAccess",
    ]);
  });

  it("all mistakes at once, of single settings and of their combination", () => {
    const found = mistakes({
      tekton: {},
      operator: { approval: "x", chanel: "y" },
      clusterUrl: "z",
      foo: "w",
    });
    expect(found).toHaveLength(5);
  });

  it("without showing the value of a setting that should be secret", () => {
    const found = mistakes({ githubToken: "ghp_plain", clusterToken: "" }, { emailPassword: "" });
    expect(found).toHaveLength(4);
    expect(found.join()).not.toContain("ghp_plain");
  });
});
