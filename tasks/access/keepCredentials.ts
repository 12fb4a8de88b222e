import type { Cluster } from "../../kube/cluster";
import type { KubeObject } from "../../kube/objects";

export interface KeepInput {
  /** Developer Hub's Secret. */
  readonly secret: { readonly namespace: string; readonly name: string };
  /** Its keys to keep, by what they hold. */
  readonly keys: Readonly<Partial<Record<Kept, string | undefined>>>;
  /** The token that the stack's own account has: one that follows it needs no keeping. */
  readonly token: { readonly namespace: string; readonly name: string };
  /** A change of this text lets the backend secret go. */
  readonly rotation?: string | undefined;
}

export type Kept = "backendSecret" | "clusterUrl" | "clusterToken";

export interface KeepResult {
  readonly rotation?: string | undefined;
  readonly values: Readonly<Partial<Record<Kept, string>>>;
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Notes the credentials that Developer Hub has been running with, so that taking its Secret over changes none of them. What
 * was noted once stays, whatever becomes of the Secret. The result holds secrets.
 */
export async function keepCredentials(
  cluster: Cluster,
  { secret, keys, token, rotation }: KeepInput,
  previous: KeepResult | undefined,
): Promise<KeepResult> {
  const isRotated = previous !== undefined && previous.rotation !== rotation;
  const known = previous?.values ?? (await credentialsOf(cluster, secret, keys));
  const own = await valuesOf(cluster, token);
  const values = Object.entries(known).filter(
    ([name, value]) =>
      name in keys &&
      !(name === "backendSecret" && isRotated) &&
      !(name === "clusterToken" && value === own["token"]),
  );
  return { rotation, values: Object.fromEntries(values) };
}

async function credentialsOf(
  cluster: Cluster,
  secret: KeepInput["secret"],
  keys: KeepInput["keys"],
): Promise<Record<string, string>> {
  const values = await valuesOf(cluster, secret);
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, key]) => {
      const value = values[key];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

/** The texts of a Secret; none where there is no such Secret. */
async function valuesOf(
  cluster: Cluster,
  secret: { readonly namespace: string; readonly name: string },
): Promise<Readonly<Record<string, string>>> {
  const object = await cluster.get<Secret>({ apiVersion: "v1", kind: "Secret", ...secret });
  const entries = Object.entries(object?.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}
