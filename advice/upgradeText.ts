import { layout, type Block, type Item } from "../cli/layout";
import type { StepAdvice, UpgradeAdvice, Warning } from "./upgrade";

/** The advice for a terminal. */
export function textOfAdvice({ release, cluster, installed, follows, steps }: UpgradeAdvice): string {
  const blocks = [
    ...block(
      "On the cluster",
      installed.map((text) => ({ sign: "·", text })),
    ),
    ...block(
      "What can follow",
      follows.map(({ release, how }) => ({ sign: "·", text: `${release}: ${how.join(", then ")}` })),
    ),
    ...steps.flatMap(blocksOf),
  ];
  const end = follows.length === 0 ? "There is no later release." : undefined;
  return layout(`Orchestrator ${release} on ${cluster}`, blocks, end);
}

const block = (name: string, lines: readonly Item[]): Block[] =>
  lines.length === 0 ? [] : [{ name, lines }];

function blocksOf(step: StepAdvice): Block[] {
  const { from, to, how, why, instructions, settings, defaults, warnings, findings = [] } = step;
  const of = (affects: Warning["affects"]) => warnings.filter((warning) => warning.affects === affects);
  return [
    ...block(
      `From ${from} to ${to}, ${how}${why === undefined ? "" : `: ${why}`}`,
      instructions.map(({ text, commands }, index) => ({
        sign: `${index + 1}.`,
        text,
        ...(commands && { below: commands }),
      })),
    ),
    ...block(
      `Settings to change before ${to}`,
      settings.map(({ text, commands }) => ({ sign: "!", text, ...(commands && { below: commands }) })),
    ),
    ...block(
      `What becomes something else by itself`,
      defaults.map((text) => ({ sign: "·", text })),
    ),
    ...block(
      `What ${to} changes for you`,
      of("yes").map(({ text, source }) => ({ sign: "!", text, below: [`source: ${source}`] })),
    ),
    ...block(
      `What ${to} changes, and only you know whether it affects you`,
      of("unknown").map(({ text, who, source }) => ({
        sign: "?",
        text: `${text} It affects whoever ${who}.`,
        below: [`source: ${source}`],
      })),
    ),
    ...block(
      "What does not affect you",
      of("no").map(({ text, who }) => ({ sign: "✓", text: `${text} It affects whoever ${who}.` })),
    ),
    ...block(
      `What pulumi preview would say of ${to} now`,
      findings.map(({ level, text }) => ({ sign: level === "refusal" ? "✗" : "!", text })),
    ),
  ];
}
