import * as pulumi from "@pulumi/pulumi";
import type { WorkflowNamespaceConfig } from "../config";
import { isWorkflow } from "../config/manifests";
import { Component, type ComponentArgs } from "./component";
import { digestOf } from "./digest";
import type { WorkflowDatabase } from "./manifests/workflow";
import type { Ref } from "../tasks/cluster";
import type { Release } from "../tasks/operators/helm";
import type { Package } from "../tasks/operators/olm";

export interface WorkflowsArgs extends ComponentArgs {
  readonly namespaces: readonly WorkflowNamespaceConfig[];
  /** What the workflows log in to: they are waited for anew when that changes. */
  readonly database: pulumi.Input<WorkflowDatabase>;
  /** What goes with this stack is what any workflow of the cluster depends on. */
  readonly forAll: boolean;
  /** The packages that go with this stack. @default - none */
  readonly packages?: readonly pulumi.Input<readonly Package[]>[] | undefined;
  /** What the Orchestrator operator makes without a mark. @default - nothing */
  readonly makes?: readonly Ref[] | undefined;
  /** The custom resource by which it makes all else. @default - there is none */
  readonly resource?: Release | undefined;
  /** The namespaces that go with the stack. */
  readonly goes: readonly string[];
  /** The platform's own namespace, if its platform serves only the workflows in it. @default - none */
  readonly home?: string | undefined;
  /** Delete workflows of others that would be in the way. Otherwise they are an error, before anything is deleted. */
  readonly deleteForeign: boolean;
  /** The longest wait for the workflows to run, and for their removal, in minutes. */
  readonly timeoutMinutes: number;
}

/**
 * All workflows of the stack together: waited for, and looked after before anything goes. Depends on everything else,
 * and so is the first to be deleted.
 */
export class Workflows extends Component {
  constructor(name: string, args: WorkflowsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Workflows", name, args.cluster, opts);
    const { id: installation } = args.cluster;
    const { namespaces, forAll, packages = [], makes, resource, goes, home } = args;
    const { deleteForeign, timeoutMinutes } = args;
    const others = namespaces.filter(({ isHome }) => !isHome);
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
          made: [...(home === undefined ? [] : [home]), ...namesOf(false)],
          used: namesOf(true),
          goes: [...goes],
          everywhere: forAll,
          packages: pulumi.all([...packages]).apply((all) => all.flat()),
          makes: makes && [...makes],
          resource,
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
            workflows: pulumi.output(args.database).apply((database) =>
              workflows.map(({ metadata: { namespace, name }, ...content }) => ({
                namespace,
                name,
                digest: digestOf({ content, database }),
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
