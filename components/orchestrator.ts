import * as pulumi from "@pulumi/pulumi";
import { componentType, orchestratorKind } from "../config/names";
import { digestOf } from "./digest";
import type { OperatorProfile } from "../config/profiles";
import type { Package } from "../tasks/operators/olm";
import type { AwaitOrchestratorInput } from "../tasks/orchestrator";
import { OrchestratorResource } from "./crds";
import type { OrchestratorSpec } from "./manifests/orchestrator";
import { Task, timeLimits, type HomeConnection } from "./task";

export interface OrchestratorArgs {
  readonly connection: HomeConnection;
  /** Name and namespace of the custom resource. */
  readonly name: string;
  readonly namespace: string;
  /** The release whose custom resource `spec` is of. */
  readonly profile: OperatorProfile;
  readonly spec: OrchestratorSpec;
  readonly rhdh: AwaitOrchestratorInput["rhdh"];
  /** The operators that its operator subscribes to, and what these are to run. */
  readonly children: AwaitOrchestratorInput["children"];
  readonly parts: AwaitOrchestratorInput["parts"];
  /** Developer Hub's Secret, in its namespace. */
  readonly secretName: string;
  /** The id that marks what this stack made, and the operators that go with it. */
  readonly installation: pulumi.Input<string>;
  readonly packages: pulumi.Input<readonly Package[]>;
  /** How long the roll-out, and the removal, may take, in minutes. */
  readonly timeoutMinutes: number;
  readonly deleteTimeoutMinutes: number;
}

/** Developer Hub, OpenShift Serverless, and the services that run workflows. */
export class Orchestrator extends pulumi.ComponentResource {
  /** What the custom resource said at the last change, such as `Deployed (InstallSuccessful)`. */
  readonly condition: pulumi.Output<string>;
  /** Where Developer Hub is, or will be, served; "unknown" where the cluster does not say. */
  readonly rhdhUrl: pulumi.Output<string>;

  constructor(name: string, args: OrchestratorArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("Orchestrator"), name, {}, opts);
    const { connection, namespace, profile, spec, rhdh } = args;
    const kind = orchestratorKind(profile.api);

    // The operator has to have got hold of it before it may go. This is there before it, whenever an up is interrupted.
    const { installation, packages } = args;
    const ref = { ...kind, namespace, name: args.name };
    const removal = new Task(
      `${name}-removal`,
      {
        connection,
        delete: "take-down",
        input: { installation, packages, ref, deleteMinutes: args.deleteTimeoutMinutes },
        // Another one is another removal, and the one before is not forgotten.
        about: `${namespace}/${args.name}`,
      },
      // Two at a time would be in each other's way.
      { parent: this, customTimeouts: timeLimits(args.deleteTimeoutMinutes), deleteBeforeReplace: true },
    );
    const resource = new OrchestratorResource(
      name,
      kind,
      { metadata: { name: args.name, namespace }, spec },
      { parent: this, dependsOn: removal, retainOnDelete: true },
    );

    const ready = new Task(
      `${name}-ready`,
      {
        connection,
        create: "await-orchestrator",
        input: {
          ref,
          // Not its generation, which is also others' to change.
          digest: pulumi.output(spec).apply(digestOf),
          uid: resource.metadata.uid,
          children: args.children.map(({ namespace, subscription, settings, sourceSettings }) => ({
            namespace,
            subscription,
            settings,
            sourceSettings,
          })),
          packages,
          parts: [...args.parts],
          rhdh,
          secret: { namespace: rhdh.namespace, name: args.secretName },
          minutes: args.timeoutMinutes,
        },
      },
      {
        parent: this,
        dependsOn: resource,
        customTimeouts: timeLimits(args.timeoutMinutes),
      },
    );

    this.condition = ready.result.condition;
    this.rhdhUrl = ready.result.rhdhUrl;
    this.registerOutputs({ condition: this.condition, rhdhUrl: this.rhdhUrl });
  }
}
