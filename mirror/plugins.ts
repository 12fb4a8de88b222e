import { parse } from "yaml";
import { dynamicPlugins } from "../components/developerHub/manifests";
import type { OperatorPlatformConfig, PlatformConfig } from "../config";
import { npm, type ChartPlugin } from "../config/profiles";
import { chartSpecOf } from "./chart";

/** A plugin of Developer Hub that is not in its image. */
export type PluginNeed =
  | { readonly kind: "npm"; readonly package: string; readonly integrity: string; readonly registry: string }
  /** An OCI artifact. */
  | { readonly kind: "image"; readonly package: string; readonly image: string }
  /** One of Developer Hub's own list, which says which artifact that is. */
  | { readonly kind: "listed"; readonly package: string; readonly index: string };

interface Entry {
  readonly package: string;
  readonly integrity?: string;
}

/** What the installer of Developer Hub's plugins fetches. */
export function pluginsOf(platform: PlatformConfig): PluginNeed[] {
  if (platform.installedBy === "operator") return platform.rhdh.isInstalled ? ofChart(platform) : [];
  const { developerHub, profile } = platform;
  if (!developerHub) return [];
  const { plugins } = parse(dynamicPlugins(developerHub)) as { readonly plugins: readonly Entry[] };
  const { npmRegistry = npm.registry } = developerHub.registries;
  return plugins.flatMap((entry) => needOf(entry, npmRegistry, profile.plugins.index));
}

/** An entry of dynamic-plugins.yaml: redhat-developer/rhdh, docs/dynamic-plugins/installing-plugins.md. */
function needOf(
  { package: name, integrity }: Entry,
  registry: string,
  index: string | undefined,
): PluginNeed[] {
  if (name.startsWith("./")) return [];
  if (integrity !== undefined) return [{ kind: "npm", package: name, integrity, registry }];
  if (index !== undefined && (name.startsWith("ref://") || name.includes(":{{inherit}}")))
    return [{ kind: "listed", package: name, index }];
  const [, image] = /^oci:\/\/([^!]+)/.exec(name) ?? [];
  if (image === undefined) throw new Error(`cannot tell where the plugin ${name} comes from`);
  return [{ kind: "image", package: name, image }];
}

/** What the chart lists: the defaults of its CRD, with what the custom resource says instead. */
function ofChart(platform: OperatorPlatformConfig): PluginNeed[] {
  const {
    npmRegistry: registry = npm.registry,
    scope = npm.scope,
    ...given
  } = chartSpecOf(platform).rhdhPlugins ?? {};
  return Object.entries(platform.profile.plugins).flatMap(([key, ofRelease]): PluginNeed[] => {
    const own = given[key as ChartPlugin];
    if (key === "notificationsEmail" && given.notificationsEmail?.enabled !== true) return [];
    const { package: name = ofRelease.package, integrity = ofRelease.integrity ?? "" } = own ?? {};
    return [{ kind: "npm", package: `${scope}/${name}`, integrity, registry }];
  });
}
