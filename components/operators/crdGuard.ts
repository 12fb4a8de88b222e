import * as pulumi from "@pulumi/pulumi";
import type { Package } from "../../config/operators";
import type { Release } from "../../tasks/operators/helm";
import { Component, type ComponentArgs } from "../component";

export interface CrdGuardArgs extends ComponentArgs {
  /** The packages that go with the stack, each with its CRDs. */
  readonly packages: readonly pulumi.Input<readonly Package[]>[];
  /** The custom resource of their operator. @default - there is none */
  readonly resource?: Release | undefined;
}

/**
 * Sees to it that a destroy which is to delete CRDs does not begin while others have objects of these kinds. Depends on
 * everything that is of such a kind, and so is deleted before it.
 */
export class CrdGuard extends Component {
  constructor(
    name: string,
    { cluster, packages, resource }: CrdGuardArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("CrdsGuard", name, cluster, opts);
    this.task(name, {
      delete: "check-crds",
      input: {
        installation: cluster.id,
        packages: pulumi.all([...packages]).apply((all) => all.flat()),
        resource,
      },
    });
    this.registerOutputs({});
  }
}
