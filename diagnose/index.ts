import { stringify } from "yaml";
import { statusOf } from "../status";
import { textOf } from "../status/report";
import { ApiError } from "../kube/requests";
import { inParallel } from "../kube/parallel";
import type { Cluster } from "../kube/cluster";
import type { KubeObject } from "../kube/objects";
import { logsOf } from "./logs";
import { collect } from "./objects";
import { cleaned, hidden, Redactor, type SecretData } from "../kube/redactor";

type Secret = KubeObject & SecretData & { readonly type?: string };

/** A bundle: the texts of its files, by their names. The summary comes first. */
export type Bundle = ReadonlyMap<string, string>;

/**
 * All that helps to find out what is wrong with an install of Orchestrator: how it is, objects, events and logs. Of Secrets, it has
 * the keys; their values are hidden in every other text, too.
 * @param extra Further texts, such as a stack's outputs, by the names of their files.
 */
export async function diagnose(cluster: Cluster, extra: Bundle = new Map()): Promise<Bundle> {
  const [report, { namespaces, objects, unread }] = await Promise.all([statusOf(cluster), collect(cluster)]);
  const secrets = await secretsOf(cluster, namespaces);
  const logs = await logsOf(cluster, objects.get("Pod") ?? []);
  const files = new Map([
    ["summary.txt", summaryOf(textOf(report), [...unread, ...secrets.unread])],
    ...extra,
    ...[...objects].flatMap(([kind, all]) =>
      all.length > 0 ? [[`objects/${kind}.yaml`, yamlOf(all)] as const] : [],
    ),
    ["objects/Secret.yaml", yamlOf(secrets.found.map(keysOf))],
    ...logs,
  ]);
  const redactor = new Redactor(secrets.found);
  return new Map([...files].map(([name, text]) => [name, redactor.redact(text)]));
}

async function secretsOf(cluster: Cluster, namespaces: readonly string[]) {
  const unread: string[] = [];
  const found = await inParallel(namespaces, async (namespace) => {
    try {
      return await cluster.list<Secret>({ apiVersion: "v1", kind: "Secret" }, { namespace });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      unread.push(`${error.message}. Its values are not known, and so not hidden where a log has them`);
      return [];
    }
  });
  return { found: found.flat(), unread };
}

const keysOf = ({ data = {}, ...secret }: Secret) => ({
  ...secret,
  data: Object.fromEntries(Object.keys(data).map((key) => [key, hidden])),
});

const yamlOf = (objects: readonly object[]): string =>
  objects.map((object) => `---\n${stringify(cleaned(object))}`).join("");

const summaryOf = (status: string, unread: readonly string[]): string =>
  [
    status,
    "Read this bundle before you hand it on. Values of Secrets are hidden; what else your workflows log, is not.",
    ...(unread.length > 0 ? [`Not read:\n${unread.map((line) => `  ${line}`).join("\n")}`] : []),
    "",
  ].join("\n\n");
