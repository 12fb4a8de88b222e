import * as pulumi from "@pulumi/pulumi";
import type { WorkflowsConfig } from "../../config";
import { isWorkflow } from "../../config/workflowFiles";
import { Component, type ComponentArgs } from "../component";
import { digestOf } from "../digest";
import type { Platform } from "../platform/platform";
import type { WorkflowNamespaces } from "./workflowNamespaces";

export interface WorkflowsArgs extends ComponentArgs, WorkflowsConfig {
  /** What the workflows depend on: they are waited for anew when its database changes. */
  readonly platform: Platform;
  /** The namespaces that they are in. */
  readonly namespaces: WorkflowNamespaces;
}

/**
 * All workflows of the stack together: waited for, and looked after before anything goes. Depends on everything else,
 * and so is the first to be deleted.
 */
export class Workflows extends Component {
  constructor(name: string, args: WorkflowsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Workflows", name, args.cluster, opts);
    const { id: installation } = args.cluster;
    const { platform, deleteForeign, timeoutMinutes } = args;
    const { removal } = platform;
    const { settings: namespaces } = args.namespaces;
    const others = namespaces.filter(({ isPlatformNamespace }) => !isPlatformNamespace);
    const namesOf = (existing: boolean) =>
      others.filter((namespace) => namespace.existing === existing).map(({ name }) => name);

    // The tasks keep the time themselves, and can say what was missing.
    const time = `${timeoutMinutes + 10}m`;
    const customTimeouts = { create: time, update: time, delete: time };

    // Apart from the wait, so that it is there, and does its part on destroy, also when the wait has failed.
    const guard = this.task(
      `${name}-guard`,
      {
        create: "check-workflows",
        delete: "drain-workflows",
        input: {
          installation,
          made: [...(removal.ownNamespace === undefined ? [] : [removal.ownNamespace]), ...namesOf(false)],
          used: namesOf(true),
          goes: [...removal.namespaces, ...namesOf(false)],
          isClusterWide: removal.isFeltEverywhere,
          packages: pulumi.all([...removal.packages]).apply((all) => all.flat()),
          createdObjects: removal.objects && [...removal.objects],
          resource: removal.resource,
          deleteForeign,
          minutes: timeoutMinutes,
        },
      },
      { customTimeouts },
    );

    const workflows = namespaces.flatMap(({ manifests }) => manifests).filter(isWorkflow);
    if (workflows.length > 0) {
      this.task(
        `${name}-ready`,
        {
          create: "await-workflows",
          input: {
            installation,
            used: namesOf(true),
            workflows: pulumi.output(platform.database).apply((database) =>
              workflows.map(({ metadata: { namespace, name }, ...content }) => ({
                namespace,
                name,
                digest: digestOf({ content, database, operator: platform.move?.to }),
              })),
            ),
            minutes: timeoutMinutes,
          },
        },
        { dependsOn: guard, customTimeouts },
      );
    }
    this.registerOutputs({});
  }
}
