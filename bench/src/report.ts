import { phases, type Measurement, type Phase, type Tool } from "./phases";

/** All measurements of a run, and under which circumstances they were taken. */
export interface Results {
  readonly date: string;
  readonly layout: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly plugins: readonly string[];
  readonly machine: string;
  readonly measurements: readonly Measurement[];
}

/** The results as Markdown. */
export function report({ measurements, ...circumstances }: Results): string {
  const settings = Object.entries(circumstances.settings).map(([name, value]) => `\`${name}=${value}\``);
  return [
    "# What workflow namespaces cost",
    "",
    `${circumstances.date.slice(0, 10)}, ${circumstances.machine}; ${circumstances.layout}; ${settings.join(", ")}; ` +
      `plugins: ${circumstances.plugins.join(", ")}.`,
    "",
    "![Seconds by number of namespaces](results.svg)",
    "",
    ...table(
      [
        "namespaces",
        "command",
        "time",
        "requests",
        "memory",
        "state",
        "next to kubectl",
        "kubectl's time",
        "requests",
        "memory",
      ],
      sizesOf(measurements).flatMap((size) => rowsOf(size, measurements)),
    ),
    "",
    "What each further namespace costs: the time without the starts, spread over the namespaces. A start is what the " +
      "smallest size takes; stacks that follow each other have one each. In brackets, next to the cost at 10.",
    "",
    ...costs(measurements),
    "",
  ].join("\n");
}

function rowsOf(size: number, measurements: readonly Measurement[]): string[][] {
  return names(phases).flatMap((phase) => {
    const pulumi = quickest(measurements, { size, tool: "pulumi", phase });
    if (!pulumi) return [];
    const kubectl = quickest(measurements, { size, tool: "kubectl", phase });
    return [
      [
        String(size),
        `\`${phases[phase].pulumi}\``,
        seconds(pulumi.seconds),
        String(pulumi.requests),
        mebibytes(pulumi.peakBytes),
        pulumi.stateBytes === undefined ? "" : kibibytes(pulumi.stateBytes),
        ...(kubectl
          ? [
              `${(pulumi.seconds / kubectl.seconds).toFixed(2)} ×`,
              seconds(kubectl.seconds),
              String(kubectl.requests),
              mebibytes(kubectl.peakBytes),
            ]
          : ["", "", "", ""]),
      ],
    ];
  });
}

function costs(measurements: readonly Measurement[]): string[] {
  const [smallest = 0, ...larger] = sizesOf(measurements);
  const cost = (tool: Tool, phase: Phase, size: number) => {
    const base = quickest(measurements, { size: smallest, tool, phase });
    const whole = quickest(measurements, { size, tool, phase });
    return base && whole && (whole.seconds - whole.starts * base.seconds) / (size - whole.starts * smallest);
  };
  const rows = names(phases).flatMap((phase) =>
    (Object.entries(phases[phase]) as [Tool, string][]).map(([tool, command]) => {
      const at10 = cost(tool, phase, 10);
      const cells = larger.map((size) => {
        const each = cost(tool, phase, size);
        if (each === undefined) return "";
        const relative = at10 === undefined || size === 10 ? "" : ` (${(each / at10).toFixed(2)} ×)`;
        return `${(each * 1000).toFixed(0)} ms${relative}`;
      });
      return [`\`${command}\``, ...cells];
    }),
  );
  return table(["command", ...larger.map((size) => `at ${size}`)], rows);
}

/** The quickest of those that were repeated: whatever else the machine does only ever takes time. */
export function quickest(
  measurements: readonly Measurement[],
  of: Pick<Measurement, "size" | "tool" | "phase">,
): Measurement | undefined {
  const same = measurements
    .filter(({ size, tool, phase }) => size === of.size && tool === of.tool && phase === of.phase)
    .sort((a, b) => a.seconds - b.seconds);
  return same[0];
}

export const sizesOf = (measurements: readonly Measurement[]): number[] =>
  [...new Set(measurements.map(({ size }) => size))].sort((a, b) => a - b);

const names = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map((_, index) => (index < 1 ? "---" : "--:")), ...rows].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );

export const seconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} s`;
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const kibibytes = (bytes: number) => `${(bytes / 2 ** 10).toFixed(0)} KiB`;
