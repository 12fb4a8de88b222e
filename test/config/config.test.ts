import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { singletons } from "../../components/cluster/claims";
import { prerequisitesOf } from "../../components/cluster/plan";
import type { Config } from "../../config";
import { whyUnsupported } from "../../config/profiles";
import { structured } from "../../config/schema";
import { operatorPlatformOf, parseConfig, platformOf, warningsOf } from "../support/config";

type Values = Readonly<Record<string, string | object>>;

/** Settings as the engine would hand them over; those in `secrets` as encrypted ones. */
function rawOf(values: Values = {}, secrets: Readonly<Record<string, string>> = {}) {
  const texts = Object.entries({ ...values, ...secrets }).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return {
    project: "orchestrator",
    folder: ".",
    values: Object.fromEntries(texts) as Record<string, string>,
    isSecret: (key: string) => key in secrets,
  };
}

const parse = (...given: Parameters<typeof rawOf>): Config => parseConfig(rawOf(...given));

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
  const platform = operatorPlatformOf(config);

  it("installs 1.2 the way its documentation names things", () => {
    expect(platform.namespaces).toMatchObject({
      orchestrator: { name: "orchestrator", existing: false },
      rhdh: { name: "rhdh-operator", existing: false },
      sonataflow: { name: "sonataflow-infra", existing: false },
    });
    expect(platform.subscription).toMatchObject({
      approval: "Manual",
      startingCSV: "orchestrator-operator.v1.2.3",
    });
    expect(platform.credentials.name).toBe("backstage-backend-auth-secret");
    expect(platform.database.kind).toBe("reference");
  });

  it("needs nothing but a cluster", () => {
    expect(prerequisitesOf(config)).toEqual([]);
  });
});

it("takes numbers for quantities, and keeps the other defaults beside what is set", () => {
  const { database } = platformOf(
    parse({ postgres: { storage: 1e9, resources: { requests: { cpu: 0.5 }, limits: { cpu: 2 } } } }),
  );
  expect(database).toMatchObject({
    storage: "1000000000",
    resources: { requests: { cpu: "0.5", memory: "256Mi" }, limits: { cpu: "2", memory: "512Mi" } },
  });
});

it("pins no version where the channel is followed", () => {
  const { subscription } = operatorPlatformOf(parse({ operator: { approval: "Automatic" } }));
  expect(subscription.startingCSV).toBeUndefined();
});

it("looks at the cluster to refuse, to warn, or not at all", () => {
  expect(parse().cluster.preflight).toBe(true);
  expect(parse({ preflight: "warn" }).cluster.preflight).toBe("warn");
  expect(parse({ preflight: "false" }).cluster.preflight).toBe(false);
});

it("keeps secret settings secret", async () => {
  const { githubToken } = platformOf(parse({}, { githubToken: "ghp_x" })).credentials.given;
  expect(await (githubToken as pulumi.Output<string> & { isSecret: Promise<boolean> }).isSecret).toBe(true);
});

it("takes namespaces of yours, your database and its Secret for granted", () => {
  const config = parse({
    namespaces: { sonataflow: { name: "flows", existing: true } },
    externalPostgres: { serviceName: "pg", serviceNamespace: "db", existingSecret: { name: "login" } },
  });
  expect(prerequisitesOf(config)).toEqual([
    { apiVersion: "v1", kind: "Namespace", name: "flows" },
    {
      apiVersion: "v1",
      kind: "Secret",
      namespace: "flows",
      name: "login",
      keys: {
        "externalPostgres.existingSecret.userKey": "postgres-username",
        "externalPostgres.existingSecret.passwordKey": "postgres-password",
      },
    },
    { apiVersion: "v1", kind: "Service", namespace: "db", name: "pg" },
  ]);
});

it("takes an Argo CD of yours, where its documentation puts it, when gitops is merely there", () => {
  const config = parse({ gitops: {} });
  expect(config.platform?.gitops).toMatchObject({ namespace: "orchestrator-gitops", install: false });
  expect(prerequisitesOf(config)).toEqual([
    {
      apiVersion: "v1",
      kind: "Namespace",
      name: "orchestrator-gitops",
      hint: expect.stringMatching(/gitops\.namespace <name>, .* gitops\.install true$/) as string,
    },
  ]);
});

