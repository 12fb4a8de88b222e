import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Target } from "../../kube/kubeconfig";
import type { Answer, InputOf, ResultOf, Verb } from "../../tasks/main";

/** The cluster that a stack is at home on, and the way to it. */
export interface HomeConnection extends Target {
  /** Which cluster it has to be; see tasks/cluster/identity.ts. */
  readonly identity: pulumi.Input<string>;
}

export interface TaskArgs<V extends Verb> {
  readonly connection: HomeConnection;
  /** What to run when the resource is created, and again whenever its input changes. @default - nothing */
  readonly create?: V;
  /** What to run when the resource is deleted, with the same input and the result of the last run. @default - nothing */
  readonly delete?: Verb;
  /** What the task is about. Never a secret: it is kept in plain text in the state. */
  readonly input: pulumi.Input<Inputs<InputOf<V>>>;
  /** Where this changes, it is another task: what `delete` is about is deleted. @default - always the same */
  readonly about?: string;
  /**
   * How long one wait of it may take, in minutes. It keeps that time itself, and can say what was missing; it may wait for up to
   * three things in a row, and the engine only ends one that hangs. @default - the engine's own limit
   */
  readonly waits?: number;
}

type Inputs<T> = { [K in keyof T]: pulumi.Input<T[K]> };

/**
 * A step that no Kubernetes resource can express, run by `tasks/main.ts`: waiting for what only
 * an operator knows, or cleaning up after OLM.
 * Deleting it needs its state alone, not this program, so a plain `pulumi destroy` does all of its work.
 */
export class Task<V extends Verb> extends command.local.Command {
  /** What the task found, as of its last run. */
  readonly result: pulumi.Output<ResultOf<V>>;

  constructor(name: string, args: TaskArgs<V>, opts: pulumi.CustomResourceOptions) {
    const { kubeconfig, context, identity } = args.connection;
    const commandArgs: command.local.CommandArgs = {
      create: args.create && run(args.create),
      delete: args.delete && run(args.delete),
      stdin: pulumi.jsonStringify(args.input),
      // All three, always: a Command has the whole environment of the shell besides.
      environment: {
        ORCHESTRATOR_KUBECONFIG: kubeconfig === undefined ? "" : pulumi.secret(kubeconfig),
        ORCHESTRATOR_CONTEXT: context ?? "",
        ORCHESTRATOR_CLUSTER: identity,
      },
      triggers: args.about === undefined ? undefined : [args.about],
      // stdout is the answer; what is for the user comes on stderr.
      logging: command.local.Logging.Stderr,
    };
    const customTimeouts = args.waits === undefined ? undefined : timeLimits(args.waits);
    super(name, commandArgs, { ...(customTimeouts && { customTimeouts }), ...opts });
    // One secret among its inputs, the kubeconfig, has the provider call all of its outputs secret.
    const stdout =
      opts.additionalSecretOutputs?.includes("stdout") === true ? this.stdout : pulumi.unsecret(this.stdout);
    // Without a task to create with, there is no output to read.
    this.result = stdout.apply(
      (json) => (args.create ? (JSON.parse(json) as Answer) : {}).result as ResultOf<V>,
    );
  }
}

function timeLimits(minutes: number): pulumi.CustomTimeouts {
  const time = `${3 * minutes + 60}m`;
  return { create: time, update: time, delete: time };
}

/** The path is relative to the project, where the engine starts its plugins: any clone can destroy a stack. */
const run = (verb: string) => `node --require ./load.cjs tasks/main.ts ${verb}`;
