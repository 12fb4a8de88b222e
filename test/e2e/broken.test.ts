import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { waitFor, type Stack } from "../../sandbox/src";
import { exitCodeOf, textOf, type Report } from "../../status/report";
import { broken, brokenBefore17, forbidden, plain, unreachable, type Seen } from "../support/brokenInstall";
import { expired, key } from "../support/certificates";
import { fails, githubToken, ok, World, type Said } from "./world";

/** One world for all: what breaks an install is mended again, also where the test has failed. */
let world: World;
beforeAll(async () => (world = await World.boot()));
afterAll(() => world.stop());

interface Status extends Said {
  readonly report: Report;
}

async function status(kubeconfig?: string): Promise<Status> {
  const said = await world.command("status/cli.ts", ["-o", "json"], kubeconfig);
  if (said.stdout === "") throw new Error(`status ended with ${said.code}: ${said.stderr}`);
  return { ...said, report: JSON.parse(said.stdout) as Report };
}

/** What is not well, in words that are always the same. */
const troublesIn = ({ categories }: Report): Seen[] =>
  categories.flatMap(({ name: category, lines }) =>
    lines
      .filter(({ state }) => state === "waiting" || state === "broken")
      .map(({ state, text, next }) => ({
        category,
        state,
        text: plain(text),
        ...(next !== undefined && { next: plain(next) }),
      })),
  );

/** Waits until the status is this, with the exit status that belongs to it: what was done takes a while to show. */
const becomes = (expected: readonly Seen[], kubeconfig?: string): Promise<Status> =>
  vi.waitFor(
    async () => {
      const found = await status(kubeconfig);
      expect(troublesIn(found.report), textOf(found.report)).toEqual(expected);
      const isBroken = expected.some(({ state }) => state === "broken");
      expect([found.code, exitCodeOf(found.report)]).toEqual(
        expected.length === 0 ? [0, 0] : isBroken ? [1, 1] : [2, 2],
      );
      return found;
    },
    // Each look is a process of its own.
    { timeout: 90_000, interval: 2_000 },
  );

/** Does what a line says comes next, as an admin would. */
async function next({ report }: Status): Promise<void> {
  const lines = report.categories.flatMap(({ lines }) => lines);
  const [command = ""] = lines.flatMap(({ next }) => (next?.startsWith("oc ") ? [next] : []));
  const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  await world.kubectl(...args.slice(1));
}

/** Deletes an object. @returns what puts it back, as it was, but for what is changed of its spec. */
async function takeAway(...args: string[]): Promise<(changes?: object) => Promise<void>> {
  const object = await world.json<{
    metadata: { name: string; namespace?: string; labels?: object; annotations?: object };
    spec?: object;
  }>(...args);
  const { metadata, spec } = object;
  const { name, namespace, labels, annotations } = metadata;
  await world.kubectl("delete", ...args);
  return async (changes) => {
    if (await world.exists(...args)) return;
    await world.apply({
      ...object,
      status: undefined,
      metadata: { name, namespace, labels, annotations },
      ...(spec && { spec: { ...spec, ...changes } }),
    });
  };
}

const sonataflow = ["-n", "sonataflow-infra"] as const;
const dataIndex = "sonataflow-platform-data-index-service";
const database = "sonataflow-psql-postgresql";
const subscription = ["subscription.operators.coreos.com", "rhdh", "-n", "rhdh-operator"] as const;
const merge = (kind: string, name: string, namespace: string, patch: object) =>
  world.kubectl("patch", kind, name, "-n", namespace, "--type", "merge", "-p", JSON.stringify(patch));
const base64 = (text: string) => Buffer.from(text).toString("base64");
/** Its pods go, and others come. */
const restart = (name: string) =>
  world.kubectl("delete", "pod", "-l", `app=${name}`, ...sonataflow, "--wait=false");

const installedCsv = () => world.kubectl("get", ...subscription, "-o", "jsonpath={.status.installedCSV}");

/** Installs Developer Hub's operator anew, in a way that somebody has to approve. */
async function reinstall(): Promise<void> {
  const csv = await installedCsv();
  const back = await takeAway(...subscription);
  await world.kubectl("delete", "csv", csv, "-n", "rhdh-operator");
  await back({ installPlanApproval: "Manual" });
}

/** Has the password in the platform's Secret be another one than the server's, and Data Index started anew. */
async function changePassword(): Promise<void> {
  await merge("secret", database, "sonataflow-infra", {
    data: { "postgres-password": base64(otherPassword) },
  });
  await restart(dataIndex);
}
const otherPassword = "planted-other-password";

