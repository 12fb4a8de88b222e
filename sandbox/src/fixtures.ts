import * as path from "node:path";
import type { Api } from "./api";
import { applyAll } from "./apply";
import type { CrdGroup } from "./crds";
import { packageFolder } from "./folders";

/** What a cluster may have before the program comes, brought there without OLM: kinds, and objects of them. */
export const fixtures = {
  /** Argo CD's kinds, and the instance `argocd` in `orchestrator-gitops`, with no operator behind it. */
  "existing-argocd": { group: "argoproj.io", files: ["existing-argocd.yaml"] },
  /** Tekton's kinds and nothing else. */
  "existing-pipelines": { group: "tekton.dev", files: [] },
  /** OLM v1's kind of an operator, with nobody who installs any. */
  "olm-v1": { group: "olm.operatorframework.io", files: [] },
} as const satisfies Record<string, { group: CrdGroup; files: readonly string[] }>;

export type FixtureName = keyof typeof fixtures;

export async function applyFixture(
  api: Api,
  crds: Readonly<Record<CrdGroup, string>>,
  name: FixtureName,
): Promise<void> {
  const { group, files } = fixtures[name];
  await applyAll(api, crds[group], ...files.map((file) => path.join(packageFolder, "fixtures", file)));
}
