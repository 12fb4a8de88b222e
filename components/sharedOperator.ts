import * as pulumi from "@pulumi/pulumi";
import type { OperatorChoice } from "../config/direct";
import { componentType } from "../config/names";
import type { Package } from "../tasks/operators/olm";
import { Operator, type OperatorArgs } from "./operator";
import { Task, timeLimits, type HomeConnection } from "./task";

export interface SharedOperatorArgs {
  readonly connection: HomeConnection;
  /** The id that marks what this stack made. */
  readonly installation: pulumi.Input<string>;
  /** What to subscribe to, or to look for. */
  readonly choice: OperatorChoice;
  /** What only it can take down, and what it leaves behind; see {@link Operator}. */
  readonly serves: OperatorArgs["serves"];
  readonly brings?: readonly string[];
  /** Remove the CRDs that came with it, too. */
  readonly removeCrds: boolean;
  /** The longest wait for it, in minutes. */
  readonly timeoutMinutes: number;
}

/** An operator that others on the cluster may use as well: one of this stack's, or the one that is there. */
export class SharedOperator extends pulumi.ComponentResource {
  /** It was there before, and outlives the stack. */
  readonly isFound: boolean;
  /** The version that runs, such as `serverless-operator.v1.36.0`. */
  readonly csv: pulumi.Output<string>;
  /** Where its Subscription is. */
  readonly namespace: pulumi.Output<string>;
  /** The packages that go with this stack. */
  readonly packages: pulumi.Input<readonly Package[]>;

  constructor(name: string, args: SharedOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("SharedOperator"), name, {}, opts);
    const child = { parent: this };
    const { connection, choice, timeoutMinutes: minutes } = args;
    this.isFound = !choice.install;

    if (choice.install) {
      const operator = new Operator(name, { ...choice, ...args, children: [], awaitsKind: true }, child);
      this.csv = operator.csv;
      this.namespace = pulumi.output(choice.namespace);
      this.packages = operator.packages;
    } else {
      const { packages, toInstall } = choice;
      const input = { packages: [...packages], toInstall, minutes };
      const found = new Task(
        `${name}-found`,
        { connection, create: "find-operator", input },
        { ...child, customTimeouts: timeLimits(minutes) },
      ).result;
      this.csv = found.csv;
      this.namespace = found.namespace;
      this.packages = [];
    }
    this.registerOutputs({ csv: this.csv, namespace: this.namespace });
  }
}
