import type { OwnSpec } from "../../config";
import { ownBackstageSpec } from "../developerHub/manifests";
import { ownOrchestratorSpec } from "../orchestrator/spec";

/** What this program itself sets in the custom resource that the setting `spec` adds to. */
export const ownSpec: OwnSpec = (platform) =>
  platform.installedBy === "operator"
    ? ownOrchestratorSpec(platform.orchestrator)
    : platform.developerHub && ownBackstageSpec(platform.developerHub);
