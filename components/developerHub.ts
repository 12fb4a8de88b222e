import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { backstageKind, componentType } from "../config/names";
import { Backstage } from "./crds";
import { digestOf, versionOf } from "./digest";
import * as manifests from "./manifests/developerHub";
import { hubPolicies } from "./manifests/hubPolicies";
import { Task, timeLimits, type HomeConnection } from "./task";

export interface DeveloperHubArgs {
  readonly connection: HomeConnection;
  readonly settings: manifests.HubSettings;
  /** Changes with the values of its Secret. */
  readonly secretVersion: pulumi.Input<string>;
  /** The longest wait for it, in minutes. */
  readonly timeoutMinutes: number;
}

/** Developer Hub with the plugins of Orchestrator. Its Secret has to be there already. */
export class DeveloperHub extends pulumi.ComponentResource {
  /** What it said at the last change: `Deployed`. */
  readonly condition: pulumi.Output<string>;
  /** Where it is, or will shortly be, served; "unknown" where the cluster does not say. */
  readonly rhdhUrl: pulumi.Output<string>;

  constructor(name: string, args: DeveloperHubArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentType("DeveloperHub"), name, {}, opts);
    const child = { parent: this };
    const { connection, settings, timeoutMinutes: minutes } = args;
    const { profile } = settings;
    const { name: own } = settings.rhdh;
    const { name: namespace } = settings.namespaces.rhdh;

    const app = manifests.appConfig(settings);
    const plugins = manifests.dynamicPlugins(settings);
    const configMap = (key: string, called: string, file: string, text: string) =>
      new k8s.core.v1.ConfigMap(
        `${name}-${key}`,
        { metadata: { name: called, namespace }, data: { [file]: text } },
        child,
      );
    // Before what they let through: Developer Hub's plugins look for the platform when they start.
    const policies = hubPolicies(settings).map(
      (policy) => new k8s.networking.v1.NetworkPolicy(`${name}-${policy.metadata.name}`, policy, child),
    );
    const configs = [
      configMap("app", manifests.appConfigName, "app-config-rhdh.yaml", app),
      configMap("plugins", manifests.dynamicPluginsName, "dynamic-plugins.yaml", plugins),
    ];

    const spec = manifests.backstageSpec(settings);
    const configuration = pulumi
      .output(args.secretVersion)
      .apply((secret) => digestOf({ spec, app, plugins, secret }));
    const backstage = new Backstage(
      name,
      profile.backstage,
      {
        metadata: { name: own, namespace },
        spec: configuration.apply((value) => manifests.withConfiguration(spec, value)),
      },
      { ...child, dependsOn: [...configs, ...policies], customTimeouts: { delete: "10m" } },
    );
    const ready = new Task(
      `${name}-ready`,
      {
        connection,
        create: "await-developer-hub",
        input: {
          ref: { ...backstageKind(profile.backstage), namespace, name: own },
          version: versionOf(backstage, spec),
          minutes,
        },
      },
      { ...child, dependsOn: backstage, customTimeouts: timeLimits(minutes) },
    );

    this.condition = ready.result.condition;
    this.rhdhUrl = ready.result.rhdhUrl;
    this.registerOutputs({ condition: this.condition, rhdhUrl: this.rhdhUrl });
  }
}