it("gives each operator that it installs a namespace of its own, out of reach of the Manual approval", () => {
  const config = parse({ gitops: { install: true }, tekton: { install: true } });
  expect(prerequisitesOf(config)).toEqual([]);
  const { subscription, gitops, pipelines } = operatorPlatformOf(config);
  expect([subscription, gitops?.operator, pipelines?.operator].map((of) => of?.namespace)).toEqual([
    "orchestrator-operator",
    "openshift-gitops-operator",
    "openshift-pipelines-operator",
  ]);
});

it("counts only those operators as its own that it installs", () => {
  const { dependencies } = operatorPlatformOf(
    parse({ serverless: { install: false }, rhdh: { install: false } }),
  );
  expect(dependencies).toMatchObject([
    { package: "logic-operator-rhel8", namespace: "openshift-serverless-logic" },
  ]);
});

it("takes a workflow namespace by its name alone, as one to make, without limits and without anybody in it", () => {
  expect(parse({ workflowNamespaces: [{ name: "loans" }] }).workflowNamespaces).toEqual([
    { name: "loans", existing: false, access: [], workflows: [], manifests: [], isPlatformNamespace: false },
  ]);
  expect(parse().workflowNamespaces).toEqual([]);
});

it("takes a quota's numbers as the texts that the cluster knows, and lets whoever is named edit", () => {
  const [loans] = parse({
    workflowNamespaces: [
      { name: "loans", quota: { pods: 10, "limits.memory": "8Gi" }, access: [{ group: "team" }] },
    ],
  }).workflowNamespaces;
  expect(loans?.quota).toEqual({ pods: "10", "limits.memory": "8Gi" });
  expect(loans?.access).toEqual([{ group: "team", role: "edit" }]);
});

it("knows the platform's own namespace among those of workflows, but only where it installs the platform", () => {
  const isPlatformNamespace = (values: Values, ...names: string[]) =>
    parse({ ...values, workflowNamespaces: names.map((name) => ({ name })) }).workflowNamespaces.map(
      (entry) => entry.isPlatformNamespace,
    );
  const namespaces = { sonataflow: { name: "flows" } };
  expect(isPlatformNamespace({ namespaces }, "flows", "sonataflow-infra")).toEqual([true, false]);
  expect(isPlatformNamespace({ install: "false" }, "sonataflow-infra")).toEqual([false]);
});

it("needs the workflow namespaces that it does not make, and none of a platform that it does not install", () => {
  const workflowNamespaces = [{ name: "theirs", existing: true }, { name: "ours" }];
  const theirs = { apiVersion: "v1", kind: "Namespace", name: "theirs" };
  expect(prerequisitesOf(parse({ workflowNamespaces }))).toEqual([theirs]);
  const platform = { namespaces: { rhdh: { existing: true } }, gitops: {}, tekton: { install: true } };
  const config = parse({ ...platform, workflowNamespaces });
  expect(prerequisitesOf(config)).toHaveLength(3);
  expect(singletons(config)).toHaveLength(1);
  const beside = parse({ install: "false", workflowNamespaces });
  expect(prerequisitesOf(beside)).toEqual([theirs]);
  expect(singletons(beside)).toEqual([]);
});

