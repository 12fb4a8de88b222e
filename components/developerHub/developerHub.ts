import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DeveloperHubConfig } from "../../config";
import { backstageKind, externalPostgresCa } from "../../config/names";
import { Component, type ComponentArgs } from "../component";
import { Backstage } from "./backstage";
import { digestOf, versionOf } from "../digest";
import * as manifests from "./manifests";
import { hubCaName } from "./database";
import { hubPolicies } from "./policies";
import { policies as rbacPolicies, policiesFile, policiesName } from "./rbac";
import { registryFiles } from "./registries";

export interface DeveloperHubArgs extends ComponentArgs {
  readonly settings: DeveloperHubConfig;
  /** Changes with the values of its Secret. */
  readonly secretVersion: pulumi.Input<string>;
  /** The longest wait for it, in minutes. */
  readonly timeoutMinutes: number;
}

/**
 * Else the engine deletes in the foreground, in which Kubernetes' garbage collector has to look the object up. After upgrades, it
 * does so in the version that it first knew it by, and where that is no longer served, never ends (kubernetes v1.36.1,
 * pkg/controller/garbagecollector/garbagecollector.go, attemptToDeleteItem).
 */
const inBackground = { "pulumi.com/deletionPropagationPolicy": "background" };

/** Developer Hub with the plugins of Orchestrator. Its Secret has to be there already. */
export class DeveloperHub extends Component {
  /** What it said at the last change: `Deployed`. */
  readonly condition: pulumi.Output<string>;
  /** Where it is, or will shortly be, served; "unknown" where the cluster does not say. */
  readonly rhdhUrl: pulumi.Output<string>;

  constructor(name: string, args: DeveloperHubArgs, opts?: pulumi.ComponentResourceOptions) {
    super("DeveloperHub", name, args.cluster, opts);
    const { child } = this;
    const { settings, timeoutMinutes: minutes } = args;
    const { profile, name: own, namespace } = settings;

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
    const rules = settings.rbac && rbacPolicies(settings.rbac);
    const ca = settings.database?.ca;
    const registries = registryFiles(settings.registries);
    const configs = [
      configMap("app", manifests.appConfigName, "app-config-rhdh.yaml", app),
      configMap("plugins", manifests.dynamicPluginsName, "dynamic-plugins.yaml", plugins),
      ...(rules === undefined ? [] : [configMap("rules", policiesName, policiesFile, rules)]),
      ...(ca === undefined ? [] : [configMap("ca", hubCaName, externalPostgresCa.key, ca)]),
      ...registries.map(({ name: called, key, text }) => configMap(called, called, key, text)),
    ];

    const spec = manifests.backstageSpec(settings);
    const configuration = pulumi
      .output(args.secretVersion)
      .apply((secret) =>
        digestOf({ spec, app, plugins, rules, ca, registries: registries.map(({ text }) => text), secret }),
      );
    const backstage = new Backstage(
      name,
      profile.backstage,
      {
        metadata: { name: own, namespace, annotations: inBackground },
        spec: configuration.apply((value) => manifests.withConfiguration(spec, value)),
      },
      { ...child, dependsOn: [...configs, ...policies], customTimeouts: { delete: "10m" } },
    );
    const ready = this.task(
      `${name}-ready`,
      {
        create: "await-developer-hub",
        input: {
          ref: { ...backstageKind(profile.backstage), namespace, name: own },
          version: versionOf(backstage, spec),
          minutes,
        },
        waits: minutes,
      },
      { dependsOn: backstage },
    );

    this.condition = ready.result.condition;
    this.rhdhUrl = ready.result.rhdhUrl;
    this.registerOutputs({ condition: this.condition, rhdhUrl: this.rhdhUrl });
  }
}
