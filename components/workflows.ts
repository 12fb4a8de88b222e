import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { WorkflowNamespaceConfig } from "../config";
import type { Manifest } from "../config/manifests";
import { componentType } from "../config/names";
import { isWorkflow } from "./manifests/workflow";
import { Task, type Connection } from "./task";

export interface WorkflowsArgs {
  readonly connection: Connection;
  /** The id that marks what this stack made. */
  readonly installation: pulumi.Input<string>;
  readonly namespaces: readonly WorkflowNamespaceConfig[];
  /** The platform goes with this stack, and with it whatever any workflow of the cluster depends on. */
  readonly ownsPlatform: boolean;
  /** Delete workflows of others that would be in the way. Otherwise they are an error, before anything is deleted. */
  readonly deleteForeign: boolean;
  /** The longest wait for the workflows to run, and for their removal, in minutes. */
  readonly timeoutMinutes: number;
}

/**
 * All workflows of the stack together: waited for, and looked after before anything goes. Depends on everything else,
 * and so is the first to be deleted.
 */
export class Workflows extends pulumi.ComponentResource {
  constructor(name: string, args: WorkflowsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Workflows"), name, {}, opts);
    const { connection, installation, namespaces, ownsPlatform, deleteForeign, timeoutMinutes } = args;
    const others = namespaces.filter(({ isHome }) => !isHome);
    const namesOf = (existing: boolean) =>
      others.filter((namespace) => namespace.existing === existing).map(({ name }) => name);

    // Apart from the wait, so that it is there, and does its part on destroy, also when the wait has failed.
    const guard = new Task(
      `${name}-guard`,
      {
        connection,
        create: "check-workflows",
        delete: "drain-workflows",
        input: {
          installation,
          made: namesOf(false),
          used: namesOf(true),
          everywhere: ownsPlatform,
          deleteForeign,
          minutes: timeoutMinutes,
        },
      },
      { parent: this, customTimeouts: { create: "2h", update: "2h", delete: "2h" } },
    );

    const workflows = namespaces.flatMap(({ manifests }) => manifests).filter(isWorkflow);
    if (workflows.length > 0) {
      new Task(
        `${name}-ready`,
        {
          connection,
          create: "await-workflows",
          input: {
            workflows: workflows.map((manifest) => ({
              namespace: manifest.metadata.namespace,
              name: manifest.metadata.name,
              digest: digestOf(manifest),
            })),
            minutes: timeoutMinutes,
          },
        },
        { parent: this, dependsOn: guard, customTimeouts: { create: "2h", update: "2h" } },
      );
    }
    this.registerOutputs({});
  }
}

const digestOf = (manifest: Manifest): string =>
  createHash("sha256").update(JSON.stringify(manifest)).digest("hex").slice(0, 12);
