import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configOfRelease, configOfStack } from "../../cli/config";
import { secret as secrets } from "../../config/schema";
import { operatorProfiles, profiles, profileOf, type Profile } from "../../config/profiles";
import { mirrorList, type MirrorList } from "../../mirror/list";
import { textOfList, yamlOfList } from "../../mirror/report";
import { texts, type Values } from "../support/config";
import * as program from "../support/program";
import { crdSpec } from "../support/schema";

/** The settings of a stack with a release, those that have to be secrets as such. */
const given = (version: string, values: Values): Record<string, string> =>
  texts({ orchestrator: { version }, ...values });
const listOf = (version: string, values: Values = {}, openshift = "4.18"): MirrorList =>
  mirrorList(
    configOfStack(
      new Map(
        Object.entries(given(version, values)).map(([key, value]) => [
          key,
          { value, secret: key in secrets },
        ]),
      ),
    ),
    openshift,
  );

const delivery = { gitops: { install: true }, tekton: { install: true } };
const oidc = (metadata: string) => ({
  oidcMetadataUrl: `${metadata}/.well-known/openid-configuration`,
  oidcClientId: "id",
  oidcClientSecret: "secret",
});
const social = {
  githubClientId: "id",
  githubClientSecret: "secret",
  gitlabClientId: "id",
  gitlabClientSecret: "secret",
};

/** Stacks that together want all that a release has. */
function full({ kind, version }: Profile): readonly Values[] {
  if (kind === "operator") {
    const plugins = { notificationsEmail: { enabled: true } };
    return [{ ...delivery, plugins, githubToken: "token" }];
  }
  const rhdh = { guestProvider: true, rbac: { admins: ["user:default/a"] } };
  const stack = { ...delivery, rhdh };
  return ["1.7", "1.8"].includes(version)
    ? [stack]
    : [
        { ...stack, ...social, ...oidc("https://id.example.com") },
        { ...stack, ...oidc("https://id.example.com/realms/developers") },
      ];
}

/** The values that `key` has anywhere in a tree. */
function at(tree: unknown, wanted: (key: string) => boolean): unknown[] {
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([key, value]): unknown[] => [
    ...(wanted(key) ? ([value].flat() as unknown[]) : []),
    ...at(value, wanted),
  ]);
}
const namedAt = (tree: unknown, ...keys: string[]): string[] =>
  at(tree, (key) => keys.includes(key)).filter(
    (value): value is string => typeof value === "string" && !value.startsWith("./"),
  );

