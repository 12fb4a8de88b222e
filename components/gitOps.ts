import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Config } from "../config";
import { appProjectName, argocdNamespaceLabel, componentType, gitopsPackage } from "../config/names";
import type { Package } from "../tasks/operators/olm";
import { AppProject, argocdKind, ArgoCDResource } from "./crds";
import { appProjectSpec, argocdSpec } from "./manifests/argocd";
import { Operator } from "./operator";
import { PlatformNamespace } from "./platformNamespace";
import { textOf } from "./secretText";
import { Task, timeLimits, type HomeConnection } from "./task";

export interface GitOpsArgs extends NonNullable<Config["gitops"]> {
  readonly connection: HomeConnection;
  /** The id that marks what this stack made. */
  readonly installation: pulumi.Input<string>;
  /** Take over an operator that is there, and remove the CRDs that came with it. */
  readonly adopt: boolean;
  readonly removeCrds: boolean;
  /** Make the AppProject of the software templates. */
  readonly makesProject: boolean;
}

/** Argo CD, which deploys the workflows: the one that is there, or one with its operator. */
export class GitOps extends pulumi.ComponentResource {
  readonly namespace: string;
  /** The packages that go with this stack. */
  readonly packages: pulumi.Input<readonly Package[]>;
  readonly url: pulumi.Output<string>;
  readonly username = "admin";
  /** A secret. */
  readonly password: pulumi.Output<string>;

  constructor(name: string, args: GitOpsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("GitOps"), name, {}, opts);
    const child = { parent: this };
    const { connection, namespace, install } = args;
    this.namespace = namespace;

    const home = { name: namespace, existing: !install, labels: argocdNamespaceLabel };
    const operator = install ? [this.makeOperator(name, args)] : [];
    this.packages = operator[0]?.packages ?? [];
    const instance = operator.map((ready) =>
      this.makeInstance(name, args, [ready, new PlatformNamespace(name, home, child)]),
    );
    const found = new Task(
      `${name}-found`,
      {
        connection,
        create: "find-argocd",
        input: {
          namespace,
          instance: install ? instanceName(args) : args.instance,
          minutes: install ? args.operator.timeoutMinutes : 0,
        },
      },
      {
        ...child,
        dependsOn: instance,
        customTimeouts: timeLimits(args.operator.timeoutMinutes),
      },
    );

    // What belongs to others is not touched before it is known to be the right one.
    if (!install) new PlatformNamespace(name, home, { ...child, dependsOn: found });

    if (args.makesProject) {
      const project = { metadata: { name: appProjectName, namespace }, spec: appProjectSpec };
      new AppProject(`${name}-project`, project, { ...child, dependsOn: found });
    }

    // By way of the provider, not of the task: what a task finds is in the state for all to read.
    const id = found.result.apply(({ secret }) => `${namespace}/${secret}`);
    this.password = textOf(k8s.core.v1.Secret.get(`${name}-admin`, id, child), "admin.password");
    this.url = found.result.url;
    this.registerOutputs({ url: this.url });
  }

  private makeOperator(name: string, args: GitOpsArgs): Operator {
    return new Operator(
      `${name}-operator`,
      {
        ...args.operator,
        connection: args.connection,
        installation: args.installation,
        package: gitopsPackage,
        approval: "Automatic",
        adopt: args.adopt ? {} : undefined,
        removeCrds: args.removeCrds,
        settings: "gitops.operator",
        env: {
          // The operator would make an instance of its own, in openshift-gitops.
          DISABLE_DEFAULT_ARGOCD_INSTANCE: "true",
          // The instance here may deploy into any namespace.
          ARGOCD_CLUSTER_CONFIG_NAMESPACES: args.namespace,
        },
        children: [],
        brings: ["openshift-gitops"],
        serves: { ...argocdKind, deleteMinutes: 10 },
      },
      { parent: this },
    );
  }

  private makeInstance(name: string, args: GitOpsArgs, dependsOn: pulumi.Resource[]): pulumi.Resource {
    return new ArgoCDResource(
      name,
      { metadata: { name: instanceName(args), namespace: args.namespace }, spec: argocdSpec },
      // Its operator takes it down, and so has to outlive it.
      { parent: this, dependsOn, customTimeouts: { delete: "10m" } },
    );
  }
}

const instanceName = ({ instance = "argocd" }: GitOpsArgs) => instance;
