import * as pulumi from "@pulumi/pulumi";
import type { OperatorSource } from "../../config/operators";
import { knativeEventing, knativeIngress, knativeServing } from "../../config/names";
import { stackNamespace } from "../cluster/stackNamespace";
import { Component, type ComponentArgs } from "../component";
import { Knative } from "./knative";
import { versionOf } from "../digest";
import { SharedOperator } from "./sharedOperator";

export interface ServerlessArgs extends ComponentArgs {
  readonly choice: OperatorSource;
  /** The longest wait for the operator, and then for Knative, in minutes. */
  readonly timeoutMinutes: number;
}

const parts = { serving: knativeServing, eventing: knativeEventing } as const;
const kafka = { apiVersion: "operator.serverless.openshift.io/v1alpha1", kind: "KnativeKafka" } as const;

/** How long the operator may take to remove what Knative is made of, in minutes. */
const deleteMinutes = 10;

/** OpenShift Serverless with both parts of Knative: this stack's, or those that are there. */
export class Serverless extends Component {
  readonly operator: SharedOperator;

  constructor(name: string, args: ServerlessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Serverless", name, args.cluster, opts);
    const { cluster, choice, timeoutMinutes } = args;

    this.operator = new SharedOperator(
      `${name}-operator`,
      {
        cluster,
        choice,
        timeoutMinutes,
        createdNamespaces: [knativeIngress],
        uninstall: { ...kindOf(knativeServing), otherKinds: [kindOf(knativeEventing), kafka], deleteMinutes },
      },
      this.child,
    );

    const made = choice.install ? this.makeKnative(name) : {};

    this.task(
      `${name}-ready`,
      {
        create: "await-ready",
        input: {
          objects: pulumi.output(
            Object.entries(parts).map(([part, ref]) => ({
              ...ref,
              version: made[part] && versionOf(made[part], {}),
              hint: choice.install
                ? undefined
                : `make it, or have all of Serverless installed with: pulumi config set --path ${choice.installHint}`,
            })),
          ),
          minutes: timeoutMinutes,
        },
        waits: timeoutMinutes,
      },
      { dependsOn: [this.operator, ...Object.values(made)] },
    );
    this.registerOutputs({});
  }

  private makeKnative(name: string): Readonly<Record<string, Knative>> {
    const { child } = this;
    const made = Object.entries(parts).map(([part, ref]) => {
      const home = stackNamespace(`${name}-${part}`, { name: ref.namespace }, child);
      // Its operator takes it down, and so has to outlive it.
      const knative = new Knative(`${name}-${part}`, ref, {
        ...child,
        dependsOn: [this.operator, home],
        customTimeouts: { delete: `${deleteMinutes}m` },
      });
      return [part, knative] as const;
    });
    return Object.fromEntries(made);
  }
}

const kindOf = ({ apiVersion, kind }: typeof knativeServing | typeof knativeEventing) => ({
  apiVersion,
  kind,
});
