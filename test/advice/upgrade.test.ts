import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installedOn } from "../../advice/move";
import { adviseUpgrade } from "../../advice/upgrade";
import { textOfAdvice } from "../../advice/upgradeText";
import { releaseNamed } from "../../cli/config";
import type { RawConfig } from "../../config";
import { installationLabel } from "../../config/names";
import { profiles, profileOf } from "../../config/profiles";
import { changes } from "../../config/upgrades/changes";
import { laterThan, wayTo } from "../../config/upgrades/ways";
import { ApiServer, object } from "../support/apiServer";

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
});
afterEach(() => {
  api.stop();
});

const raw = (values: Readonly<Record<string, object | string>>): RawConfig => ({
  project: "orchestrator",
  values: Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  ),
  isSecret: () => false,
  folder: process.cwd(),
});
const advise = async (values: Readonly<Record<string, object | string>>, to?: string) =>
  adviseUpgrade(api.cluster, { raw: raw(values), to, installed: await installedOn(api.cluster) });

const olm = "operators.coreos.com/v1alpha1";
const subscribed = (name: string, namespace: string, channel: string, csv: string, labels = {}) =>
  object(
    olm,
    "Subscription",
    `${namespace}/${name}`,
    {
      spec: {
        name,
        channel,
        source: "redhat-operators",
        sourceNamespace: "openshift-marketplace",
        installPlanApproval: name === "logic-operator" ? "Manual" : "Automatic",
      },
      status: { installedCSV: csv, currentCSV: csv, state: "AtLatestKnown" },
    },
    { labels },
  );
