import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { CredentialsConfig } from "../../config";
import type { Kept, KeepResult } from "../../tasks/access/keepCredentials";
import type { ClusterAccess } from "./clusterAccess";
import { Component, type ComponentArgs } from "../component";
import { digestOf } from "../digest";
import type { GitOps } from "../delivery/gitOps";
import { hubDatabaseEnv } from "../developerHub/database";

export interface RhdhSecretArgs extends ComponentArgs, CredentialsConfig {
  /** How Developer Hub reaches the cluster. */
  readonly access: ClusterAccess;
  /** The Argo CD that it shows. @default - none */
  readonly gitops?: GitOps;
}

/**
 * The Secret that Developer Hub starts with, in place of what upstream's `hack/setup.sh` gathers. Its backend secret
 * is made once and then stays: other than with the script, running the program again logs nobody out. Only a change
 * of `rotation` makes a new one.
 */
export class RhdhSecret extends Component {
  /**
   * Changes with the values. It is no secret: nobody finds them by it who does not know the backend secret, which is 32
   * characters of chance.
   */
  readonly version: pulumi.Output<string>;

  constructor(name: string, args: RhdhSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("RhdhSecret", name, args.cluster, opts);
    const { child } = this;

    const backend = new random.RandomPassword(
      `${name}-backend`,
      {
        length: 32,
        special: false,
        // None at all, rather than an empty one: that would be a change to a stack that has none.
        ...(args.rotation !== undefined && { keepers: { rotation: args.rotation } }),
      },
      child,
    );
    const { access, gitops } = args;
    const kept = this.keep(name, args);
    const keptOr = (what: Kept, value: pulumi.Input<string> | undefined) =>
      kept && value !== undefined
        ? pulumi.all([kept, value]).apply(([values, made]) => values[what] ?? made)
        : value;
    const session = args.hasSessions
      ? new random.RandomPassword(`${name}-session`, { length: 32, special: false }, child)
      : undefined;
    const values = {
      ...args.given,
      argocdUrl: gitops?.url,
      argocdUsername: gitops?.username,
      argocdPassword: gitops?.password,
      backendSecret: keptOr("backendSecret", backend.result),
      // Another than that: services know the backend secret, and could make up a session of anybody's with it.
      sessionSecret: session?.result,
      clusterUrl: keptOr("clusterUrl", access.url),
      clusterToken: keptOr("clusterToken", access.token),
    };
    const metadata = { name: args.name, namespace: args.namespace };
    const stringData = {
      ...underKeys<keyof typeof values, pulumi.Input<string>>(args.keys, values),
      ...(args.database && hubDatabaseEnv(args.database)),
    };
    new k8s.core.v1.Secret(name, { metadata, type: "Opaque", stringData }, child);

    this.version = pulumi.unsecret(pulumi.output(stringData).apply(digestOf));
    this.registerOutputs({ version: this.version });
  }

  /** What Developer Hub has been running with stays as it is, as the state remembers it. */
  private keep(name: string, args: RhdhSecretArgs): pulumi.Output<KeepResult["values"]> | undefined {
    const { access, keys, rotation, namespace } = args;
    if (!this.cluster.adopt) return undefined;
    const task = this.task(
      `${name}-kept`,
      {
        create: "keep-credentials",
        input: {
          secret: { namespace, name: args.name },
          keys: {
            backendSecret: keys.backendSecret,
            clusterUrl: access.isGiven.url ? undefined : keys.clusterUrl,
            clusterToken: access.isGiven.token ? undefined : keys.clusterToken,
          },
          token: access.account,
          rotation,
        },
      },
      // Other than what tasks tell otherwise, these are secrets.
      { additionalSecretOutputs: ["stdout"] },
    );
    return task.result.values;
  }
}

/** Each value that there is, under its key. */
export function underKeys<V extends string, T>(
  keys: Readonly<Record<V, string>>,
  values: { readonly [K in V]?: T | undefined },
): Record<string, T> {
  const names = Object.keys(keys) as V[];
  return Object.fromEntries(
    names.flatMap((name) => (values[name] === undefined ? [] : [[keys[name], values[name]]])),
  );
}
