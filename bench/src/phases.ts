/** What is measured, and the command of each tool that does it. */
export const phases = {
  preview: { pulumi: "pulumi preview" },
  first: { pulumi: "pulumi up", kubectl: "kubectl apply --server-side" },
  unchanged: { pulumi: "pulumi up, unchanged", kubectl: "kubectl diff --server-side" },
  "one more": { pulumi: "pulumi up, one more", kubectl: "kubectl apply --server-side" },
  remove: { pulumi: "pulumi destroy", kubectl: "kubectl delete" },
} as const satisfies Record<string, Partial<Record<Tool, string>>>;

export type Tool = "pulumi" | "kubectl";
export type Phase = keyof typeof phases;

/** One command, or one for each stack, and what it took. */
export interface Measurement {
  readonly size: number;
  readonly tool: Tool;
  readonly phase: Phase;
  readonly seconds: number;
  /** How many commands there were one after the other; each had a start of its own. */
  readonly starts: number;
  readonly requests: number;
  readonly peakBytes: number;
  readonly cpuSeconds: number;
  readonly cpuByProgram: Readonly<Record<string, number>>;
  /** Of all stacks, after the command. */
  readonly stateBytes?: number;
}