describe.each(profiles.map((profile) => [profile.version, profile] as const))("the list of %s", (...args) => {
  const [version, profile] = args;
  const stacks = full(profile);
  const lists = stacks.map((values) => listOf(version, values));

  it("has every package and every image that its profile names", () => {
    const { pipeline, plugins, ...rest } = profile;
    const named = [
      ...namedAt(pipeline, "images"),
      ...namedAt(plugins, "package", "integrity", "index"),
      ...namedAt(rest, "package", "images"),
    ];
    const text = JSON.stringify(lists);
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !text.includes(name))).toEqual([]);
    const pinned = namedAt(rest, "startingCSV").map((csv) => csv.replace(/^.*?\.v/, ""));
    expect(pinned.filter((pin) => !text.includes(`"version":"${pin}"`))).toEqual([]);
  });

  it("has every package, image and plugin that the program makes an object with", async () => {
    for (const [index, values] of stacks.entries()) {
      const all = given(version, values);
      const isSecret = ([key]: readonly [string, unknown]) => key in secrets;
      const seen = await program.run(
        Object.fromEntries(Object.entries(all).filter((entry) => !isSecret(entry))),
        Object.fromEntries(Object.entries(all).filter(isSecret)),
      );
      const { operators, images, plugins } = lists[index] as MirrorList;
      const made = program.objects(seen);
      const subscribed = made.filter(({ id }) => id.startsWith("Subscription "));
      expect(subscribed.length).toBeGreaterThan(2);
      for (const { inputs } of subscribed) {
        const { name, channel, source } = inputs["spec"] as unknown as Readonly<
          Record<"name" | "channel" | "source", string>
        >;
        expect(operators).toContainEqual(expect.objectContaining({ package: name, channel, source }));
      }
      const run = namedAt(
        made.map(({ inputs }) => inputs),
        "image",
      ).filter((image) => !image.startsWith("$("));
      expect(run.length).toBeGreaterThan(3);
      expect(run.filter((image) => !images.some(({ name }) => name === image))).toEqual([]);
      const listed = made
        .filter(({ id }) => id.startsWith("ConfigMap "))
        .flatMap(({ inputs }) => Object.values(inputs["data"] ?? {}))
        .flatMap((text) => namedAt(parse(text), "package"));
      expect(listed.filter((name) => !plugins.some((plugin) => plugin.package === name))).toEqual([]);
      if (profile.kind === "direct") expect(listed.length).toBeGreaterThan(3);
    }
  });

  it("is an ImageSetConfiguration of oc-mirror v2 that has the same", () => {
    for (const list of lists) {
      const set = parse(yamlOfList(list)) as {
        readonly mirror: { readonly operators: unknown; readonly additionalImages: readonly unknown[] };
      };
      expect(set).toMatchObject({
        apiVersion: "mirror.openshift.io/v2alpha1",
        kind: "ImageSetConfiguration",
        mirror: {
          operators: [
            {
              catalog: "registry.redhat.io/redhat/redhat-operator-index:v4.18",
              packages: list.operators.map(({ package: name, channel, version }) => ({
                name,
                // oc-mirror ends where the package's own default is not among the channels.
                defaultChannel: channel,
                channels: [
                  {
                    name: channel,
                    ...(version !== undefined && { minVersion: version, maxVersion: version }),
                  },
                ],
              })),
            },
          ],
          additionalImages: list.images.map(({ name }) => ({ name })),
        },
      });
      expect(Object.keys(set.mirror)).toEqual(["operators", "additionalImages"]);
      // oc-mirror reads neither npm packages nor what only Developer Hub's list knows.
      for (const { name } of list.images) expect(name).toMatch(/^[a-z0-9.-]+\.[a-z]+\/[^\s!{}]+$/);
    }
  });
});