const put1_10 = (labels: object = { [installationLabel]: "me" }) => {
  api.put(
    object("config.openshift.io/v1", "ClusterVersion", "version", {
      status: { desired: { version: "4.18.3" } },
    }),
    object(olm, "CatalogSource", "openshift-marketplace/redhat-operators", {
      status: { connectionState: { lastObservedState: "READY" } },
    }),
    object(
      "storage.k8s.io/v1",
      "StorageClass",
      "standard",
      {},
      { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    ),
    subscribed(
      "serverless-operator",
      "openshift-serverless",
      "stable",
      "serverless-operator.v1.37.1",
      labels,
    ),
    subscribed("logic-operator", "openshift-serverless-logic", "stable", "logic-operator.v1.38.1", labels),
    subscribed("rhdh", "rhdh-operator", "fast-1.10", "rhdh-operator.v1.10.3", labels),
  );
};

describe("the ways between releases", () => {
  it("are those that up allows", () => {
    const all = profiles.flatMap((from) =>
      laterThan(from).map((to) => {
        const how = wayTo(from, to).map((step) => `${step.how} to ${step.to.version}`);
        return `${from.version}: ${how.join(", ")}`;
      }),
    );
    expect(all).toMatchInlineSnapshot(`
      [
        "1.2: in place to 1.3",
        "1.2: anew to 1.4",
        "1.2: anew to 1.4, anew to 1.7",
        "1.2: anew to 1.4, anew to 1.8",
        "1.2: anew to 1.4, anew to 1.9",
        "1.2: anew to 1.4, anew to 1.10",
        "1.2: anew to 1.4, anew to 2.1",
        "1.3: anew to 1.4",
        "1.3: anew to 1.4, anew to 1.7",
        "1.3: anew to 1.4, anew to 1.8",
        "1.3: anew to 1.4, anew to 1.9",
        "1.3: anew to 1.4, anew to 1.10",
        "1.3: anew to 1.4, anew to 2.1",
        "1.4: anew to 1.7",
        "1.4: anew to 1.8",
        "1.4: anew to 1.9",
        "1.4: anew to 1.10",
        "1.4: anew to 2.1",
        "1.7: in place to 1.8",
        "1.7: in place to 1.8, workflows out to 1.9",
        "1.7: in place to 1.8, workflows out to 1.9, workflows out to 1.10",
        "1.7: in place to 1.8, workflows out to 1.9, workflows out to 1.10, workflows out to 2.1",
        "1.8: workflows out to 1.9",
        "1.8: workflows out to 1.9, workflows out to 1.10",
        "1.8: workflows out to 1.9, workflows out to 1.10, workflows out to 2.1",
        "1.9: workflows out to 1.10",
        "1.9: workflows out to 1.10, workflows out to 2.1",
        "1.10: workflows out to 2.1",
      ]
    `);
  });

  it("say why they are not in place", () => {
    const why = (from: "1.3" | "1.4" | "1.8" | "1.10", to: "1.4" | "1.7" | "1.9" | "2.1") =>
      wayTo(profileOf(from), profileOf(to)).map(({ why }) => why);
    expect(why("1.3", "1.4")).toEqual([expect.stringContaining("is v1alpha2, that of 1.3 is v1alpha1")]);
    expect(why("1.4", "1.7")).toEqual([expect.stringContaining("has no operator of its own")]);
    expect(why("1.8", "1.9")).toEqual([
      "Serverless Logic goes from logic-operator-rhel8 1.36 to logic-operator 1.37",
    ]);
    expect(why("1.10", "2.1")).toEqual([
      "Serverless Logic goes from logic-operator 1.38 to logic-operator 1.39",
    ]);
  });

  it("know of no release that is not there, and name a source for all that changes", () => {
    expect(
      Object.keys(changes).filter((version) => !profiles.some((profile) => profile.version === version)),
    ).toEqual([]);
    for (const { text, source, who } of Object.values(changes).flat()) {
      expect(text).toMatch(/\.$/);
      expect(who).not.toMatch(/\.$/);
      expect(source).not.toBe("");
    }
  });
});

describe("the advice for a stack", () => {
  it("is one screen, also of what does not affect it, and writes nothing", async () => {
    put1_10();
    api.put(object("sonataflow.org/v1alpha08", "SonataFlow", "loans/greeting"));
    const found = await advise({
      orchestrator: { version: "1.10" },
      workflowNamespaces: [{ name: "loans", workflows: ["test/e2e/workflows/plain.yaml"] }],
    });
    expect(textOfAdvice({ ...found, cluster: "https://api.example.com:6443" })).toMatchInlineSnapshot(`
      "Orchestrator 1.10 on https://api.example.com:6443

      On the cluster
        · serverless-operator.v1.37.1 (Subscription openshift-serverless/serverless-operator)
        · logic-operator.v1.38.1 (Subscription openshift-serverless-logic/logic-operator)
        · rhdh-operator.v1.10.3 (Subscription rhdh-operator/rhdh)

      What can follow
        · 2.1: workflows out

      From 1.10 to 2.1, workflows out: Serverless Logic goes from logic-operator 1.38 to logic-operator 1.39
        1. Rebuild the images of workflows with the profile \`gitops\`, with the builder of the new version, under a new tag.
        2. Back up the database of the platform.
        3. Take the workflows of others out: in each stack of a team, empty the list of each of its \`workflowNamespaces\`, and delete what else there is. \`pulumi preview\` with the new release names them, with the command for each.
        4. Move. \`up\` takes this stack's workflows out before, and puts them back after, from the files as they are then:
            pulumi config set --path orchestrator.version 2.1
            pulumi preview
            pulumi up
        5. Put the workflows of others back.

      What becomes something else by itself
        · serverlessLogic.subscription.startingCSV: logic-operator.v1.38.1 becomes logic-operator.v1.39.2
        · rhdh.subscription.channel: fast-1.10 becomes fast-2.1

      What 2.1 changes, and only you know whether it affects you
        ? The RHDH operator closes Developer Hub's pods, but for DNS, HTTP, HTTPS, PostgreSQL and Redis. The program opens what Orchestrator takes: Data Index, workflows, Argo CD with \`gitops\`, and the API server with \`clusterAccess\`. For other ports, add a NetworkPolicy of yours. It affects whoever has Developer Hub reach other ports, such as those of a catalog or of a database.
            source: redhat-developer/rhdh-operator@main, config/profile/rhdh/default-config/networkpolicy.yaml

      What does not affect you
        ✓ Plugins come from registries only. Developer Hub finds those of its own list by \`ref://<name>\`; a list of yours in \`spec\` must not name folders of the image, nor npm packages. It affects whoever names plugins in \`spec\`, or looks after Developer Hub apart from this stack.
        ✓ The ways to log in are plugins, which the program adds for those that it has settings for; for another, add its plugin. It affects whoever configures another way to log in, in ConfigMaps of \`spec\`.
        ✓ Keycloak has a provider of its own: allow the address \`<rhdhUrl>/api/auth/keycloak/handler/frame\` in the client at Keycloak before you move. Users of other OIDC providers are named by their mail address, no longer by their user name. It affects whoever lets people log in with OIDC.
        ✓ A ConfigMap with an app-config has exactly one key. It affects whoever names ConfigMaps in \`spec.application.appConfig\`.
        ✓ The assistant's flavour is called \`intelligent-assistant\`, no longer \`lightspeed\`. The operator refuses what it does not know. It affects whoever names \`lightspeed\` in \`spec.flavours\`.
        ✓ Frontend plugins of the new kind show up by themselves. What a list of yours says in \`dynamicPlugins.frontend\` registers no routes. It affects whoever names frontend plugins in \`spec\`.

      What pulumi preview would say of 2.1 now
        ! Orchestrator 2.1 is for OpenShift 4.19 to 4.22, and this is 4.18.3: its catalogs may lack a version that the operator or those it installs need
        ✗ CatalogSource openshift-marketplace/redhat-operators has no package logic-operator; set serverlessLogic.subscription.sourceName
        ✗ CatalogSource openshift-marketplace/redhat-operators has no package rhdh; set rhdh.subscription.sourceName
        ✗ logic-operator.v1.38.1 is moved to logic-operator.v1.39.2 without workflows, and these are not of this stack, which puts back only its own. Take them out, each with its manifest kept, and deploy them again after the move; the database stays. SonataFlow loans/greeting: oc delete sonataflow greeting -n loans"
    `);
    expect(api.writes).toEqual([]);
  });

  it("goes by its settings", async () => {
    const { steps } = await advise({
      orchestrator: { version: "1.10" },
      serverlessLogic: { subscription: { startingCSV: "logic-operator.v1.38.0" } },
      rhdh: { subscription: { channel: "fast-1.10" } },
      spec: { flavours: [{ name: "lightspeed", enabled: true }] },
    });
    expect(steps[0]?.settings).toEqual([
      {
        text: "serverlessLogic.subscription.startingCSV is logic-operator.v1.38.0, and stays so; 2.1 has logic-operator.v1.39.2",
        commands: ["pulumi config rm --path serverlessLogic.subscription.startingCSV"],
      },
      {
        text: "rhdh.subscription.channel is fast-1.10, and stays so; 2.1 has fast-2.1",
        commands: ["pulumi config rm --path rhdh.subscription.channel"],
      },
    ]);
    expect(steps[0]?.defaults).toEqual([]);
    const affects = Object.fromEntries((steps[0]?.warnings ?? []).map(({ who, affects }) => [who, affects]));
    expect(affects).toMatchObject({
      "names `lightspeed` in `spec.flavours`": "yes",
      "names frontend plugins in `spec`": "no",
      "has Developer Hub reach other ports, such as those of a catalog or of a database": "yes",
    });
  });

  it("names the settings that a release has not, in the words of its next up", async () => {
    const { steps } = await advise(
      {
        orchestrator: { version: "1.3" },
        plugins: { notificationsEmail: { enabled: true } },
        tekton: {},
        gitops: {},
      },
      "1.7",
    );
    expect(steps.map(({ from, to, how }) => [from, to, how])).toEqual([
      ["1.3", "1.4", "anew"],
      ["1.4", "1.7", "anew"],
    ]);
    expect(steps[1]?.settings).toContainEqual({
      text: "orchestrator:plugins.notificationsEmail.enabled is true: Orchestrator 1.7 has no such choice; 1.2, 1.3, 1.4 have it",
      commands: ["pulumi config rm --path plugins.notificationsEmail.enabled"],
    });
    expect(steps[0]?.warnings).toContainEqual(
      expect.objectContaining({ who: "sets `tekton`", affects: "yes" }),
    );
  });

  it("takes a later release step by step", async () => {
    const { follows, steps } = await advise({ orchestrator: { version: "1.9" } });
    expect(follows).toEqual([
      { release: "1.10", how: ["workflows out"] },
      { release: "2.1", how: ["workflows out", "workflows out"] },
    ]);
    expect(steps.map(({ from, to }) => `${from} ${to}`)).toEqual(["1.9 1.10", "1.10 2.1"]);
  });

  it("ends with the newest release", async () => {
    const found = await advise({ orchestrator: { version: "2.1" } });
    expect([found.follows, found.steps]).toEqual([[], []]);
    expect(textOfAdvice(found)).toContain("There is no later release.");
  });

  it("does not look at what no stack has made", async () => {
    put1_10({});
    const { steps, installed } = await advise({ orchestrator: { version: "1.10" } });
    expect(steps[0]?.findings).toBeUndefined();
    expect(installed).toHaveLength(3);
  });

  it("is none for a release that is not later, nor for settings with a mistake", async () => {
    await expect(advise({ orchestrator: { version: "1.10" } }, "1.9")).rejects.toThrow(
      '--to is "1.9": the releases after 1.10 are 2.1',
    );
    await expect(advise({ orchestrator: { version: "1.10" }, unknown: "1" })).rejects.toThrow(
      "orchestrator:unknown: no such setting",
    );
    await expect(advise({ install: "false" })).rejects.toThrow("install is false in this stack");
    expect(() => releaseNamed("1.5")).toThrow('--release is "1.5": the releases are 1.2, 1.3');
  });
});

describe("the release on a cluster", () => {
  it("is told by its operators", async () => {
    put1_10();
    expect((await installedOn(api.cluster)).release?.version).toBe("1.10");
    api.put(
      subscribed("orchestrator-operator", "openshift-operators", "stable", "orchestrator-operator.v1.2.3"),
    );
    expect((await installedOn(api.cluster)).release?.version).toBe("1.2");
  });
});