/** All texts of a bundle, the summary first. */
async function diagnose(
  stack: Stack,
  name: string,
): Promise<{ readonly summary: string; readonly all: string }> {
  const out = join(world.sandbox.dir, name);
  const { code, stderr } = await world.commandOf(stack, "diagnose/cli.ts", "--out", out);
  expect([code, stderr]).toEqual([0, ""]);
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const all = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
  return { summary: plain(readFileSync(join(out, "summary.txt"), "utf8")), all };
}

/** What of a Secret nobody may read; a user name is none. */
async function secretsIn(namespace: string, name: string): Promise<readonly string[]> {
  const { data } = await world.json<{ data: Record<string, string> }>("secret", name, "-n", namespace);
  const secrets = Object.entries(data).filter(([key]) => /PASSWORD|SECRET|TOKEN/i.test(key));
  expect(secrets).not.toEqual([]);
  return secrets.map(([, value]) => Buffer.from(value, "base64").toString("utf8"));
}

/** That a bundle's summary says the same, and that no secret is in any of its files. @returns what is in these */
async function expectDiagnosis(stack: Stack, name: string, expected: readonly Seen[]): Promise<string> {
  const secrets = [
    githubToken,
    otherPassword,
    "planted-workflow-token",
    ...(await secretsIn("sonataflow-infra", database)),
    ...(await secretsIn("rhdh", "backstage-backend-auth-secret")),
  ];
  const { summary, all } = await diagnose(stack, name);
  for (const { text, next } of expected) {
    expect(summary).toContain(text);
    if (next !== undefined) expect(summary).toContain(`next: ${next}`);
  }
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(8);
    expect([all.includes(secret), all.includes(base64(secret))]).toEqual([false, false]);
  }
  return all;
}

/** What the two kinds of advice say, which must not be an error's stack. */
async function advice(stack: Stack): Promise<{ readonly plan: Said; readonly upgrade: Said }> {
  const plan = await world.commandOf(stack, "advice/planDestroy.ts");
  const upgrade = await world.commandOf(stack, "advice/upgradeAdvice.ts");
  for (const { stderr } of [plan, upgrade]) expect(stderr).toBe("");
  return { plan, upgrade };
}

