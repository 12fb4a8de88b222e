import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { apiServerPolicy, orchestratorKind } from "../../config/names";
import { digestOf } from "../digest";
import type { OperatorProfile } from "../../config/profiles";
import type { Package } from "../../config/operators";
import type { AwaitOrchestratorInput } from "../../tasks/orchestrator/awaitOrchestrator";
import { Component, type ComponentArgs } from "../component";
import { apiServerAdmission } from "../workflows/manifests";
import { OrchestratorResource } from "./customResource";
import type { OrchestratorSpec } from "./spec";

export interface OrchestratorArgs extends ComponentArgs {
  /** Name and namespace of the custom resource. */
  readonly name: string;
  readonly namespace: string;
  /** The release whose custom resource `spec` is of. */
  readonly profile: OperatorProfile;
  readonly spec: OrchestratorSpec;
  readonly rhdh: AwaitOrchestratorInput["rhdh"];
  /** The operators that its operator subscribes to, and what these are to run. */
  readonly dependencies: AwaitOrchestratorInput["dependencies"];
  readonly awaitedObjects: AwaitOrchestratorInput["objects"];
  /** Developer Hub's Secret, in its namespace. */
  readonly secretName: string;
  /** Where the operator keeps the platform's services closed by a policy of its own. @default - nowhere */
  readonly closedNamespace: string | undefined;
  /** The operators that go with this stack. */
  readonly packages: pulumi.Input<readonly Package[]>;
  /** How long the roll-out, and the removal, may take, in minutes. */
  readonly timeoutMinutes: number;
  readonly deleteTimeoutMinutes: number;
}

/** Developer Hub, OpenShift Serverless, and the services that run workflows. */
export class Orchestrator extends Component {
  /** What the custom resource said at the last change, such as `Deployed (InstallSuccessful)`. */
  readonly condition: pulumi.Output<string>;
  /** Where Developer Hub is, or will be, served; "unknown" where the cluster does not say. */
  readonly rhdhUrl: pulumi.Output<string>;

  constructor(name: string, args: OrchestratorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Orchestrator", name, args.cluster, opts);
    const { namespace, packages, profile, spec, rhdh } = args;
    const kind = orchestratorKind(profile.api);

    // The operator has to have got hold of it before it may go. This is there before it, whenever an up is interrupted.
    const ref = { ...kind, namespace, name: args.name };
    const removal = this.task(
      `${name}-removal`,
      {
        delete: "take-down",
        input: { installation: this.cluster.id, packages, ref, deleteMinutes: args.deleteTimeoutMinutes },
        // Another one is another removal, and the one before is not forgotten.
        about: `${namespace}/${args.name}`,
        waits: args.deleteTimeoutMinutes,
      },
      // They must not run concurrently.
      { deleteBeforeReplace: true },
    );
    const resource = new OrchestratorResource(
      name,
      kind,
      { metadata: { name: args.name, namespace }, spec },
      { ...this.child, dependsOn: removal, retainOnDelete: true },
    );

    const ready = this.task(
      `${name}-ready`,
      {
        create: "await-orchestrator",
        input: {
          ref,
          // Not its generation, which is also others' to change.
          digest: pulumi.output(spec).apply(digestOf),
          uid: resource.metadata.uid,
          dependencies: args.dependencies.map(({ namespace, subscription, settings, sourceSettings }) => ({
            namespace,
            subscription,
            settings,
            sourceSettings,
          })),
          packages,
          objects: [...args.awaitedObjects],
          rhdh,
          secret: { namespace: rhdh.namespace, name: args.secretName },
          minutes: args.timeoutMinutes,
        },
        waits: args.timeoutMinutes,
      },
      { dependsOn: resource },
    );

    // After the operator's policy there: a first one would shut everybody else out.
    if (args.closedNamespace !== undefined)
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${apiServerPolicy}`,
        apiServerAdmission(args.closedNamespace),
        { ...this.child, dependsOn: ready },
      );

    this.condition = ready.result.condition;
    this.rhdhUrl = ready.result.rhdhUrl;
    this.registerOutputs({ condition: this.condition, rhdhUrl: this.rhdhUrl });
  }
}
