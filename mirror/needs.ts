import { parse } from "yaml";
import { server } from "../components/database/manifests";
import { tasksWith } from "../components/delivery/tekton/tasks";
import { appConfig } from "../components/developerHub/manifests";
import type { Config, PlatformConfig } from "../config";
import { postgresName } from "../config/names";
import { unlistedLogicImages } from "../config/profiles/logic";
import { chartSpecOf } from "./chart";
import { downloadsOfTask, imagesIn, imagesOfTask } from "./manifests";
import { operatorsOf, type OperatorNeed } from "./operators";
import { pluginsOf, type PluginNeed } from "./plugins";

/** What a stack takes from the world outside of its cluster. */
export interface Needs {
  readonly operators: readonly OperatorNeed[];
  /** The images that no bundle of these lists, and what each is for. */
  readonly images: readonly Need[];
  readonly plugins: readonly PluginNeed[];
  /** What is fetched at run time, and no mirror of images has. */
  readonly downloads: readonly Need[];
}

export interface Need {
  readonly name: string;
  readonly for: string;
}

/** Read off the manifests that the program makes from these settings, and the profile of the release. */
export function needsOf({ platform, workflowNamespaces }: Config): Needs {
  const operators = platform ? operatorsOf(platform) : [];
  const plugins = platform ? pluginsOf(platform) : [];
  const workflows = workflowNamespaces.flatMap(({ name, manifests }) =>
    all(`workflows in ${name}`, manifests.flatMap(imagesIn)),
  );
  return {
    operators,
    images: distinct([
      ...(platform ? [...platformImages(platform, operators), ...pipelineImages(platform)] : []),
      ...all(
        "Developer Hub's plugins",
        plugins.flatMap((plugin) =>
          plugin.kind === "npm" ? [] : plugin.kind === "image" ? plugin.image : plugin.index,
        ),
      ),
      ...workflows,
    ]),
    plugins,
    downloads: platform ? distinct([...pipelineDownloads(platform), ...templates(platform)]) : [],
  };
}

const all = (what: string, names: readonly string[]): Need[] => names.map((name) => ({ name, for: what }));

/** Each name once, with all that it is for. */
function distinct(needs: readonly Need[]): Need[] {
  const found = new Map<string, Set<string>>();
  for (const need of needs) found.set(need.name, (found.get(need.name) ?? new Set()).add(need.for));
  return [...found].map(([name, uses]) => ({ name, for: [...uses].join(", ") }));
}

function platformImages(platform: PlatformConfig, operators: readonly OperatorNeed[]): Need[] {
  const { database } = platform;
  return [
    ...(database.kind === "reference"
      ? all("the database", imagesIn(server({ ...database, name: postgresName })))
      : []),
    ...logicImages(platform, operators),
    ...(platform.installedBy === "operator"
      ? all("the Orchestrator operator", platform.profile.images)
      : all("Developer Hub", imagesIn(platform.developerHub?.spec))),
  ];
}

/** Data Index, Job Service and what goes with them: as the settings have them, and for the rest of the operator's version. */
function logicImages(platform: PlatformConfig, operators: readonly OperatorNeed[]): Need[] {
  const { dataIndexImage, jobServiceImage } = servicesOf(platform);
  const logic = operators.flatMap(({ package: name, version }) =>
    version === undefined ? [] : (unlistedLogicImages(name, version) ?? []),
  )[0];
  return all(
    "Serverless Logic",
    [
      dataIndexImage ?? logic?.dataIndexImage,
      jobServiceImage ?? logic?.jobServiceImage,
      ...(logic?.others ?? []),
    ].filter((image) => image !== undefined),
  );
}

function servicesOf(platform: PlatformConfig): {
  readonly dataIndexImage?: string | undefined;
  readonly jobServiceImage?: string | undefined;
} {
  if (platform.installedBy === "program") return platform.sonataFlow.settings ?? {};
  return chartSpecOf(platform).orchestrator.sonataflowPlatform ?? {};
}

const tasksOf = ({ pipelines }: PlatformConfig) =>
  pipelines ? Object.values(tasksWith(pipelines.tools)) : [];

/** The Tasks' own, and what the Dockerfile that they take starts from. */
const pipelineImages = (platform: PlatformConfig): Need[] => [
  ...all("the pipeline", tasksOf(platform).flatMap(imagesOfTask)),
  ...all("workflows that it builds", platform.pipelines?.tools.dockerfile.images ?? []),
];

const pipelineDownloads = (platform: PlatformConfig): Need[] =>
  all("the pipeline", tasksOf(platform).flatMap(downloadsOfTask));

interface AppConfig {
  readonly catalog?: { readonly locations: readonly { readonly target: string }[] };
}

/** The software templates that Developer Hub reads. */
function templates(platform: PlatformConfig): Need[] {
  if (platform.installedBy === "operator" || !platform.developerHub) return [];
  const { catalog } = parse(appConfig(platform.developerHub)) as AppConfig;
  return all("Developer Hub's catalog", catalog?.locations.map(({ target }) => target) ?? []);
}
