import { expect, it } from "vitest";
import { parse } from "yaml";
import { fails, ok, useWorld, type World } from "./world";

let world: World;
useWorld((fresh) => (world = fresh));

/** A namespace for Developer Hub that reaches one registry and no other. */
const cutOff = (name: string) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, annotations: { "sandbox.orchestrator/registries": "registry.example.com" } },
});

interface Hub {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
      readonly spec: {
        readonly initContainers: readonly {
          readonly volumeMounts?: readonly { readonly mountPath: string }[];
        }[];
      };
    };
  };
}

/** What the container that installs plugins is given, and what becomes of it. */
async function installer(): Promise<{ readonly files: readonly string[]; readonly said: string }> {
  const { spec } = await world.json<Hub>("deployment", "backstage-backstage", "-n", "rhdh");
  const { metadata, spec: pod } = spec.template;
  return {
    files: pod.initContainers[0]?.volumeMounts?.map(({ mountPath }) => mountPath) ?? [],
    said: metadata.annotations["sandbox.orchestrator/kubelet"] ?? "",
  };
}

const behind = (version: string, more: Readonly<Record<string, object>> = {}) =>
  world.stack(`behind-${version}`, {
    orchestrator: { version },
    namespaces: { rhdh: { existing: true } },
    ...more,
  });

it("lists what a stack needs of a mirror, by its settings and no cluster", async () => {
  const stack = world.stack("listed", {
    orchestrator: { version: "1.10" },
    gitops: { install: true },
  });
  await stack.setConfig("context", "nowhere");
  const args = ["--openshift", "4.18", "-o", "imageset"];
  const { code, stdout } = await world.commandOf(stack, "mirror/cli.ts", ...args);
  expect(code).toBe(0);
  const pin = { name: "stable", minVersion: "1.38.1", maxVersion: "1.38.1" };
  expect(parse(stdout)).toMatchObject({
    apiVersion: "mirror.openshift.io/v2alpha1",
    mirror: {
      operators: [
        {
          catalog: "registry.redhat.io/redhat/redhat-operator-index:v4.18",
          packages: [
            { name: "serverless-operator" },
            { name: "logic-operator", channels: [pin] },
            { name: "rhdh", channels: [{ name: "fast-1.10" }] },
            { name: "openshift-gitops-operator" },
          ],
        },
      ],
    },
  });
});

it("installs 1.10 where only a mirror is reached, whatever the cluster's own mirrors", async () => {
  await world.apply(cutOff("rhdh"));
  const before = await world.inventory();
  const stack = behind("1.10");
  expect(await fails(stack.up(), "up, without a mirror of the plugins")).toContain(
    "its container install-dynamic-plugins ends with code 1",
  );
  expect((await installer()).said).toContain(
    "pinging container registry registry.access.redhat.com: connection refused",
  );
  const mirrors = [{ source: "registry.access.redhat.com", mirror: "registry.example.com/product" }];
  await stack.setConfig("plugins", JSON.stringify({ mirrors }));
  await ok(stack.up(), "up, with it");
  expect(await installer()).toEqual({
    files: ["/etc/containers/registries.conf.d/mirrors.conf"],
    said: "starts",
  });
  await ok(stack.destroy(), "destroy");
  expect(await world.leftovers(before)).toEqual([]);
  await world.kubectl("delete", "namespace", "rhdh");
  await world.forget();
});

it("installs 1.8 with an npm registry of one's own", async () => {
  await world.apply(cutOff("rhdh"));
  const before = await world.inventory();
  const stack = behind("1.8", { plugins: { npmRegistry: "https://registry.example.com/npm" } });
  await ok(stack.up(), "up");
  expect(await installer()).toEqual({
    files: ["/opt/app-root/src/.npmrc.dynamic-plugins/.npmrc"],
    said: "starts",
  });
  await ok(stack.destroy(), "destroy");
  expect(await world.leftovers(before)).toEqual([]);
});