it("lets a stack that installs no platform say only where it is, what to add, and how to get there", () => {
  const added = {
    install: "false",
    existingPlatform: { sonataflowNamespace: "flows", rhdhNamespace: "hub" },
    workflowNamespaces: [{ name: "sonataflow-infra" }, { name: "rhdh-operator" }],
    workflows: { timeoutMinutes: 5 },
    context: "admin",
  };
  expect(mistakes(added)).toEqual([]);
  expect(parse(added).existingPlatform).toMatchObject(added.existingPlatform);
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

it("lets namespaces of the cluster itself be used as they are", () => {
  const existing = { name: "default", existing: true };
  expect(mistakes({ workflowNamespaces: [existing] })).toEqual([]);
  expect(mistakes({ namespaces: { orchestrator: { ...existing, name: "openshift-operators" } } })).toEqual(
    [],
  );
});

describe("refuses", () => {
  it.each<[Values, string]>([
    [{ postgress: {} }, "  - orchestrator:postgress: no such setting; did you mean postgres?"],
    [{ quux: "1" }, "  - orchestrator:quux: no such setting"],
    [
      { operator: { chanel: "x" } },
      "  - orchestrator:operator.chanel: no such setting; did you mean channel?",
    ],
    [{ preflight: "maybe" }, '  - orchestrator:preflight is "maybe": expected true or false or "warn"'],
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
      '  - orchestrator:operator.timeoutMinutes is "soon": expected a whole number of minutes',
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
      {
        operator: { namespace: "openshift-operators" },
        gitops: { install: true, operator: { namespace: "openshift-operators" } },
      },
      '  - orchestrator:gitops.operator.namespace is "openshift-operators": operator.approval Manual would hold this operator\'s InstallPlans there too; give one of the two another namespace',
    ],
    ...["default", "openshift-operators", "kube-system"].map((name): [Values, string] => [
      { namespaces: { orchestrator: { name } } },
      `  - orchestrator:namespaces.orchestrator.name is "${name}": is of the cluster itself, and no stack's to make or to remove; name another, or use it as it is: pulumi config set --path namespaces.orchestrator.existing true`,
    ]),
    [
      { workflowNamespaces: [{ name: "default" }] },
      '  - orchestrator:workflowNamespaces[0].name is "default": is of the cluster itself, and no stack\'s to make or to remove; name another, or use it as it is: pulumi config set --path workflowNamespaces[0].existing true',
    ],
    [
      { gitops: { install: true, namespace: "openshift-gitops" } },
      '  - orchestrator:gitops.namespace is "openshift-gitops": is of the cluster itself, and no stack\'s to make or to remove; name another, or use the Argo CD there: pulumi config set --path gitops.install false',
    ],
    [
      { operator: { namespace: "default" } },
      '  - orchestrator:operator.namespace is "default": is of the cluster itself, and no stack\'s to make or to remove; the operator needs its own, or openshift-operators',
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
      "  - orchestrator:externalPostgres.serviceNamespace: is missing beside serviceName",
    ],
    [
      {
        externalPostgres: { serviceName: "pg", serviceNamespace: "db", existingSecret: { name: "s" } },
        postgres: {},
      },
      "  - orchestrator:postgres: has no effect beside externalPostgres, but for keepData; remove one: pulumi config rm postgres",
    ],
    [
      { rhdhSecret: { keys: { gitlabToken: "GITHUB_TOKEN" } } },
      '  - orchestrator:rhdhSecret.keys.gitlabToken is "GITHUB_TOKEN": is the key of "githubToken" too; each needs its own',
    ],
    [
      { orchestrator: { version: "1.10" }, spec: { application: { extraEnvs: null } } },
      "  - orchestrator:spec.application.extraEnvs is null: is what this program sets itself; spec adds to that, and each other field has a setting of its own",
    ],
    [
      { spec: { rhdhOperator: { secretRef: { name: "our-own-secret" } } } },
      '  - orchestrator:spec.rhdhOperator.secretRef.name is "our-own-secret": is what this program sets itself; spec adds to that, and each other field has a setting of its own',
    ],
    [
      { spec: { postgres: { serviceName: "other" } } },
      '  - orchestrator:spec.postgres.serviceName is "other": is what this program sets itself; spec adds to that, and each other field has a setting of its own',
    ],
    [
      {
        orchestrator: { version: "1.10" },
        spec: { application: { appConfig: { configMaps: "mine" } } },
      },
      '  - orchestrator:spec.application.appConfig.configMaps is "mine": is what this program sets itself; spec adds to that, and each other field has a setting of its own',
    ],
    [
      { clusterUrl: "api.mgmt.example.com:6443" },
      '  - orchestrator:clusterUrl is "api.mgmt.example.com:6443": expected a URL such as https://api.example.com:6443',
    ],
    [
      { emailHostname: "smtp.example.com " },
      '  - orchestrator:emailHostname is "smtp.example.com ": expected a text without blanks at its ends, line ends and other control characters',
    ],
    [
      { rhdhSecret: { keys: { githubToken: "github.token" } } },
      '  - orchestrator:rhdhSecret.keys.githubToken is "github.token": expected the name of an environment variable such as "GITHUB_TOKEN" (letters, digits, "_")',
    ],
    [
      { operator: { timeoutMinutes: 1e6 } },
      "  - orchestrator:operator.timeoutMinutes is 1000000: expected at most 10080 minutes, a week",
    ],
    [{ postgres: { storage: 0 } }, '  - orchestrator:postgres.storage is "0": expected more than nothing'],
    [
      { postgres: { resources: { limits: { memory: "512m" } } } },
      '  - orchestrator:postgres.resources.limits.memory is "512m": expected bytes such as "512Mi"; "m" stands for thousandths',
    ],
    [
      { postgres: { resources: { requests: { memory: "1Gi" } } } },
      '  - orchestrator:postgres.resources.requests.memory is "1Gi": is above postgres.resources.limits.memory, which is 512Mi; raise that too',
    ],
    [
      { platform: { resources: { requests: { cpu: 2 }, limits: { cpu: "1500m" } } } },
      '  - orchestrator:platform.resources.requests.cpu is "2": is above platform.resources.limits.cpu, which is 1500m; raise that too',
    ],
    [
      { workflowNamespaces: [{ name: "a", quota: { "limits memory": 1 } }] },
      '  - orchestrator:workflowNamespaces[0].quota.limits memory is "limits memory": expected a resource such as "limits.memory" or "count/deployments.apps"',
    ],
    [
      { orchestrator: { name: "o".repeat(54) } },
      `  - orchestrator:orchestrator.name is "${"o".repeat(54)}": expected at most 53 characters: the operator makes a Helm release of this name`,
    ],
    [
      { orchestrator: { version: "1.10" }, rhdh: { name: "h".repeat(38) } },
      `  - orchestrator:rhdh.name is "${"h".repeat(38)}": expected at most 37 characters: its database is the StatefulSet backstage-psql-<name>`,
    ],
    [
      {
        orchestrator: { version: "1.10" },
        rhdh: { name: "h".repeat(37) },
        namespaces: { rhdh: { name: "n".repeat(16) } },
      },
      `  - orchestrator:rhdh.name is "${"h".repeat(37)}": makes the host name backstage-${"h".repeat(37)}-${"n".repeat(16)}, with namespaces.rhdh.name, which may have 63 characters`,
    ],
    [
      { externalPostgres: { serviceName: "pg", serviceNamespace: "db", existingSecret: { name: "a..b" } } },
      '  - orchestrator:externalPostgres.existingSecret.name is "a..b": expected a name such as "my-secret" (a-z, 0-9, "-" and ".")',
    ],
    [
      {
        orchestrator: { version: "1.10" },
        spec: {
          application: { extraEnvs: { envs: [{ name: "A" }, { name: "BACKEND_SECRET", value: "x" }] } },
        },
      },
      '  - orchestrator:spec.application.extraEnvs.envs[1].name is "BACKEND_SECRET": is what Developer Hub\'s Secret has under that key; choose another for one of the two: rhdhSecret.keys.backendSecret',
    ],
    [{ install: "maybe" }, '  - orchestrator:install is "maybe": expected true or false'],
    [
      { existingPlatform: { rhdhNamespace: "hub" } },
      "  - orchestrator:existingPlatform: has no effect with a platform of the stack's own; remove it: pulumi config rm existingPlatform",
    ],
    [
      { install: "false", existingPlatform: { version: "1.6" } },
      `  - orchestrator:existingPlatform.version is "1.6": ${whyUnsupported("1.6") ?? ""}`,
    ],
    [
      { workflows: { deleteForeign: "yes" } },
      '  - orchestrator:workflows.deleteForeign is "yes": expected true or false',
    ],
    [
      { workflowNamespaces: "loans" },
      '  - orchestrator:workflowNamespaces is "loans": expected a list; set one value with: pulumi config set --path workflowNamespaces[0].<name> <value>',
    ],
    [{ install: "false", foo: "1" }, "  - orchestrator:foo: no such setting"],
    [
      { workflowNamespaces: { loans: {} } },
      "  - orchestrator:workflowNamespaces is a structure: expected a list",
    ],
  ])("%j", (values, message) => {
    expect(mistakes(values)).toEqual([message]);
  });

  it.each<[string, readonly object[], readonly string[]]>([
    ["one without a name", [{}], ["[0].name: is missing"]],
    [
      "one whose name the cluster would refuse",
      [{ name: "Loans" }],
      ['[0].name is "Loans": expected a name such as "sonataflow-infra" (a-z, 0-9 and "-")'],
    ],
    [
      "two of one name",
      [{ name: "a" }, { name: "b" }, { name: "a" }],
      ['[2].name is "a": is the namespace of "workflowNamespaces[0]" too; each needs its own'],
    ],
    [
      "one that the platform or an operator has",
      [{ name: "rhdh-operator" }, { name: "orchestrator" }, { name: "orchestrator-gitops" }, { name: "olm" }],
      [
        '[0].name is "rhdh-operator": is the namespace of "rhdh" too; each needs its own',
        '[1].name is "orchestrator": is the namespace of "orchestrator" too; each needs its own',
        '[2].name is "orchestrator-gitops": is the namespace of "gitops" too; each needs its own',
        '[3].name is "olm": is the namespace of "operator.namespace" too; each needs its own',
      ],
    ],
    [
      "more than workflows for the platform's own",
      [
        {
          name: "sonataflow-infra",
          existing: true,
          argocdNamespace: "cd",
          quota: { pods: 1 },
          access: [{ user: "me" }],
        },
      ],
      ["existing", "argocdNamespace", "quota", "access"].map(
        (field) => `[0].${field}: is not for the platform's own namespace sonataflow-infra`,
      ),
    ],
    [
      "the platform's own twice",
      [{ name: "sonataflow-infra" }, { name: "sonataflow-infra" }],
      ['[1].name is "sonataflow-infra": is the namespace of "workflowNamespaces[0]" too; each needs its own'],
    ],
    [
      "access for nobody, and for two at once",
      [{ name: "a", access: [{ role: "view" }, { group: "team", user: "me" }, { group: "team" }] }],
      [
        "[0].access[0] is a structure: expected a group or a user",
        "[0].access[1] is a structure: expected a group or a user",
      ],
    ],
    [
      "a role that is not given away",
      [{ name: "a", access: [{ group: "team", role: "cluster-admin" }] }],
      ['[0].access[0].role is "cluster-admin": expected "admin" or "edit" or "view"'],
    ],
    [
      "a quota that is no quantity",
      [{ name: "a", quota: { "limits.memory": "lots", pods: 1.5 } }],
      [
        expect.stringMatching(/^\[0\]\.quota\S* is "lots": expected a Kubernetes quantity/),
        expect.stringMatching(/^\[0\]\.quota\.pods is 1\.5: /),
      ],
    ],
    [
      "misspelled fields, with the one that was meant",
      [{ name: "a", acess: [], access: [{ usr: "x", user: "me" }] }],
      [
        "[0].access[0].usr: no such setting; did you mean user?",
        "[0].acess: no such setting; did you mean access?",
      ],
    ],
    [
      "files that are no list",
      [{ name: "a", workflows: "flows" }],
      ['[0].workflows is "flows": expected a list'],
    ],
  ])("among the workflow namespaces %s", (_, workflowNamespaces, expected) => {
    const prefix = "  - orchestrator:workflowNamespaces";
    const found = mistakes({ workflowNamespaces, gitops: {}, operator: { namespace: "olm" } });
    expect(found.map((mistake) => mistake.replace(prefix, ""))).toEqual(expected);
  });

  it("each setting of a platform that it does not install, with the command that removes it", () => {
    const found = mistakes(
      { install: "false", namespaces: {}, clusterUrl: "https://api.example.com", workflowNamespaces: [] },
      { githubToken: "ghp_planted" },
    );
    expect(found).toEqual(
      ["namespaces", "clusterUrl", "githubToken"].map(
        (key) =>
          `  - orchestrator:${key}: has no effect while install is false; remove it: pulumi config rm ${key}`,
      ),
    );
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

  it("an encrypted value where it would be in plain text, and does not show it", () => {
    const structures = Object.fromEntries(
      Object.keys(structured).map((key) => [key, JSON.stringify({ any: "planted" })]),
    );
    for (const [key, value] of Object.entries({ ...structures, context: "x", rotateBackendSecret: "x" })) {
      const [first] = mistakes({}, { [key]: value });
      expect(first).toContain(
        `  - orchestrator:${key}: has an encrypted value, which would be in plain text`,
      );
      expect(first).not.toContain("planted");
    }
    expect(mistakes({}, { spec: "{}" }).join()).toContain("put it into a Secret of yours, and its name here");
    expect(mistakes({}, { clusterUrl: "planted" }).join()).not.toContain("planted");
  });

  it.each(["ghp_planted\r", " ghp_planted", "ghp_planted\n", "ghp_pl\u0000anted"])(
    "a token that no token can be, without showing it: %j",
    (githubToken) => {
      expect(mistakes({}, { githubToken })).toEqual([
        "  - orchestrator:githubToken: expected a text without blanks at its ends, line ends and other control characters",
      ]);
    },
  );

  it("one half of what has two, whichever it is", () => {
    expect(mistakes({ githubClientId: "x", emailUsername: "x" }, { gitlabToken: "x" })).toEqual([
      "  - orchestrator:githubClientId: has no effect without githubClientSecret",
      "  - orchestrator:emailUsername: has no effect without emailPassword",
      "  - orchestrator:gitlabToken: has no effect without gitlabHost",
    ]);
    const direct = { orchestrator: { version: "1.10" } };
    const metadata = "https://id.example.com/.well-known/openid-configuration";
    expect(mistakes({ ...direct, oidcMetadataUrl: metadata }, { gitlabClientSecret: "x" })).toEqual([
      "  - orchestrator:gitlabClientSecret: has no effect without gitlabClientId",
      "  - orchestrator:oidcMetadataUrl: has no effect without oidcClientId and oidcClientSecret",
    ]);
    expect(mistakes({ ...direct, oidcClientId: "x" }, { oidcClientSecret: "x" })).toEqual([
      "  - orchestrator:oidcClientId: has no effect without oidcMetadataUrl",
    ]);
    expect(mistakes({ ...direct, gitlabHost: "x" })).toEqual([
      "  - orchestrator:gitlabHost: has no effect without gitlabToken, or gitlabClientId and gitlabClientSecret",
    ]);
    expect(
      mistakes({ ...direct, gitlabHost: "x", gitlabClientId: "x" }, { gitlabClientSecret: "x" }),
    ).toEqual([]);
  });

  it("without showing the value of a setting that should be secret", () => {
    const found = mistakes(
      { githubToken: "ghp_plain", clusterToken: "", emailUsername: "me" },
      { emailPassword: "" },
    );
    expect(found).toHaveLength(3);
    expect(found.join()).not.toContain("ghp_plain");
  });

  it("a kubeconfig that is a path, or that anybody could read", () => {
    const contents = "{clusters: [{name: a, cluster: {server: https://planted.example}}]}";
    const path = mistakes({}, { kubeconfig: "~/.kube/config" });
    expect(path).toEqual([
      expect.stringMatching(/:kubeconfig: expected the contents of a kubeconfig, and no path/),
    ]);
    expect(mistakes({ kubeconfig: "~/.kube/config" })).toEqual(path);
    const plain = mistakes({ kubeconfig: contents });
    expect(plain).toEqual([expect.stringMatching(/:kubeconfig: is stored as plain text/)]);
    expect(plain.join()).not.toContain("planted");
    expect(parse({}, { kubeconfig: contents }).cluster.connection.kubeconfig).toBe(contents);
  });
});

describe("warns", () => {
  const direct = { orchestrator: { version: "1.10" } };
  const of = (values: Values, secrets?: Readonly<Record<string, string>>) =>
    warningsOf(rawOf(values, secrets)).map((warning) => warning.replace(/[:,].*/, ""));

  it("where nobody can log in to Developer Hub", () => {
    expect(of(direct)).toEqual(["Nobody can log in to Developer Hub"]);
    const spec = { application: { appConfig: { configMaps: [{ name: "our-login" }] } } };
    expect(of({ ...direct, spec })).toEqual([]);
    expect(of({ ...direct, rhdh: { guestProvider: true } })).toEqual([]);
    expect(of({ ...direct, rhdh: { install: false } })).toEqual([]);
    for (const way of ["github", "gitlab"])
      expect(of({ ...direct, [`${way}ClientId`]: "x" }, { [`${way}ClientSecret`]: "x" })).toEqual([]);
    const oidcMetadataUrl = "https://id.example.com/.well-known/openid-configuration";
    expect(of({ ...direct, oidcMetadataUrl, oidcClientId: "x" }, { oidcClientSecret: "x" })).toEqual([]);
  });

  it("of credentials that nothing reads", () => {
    const quiet = { rhdh: { guestProvider: true } };
    expect(of({ ...direct, ...quiet, emailHostname: "smtp" })).toEqual(["emailHostname"]);
    expect(of({ emailHostname: "smtp", plugins: { notificationsEmail: { enabled: true } } })).toEqual([]);
    expect(of({ gitlabHost: "git" }, { gitlabToken: "x" })).toEqual(["gitlabHost"]);
    expect(of({ orchestrator: { version: "1.4" }, gitlabHost: "git" }, { gitlabToken: "x" })).toEqual([]);
    expect(of({})).toEqual([]);
  });
});
