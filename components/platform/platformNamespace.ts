import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { keepLabel } from "../../config/names";
import { stackNamespace } from "../cluster/stackNamespace";
import { Component, type ComponentArgs } from "../component";

export interface PlatformNamespaceArgs extends ComponentArgs {
  readonly name: string;
  /** The namespace is somebody else's: it is used as it is, and stays on destroy. */
  readonly existing: boolean;
  /** Labels that it needs. On an existing namespace they are added, and taken back on destroy. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Leave it where it is when the stack is destroyed, with what it holds. @default false */
  readonly keep?: boolean;
}

/** One namespace of the platform, the stack's own or an existing one. */
export class PlatformNamespace extends Component {
  constructor(
    name: string,
    { cluster, ...args }: PlatformNamespaceArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("PlatformNamespace", name, cluster, opts, args);
    const { labels = {}, existing, keep = false } = args;
    const metadata = { name: args.name, labels: { ...labels, ...(keep && !existing && keepLabel) } };

    if (!existing) {
      stackNamespace(name, metadata, { ...this.child, retainOnDelete: keep });
    } else if (Object.keys(labels).length > 0) {
      new k8s.core.v1.NamespacePatch(name, { metadata }, this.child);
    }
    this.registerOutputs({});
  }
}
