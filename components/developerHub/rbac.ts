import type { DeveloperHubConfig } from "../../config";

/* Who may do what in Developer Hub: redhat-developer/rhdh-plugins, workspaces/orchestrator/docs/Permissions.md. */

type Rbac = NonNullable<DeveloperHubConfig["rbac"]>;

export const policiesName = "rbac-policy-rhdh";
export const policiesFile = "rbac-policy.csv";
/** Where Developer Hub has the file: a folder of its own, so that nothing of the image is hidden. */
export const policiesPath = "/opt/app-root/src/rbac";

/** What the backend reads: community-plugins, workspaces/rbac/plugins/rbac-backend/config.d.ts. */
export const permissionConfig = ({ admins }: Rbac) => ({
  permission: {
    enabled: true,
    rbac: {
      "policies-csv-file": `${policiesPath}/${policiesFile}`,
      // Those whose permissions an admin can choose from.
      pluginsWithPermission: ["catalog", "scaffolder", "permission", "orchestrator"],
      admin: { users: admins.map((name) => ({ name })) },
    },
  },
});

/**
 * Each permission of Orchestrator with the one action that it has, in every release from 1.7 on:
 * workspaces/orchestrator/plugins/orchestrator-common/src/permissions.ts, and Red Hat Developer Hub 2.1, "Orchestrator plugin permissions".
 */
const use = ["orchestrator.workflow, read", "orchestrator.workflow.use, update"];
const administer = ["orchestrator.workflowAdminView, read", "orchestrator.instanceAdminView, read"];

/** The policy file, under upstream's names of the two roles. */
export function policies({ admins, workflowUsers, policies: more }: Rbac): string {
  const roles = [
    { role: "role:default/workflowAdmin", permissions: [...use, ...administer], members: admins },
    { role: "role:default/workflowUser", permissions: use, members: workflowUsers },
  ];
  const lines = roles
    .filter(({ members }) => members.length > 0)
    .flatMap(({ role, permissions, members }) => [
      ...permissions.map((permission) => `p, ${role}, ${permission}, allow`),
      ...members.map((member) => `g, ${member}, ${role}`),
    ]);
  return [...lines, ...more, ""].join("\n");
}
