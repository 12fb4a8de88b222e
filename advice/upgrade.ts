import { versionsOf } from "../cli/config";
import { checkConfig, type CheckedConfig, type RawConfig } from "../config";
import { describeMistake, describeMistakes, type Mistake } from "../config/mistakes";
import { parts, profiles, type Part, type Profile } from "../config/profiles";
import { changes, type Change } from "../config/upgrades/changes";
import { instructionsFor, type Instruction } from "../config/upgrades/instructions";
import { laterThan, wayTo, type How, type Step } from "../config/upgrades/ways";
import { ownSpec } from "../components/platform/ownSpec";
import type { Cluster } from "../kube/cluster";
import { TaskError } from "../kube/wait";
import { preflightOfMove, type Installed } from "./move";

/** Which releases can follow one, and what that takes of a stack. */
export interface UpgradeAdvice {
  readonly release: string;
  /** The address of the API server. */
  readonly cluster: string;
  /** The operators on the cluster, such as `rhdh-operator.v1.10.3 (Subscription rhdh-operator/rhdh)`. */
  readonly installed: readonly string[];
  /** The releases after it. Those that take several steps go through the ones before. */
  readonly follows: readonly { readonly release: string; readonly how: readonly How[] }[];
  /** The way to one of them; none where there is no later release. */
  readonly steps: readonly StepAdvice[];
}

export interface StepAdvice {
  readonly from: string;
  readonly to: string;
  readonly how: How;
  readonly why?: string | undefined;
  /** What to do, in this order. */
  readonly instructions: readonly Instruction[];
  /** Settings that the release does not take as they are, with what to do about each before the move. */
  readonly settings: readonly Instruction[];
  /** What changes by itself, since no setting says otherwise. */
  readonly defaults: readonly string[];
  /** What upstream warns of. */
  readonly warnings: readonly Warning[];
  /** What `pulumi preview` would say now, with this release. @default - it is a later step, or no stack of this program is there */
  readonly findings?: readonly { readonly level: string; readonly text: string }[] | undefined;
}

export interface Warning extends Pick<Change, "text" | "source" | "who"> {
  readonly affects: "yes" | "no" | "unknown";
}

/** What is asked. */
export interface Question {
  /** The settings of the stack. */
  readonly raw: RawConfig;
  /** The release to go to. @default - the newest */
  readonly to?: string | undefined;
  readonly installed: Installed;
}

/** @throws TaskError where the settings have mistakes, or there is no such release. */
export async function adviseUpgrade(
  cluster: Cluster,
  { raw, to, installed }: Question,
): Promise<UpgradeAdvice> {
  const now = checkConfig(raw, ownSpec);
  if (now.mistakes.length > 0) throw new TaskError(describeMistakes(raw.project, now.mistakes));
  if (!now.settings.install)
    throw new TaskError(
      "install is false in this stack, so its release is that of a platform of others. Ask for the stack that installs it, or name a release with --release",
    );
  const from = now.settings.profile;
  const later = laterThan(from);
  const target = to === undefined ? later.at(-1) : later.find(({ version }) => version === to);
  if (to !== undefined && !target)
    throw new TaskError(
      `--to is "${to}": the releases after ${from.version} are ${versionsOf(later) || "none"}`,
    );
  const way = target ? wayTo(from, target) : [];
  const moves = way.map((step) => ({ step, is: checked(raw, step.from), will: checked(raw, step.to) }));
  const steps = moves.map((move) => adviceFor(raw.project, move));
  const [first] = moves;
  const findings = first && (await preflightOfMove(cluster, first.will.config, installed));
  return {
    release: from.version,
    cluster: cluster.where,
    installed: installed.operators,
    follows: later.map((each) => ({ release: each.version, how: wayTo(from, each).map(({ how }) => how) })),
    steps: steps.map((step, index) => (index === 0 ? { ...step, findings } : step)),
  };
}

/** The same settings with another release. */
function checked(raw: RawConfig, { version }: Profile): CheckedConfig {
  const given = JSON.parse(raw.values["orchestrator"] ?? "{}") as object;
  const orchestrator = JSON.stringify({ ...given, version });
  return checkConfig({ ...raw, values: { ...raw.values, orchestrator } }, ownSpec);
}

/** A step with the settings as both of its releases take them. */
interface Move {
  readonly step: Step;
  readonly is: CheckedConfig;
  readonly will: CheckedConfig;
}

function adviceFor(project: string, { step, is, will }: Move): StepAdvice {
  const { from, to, how, why } = step;
  const known = new Set(is.mistakes.map((mistake) => describeMistake(project, mistake)));
  const fresh = will.mistakes.filter((mistake) => !known.has(describeMistake(project, mistake)));
  return {
    from: from.version,
    to: to.version,
    how,
    why,
    instructions: instructionsFor(step, { hasOwnDatabase: is.given.externalPostgres === undefined }),
    settings: [
      ...fresh.map((mistake) => refused(project, mistake)),
      ...parts.flatMap((part) => pins(is, step, part)),
    ],
    defaults: parts.flatMap((part) => changed(is, step, part)),
    warnings: broughtBetween(from, to).map(({ text, source, who, affects }) => {
      const answer = affects(is.settings);
      return { text, source, who, affects: answer === undefined ? "unknown" : answer ? "yes" : "no" };
    }),
  };
}

/** A step that is anew passes by releases. */
const broughtBetween = (from: Profile, to: Profile): Change[] =>
  profiles
    .slice(profiles.indexOf(from) + 1, profiles.indexOf(to) + 1)
    .flatMap(({ version }) => changes[version] ?? []);

const refused = (project: string, mistake: Mistake): Instruction => ({
  text: describeMistake(project, mistake),
  commands: [`pulumi config rm --path ${mistake.key}`],
});

const subscribed = ["channel", "startingCSV"] as const;

/** What a release subscribes to for a part, unless set otherwise. */
const ofRelease = (profile: Profile, part: Part) =>
  profile.kind === "direct" ? profile.operators[part] : profile.dependencies[part];

/** Settings that would hold an operator where it is. */
function pins({ given }: CheckedConfig, { from, to }: Step, part: Part): Instruction[] {
  const subscription = given[part].subscription ?? {};
  return subscribed.flatMap((key) => {
    const value = subscription[key];
    const [is, will] = [ofRelease(from, part)[key], ofRelease(to, part)[key]];
    if (value === undefined || value === will || is === will) return [];
    const path = `${part}.subscription.${key}`;
    return [
      {
        text: `${path} is ${value}, and stays so; ${to.version} has ${will ?? "the latest version"}`,
        commands: [`pulumi config rm --path ${path}`],
      },
    ];
  });
}

/** What of an operator is another thing by default. */
function changed({ given, settings }: CheckedConfig, { from, to }: Step, part: Part): string[] {
  const isOwn = part === "rhdh" ? settings.rhdh.install : settings[part].install;
  if (!isOwn) return [];
  const subscription = given[part].subscription ?? {};
  return subscribed.flatMap((key) => {
    const [is, will] = [ofRelease(from, part)[key], ofRelease(to, part)[key]];
    return subscription[key] !== undefined || is === will
      ? []
      : [
          `${part}.subscription.${key}: ${is ?? "the latest version"} becomes ${will ?? "the latest version"}`,
        ];
  });
}
