import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";
import { record, type Registration } from "./record";

// A run takes a third of a second, but many times that on a machine that is busy with a cluster.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

type Texts = Readonly<Record<string, string>>;

/** Runs the whole program with a configuration; a value marked secret is one that was encrypted. */
export async function run(values: Texts = {}, secrets: Texts = {}): Promise<Registration[]> {
  return record(() => program(values, secrets));
}

/** What a stack exports. */
export async function outputs(values: Texts): Promise<unknown> {
  let exported: unknown;
  await record(async () => {
    const { default: stack } = (await program(values, {})) as { default: unknown };
    exported = await (pulumi.output(stack) as unknown as { promise(): Promise<unknown> }).promise();
  });
  return exported;
}

function program(values: Texts, secrets: Texts): Promise<unknown> {
  const prefixed = Object.entries({ ...values, ...secrets }).map(([key, value]) => [
    `orchestrator:${key}`,
    value,
  ]);
  const encrypted = Object.keys(secrets).map((key) => `orchestrator:${key}`);
  vi.stubEnv("PULUMI_CONFIG_SECRET_KEYS", JSON.stringify(encrypted));
  vi.stubEnv("KUBECONFIG", undefined);
  vi.resetModules();
  pulumi.runtime.setAllConfig(Object.fromEntries(prefixed) as Record<string, string>, encrypted);
  return import("../../index.js");
}

export const find = (seen: readonly Registration[], id: string): Registration => {
  const found = seen.find((resource) => resource.id === id);
  if (!found) throw new Error(`no ${id}; there are ${seen.map((resource) => resource.id).join(", ")}`);
  return found;
};

export const ids = (seen: readonly Registration[]) => seen.map(({ id }) => id);

/** What is on the cluster because of this stack, or changed by it. */
export const objects = (seen: readonly Registration[]) =>
  seen.filter(({ type, reads }) => type.startsWith("kubernetes:") && reads === undefined);

/** The input of a task. */
export const stdin = (resource: Registration): unknown => JSON.parse(resource.inputs["stdin"] ?? "null");
