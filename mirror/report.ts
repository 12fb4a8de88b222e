import { stringify } from "yaml";
import { layout, type Block } from "../cli/layout";
import { catalogOf, imageSetOf } from "./imageSet";
import type { MirrorList } from "./list";
import type { OperatorNeed } from "./operators";
import type { PluginNeed } from "./plugins";

/** The list for a terminal. */
export function textOfList(list: MirrorList): string {
  const { release, openshift, operators, images, plugins, downloads, commands, notes } = list;
  const blocks = [
    ...block(`Operators, of ${catalogOf(openshift)}`, operators.map(textOfOperator)),
    ...block(
      "Images that no bundle of these lists",
      images.map(({ name, for: what }) => `${name} (${what})`),
    ),
    ...block("Plugins of Developer Hub, which it fetches itself", plugins.map(textOfPlugin)),
    ...block(
      "What is fetched at run time, and is no image",
      downloads.map(({ name, for: what }) => `${name} (${what})`),
    ),
    ...block("Settings that have the mirror used", commands),
    ...block("What to know", notes),
  ];
  return layout(`What Orchestrator ${release} needs on OpenShift ${openshift}`, blocks);
}

const block = (name: string, lines: readonly string[]): Block[] =>
  lines.length === 0 ? [] : [{ name, lines: lines.map((text) => ({ sign: "-", text })) }];

const textOfOperator = ({ package: name, channel, version, broughtBy }: OperatorNeed): string =>
  [
    name,
    `channel ${channel}`,
    version ?? "its head",
    ...(broughtBy === undefined ? [] : [`brought by ${broughtBy}`]),
  ].join(", ");

function textOfPlugin(plugin: PluginNeed): string {
  switch (plugin.kind) {
    case "npm":
      return `${plugin.package} ${plugin.integrity} (npm, of ${plugin.registry})`;
    case "image":
      return plugin.package;
    case "listed":
      return `${plugin.package} (by the list in ${plugin.index})`;
  }
}

/** The list as oc-mirror reads it; what that cannot mirror is in comments. */
export function yamlOfList(list: MirrorList): string {
  const { release, openshift, plugins, downloads, notes } = list;
  const others = [
    ...plugins.flatMap((plugin) => (plugin.kind === "image" ? [] : textOfPlugin(plugin))),
    ...downloads.map(({ name }) => name),
  ];
  const comments = [
    `What Orchestrator ${release} needs on OpenShift ${openshift}.`,
    ...(others.length > 0 ? ["oc-mirror does not mirror:", ...others.map((text) => `- ${text}`)] : []),
    ...notes,
  ];
  return [...comments.map((line) => `# ${line}`), stringify(imageSetOf(list, openshift))]
    .join("\n")
    .trimEnd();
}
