import { describe, expect, it } from "vitest";
import { backstageSpec } from "../../components/developerHub/manifests";
import { registryFiles } from "../../components/developerHub/registries";
import { directProfiles } from "../../config/profiles";
import type { Values } from "../support/config";
import { find } from "../support/program";
import { hubOf, mistakes, run } from "../support/release";

const mirrors = [
  { source: "registry.access.redhat.com/rhdh", mirror: "registry.example.com:5000/rhdh" },
  { source: "ghcr.io", mirror: "registry.example.com:5000/ghcr" },
];
const npmRegistry = "https://npm.example.com/red-hat";

/** What the container that installs the plugins is given, by its path. */
function filesOf(version: string, plugins: Values): Record<string, string> {
  const hub = hubOf(version, { plugins });
  const { configMaps = [] } = backstageSpec(hub).application.extraFiles ?? {};
  const texts = new Map(registryFiles(hub.registries).map(({ name, key, text }) => [`${name}/${key}`, text]));
  return Object.fromEntries(
    configMaps.map(({ name, key = "", mountPath, containers }) => {
      expect(containers).toEqual(["install-dynamic-plugins"]);
      return [`${mountPath}/${key}`, texts.get(`${name}/${key}`) ?? ""];
    }),
  );
}

describe("Developer Hub's plugins", () => {
  it("come from the mirrors of images, by a file that their installer reads", () => {
    for (const version of ["1.9", "1.10", "2.1"])
      expect(filesOf(version, { mirrors })).toEqual({
        "/etc/containers/registries.conf.d/mirrors.conf": `[[registry]]
prefix = "registry.access.redhat.com/rhdh"
location = "registry.example.com:5000/rhdh"

[[registry]]
prefix = "ghcr.io"
location = "registry.example.com:5000/ghcr"
`,
      });
  });

  it("come from an npm registry of one's own, where they are npm packages", () => {
    expect(filesOf("1.8", { npmRegistry })).toEqual({
      "/opt/app-root/src/.npmrc.dynamic-plugins/.npmrc": "@redhat:registry=https://npm.example.com/red-hat\n",
    });
  });

  it("come from where upstream has them, unless set otherwise", () => {
    for (const { version } of directProfiles)
      expect(backstageSpec(hubOf(version)).application.extraFiles).toBeUndefined();
  });

  it("are installed anew with another mirror", async () => {
    const stack = async (mirror: string) => {
      const plugins = { mirrors: [{ source: "ghcr.io", mirror }] };
      const seen = await run({ orchestrator: { version: "1.10" }, plugins });
      const { inputs } = find(seen, "ConfigMap developer-hub-plugin-mirrors-rhdh");
      expect(inputs).toMatchObject({
        metadata: { name: "plugin-mirrors-rhdh", namespace: "rhdh" },
        data: { "mirrors.conf": expect.stringContaining(`location = "${mirror}"`) as string },
      });
      return JSON.stringify(find(seen, "Backstage developer-hub").inputs["spec"]);
    };
    expect(await stack("a.example.com")).not.toBe(await stack("b.example.com"));
  });

  it("have no such setting where a release does not heed it", () => {
    const able = (plugins: Values) =>
      ["1.2", "1.3", "1.4", "1.7", "1.8", "1.9", "1.10", "2.1"].filter(
        (version) => mistakes(version, { plugins }).length === 0,
      );
    expect(able({ mirrors })).toEqual(["1.9", "1.10", "2.1"]);
    expect(able({ npmRegistry })).toEqual(["1.2", "1.3", "1.4", "1.8"]);
    expect(able({ scope: "@mine" })).toEqual(["1.2", "1.3", "1.4"]);
    expect(mistakes("1.10", { plugins: { npmRegistry } })).toEqual([
      `  - orchestrator:plugins.npmRegistry is "${npmRegistry}": Orchestrator 1.10 has no such choice; 1.2, 1.3, 1.4, 1.8 have it`,
    ]);
    expect(mistakes("1.8", { plugins: { mirrors: mirrors.slice(0, 1) } })[0]).toContain(
      "Orchestrator 1.8 has no such choice; 1.9, 1.10, 2.1 have it",
    );
  });

  it.each([
    [{ npmRegistry: "npm.example.com" }, 'npmRegistry is "npm.example.com": expected a URL such as'],
    [
      { mirrors: [{ source: "https://ghcr.io", mirror: "m.example.com" }] },
      'mirrors[0].source is "https://ghcr.io": expected a registry, or a folder of one',
    ],
    [{ mirrors: [{ source: "ghcr.io", mirror: 'x"\ny' }] }, "mirrors[0].mirror is"],
    [{ mirrors: [{ source: "ghcr.io" }] }, "mirrors[0].mirror: is missing"],
  ])("refuse %j, and say what would be right", (plugins, message) => {
    expect(mistakes("1.9", { plugins }).join("\n")).toContain(`orchestrator:plugins.${message}`);
  });
});
