import * as pulumi from "@pulumi/pulumi";
import { componentType, orchestratorKind } from "../config/names";
import type { OperatorProfile } from "../config/profiles";
import type { CleanUp, Package } from "../tasks/operator";
import type { AwaitOrchestratorInput } from "../tasks/orchestrator";
import { OrchestratorResource } from "./crds";
import type { OrchestratorSpec } from "./manifests/orchestrator";
import { Task, type Connection } from "./task";

export interface OrchestratorArgs {
  readonly connection: Connection;
  /** Name and namespace of the custom resource. */
  readonly name: string;
  readonly namespace: string;
  /** The release whose custom resource `spec` is of. */
  readonly profile: OperatorProfile;
  readonly spec: OrchestratorSpec;
  readonly rhdh: AwaitOrchestratorInput["rhdh"];
  /** Developer Hub's Secret, in its namespace. */
  readonly secretName: string;
  /** What to do before the operator takes it down. @default - nothing */
  readonly cleanUp?: CleanUp | undefined;
  /** The id that marks what this stack made, and the operators that go with it. */
  readonly installation: pulumi.Input<string>;
  readonly packages: pulumi.Input<readonly Package[]>;
  /** How long the roll-out, and the removal, may take, in minutes. */
  readonly timeoutMinutes: number;
  readonly deleteTimeoutMinutes: number;
}

/** Developer Hub, OpenShift Serverless, and the services that run workflows. */
export class Orchestrator extends pulumi.ComponentResource {
  /** What the custom resource said at the last change, such as `Deployed (InstallSuccessful)` or `Completed (…)`. */
  readonly condition: pulumi.Output<string>;
  /** Where Developer Hub is, or will be, served; "unknown" where the cluster does not say. */
  readonly rhdhUrl: pulumi.Output<string>;

  constructor(name: string, args: OrchestratorArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Orchestrator"), name, {}, opts);
    const { connection, namespace, profile, spec, rhdh } = args;
    const kind = orchestratorKind(profile.api);

    const resource = new OrchestratorResource(
      name,
      kind,
      { metadata: { name: args.name, namespace }, spec },
      // The operator takes all it installed down with it, and gives each part a minute before it tries again.
      { parent: this, customTimeouts: { delete: `${args.deleteTimeoutMinutes}m` } },
    );

    const ready = new Task(
      `${name}-ready`,
      {
        connection,
        create: "await-orchestrator",
        delete: "take-down",
        input: {
          installation: args.installation,
          packages: args.packages,
          ref: { ...kind, namespace, name: args.name },
          generation: resource.metadata.generation,
          says: profile.says,
          rhdh,
          secret: { namespace: rhdh.namespace, name: args.secretName },
          cleanUp: args.cleanUp,
          deleteMinutes: args.deleteTimeoutMinutes,
          minutes: args.timeoutMinutes,
        },
      },
      {
        parent: this,
        dependsOn: resource,
        customTimeouts: { create: "2h", update: "2h", delete: "2h" },
      },
    );

    this.condition = ready.result.condition;
    this.rhdhUrl = ready.result.rhdhUrl;
    this.registerOutputs({ condition: this.condition, rhdhUrl: this.rhdhUrl });
  }
}
