import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../kube/cluster";
import type { Finding } from "../../tasks/cluster/preflight/finding";
import type { DatabasePlan } from "../../config/database";
import { describeDatabaseTroubles } from "../../tasks/database/database";
import { preflight, type Preflight, type PreflightInput } from "../../tasks/cluster/preflight";
import type { Target } from "../../kube/kubeconfig";

/** Asks a cluster. @throws pulumi.RunError that says why it cannot be reached. */
export type Ask = <T>(question: (cluster: Cluster) => Promise<T>) => Promise<T>;

/**
 * The way to the cluster, for what is asked of it before anything is made, in previews too: a Command would run only
 * with the `up`. All questions share one connection: a plugin takes its time to get the credentials for it.
 */
export function reach(connection: Target): Ask {
  let cluster: Cluster | undefined;
  return async (question) => {
    try {
      return await question((cluster ??= Cluster.connect(connection)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new pulumi.RunError(`the cluster could not be looked at: ${reason}`);
    }
  };
}

/**
 * Looks whether the cluster has all that the stack takes, and nothing in its way. Where it does not refuse, it warns.
 * @throws pulumi.RunError that says on one screen all that is in the way, and what to do about it.
 */
export async function runPreflight(
  ask: Ask,
  input: PreflightInput,
  { refuses }: { readonly refuses: boolean },
): Promise<void> {
  const looked = await ask((cluster) => preflight(cluster, input));
  const seen = refuses ? looked : { ...looked, findings: looked.findings.map(lenient) };
  const { refusals, warnings, info } = texts(seen);
  if (refusals !== undefined) {
    throw new pulumi.RunError([refusals, warnings, info].filter((text) => text !== undefined).join("\n"));
  }
  if (warnings !== undefined) await pulumi.log.warn(warnings);
  if (info !== undefined) await pulumi.log.info(info);
}

const lenient = (finding: Finding): Finding =>
  finding.level === "refusal" ? { ...finding, level: "warning" } : finding;

/**
 * Makes sure that no database which is there is lost or broken by a change of a setting.
 * @throws pulumi.RunError that names each such setting, what would be right, and the way for those who mean it.
 */
export async function checkDatabase(
  ask: Ask,
  installation: string | undefined,
  wanted: DatabasePlan,
): Promise<void> {
  const troubles = await ask((cluster) => describeDatabaseTroubles(cluster, installation, wanted));
  if (troubles.length === 0) return;
  throw new pulumi.RunError(
    ["nothing was changed, lest the database lose its data:", ...troubles.map((text) => `  - ${text}`)].join(
      "\n",
    ),
  );
}

/** What is to be said, each part as one text; a part without findings is left out. */
export function texts({ findings, advice }: Preflight): {
  readonly refusals?: string;
  readonly warnings?: string;
  readonly info?: string;
} {
  const of = (level: string) =>
    findings.flatMap((finding) => (finding.level === level ? [`  - ${finding.text}`] : []));
  const part = (heading: string, lines: readonly string[], after: readonly string[] = []) =>
    lines.length > 0 ? [heading, ...lines, ...after].join("\n") : undefined;
  const refusals = part("nothing was made, because of what the cluster holds:", of("refusal"), advice);
  const warnings = part("what to know before you go on:", of("warning"));
  const info = [
    part("taken over from what is there:", of("adopted")),
    part("not checked:", of("unchecked")),
  ].filter((text) => text !== undefined);
  return {
    ...(refusals !== undefined && { refusals }),
    ...(warnings !== undefined && { warnings }),
    ...(info.length > 0 && { info: info.join("\n") }),
  };
}
