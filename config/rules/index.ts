import type { Report } from "../mistakes";
import {
  credentialsAreComplete,
  oneTokenForTheCluster,
  secretKeysDiffer,
  signInPageOffersEach,
} from "./credentials";
import {
  externalDatabaseHasOneLogin,
  externalDatabaseIsOnePlace,
  hubDatabaseHasALogin,
  referenceDatabaseHasAVersion,
} from "./database";
import { operatorsPipelineNeedsClusterTasks, pipelineNeedsArgocd } from "./delivery";
import { namesAreShortEnough } from "./names";
import { eachNamespaceIsUsedOnce } from "./namespaces";
import { operatorPinsNameAVersion, releaseHasTheSettings, versionIsOfTheRelease } from "./release";
import { requestsAreWithinLimits } from "./resources";
import type { Checked, Rule } from "./rule";
import { specOnlyAdds } from "./spec";
import { settingsHaveAnEffect } from "./effect";

/** In the order in which their mistakes are told. */
const rules: readonly Rule[] = [
  releaseHasTheSettings,
  operatorPinsNameAVersion,
  versionIsOfTheRelease,
  specOnlyAdds,
  settingsHaveAnEffect,
  eachNamespaceIsUsedOnce,
  requestsAreWithinLimits,
  namesAreShortEnough,
  credentialsAreComplete,
  signInPageOffersEach,
  oneTokenForTheCluster,
  externalDatabaseIsOnePlace,
  externalDatabaseHasOneLogin,
  hubDatabaseHasALogin,
  referenceDatabaseHasAVersion,
  operatorsPipelineNeedsClusterTasks,
  pipelineNeedsArgocd,
  secretKeysDiffer,
];

export function checkRules(checked: Checked, report: Report): void {
  for (const rule of rules) rule(checked, report);
}