describe("a list", () => {
  const names = (list: MirrorList) => list.images.map(({ name }) => name);
  const packages = (list: MirrorList) =>
    list.operators.map(({ package: name, channel, version = "head" }) => `${name} ${channel} ${version}`);

  it("is of the default settings of a release, for the last OpenShift that this is for", () => {
    const list = mirrorList(configOfRelease(profileOf("1.10")));
    expect(textOfList(list)).toMatchInlineSnapshot(`
      "What Orchestrator 1.10 needs on OpenShift 4.22

      Operators, of registry.redhat.io/redhat/redhat-operator-index:v4.22
        - serverless-operator, channel stable, its head
        - logic-operator, channel stable, 1.38.1
        - rhdh, channel fast-1.10, its head

      Images that no bundle of these lists
        - registry.redhat.io/rhel9/postgresql-15:9.8-1782419742 (the database)
        - registry.access.redhat.com/rhdh/plugin-catalog-index:1.10 (Developer Hub's plugins)

      Plugins of Developer Hub, which it fetches itself
        - oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator:{{inherit}} (by the list in registry.access.redhat.com/rhdh/plugin-catalog-index:1.10)
        - oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator-backend:{{inherit}} (by the list in registry.access.redhat.com/rhdh/plugin-catalog-index:1.10)
        - oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-scaffolder-backend-module-orchestrator:{{inherit}} (by the list in registry.access.redhat.com/rhdh/plugin-catalog-index:1.10)
        - oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator-form-widgets:{{inherit}} (by the list in registry.access.redhat.com/rhdh/plugin-catalog-index:1.10)

      Settings that have the mirror used
        - pulumi config set --path serverless.subscription.sourceName cs-redhat-operator-index-v4-22
        - pulumi config set --path serverlessLogic.subscription.sourceName cs-redhat-operator-index-v4-22
        - pulumi config set --path rhdh.subscription.sourceName cs-redhat-operator-index-v4-22
        - pulumi config set --path 'plugins.mirrors[0].source' registry.access.redhat.com/rhdh
        - pulumi config set --path 'plugins.mirrors[0].mirror' '<mirror>/rhdh'

      What to know
        - Developer Hub also installs what its own list enables: mirror all of that with upstream's mirror-plugins.sh --plugin-index oci://registry.access.redhat.com/rhdh/plugin-catalog-index:1.10"
    `);
    expect(yamlOfList(list)).toMatchInlineSnapshot(`
      "# What Orchestrator 1.10 needs on OpenShift 4.22.
      # oc-mirror does not mirror:
      # - oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator:{{inherit}} (by the list in registry.access.redhat.com/rhdh/plugin-catalog-index:1.10)
      # - oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator-backend:{{inherit}} (by the list in registry.access.redhat.com/rhdh/plugin-catalog-index:1.10)
      # - oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-scaffolder-backend-module-orchestrator:{{inherit}} (by the list in registry.access.redhat.com/rhdh/plugin-catalog-index:1.10)
      # - oci://registry.access.redhat.com/rhdh/red-hat-developer-hub-backstage-plugin-orchestrator-form-widgets:{{inherit}} (by the list in registry.access.redhat.com/rhdh/plugin-catalog-index:1.10)
      # Developer Hub also installs what its own list enables: mirror all of that with upstream's mirror-plugins.sh --plugin-index oci://registry.access.redhat.com/rhdh/plugin-catalog-index:1.10
      apiVersion: mirror.openshift.io/v2alpha1
      kind: ImageSetConfiguration
      mirror:
        operators:
          - catalog: registry.redhat.io/redhat/redhat-operator-index:v4.22
            packages:
              - name: serverless-operator
                defaultChannel: stable
                channels:
                  - name: stable
              - name: logic-operator
                defaultChannel: stable
                channels:
                  - name: stable
                    minVersion: 1.38.1
                    maxVersion: 1.38.1
              - name: rhdh
                defaultChannel: fast-1.10
                channels:
                  - name: fast-1.10
        additionalImages:
          - name: registry.redhat.io/rhel9/postgresql-15:9.8-1782419742
          - name: registry.access.redhat.com/rhdh/plugin-catalog-index:1.10"
    `);
  });

  it("has what an operator brings, and that it does", () => {
    const list = listOf("1.4");
    expect(packages(list)).toEqual([
      "orchestrator-operator stable 1.4.0",
      "rhdh fast-1.4 head",
      "logic-operator-rhel8 alpha 1.35.0",
      "serverless-operator stable 1.35.0",
    ]);
    expect(list.operators.map(({ broughtBy }) => broughtBy)).toEqual([
      undefined,
      ...Array<string>(3).fill("orchestrator-operator"),
    ]);
    expect(textOfList(list)).toContain(
      "- rhdh, channel fast-1.4, its head, brought by orchestrator-operator",
    );
  });

  it("has neither operators that are there, nor what goes with them", () => {
    const list = listOf("1.8", {
      serverless: { install: false },
      serverlessLogic: { install: false },
      rhdh: { install: false },
      externalPostgres: { serviceName: "db", serviceNamespace: "db", existingSecret: { name: "login" } },
    });
    expect(list).toMatchObject({ operators: [], images: [], plugins: [], downloads: [] });
    expect(parse(yamlOfList(list))).toMatchObject({ mirror: { operators: [], additionalImages: [] } });
    expect(packages(listOf("1.2", { rhdh: { install: false } })).join()).not.toContain("rhdh");
  });

  it("has the images of the settings in place of the release's", () => {
    const platform = { dataIndexImage: "mirror.example.com/index:1" };
    const postgres = { image: "mirror.example.com/postgresql-16@sha256:0123" };
    for (const version of ["1.2", "1.8"]) {
      const found = names(listOf(version, { platform, postgres }));
      expect(found).toContain("mirror.example.com/index:1");
      expect(found).toContain("mirror.example.com/postgresql-16@sha256:0123");
      expect(found.join()).not.toContain("logic-data-index");
      expect(found.join()).toContain("logic-jobs-service-postgresql-rhel8:");
      expect(found.join()).not.toContain("registry.redhat.io/rhel9/postgresql");
    }
    const spec = { orchestrator: { sonataflowPlatform: { jobServiceImage: "mirror.example.com/jobs:1" } } };
    expect(names(listOf("1.2", { spec }))).toContain("mirror.example.com/jobs:1");
    const sidecar = {
      deployment: { patch: { spec: { containers: [{ name: "x", image: "example.com/x:1" }] } } },
    };
    expect(names(listOf("1.10", { spec: sidecar }))).toContain("example.com/x:1");
  });

  it("has Serverless Logic's services of the version that is installed, up to the one whose bundle lists them", () => {
    const found = (version: string, startingCSV?: string) =>
      names(listOf(version, { serverlessLogic: { subscription: { startingCSV } } })).filter((name) =>
        name.includes("/logic-"),
      );
    expect(found("1.7").map((name) => name.replace(/^.*\//, ""))).toEqual([
      "logic-data-index-postgresql-rhel8:1.36.0",
      "logic-jobs-service-postgresql-rhel8:1.36.0",
      "logic-db-migrator-tool-rhel8:1.36.0",
      "logic-swf-builder-rhel8:1.36.0",
      "logic-swf-devmode-rhel8:1.36.0",
    ]);
    expect(found("1.2", "logic-operator-rhel8.v1.34.0").join()).toMatch(/^[^,]*postgresql-rhel8:1\.34\.0/);
    expect(found("1.2").join()).not.toContain("db-migrator");
    expect(found("1.9")).toEqual([]);
  });

  it("has the chart's plugins by the names, the scope and the registry of the settings", () => {
    const plugins = {
      npmRegistry: "https://npm.example.com",
      scope: "@mine",
      orchestrator: { package: "own@2.0.0", integrity: "sha512-x" },
    };
    const found = listOf("1.3", { plugins }).plugins;
    expect(found[0]).toEqual({
      kind: "npm",
      package: "@mine/own@2.0.0",
      integrity: "sha512-x",
      registry: "https://npm.example.com",
    });
    expect(found.map(({ package: name }) => name)).toContain("@mine/plugin-signals-dynamic@1.3.0");
    expect(found.map(({ package: name }) => name).join()).not.toContain("email");
  });

  it("has the images of the stack's workflows", () => {
    const workflowNamespaces = [{ name: "team-a", workflows: ["test/e2e/workflows/greeting/*.yaml"] }];
    const { images } = listOf("2.1", { workflowNamespaces });
    expect(images).toContainEqual({ name: "registry.example.com/greeting:1.0", for: "workflows in team-a" });
  });

  it("says what is fetched at run time, and is no image", () => {
    const found = listOf("1.10", delivery).downloads.map(({ name }) => name);
    expect(found).toEqual([
      expect.stringMatching(/^https:\/\/raw\.githubusercontent\.com\/.*\/workflow-builder\.Dockerfile$/),
      expect.stringMatching(
        /^https:\/\/developers\.redhat\.com\/.*1\.38\.0\/kn-workflow-linux-amd64\.tar\.gz$/,
      ),
      "RPMs: tar gzip",
      "RPMs: findutils",
      expect.stringContaining("entities/workflow-resources.yaml"),
      expect.stringContaining("basic-workflow/template.yaml"),
    ]);
    expect(yamlOfList(listOf("1.10", delivery))).toContain("# - RPMs: findutils\n");
  });

  it("names the settings that have the mirrored catalog used, and those that a release does not heed", () => {
    const text = textOfList(listOf("1.10", delivery, "4.19"));
    for (const key of ["serverless.subscription", "serverlessLogic.subscription", "rhdh.subscription"])
      expect(text).toContain(`pulumi config set --path ${key}.sourceName cs-redhat-operator-index-v4-19`);
    expect(text).toContain("pulumi config set --path tekton.operator.source cs-redhat-operator-index-v4-19");
    const old = textOfList(listOf("1.2"));
    expect(old).toContain("pulumi config set --path operator.source cs-redhat-operator-index-v4-18");
    expect(old).not.toContain("rhdh.subscription.sourceName");
    expect(old).toContain(
      "- rhdh comes from a CatalogSource that is called redhat-operators, whatever a setting says: give the mirrored one that name",
    );
    // Who has set one, has said which.
    const own = { rhdh: { subscription: { sourceName: "mine" } } };
    expect(textOfList(listOf("1.10", own))).not.toContain("rhdh.subscription.sourceName");
  });

  it("names the settings that have Developer Hub take its plugins from the mirror, or says that there is none", () => {
    const commands = (version: string, values: Values = {}) =>
      listOf(version, values).commands.filter((line) => line.includes("plugins."));
    expect(commands("1.10", delivery)).toEqual([
      "pulumi config set --path 'plugins.mirrors[0].source' registry.access.redhat.com/rhdh",
      "pulumi config set --path 'plugins.mirrors[0].mirror' '<mirror>/rhdh'",
      "pulumi config set --path 'plugins.mirrors[1].source' ghcr.io/redhat-developer/rhdh-plugin-export-overlays",
      "pulumi config set --path 'plugins.mirrors[1].mirror' '<mirror>/redhat-developer/rhdh-plugin-export-overlays'",
    ]);
    const mirrors = [
      { source: "registry.access.redhat.com/rhdh", mirror: "m.example.com/rhdh" },
      { source: "ghcr.io", mirror: "m.example.com" },
    ];
    expect(commands("1.10", { ...delivery, plugins: { mirrors } })).toEqual([]);
    expect(commands("1.8")).toEqual(["pulumi config set --path plugins.npmRegistry 'https://<npm mirror>'"]);
    expect(commands("1.8", { plugins: { npmRegistry: "https://npm.example.com" } })).toEqual([]);
    expect(commands("1.7")).toEqual([]);
    expect(listOf("1.7").notes).toEqual([
      "Developer Hub 1.7 takes npm packages from https://npm.registry.redhat.com alone: let that name lead to your registry",
    ]);
    expect(listOf("1.8").notes).toEqual([]);
    expect(listOf("2.1").notes).toEqual([
      "Developer Hub also installs what its own list enables: mirror all of that with upstream's mirror-plugins.sh --plugin-index oci://registry.access.redhat.com/rhdh/plugin-catalog-index:2.1",
    ]);
  });

  it("is refused with all mistakes of the settings, and without a version of OpenShift", () => {
    expect(() => listOf("1.10", { gitops: { instal: true } })).toThrow(
      "orchestrator:gitops.instal: no such setting; did you mean install?",
    );
    const unknown = configOfRelease(profileOf("1.9"));
    expect(() => mirrorList(unknown)).toThrow("--openshift is missing: for Orchestrator 1.9");
    expect(mirrorList(unknown, "4.17").openshift).toBe("4.17");
    expect(() => mirrorList(unknown, "4.17.3")).toThrow(
      '--openshift is "4.17.3": expected a minor version such as "4.18"',
    );
  });

  it("shows no secret", () => {
    const list = listOf("1.10", {
      ...social,
      githubClientSecret: "planted-secret",
      githubToken: "planted-token",
    });
    expect(JSON.stringify(list) + textOfList(list) + yamlOfList(list)).not.toContain("planted");
  });
});

describe("the chart's plugins", () => {
  interface Chart {
    readonly properties?: Readonly<Record<string, Chart>>;
    readonly default?: unknown;
  }
  it.each(
    operatorProfiles.filter(({ version }) => version !== "1.3").map((profile) => [profile.version] as const),
  )("of %s are the defaults of its CRD", (version) => {
    const profile = operatorProfiles.find((each) => each.version === version);
    const schema = crdSpec(
      `sandbox/catalog/crds/orchestrators.rhdh.redhat.com_${profile?.api ?? ""}.yaml`,
    ) as Chart;
    const chart = schema.properties?.["rhdhPlugins"]?.properties ?? {};
    const defaults = Object.entries(chart).flatMap(([key, { properties }]) => {
      const name = properties?.["package"]?.default;
      return name === undefined ? [] : [[key, name]];
    });
    const own = Object.entries(profile?.plugins ?? {}).map(([key, plugin]) => [key, plugin.package]);
    expect(own).toEqual(defaults);
  });

  it("have checksums of the length that SHA-512 has", () => {
    for (const { plugins } of operatorProfiles)
      for (const { integrity } of Object.values(plugins))
        expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
  });
});
