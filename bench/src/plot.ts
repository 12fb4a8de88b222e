import type { TopLevelSpec } from "vega-lite";
import { phases, type Measurement, type Tool } from "./phases";
import { quickest, sizesOf } from "./report";

const tools: readonly Tool[] = ["pulumi", "kubectl"];

/** Time and requests over the number of namespaces, each phase on its own, both tools in it. */
export async function plot(measurements: readonly Measurement[]): Promise<string> {
  // Modules of a kind that only `import()` can have here.
  const { parse, View } = await import("vega");
  const { compile } = await import("vega-lite");
  const values = sizesOf(measurements).flatMap((size) =>
    Object.keys(phases).flatMap((phase) =>
      tools.flatMap(
        (tool) => quickest(measurements, { size, tool, phase: phase as keyof typeof phases }) ?? [],
      ),
    ),
  );
  const x = { field: "size", type: "quantitative", scale: { type: "log" }, title: "namespaces" } as const;
  const color = {
    field: "tool",
    type: "nominal",
    sort: [...tools],
    scale: { range: ["#4c2885", "#2f7ed8"] },
    title: null,
  } as const;
  const charts = [
    { field: "seconds", title: "seconds" },
    { field: "requests", title: "requests to the API server" },
    { field: "peakBytes", title: "peak memory, bytes" },
  ].map(({ field, title }) => ({
    mark: { type: "line", point: true } as const,
    width: 190,
    height: 150,
    encoding: {
      x,
      // On a log scale nothing can be at zero; a preview of what is not there yet asks for nothing.
      y: { field, type: "quantitative", scale: { type: "symlog" }, title } as const,
      color,
      column: { field: "phase", type: "nominal", sort: Object.keys(phases), title: null } as const,
    },
  }));
  const spec: TopLevelSpec = { data: { values }, vconcat: charts, background: "white" };
  return new View(parse(compile(spec).spec), { renderer: "none" }).toSVG();
}
