import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Kept, KeepResult } from "../tasks/adoption";
import { Component, type ComponentArgs } from "./component";
import { digestOf } from "./digest";

/** What Developer Hub knows of the world around it. What is not given is no key of the Secret. */
export interface RhdhCredentials {
  readonly clusterUrl?: pulumi.Input<string> | undefined;
  readonly clusterToken?: pulumi.Input<string> | undefined;
  readonly githubToken?: pulumi.Input<string> | undefined;
  readonly githubClientId?: pulumi.Input<string> | undefined;
  readonly githubClientSecret?: pulumi.Input<string> | undefined;
  readonly gitlabHost?: pulumi.Input<string> | undefined;
  readonly gitlabToken?: pulumi.Input<string> | undefined;
  readonly argocdUrl?: pulumi.Input<string> | undefined;
  readonly argocdUsername?: pulumi.Input<string> | undefined;
  readonly argocdPassword?: pulumi.Input<string> | undefined;
  readonly emailHostname?: pulumi.Input<string> | undefined;
  readonly emailUsername?: pulumi.Input<string> | undefined;
  readonly emailPassword?: pulumi.Input<string> | undefined;
}

/** The keys of the Secret, by what they hold. */
export type RhdhSecretKeys = Readonly<Record<keyof RhdhCredentials | "backendSecret", string>>;

export interface RhdhSecretArgs extends ComponentArgs {
  readonly namespace: string;
  readonly name: string;
  readonly keys: RhdhSecretKeys;
  readonly credentials: RhdhCredentials;
  /** Each change of this text makes a new backend secret. @default - the first one stays */
  readonly rotation?: string | undefined;
  /** If the stack adopts, what of an existing Secret it keeps. */
  readonly adopt: {
    /** What the configuration says, whatever the Secret has. */
    readonly given: Pick<RhdhCredentials, "clusterUrl" | "clusterToken">;
    /** The Secret of the token that the stack would give it. */
    readonly token: { readonly namespace: string; readonly name: string };
  };
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
    const kept = this.keep(name, args);
    const keptOr = (what: Kept, value: pulumi.Input<string> | undefined) =>
      kept && value !== undefined
        ? pulumi.all([kept, value]).apply(([values, made]) => values[what] ?? made)
        : value;
    const values = {
      ...args.credentials,
      backendSecret: keptOr("backendSecret", backend.result),
      clusterUrl: keptOr("clusterUrl", args.credentials.clusterUrl),
      clusterToken: keptOr("clusterToken", args.credentials.clusterToken),
    };
    const metadata = { name: args.name, namespace: args.namespace };
    const stringData = underKeys(args.keys, values);
    new k8s.core.v1.Secret(name, { metadata, type: "Opaque", stringData }, child);

    this.version = pulumi.unsecret(pulumi.output(stringData).apply(digestOf));
    this.registerOutputs({ version: this.version });
  }

  /** What Developer Hub has been running with stays as it is, as the state remembers it. */
  private keep(name: string, args: RhdhSecretArgs): pulumi.Output<KeepResult["values"]> | undefined {
    const { adopt, keys, rotation, namespace } = args;
    if (!this.cluster.adopt) return undefined;
    const { given, token } = adopt;
    const task = this.task(
      `${name}-kept`,
      {
        create: "keep-credentials",
        input: {
          secret: { namespace, name: args.name },
          keys: {
            backendSecret: keys.backendSecret,
            clusterUrl: given.clusterUrl === undefined ? keys.clusterUrl : undefined,
            clusterToken: given.clusterToken === undefined ? keys.clusterToken : undefined,
          },
          token: { ...token },
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
