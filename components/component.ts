import * as pulumi from "@pulumi/pulumi";
import { componentType } from "../config/names";
import type { Verb } from "../tasks/main";
import type { Cluster } from "./cluster/cluster";
import { Task, type TaskArgs } from "./cluster/task";

/** What every component is given beside its own section of the configuration. */
export interface ComponentArgs {
  readonly cluster: Cluster;
}

/**
 * A part of the installation. Its resources are on the stack's cluster, under the stack's mark: a component at the top says so
 * itself, and one inside another inherits it.
 */
export abstract class Component extends pulumi.ComponentResource {
  protected readonly cluster: Cluster;
  /** The options of what belongs to this component. */
  protected readonly child: { readonly parent: pulumi.Resource };

  /**
   * @param kind Part of the URN of all that is inside. It stays as it is, or every stack would be replaced.
   * @param inputs What the state remembers of the component itself. @default - nothing
   */
  constructor(
    kind: string,
    name: string,
    cluster: Cluster,
    opts: pulumi.ComponentResourceOptions = {},
    inputs: pulumi.Inputs = {},
  ) {
    super(componentType(kind), name, inputs, opts.parent ? opts : { ...cluster.options, ...opts });
    this.cluster = cluster;
    this.child = { parent: this };
  }

  /** A step that no Kubernetes resource can express. */
  protected task<V extends Verb>(
    name: string,
    args: Omit<TaskArgs<V>, "connection">,
    opts?: pulumi.CustomResourceOptions,
  ): Task<V> {
    return new Task(name, { ...args, connection: this.cluster.connection }, { ...this.child, ...opts });
  }
}
