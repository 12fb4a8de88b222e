import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SonataFlowConfig } from "../../config";
import { sonataFlowClusterPlatform, sonataFlowPlatform } from "../../config/names";
import { Component, type ComponentArgs } from "../component";
import { SonataFlowClusterPlatform, SonataFlowPlatform } from "./customResources";
import { versionOf } from "../digest";
import { clusterPlatformSpec, networkPolicies, platformSpec } from "./manifests";
import type { PostgresConnection } from "../database/access";

export interface SonataFlowArgs extends ComponentArgs, SonataFlowConfig {
  /** Where the services go, and the namespaces that reach them. */
  readonly namespace: string;
  readonly rhdhNamespace: string;
  readonly logicNamespace: pulumi.Input<string>;
  /** The version of Serverless Logic. With another, the services start anew. */
  readonly logicVersion: pulumi.Input<string>;
  readonly database: PostgresConnection;
  /** The longest wait for them, in minutes. */
  readonly timeoutMinutes: number;
}

/** The services that run workflows, for all namespaces: Data Index and Job Service, with their database. */
export class SonataFlow extends Component {
  constructor(name: string, args: SonataFlowArgs, opts?: pulumi.ComponentResourceOptions) {
    super("SonataFlow", name, args.cluster, opts);
    const { child } = this;
    const { namespace, database, settings, isClusterWide, timeoutMinutes, logicVersion } = args;

    // Before what they let in: the services look for their database once, when they start.
    const policies = networkPolicies(namespace, args).map(
      (policy) => new k8s.networking.v1.NetworkPolicy(`${name}-${policy.metadata.name}`, policy, child),
    );
    const spec = platformSpec(settings, database);
    const platform = new SonataFlowPlatform(name, namespace, spec, { ...child, dependsOn: policies });
    const clusterSpec = clusterPlatformSpec(namespace);
    const clusterPlatform = isClusterWide
      ? new SonataFlowClusterPlatform(`${name}-cluster`, clusterSpec, { ...child, dependsOn: platform })
      : undefined;

    this.task(
      `${name}-ready`,
      {
        create: "await-ready",
        input: {
          objects: pulumi.output([
            {
              ...sonataFlowPlatform,
              namespace,
              version: versionOf(platform, pulumi.output({ spec, logicVersion })),
            },
            ...(clusterPlatform
              ? [{ ...sonataFlowClusterPlatform, version: versionOf(clusterPlatform, clusterSpec) }]
              : []),
          ]),
          minutes: timeoutMinutes,
        },
        waits: timeoutMinutes,
      },
      { dependsOn: clusterPlatform ?? platform },
    );
    this.registerOutputs({});
  }
}
