import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { postgresSecretKeys as keys } from "../../config/names";
import { Component, type ComponentArgs } from "../component";
import { credentials, type PostgresConnection } from "./manifests";
import { dataOf, type SecretData } from "../access/secretText";

export interface ExternalPostgresArgs extends ComponentArgs {
  /** The Service in front of the database, on port 5432. */
  readonly serviceName: string;
  readonly serviceNamespace: string;
  /** The namespace of the platform's services, where the Secret has to be. */
  readonly namespace: string;
  /** A Secret that is there already. @default - one is made from `username` and `password` */
  readonly existingSecret?: PostgresConnection["authSecret"] | undefined;
  readonly username?: string | undefined;
  readonly password?: pulumi.Input<string> | undefined;
}

/** A database that somebody else runs: nothing is made but, where wanted, the Secret to log in with. */
export class ExternalPostgres extends Component {
  readonly connection: PostgresConnection;
  /** What the Secret of {@link connection} holds, as of this run: for those who need a copy. */
  readonly credentials: pulumi.Output<SecretData>;

  constructor(name: string, args: ExternalPostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ExternalPostgres", name, args.cluster, opts);
    const { serviceName, serviceNamespace, namespace, username, password } = args;

    if (username !== undefined && password !== undefined) {
      const secret = credentials({ name, namespace, user: username }, password);
      new k8s.core.v1.Secret(name, secret, this.child);
      this.credentials = dataOf({ [keys.user]: username, [keys.password]: password });
    } else {
      const id = `${namespace}/${args.existingSecret?.name ?? name}`;
      this.credentials = pulumi.secret(k8s.core.v1.Secret.get(name, id, this.child).data);
    }

    this.connection = {
      serviceName,
      serviceNamespace,
      authSecret: args.existingSecret ?? { name, userKey: keys.user, passwordKey: keys.password },
    };
    this.registerOutputs({ connection: this.connection });
  }
}
