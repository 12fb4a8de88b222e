import type { z } from "zod";
import { parseCsv } from "../csv";
import { profiles, whyUnsupported } from "../profiles";
import { structured, type Structured } from "../schema";
import type { Checked, Rule } from "./rule";

/** What a release cannot do is no mistake where another release stands in for the one that is meant. */
export const isReleaseKnown = ({ settings, parsed }: Checked): boolean =>
  settings.install && !parsed.mistaken.has("orchestrator");

export const releaseHasTheSettings: Rule = (checked, report) => {
  const { parsed, settings } = checked;
  const { profile } = settings;
  if (!isReleaseKnown(checked)) return;
  const texts = Object.entries({ ...parsed.scalars, ...parsed.secrets }).filter(
    ([key, value]) => value !== undefined && profile.unsupportedSettings.includes(key),
  );
  for (const [path, value] of [
    ...given(parsed.structures, profile.unsupportedSettings),
    // Their values are nobody's business.
    ...texts.map(([key]) => [key, undefined] as const),
  ]) {
    const able = profiles
      .filter(({ unsupportedSettings }) => !isBelow(path, unsupportedSettings))
      .map(({ version }) => version);
    report(
      path,
      value,
      `Orchestrator ${profile.version} has no such choice${able.length > 0 ? `; ${able.join(", ")} have it` : ""}`,
    );
  }
};

/** Pins, without which there is nothing that a Manual approval could be for. */
export const operatorPinsNameAVersion: Rule = (checked, report) => {
  const { platform } = checked.config;
  if (platform?.installedBy !== "program" || !isReleaseKnown(checked)) return;
  for (const { install, approval, startingCSV, settings, package: name } of Object.values(
    platform.operators,
  )) {
    if (install && approval === "Manual" && startingCSV === undefined) {
      report(
        `${settings}.startingCSV`,
        undefined,
        `is missing beside installPlanApproval Manual, which approves that version of ${name} and no other`,
      );
    }
  }
};

export const versionIsOfTheRelease: Rule = (checked, report) => {
  const { profile, operator } = checked.settings;
  if (profile.kind === "direct" || !isReleaseKnown(checked)) return;
  const release = operator.startingCSV === undefined ? undefined : parseCsv(operator.startingCSV)?.release;
  const trouble = whyUnsupported(release);
  if (trouble !== undefined) {
    report("operator.startingCSV", operator.startingCSV, trouble);
  } else if (release !== profile.version && profiles.some(({ version }) => version === release)) {
    report(
      "operator.startingCSV",
      operator.startingCSV,
      `is of Orchestrator ${release ?? ""}, and orchestrator.version is ${profile.version}; set the two alike`,
    );
  }
};

const isBelow = (path: string, parents: readonly string[]): boolean =>
  parents.some((parent) => path === parent || path.startsWith(`${parent}.`));

/** The settings at these paths, or below, that have another value than they have by default. */
function given(asGiven: Structured, paths: readonly string[]): [path: string, value: unknown][] {
  const schemas: Readonly<Record<string, z.ZodType>> = structured;
  return paths.flatMap((path) => {
    const [key = "", ...steps] = path.split(".");
    const at = (tree: unknown) =>
      steps.reduce<unknown>((value, step) => (isTree(value) ? value[step] : undefined), tree);
    const parsed = schemas[key]?.safeParse({});
    const fallback = parsed?.success ? parsed.data : schemas[key]?.safeParse(undefined).data;
    return differing(path, at(asGiven[key as keyof Structured]), at(fallback));
  });
}

function differing(path: string, value: unknown, fallback: unknown): [path: string, value: unknown][] {
  if (!isTree(value)) return value === undefined || value === fallback ? [] : [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    differing(`${path}.${key}`, inner, isTree(fallback) ? fallback[key] : undefined),
  );
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
