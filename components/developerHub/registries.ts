import type { DeveloperHubConfig } from "../../config";
import { npm } from "../../config/profiles";

/*
 * Where the container that installs Developer Hub's plugins takes them from. It fetches them itself, so that the cluster's mirrors
 * of images mean nothing to it: redhat-developer/rhdh-operator, .rhdh/docs/mirror-dynamic-plugins.adoc and docs/dynamic-plugins.md.
 */

type Registries = DeveloperHubConfig["registries"];

interface RegistryFile {
  readonly name: string;
  readonly key: string;
  /** The folder that the file is looked for in. */
  readonly mountPath: string;
  readonly text: string;
}

/** A file for each kind of registry that has a mirror, in a ConfigMap of its own. */
export const registryFiles = ({ mirrors, npmRegistry }: Registries): RegistryFile[] => [
  ...(mirrors.length === 0
    ? []
    : [
        {
          name: "plugin-mirrors-rhdh",
          key: "mirrors.conf",
          mountPath: "/etc/containers/registries.conf.d",
          text: mirrors.map(registry).join("\n"),
        },
      ]),
  ...(npmRegistry === undefined
    ? []
    : [
        {
          name: "plugin-npmrc-rhdh",
          key: ".npmrc",
          // In the place of the operator's own.
          mountPath: "/opt/app-root/src/.npmrc.dynamic-plugins",
          text: `${npm.scope}:registry=${npmRegistry}\n`,
        },
      ]),
];

/** https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md */
const registry = ({ source, mirror }: Registries["mirrors"][number]): string =>
  `[[registry]]\nprefix = "${source}"\nlocation = "${mirror}"\n`;

/** What a Backstage says of these files: they are for that container alone. */
export const registryMounts = (registries: Registries) =>
  registryFiles(registries).map(({ name, key, mountPath }) => ({
    name,
    key,
    mountPath,
    containers: ["install-dynamic-plugins"],
  }));
