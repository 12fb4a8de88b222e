import { amountOf } from "../quantity";
import type { Rule } from "./rule";

/** Kubernetes makes no pod that asks for more than it may have. */
export const requestsAreWithinLimits: Rule = ({ settings }, report) => {
  const { postgres, platform, workflowNamespaces } = settings;
  const all = {
    "postgres.resources": postgres.resources,
    "platform.resources": platform?.resources,
    ...Object.fromEntries(
      workflowNamespaces.map(({ containers }, index) => [
        `workflowNamespaces[${index}].containers`,
        containers,
      ]),
    ),
  };
  for (const [key, { requests, limits } = {}] of Object.entries(all)) {
    for (const what of ["cpu", "memory"] as const) {
      const [request, limit] = [requests?.[what], limits?.[what]];
      if (request !== undefined && limit !== undefined && amountOf(request) > amountOf(limit))
        report(
          `${key}.requests.${what}`,
          request,
          `is above ${key}.limits.${what}, which is ${limit}; raise that too`,
        );
    }
  }
};
