/** What the name of a ClusterServiceVersion says, such as `orchestrator-operator.v1.2.3`. */
export interface Csv {
  readonly package: string;
  /** Its release, such as `1.2`. */
  readonly release: string;
  readonly numbers: readonly number[];
  /** What follows a hyphen: such a version comes before the one without. */
  readonly candidate: string | undefined;
}

/** Reads a CSV's name; undefined where it does not end in a version, which OLM does not ask for. */
export function parseCsv(name: string): Csv | undefined {
  const [, package_, version, candidate] =
    /^(.+?)\.v?(\d+\.\d+\.\d+)(?:-([^+]+))?(?:\+.*)?$/.exec(name) ?? [];
  if (package_ === undefined || version === undefined) return undefined;
  const numbers = version.split(".").map(Number);
  return { package: package_, release: numbers.slice(0, 2).join("."), numbers, candidate };
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
  const differing = first.numbers
    .map((number, index) => number - (second.numbers[index] ?? 0))
    .find((difference) => difference !== 0);
  if (differing !== undefined) return differing;
  if (first.candidate === undefined || second.candidate === undefined)
    return (first.candidate === undefined ? 1 : 0) - (second.candidate === undefined ? 1 : 0);
  return first.candidate.localeCompare(second.candidate, "en", { numeric: true });
}
