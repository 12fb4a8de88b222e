import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Config } from "../config";
import { componentType } from "../config/names";
import type { Profile } from "../config/profiles";
import type { WorkflowDatabase } from "./manifests/workflow";
import type { SecretData } from "./secretText";
import { Task, type HomeConnection } from "./task";
import type { Platform } from "./workflowNamespaces";

export interface ExistingPlatformArgs extends Readonly<Omit<Config["existingPlatform"], "version">> {
  /** How it is expected to let workflows in. */
  readonly admits: Profile["admits"];
  readonly connection: HomeConnection;
  /** How to read from the cluster. Not the component's own option: the provider waits for what is found here. */
  readonly provider: pulumi.ProviderResource;
}

/** A platform that is there already, whoever has installed it: found out from the cluster, and never touched. */
export class ExistingPlatform extends pulumi.ComponentResource implements Platform {
  readonly rhdhNamespace: pulumi.Output<string>;
  readonly sonataflowNamespace: pulumi.Output<string>;
  readonly database: pulumi.Output<WorkflowDatabase>;
  readonly credentials: pulumi.Output<SecretData>;

  constructor(name: string, args: ExistingPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("ExistingPlatform"), name, {}, opts);
    const child = { parent: this };
    const { connection, provider, admits, sonataflowNamespace, rhdhNamespace } = args;

    const input = { admits, sonataflowNamespace, rhdhNamespace };
    const found = new Task(`${name}-found`, { connection, create: "find-platform", input }, child).result;
    this.rhdhNamespace = found.rhdhNamespace;
    this.sonataflowNamespace = found.sonataflowNamespace;
    this.database = found.database;

    // By way of the provider, not of the task: so that it is a secret, and read anew by each run.
    const id = found.apply(
      ({ sonataflowNamespace: home, database }) => `${home}/${database.authSecret.name}`,
    );
    const secret = k8s.core.v1.Secret.get(`${name}-database`, id, { ...child, provider });
    this.credentials = pulumi.secret(secret.data);
    this.registerOutputs({});
  }
}
