import { z } from "zod";
import { computeResources, dnsLabel, minutes, quantityOf, setting, text } from "./types";

/* The namespaces for workflows, and these. */

const workflowNamespace = z.strictObject({
  name: setting(
    dnsLabel,
    "Namespace for workflows. The SonataFlow namespace itself may have `workflows`, and nothing else.",
  ),
  existing: setting(z.boolean().default(false), "Use the existing namespace, and keep it on destroy."),
  argocdNamespace: setting(
    dnsLabel.optional(),
    "Namespace of the Argo CD that may deploy into it, as its label `argocd.argoproj.io/managed-by`.",
  ),
  quota: setting(
    z
      .record(
        z
          .string()
          .regex(
            /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,61}[a-zA-Z0-9])?$/,
            'expected a resource such as "limits.memory" or "count/deployments.apps"',
          ),
        quantityOf(z.int().min(0)),
      )
      .optional(),
    "What all its pods may use together: `spec.hard` of a ResourceQuota, such as `limits.memory: 8Gi`.",
  ),
  containers: z
    .strictObject({ requests: computeResources.optional(), limits: computeResources.optional() })
    .optional()
    .describe(
      "`requests` and `limits` (`cpu`, `memory`) of containers that say none, as a LimitRange. With a quota on these, pods that say none do not start.",
    ),
  access: setting(
    z
      .array(
        z
          .strictObject({
            role: z.enum(["admin", "edit", "view"]).default("edit"),
            group: text.optional(),
            user: text.optional(),
          })
          .refine(
            ({ group, user }) => (group === undefined) !== (user === undefined),
            "expected a group or a user",
          ),
      )
      .default([]),
    "Who works in it: entries with `group` or `user`, and `role` (`admin`, `edit` or `view`; default: `edit`).",
  ),
  workflows: setting(
    z.array(text).default([]),
    "Manifests to deploy into it: files, folders (without those below) or globs, relative to this project.",
  ),
});

export const workflowNamespaces = z.array(workflowNamespace).default([]);

export const workflows = z
  .strictObject({
    deleteForeign: setting(
      z.boolean().default(false),
      "On destroy, also delete workflows of others, and Deployments, StatefulSets, DaemonSets and CronJobs of others in namespaces that are deleted. If `false`, the destroy names them and deletes nothing. Takes effect with the next `up`.",
    ),
    timeoutMinutes: setting(
      minutes.default(10),
      "How long to wait for all workflows to run, and for their removal, in minutes.",
    ),
  })
  .prefault({});
