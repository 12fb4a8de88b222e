import * as pulumi from "@pulumi/pulumi";
import type { OperatorSource, Package } from "../../config/operators";
import { Component, type ComponentArgs } from "../component";
import { Operator, type Move, type OperatorArgs } from "./operator";

export interface SharedOperatorArgs extends ComponentArgs {
  /** What to subscribe to, or to look for. */
  readonly choice: OperatorSource;
  /** What only it can take down, and what it leaves behind; see {@link Operator}. */
  readonly uninstall: OperatorArgs["uninstall"];
  readonly createdNamespaces?: readonly string[];
  /** See {@link Operator}. */
  readonly isMovedEmpty?: boolean;
  /** The longest wait for it, in minutes. */
  readonly timeoutMinutes: number;
}

/** An operator that others on the cluster may use as well: one of this stack's, or the one that is there. */
export class SharedOperator extends Component {
  /** It was there before, and outlives the stack. */
  readonly isExisting: boolean;
  /** The version that runs, such as `serverless-operator.v1.36.0`. */
  readonly csv: pulumi.Output<string>;
  /** Where its Subscription is. */
  readonly namespace: pulumi.Output<string>;
  /** The packages that go with this stack. */
  readonly packages: pulumi.Input<readonly Package[]>;
  /** What makes way when it is moved is replaced with this. @default - it is moved as it is, or by others */
  readonly move: Move | undefined;

  constructor(name: string, args: SharedOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("SharedOperator", name, args.cluster, opts);
    const { choice, timeoutMinutes: minutes } = args;
    this.isExisting = !choice.install;

    if (choice.install) {
      const operator = new Operator(
        name,
        { ...choice, ...args, dependencies: [], isKindAwaited: true },
        this.child,
      );
      this.csv = operator.csv;
      this.namespace = pulumi.output(choice.namespace);
      this.packages = operator.packages;
      this.move = operator.move;
    } else {
      const { packages, installHint } = choice;
      const input = { packages: [...packages], installHint, minutes };
      const found = this.task(`${name}-found`, { create: "find-operator", input, waits: minutes }).result;
      this.csv = found.csv;
      this.namespace = found.namespace;
      this.packages = [];
    }
    this.registerOutputs({ csv: this.csv, namespace: this.namespace });
  }
}
