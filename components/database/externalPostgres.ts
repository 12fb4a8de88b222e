import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { externalPostgresCa, postgresSecretKeys as keys } from "../../config/names";
import { Component, type ComponentArgs } from "../component";
import { authority, ownAuthSecret, type PostgresConnection } from "./access";
import { credentials } from "./manifests";
import { dataOf, type SecretData } from "../access/secretText";

export interface ExternalPostgresArgs extends ComponentArgs, Omit<PostgresConnection, "authSecret"> {
  /** The authority of the server's certificate, with a URL that has TLS. */
  readonly ca?: string | undefined;
  /** The namespace of the platform's services, where the Secret has to be. */
  readonly namespace: string;
  /** A Secret that is there already. @default - one is made from `username` and `password` */
  readonly existingSecret?: PostgresConnection["authSecret"] | undefined;
  readonly username?: string | undefined;
  readonly password?: pulumi.Input<string> | undefined;
}

/** A database that somebody else runs: nothing is made but, where wanted, what to log in with and whom to trust. */
export class ExternalPostgres extends Component {
  readonly connection: PostgresConnection;
  /** What the Secret of {@link connection} holds, as of this run: for those who need a copy. */
  readonly credentials: pulumi.Output<SecretData>;
  /** The certificates that those who log in trust. */
  readonly authority: string | undefined;

  constructor(name: string, args: ExternalPostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ExternalPostgres", name, args.cluster, opts);
    const { serviceName, serviceNamespace, port, databaseName, url, namespace, username, password, ca } =
      args;

    if (username !== undefined && password !== undefined) {
      const secret = credentials({ name, namespace, user: username }, password);
      new k8s.core.v1.Secret(name, secret, this.child);
      this.credentials = dataOf({ [keys.user]: username, [keys.password]: password });
    } else {
      const id = `${namespace}/${args.existingSecret?.name ?? name}`;
      this.credentials = pulumi.secret(k8s.core.v1.Secret.get(name, id, this.child).data);
    }

    if (ca !== undefined) {
      const { name: called } = externalPostgresCa;
      new k8s.core.v1.ConfigMap(`${name}-ca`, authority(called, namespace, ca), this.child);
    }
    this.authority = ca;

    this.connection = {
      serviceName,
      serviceNamespace,
      port,
      databaseName,
      authSecret: args.existingSecret ?? ownAuthSecret(name),
      ...(url && { url }),
    };
    this.registerOutputs({ connection: this.connection });
  }
}
