import { ownSpec } from "../components/platform/ownSpec";
import { checkConfig, type RawConfig } from "../config";
import { describeMistakes } from "../config/mistakes";
import { catalog } from "../config/names";
import { npm, type Profile } from "../config/profiles";
import type { Settings } from "../config/settings";
import { TaskError } from "../kube/wait";
import { mirroredCatalogSource } from "./imageSet";
import { needsOf, type Needs } from "./needs";
import type { PluginNeed } from "./plugins";

/** What a stack needs of a mirror. */
export interface MirrorList extends Needs {
  readonly release: string;
  /** Such as `4.18`. */
  readonly openshift: string;
  /** The commands that have the stack use what oc-mirror makes of it; `<mirror>` is its registry. */
  readonly commands: readonly string[];
  /** What no setting changes. */
  readonly notes: readonly string[];
}

/**
 * @param given The version of OpenShift, such as `4.18`. @default - the last that the release is for
 * @throws TaskError where the settings have mistakes, or the version cannot be told.
 */
export function mirrorList(raw: RawConfig, given?: string): MirrorList {
  const { config, settings, mistakes } = checkConfig(raw, ownSpec);
  if (mistakes.length > 0) throw new TaskError(describeMistakes(raw.project, mistakes));
  const { profile } = settings;
  const openshift = versionFor(profile, given);
  const needs = needsOf(config);
  return {
    release: profile.version,
    openshift,
    ...needs,
    commands: [...catalogCommands(needs, openshift), ...pluginCommands(needs, settings)],
    notes: notesOn(needs, profile),
  };
}

function versionFor({ version, openshift: range }: Profile, given = range?.to): string {
  if (given === undefined)
    throw new TaskError(
      `--openshift is missing: for Orchestrator ${version}, no version of OpenShift is known to be validated`,
    );
  if (!/^\d+\.\d+$/.test(given))
    throw new TaskError(`--openshift is "${given}": expected a minor version such as "4.18"`);
  return given;
}

const set = (path: string, value: string) => `pulumi config set --path ${path} ${value}`;

/** For those that no setting has in another catalog yet. */
const catalogCommands = ({ operators }: Needs, openshift: string): string[] =>
  operators.flatMap(({ source, sourceSetting }) =>
    source === catalog.source && sourceSetting !== undefined
      ? [set(sourceSetting, mirroredCatalogSource(openshift))]
      : [],
  );

const isRefused = ({ unsupportedSettings }: Profile, setting: string) =>
  unsupportedSettings.includes(setting);

/** For the folders of registries that no setting has a mirror for yet. */
function pluginCommands({ plugins }: Needs, { profile, plugins: given }: Settings): string[] {
  const folders = plugins.flatMap(imagesOf).map((image) => image.replace(/\/[^/]*$/, ""));
  const mirrors = given?.mirrors ?? [];
  const open = [...new Set(folders)].filter(
    (folder) => !mirrors.some(({ source }) => folder === source || folder.startsWith(`${source}/`)),
  );
  const wantsNpm = plugins.some(({ kind }) => kind === "npm") && !isRefused(profile, "plugins.npmRegistry");
  return [
    ...open.flatMap((folder, index) => {
      const path = (key: string) => `'plugins.mirrors[${mirrors.length + index}].${key}'`;
      return [
        set(path("source"), folder),
        set(path("mirror"), `'<mirror>/${folder.replace(/^[^/]*\//, "")}'`),
      ];
    }),
    ...(wantsNpm && given?.npmRegistry === undefined
      ? [set("plugins.npmRegistry", "'https://<npm mirror>'")]
      : []),
  ];
}

/** The images that a plugin takes, as far as they are known: of one of a list at least where that is. */
function imagesOf(plugin: PluginNeed): string[] {
  switch (plugin.kind) {
    case "npm":
      return [];
    case "image":
      return [plugin.image];
    case "listed":
      return [
        plugin.index,
        ...[...plugin.package.matchAll(/^oci:\/\/(.*)$/g)].map(([, image = ""]) => image),
      ];
  }
}

function notesOn({ operators, plugins }: Needs, profile: Profile): string[] {
  const fixed = operators.filter(({ sourceSetting }) => sourceSetting === undefined);
  const indices = new Set(plugins.flatMap((plugin) => (plugin.kind === "listed" ? plugin.index : [])));
  const isNpmFixed = plugins.some(({ kind }) => kind === "npm") && isRefused(profile, "plugins.npmRegistry");
  return [
    ...fixed.map(
      ({ package: name, source }) =>
        `${name} comes from a CatalogSource that is called ${source}, whatever a setting says: give the mirrored one that name`,
    ),
    ...[...indices].map(
      (index) =>
        `Developer Hub also installs what its own list enables: mirror all of that with upstream's mirror-plugins.sh --plugin-index oci://${index}`,
    ),
    ...(isNpmFixed
      ? [
          `Developer Hub ${profile.version} takes npm packages from ${npm.registry} alone: let that name lead to your registry`,
        ]
      : []),
  ];
}
