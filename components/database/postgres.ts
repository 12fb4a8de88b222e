import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { keepLabel, postgresDatabase, postgresPort, postgresSecretKeys as keys } from "../../config/names";
import { Component, type ComponentArgs } from "../component";
import { ownAuthSecret, type PostgresConnection } from "./access";
import * as manifests from "./manifests";
import { dataOf, type SecretData } from "../access/secretText";

export interface PostgresArgs extends ComponentArgs, Omit<manifests.PostgresSpec, "name"> {
  /** Leave the data volume where it is when the stack is destroyed. */
  readonly keepData: boolean;
}

/** One PostgreSQL server with a generated password: the reference database, not one for production. */
export class Postgres extends Component {
  readonly connection: PostgresConnection;
  readonly authority = undefined;
  /** What the Secret of {@link connection} holds: for those who need a copy. */
  readonly credentials: pulumi.Output<SecretData>;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Postgres", name, args.cluster, opts);
    const { child } = this;
    const spec = { ...args, name };

    const password = new random.RandomPassword(`${name}-password`, { length: 32, special: false }, child);
    const secret = new k8s.core.v1.Secret(name, manifests.credentials(spec, password.result), child);
    const claim =
      args.existingClaim === undefined
        ? [
            new k8s.core.v1.PersistentVolumeClaim(
              `${name}-data`,
              manifests.volumeClaim(spec, args.keepData ? keepLabel : {}),
              {
                ...child,
                retainOnDelete: args.keepData,
                // Without a setting, the class that the volume has stays: another would be another volume.
                ignoreChanges: args.storageClass === undefined ? ["spec.storageClassName"] : [],
              },
            ),
          ]
        : [];
    new k8s.core.v1.Service(name, manifests.service(spec), child);
    // An `up` that is killed while it waits for the server has not written it down yet. Nothing would end it then, and
    // a volume that is in use is not deleted.
    const users = [{ apiVersion: "apps/v1", kind: "StatefulSet", namespace: args.namespace, name }];
    const guard = this.task(
      `${name}-guard`,
      { delete: "remove-volume-users", input: { installation: this.cluster.id, users } },
      { dependsOn: claim },
    );
    new k8s.apps.v1.StatefulSet(name, manifests.server(spec), {
      ...child,
      dependsOn: [secret, guard],
      // A volume to provision and an image to pull, each as slow as the cluster is.
      customTimeouts: { create: "30m", update: "30m" },
    });

    this.connection = {
      serviceName: name,
      serviceNamespace: args.namespace,
      port: postgresPort,
      databaseName: postgresDatabase,
      authSecret: ownAuthSecret(name),
    };
    this.credentials = dataOf({ [keys.user]: args.user, [keys.password]: password.result });
    this.registerOutputs({ connection: this.connection });
  }
}
