import type { SemVer } from "semver";
import compare from "semver/functions/compare";
import parse from "semver/functions/parse";

/** What the name of a ClusterServiceVersion says, such as `orchestrator-operator.v1.2.3`. */
export interface Csv {
  readonly package: string;
  /** Its release, such as `1.2`. */
  readonly release: string;
  /** As OLM orders them. */
  readonly version: SemVer;
}

/** Reads a CSV's name; undefined where it does not end in a version, which OLM does not ask for. */
export function parseCsv(name: string): Csv | undefined {
  const [, package_, text] = /^(.+?)\.v?(\d+\.\d+\.\d+.*)$/.exec(name) ?? [];
  // Loose, because builds such as 1.2.3-0830 are called so.
  const version = parse(text, { loose: true });
  if (package_ === undefined || version === null) return undefined;
  return { package: package_, release: `${version.major}.${version.minor}`, version };
}

/** How CSVs of a package are called that does not give them its own name. */
const otherNames: Readonly<Record<string, string>> = { rhdh: "rhdh-operator" };

/** Whether a CSV is one of the package, and not of one whose name begins alike. */
export const isOfPackage = (name: string, csv: string): boolean =>
  csv.replace(/\.v?\d.*$/, "") === (otherNames[name] ?? name);

/** Below 0 where `a` comes before `b`; undefined where the two are not versions of one package. */
export function compareCsvs(a: string, b: string): number | undefined {
  const [first, second] = [parseCsv(a), parseCsv(b)];
  if (a === b) return 0;
  if (!first || !second || first.package !== second.package) return undefined;
  return compare(first.version, second.version);
}

/** How many minor versions one CSV is ahead of another, whatever their packages; undefined where no such count tells. */
export function minorsBetween(from: string, to: string): number | undefined {
  const [before, after] = [parseCsv(from)?.version, parseCsv(to)?.version];
  return before && after && before.major === after.major ? after.minor - before.minor : undefined;
}