const kubeconfigFor = (cluster: object, token = "t"): string => {
  const file = join(world.sandbox.dir, `kubeconfig-${Math.random().toString(36).slice(2)}`);
  const name = "front";
  const config = {
    "current-context": name,
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
};

const fronts: Server[] = [];
afterAll(() => {
  for (const server of fronts) server.close();
});
async function listening(server: Server): Promise<number> {
  fronts.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** An API server that takes its time for some requests. @returns its kubeconfig */
async function slowed(seconds: number, path: string): Promise<string> {
  const own = await world.kubectl("config", "view", "--raw", "--minify", "-o", "json");
  const { users, clusters } = JSON.parse(own) as {
    users: { user: { token: string } }[];
    clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  };
  const { server = "", "certificate-authority-data": authority = "" } = clusters[0]?.cluster ?? {};
  const ca = Buffer.from(authority, "base64");
  const forward = (from: IncomingMessage, to: ServerResponse) => {
    const { method, headers, url = "/" } = from;
    const onward = request(new URL(url, server), { method, headers, ca }, (answer) => {
      to.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(to);
    });
    from.pipe(onward);
  };
  const port = await listening(
    createServer((from, to) => {
      setTimeout(forward, from.url?.includes(path) ? seconds * 1_000 : 0, from, to);
    }),
  );
  return kubeconfigFor({ server: `http://127.0.0.1:${port}` }, users[0]?.user.token);
}

const workflowNamespaces = [{ name: "loans", workflows: ["test/e2e/workflows/greeting"] }];

async function install(version: string): Promise<Stack> {
  const stack = world.stack(`broken-${version.replace(".", "-")}`, {
    orchestrator: { version },
    workflowNamespaces,
  });
  await stack.setSecret("kubeconfig", readFileSync(world.sandbox.kubeconfig, "utf8"));
  await stack.setSecret("githubToken", githubToken);
  await ok(stack.up(), `up of ${version}`);
  return stack;
}

describe("an install of 1.10", () => {
  let stack: Stack;
  beforeAll(async () => (stack = await install("1.10")));
  afterAll(async () => {
    await ok(stack.destroy(), "destroy of 1.10");
    await world.forget();
  });

  it("is well, and says so", async () => {
    const { report } = await becomes([]);
    expect(report.categories.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["Operators", "Knative", "Platform", "Database", "Developer Hub", "Workflows"]),
    );
    expect(textOf(report)).toContain(
      "✓ SonataFlow loans/greeting runs, is registered with Data Index, and is listed in Developer Hub",
    );
    expect(await expectDiagnosis(stack, "well", [])).toContain("operatorVersions");
  });

  /** Breaks the install, asks for its status, and mends it again. */
  async function trial(
    what: keyof typeof broken,
    spoil: () => Promise<unknown>,
    mend: (found: Status) => Promise<unknown>,
    look: (expected: readonly Seen[]) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    // What one that failed has mended takes its time, too, and is not the trouble of this one.
    await becomes([]);
    let found: Status | undefined;
    try {
      await spoil();
      found = await becomes(broken[what]);
      await look(broken[what]);
    } finally {
      await mend(found ?? (await status()));
    }
    await becomes([]);
  }
  const up = () => ok(stack.up(), "up, which mends it");

  it("says that an InstallPlan waits, and what approves it", async () => {
    await trial("an InstallPlan waits", reinstall, next, async () => {
      const { plan, upgrade } = await advice(stack);
      expect(plan.stdout).toContain("Nothing is in its way.");
      expect(upgrade.stdout).toContain("nothing yet (Subscription rhdh-operator/rhdh)");
    });
  });

  it("says that an operator is missing, first its Subscription, then all of it", async () => {
    const csv = await installedCsv();
    await trial(
      "an operator is missing",
      async () => {
        await takeAway(...subscription);
        await becomes(broken["the Subscription of an operator is gone"]);
        await world.kubectl("delete", "csv", csv, "-n", "rhdh-operator");
      },
      up,
      async () => {
        const { plan, upgrade } = await advice(stack);
        expect(plan.stdout).toContain("Namespaces that go");
        expect(upgrade.stdout).not.toContain("Subscription rhdh-operator/rhdh");
      },
    );
  });

  it("says that the catalog is gone, though all runs", async () => {
    let back = () => Promise.resolve();
    await trial(
      "the catalog is gone",
      async () => (back = await takeAway("catalogsource", "redhat-operators", "-n", "openshift-marketplace")),
      () => back(),
    );
  });

  it("says why Data Index does not start, and where it is only scaled to 0", async () => {
    const image = (value: string | null) =>
      merge("sonataflowplatform", "sonataflow-platform", "sonataflow-infra", {
        spec: { services: { dataIndex: { podTemplate: { container: { image: value } } } } },
      });
    const missing = "registry.example.com/data-index:missing";
    await trial(
      "Data Index's image is missing",
      () => image(missing),
      () => image(null),
    );
    await trial(
      "Data Index is scaled to 0",
      () => world.kubectl("scale", "deployment", dataIndex, ...sonataflow, "--replicas=0"),
      next,
    );
  });

  it("says that a quota keeps pods from starting", async () => {
    await trial(
      "a quota keeps Data Index from starting",
      async () => {
        await world.kubectl("create", "quota", "tight", "--hard=pods=0", ...sonataflow);
        // Before they are counted, it is said that nothing is known of the quota. That of Data Index counts until it is gone.
        const counted = "--for=jsonpath={.status.used.pods}=3";
        await world.kubectl("wait", "quota/tight", ...sonataflow, counted, "--timeout=60s");
        await restart(dataIndex);
      },
      () => world.kubectl("delete", "quota", "tight", ...sonataflow),
    );
  });

  it("says that the database refuses the login, or does not run", async () => {
    await trial("the database refuses the login", changePassword, up, (expected) =>
      expectDiagnosis(stack, "refused", expected),
    );
    await trial(
      "the database does not run",
      () => world.kubectl("scale", "statefulset", database, ...sonataflow, "--replicas=0"),
      () => world.kubectl("scale", "statefulset", database, ...sonataflow, "--replicas=1"),
    );
  });

  it("says which plugin Developer Hub does not get", async () => {
    const config = ["configmap", "dynamic-plugins-rhdh", "-n", "rhdh"] as const;
    const { data } = await world.json<{ data: Record<string, string> }>(...config);
    const [file = "", list = ""] = Object.entries(data)[0] ?? [];
    const none = "oci://ghcr.io/redhat-developer/rhdh-plugin-export-overlays/no-such-plugin:1.0.0";
    const set = (text: string) =>
      merge("configmap", "dynamic-plugins-rhdh", "rhdh", { data: { [file]: text } });
    await trial(
      "a plugin of Developer Hub is missing",
      async () => {
        await set(list.replace("plugins:\n", `plugins:\n  - package: ${none}\n    disabled: false\n`));
        // Else the pod of before serves on, and the operator calls that Deployed.
        await world.kubectl("delete", "deployment", "backstage-backstage", "-n", "rhdh");
      },
      () => set(list),
      (expected) => expectDiagnosis(stack, "plugin", expected),
    );
  });

  it("says that Developer Hub idles, and what wakes it", async () => {
    await trial(
      "Developer Hub idles",
      () => merge("backstage", "backstage", "rhdh", { spec: { application: { replicas: 0 } } }),
      next,
    );
  });

  it("says which ConfigMap a workflow lacks", async () => {
    let back = () => Promise.resolve();
    await trial(
      "a workflow lacks its ConfigMap",
      async () => {
        back = await takeAway("configmap", "01-greeting-resources-schemas", "-n", "loans");
        await world.kubectl("delete", "deployment", "greeting", "-n", "loans");
      },
      () => back(),
    );
  });

  it("says which policy is in the way", async () => {
    let back = () => Promise.resolve();
    await trial(
      "a policy is in the way",
      async () =>
        (back = await takeAway(
          ...["networkpolicy", "allow-external-workflows-to-sonataflow-infra-loans", ...sonataflow],
        )),
      () => back(),
    );
  });

  it("says to one without rights what that is, and that nothing is known", async () => {
    await world.kubectl("create", "serviceaccount", "nobody", "-n", "default");
    const token = (await world.kubectl("create", "token", "nobody", "-n", "default")).trim();
    const { code, report } = await status(await world.kubeconfigOf(token));
    expect(code).toBe(3);
    const [operators, ...others] = report.categories;
    expect(operators?.lines).toEqual([{ state: forbidden.state, text: forbidden.text }]);
    expect(others.every(({ isUnread }) => isUnread)).toBe(true);
    expect(others.length).toBeGreaterThan(3);
  });

  it("says to one whom the API server does not know that a login has expired", async () => {
    const found = await world.command("status/cli.ts", [], await world.kubeconfigOf("of-yesterday"));
    expect(found).toMatchObject({ code: 3, stdout: "", stderr: `${unreachable["an unknown token"]}\n` });
  });

  it("says that a certificate has expired", async () => {
    const port = await listening(createTlsServer({ cert: expired, key }));
    const kubeconfig = kubeconfigFor({
      server: `https://127.0.0.1:${port}`,
      "tls-server-name": "api.test",
      "certificate-authority-data": base64(expired),
    });
    const found = await world.command("status/cli.ts", [], kubeconfig);
    expect(found).toMatchObject({
      code: 3,
      stdout: "",
      stderr: `${unreachable["an expired certificate"]}\n`,
    });
  });

  it("says that the API server is slow", async () => {
    await becomes(broken["the API server is slow"], await slowed(6, "/sonataflowplatforms"));
  });
});

describe("an install of 1.4", () => {
  let stack: Stack;
  beforeAll(async () => (stack = await install("1.4")));
  afterAll(async () => ok(stack.destroy(), "destroy of 1.4"));

  it("is well, and says so", async () => {
    await becomes([]);
  });

  it("stays where it is, though its channel leads on to releases that are not supported", async () => {
    const beyond = "orchestrator-operator.v1.5.0";
    interface InstallPlan {
      readonly spec: { readonly approved: boolean; readonly clusterServiceVersionNames: readonly string[] };
    }
    const plans = async () =>
      (await world.json<{ items: InstallPlan[] }>("installplan", "-n", "orchestrator-operator")).items.filter(
        ({ spec }) => spec.clusterServiceVersionNames.includes(beyond),
      );
    await waitFor(`OLM to plan for ${beyond}`, async () => (await plans()).length > 0);
    expect((await plans()).map(({ spec }) => spec.approved)).toEqual([false]);

    await stack.setConfig("orchestrator", '{"version":"1.5"}');
    expect(await fails(stack.up(), "up, from 1.4.0 to 1.5")).toContain(
      'orchestrator:orchestrator.version is "1.5": Orchestrator 1.5 and 1.6 are not supported',
    );
    await stack.setConfig("orchestrator", '{"version":"1.4"}');
    expect(await world.csvs()).toContain("orchestrator-operator.v1.4.0 Succeeded");
  });

  it("says that the version of an operator was deleted, which pulumi up installs again", async () => {
    await world.kubectl("delete", "csv", "orchestrator-operator.v1.4.0", "-n", "orchestrator-operator");
    await becomes(brokenBefore17["the version of an operator was deleted"]);
    await ok(stack.up(), "up, which mends it");
    await becomes([]);
  });

  it("says which label a namespace lacks, and what puts it back", async () => {
    await world.kubectl("label", "namespace", "loans", "rhdh.redhat.com/workflow-namespace-");
    await next(await becomes(brokenBefore17["a namespace has lost its label"]));
    await becomes([]);
  });

  it("says that the database refuses the login", async () => {
    await changePassword();
    await becomes(broken["the database refuses the login"]);
    await ok(stack.up(), "up, which mends it");
    await becomes([]);
  });
});
