import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ExistingPlatformConfig } from "../../config";
import { Component, type ComponentArgs } from "../component";
import type { PostgresConnection } from "../database/access";
import type { SecretData } from "../access/secretText";
import type { Platform, Removal } from "./platform";

export type ExistingPlatformArgs = ComponentArgs & ExistingPlatformConfig;

/** A platform that is there already, whoever has installed it: found out from the cluster, and never touched. */
export class ExistingPlatform extends Component implements Platform {
  readonly rhdhNamespace: pulumi.Output<string>;
  readonly sonataflowNamespace: pulumi.Output<string>;
  readonly database: pulumi.Output<PostgresConnection>;
  readonly authority = undefined;
  readonly credentials: pulumi.Output<SecretData>;
  readonly admitsWorkflowsBy: ExistingPlatformConfig["admitsWorkflowsBy"];
  readonly services = [];
  readonly move = undefined;
  readonly resources = [];
  readonly removal: Removal = { isFeltEverywhere: false, packages: [], namespaces: [] };
  readonly outputs = {};
  readonly where: Platform["where"];
  readonly kept = [];

  constructor(name: string, args: ExistingPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    // Without the provider of the cluster, which waits for what is found here.
    super("ExistingPlatform", name, args.cluster, { providers: [], transformations: [], ...opts });
    const { admitsWorkflowsBy, sonataflowNamespace, rhdhNamespace } = args;
    this.admitsWorkflowsBy = admitsWorkflowsBy;

    const input = { admitsWorkflowsBy, sonataflowNamespace, rhdhNamespace };
    const found = this.task(`${name}-found`, { create: "find-platform", input }).result;
    this.rhdhNamespace = found.rhdhNamespace;
    this.sonataflowNamespace = found.sonataflowNamespace;
    this.database = found.database;
    this.where = { rhdh: this.rhdhNamespace, sonataflow: this.sonataflowNamespace };

    // By way of the provider, not of the task: so that it is a secret, and read anew by each run.
    const id = found.apply(
      ({ sonataflowNamespace: namespace, database }) => `${namespace}/${database.authSecret.name}`,
    );
    const secret = k8s.core.v1.Secret.get(`${name}-database`, id, {
      ...this.child,
      provider: this.cluster.provider,
    });
    this.credentials = pulumi.secret(secret.data);
    this.registerOutputs({});
  }
}
