import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GitOpsConfig } from "../../config";
import { appProjectName, argocdNamespaceLabel, gitopsPackage } from "../../config/names";
import type { Package } from "../../config/operators";
import { Component, type ComponentArgs } from "../component";
import { appProjectSpec, argocdKind, argocdSpec } from "./argocd";
import { AppProject, ArgoCDResource } from "./customResources";
import { Operator } from "../operators/operator";
import { PlatformNamespace } from "../platform/platformNamespace";
import { textOf } from "../access/secretText";

export type GitOpsArgs = GitOpsConfig & ComponentArgs;

/** Argo CD, which deploys the workflows: the one that is there, or one with its operator. */
export class GitOps extends Component {
  readonly namespace: string;
  /** The packages that go with this stack. */
  readonly packages: pulumi.Input<readonly Package[]>;
  readonly url: pulumi.Output<string>;
  readonly username = "admin";
  /** A secret. */
  readonly password: pulumi.Output<string>;

  constructor(name: string, args: GitOpsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("GitOps", name, args.cluster, opts);
    const { child, cluster } = this;
    const { namespace, install } = args;
    this.namespace = namespace;

    const home = { cluster, name: namespace, existing: !install, labels: argocdNamespaceLabel };
    const operator = install ? [this.makeOperator(name, args)] : [];
    this.packages = operator[0]?.packages ?? [];
    const instance = operator.map((ready) =>
      this.makeInstance(name, args, [ready, new PlatformNamespace(name, home, child)]),
    );
    const found = this.task(
      `${name}-found`,
      {
        create: "find-argocd",
        input: {
          namespace,
          instance: install ? instanceName(args) : args.instance,
          minutes: install ? args.operator.timeoutMinutes : 0,
        },
        waits: args.operator.timeoutMinutes,
      },
      { dependsOn: instance },
    );

    // What belongs to others is not touched before it is known to be the right one.
    if (!install) new PlatformNamespace(name, home, { ...child, dependsOn: found });

    if (args.hasProject) {
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
        cluster: this.cluster,
        package: gitopsPackage,
        approval: "Automatic",
        adopt: this.cluster.adopt ? {} : undefined,
        settings: "gitops.operator",
        env: {
          // The operator would make an instance of its own, in openshift-gitops.
          DISABLE_DEFAULT_ARGOCD_INSTANCE: "true",
          // The instance here may deploy into any namespace.
          ARGOCD_CLUSTER_CONFIG_NAMESPACES: args.namespace,
        },
        dependencies: [],
        createdNamespaces: ["openshift-gitops"],
        uninstall: { ...argocdKind, deleteMinutes: 10 },
      },
      this.child,
    );
  }

  private makeInstance(name: string, args: GitOpsArgs, dependsOn: pulumi.Resource[]): pulumi.Resource {
    return new ArgoCDResource(
      name,
      { metadata: { name: instanceName(args), namespace: args.namespace }, spec: argocdSpec },
      // Its operator takes it down, and so has to outlive it.
      { ...this.child, dependsOn, customTimeouts: { delete: "10m" } },
    );
  }
}

const instanceName = ({ instance = "argocd" }: GitOpsArgs) => instance;
