import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../config/names";
import type { Release } from "../tasks/operators/helm";
import type { Package } from "../tasks/operators/olm";
import { Task, type HomeConnection } from "./task";

export interface CrdsGuardArgs {
  readonly connection: HomeConnection;
  /** The id that marks what this stack made. */
  readonly installation: pulumi.Input<string>;
  /** The packages that go with the stack, each with its CRDs. */
  readonly packages: readonly pulumi.Input<readonly Package[]>[];
  /** The custom resource of their operator. @default - there is none */
  readonly resource?: Release | undefined;
}

/**
 * Sees to it that a destroy which is to delete CRDs does not begin while others have objects of these kinds. Depends on
 * everything that is of such a kind, and so is deleted before it.
 */
export class CrdsGuard extends pulumi.ComponentResource {
  constructor(name: string, args: CrdsGuardArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("CrdsGuard"), name, {}, opts);
    const { connection, installation, packages, resource } = args;
    new Task(
      name,
      {
        connection,
        delete: "check-crds",
        input: {
          installation,
          packages: pulumi.all([...packages]).apply((all) => all.flat()),
          resource,
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
