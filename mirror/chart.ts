import { ownOrchestratorSpec, type OrchestratorSpec } from "../components/orchestrator/spec";
import type { OperatorPlatformConfig } from "../config";
import { overlay } from "../config/overlay";

/** The custom resource of a release up to 1.4, whose database does not matter here. */
export const chartSpecOf = ({ orchestrator }: OperatorPlatformConfig): OrchestratorSpec =>
  overlay(ownOrchestratorSpec(orchestrator), orchestrator.spec ?? {});
