import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { WorkflowNamespaceConfig } from "../../config";
import { isWorkflow, type Manifest } from "../../config/workflowFiles";
import { externalPostgresCa, managedByArgocd, workflowNamespaceLabel } from "../../config/names";
import { Component, type ComponentArgs } from "../component";
import { ManifestObject } from "./manifestObject";
import { authority } from "../database/access";
import { withPersistence } from "./persistence";
import { admission, limitRange, networkPolicy, resourceQuota, roleBindings } from "./manifests";
import { keptNamespace, type Platform } from "../platform/platform";

export interface WorkflowNamespacesArgs extends ComponentArgs {
  readonly namespaces: readonly WorkflowNamespaceConfig[];
  readonly platform: Platform;
}

/**
 * The namespaces that workflows run in, and these: each let in by the platform, open to those who have to get in, with
 * the Secret of the database. One component for all: each resource more costs with every step.
 */
export class WorkflowNamespaces extends Component {
  readonly settings: readonly WorkflowNamespaceConfig[];
  readonly names: readonly string[];
  /** What a destroy leaves, and why. */
  readonly kept: readonly string[];

  constructor(name: string, args: WorkflowNamespacesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("WorkflowNamespaces", name, args.cluster, opts);
    for (const namespace of args.namespaces) {
      const ready = namespace.isPlatformNamespace ? [] : this.makeNamespace(namespace, args.platform);
      this.deploy(namespace, args.platform, ready);
    }
    this.settings = args.namespaces;
    this.names = args.namespaces.map(({ name }) => name);
    this.kept = args.namespaces.flatMap(({ name, existing }) => (existing ? [keptNamespace(name)] : []));
    this.registerOutputs({});
  }

  private makeNamespace(args: WorkflowNamespaceConfig, platform: Platform): pulumi.Resource[] {
    const { name, existing, argocdNamespace, quota, containers, access } = args;
    const { child } = this;
    const { admitsWorkflowsBy } = platform;
    const labels = {
      ...(admitsWorkflowsBy === "label" && workflowNamespaceLabel),
      ...(argocdNamespace !== undefined && managedByArgocd(argocdNamespace)),
    };
    const metadata = { name, labels };
    const made = existing ? [] : [new k8s.core.v1.Namespace(name, { metadata }, child)];
    const patched =
      existing && Object.keys(labels).length > 0
        ? [new k8s.core.v1.NamespacePatch(name, { metadata }, child)]
        : [];

    // Where the namespace goes, there is no need to ask for the removal of what is in it.
    const inside = {
      ...child,
      dependsOn: [...made, ...patched],
      ...(made[0] && { deletedWith: made[0] }),
    };
    const credentials = {
      metadata: { name: pulumi.output(platform.database).authSecret.name, namespace: name },
      type: "Opaque",
      data: platform.credentials,
    };
    return [
      ...(admitsWorkflowsBy === "policy"
        ? [new k8s.networking.v1.NetworkPolicy(`${name}-admission`, admission(name, platform), child)]
        : []),
      new k8s.core.v1.Secret(name, credentials, inside),
      ...(platform.authority === undefined
        ? []
        : [
            new k8s.core.v1.ConfigMap(
              `${name}-ca`,
              authority(externalPostgresCa.name, name, platform.authority),
              inside,
            ),
          ]),
      new k8s.networking.v1.NetworkPolicy(name, networkPolicy(name, platform), inside),
      ...(quota ? [new k8s.core.v1.ResourceQuota(name, resourceQuota(name, quota), inside)] : []),
      ...(containers ? [new k8s.core.v1.LimitRange(name, limitRange(name, containers), inside)] : []),
      ...roleBindings(name, access).map(
        (binding) => new k8s.rbac.v1.RoleBinding(`${name}-${binding.metadata.name}`, binding, inside),
      ),
    ];
  }

  /** What a workflow is made of comes before it, and goes after it. */
  private deploy({ manifests }: WorkflowNamespaceConfig, platform: Platform, ready: pulumi.Resource[]): void {
    const make = (manifest: Manifest, opts: pulumi.CustomResourceOptions, content: object) => {
      const { namespace, name } = manifest.metadata;
      const object = { ...manifest, ...content };
      return new ManifestObject(`${namespace}/${name}`, object, { ...this.child, ...opts });
    };
    const others = manifests.filter((manifest) => !isWorkflow(manifest));
    const parts = others.map((manifest) => make(manifest, { dependsOn: ready }, confidential(manifest)));
    const services = others.flatMap(({ kind, metadata }) => (kind === "Service" ? [metadata.name] : []));
    for (const manifest of manifests.filter(isWorkflow)) {
      const spec = pulumi
        .output(platform.database)
        .apply((database) => withPersistence(manifest, database, services)["spec"]);
      // Where their operator is moved, they make way, and come back: the database stays, and with it their instances. Without
      // the second option, an `up` that goes on after one that failed in between would delete them once more, after they are back.
      const move = platform.move && { replaceWith: [platform.move.start], deleteBeforeReplace: true };
      make(manifest, { dependsOn: [...ready, ...parts], ...move }, { spec });
    }
  }
}

/** The values of a Secret, as secrets of Pulumi's. */
const confidential = ({ kind, data, stringData }: Manifest): object =>
  kind === "Secret"
    ? {
        ...(data !== undefined && { data: pulumi.secret(data) }),
        ...(stringData !== undefined && { stringData: pulumi.secret(stringData) }),
      }
    : {};
